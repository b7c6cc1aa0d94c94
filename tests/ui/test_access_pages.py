"""Every page is usable by everybody: checked by axe in both themes, and never wider than its screen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import ARTIFACTS, WAIT_MS
from tests.ui.person import Person

pytestmark = pytest.mark.timeout(300)
PAGES = ["", "orders", "wallet", "settings", "signin", "signup", "maintenance", "nowhere"]
SETTLED = {"orders": "[data-testid=orders]", "wallet": "[data-testid=ledger]", "": "tr[data-market]"}


@pytest.fixture(scope="module")
def person(quiet_exchange: Server) -> Person:
    """Somebody with something to show on every page."""
    made = Person(quiet_exchange)
    for asset, amount in (("USDT", "100000"), ("BTC", "2"), ("ETH", "40")):
        made.get(asset, amount)
    made.place("BUY", "0.1", "60000")
    made.place("SELL", "0.5", "60100")
    return made


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_serious_fault_or_scrolls_sideways(
    quiet_exchange: Server, person: Person, new_page: Callable[..., Page], path: str
) -> None:
    page = new_page()
    if path not in ("signin", "signup"):
        person.enter(page)
    if path == "nowhere":
        # A page that is not there is answered with 404, which the browser writes into its console.
        page.context.route("**/nowhere", lambda route: route.fulfill(response=route.fetch(), status=200))
    page.goto(f"{quiet_exchange.url}/{path}")
    page.locator(SETTLED.get(path, "main h1")).first.wait_for(timeout=WAIT_MS)
    faults, wide = [], []
    for theme in ("dark", "light"):
        page.evaluate("theme => window.rialtoSettings.set('theme', theme)", theme)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.wait_for_timeout(200)
        found = Axe().run(page).response["violations"]
        faults += [
            (theme, fault["id"], [node["html"][:160] for node in fault["nodes"]][:3])
            for fault in found
            if fault["impact"] in ("serious", "critical")
        ]
        for width in (1440, 768, 360):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(width)
            page.screenshot(path=Path(ARTIFACTS) / f"{path or 'markets'}-{theme}-{width}.png")
    assert faults == []
    assert wide == []


def test_the_first_tab_stop_skips_to_the_content(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(quiet_exchange.url)
    page.locator("tr[data-market]").first.wait_for(timeout=WAIT_MS)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
