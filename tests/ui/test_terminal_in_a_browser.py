"""A person trades in the browser, against the real server."""

import json
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.ui.conftest import WAIT_MS, Server
from tests.ui.trader import PASSWORD, cancel_all, ladder, open_orders, order, sign_up, take_demonstration_money

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)


def test_a_person_registers_gets_money_and_trades_with_another(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    maker, taker = new_page(), new_page()
    sign_up(maker, quiet_exchange)
    take_demonstration_money(maker)
    expect(maker.locator(".ladder")).to_contain_text("No orders on either side yet.")

    order(maker, "sell", "limit", "0.5", "100,000")
    expect(open_orders(maker)).to_have_count(1)
    expect(maker.locator(".lv.a:visible")).to_have_count(1)
    assert ladder(maker, "asks") == [("100000.0", "0.5000")]
    expect(maker.locator("[data-asset=BTC]")).to_contain_text("1.50000000 / 0.50000000")

    sign_up(taker, quiet_exchange)
    take_demonstration_money(taker)
    assert ladder(taker, "asks") == [("100000.0", "0.5000")]
    order(taker, "buy", "market", "0.2")
    expect(taker.get_by_test_id("notices")).to_contain_text("Buy 0.20000 BTC filled at 100,000.00")
    expect(taker.locator("[data-asset=USDT]")).to_contain_text("80,000.00")
    expect(taker.get_by_test_id("trade-tape")).to_contain_text("0.20000")
    expect(taker.get_by_test_id("last-price")).to_have_text("100,000.0")

    # The maker has touched nothing since: the page follows by itself.
    expect(open_orders(maker)).to_contain_text("40\u2009%")
    expect(maker.get_by_test_id("trade-tape")).to_contain_text("0.20000")
    assert ladder(maker, "asks") == [("100000.0", "0.3000")]

    maker.get_by_test_id("cancel").click()
    expect(open_orders(maker)).to_have_count(0)
    expect(maker.locator(".lv:visible")).to_have_count(0)
    expect(maker.locator("[data-asset=BTC]")).to_contain_text("1.80000000 / 0.00000000")


def test_a_market_order_can_spend_a_sum_and_all_orders_can_be_canceled_at_once(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    maker, taker = new_page(), new_page()
    sign_up(maker, quiet_exchange)
    take_demonstration_money(maker)
    for price in ("90000", "90001"):
        order(maker, "sell", "limit", "0.1", price)
        expect(maker.locator("[data-testid=submit-order]")).to_be_enabled()
    expect(open_orders(maker)).to_have_count(2)

    sign_up(taker, quiet_exchange)
    take_demonstration_money(taker)
    taker.locator("[data-kind=market]").click()
    taker.get_by_test_id("unit").click()
    taker.fill("#amount", "4500")
    taker.get_by_test_id("submit-order").click()
    expect(taker.get_by_test_id("notices")).to_contain_text("0.05000 BTC filled")
    expect(taker.locator("[data-asset=USDT]")).to_contain_text("95,500.00")

    cancel_all(maker)
    expect(open_orders(maker)).to_have_count(0)
    expect(maker.get_by_test_id("notices")).to_contain_text("Canceled 2 orders.")


def test_a_refusal_stands_under_its_field_in_the_words_of_the_api(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    order(page, "buy", "limit", "0.01", "100.05")
    expect(page.locator("#price-note")).to_contain_text("0.1")
    expect(page.locator("#price")).to_have_attribute("aria-invalid", "true")
    order(page, "buy", "limit", "1000", "100000")
    expect(page.locator("#price-note")).to_have_count(0)
    expect(page.locator("#amount-note")).to_contain_text("available")
    order(page, "buy", "limit", "", "100000")
    expect(page.locator("#amount-note")).to_have_text("Enter an amount.")
    expect(open_orders(page)).to_have_count(0)


def test_signing_up_tells_what_is_wrong_beside_the_field(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{quiet_exchange.url}/signup")
    page.fill("#email", "somebody@example.com")
    page.fill("#password", "short")
    page.click("button[type=submit]")
    expect(page.locator("#password-note")).to_contain_text("characters")
    page.goto(f"{quiet_exchange.url}/signin")
    page.fill("#email", "nobody@example.com")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_role("alert")).not_to_have_count(0)
    assert page.url.endswith("/signin")


def test_signing_out_leaves_nothing_private_on_the_page(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    email = sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    order(page, "buy", "limit", "0.01", "50000")
    expect(open_orders(page)).to_have_count(1)
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(page.locator("#dock-panel")).to_contain_text("Sign in to see your orders and balances.")
    assert email not in page.content()

    page.goto(f"{quiet_exchange.url}/signin?next=/trade/BTC-USDT")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    expect(open_orders(page)).to_have_count(1)


def test_a_way_back_after_signing_in_never_leads_to_another_site(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    email = sign_up(page, quiet_exchange)
    page.context.clear_cookies()
    for elsewhere in ("//evil.example/x", "https://evil.example/x", "/\\evil.example/x", "javascript:alert(1)"):
        page.goto(f"{quiet_exchange.url}/signin?next={elsewhere}")
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(re.compile(re.escape(quiet_exchange.url) + "/trade"))
        page.context.clear_cookies()


def test_a_stolen_tab_token_without_the_cookie_shows_nothing(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    email = sign_up(page, quiet_exchange)
    take_demonstration_money(page)
    token = page.evaluate("sessionStorage.getItem('token')")
    [cookie] = [cookie for cookie in page.context.cookies() if cookie["name"] == "rialto_session"]
    assert cookie["httpOnly"]
    page.close()

    owner = hear_everything(quiet_exchange, token, f"rialto_session={cookie['value']}")
    assert email in owner, "with the cookie the tab's state is there, so that there is something to steal"
    thief = hear_everything(quiet_exchange, token, None)
    assert "is_hydrated" in thief
    assert email not in thief
    assert "2.00000000" not in thief


def hear_everything(server: Server, token: str, cookie: str | None) -> str:
    """All that the event socket says to somebody with a tab's token: hydrated, and asked to load the account."""
    address = f"{server.url.replace('http', 'ws')}/_event/?token={token}&EIO=4&transport=websocket"
    router = {"router_data": {"pathname": "/trade/BTC-USDT", "asPath": "/trade/BTC-USDT"}}
    hydrate = {"name": "reflex___state____state.hydrate_and_load", "payload": {}} | router
    load = {"name": "reflex___state____state.frontend___state___account____account.load", "payload": {}} | router
    said: list[str] = []
    headers = {"Cookie": cookie} if cookie else {}
    with connect(address, origin=Origin(server.url), additional_headers=headers) as opened:
        said.append(str(opened.recv(10)))
        opened.send("40/_event," + json.dumps({"event": hydrate}))
        said.append(str(opened.recv(10)))
        opened.send("42/_event," + json.dumps(["event", load]))
        try:
            while len(said) < 100:
                said.append(str(opened.recv(3)))
        except TimeoutError:
            return "".join(said)
    raise AssertionError("the socket never fell silent")


def test_the_markets_page_lists_live_markets_and_leads_to_the_terminal(
    lively_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(lively_exchange.url)
    row = page.locator("tr[data-market=BTC-USDT]")
    expect(row).to_contain_text("Open")
    expect(page.locator("tr[data-market]")).to_have_count(4)
    before = page.locator(".markets tbody").inner_text()
    page.wait_for_function("before => document.querySelector('.markets tbody').innerText !== before", arg=before)
    row.click()
    page.wait_for_url("**/trade/BTC-USDT")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "yes")


def test_the_book_moves_and_a_click_on_a_level_fills_the_price(
    lively_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(f"{lively_exchange.url}/trade/BTC-USDT")
    expect(page.locator(".lv.d:visible").first).to_be_visible()
    expect(page.locator(".lv.a:visible").first).to_be_visible()
    expect(page.locator("[data-testid=chart] canvas").first).to_be_visible()
    before = page.locator(".ladder").inner_text()
    page.wait_for_function("before => document.querySelector('.ladder').innerText !== before", arg=before)
    bids, asks = ladder(page, "bids"), ladder(page, "asks")
    prices = [Decimal(price) for price, _ in [*asks[::-1], *bids]]
    assert prices == sorted(prices, reverse=True), "the ladder falls from the worst ask to the worst bid"
    # A level may go away between looking and clicking, so whichever is there is clicked within the page.
    picked = page.evaluate(
        "() => { const row = document.querySelector('.lv.d:not([hidden])'); row.click(); return row.dataset.price; }"
    )
    expect(page.locator("#price")).to_have_value(f"{Decimal(picked):,}")


def test_the_page_recovers_by_itself_after_the_server_was_killed(
    lively_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    email = sign_up(page, lively_exchange)
    take_demonstration_money(page)
    order(page, "buy", "limit", "0.01", "50,000")
    expect(open_orders(page)).to_have_count(1)
    expect(page.get_by_test_id("sequence")).to_be_visible()
    page.evaluate("window.neverReloaded = true")

    lively_exchange.kill()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "no")
    expect(page.locator("html")).to_have_attribute("data-feed", "stale")
    expect(page.locator(".badge.state")).to_contain_text("s old")
    before = page.locator(".ladder").inner_text()

    lively_exchange.start()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "yes", timeout=60_000)
    expect(page.locator("html")).to_have_attribute("data-feed", "live")
    page.wait_for_function("before => document.querySelector('.ladder').innerText !== before", arg=before)
    expect(page.get_by_test_id("account-menu")).to_contain_text(email)
    expect(open_orders(page)).to_have_count(1)
    page.get_by_test_id("cancel").click()
    expect(open_orders(page)).to_have_count(0)
    assert page.evaluate("window.neverReloaded") is True


def test_an_unknown_page_and_an_unknown_market_say_so(quiet_exchange: Server, new_page: Callable[..., Page]) -> None:
    page = new_page()
    answer = page.goto(f"{quiet_exchange.url}/trade/XXX-YYY")
    assert answer is not None
    expect(page.locator(".tick")).to_contain_text("There is no market of this name.")
