"""Who wants less motion sees none: nothing glides, and what leaves by itself still leaves."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person
from tests.ui.trader import open_orders, order

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

# Of every element and what styles put before and after it: what takes time.
MOVING = """() => {
  const takesTime = (list) => list.split(",").some((time) => parseFloat(time) > 0);
  const found = [];
  for (const node of document.querySelectorAll("*"))
    for (const part of [null, "::before", "::after"]) {
      const style = getComputedStyle(node, part);
      const animated = style.animationName !== "none" && takesTime(style.animationDuration);
      const glides = takesTime(style.transitionDuration) || style.scrollBehavior === "smooth";
      if (animated || glides) found.push(`${node.tagName}.${node.className} ${part ?? ""}`);
    }
  return found;
}"""


@pytest.fixture
def page(quiet_exchange: Server, new_page: Callable[..., Page]) -> Page:
    """The Trade page of somebody with money and an order, who wants less motion."""
    person = Person(quiet_exchange)
    person.get("USDT", "100000")
    person.place("BUY", "0.1", "60000")
    opened = new_page()
    opened.emulate_media(reduced_motion="reduce")
    person.enter(opened)
    opened.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(open_orders(opened)).to_have_count(1)
    opened.evaluate("window.rialtoSettings.set('confirm', 'off')")
    return opened


def test_nothing_moves_on_any_page(quiet_exchange: Server, page: Page) -> None:
    assert page.evaluate(MOVING) == []
    for path in ("", "orders", "wallet", "settings", "signin", "maintenance"):
        page.goto(f"{quiet_exchange.url}/{path}")
        page.locator("main h1, main h2").first.wait_for()
        assert page.evaluate(MOVING) == [], path


def test_a_notice_leaves_by_itself_all_the_same(page: Page) -> None:
    order(page, "buy", "limit", "0.1", "50000")
    notice = page.get_by_test_id("notices").locator(".toast")
    expect(notice).to_be_visible()
    assert page.evaluate(MOVING) == []
    expect(notice).to_be_hidden()


def test_who_does_not_mind_sees_motion(page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(MOVING) != []
