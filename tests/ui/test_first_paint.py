"""What is seen first stays where it is, and has the colours that the person chose."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

SHIFT_MAX = 0.1
"""From here on a page no longer counts as good: https://web.dev/articles/cls."""
WATCH = """(() => {
  window.shift = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver(() => {
    window.first ??= getComputedStyle(document.documentElement).backgroundColor;
  }).observe({ type: 'paint', buffered: true });
})()"""
PAGES = [
    ("/", False, "[data-market]"),
    ("/trade/BTC-USDT", False, "body:has([data-testid=receipt]) .ladder"),
    ("/trade/BTC-USDT", True, "body:has([data-testid=receipt]):has([data-order]) .ladder"),
    ("/orders", True, "[data-testid=orders] tbody tr"),
    ("/wallet", True, "[data-holding]"),
    ("/settings", True, "body:has([data-testid=sign-out]) [data-testid=settings]"),
    ("/signin", False, "[data-testid=credentials]"),
]


@pytest.fixture(scope="module")
def person(quiet_exchange: Server) -> Person:
    somebody = Person(quiet_exchange)
    somebody.get("USDT", "1000")
    somebody.place("BUY", "0.001", "50000")
    return somebody


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(("path", "signed_in", "ready"), PAGES)
def test_nothing_jumps_while_a_page_is_drawn_in_the_chosen_theme(
    quiet_exchange: Server,
    person: Person,
    new_page: Callable[..., Page],
    width: int,
    path: str,
    signed_in: bool,
    ready: str,
) -> None:
    page = new_page(width, 900)
    if signed_in:
        person.enter(page)
    page.add_init_script("localStorage.setItem('rialto-settings', JSON.stringify({ theme: 'light' }))")
    page.add_init_script(WATCH)
    page.goto(quiet_exchange.url + path)
    expect(page.locator(ready).first).to_be_attached()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_function("window.first !== undefined")
    assert page.evaluate("window.first") == "rgb(240, 242, 244)"
    assert page.evaluate("window.shift") < SHIFT_MAX
