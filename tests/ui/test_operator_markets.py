"""The operator's page Markets in the browser: every action once, and nothing for anybody else."""

import os
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.conftest import ARTIFACTS, WAIT_MS
from tests.ui.operating import EMAIL, Boss
from tests.ui.person import Person
from tests.ui.stranger import ACCOUNT, Stranger

expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.timeout(300)

DESK = f"{ACCOUNT}.frontend___state___operator____operator"


@pytest.fixture
def boss(quiet_exchange: Server) -> Boss:
    return Boss(quiet_exchange)


@pytest.fixture
def desk(quiet_exchange: Server, boss: Boss, new_page: Callable[..., Page]) -> Page:
    page = new_page()
    boss.enter(page)
    page.goto(f"{quiet_exchange.url}/operator/markets")
    expect(page.get_by_test_id("operator-markets")).to_be_visible()
    return page


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        field = page.locator(f"#op-{name}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def propose(page: Page) -> None:
    page.get_by_test_id("propose").click()


def confirm(page: Page, words: str) -> None:
    expect(page.get_by_test_id("confirm")).to_contain_text(words)
    page.get_by_test_id("confirm-order").click()
    expect(page.get_by_test_id("confirm")).to_be_hidden()


def logged(page: Page, *words: str) -> None:
    row = page.get_by_test_id("audit").locator("tbody tr").first
    for word in words:
        expect(row).to_contain_text(word)


def test_an_asset_and_a_market_are_created_changed_and_opened(desk: Page) -> None:
    desk.get_by_test_id("open-asset").click()
    fill(desk, name="Test coin")
    propose(desk)
    expect(desk.locator("#code-note")).to_have_text("This is needed.")
    code = f"T{os.urandom(3).hex().upper()}"
    fill(desk, code=code, name="Test coin", decimals="8")
    propose(desk)
    confirm(desk, f"Create the asset {code}")
    logged(desk, EMAIL, "createAsset", code)

    desk.get_by_test_id("open-market").click()
    fill(desk, base=code, quote="USDT", tickSize="0.01", lotSize="0.001", minimumNotional="5")
    fill(desk, makerFee="-0.5", takerFee="0.002")
    propose(desk)
    confirm(desk, f"Create the market {code}-USDT")
    expect(desk.locator("#makerFee-note")).to_contain_text("A rebate is paid out of the taker's fee")
    fill(desk, makerFee="0.001")
    propose(desk)
    confirm(desk, f"Create the market {code}-USDT")
    row = desk.locator(f"[data-market='{code}-USDT']")
    expect(row.get_by_test_id("status")).to_have_text("Halted")
    expect(row).to_contain_text("0.001 / 0.002")

    row.get_by_test_id("rules-of").click()
    propose(desk)
    expect(desk.locator("#form-note")).to_have_text("Say what is to change.")
    fill(desk, priceBand="0.1", takerFee="0.003")
    propose(desk)
    confirm(desk, f"Change the rules of {code}-USDT")
    expect(row).to_contain_text("0.001 / 0.003")
    expect(row).to_contain_text("0.1")
    fill(desk, priceBand="none")
    propose(desk)
    confirm(desk, "Change the rules")
    expect(row.locator("td").nth(5)).to_have_text("–")

    row.get_by_test_id("status-of").click()
    fill(desk, status="AUCTION")
    propose(desk)
    expect(desk.locator("#reason-note")).to_have_text("This is needed.")
    fill(desk, status="AUCTION", reason="Listing")
    propose(desk)
    confirm(desk, f"Set {code}-USDT to Auction: “Listing”")
    expect(row.get_by_test_id("status")).to_have_text("Auction")
    expect(row.get_by_test_id("status-reason")).to_have_text("Listing")
    logged(desk, "setMarketStatus", f"{code}-USDT")


def test_the_exchange_is_halted_and_goes_on_after_a_question(desk: Page) -> None:
    desk.get_by_test_id("open-halt").click()
    fill(desk, reason="Maintenance")
    propose(desk)
    expect(desk.get_by_test_id("confirm")).to_contain_text("Halt the whole exchange: “Maintenance”")
    desk.keyboard.press("Escape")
    expect(desk.get_by_text("The exchange is running")).to_be_visible()
    propose(desk)
    confirm(desk, "Halt the whole exchange")
    expect(desk.locator(".head")).to_contain_text("Exchange halted: Maintenance")
    fill(desk, reason="Done")
    propose(desk)
    confirm(desk, "Let the exchange go on: “Done”")
    expect(desk.get_by_text("The exchange is running")).to_be_visible()
    logged(desk, "setExchangeHalted")


def test_fee_tiers_are_replaced_as_a_whole(desk: Page) -> None:
    desk.get_by_test_id("open-tiers").click()
    fill(desk, tiers="Bronze; 0; 0.001")
    propose(desk)
    expect(desk.locator("#tiers-note")).to_contain_text("Bronze; 0; 0.001")
    fill(desk, tiers="Bronze; 0; 0.0008; 0.001\nSilver; 100000; 0.0004; 0.0008")
    propose(desk)
    confirm(desk, "Replace all fee tiers by these 2")
    logged(desk, "setFeeTiers", "Silver")


def test_a_users_orders_are_found_and_canceled(desk: Page, quiet_exchange: Server) -> None:
    person = Person(quiet_exchange)
    person.get("USDT", "100000")
    person.place("BUY", "0.1", "50000")
    desk.get_by_test_id("open-user").click()
    fill(desk, search=person.email[:-4])
    desk.get_by_test_id("find-users").click()
    desk.get_by_test_id("users").get_by_role("button", name=person.email).click()
    fill(desk, reason="Asked by phone")
    propose(desk)
    confirm(desk, f"Cancel the open orders of {person.email} (Every market): “Asked by phone”")
    logged(desk, "cancelUserOrders", "Asked by phone")
    query = "{ viewer { openOrders { id } orders { edges { node { reason } } } } }"
    viewer = quiet_exchange.ask(query, token=person.token)["viewer"]
    assert viewer["openOrders"] == []
    assert viewer["orders"]["edges"][0]["node"]["reason"] == "BY_OPERATOR"


def test_the_page_has_no_serious_fault_in_either_theme(desk: Page) -> None:
    faults, wide = [], []
    for theme in ("dark", "light"):
        desk.evaluate("theme => window.rialtoSettings.set('theme', theme)", theme)
        for panel in ("status-of", "rules-of", "open-market", "open-tiers", "open-user"):
            desk.get_by_test_id(panel).first.click()
            expect(desk.get_by_test_id("operator-markets")).to_be_visible()
            faults += [
                (theme, panel, fault["id"], [node["html"][:160] for node in fault["nodes"]][:3])
                for fault in Axe().run(desk).response["violations"]
                if fault["impact"] in ("serious", "critical")
            ]
        for width in (1440, 768, 360):
            desk.set_viewport_size({"width": width, "height": 900})
            if desk.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((theme, width))
            desk.screenshot(path=ARTIFACTS / f"operator-{theme}-{width}.png")
        desk.set_viewport_size({"width": 1440, "height": 900})
    assert faults == []
    assert wide == []


def test_who_has_no_role_sees_no_link_and_a_page_that_says_so(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page, person = new_page(), Person(quiet_exchange)
    page.goto(f"{quiet_exchange.url}/operator/markets")
    expect(page.get_by_test_id("forbidden")).to_be_visible()
    person.enter(page)
    page.goto(f"{quiet_exchange.url}/operator/markets")
    expect(page.get_by_test_id("account-menu")).to_contain_text("@")
    expect(page.get_by_test_id("forbidden")).to_be_visible()
    expect(page.get_by_role("link", name="Operator")).to_have_count(0)
    expect(page.get_by_test_id("operator-markets")).to_have_count(0)


@pytest.mark.parametrize("signed_in", [False, True], ids=["visitor", "trader"])
def test_who_has_no_role_gets_nothing_out_of_the_states_methods(
    quiet_exchange: Server, boss: Boss, signed_in: bool
) -> None:
    boss.set_status("SOL-USDT", "OPEN", "Secret-free words")
    person = Person(quiet_exchange) if signed_in else None
    form = {"status": "HALTED", "reason": "Taken over", "halted": "yes", "tiers": "X; 0; 0; 0", "search": "example"}
    with Stranger(quiet_exchange, session=person.token if person else None) as stranger:
        for panel in ("status", "halt", "tiers", "user", "rules", "asset", "market"):
            stranger.call(f"{DESK}.choose_market", {"symbol": "SOL-USDT", "panel": "status"})
            stranger.call(f"{DESK}.choose_panel", {"panel": panel})
            stranger.call(f"{DESK}.propose", {"form": form | {"code": "EVIL", "name": "Evil", "decimals": "2"}})
            stranger.call(f"{DESK}.go")
        for handler in ("load_desk", "older", "newer"):
            stranger.call(f"{DESK}.{handler}")
        stranger.call(f"{DESK}.find_users", {"form": form})
        said = stranger.listen()
    assert "forbidden" in said, "the state answers"
    assert EMAIL not in said
    assert "setMarketStatus" not in said, "nothing of the audit log"
    assert '"tickSize":"0.' not in said, "nothing of the rules"
    after = quiet_exchange.ask(
        'query { status { halted } market(symbol: "SOL-USDT") { status } asset(code: "EVIL") { code } }'
    )
    assert after == {"status": {"halted": False}, "market": {"status": "OPEN"}, "asset": None}
