"""The dock in the browser: open orders, history, fills and balances, live and page by page."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from frontend.state import history
from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.trader import cancel_all, open_orders, order, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

PLACE = """async count => {
  const inputs = Array.from({ length: count }, (_, n) =>
    ({ market: 'BTC-USDT', side: 'BUY', price: String(10000 + n), quantity: '0.00100', timeInForce: 'IOC' }));
  const query = 'mutation Many($inputs: [PlaceOrderInput!]!) { placeOrders(inputs: $inputs) { errors { message } } }';
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query, variables: { inputs } });
  return (await fetch('/graphql', { method: 'POST', headers, body })).status;
}"""


def tab(page: Page, name: str) -> None:
    page.locator(f"[data-dock={name}]").click()
    expect(page.locator(f"[data-dock={name}]")).to_have_attribute("aria-selected", "true")


def rows(page: Page, table: str) -> Any:
    return page.locator(f"[data-testid={table}] tbody tr")


def test_history_and_fills_follow_what_happens(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    maker, taker = new_page(), new_page()
    sign_up(maker, quiet_exchange)
    for name, words in (
        ("orders", "You have no open orders here."),
        ("history", "You have no orders here yet."),
        ("fills", "You have no fills here yet."),
        ("balances", "You have no balances yet."),
    ):
        tab(maker, name)
        expect(maker.locator("#dock-panel")).to_contain_text(words)
    take_demonstration_money(maker)
    expect(maker.get_by_test_id("balances")).to_contain_text("100,000.00")

    tab(maker, "fills")
    order(maker, "sell", "limit", "0.5", "100,000")
    sign_up(taker, quiet_exchange)
    take_demonstration_money(taker)
    order(taker, "buy", "market", "0.2")
    # The maker has touched nothing since: the open tab follows by itself.
    expect(rows(maker, "fills")).to_have_count(1)
    expect(maker.get_by_test_id("fills")).to_contain_text("Maker")
    expect(maker.get_by_test_id("fills")).to_contain_text("20,000.00")
    tab(maker, "history")
    expect(maker.get_by_test_id("order-history")).to_contain_text("Partly filled")
    tab(maker, "orders")
    maker.get_by_test_id("cancel").click()
    expect(open_orders(maker)).to_have_count(0)
    tab(maker, "history")
    expect(maker.get_by_test_id("order-history")).to_contain_text("Canceled")
    expect(rows(maker, "order-history")).to_have_count(1)


def test_older_rows_come_page_by_page_and_none_twice(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    assert page.evaluate(PLACE, 60) == 200
    tab(page, "history")
    expect(rows(page, "order-history")).to_have_count(history.PAGE)
    page.get_by_test_id("more").click()
    expect(rows(page, "order-history")).to_have_count(60)
    expect(page.get_by_test_id("more")).to_have_count(0)
    assert page.evaluate(PLACE, 1) == 200
    expect(rows(page, "order-history")).to_have_count(61)


def test_the_dock_lists_this_market_or_all(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    order(page, "buy", "limit", "0.1", "20000")
    expect(open_orders(page)).to_have_count(1)
    expect(page.get_by_test_id("cancel-all")).to_have_text("Cancel all (1)")
    page.goto(f"{quiet_exchange.url}/trade/ETH-USDT")
    expect(page.locator("#dock-panel")).to_contain_text("You have no open orders here.")
    tab(page, "history")
    expect(page.locator("#dock-panel")).to_contain_text("You have no orders here yet.")
    page.get_by_label("This market only").click()
    expect(rows(page, "order-history")).to_have_count(1)
    tab(page, "orders")
    expect(open_orders(page)).to_have_count(1)
    cancel_all(page)
    expect(open_orders(page)).to_have_count(0)


def test_nothing_of_the_dock_stays_after_signing_out(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    assert page.evaluate(PLACE, 3) == 200
    tab(page, "history")
    expect(rows(page, "order-history")).to_have_count(3)
    # Another tab signs out: this one notices with its next question at the latest.
    page.evaluate(
        "fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'},"
        " body: JSON.stringify({query: 'mutation { logOut { errors { code } } }'})})"
    )
    expect(page.locator("#dock-panel")).to_contain_text("Sign in to see your orders and balances.")
    expect(rows(page, "order-history")).to_have_count(0)
    page.reload()
    expect(page.locator("#dock-panel")).to_contain_text("Sign in to see your orders and balances.")
