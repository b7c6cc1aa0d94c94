"""Every page as a picture, at three widths, in both themes and languages; none of them scrolls sideways.

The pictures are in tests/artifacts/pages afterwards, for the eye: beside the mocks of the design.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import ARTIFACTS, WAIT_MS
from tests.ui.person import Person

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

PICTURES = ARTIFACTS / "pages"
WIDTHS = [(1440, 900), (768, 1024), (360, 780)]
THEMES = ["dark", "light"]
LANGUAGES = ["en", "de"]
# Its name, the address, whether somebody is signed in, and what is there once the page is ready.
PAGES = [
    ("markets", "/", False, "[data-market=BTC-USDT] .week *"),
    ("trade", "/trade/BTC-USDT", False, "body:has(.ohlc b):has(.lv:not([hidden])) .tape:not([hidden])"),
    ("trade-signed-in", "/trade/BTC-USDT", True, "body:has(.ohlc b):has(.lv:not([hidden])):has(.otag) tr[data-order]"),
    ("trade-no-orders", "/trade/ETH-BTC", True, "body:has(.ohlc b):has(.lv:not([hidden])) .dock .note"),
    ("orders", "/orders", True, "[data-testid=orders] tbody tr"),
    ("orders-visitor", "/orders", False, ".card.note"),
    ("wallet", "/wallet", True, "[data-testid=ledger] tbody tr"),
    ("wallet-visitor", "/wallet", False, ".card.note"),
    ("settings", "/settings", False, "[data-testid=settings]"),
    ("settings-signed-in", "/settings", True, "[data-testid=account-menu]"),
    ("sign-in", "/signin", False, "[data-testid=credentials]"),
    ("sign-up", "/signup", False, "[data-testid=credentials]"),
    ("not-found", "/nothing/here", False, "#market-search"),
    ("maintenance", "/maintenance", False, "#main h1"),
]


@pytest.fixture(scope="module")
def person(lively_exchange: Server) -> Person:
    """Somebody who holds four assets, has bought a little, and has orders on both sides of the market."""
    somebody = Person(lively_exchange)
    for asset, amount in (("USDT", "60000"), ("BTC", "0.75"), ("ETH", "12"), ("SOL", "40")):
        somebody.get(asset, amount)
    ticker = lively_exchange.ask('{ market(symbol: "BTC-USDT") { ticker { bid ask } } }')["market"]["ticker"]
    bid, ask = Decimal(ticker["bid"]), Decimal(ticker["ask"])
    near = Decimal("0.1")
    somebody.place("BUY", "0.05", f"{ask * Decimal('1.002'):.1f}")
    somebody.place("BUY", "0.10800", str((bid * Decimal("0.997")).quantize(near)))
    somebody.place("BUY", "0.25000", str((bid * Decimal("0.985")).quantize(near)))
    somebody.place("SELL", "0.08000", str((ask * Decimal("1.004")).quantize(near)))
    return somebody


UNFIT = """() => {
  const root = document.documentElement;
  const wide = root.scrollWidth - root.clientWidth;
  const long = innerWidth >= 1200 && document.querySelector(".terminal") ? root.scrollHeight - innerHeight : 0;
  const cut = [...document.querySelectorAll(".btn, .tabs > *, .seg *, .lab, .stat dt, h1, h2, .badge")]
    .filter(box => box.offsetParent && !box.closest(".sr"))
    .filter(box => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1);
  return [
    ...(wide > 0 ? [`the page scrolls sideways by ${wide} px`] : []),
    ...(long > 0 ? [`the terminal scrolls down by ${long} px`] : []),
    ...cut.map(box => `cut off: ${box.textContent}`),
  ];
}"""
"""What makes a page scroll where it must not, and words that are cut off at the edge of their own box."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "path", "signed_in", "ready"), PAGES, ids=[entry[0] for entry in PAGES])
def test_a_page_fits_its_window_at_every_width_in_every_language(
    lively_exchange: Server,
    person: Person,
    new_page: Callable[..., Page],
    language: str,
    name: str,
    path: str,
    signed_in: bool,
    ready: str,
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = new_page(locale=language)
    page.emulate_media(reduced_motion="reduce")
    if signed_in:
        person.enter(page)
    page.goto(lively_exchange.url + path)
    expect(page.locator(ready).first).to_be_attached()
    expect(page.locator("html")).to_have_attribute("lang", language)
    misfits = {}
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.evaluate("theme => window.rialtoSettings.set('theme', theme)", theme)
            # Two frames, so that what follows the window's size has followed.
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            picture = PICTURES / f"{name}-{width}-{theme}-{language}.png"
            page.screenshot(path=picture, full_page=not path.startswith("/trade") or width < 1200)
        if found := page.evaluate(UNFIT):
            misfits[width] = found
    assert misfits == {}
