"""The dead man's switch in the settings: renewed while a page is open, and fired by the exchange when none is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import WAIT_MS
from tests.ui.person import Person

pytestmark = pytest.mark.timeout(300)
FIRED_MS_MAX = 120_000


def test_orders_go_when_no_page_renews_the_switch_any_more(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    person = Person(quiet_exchange)
    person.get("USDT", "100000")
    person.place("BUY", "0.1", "50000")
    page = new_page()
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/settings")
    page.get_by_test_id("lapse-seconds").select_option("30")
    page.get_by_test_id("lapse-on").check()
    expect(page.get_by_test_id("lapse-left")).to_contain_text("canceled in 0:", timeout=WAIT_MS)
    # It counts down, and another page of the same person goes on where this one was left.
    left = page.get_by_test_id("lapse-left").inner_text()
    expect(page.get_by_test_id("lapse-left")).not_to_have_text(left, timeout=WAIT_MS)
    with page.expect_request(lambda request: "cancelAllAfter" in (request.post_data or "")):
        page.goto(f"{quiet_exchange.url}/orders")
    expect(page.get_by_test_id("orders").locator("tbody tr")).to_have_count(1, timeout=WAIT_MS)
    page.goto(f"{quiet_exchange.url}/settings")
    expect(page.get_by_test_id("lapse-on")).to_be_checked(timeout=WAIT_MS)
    # The computer is shut.
    page.context.set_offline(True)
    page.close()
    watcher = new_page()
    watcher.goto(quiet_exchange.url)
    watcher.wait_for_function(
        """async token => {
          const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
          const body = JSON.stringify({ query: "{ viewer { orders { edges { node { reason } } } } }" });
          const { data } = await (await fetch("/graphql", { method: "POST", headers, body })).json();
          return data.viewer.orders.edges[0].node.reason === "BY_DEAD_MANS_SWITCH";
        }""",
        arg=person.token,
        timeout=FIRED_MS_MAX,
        polling=1000,
    )


def test_turning_it_off_keeps_the_orders(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page, person = new_page(), Person(quiet_exchange)
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/settings")
    page.get_by_test_id("lapse-on").check()
    expect(page.get_by_test_id("lapse-left")).to_be_visible(timeout=WAIT_MS)
    page.get_by_test_id("lapse-on").uncheck()
    expect(page.get_by_test_id("lapse-left")).to_have_count(0, timeout=WAIT_MS)
    page.reload()
    expect(page.get_by_test_id("lapse-on")).not_to_be_checked(timeout=WAIT_MS)
