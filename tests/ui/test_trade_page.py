"""The Trade page as a whole: finding markets, phones, and a connection that drops."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.trader import open_orders, order, press, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


def test_a_market_is_found_by_a_key_and_favorites_come_first(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "yes")
    sheet = page.get_by_test_id("market-picker")
    page.get_by_test_id("market-name").click()
    expect(sheet.locator("[data-pick]")).to_have_count(4)
    sheet.locator("[data-star=SOL-USDT]").click()
    expect(sheet.locator("[data-pick]").first).to_have_attribute("data-pick", "SOL-USDT")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.evaluate("document.activeElement.blur()")
    press(page, "/")
    expect(sheet.locator("[data-pick]").first).to_have_attribute("data-pick", "SOL-USDT")
    page.keyboard.type("eth/b")
    expect(sheet.locator("[data-pick]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/trade/ETH-BTC")
    expect(page.get_by_test_id("market-name")).to_contain_text("ETH-BTC")
    press(page, "/")
    page.keyboard.type("nothing")
    expect(sheet).to_contain_text("No market of that name.")


@pytest.mark.parametrize("size", [(360, 780), (390, 844), (768, 1024), (1024, 768), (1440, 900), (1680, 1050)])
def test_no_width_scrolls_sideways(
    quiet_exchange: Server, new_page: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = new_page(*size)
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(page.get_by_test_id("market-name")).to_be_visible()
    expect(page.locator(".ladder")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_phone_shows_one_view_and_the_ticket_as_a_sheet(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(390, 844)
    sign_up(page, quiet_exchange)
    page.locator("[data-dock=balances]").click()
    page.get_by_test_id("faucet").locator("visible=true").click()
    expect(page.get_by_test_id("balances")).to_contain_text("100,000.00")
    for view, seen in (("book", ".bookp"), ("trades", ".tapep"), ("depth", ".chartp"), ("chart", ".chartp")):
        page.locator(f".vtabs [data-view={view}]").click()
        for panel in (".bookp", ".tapep", ".chartp"):
            assert page.locator(panel).is_visible() == (panel == seen)
    ticket = page.locator("section.ticket")
    expect(ticket).to_be_hidden()
    page.locator("[data-open=sell]").click()
    expect(ticket).to_be_visible()
    expect(page.locator("[data-side=sell]")).to_have_attribute("aria-checked", "true")
    assert page.evaluate("document.querySelector('.dock').inert") is True
    page.fill("#price", "90000")
    page.fill("#amount", "0.1")
    page.get_by_test_id("submit-order").click()
    expect(page.get_by_test_id("notices")).to_contain_text("is in the book")
    page.keyboard.press("Escape")
    expect(ticket).to_be_hidden()
    page.locator("[data-open=buy]").click()
    expect(page.locator("[data-side=sell]")).to_have_attribute("aria-checked", "false")
    page.locator(".closer").click()
    expect(ticket).to_be_hidden()
    page.locator("[data-dock=orders]").click()
    page.get_by_test_id("cancel").click()
    expect(open_orders(page)).to_have_count(0)


def hold_the_line(page: Page) -> None:
    """Let a page open sockets that a test can make silent: what arrives is then swallowed."""
    page.add_init_script(
        """(() => {
          const Real = window.WebSocket;
          window.WebSocket = class extends Real {
            set onmessage(listener) {
              super.onmessage = (event) => window.dead && this.url.endsWith('/graphql') ? undefined : listener(event);
            }
          };
        })()"""
    )


def test_a_line_that_died_without_a_word_is_noticed_and_replaced(
    lively_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    hold_the_line(page)
    page.goto(f"{lively_exchange.url}/trade/BTC-USDT")
    badge = page.get_by_test_id("connection")
    expect(badge).to_have_attribute("data-live", "yes")
    expect(page.locator(".foot")).to_contain_text(" ms")
    page.evaluate("window.dead = true")
    expect(page.locator("html")).to_have_attribute("data-feed", "stale")
    expect(badge).to_have_attribute("data-live", "no")
    expect(page.locator(".badge.state")).to_contain_text("s old")
    assert page.evaluate("getComputedStyle(document.querySelector('.ladder')).opacity") == "0.55"
    page.evaluate("window.dead = false")
    expect(page.locator("html")).to_have_attribute("data-feed", "live")
    assert_moves(page)


def test_being_offline_is_said_and_everything_comes_back_once(
    lively_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(f"{lively_exchange.url}/trade/BTC-USDT")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "yes")
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-feed", "stale")
    page.context.set_offline(False)
    expect(page.locator("html")).to_have_attribute("data-feed", "live")
    assert_moves(page)
    lines = page.locator("[data-testid=trade-tape] .tape:visible")
    texts: list[Any] = page.evaluate(
        "[...document.querySelectorAll('.lv:not([hidden])')].map(row => row.dataset.price)"
    )
    assert len(texts) == len(set(texts)) > 0, "no level twice"
    assert lines.count() > 0


def assert_moves(page: Page) -> None:
    before = page.locator(".ladder").inner_text()
    page.wait_for_function("before => document.querySelector('.ladder').innerText !== before", arg=before)


def test_the_last_price_is_in_the_title(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    order(page, "sell", "limit", "0.01", "98765.4")
    expect(open_orders(page)).to_have_count(1)
    other = new_page()
    sign_up(other, quiet_exchange)
    take_demonstration_money(other)
    order(other, "buy", "market", "0.01")
    expect(page).to_have_title("▲ 98,765.4 BTC-USDT")
