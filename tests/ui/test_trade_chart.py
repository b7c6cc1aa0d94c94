"""The chart in the browser: own orders as lines, own fills as marks, depth, full screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.trader import cancel_all, open_orders, order, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


def test_own_orders_are_lines_that_can_be_canceled_and_depth_shows_both_sides(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    order(page, "buy", "limit", "0.3", "99000")
    expect(open_orders(page)).to_have_count(1)
    order(page, "sell", "limit", "0.5", "101000")
    expect(open_orders(page)).to_have_count(2)

    page.locator("button[data-mode=depth]").click()
    expect(page.get_by_test_id("depth-facts")).to_contain_text("Mid 100,000.00")
    expect(page.get_by_test_id("depth-facts")).to_contain_text("Bids 0.3000 BTC")
    expect(page.get_by_test_id("depth-facts")).to_contain_text("Asks 0.5000 BTC")
    expect(page.get_by_test_id("depth").locator(".tagt")).to_have_count(2)
    page.reload()
    expect(page.get_by_test_id("depth").locator("path")).to_have_count(4)
    page.locator("button[data-mode=price]").click()

    # A trade gives the chart a price, so that lines have a place.
    other = new_page()
    sign_up(other, quiet_exchange)
    take_demonstration_money(other)
    order(other, "buy", "market", "0.1")
    order(other, "sell", "market", "0.1")
    lines = page.get_by_test_id("own-lines").locator(".otag:visible")
    expect(lines).to_have_count(2)
    expect(page.get_by_test_id("own-lines")).to_contain_text("Sell 0.40000 limit")
    expect(page.get_by_test_id("own-lines")).to_contain_text("Buy 0.20000 limit")
    expect(page.get_by_test_id("trade-tape").locator(".tape.own:visible")).to_have_count(2)
    expect(page.get_by_test_id("trade-tape")).to_contain_text("your fill")
    page.get_by_role("button", name="Cancel Sell 0.40000 limit").click()
    expect(lines).to_have_count(1)
    expect(open_orders(page)).to_have_count(1)
    cancel_all(page)
    expect(lines).to_have_count(0)


def test_the_legend_tells_the_candle_and_the_chart_fills_the_screen(
    lively_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(f"{lively_exchange.url}/trade/BTC-USDT")
    legend = page.locator(".ohlc")
    expect(legend).to_contain_text("O ")
    expect(legend).to_contain_text("Vol ")
    page.get_by_role("button", name="1h", exact=True).click()
    expect(page.get_by_role("button", name="1h", exact=True)).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="1h", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Full screen").click()
    page.wait_for_function("document.fullscreenElement?.classList.contains('chartp')")
    page.get_by_label("Full screen").click()
    page.wait_for_function("document.fullscreenElement === null")
