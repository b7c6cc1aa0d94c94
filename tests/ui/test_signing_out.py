"""After a sign-out nothing private stays: not in another tab, not in the browser's stores, not on the way back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.parts import chromium
from tests.support.server import Server
from tests.ui.conftest import CHROMIUM, WAIT_MS
from tests.ui.market import Market, enter
from tests.ui.person import Person
from tests.ui.trader import open_orders

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

PRIVATE_PAGES = ["trade/SOL-USDT", "orders", "wallet", "settings"]
# What the page holds anywhere a script could read it: the document with its fields, and the browser's stores.
EVERYTHING = """() => JSON.stringify([
    document.documentElement.outerHTML, document.title, document.cookie, {...localStorage}, {...sessionStorage},
    [...document.querySelectorAll('input')].map(field => field.value),
])"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium that keeps pages to go back to, as people's browsers do."""
    executable = chromium()
    with sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=executable, args=CHROMIUM, ignore_default_args=["--disable-back-forward-cache"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def market(quiet_exchange: Server) -> Market:
    return Market(quiet_exchange, "SOL-USDT")


@pytest.fixture
def person(quiet_exchange: Server, market: Market) -> Person:
    made = Person(quiet_exchange)
    made.get("USDT", "43210")
    made.get("SOL", "25")
    made.place("BUY", "1", "80", market.symbol)
    return made


def secrets(person: Person) -> list[str]:
    return [person.email, person.token, "43,210", "43210", "25.00000000", "25.000000000"]


def assert_nothing_private(page: Page, person: Person) -> None:
    expect(page.locator("[data-order]")).to_have_count(0)
    kept = page.evaluate(EVERYTHING)
    assert [secret for secret in secrets(person) if secret in kept] == []


def sign_out(page: Page) -> None:
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("account-menu").get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()


@pytest.mark.parametrize("path", PRIVATE_PAGES)
def test_a_sign_out_in_one_tab_leaves_nothing_private_in_the_other(
    market: Market, person: Person, new_page: Callable[..., Page], path: str
) -> None:
    here = new_page()
    enter(here, market, person)
    there = here.context.new_page()
    there.set_default_timeout(WAIT_MS)
    there.goto(f"{market.server.url}/{path}")
    expect(there.get_by_test_id("account-menu")).to_contain_text(person.email)
    sign_out(here)
    expect(there.get_by_test_id("sign-in")).to_be_visible()
    expect(there.get_by_test_id("account-menu")).to_have_count(0)
    expect(open_orders(there)).to_have_count(0)
    assert_nothing_private(there, person)
    assert_nothing_private(here, person)
    for tab in (here, there):
        tab.goto(f"{market.server.url}/{path}")
        expect(tab.get_by_test_id("sign-in")).to_be_visible()
        assert_nothing_private(tab, person)


@pytest.mark.parametrize("path", PRIVATE_PAGES)
def test_the_way_back_after_a_sign_out_shows_nothing_private(
    market: Market, person: Person, new_page: Callable[..., Page], path: str
) -> None:
    page = new_page()
    person.enter(page)
    page.goto(f"{market.server.url}/{path}")
    expect(page.get_by_test_id("account-menu")).to_contain_text(person.email)
    sign_out(page)
    page.evaluate("history.back()")  # Playwright's own way waits for a load, and a kept page is not loaded
    expect(page).to_have_url(f"{market.server.url}/{path}")
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    assert_nothing_private(page, person)
