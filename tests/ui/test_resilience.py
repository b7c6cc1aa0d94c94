"""What a page has been through must not show: offline, asleep, a restart of the server, orders from another tab."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.market import Market, enter
from tests.ui.person import Person
from tests.ui.trader import ladder, open_orders, order

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

OFFLINE_MS = 10_000
LEVELS = 8
TRADES_COMPARED = 40
OWN = "{ viewer { openOrders { id } balances { asset { code } available held } } }"


def plain(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", text))


def shown_book(page: Page) -> dict[str, list[tuple[Decimal, Decimal]]]:
    return best(
        {side: [(plain(price), plain(size)) for price, size in ladder(page, side)] for side in ("bids", "asks")}
    )


def best(book: dict[str, list[tuple[Decimal, Decimal]]]) -> dict[str, list[tuple[Decimal, Decimal]]]:
    """As many levels as there is room for on any screen of these tests."""
    return {side: levels[:LEVELS] for side, levels in book.items()}


def shown_trades(page: Page) -> list[tuple[Decimal, Decimal]]:
    rows = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=trade-tape] .tape:not([hidden])')].map(row =>
             [row.children[0].childNodes[1].nodeValue, row.children[1].textContent])"""
    )
    return [(plain(price), plain(size)) for price, size in rows]


def eventually(page: Page, look: Callable[[], Any], wanted: Callable[[], Any]) -> None:
    """Wait until a page shows what the API has; both are asked, since a page may be a moment behind."""
    for _ in range(WAIT_MS // 100):
        if look() == wanted():
            return
        page.wait_for_timeout(100)
    assert look() == wanted()


def assert_right(page: Page, market: Market, person: Person) -> None:
    """The page shows the book, each trade once, the person's own orders and balances: as the API has them."""
    eventually(page, lambda: shown_book(page), lambda: best(market.book()))
    eventually(page, lambda: shown_trades(page)[:TRADES_COMPARED], market.trades)
    own = market.server.ask(OWN, token=person.token)["viewer"]
    expect(open_orders(page)).to_have_count(len(own["openOrders"]))
    ids = page.evaluate(
        "[...document.querySelectorAll('[data-testid=open-orders] tbody tr')].map(row => row.dataset.order)"
    )
    assert sorted(ids) == sorted(order["id"] for order in own["openOrders"])
    for balance in own["balances"]:
        row = page.locator(f"[data-asset={balance['asset']['code']}]")
        wanted = [Decimal(balance["available"]), Decimal(balance["held"])]
        eventually(page, lambda row=row: [plain(part) for part in row.inner_text().split("/")][-2:], lambda w=wanted: w)


@pytest.fixture(scope="module")
def market(quiet_exchange: Server) -> Market:
    return Market(quiet_exchange, "SOL-USDT")


@pytest.fixture
def person(quiet_exchange: Server) -> Person:
    made = Person(quiet_exchange)
    made.get("USDT", "43210")
    made.get("SOL", "25")
    return made


def test_after_ten_seconds_offline_the_page_is_right(
    market: Market, person: Person, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    enter(page, market, person)
    person.place("BUY", "2", "80", market.symbol)
    market.trade(2)
    assert_right(page, market, person)
    page.evaluate("window.neverReloaded = true")
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-feed", "stale")
    market.trade(5)
    person.place("SELL", "3", "120", market.symbol)
    page.wait_for_timeout(OFFLINE_MS)
    market.trade(3)
    page.context.set_offline(False)
    expect(page.locator("html")).to_have_attribute("data-feed", "live")
    assert_right(page, market, person)
    assert page.evaluate("window.neverReloaded") is True


def test_after_a_laptops_sleep_the_page_is_right(market: Market, person: Person, new_page: Callable[..., Page]) -> None:
    page = new_page()
    enter(page, market, person)
    person.place("BUY", "2", "80", market.symbol)
    assert_right(page, market, person)
    page.evaluate("window.neverReloaded = true")
    devtools = page.context.new_cdp_session(page)
    for sleep in range(2):
        devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
        market.trade(4)
        person.place("SELL", "1", f"{121 + sleep}", market.symbol)
        market.trade(2)
        devtools.send("Page.setWebLifecycleState", {"state": "active"})
        assert_right(page, market, person)
    assert page.evaluate("window.neverReloaded") is True


def test_after_a_sleep_so_long_that_the_lines_were_cut_the_page_is_right(
    market: Market, person: Person, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    enter(page, market, person)
    page.evaluate("window.neverReloaded = true")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    page.context.set_offline(True)
    market.trade(6)
    person.place("SELL", "1", "123", market.symbol)
    page.context.set_offline(False)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    assert_right(page, market, person)
    assert page.evaluate("window.neverReloaded") is True


def test_after_a_restart_the_page_is_right(market: Market, person: Person, new_page: Callable[..., Page]) -> None:
    page = new_page()
    enter(page, market, person)
    person.place("BUY", "2", "80", market.symbol)
    market.trade(2)
    assert_right(page, market, person)
    page.evaluate("window.neverReloaded = true")
    market.server.kill()
    expect(page.locator("html")).to_have_attribute("data-feed", "stale")
    market.server.start()
    market.trade(3)
    person.place("BUY", "1", "79", market.symbol)
    expect(page.locator("html")).to_have_attribute("data-feed", "live")
    assert_right(page, market, person)
    page.get_by_test_id("cancel").first.click()
    expect(open_orders(page)).to_have_count(1)
    assert_right(page, market, person)
    assert page.evaluate("window.neverReloaded") is True


def test_two_tabs_of_one_person_show_the_same(market: Market, person: Person, new_page: Callable[..., Page]) -> None:
    first = new_page()
    enter(first, market, person)
    second = first.context.new_page()
    second.set_default_timeout(WAIT_MS)
    enter(second, market, person)
    order(first, "buy", "limit", "1", "81")
    for tab in (first, second):
        expect(open_orders(tab)).to_have_count(1)
    order(second, "sell", "limit", "2", "125")
    for tab in (first, second):
        expect(open_orders(tab)).to_have_count(2)
        assert_right(tab, market, person)
    first.locator("[data-testid=cancel]").first.click()
    expect(open_orders(second)).to_have_count(1)
    second.locator("[data-testid=cancel]").first.click()
    for tab in (first, second):
        expect(open_orders(tab)).to_have_count(0)
        assert_right(tab, market, person)
