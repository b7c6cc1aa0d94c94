"""The web app's way to the public GraphQL API: in process, with the person's cookie and address."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

import httpx

SESSION_COOKIE = "rialto_session"
TIMEOUT_SECONDS = 15.0
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104

JSON_HEADERS = {"content-type": "application/json", "accept": "application/json"}
_bound: list[Any] = []


class ApiError(Exception):
    """The API answered with a GraphQL error; `code` is its `extensions.code`."""

    def __init__(self, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: what the browser's socket said about itself when it connected."""

    session: str | None
    address: str
    host: str
    origin: str
    user_agent: str

    @classmethod
    def of(cls, headers: Mapping[str, str], address: str) -> "Visitor":
        """Take a visitor from the headers of a socket's handshake."""
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            cookies.clear()
        morsel = cookies.get(SESSION_COOKIE)
        return cls(
            session=morsel.value if morsel else None,
            address=address or UNKNOWN_ADDRESS,
            host=headers.get("host", "localhost"),
            origin=headers.get("origin", ""),
            user_agent=headers.get("user-agent", ""),
        )


def bind(app: Any) -> None:
    """Say which ASGI app serves `/graphql`."""
    _bound[:] = [app]


async def execute(visitor: Visitor, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Run one GraphQL operation as a visitor.

    Args:
        visitor: The person on whose behalf the operation runs.
        query: The GraphQL document.
        variables: Its variables.

    Returns:
        The `data` of the answer.

    Raises:
        ApiError: The API refused or could not answer; UNAVAILABLE when nothing is known about the outcome.
    """
    if not _bound:
        raise ApiError("UNAVAILABLE", "The API is not running.")
    headers = dict(JSON_HEADERS, host=visitor.host, **{"user-agent": visitor.user_agent})
    if visitor.origin:
        headers["origin"] = visitor.origin
    if visitor.session:
        headers["cookie"] = f"{SESSION_COOKIE}={visitor.session}"
    transport = httpx.ASGITransport(app=_bound[0], client=(visitor.address, 0), raise_app_exceptions=False)
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(transport=transport, trust_env=False, timeout=TIMEOUT_SECONDS) as client,
        ):
            answer = await client.post(
                "http://rialto/graphql", json={"query": query, "variables": dict(variables or {})}, headers=headers
            )
        body: Any = answer.json()
    except (httpx.HTTPError, TimeoutError, ValueError) as problem:
        raise ApiError("UNAVAILABLE", "The API gave no answer.") from problem
    errors: Any = body.get("errors") if isinstance(body, dict) else [{"message": "The API gave no answer."}]
    if errors:
        extensions = errors[0].get("extensions") or {}
        retry_after = extensions.get("retryAfter")
        raise ApiError(
            str(extensions.get("code", "INTERNAL")),
            str(errors[0].get("message", "")),
            int(retry_after) if isinstance(retry_after, int | float) else None,
        )
    data = body.get("data")
    if not isinstance(data, dict):
        raise ApiError("UNAVAILABLE", "The API gave no answer.")
    return data
