"""The Trade page is usable by everybody: checked by axe in both themes and three widths; its pictures are kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import ARTIFACTS, WAIT_MS
from tests.ui.person import Person

pytestmark = pytest.mark.timeout(300)


def test_the_trade_page_has_no_serious_fault_and_fits_every_screen(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    person = Person(quiet_exchange)
    for asset, amount in (("USDT", "100000"), ("BTC", "2")):
        person.get(asset, amount)
    person.place("BUY", "0.1", "60000")
    person.place("SELL", "0.5", "60100")
    page = new_page()
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(page.locator("[data-testid=open-orders] tbody tr")).to_have_count(2, timeout=WAIT_MS)
    page.fill("#price", "60100")
    page.fill("#amount", "5")
    expect(page.locator("#amount-note")).to_be_visible(timeout=WAIT_MS)
    faults, wide = [], []
    for theme in ("dark", "light"):
        page.evaluate("theme => window.rialtoSettings.set('theme', theme)", theme)
        for width in (1440, 768, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(200)
            found = Axe().run(page).response["violations"]
            faults += [
                (theme, width, fault["id"], [node["html"][:160] for node in fault["nodes"]][:3])
                for fault in found
                if fault["impact"] in ("serious", "critical")
            ]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(width)
            page.screenshot(path=Path(ARTIFACTS) / f"trade-{theme}-{width}.png")
    assert faults == []
    assert wide == []
