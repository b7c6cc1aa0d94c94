"""The keyboard of the Trade page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.trader import open_orders, order, press, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


def test_the_keyboard_writes_and_sends_an_order(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    page.evaluate("document.activeElement.blur()")
    sell = page.locator("[data-side=sell]")
    press(page, "s")
    expect(sell).to_have_attribute("aria-checked", "true")
    press(page, "m")
    expect(page.locator("#price")).to_have_count(0)
    press(page, "l")
    press(page, "b")
    expect(sell).to_have_attribute("aria-checked", "false")
    press(page, "p")
    expect(page.locator("#price")).to_be_focused()
    # Single keys rest while somebody types.
    page.keyboard.type("50000s", delay=100)
    expect(page.locator("#price")).to_have_value("50000s")
    expect(sell).to_have_attribute("aria-checked", "false")
    page.fill("#price", "50000")
    expect(page.locator("#price")).to_have_value("50000")
    press(page, "ArrowUp")
    expect(page.locator("#price")).to_have_value("50,000.1")
    press(page, "Shift+ArrowDown")
    expect(page.locator("#price")).to_have_value("49,999.1")
    press(page, "Escape")
    press(page, "a")
    page.keyboard.type("0.1", delay=100)
    press(page, "Shift+ArrowUp")
    expect(page.locator("#amount")).to_have_value("0.10010")
    press(page, "Enter")
    expect(open_orders(page)).to_have_count(1)
    expect(open_orders(page)).to_contain_text("49,999.1")
    press(page, "Escape")
    press(page, "]")
    expect(page.get_by_test_id("grouping")).to_have_text("0.2")
    press(page, "[")
    expect(page.get_by_test_id("grouping")).to_have_text("0.1")
    page.get_by_test_id("cancel").focus()
    press(page, "x")
    expect(open_orders(page)).to_have_count(0)


def test_a_key_that_is_held_down_loses_no_step_also_after_typing(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    price = page.locator("#price")
    price.fill("50000")
    for _ in range(10):
        press(page, "ArrowUp")
    expect(price).to_have_value("50,001.0")
    for _ in range(10):
        page.keyboard.press("ArrowDown", delay=60)
    expect(price).to_have_value("50,000.0")
    price.select_text()
    page.keyboard.type("60000.5")
    for _ in range(10):
        press(page, "ArrowDown")
    expect(price).to_have_value("59,999.5")
    press(page, "End")
    press(page, "Backspace")
    page.keyboard.type("7")
    press(page, "ArrowUp")
    expect(price).to_have_value("59,999.8")
    page.locator("#amount").fill("0.1")
    for _ in range(10):
        press(page, "ArrowUp")
    expect(page.locator("#amount")).to_have_value("0.10010")
    expect(price).to_have_value("59,999.8")


def test_all_orders_are_canceled_by_keys_after_a_question_that_counts_them(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    for number in range(3):
        order(page, "buy", "limit", "0.01", str(50000 + number))
        expect(open_orders(page)).to_have_count(number + 1)
    press(page, "Escape")
    page.evaluate("document.activeElement.blur()")
    question = page.get_by_test_id("ask-cancel-all")
    press(page, "Shift+X")
    expect(question).to_contain_text("Cancel 3 open orders?")
    press(page, "Escape")
    expect(question).to_be_hidden()
    expect(open_orders(page)).to_have_count(3)
    # From another tab of the dock as well.
    page.locator("[data-dock=fills]").click()
    press(page, "Shift+X")
    expect(page.get_by_test_id("confirm-cancel-all")).to_be_focused()
    press(page, "Enter")
    expect(question).to_be_hidden()
    page.locator("[data-dock=orders]").click()
    expect(open_orders(page)).to_have_count(0)
    expect(page.get_by_test_id("notices")).to_contain_text("Canceled 3 orders.")


def test_after_a_cancel_the_focus_is_on_the_next_row_and_at_last_on_the_tab(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    for number in range(3):
        order(page, "buy", "limit", "0.01", str(50000 + number))
        expect(open_orders(page)).to_have_count(number + 1)
    cancels = page.get_by_test_id("cancel")
    cancels.nth(1).focus()
    press(page, "x")
    expect(open_orders(page)).to_have_count(2)
    expect(cancels.nth(1)).to_be_focused()
    press(page, "Enter")
    expect(open_orders(page)).to_have_count(1)
    expect(cancels.first).to_be_focused()
    press(page, "x")
    expect(page.locator("[data-dock=orders]")).to_be_focused()


def test_arrows_walk_through_tabs_and_sides(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    page.locator("[data-dock=orders]").focus()
    for name in ("history", "fills", "balances", "orders"):
        press(page, "ArrowRight")
        expect(page.locator(f"[data-dock={name}]")).to_be_focused()
        expect(page.locator(f"[data-dock={name}]")).to_have_attribute("aria-selected", "true")
        expect(page.locator("[data-dock][tabindex='0']")).to_have_count(1)
    press(page, "End")
    expect(page.locator("[data-dock=balances]")).to_have_attribute("aria-selected", "true")
    page.locator("[data-side=buy]").focus()
    press(page, "ArrowRight")
    expect(page.locator("[data-side=sell]")).to_have_attribute("aria-checked", "true")
    page.locator("[data-kind=limit]").focus()
    press(page, "ArrowRight")
    expect(page.locator("[data-kind=market]")).to_have_attribute("aria-selected", "true")


def test_escape_closes_first_and_clears_the_ticket_then(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    page.fill("#price", "50000")
    page.fill("#amount", "0.1")
    expect(page.get_by_test_id("submit-order")).to_have_text("Buy 0.1 BTC")
    press(page, "Escape")
    page.get_by_test_id("layout-menu").click()
    press(page, "Escape")
    expect(page.get_by_test_id("reset-layout")).to_be_hidden()
    expect(page.locator("#price")).to_have_value("50,000")
    press(page, "Escape")
    expect(page.locator("#price")).to_have_value("")
    expect(page.locator("#amount")).to_have_value("")


def test_a_reader_is_told_the_market_in_a_sentence_that_rests(
    lively_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.clock.install()
    page.goto(f"{lively_exchange.url}/trade/BTC-USDT")
    summary = page.get_by_test_id("summary")
    page.clock.run_for(2000)
    expect(summary).to_contain_text("Last ")
    expect(summary).to_contain_text(" percent, spread ")
    assert summary.evaluate("box => box.closest('[aria-live], [role=status], [role=alert]')") is None
    said, price = summary.inner_text(), page.get_by_test_id("last-price").inner_text()
    page.wait_for_function(
        "price => document.querySelector('[data-testid=last-price]').textContent !== price", arg=price
    )
    page.clock.run_for(20_000)
    assert summary.inner_text() == said
    page.clock.run_for(15_000)
    expect(summary).not_to_have_text(said)
