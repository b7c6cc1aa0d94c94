"""Who is on the other end of a request or a socket, as the context of its operations needs to know it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from litestar.datastructures import Cookie


@dataclass(slots=True, eq=False)
class ConnectionInfo:
    """One HTTP request, or one operation on a socket.

    A socket whose Origin does not match has no cookies here, so that nobody can read them by mistake.
    """

    transport: Literal["http", "websocket"]
    headers: Mapping[str, str]
    """Names in lower case."""
    cookies: Mapping[str, str]
    client_address: str
    method: str = "POST"
    """`WS` on a socket, as signatures of API keys want it."""
    path: str = "/graphql"
    body: bytes = b""
    """The body as it was sent; empty on a socket."""
    connection_params: Mapping[str, object] = field(default_factory=dict)
    """The payload of `connection_init`; empty for HTTP."""
    response_cookies: list[Cookie] = field(default_factory=list)
    """Resolvers append what the answer shall set or clear; without effect on a socket."""
    account: str | None = None
    """Set by `make_context`: the key of the rate limits per account; None for a visitor."""
    session: str | None = None
    """Set by `make_context`: what `GraphQLTransport.close_session` finds the sockets of a session by."""

    @property
    def authorization(self) -> str | None:
        """What `connection_init` has as `Authorization`, else the header of the request or handshake; or None."""
        for name, value in self.connection_params.items():
            if name.lower() == "authorization":
                return value if isinstance(value, str) else ""
        return self.headers.get("authorization")


MakeContext = Callable[[ConnectionInfo], Awaitable[object]]
"""Called once per HTTP request and once per operation on a socket.

Raises:
    ApiError: UNAUTHENTICATED for a dead token (the whole request fails, a socket is closed with 4401), or another
        refusal of the whole operation.
"""


def origin_matches(origin: str, host: str, allowed_origins: frozenset[str]) -> bool:
    """Say whether a browser page from `origin` may use the cookie at `host` (the Host header)."""
    if origin in allowed_origins:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc.lower() == host.lower()
