"""The order ticket in the browser: receipt, shares, steps, units, the question before sending, and refusals."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import WAIT_MS, Server
from tests.ui.trader import cancel_all, open_orders, order, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def trader(quiet_exchange: Server, new_page: Callable[..., Page]) -> Page:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    return page


def receipt(page: Page, line: str) -> Any:
    return page.locator(f"[data-receipt={line}]")


def clear_the_book(page: Page) -> None:
    cancel_all(page)
    expect(open_orders(page)).to_have_count(0)


def test_the_receipt_tells_what_an_order_would_do_before_it_is_sent(
    trader: Page, quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    for number, price in enumerate(("70000", "70100"), start=1):
        order(trader, "sell", "limit", "0.5", price)
        expect(open_orders(trader)).to_have_count(number)
    buyer = new_page()
    sign_up(buyer, quiet_exchange)
    take_demonstration_money(buyer)
    expect(receipt(buyer, "total")).to_have_text("–")
    buyer.fill("#price", "70100")
    buyer.fill("#amount", "1.2")
    expect(receipt(buyer, "average")).to_contain_text("70,050.00")
    expect(receipt(buyer, "slippage")).to_have_text("0.071\u2009%")
    expect(receipt(buyer, "takes")).to_have_text("1.00000 / 0.20000 BTC")
    expect(buyer.get_by_test_id("receipt")).to_contain_text("Fee, taker and maker")
    expect(receipt(buyer, "fee")).to_have_text(re.compile(r"^0\.00\d+ BTC$"))
    expect(receipt(buyer, "total")).to_have_text("84,070.00 USDT")
    expect(receipt(buyer, "after")).to_have_text("15,930.00 USDT")
    # The market moves, and the receipt with it.
    trader.get_by_test_id("cancel").last.click()
    expect(open_orders(trader)).to_have_count(1)
    expect(receipt(buyer, "takes")).to_have_text("0.50000 / 0.70000 BTC")
    expect(open_orders(buyer)).to_have_count(0)
    buyer.locator("[data-kind=market]").click()
    buyer.fill("#amount", "0.1")
    expect(receipt(buyer, "takes")).to_have_text("0.10000 / 0.00000 BTC")
    expect(buyer.get_by_test_id("receipt")).to_contain_text(re.compile(r"Fee, taker \d"))
    clear_the_book(trader)


def test_shares_of_what_is_available_become_amounts(trader: Page) -> None:
    trader.fill("#price", "50000")
    trader.locator("[data-share='50']").click()
    expect(trader.locator("#amount")).to_have_value("1.00000")
    expect(trader.get_by_test_id("share")).to_have_value("50")
    trader.locator("[data-share='100']").click()
    expect(trader.locator("#amount")).to_have_value("2.00000")
    trader.get_by_test_id("share").focus()
    trader.keyboard.press("Home")
    for _ in range(3):
        trader.keyboard.press("ArrowRight")
    expect(trader.locator("#amount")).to_have_value("0.06000")
    trader.locator("[data-side=sell]").first.click()
    trader.locator("[data-share='25']").click()
    expect(trader.locator("#amount")).to_have_value("0.50000")
    trader.locator("[data-side=buy]").first.click()
    trader.locator("[data-kind=market]").click()
    trader.locator("[data-share='25']").click()
    expect(trader.locator("#amount")).to_have_value("25,000.00")
    expect(trader.get_by_test_id("unit")).to_have_text("USDT")


def test_an_amount_can_be_written_in_either_asset(trader: Page) -> None:
    trader.fill("#price", "40000")
    trader.fill("#amount", "0.5")
    trader.get_by_test_id("unit").click()
    expect(trader.locator("#amount")).to_have_value("20,000.00")
    trader.fill("#amount", "10000.019")
    expect(receipt(trader, "takes")).to_have_text("0.00000 / 0.25000 BTC")
    trader.get_by_test_id("submit-order").click()
    expect(open_orders(trader)).to_contain_text("0.25000")
    clear_the_book(trader)


def test_prices_move_by_ticks_and_are_taken_from_the_book(trader: Page) -> None:
    trader.fill("#price", "50000.05")
    trader.locator("[data-step='1']").click()
    expect(trader.locator("#price")).to_have_value("50,000.1")
    for _ in range(2):
        trader.locator("[data-step='-1']").click()
    expect(trader.locator("#price")).to_have_value("49,999.9")
    trader.locator("[data-quick=bid]").click()
    expect(trader.locator("#price-note")).to_have_text("There is no price on that side yet.")
    order(trader, "buy", "limit", "0.1", "50000")
    expect(open_orders(trader)).to_have_count(1)
    order(trader, "sell", "limit", "0.1", "50010.1")
    expect(open_orders(trader)).to_have_count(2)
    for which, price in (("bid", "50,000.0"), ("ask", "50,010.1"), ("mid", "50,005.0")):
        trader.locator(f"[data-quick={which}]").click()
        expect(trader.locator("#price")).to_have_value(price)
    clear_the_book(trader)


def test_numbers_are_taken_as_people_paste_them_and_tidied_when_the_field_is_left(trader: Page) -> None:
    trader.fill("#price", "104 218,4")
    expect(trader.locator("#price")).to_have_value("104 218,4")
    trader.locator("#amount").focus()
    expect(trader.locator("#price")).to_have_value("104,218.4")


def test_a_refusal_stands_beside_its_field_before_anything_is_sent(trader: Page) -> None:
    trader.fill("#price", "60000")
    trader.fill("#amount", "50")
    expect(trader.locator("#amount-note")).to_contain_text("available")
    button = trader.get_by_test_id("submit-order")
    expect(button).to_be_disabled()
    expect(button).to_have_text("Check the amount")
    trader.fill("#amount", "0.5")
    expect(trader.locator("#amount-note")).to_have_count(0)
    expect(button).to_have_text("Buy 0.5 BTC")
    trader.fill("#price", "60000.01")
    expect(trader.locator("#price-note")).to_contain_text("0.1")
    expect(button).to_have_text("Check the price")
    expect(open_orders(trader)).to_have_count(0)


def test_an_order_is_sent_after_a_question_that_can_be_switched_off(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    sign_up(page, quiet_exchange, confirm=True)
    take_demonstration_money(page)
    order(page, "buy", "limit", "0.1", "30000")
    question = page.get_by_test_id("confirm")
    expect(question).to_contain_text("Buy 0.1 BTC at 30,000 USDT")
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(open_orders(page)).to_have_count(0)

    page.get_by_test_id("submit-order").click()
    page.get_by_label("Ask before sending").uncheck()
    page.get_by_test_id("confirm-order").dblclick()
    expect(open_orders(page)).to_have_count(1)
    expect(question).to_be_hidden()
    page.reload()
    expect(page.get_by_test_id("account-menu")).to_contain_text("@")
    order(page, "buy", "limit", "0.1", "30001")
    expect(open_orders(page)).to_have_count(2)
    expect(question).to_be_hidden()
    clear_the_book(page)


def test_a_double_click_sends_one_order(trader: Page) -> None:
    trader.fill("#price", "31000")
    trader.fill("#amount", "0.1")
    expect(receipt(trader, "total")).to_have_text("3,100.00 USDT")
    trader.get_by_test_id("submit-order").dblclick()
    expect(open_orders(trader)).to_have_count(1)
    expect(trader.get_by_test_id("submit-order")).to_be_enabled()
    trader.reload()
    expect(open_orders(trader)).to_have_count(1)
    clear_the_book(trader)


def test_a_visitor_gets_no_receipt_and_is_led_to_the_door(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    page.fill("#price", "30000")
    page.fill("#amount", "1")
    expect(page.get_by_role("link", name="Sign in to trade")).to_be_visible()
    expect(receipt(page, "total")).to_have_text("–")


def test_the_ticket_warns_while_prices_are_old(trader: Page, quiet_exchange: Server) -> None:
    expect(trader.get_by_test_id("stale-note")).to_have_count(0)
    quiet_exchange.kill()
    expect(trader.get_by_test_id("stale-note")).to_contain_text("You can still place or cancel")
    quiet_exchange.start()
    expect(trader.get_by_test_id("stale-note")).to_have_count(0, timeout=60_000)


@pytest.mark.parametrize("milliseconds", [0, 40])
def test_nothing_that_is_typed_quickly_gets_lost(trader: Page, milliseconds: int) -> None:
    for field, text in (("#price", "51234.5"), ("#amount", "0.12345")):
        trader.fill(field, "")
        trader.click(field)
        trader.keyboard.type(text, delay=milliseconds)
        expect(trader.locator(field)).to_have_value(text)
    expect(receipt(trader, "total")).to_have_text("6,324.89 USDT")
    expect(trader.locator("#price")).to_have_value("51,234.5")
    expect(trader.locator("#amount")).to_have_value("0.12345")
