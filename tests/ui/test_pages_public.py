"""Markets, keyboard, notices, the ways in, and what is there when nothing else is: in the browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person
from tests.ui.trader import press

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def markets(quiet_exchange: Server, new_page: Callable[..., Page]) -> Page:
    """The markets page, loaded."""
    page = new_page()
    page.goto(quiet_exchange.url)
    expect(page.locator("tr[data-market]")).to_have_count(4)
    expect(page.get_by_test_id("find")).to_be_visible()
    return page


def test_a_slash_searches_the_markets_and_enter_opens_the_first(markets: Page) -> None:
    press(markets, "/")
    expect(markets.locator("#market-search")).to_be_focused()
    markets.keyboard.type("eth-u")
    expect(markets.locator("tr[data-market]")).to_have_count(1)
    markets.keyboard.press("Enter")
    markets.wait_for_url("**/trade/ETH-USDT")


def test_what_matches_nothing_can_be_cleared(markets: Page) -> None:
    markets.fill("#market-search", "zzz")
    expect(markets.get_by_text("No market matches.")).to_be_visible()
    markets.get_by_role("button", name="Clear the search").click()
    expect(markets.locator("tr[data-market]")).to_have_count(4)


def test_a_star_keeps_a_market_over_a_reload(markets: Page) -> None:
    markets.get_by_role("button", name="Add SOL-USDT to favourites").click()
    markets.reload()
    markets.locator("[data-only=favourites]").click()
    expect(markets.locator("tr[data-market]")).to_have_count(1)
    expect(markets.locator("tr[data-market=SOL-USDT]")).to_be_visible()


def test_columns_sort_up_and_down(markets: Page) -> None:
    def names() -> list[str]:
        return [row.get_attribute("data-market") or "" for row in markets.locator("tr[data-market]").all()]

    markets.locator("[data-sort=market]").click()
    assert names() == sorted(names())
    expect(markets.locator("th[aria-sort=ascending]")).to_have_count(1)
    markets.locator("[data-sort=market]").click()
    assert names() == sorted(names(), reverse=True)


def test_the_week_of_a_market_that_has_traded_is_a_line(lively_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(lively_exchange.url)
    expect(page.locator("tr[data-market=BTC-USDT] svg.week path")).to_be_attached()


def test_the_palette_finds_pages_markets_and_actions(markets: Page) -> None:
    press(markets, "Control+k")
    expect(markets.get_by_role("dialog")).to_be_visible()
    markets.keyboard.type("sol")
    expect(markets.get_by_role("option")).to_have_count(1)
    markets.keyboard.press("Enter")
    markets.wait_for_url("**/trade/SOL-USDT")
    press(markets, "Control+k")
    expect(markets.get_by_role("dialog")).to_be_visible()
    markets.keyboard.type("dark and light")
    markets.keyboard.press("Enter")
    expect(markets.locator("html")).to_have_attribute("data-theme", "light")


def test_help_opens_and_closes_and_a_chord_leads_to_a_page_but_not_while_typing(markets: Page) -> None:
    press(markets, "?")
    expect(markets.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    markets.keyboard.press("Escape")
    expect(markets.get_by_role("dialog")).to_have_count(0)
    markets.locator("#market-search").focus()
    markets.keyboard.type("go?")
    expect(markets.locator("#market-search")).to_have_value("go?")
    assert markets.url.rstrip("/").count("/") == 2
    markets.locator("#market-search").blur()
    markets.keyboard.press("g")
    markets.keyboard.press("o")
    markets.wait_for_url("**/orders")


def test_single_keys_can_be_turned_off(markets: Page) -> None:
    markets.evaluate("window.rialtoSettings.set('keys', 'off')")
    press(markets, "?", "Control+k")
    expect(markets.get_by_role("dialog", name="Commands")).to_be_visible()


def test_a_fill_of_a_resting_order_is_told_counted_and_kept(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    maker, taker = Person(quiet_exchange), Person(quiet_exchange)
    maker.get("BTC", "1")
    taker.get("USDT", "100000")
    maker.place("SELL", "0.2", "70000")
    page = new_page()
    maker.enter(page)
    page.goto(f"{quiet_exchange.url}/settings")
    page.get_by_role("radio", name="On").first.check(force=True)
    page.goto(f"{quiet_exchange.url}/orders")
    expect(page.get_by_test_id("orders").locator("tbody tr")).to_have_count(1)
    taker.place("BUY", "0.05", "70000")
    told = page.get_by_test_id("notices").locator("[data-kind=fill]")
    expect(told).to_have_text("Sell: 0.05000 BTC filled at 70,000.0.")
    expect(told).to_have_attribute("role", "status")
    expect(page.get_by_test_id("unread")).to_have_text("1")
    expect(page.locator("html")).to_have_attribute("data-ticked", "1")
    page.get_by_test_id("bell").locator("summary").click()
    expect(page.get_by_test_id("bell")).to_contain_text("0.05000 BTC filled")
    expect(page.get_by_test_id("unread")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("bell").locator(".told")).to_be_hidden()


def test_a_password_can_be_looked_at(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{quiet_exchange.url}/signin")
    page.fill("#password", "correct horse")
    page.get_by_role("button", name="Show the password").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")


def test_the_page_that_is_not_there_searches_the_markets(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.context.route("**/nowhere", lambda route: route.fulfill(response=route.fetch(), status=200))
    page.goto(f"{quiet_exchange.url}/nowhere")
    expect(page.get_by_role("heading", name="There is no page here.")).to_be_visible()
    page.fill("#market-search", "sol")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-market]")).to_have_count(1)


def test_while_the_exchange_is_not_ready_pages_say_so_and_why(quiet_exchange: Server, browser: Any) -> None:
    # The browser writes a 503 into its console, which is no fault of the page; so it is not listened to here.
    context = browser.new_context()
    page = context.new_page()
    ready = {"now": False}

    def answer(route: Any) -> None:
        if ready["now"]:
            route.continue_()
            return
        body = {"status": "not ready", "reasons": {"projector": "the SQL tables cannot be written"}}
        route.fulfill(status=503, json=body)

    context.route("**/readyz", answer)
    page.goto(quiet_exchange.url)
    page.locator(".banner a").click()
    facts = page.get_by_test_id("maintenance")
    expect(facts).to_contain_text("the SQL tables cannot be written")
    expect(facts).to_contain_text("Your balances and open orders are unchanged.")
    ready["now"] = True
    expect(page.get_by_text("Rialto is ready.")).to_be_visible()
    context.close()
