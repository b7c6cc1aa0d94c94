"""What a first visit of a page transfers, and that nothing waits for what it could be loaded beside."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from frontend.build import SITE
from frontend.preload import FALLBACK, add_preloads, needed_by
from tests.support import page_costs
from tests.support.server import Server
from tests.ui.conftest import WAIT_MS

TRANSFERRED_BYTES_MAX = 500_000
PRELOADED = re.compile(r'<link rel="modulepreload" href="(/assets/[^"]+\.js)"')


@pytest.mark.parametrize(("path", "page"), [("/trade/BTC-USDT", FALLBACK), ("/", "index.html")])
def test_a_first_visit_transfers_less_than_half_a_megabyte_and_only_scripts_that_the_page_names(
    quiet_exchange: Server, browser: Browser, path: str, page: str
) -> None:
    traffic = page_costs.first_visit(browser, quiet_exchange.url + path)
    assert len(traffic.files) > 10
    assert traffic.total_bytes < TRANSFERRED_BYTES_MAX
    scripts = {address.removeprefix(quiet_exchange.url) for address in traffic.files if "/assets/" in address}
    named = set(PRELOADED.findall((SITE / page).read_text()))
    assert {script for script in scripts if script.endswith(".js")} == named
    assert len(named) > 10


def test_the_socket_opens_while_the_market_is_still_looked_up(
    quiet_exchange: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "query Market(" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/graphql", hold)
    page.goto(f"{quiet_exchange.url}/trade/BTC-USDT")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "yes", timeout=WAIT_MS)
    expect(page.locator(".bhead").first).not_to_contain_text("USDT")
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".bhead").first).to_contain_text("USDT", timeout=WAIT_MS)


def test_a_script_is_found_through_those_that_import_it_and_each_once() -> None:
    texts = {
        "a.js": 'import"./b.js";import("./c.js")',
        "b.js": 'import"./c.js";import"./a.js"',
        "c.js": "`assets/d.js`",
    }
    assert needed_by(["a.js"], texts | {"d.js": "'./elsewhere.js'", "e.js": ""}) == ["a.js", "b.js", "c.js", "d.js"]


def test_a_site_that_is_laid_out_in_another_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    with pytest.raises(ValueError, match="0 manifests"):
        add_preloads(tmp_path)
