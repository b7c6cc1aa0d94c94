"""The real server as a process of its own, and Debian's Chromium in front of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from frontend import build
from tests.support.parts import chromium, missing
from tests.support.server import Server

WAIT_MS = 20_000
MANY = "1000000"
"""More than all the tests of a module come to."""
ARTIFACTS = Path(__file__).resolve().parent.parent / "artifacts"
SERVER_AWAY = ("ERR_", "WebSocket connection", "status of 503")
FAILED = pytest.StashKey[bool]()
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def compiled_site() -> None:
    """The web app, compiled if it is not."""
    try:
        build.build()
    except build.BuildError as problem:
        missing(f"The web app cannot be compiled: {problem}")


@pytest.fixture(scope="module")
def quiet_exchange(compiled_site: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An exchange without traders: nothing is in the books but what a test puts there."""
    server = Server(tmp_path_factory.mktemp("quiet"), RIALTO_PAGE_SOCKETS_PER_ADDRESS_AND_MINUTE=MANY)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def lively_exchange(compiled_site: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An exchange whose market moves."""
    server = Server(tmp_path_factory.mktemp("lively"), RIALTO_DEMO_RATE="10")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for the tests of one module: its event loop must be gone before other tests run theirs."""
    executable = chromium()
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=executable, args=CHROMIUM)
        yield opened
        opened.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Tell the pages' fixture how the test went."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def new_page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Opens pages, each for a person of their own; a script error on any of them fails the test."""
    contexts: list[Any] = []
    problems: list[str] = []

    def heard(message: Any) -> None:
        # A page that is not there, or has lost its server, says so in the console; that is no fault of the page.
        if message.location["url"] == message.page.url and "404" in message.text:
            return
        if message.type == "error" and not any(words in message.text for words in SERVER_AWAY):
            problems.append(message.text)

    def make(width: int = 1440, height: int = 900, locale: str = "en-US") -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", heard)
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield make
    pages = [page for context in contexts for page in context.pages]
    if request.node.stash.get(FAILED, False):
        for number, page in enumerate(pages):
            page.screenshot(path=ARTIFACTS / f"{request.node.name}-{number}.png")
    for context in contexts:
        context.close()
    assert problems == []
