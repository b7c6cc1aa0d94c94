"""What a market's status and a halted exchange mean is said on Markets and Trade, in the operators' words."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.operating import Boss
from tests.ui.person import Person
from tests.ui.trader import open_orders

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

MARKET = "ETH-USDT"


@pytest.fixture
def boss(quiet_exchange: Server) -> Iterator[Boss]:
    found = Boss(quiet_exchange)
    yield found
    found.halt("The test is over.", halted=False)
    found.set_status(MARKET, "OPEN", "The test is over.")


@pytest.fixture
def trader(quiet_exchange: Server) -> Person:
    person = Person(quiet_exchange)
    person.get("USDT", "100000")
    person.get("ETH", "40")
    return person


def test_an_auction_shows_what_it_would_give_and_collects_orders(
    quiet_exchange: Server, boss: Boss, trader: Person, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    trader.enter(page)
    page.goto(f"{quiet_exchange.url}/trade/{MARKET}")
    expect(page.get_by_test_id("status")).to_have_text("Open")
    boss.set_status(MARKET, "AUCTION", "A fair first price")
    expect(page.get_by_test_id("status")).to_have_text("Auction")
    expect(page.get_by_test_id("status-reason")).to_have_text("A fair first price")
    expect(page.get_by_test_id("standing")).to_contain_text("in auction: A fair first price. Orders that can rest")
    seller = Person(quiet_exchange)
    seller.get("ETH", "40")
    trader.place("BUY", "2", "3010", market=MARKET)
    seller.place("SELL", "1", "3000", market=MARKET)
    expect(page.get_by_test_id("indicative-quantity")).to_have_text("1.0000 ETH")
    expect(page.get_by_test_id("indicative-price")).to_contain_text("3,0")
    expect(page.get_by_test_id("order-book")).to_contain_text("Crossed by 10.00")
    # A market order cannot be collected, and the ticket says so before it is sent.
    page.locator("[data-kind=market]").click()
    page.fill("#amount", "1")
    expect(page.locator("#form-note")).to_contain_text("Only orders that can rest are taken.")
    boss.set_status(MARKET, "OPEN", "Uncrossed")
    expect(page.get_by_test_id("status")).to_have_text("Open")
    expect(page.get_by_test_id("indicative-price")).to_have_count(0)
    expect(page.get_by_test_id("trade-tape")).to_contain_text("1.0000")
    expect(open_orders(page)).to_contain_text("50")


@pytest.mark.parametrize(
    ("status", "word"), [("CANCEL_ONLY", "cancel-only"), ("HALTED", "halted")], ids=["cancel-only", "halted"]
)
def test_a_ticket_that_takes_nothing_says_why(
    quiet_exchange: Server, boss: Boss, trader: Person, new_page: Callable[..., Page], status: str, word: str
) -> None:
    page = new_page()
    trader.enter(page)
    page.goto(f"{quiet_exchange.url}/trade/{MARKET}")
    button = page.get_by_test_id("submit-order")
    expect(button).to_be_enabled()
    boss.set_status(MARKET, status, "wallet maintenance")
    expect(page.get_by_test_id("standing")).to_have_text(
        f"{MARKET} is {word}: wallet maintenance. You can cancel, not place."
    )
    expect(button).to_be_disabled()
    expect(button).to_have_text("No orders are taken now")
    page.goto(quiet_exchange.url)
    row = page.locator(f"[data-market={MARKET}]")
    expect(row.get_by_test_id("status")).to_have_attribute("data-status", status)
    expect(row.get_by_test_id("status-reason")).to_have_text("wallet maintenance")


def test_a_halted_exchange_is_said_in_every_market_and_in_german_too(
    quiet_exchange: Server, boss: Boss, trader: Person, new_page: Callable[..., Page]
) -> None:
    boss.set_status(MARKET, "POST_ONLY", "Warming up")
    page = new_page(locale="de-DE")
    trader.enter(page)
    page.goto(f"{quiet_exchange.url}/trade/{MARKET}")
    expect(page.get_by_test_id("standing")).to_contain_text("nimmt nur ruhende Aufträge: Warming up")
    boss.halt("Maintenance until 14:00 UTC.")
    expect(page.get_by_test_id("status")).to_have_text("Börse angehalten")
    expect(page.get_by_test_id("standing")).to_contain_text("Die Börse ist angehalten: Maintenance until 14:00 UTC.")
    expect(page.get_by_test_id("submit-order")).to_be_disabled()
