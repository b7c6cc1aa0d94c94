"""Puts the API, the compiled site and the site's event socket behind one ASGI app."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from backend.observability.requests import App, Receive, Scope, Send
from backend.web.gate import SocketGate
from backend.web.lifespan import run_lifespan
from backend.web.reflex_host import USUAL_LIMITS, TabLimits, load_reflex
from backend.web.site import Site
from frontend import client

API_PATHS = ("/graphql", "/livez", "/readyz", "/metrics")
EVENT_PATH = "/_event"
PING_PATH = "/ping"
REDIRECTS = {"/markets": "/"}
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104
DEFAULT_PORTS = {"http": "80", "https": "443"}


def compose(
    api: App,
    *,
    site: Path,
    workdir: Path,
    allowed_origins: Sequence[str] = (),
    api_paths: Sequence[str] = API_PATHS,
    gate: SocketGate | None = None,
    tabs: TabLimits = USUAL_LIMITS,
) -> App:
    """Build the app that the server runs.

    The lifespans of both apps are run once: the API's first, so that nothing is served before it is ready.

    Args:
        api: The app that serves `api_paths`; it owns the exchange.
        site: The directory of the compiled site. Without one a page says how to compile it.
        workdir: A directory where Reflex may write; it is emptied.
        allowed_origins: Other origins, such as `https://trade.example`, whose pages may open the event socket.
        api_paths: What goes to the API, each with everything below it.
        gate: Other bounds of event sockets than usual.
        tabs: What a tab may cost.

    Returns:
        An ASGI app.
    """
    client.bind(api)
    if (site / "index.html").is_file():
        reflex, is_route = load_reflex(workdir, tabs)
        return Dispatcher(api, reflex, Site(site, is_route), allowed_origins, api_paths, gate)
    return Dispatcher(api, None, Site(site, lambda path: False), allowed_origins, api_paths, gate)


class Dispatcher:
    """Sends each connection to the app that it is for."""

    def __init__(
        self,
        api: App,
        reflex: App | None,
        site: Site,
        allowed_origins: Sequence[str],
        api_paths: Sequence[str],
        gate: SocketGate | None = None,
    ) -> None:
        self._api = api
        self._reflex = reflex
        self._site = site
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        self._api_paths = tuple(api_paths)
        self._gate = gate or SocketGate()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the lifespan."""
        if scope["type"] == "lifespan":
            apps = [self._api] if self._reflex is None else [self._api, self._reflex]
            await run_lifespan(apps, scope, receive, send)
            return
        path = scope["path"]
        if any(path == served or path.startswith(f"{served}/") for served in self._api_paths):
            await self._api(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._event_socket(scope, receive, send)
        elif path in REDIRECTS:
            await _redirect(send, REDIRECTS[path])
        elif path == PING_PATH and self._reflex is not None and scope["method"] in ("GET", "HEAD"):
            await self._reflex(scope, receive, send)
        elif path == EVENT_PATH or path.startswith((f"{EVENT_PATH}/", "/_upload", "/_health", "/_all_routes")):
            # Reflex's socket is a WebSocket and nothing else, and its other doors are shut.
            await _refuse(send)
        else:
            await self._site(scope, receive, send)

    async def _event_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = scope["path"] == EVENT_PATH or scope["path"].startswith(f"{EVENT_PATH}/")
        if self._reflex is None or not known or not self._may_open(scope):
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": "refused"})
            return
        # A Unix socket has no address, and Reflex expects one.
        scope["client"] = scope.get("client") or (UNKNOWN_ADDRESS, 0)
        address = str(scope["client"][0])
        if not self._gate.enter(address):
            await receive()
            await send({"type": "websocket.close", "code": 4429, "reason": "too many"})
            return
        try:
            await self._reflex(scope, receive, send)
        finally:
            self._gate.leave(address)

    def _may_open(self, scope: Scope) -> bool:
        """Whether the page that opens a socket is one of ours: only browsers open it, and they send an origin."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "").rstrip("/").lower()
        if origin in self._allowed:
            return bool(origin)
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
            return False
        default = f":{DEFAULT_PORTS[parts.scheme]}"
        host: str = headers.get(b"host", "")
        return bool(parts.netloc.removesuffix(default) == host.lower().removesuffix(default))


async def _redirect(send: Send, target: str) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 308,
            "headers": [(b"location", target.encode()), (b"content-length", b"0")],
        }
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"9")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"Not found", "more_body": False})
