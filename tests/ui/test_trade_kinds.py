"""Every kind of order is written in the ticket, placed, listed with its terms, and refused beside its field."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person
from tests.ui.trader import cancel_all, open_orders, order, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

LAST = "60000"


@pytest.fixture
def trader(quiet_exchange: Server, new_page: Callable[..., Page]) -> Page:
    """A person in a market whose last price is 60,000."""
    maker, taker = Person(quiet_exchange), Person(quiet_exchange)
    maker.get("BTC", "1")
    taker.get("USDT", "10000")
    maker.place("SELL", "0.01", LAST)
    taker.place("BUY", "0.01", LAST)
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    return page


def choose(page: Page, side: str, kind: str) -> None:
    page.locator(f"[data-side={side}]").first.click()
    page.locator("#more-types").select_option(kind)


def send(page: Page) -> None:
    page.get_by_test_id("submit-order").click()


def test_each_kind_has_its_fields_a_sentence_and_a_row_with_its_terms(trader: Page) -> None:
    placed = 0

    def listed(*words: str) -> None:
        nonlocal placed
        placed += 1
        expect(open_orders(trader)).to_have_count(placed)
        row = open_orders(trader).filter(has_text=words[0])
        for word in words:
            expect(row.first).to_contain_text(word)

    trader.locator("[data-side=sell]").first.click()
    trader.locator("[data-kind=stop_limit]").click()
    expect(trader.get_by_test_id("about-kind")).to_contain_text("Once the last price falls to the stop price")
    trader.fill("#stop", "59000")
    trader.fill("#price", "58900")
    trader.fill("#amount", "0.1")
    send(trader)
    listed("Stop-limit", "58,900.0", "Waiting for ≤\u200959,000.0")

    choose(trader, "buy", "STOP_MARKET")
    expect(trader.locator("#price")).to_have_count(0)
    trader.fill("#stop", "61000")
    trader.fill("#amount", "500")
    send(trader)
    listed("Stop-market", "Waiting for ≥\u200961,000.0", "500")

    choose(trader, "sell", "TAKE_PROFIT_LIMIT")
    trader.fill("#stop", "62000")
    trader.fill("#price", "62100")
    trader.fill("#amount", "0.1")
    send(trader)
    listed("Take-profit limit", "Waiting for ≥\u200962,000.0")

    choose(trader, "sell", "TAKE_PROFIT_MARKET")
    trader.fill("#stop", "63000")
    trader.fill("#amount", "0.1")
    send(trader)
    listed("Take-profit market", "Waiting for ≥\u200963,000.0")

    choose(trader, "sell", "TRAILING_STOP")
    trader.fill("#trail", "250")
    trader.fill("#amount", "0.1")
    send(trader)
    listed("Trails by 250.0")
    trader.get_by_test_id("trail-unit").click()
    trader.fill("#trail", "1.5")
    send(trader)
    listed("Trails by 1.5\u2009%")
    cancel_all(trader)
    expect(open_orders(trader)).to_have_count(0)


def test_a_pair_is_listed_together_and_goes_together(trader: Page) -> None:
    choose(trader, "sell", "OCO")
    trader.fill("#price", "65000")
    trader.fill("#stop", "55000")
    trader.fill("#amount", "0.2")
    send(trader)
    expect(open_orders(trader)).to_have_count(2)
    expect(open_orders(trader).first).to_have_attribute("data-pair", "first")
    expect(open_orders(trader).last).to_have_attribute("data-pair", "last")
    cancel = open_orders(trader).first.get_by_test_id("cancel")
    expect(cancel).to_have_attribute("aria-label", re.compile("Its linked order goes too"))
    cancel.click()
    expect(open_orders(trader)).to_have_count(0)
    trader.locator("[data-dock=history]").click()
    history = trader.get_by_test_id("order-history")
    expect(history).to_contain_text("Canceled: by you")
    expect(history).to_contain_text("Canceled: its linked order filled or ended")


def test_an_iceberg_with_an_end_shows_both_in_its_row_and_can_be_asked_about(trader: Page) -> None:
    trader.evaluate("window.rialtoSettings.set('confirm', 'on')")
    trader.locator("[data-side=buy]").first.click()
    trader.fill("#price", "50000")
    trader.fill("#amount", "0.5")
    trader.locator("#time-in-force").select_option("GTD")
    trader.get_by_test_id("advanced").locator("summary").click()
    trader.fill("#visible", "0.1")
    trader.locator("#prevention").select_option("CANCEL_BOTH")
    send(trader)
    expect(trader.locator("#expire-note")).to_contain_text("Enter the day and time")
    trader.fill("#expire", "2001-01-01T10:00")
    expect(trader.locator("#expire-note")).to_contain_text("must be in the future")
    trader.fill("#expire", "2040-02-03T10:00")
    expect(trader.locator("#expire-note")).to_have_count(0)
    send(trader)
    expect(trader.get_by_test_id("confirm")).to_contain_text("showing 0.1 BTC at a time, until 3 Feb 10:00")
    trader.get_by_test_id("confirm-order").click()
    expect(open_orders(trader)).to_have_count(1)
    expect(open_orders(trader)).to_contain_text("0.10000 / 0.50000")
    expect(open_orders(trader)).to_contain_text("GTD 3 Feb 10:00")


def test_refusals_stand_beside_the_fields_of_each_kind(trader: Page) -> None:
    trader.locator("[data-side=sell]").first.click()
    trader.locator("[data-kind=stop_limit]").click()
    trader.fill("#stop", "60500")
    trader.fill("#price", "60400")
    trader.fill("#amount", "0.1")
    expect(trader.locator("#stop-note")).to_contain_text("Would trigger at once: the last price is 60,000.0")
    expect(trader.get_by_test_id("submit-order")).to_have_text("Check the stop price")
    choose(trader, "sell", "TRAILING_STOP")
    trader.fill("#trail", "0.05")
    expect(trader.locator("#trail-note")).to_contain_text("steps of 0.1")
    choose(trader, "buy", "OCO")
    trader.fill("#price", "59000")
    trader.fill("#stop", "61000")
    trader.fill("#amount", "0.1")
    send(trader)
    expect(trader.locator("#stop_limit-note")).to_have_text("Enter the limit of the stop order.")
    trader.fill("#stop_limit", "61100.01")
    send(trader)
    expect(trader.locator("#stop_limit-note")).to_contain_text("steps of 0.1")
    trader.fill("#stop_limit", "61100")
    trader.fill("#price", "62000")
    send(trader)
    expect(trader.locator("#price-note")).to_contain_text("must be below the stop price")
    expect(open_orders(trader)).to_have_count(0)


def test_an_order_is_amended_in_its_row(trader: Page) -> None:
    order(trader, "buy", "limit", "0.5", "50000")
    expect(open_orders(trader)).to_have_count(1)
    row = open_orders(trader).first
    row.get_by_test_id("amend").click()
    expect(row.get_by_label("New price")).to_be_focused()
    row.get_by_label("New price").fill("50000.01")
    trader.keyboard.press("Enter")
    expect(row).to_contain_text("Prices move in steps of 0.1")
    row.get_by_label("New price").fill("50100")
    row.get_by_label("New amount").fill("0.4")
    trader.keyboard.press("Enter")
    expect(row).to_contain_text("50,100.0")
    expect(row).to_contain_text("0.40000")
    expect(row.get_by_label("New price")).to_have_count(0)
    row.get_by_test_id("amend").click()
    row.get_by_label("New amount").fill("0.1")
    trader.keyboard.press("Escape")
    expect(row).to_contain_text("0.40000")
    expect(row.get_by_test_id("amend")).to_be_visible()


def test_an_order_is_amended_by_pulling_its_line(trader: Page) -> None:
    order(trader, "buy", "limit", "0.5", "59999.9")
    expect(open_orders(trader)).to_have_count(1)
    tag = trader.get_by_test_id("own-lines").locator(".otag:visible")
    expect(tag).to_have_count(1)

    def pull() -> None:
        box = tag.bounding_box()
        assert box is not None
        trader.mouse.move(box["x"] + 20, box["y"] + 9)
        trader.mouse.down()
        trader.mouse.move(box["x"] + 20, box["y"] + 80, steps=4)
        trader.mouse.up()

    pull()
    expect(trader.locator(".movebubble")).to_contain_text("move to")
    trader.keyboard.press("Escape")
    expect(trader.locator(".movebubble")).to_have_count(0)
    expect(open_orders(trader)).to_contain_text("59,999.9")
    pull()
    trader.locator("[data-testid=confirm-move]").click()
    expect(open_orders(trader)).not_to_contain_text("59,999.9")
    expect(open_orders(trader)).to_have_count(1)
