"""The real server as a process of its own, and Debian's Chromium in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from frontend import build

playwright = pytest.importorskip("playwright.sync_api")

START_SECONDS_MAX = 90
WAIT_MS = 20_000
ARTIFACTS = Path(__file__).resolve().parent.parent / "artifacts"
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


def missing(what: str) -> None:
    """Skip on a user's machine; where everything must be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


class Server:
    """`rialto serve` on one port and one data directory, through as many lives as a test needs."""

    def __init__(self, data: Path, rate: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = data / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RIALTO_", "REFLEX_"))},
            "RIALTO_DATA_DIR": str(data / "data"),
            "RIALTO_DEMO": "1",
            "RIALTO_DEMO_RATE": str(rate),
            "RIALTO_HOST": "127.0.0.1",
            "RIALTO_PORT": str(self.port),
        }
        data.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start, and wait until it is ready."""
        root = Path(__file__).resolve().parent.parent.parent
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "backend", "serve"], cwd=root, env=self._environment, stdout=log, stderr=log
            )
        give_up = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail(f"The server did not start:\n{self.log()[-4000:]}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop."""
        self._end(signal.SIGTERM)

    def log(self) -> str:
        """What it has written."""
        return self._log.read_text(errors="replace")

    def ask(self, query: str, variables: dict[str, Any] | None = None, token: str | None = None) -> dict[str, Any]:
        """Ask the API as a program would."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables or {}}
        answer = httpx.post(f"{self.url}/graphql", json=body, headers=headers, timeout=20).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def _end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


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
    server = Server(tmp_path_factory.mktemp("quiet"), rate=0)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def lively_exchange(compiled_site: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An exchange whose market moves."""
    server = Server(tmp_path_factory.mktemp("lively"), rate=10)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for the tests of one module: its event loop must be gone before other tests run theirs."""
    executable = shutil.which("chromium")
    if executable is None:
        missing("Chromium is missing. On Debian: apt-get install chromium")
    with playwright.sync_playwright() as started:
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
        # A page that has lost its server says so in the console; that is no fault of the page.
        if message.type == "error" and "ERR_" not in message.text and "WebSocket connection" not in message.text:
            problems.append(message.text)

    def make(width: int = 1440, height: int = 900) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height})
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
