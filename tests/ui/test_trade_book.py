"""The order book's ladder in the browser: groups, sides, own orders, and what the pointer and the keyboard do."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import WAIT_MS, Server
from tests.ui.trader import cancel_all, ladder, open_orders, order, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

ORDERS = [("sell", "0.1", "100004.5"), ("sell", "0.2", "100000.1"), ("buy", "0.3", "99999.9"), ("buy", "0.1", "99991")]


@pytest.fixture
def maker(quiet_exchange: Server, new_page: Callable[..., Page]) -> Iterator[Page]:
    """Somebody whose four orders are all there is in the book."""
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    for number, (side, amount, price) in enumerate(ORDERS, start=1):
        order(page, side, "limit", amount, price)
        expect(open_orders(page)).to_have_count(number)
    expect(page.locator(".lv:visible")).to_have_count(4)
    yield page
    cancel_all(page)
    expect(open_orders(page)).to_have_count(0)


def coarser(page: Page, times: int) -> None:
    for _ in range(times):
        page.get_by_label("Coarser grouping").click()


def test_levels_are_grouped_in_multiples_of_the_tick_and_the_choice_is_kept(maker: Page) -> None:
    assert ladder(maker, "asks") == [("100000.1", "0.2000"), ("100004.5", "0.1000")]
    expect(maker.get_by_test_id("grouping")).to_have_text("0.1")
    expect(maker.get_by_label("Finer grouping")).to_be_disabled()
    coarser(maker, 5)
    expect(maker.get_by_test_id("grouping")).to_have_text("5")
    expect(maker.locator(".lv.a:visible")).to_have_count(1)
    assert ladder(maker, "asks") == [("100005.0", "0.3000")]
    assert ladder(maker, "bids") == [("99995.0", "0.3000"), ("99990.0", "0.1000")]
    expect(maker.locator(".lv.a:visible > span").first).to_contain_text("100,005")
    maker.reload()
    expect(maker.get_by_test_id("grouping")).to_have_text("5")
    expect(maker.locator(".lv.a:visible")).to_have_count(1)
    maker.get_by_label("Finer grouping").click()
    expect(maker.get_by_test_id("grouping")).to_have_text("2")
    expect(maker.locator(".lv.a:visible")).to_have_count(2)


def test_own_orders_are_marked_and_said(maker: Page, quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    expect(maker.locator(".lv.own:visible")).to_have_count(4)
    expect(maker.locator(".lv.own:visible").first).to_contain_text("your order")
    stranger = new_page()
    stranger.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(stranger.locator(".lv:visible")).to_have_count(4)
    expect(stranger.locator(".lv.own:visible")).to_have_count(0)


def test_one_side_can_be_shown_alone(maker: Page) -> None:
    maker.get_by_label("Bids only").click()
    expect(maker.locator(".lv.a:visible")).to_have_count(0)
    expect(maker.locator(".lv.d:visible")).to_have_count(2)
    maker.reload()
    expect(maker.get_by_label("Bids only")).to_have_attribute("aria-pressed", "true")
    expect(maker.locator(".lv.d:visible")).to_have_count(2)
    expect(maker.locator(".lv.a:visible")).to_have_count(0)
    maker.get_by_label("Asks only").click()
    expect(maker.locator(".lv.a:visible")).to_have_count(2)
    expect(maker.locator(".lv.d:visible")).to_have_count(0)
    maker.get_by_label("Both sides").click()
    expect(maker.locator(".lv:visible")).to_have_count(4)


def test_the_pointer_shows_what_taking_a_level_would_give(maker: Page) -> None:
    maker.locator(".lv.a:visible").first.hover()
    tip = maker.get_by_test_id("book-tip")
    expect(tip).to_contain_text("Average100,001.6")
    expect(tip).to_contain_text("Total0.3000 BTC")
    expect(tip).to_contain_text("Value30,000 USDT")
    maker.get_by_test_id("last-price").hover()
    expect(tip).to_be_hidden()


def test_arrows_walk_the_book_and_enter_takes_the_price(maker: Page) -> None:
    maker.locator(".ladder").focus()
    for _ in range(9):
        maker.keyboard.press("ArrowDown")
    maker.keyboard.press("Enter")
    expect(maker.locator("#price")).to_have_value("99,991.0")
    maker.keyboard.press("ArrowUp")
    maker.keyboard.press("Enter")
    expect(maker.locator("#price")).to_have_value("99,999.9")
