"""The chart in the browser: own orders as lines, own fills as marks, depth, full screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person
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


def test_the_legend_follows_the_crosshair(lively_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{lively_exchange.url}/trade/BTC-USDT")
    legend = page.locator(".ohlc")
    expect(legend).to_contain_text("C ")
    newest = legend.locator("b").first.inner_text()
    chart = page.get_by_test_id("chart").bounding_box()
    assert chart is not None
    page.mouse.move(chart["x"] + chart["width"] * 0.4, chart["y"] + chart["height"] / 2)
    expect(legend.locator("b").first).not_to_have_text(newest)
    pointed = legend.inner_text()
    page.mouse.move(chart["x"] + chart["width"] * 0.6, chart["y"] + chart["height"] / 2)
    page.wait_for_function("pointed => document.querySelector('.ohlc').innerText !== pointed", arg=pointed)
    page.mouse.move(chart["x"] + chart["width"] * 0.4, chart["y"] + chart["height"] / 2)
    expect(legend).to_have_text(pointed.replace("\n", ""), use_inner_text=False)
    # Away from the chart it tells the newest candle again, whose first price stays.
    page.mouse.move(chart["x"] + 20, chart["y"] - 60)
    expect(legend.locator("b").first).to_have_text(newest)


VIOLET = """() => [...document.querySelectorAll("[data-testid=chart] canvas")].reduce((count, canvas) => {
  if (!canvas.width || !canvas.height) return count;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === 169 && data[at + 1] === 156 && data[at + 2] === 246) count += 1;
  return count;
}, 0)"""


def test_own_fills_are_marks_on_the_chart_and_nobody_elses_are(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    maker, taker = Person(quiet_exchange), Person(quiet_exchange)
    maker.get("SOL", "20")
    taker.get("USDT", "10000")
    maker.place("SELL", "5", "180", market="SOL-USDT")
    page = new_page()
    taker.enter(page)
    page.goto(f"{quiet_exchange.url}/trade/SOL-USDT")
    expect(page.locator(".ladder")).to_contain_text("180.00")
    assert page.evaluate(VIOLET) == 0
    taker.place("BUY", "2", "180", market="SOL-USDT")
    expect(page.get_by_test_id("trade-tape").locator(".tape.own:visible")).to_have_count(1)
    page.wait_for_function(f"() => ({VIOLET})() > 20")

    other = new_page()
    other.goto(f"{quiet_exchange.url}/trade/SOL-USDT")
    expect(other.get_by_test_id("trade-tape").locator(".tape:visible")).to_have_count(1)
    expect(other.locator(".ohlc")).to_contain_text("180.00")
    assert other.evaluate(VIOLET) == 0
