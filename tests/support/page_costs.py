"""What a page costs, as Chromium itself counts it: tasks of the main thread, memory, bytes, time until it works."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

TASK = "RunTask"
MAIN_THREAD = "CrRendererMain"
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "blink.user_timing"]
# Told by the browser itself, with the clock on the wall: a second opinion beside the trace.
WATCH_LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => longTasks.push(entry.duration)))
  .observe({ type: "longtask" });
"""
# Looks once a frame, so that what it says is at most a frame late, and costs next to nothing.
WATCH_READY = """
(() => {
  const book = () => document.querySelectorAll(".lv:not([hidden])").length >= 20;
  const chart = () => document.querySelector("[data-testid=chart] canvas");
  const ticket = () => document.querySelector("[data-testid=ticket] [data-testid=submit-order]")
    && document.querySelector("[data-testid=account-menu]") && document.querySelector(".bal [data-asset]");
  window.readyAt = {};
  const look = () => {
    for (const [name, ready] of Object.entries({ book, chart, ticket }))
      if (!(name in readyAt) && ready()) readyAt[name] = performance.now();
    if (Object.keys(readyAt).length < 3) requestAnimationFrame(look);
  };
  addEventListener("DOMContentLoaded", look);
})();
"""
SETTLING_MS = 3000
EVERYTHING_IS_READY = "() => Object.keys(window.readyAt ?? {}).length === 3"


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the main thread: how long it took, and how much of that a processor worked for it."""

    wall_ms: float
    cpu_ms: float


def tasks(browser: Browser, page: Page, seconds: float) -> list[Task]:
    """Trace a page for a while; the tasks of its main thread, the one with the most processor time first."""
    browser.start_tracing(page=page, categories=TRACED)
    page.wait_for_timeout(seconds * 1000)
    return tasks_of(json.loads(browser.stop_tracing())["traceEvents"])


def tasks_of(events: list[dict[str, Any]]) -> list[Task]:
    """The main thread's tasks in a trace: of the page's process, which is the one that ran most of them."""
    mains = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == MAIN_THREAD}
    found: dict[tuple[int, int], list[Task]] = {main: [] for main in mains}
    for event in events:
        thread = (event["pid"], event["tid"])
        if thread in found and event["name"] == TASK and event["ph"] == "X":
            found[thread].append(Task(event["dur"] / 1000, event["tdur"] / 1000))
    assert found, "the trace names no main thread"
    return sorted(max(found.values(), key=len), key=lambda task: -task.cpu_ms)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a page keeps after all garbage has been collected."""

    heap_bytes: int
    nodes: int
    listeners: int


def memory(page: Page) -> Memory:
    """Collect the garbage of a page and count what is left."""
    session = page.context.new_cdp_session(page)
    # The second time takes what the finalizers of the first one have let go.
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    counted = session.send("Memory.getDOMCounters")
    session.detach()
    return Memory(int(used), counted["nodes"], counted["jsEventListeners"])


@dataclass(slots=True)
class Traffic:
    """What came over the line, as it was sent, that is compressed: answers with their headers, and socket messages."""

    files: dict[str, int] = field(default_factory=dict)
    socket_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return sum(self.files.values()) + self.socket_bytes


@contextmanager
def counted(page: Page) -> Iterator[Traffic]:
    """Count what a page receives while the context lasts."""
    traffic = Traffic()
    addresses: dict[str, str] = {}

    def asked(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def received(event: dict[str, Any]) -> None:
        address = addresses.get(event["requestId"], "?")
        traffic.files[address] = traffic.files.get(address, 0) + int(event["encodedDataLength"])

    def heard(event: dict[str, Any]) -> None:
        traffic.socket_bytes += len(event["response"]["payloadData"].encode())

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", received)
    session.on("Network.webSocketFrameReceived", heard)
    yield traffic
    session.detach()


def first_visit(browser: Browser, address: str, like: BrowserContext | None = None) -> Traffic:
    """What a browser that knows nothing of the site receives until a page has settled."""
    page = new_visitor(browser, like)
    with counted(page) as traffic:
        page.goto(address)
        page.locator("[data-testid=connection][data-live=yes]").wait_for()
        page.wait_for_timeout(SETTLING_MS)
    page.context.close()
    return traffic


class BookUpdates:
    """Counts the messages of the order book that a page receives; made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, payload: str | bytes) -> None:
        self.count += '"orderBook"' in str(payload)


def new_visitor(browser: Browser, like: BrowserContext | None = None) -> Page:
    """A page of a person whose browser has nothing of the site yet, but perhaps the session of another window."""
    state = like.storage_state() if like else None
    return browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=state).new_page()
