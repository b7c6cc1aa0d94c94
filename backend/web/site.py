"""Serves the compiled web app from memory, with caching and the headers that keep a page to itself."""

import base64
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from backend.observability.requests import Message, Receive, Scope, Send

SITE_BYTES_MAX = 64 * 1024 * 1024
FALLBACK = "__spa-fallback.html"
NOT_FOUND = "404.html"
# The bundler puts a hash of the content into the names under /assets, so they never change.
HASHED = re.compile(r"^/assets/.+-[\w-]{8}\.\w+$")
INLINE_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)
TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".ico": "image/x-icon"}
UNBUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Rialto</title>
<body style="font:16px/1.5 sans-serif;max-width:36em;margin:4em auto;padding:0 1em">
<h1>The web app is not compiled</h1>
<p>The exchange runs and its API answers at <a href="/graphql">/graphql</a>. For the pages, run <code>make setup</code>
and start the server again.</p></body></html>"""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the site, ready to be sent."""

    body: bytes
    compressed: bytes | None
    type: str
    etag: str
    cache: str
    policy: str | None


class Site:
    """The compiled site of one directory."""

    def __init__(self, root: Path, is_route: Callable[[str], bool]) -> None:
        """Read the site.

        Args:
            root: The directory of the compiled site; need not exist.
            is_route: Whether a path that is no file belongs to a page of the app, such as `/trade/BTC-USDT`.

        Raises:
            ValueError: The directory holds more than a site could.
        """
        self._files: dict[str, File] = {}
        self._is_route = is_route
        size = 0
        for path in sorted(root.rglob("*")) if root.is_dir() else []:
            name = "/" + path.relative_to(root).as_posix()
            if not path.is_file() or "/." in name or path.suffix == ".gz":
                continue
            size += path.stat().st_size
            if size > SITE_BYTES_MAX:
                raise ValueError(f"{root} is larger than {SITE_BYTES_MAX} bytes; it is no compiled site.")
            self._files[name] = _read(path, name)

    @property
    def compiled(self) -> bool:
        """Whether there is a site at all."""
        return "/index.html" in self._files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        method, path = str(scope["method"]), str(scope["path"])
        if method not in ("GET", "HEAD"):
            await _send(send, HTTPStatus.METHOD_NOT_ALLOWED, [(b"allow", b"GET, HEAD")], b"")
            return
        if not self.compiled:
            headers = [
                *_security(None),
                (b"content-type", b"text/html; charset=utf-8"),
                (b"cache-control", b"no-store"),
            ]
            await _send(send, HTTPStatus.SERVICE_UNAVAILABLE, headers, UNBUILT, head=method == "HEAD")
            return
        status, file = self._find(path)
        wanted = {name.lower(): value for name, value in scope["headers"]}
        await _answer(send, status, file, wanted, head=method == "HEAD")

    def _find(self, path: str) -> tuple[HTTPStatus, File]:
        trimmed = path.rstrip("/")
        for name in (path, f"{trimmed}.html", f"{trimmed}/index.html"):
            if name in self._files and name not in (f"/{FALLBACK}", f"/{NOT_FOUND}"):
                return HTTPStatus.OK, self._files[name]
        if self._is_route(path) and (shell := self._files.get(f"/{FALLBACK}")):
            return HTTPStatus.OK, shell
        return HTTPStatus.NOT_FOUND, self._files.get(f"/{NOT_FOUND}") or self._files["/index.html"]


def _read(path: Path, name: str) -> File:
    body = path.read_bytes()
    packed = path.with_name(path.name + ".gz")
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    compressed = packed.read_bytes() if packed.is_file() else gzip.compress(body, mtime=0) if text else None
    return File(
        body=body,
        compressed=compressed if compressed is not None and len(compressed) < len(body) else None,
        type=f"{kind}; charset=utf-8" if text else kind,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        cache="public, max-age=31536000, immutable" if HASHED.match(name) else "no-cache",
        policy=content_policy(body) if path.suffix == ".html" else None,
    )


def content_policy(page: bytes) -> str:
    """The content security policy of a page: its own inline scripts by their hash, and nothing else that is inline.

    Args:
        page: The HTML that is sent, byte for byte.

    Returns:
        The value of `Content-Security-Policy`.
    """
    hashes = []
    for script in INLINE_SCRIPT.finditer(page):
        if not re.search(rb"\bsrc\s*=", script["attributes"]):
            digest = base64.b64encode(hashlib.sha256(script["code"]).digest()).decode()
            hashes.append(f"'sha256-{digest}'")
    scripts = " ".join(["'self'", *dict.fromkeys(hashes)])
    # Style attributes and the chart's own style element need 'unsafe-inline'; styles cannot run code.
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def _security(policy: str | None) -> list[tuple[bytes, bytes]]:
    policy = policy or "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    ]


async def _answer(send: Send, status: HTTPStatus, file: File, wanted: dict[bytes, bytes], *, head: bool) -> None:
    headers = [
        *_security(file.policy),
        (b"content-type", file.type.encode()),
        (b"cache-control", file.cache.encode()),
        (b"etag", file.etag.encode()),
        (b"vary", b"accept-encoding"),
    ]
    known = {tag.strip().removeprefix(b"W/") for tag in wanted.get(b"if-none-match", b"").split(b",")}
    if status is HTTPStatus.OK and file.etag.encode() in known:
        await _send(send, HTTPStatus.NOT_MODIFIED, headers, b"")
        return
    body = file.body
    if file.compressed is not None and _takes_gzip(wanted.get(b"accept-encoding", b"")):
        body = file.compressed
        headers.append((b"content-encoding", b"gzip"))
    await _send(send, status, headers, body, head=head)


def _takes_gzip(accepted: bytes) -> bool:
    for choice in accepted.decode("latin-1").lower().split(","):
        name, _, quality = choice.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def _send(
    send: Send, status: HTTPStatus, headers: list[tuple[bytes, bytes]], body: bytes, *, head: bool = False
) -> None:
    if status is not HTTPStatus.NOT_MODIFIED:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    start: Message = {"type": "http.response.start", "status": int(status), "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"" if head else body, "more_body": False})
