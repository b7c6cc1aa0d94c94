"""The orders, wallet and settings pages in the browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def person(quiet_exchange: Server) -> Person:
    """Somebody who has bought half a coin, and has two more orders in the book."""
    seller, buyer = Person(quiet_exchange), Person(quiet_exchange)
    seller.get("BTC", "2")
    buyer.get("USDT", "100000")
    seller.place("SELL", "0.5", "100000")
    buyer.place("BUY", "0.5", "100000")
    buyer.place("BUY", "0.1", "90000")
    buyer.place("BUY", "0.2", "80000")
    return buyer


def test_the_wallet_shows_what_balances_are_worth(
    quiet_exchange: Server, person: Person, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/wallet")
    # 0.5 BTC less the fee of 0.1 % at 100,000, and 50,000 USDT.
    expect(page.get_by_test_id("total")).to_have_text("99,950.00")
    row = page.locator("[data-holding=USDT]")
    expect(row).to_contain_text("50,000.00")
    expect(row).to_contain_text("25,000.00")
    page.get_by_label("Show values in").select_option("BTC")
    expect(page.get_by_test_id("total")).to_have_text("0.99950000")


def test_the_faucet_adds_money_and_the_ledger_shows_it(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page, person = new_page(), Person(quiet_exchange)
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/wallet")
    page.get_by_label("Asset").last.select_option("ETH")
    page.fill("#faucet-amount", "many")
    page.get_by_test_id("ask-faucet").click()
    expect(page.locator("#faucet-note")).to_have_text("This is not a number.")
    page.fill("#faucet-amount", "1.5")
    page.get_by_test_id("ask-faucet").click()
    expect(page.get_by_test_id("notices")).to_contain_text("Credited 1.5 ETH.")
    expect(page.locator("[data-holding=ETH]")).to_contain_text("1.50000000")
    expect(page.get_by_test_id("ledger").locator("tbody tr")).to_have_count(1)
    page.get_by_test_id("ledger-asset").select_option("BTC")
    expect(page.get_by_text("No entries match.")).to_be_visible()


def test_the_orders_page_lists_filters_and_cancels(
    quiet_exchange: Server, person: Person, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/orders")
    rows = page.get_by_test_id("orders").locator("tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_label("Side").select_option("SELL")
    expect(page.get_by_text("You have no open orders.")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    extra = person.place("BUY", "0.01", "70000")
    expect(rows).to_have_count(3)
    page.locator(f"[data-order='{extra}']").get_by_test_id("cancel").click()
    expect(rows).to_have_count(2)

    page.locator("[data-list=history]").click()
    page.get_by_label("Status").select_option("FILLED")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("100,000.0")
    page.get_by_label("Until").fill("2001-01-01")
    expect(page.get_by_text("No orders match.")).to_be_visible()

    page.locator("[data-list=fills]").click()
    page.get_by_role("button", name="Clear filters").click()
    fills = page.get_by_test_id("fills").locator("tbody tr")
    expect(fills).to_have_count(1)
    expect(fills).to_contain_text("Taker")


def test_a_long_history_is_turned_page_by_page(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page, person = new_page(), Person(quiet_exchange)
    person.get("USDT", "100000")
    for number in range(30):
        person.place("BUY", "0.001", str(20000 + number))
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/orders")
    page.locator("[data-list=history]").click()
    rows = page.get_by_test_id("orders").locator("tbody tr")
    expect(rows).to_have_count(25)
    expect(rows.first).to_contain_text("20,029.0")
    page.get_by_test_id("older").click()
    expect(rows).to_have_count(5)
    expect(rows.last).to_contain_text("20,000.0")
    page.get_by_test_id("newer").click()
    expect(rows).to_have_count(25)


@pytest.mark.parametrize("path", ["orders", "wallet"])
def test_a_visitor_is_asked_to_sign_in(quiet_exchange: Server, new_page: Callable[..., Page], path: str) -> None:
    page = new_page()
    page.goto(f"{quiet_exchange.url}/{path}")
    expect(page.locator("main a[href*='/signin']")).to_be_visible()


def test_settings_hold_over_a_reload_and_change_the_language_everywhere(
    quiet_exchange: Server, person: Person, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/settings")
    html = page.locator("html")
    page.get_by_label("Light").check(force=True)
    expect(html).to_have_attribute("data-theme", "light")
    page.get_by_label("Red up, green down").check(force=True)
    page.get_by_label("Deutsch").check(force=True)
    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.palette") == "red-up"
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.goto(f"{quiet_exchange.url}/wallet")
    expect(page.get_by_test_id("total")).to_have_text("99\u202f950,00")
    expect(page.get_by_text("Gesamtwert", exact=True)).to_be_visible()
    expect(page.get_by_test_id("ledger")).to_contain_text("Einzahlung")


def test_a_browser_that_prefers_german_gets_german(quiet_exchange: Server, browser: object) -> None:
    context = browser.new_context(locale="de-DE")  # type: ignore[attr-defined]
    try:
        page = context.new_page()
        page.goto(quiet_exchange.url)
        expect(page.get_by_role("heading", name="Märkte")).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("html")).to_have_attribute("lang", "de")
    finally:
        context.close()
