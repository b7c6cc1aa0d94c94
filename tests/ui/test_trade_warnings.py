"""What the ticket warns of without keeping anybody from sending."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


def test_the_ticket_warns_of_a_thin_book_and_of_ones_own_order_in_the_way(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    seller, buyer = Person(quiet_exchange), Person(quiet_exchange)
    seller.get("BTC", "2")
    seller.place("SELL", "0.2", "100000")
    for asset, amount in (("USDT", "100000"), ("BTC", "2")):
        buyer.get(asset, amount)
    page = new_page()
    buyer.enter(page)
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    amount, price = page.get_by_test_id("amount-care"), page.get_by_test_id("price-care")
    page.fill("#price", "100000")
    page.fill("#amount", "0.5")
    expect(page.locator("[data-receipt=takes]")).to_have_text("0.20000 / 0.30000 BTC")
    expect(amount).to_have_count(0)
    page.locator("#time-in-force").select_option("IOC")
    expect(amount).to_have_text("The book holds 0.20000 BTC. The rest would be canceled.")
    expect(page.get_by_test_id("submit-order")).to_be_enabled()
    page.locator("#time-in-force").select_option("GTC")
    expect(amount).to_have_count(0)

    own = buyer.place("SELL", "0.1", "101000")
    expect(page.locator(f"[data-order='{own}']").first).to_be_attached()
    page.fill("#price", "101500")
    expect(price).to_have_text("Would meet your own sell order at 101,000.0 and be canceled.")
    expect(page.locator("[data-receipt=takes]")).to_have_text("0.20000 / 0.00000 BTC")
    # So little is filled before it comes to that.
    page.fill("#amount", "0.2")
    expect(page.locator("[data-receipt=takes]")).to_have_text("0.20000 / 0.00000 BTC")
    expect(price).to_have_count(0)
    page.locator("[data-kind=market]").click()
    page.fill("#amount", "0.5")
    expect(amount).to_contain_text("Would meet your own sell order at 101,000.0")
    page.locator(f"[data-order='{own}']").get_by_test_id("cancel").click()
    expect(amount).to_have_text("The book holds 0.20000 BTC. The rest would be canceled.")


def test_a_deposit_is_told_as_a_toast_and_kept_in_the_list(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    person, page = Person(quiet_exchange), new_page()
    person.get("BTC", "1")
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(page.locator("[data-asset=BTC]")).to_contain_text("1.00000000")
    expect(page.locator(".toast")).to_have_count(0)
    person.get("ETH", "1.5")
    expect(page.locator(".toast[data-kind=deposit]")).to_have_text("Credited 1.5 ETH.")
    expect(page.get_by_test_id("unread")).to_have_text("1")
    page.get_by_test_id("bell").locator("summary").click()
    expect(page.locator(".told li")).to_have_count(1)
    expect(page.locator(".told li")).to_contain_text("Credited 1.5 ETH.")
