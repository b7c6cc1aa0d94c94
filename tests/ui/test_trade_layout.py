"""The panels of the Trade page: resized, hidden, ordered, locked, kept and reset."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return dict(found)


def width(page: Page, selector: str) -> float:
    return box(page, selector)["width"]


def height(page: Page, selector: str) -> float:
    return box(page, selector)["height"]


def open_menu(page: Page) -> None:
    page.get_by_test_id("layout-menu").click()


@pytest.fixture
def page(quiet_exchange: Server, new_page: Callable[..., Page]) -> Page:
    opened = new_page()
    opened.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(opened.locator("[data-handle=book]")).to_be_visible()
    expect(opened.locator(".ladder")).to_have_count(1)
    return opened


def test_panels_are_resized_kept_and_reset(page: Page) -> None:
    handle = page.locator("[data-handle=book]")
    before = width(page, ".bookcol")
    edge = box(page, "[data-handle=book]")
    page.mouse.move(edge["x"] + 3, edge["y"] + 200)
    page.mouse.down()
    page.mouse.move(edge["x"] - 97, edge["y"] + 200, steps=4)
    page.mouse.up()
    assert width(page, ".bookcol") == pytest.approx(before + 100, abs=2)
    page.locator("[data-handle=ticket]").focus()
    page.keyboard.press("ArrowLeft")
    assert width(page, "section.ticket") == pytest.approx(328, abs=1)
    page.reload()
    expect(handle).to_have_attribute("aria-valuenow", str(round(before + 100)))
    assert width(page, ".bookcol") == pytest.approx(before + 100, abs=2)
    open_menu(page)
    page.get_by_test_id("reset-layout").click()
    expect(handle).to_have_attribute("aria-valuenow", "284")
    assert width(page, ".bookcol") == pytest.approx(before, abs=1)


def test_book_and_trades_share_their_column_as_a_person_wants(page: Page) -> None:
    before = height(page, ".tapep")
    edge = box(page, "[data-handle=trades]")
    page.mouse.move(edge["x"] + 100, edge["y"] + 3)
    page.mouse.down()
    page.mouse.move(edge["x"] + 100, edge["y"] - 77, steps=4)
    page.mouse.up()
    assert height(page, ".tapep") == pytest.approx(before + 80, abs=2)
    page.reload()
    expect(page.locator("[data-handle=trades]")).to_have_attribute("aria-valuenow", str(round(before + 80)))
    assert height(page, ".tapep") == pytest.approx(before + 80, abs=2)
    page.locator("[data-handle=trades]").focus()
    page.keyboard.press("ArrowDown")
    assert height(page, ".tapep") == pytest.approx(before + 64, abs=2)
    page.locator("[data-handle=trades]").dblclick()
    assert height(page, ".tapep") == pytest.approx(before, abs=2)


def test_a_hidden_panel_gives_its_room_to_the_others_and_stays_hidden(page: Page) -> None:
    chart, book = width(page, ".chartp"), height(page, ".bookp")
    open_menu(page)
    for name in ("trades", "ticket", "dock"):
        page.locator(f"[data-panel={name}]").uncheck()
    for panel in (".tapep", "section.ticket", ".dock"):
        expect(page.locator(panel)).to_be_hidden()
    assert width(page, ".chartp") > chart + 300
    assert height(page, ".bookp") > book
    page.reload()
    expect(page.locator("[data-handle=book]")).to_be_visible()
    expect(page.locator("[data-handle=ticket]")).to_have_count(0)
    for panel in (".tapep", "section.ticket", ".dock"):
        expect(page.locator(panel)).to_be_hidden()
    open_menu(page)
    page.locator("[data-panel=book]").uncheck()
    expect(page.locator(".bookcol")).to_be_hidden()
    assert width(page, ".chartp") == pytest.approx(1440, abs=2)
    page.get_by_test_id("reset-layout").click()
    for panel in (".bookp", ".tapep", "section.ticket", ".dock"):
        expect(page.locator(panel)).to_be_visible()
    assert width(page, ".chartp") == pytest.approx(chart, abs=2)


def test_columns_change_places_and_stay_there(page: Page) -> None:
    open_menu(page)
    page.locator("[data-move='ticket-1']").click()
    page.locator("[data-move='ticket-1']").click()
    page.get_by_test_id("trades-first").check()
    for _ in range(2):
        assert box(page, "section.ticket")["x"] == 0
        assert box(page, ".chartp")["x"] < box(page, ".bookcol")["x"]
        assert box(page, ".dock")["x"] == box(page, ".chartp")["x"]
        assert box(page, ".tapep")["y"] < box(page, ".bookp")["y"]
        page.reload()
        expect(page.locator("[data-handle=ticket]")).to_be_visible()
        expect(page.locator(".ladder")).to_have_count(1)
    # Its edge towards the chart is now the other one: pulled that way, the panel still grows.
    page.locator("[data-handle=ticket]").focus()
    page.keyboard.press("ArrowRight")
    assert width(page, "section.ticket") == pytest.approx(328, abs=1)
    open_menu(page)
    page.get_by_test_id("reset-layout").click()
    assert box(page, ".chartp")["x"] == 0
    assert box(page, ".bookp")["y"] < box(page, ".tapep")["y"]


def test_a_locked_layout_cannot_be_changed_by_accident(page: Page) -> None:
    open_menu(page)
    page.get_by_test_id("lock-layout").check()
    expect(page.locator("[data-handle]")).to_have_count(0)
    page.reload()
    expect(page.locator(".ladder")).to_have_count(1)
    open_menu(page)
    expect(page.get_by_test_id("lock-layout")).to_be_checked()
    expect(page.locator("[data-panel=book]")).to_be_disabled()
    expect(page.get_by_test_id("reset-layout")).to_be_disabled()
    expect(page.locator("[data-handle]")).to_have_count(0)
    page.get_by_test_id("lock-layout").uncheck()
    expect(page.locator("[data-handle]")).to_have_count(4)


def test_what_is_kept_is_checked_before_it_is_used(page: Page) -> None:
    odd = '{"sizes": {"book": 99999, "ticket": "x"}, "columns": ["chart", "chart", "book"], "hidden": ["chart", 3]}'
    page.evaluate("odd => localStorage.setItem('rialto-layout', odd)", odd)
    page.reload()
    expect(page.locator("[data-handle=book]")).to_have_attribute("aria-valuenow", "720")
    expect(page.locator(".chartp")).to_be_visible()
    assert box(page, ".chartp")["x"] < box(page, ".bookcol")["x"] < box(page, "section.ticket")["x"]
