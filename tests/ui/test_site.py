"""The compiled site as it is served: caching, headers, pages and refusals, without a browser."""

import base64
import gzip
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from reflex_base.constants.base import Templates

from backend.web.compose import Dispatcher
from backend.web.gate import SocketGate
from backend.web.site import Site
from frontend.same_origin import ANCHOR, use_window_location

Message = MutableMapping[str, Any]
INLINE = "document.documentElement.lang = 'en'"
PAGE = f"<!doctype html><script>{INLINE}</script><script src='/theme.js'></script><h1>Markets</h1>"


async def echo_api(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """An API that names itself."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-served-by", b"api")]})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


class Socket:
    """A Reflex app that remembers which sockets reached it."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.opened.append(scope["path"])


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """A small compiled site."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "signin.html").write_text("<h1>Sign in</h1>")
    (tmp_path / "__spa-fallback.html").write_text("<h1>Shell</h1>")
    (tmp_path / "404.html").write_text("<h1>Lost</h1>")
    (tmp_path / "theme.js").write_text("let theme;")
    (tmp_path / "assets" / "root-D3B6V1tm.js").write_text("const app = 1;" * 100)
    (tmp_path / ".fingerprint").write_text("secret of the build")
    return tmp_path


@pytest.fixture
def socket() -> Socket:
    """The event socket behind the site."""
    return Socket()


def dispatcher(compiled: Path, socket: Socket | None = None, allowed: tuple[str, ...] = ()) -> Dispatcher:
    site = Site(compiled, lambda path: path.startswith("/trade/"))
    return Dispatcher(echo_api, socket, site, allowed, ("/graphql", "/livez"))


async def fetch(app: Any, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rialto.test") as client:
        return await client.request(method, path, headers={name.replace("_", "-"): v for name, v in headers.items()})


async def test_a_page_allows_its_own_inline_scripts_by_hash_and_no_others(compiled: Path) -> None:
    answer = await fetch(dispatcher(compiled), "/")
    policy = answer.headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(INLINE.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "referrer-policy" in answer.headers


async def test_pages_are_asked_for_again_and_hashed_files_are_kept_for_ever(compiled: Path) -> None:
    app = dispatcher(compiled)
    page, asset = await fetch(app, "/"), await fetch(app, "/assets/root-D3B6V1tm.js")
    assert page.headers["cache-control"] == "no-cache"
    assert "immutable" in asset.headers["cache-control"]
    again = await fetch(app, "/", if_none_match=page.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


async def test_who_takes_gzip_gets_it_and_who_does_not_gets_the_same_file(compiled: Path) -> None:
    app = dispatcher(compiled)
    packed = await fetch(app, "/assets/root-D3B6V1tm.js", accept_encoding="br, gzip")
    plain = await fetch(app, "/assets/root-D3B6V1tm.js", accept_encoding="gzip;q=0")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, mtime=0))


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/", 200, "Markets"),
        ("/signin", 200, "Sign in"),
        ("/signin/", 200, "Sign in"),
        ("/trade/BTC-USDT", 200, "Shell"),
        ("/nowhere", 404, "Lost"),
        ("/404.html", 404, "Lost"),
        ("/.fingerprint", 404, "Lost"),
        ("/assets/../index.html", 404, "Lost"),
        ("/%2e%2e/%2e%2e/etc/passwd", 404, "Lost"),
        ("/graphql", 200, "/graphql"),
        ("/graphqlx", 404, "Lost"),
        ("/_upload", 404, "Not found"),
        ("/_health", 404, "Not found"),
        ("/_event", 404, "Not found"),
    ],
)
async def test_each_address_leads_where_it_should(
    compiled: Path, socket: Socket, path: str, status: int, words: str
) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "method": "GET", "path": httpx.URL(path).path if "%" in path else path, "headers": []}
    await dispatcher(compiled, socket)(scope, receive, send)
    assert sent[0]["status"] == status
    assert words in b"".join(message.get("body", b"") for message in sent[1:]).decode()
    assert socket.opened == []


async def test_a_head_has_no_body_and_a_post_is_refused(compiled: Path) -> None:
    app = dispatcher(compiled)
    head = await fetch(app, "/", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    assert (await fetch(app, "/", "POST")).status_code == 405


async def test_the_old_address_of_the_markets_leads_home(compiled: Path) -> None:
    answer = await fetch(dispatcher(compiled), "/markets")
    assert (answer.status_code, answer.headers["location"]) == (308, "/")


async def test_without_a_compiled_site_a_page_says_how_to_get_one_and_the_api_works(tmp_path: Path) -> None:
    app = dispatcher(tmp_path / "nothing")
    page = await fetch(app, "/trade/BTC-USDT")
    assert page.status_code == 503
    assert "make setup" in page.text
    assert (await fetch(app, "/graphql")).headers["x-served-by"] == "api"


async def open_socket(app: Any, path: str, **headers: str) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "websocket", "path": path, "headers": pairs, "client": None}, receive, send)
    return sent


@pytest.mark.parametrize(
    ("origin", "host", "opens"),
    [
        ("http://rialto.test:8000", "rialto.test:8000", True),
        ("https://rialto.test", "rialto.test", True),
        ("https://rialto.test", "rialto.test:443", True),
        ("https://partner.example", "rialto.test", True),
        ("http://partner.example", "rialto.test", False),
        ("http://rialto.test:8001", "rialto.test:8000", False),
        ("https://rialto.test.evil.example", "rialto.test", False),
        ("null", "rialto.test", False),
        ("file://", "", False),
        ("http://[", "rialto.test", False),
        ("", "rialto.test", False),
    ],
)
async def test_only_pages_of_this_site_open_the_event_socket(
    compiled: Path, socket: Socket, origin: str, host: str, opens: bool
) -> None:
    app = dispatcher(compiled, socket, allowed=("https://partner.example",))
    sent = await open_socket(app, "/_event/", origin=origin, host=host)
    assert socket.opened == (["/_event/"] if opens else [])
    assert [message["type"] for message in sent] == ([] if opens else ["websocket.close"])


async def test_a_socket_to_anywhere_else_is_refused(compiled: Path, socket: Socket) -> None:
    sent = await open_socket(dispatcher(compiled, socket), "/elsewhere", origin="http://a.test", host="a.test")
    assert sent[0]["type"] == "websocket.close"
    assert socket.opened == []


def test_an_address_may_open_only_so_many_sockets_at_once_and_in_a_minute() -> None:
    now = [0.0]
    gate = SocketGate(sockets_max=4, per_address_max=2, per_minute_max=3, clock=lambda: now[0])
    assert [gate.enter("a"), gate.enter("a"), gate.enter("a")] == [True, True, False]
    gate.leave("a")
    assert gate.enter("a"), "a place is free again"
    gate.leave("a")
    assert not gate.enter("a"), "three in this minute are enough"
    now[0] = 61.0
    assert gate.enter("a")
    assert [gate.enter("b"), gate.enter("c"), gate.enter("d")] == [True, True, False], "four are open"


def test_the_site_takes_its_server_from_the_address_bar() -> None:
    source = (Templates.Dirs.WEB_TEMPLATE / "utils" / "state.js").read_text()
    patched = use_window_location(source)
    assert "endpoint.host = window.location.host" in patched
    assert use_window_location(patched) == patched


def test_the_build_fails_when_reflex_has_changed_what_is_patched() -> None:
    source = (Templates.Dirs.WEB_TEMPLATE / "utils" / "state.js").read_text()
    with pytest.raises(RuntimeError, match="no longer has the text"):
        use_window_location(source.replace(ANCHOR, "const endpoint = elsewhere;"))
