"""GraphQL over HTTP: one POST, one operation, JSON in and out."""

import json
import math
from collections.abc import Callable
from typing import Any, Final

import msgspec
from litestar import HttpMethod, Request, get, post, route
from litestar.exceptions import HTTPException, InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from backend.graphql.errors import (
    BAD_USER_INPUT,
    COMPLEXITY_EXCEEDED,
    FORBIDDEN,
    INTERNAL,
    RATE_LIMITED,
    UNAUTHENTICATED,
    UNAVAILABLE,
)
from backend.graphql.transport.answers import encode_refusal, internal_error, outcome_of
from backend.graphql.transport.connection import ConnectionInfo
from backend.graphql.transport.documents import RefusedRequest
from backend.graphql.transport.execution import Engine, refuse_unless

JSON_TYPE: Final = "application/json"
RESPONSE_TYPE: Final = "application/graphql-response+json"
STATUS_OF_CODE: Final = {  # as GraphQL over HTTP has it for a client that names `RESPONSE_TYPE`
    BAD_USER_INPUT: 400,
    COMPLEXITY_EXCEEDED: 400,
    UNAUTHENTICATED: 401,
    FORBIDDEN: 403,
    RATE_LIMITED: 429,
    UNAVAILABLE: 503,
    INTERNAL: 500,
}
PLAIN_STATUS: Final = 200
"""A client of plain JSON reads the errors of a well-formed request in the body, so only what it should act upon by
itself has a status of its own."""
SPOKEN_STATUSES: Final = frozenset({429, 500, 503})
NO_STORE: Final = ("cache-control", "no-store")
MEMBERS: Final = (b'"query"', b'"variables"', b'"operationName"')


class GraphQLRequest(msgspec.Struct, gc=False):
    """The members of a request body; others are ignored."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None
    extensions: dict[str, Any] | None = None


decoder: Final = msgspec.json.Decoder(GraphQLRequest)


class BodyRefused(RefusedRequest):
    """A request that is not one GraphQL request, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__([{"message": message, "extensions": {"code": BAD_USER_INPUT}}])
        self.status = status


def decode_body(body: bytes) -> GraphQLRequest:
    """Return the one request that a body holds.

    Raises:
        BodyRefused: It is malformed, a batch, lacks its query, or names a member twice.
    """
    try:
        request = decoder.decode(body)
        if any(body.count(member) > 1 for member in MEMBERS):
            members = [name for name, _ in json.loads(body, object_pairs_hook=list)]
            if len(set(members)) < len(members):
                raise BodyRefused(400, "The body names a member twice.")
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BodyRefused(400, f"The body is not one GraphQL request in JSON: {error}.") from None
    if not request.query.strip():
        raise BodyRefused(400, "`query` is empty.")
    return request


def check_content_type(content_type: str, content_encoding: str) -> None:
    """Let JSON in UTF-8 pass, and nothing that a form on a foreign page could send.

    Raises:
        BodyRefused: With status 415.
    """
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != JSON_TYPE:
        raise BodyRefused(415, f"The content type must be {JSON_TYPE}.")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if charset not in ("", "utf-8", "utf8") or content_encoding.lower() not in ("", "identity"):
        raise BodyRefused(415, "The body must be UTF-8 and not compressed.")


def http_handlers(engine: Engine, address_of: Callable[[Any], str], page: bytes | None) -> list[HTTPRouteHandler]:
    """Return the handlers of POST and GET on /graphql.

    Args:
        engine: Executes.
        address_of: Says which address a request comes from.
        page: What a browser gets by GET: the GraphiQL page of a demonstration exchange; None where there is none.
    """

    @post("/graphql", status_code=200, request_max_body_size=engine.limits.body_bytes_max, include_in_schema=False)
    async def execute(request: Request[Any, Any, Any]) -> ASGIResponse:
        """Execute the query or mutation in the body."""
        connection = ConnectionInfo("http", request.headers, request.cookies, address_of(request))
        try:
            return await _execute(engine, request, connection)
        except RefusedRequest as refusal:
            engine.observer.request_refused(refusal.code)
            return _refusal(request, connection, refusal)
        except Exception as error:  # noqa: BLE001  (the edge: logged with a reference)
            return _refusal(request, connection, RefusedRequest([internal_error(error, "http")]))

    @get("/graphql", include_in_schema=False)
    async def show_page(request: Request[Any, Any, Any]) -> ASGIResponse:
        """Give GraphiQL to a browser; queries come by POST only."""
        if page is not None and "query" not in request.query_params:
            return ASGIResponse(body=page, headers=PAGE_HEADERS, media_type="text/html")
        return _by_post_only()

    @route(
        "/graphql",
        http_method=[HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE],
        status_code=405,
        include_in_schema=False,
    )
    async def refuse() -> ASGIResponse:
        """Say that queries come by POST."""
        return _by_post_only()

    return [execute, show_page, refuse]


PAGE_HEADERS: Final = (
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    NO_STORE,
)


async def _execute(engine: Engine, request: Request[Any, Any, Any], connection: ConnectionInfo) -> ASGIResponse:
    headers = connection.headers
    check_content_type(headers.get("content-type", ""), headers.get("content-encoding", ""))
    connection.body = await _read_body(request)
    wanted = decode_body(connection.body)
    operation = engine.prepare(wanted.query, wanted.operationName, connection.client_address)
    refuse_unless(operation.kind != "subscription", "Subscriptions need a WebSocket (graphql-transport-ws).")
    context = await engine.context(connection, operation)
    answer = await engine.run(operation, engine.executor(operation, wanted.variables, context))
    return ASGIResponse(
        body=answer.encode(),
        status_code=STATUS_OF_CODE[outcome_of(answer.errors)] if answer.given_up else 200,
        headers=(NO_STORE,),
        cookies=connection.response_cookies,
        media_type=_media_type(headers.get("accept", "")),
    )


def _by_post_only() -> ASGIResponse:
    body = encode_refusal(BodyRefused(405, "Send GraphQL requests by POST.").errors)
    return ASGIResponse(body=body, status_code=405, headers=[("allow", "POST"), NO_STORE], media_type=JSON_TYPE)


async def _read_body(request: Request[Any, Any, Any]) -> bytes:
    try:
        return await request.body()
    except RequestEntityTooLarge:
        raise BodyRefused(413, "The body is too long.") from None
    except (InternalServerException, HTTPException):  # the client went away, or gave a wrong length
        raise BodyRefused(400, "The body is incomplete.") from None


def _refusal(request: Request[Any, Any, Any], connection: ConnectionInfo, refusal: RefusedRequest) -> ASGIResponse:
    headers = [NO_STORE]
    retry_after = refusal.errors[0]["extensions"].get("retryAfter")
    if retry_after is not None:
        headers.append(("retry-after", str(math.ceil(retry_after))))
    media_type = _media_type(request.headers.get("accept", ""))
    return ASGIResponse(
        body=encode_refusal(refusal.errors),
        status_code=_status(refusal, media_type),
        headers=headers,
        cookies=connection.response_cookies,
        media_type=media_type,
    )


def _status(refusal: RefusedRequest, media_type: str) -> int:
    if isinstance(refusal, BodyRefused):
        return refusal.status
    status = STATUS_OF_CODE[refusal.code]
    return status if media_type == RESPONSE_TYPE or status in SPOKEN_STATUSES else PLAIN_STATUS


def _media_type(accept: str) -> str:
    """Return the type of the answer: the newer one for a client that names it, else plain JSON."""
    return RESPONSE_TYPE if RESPONSE_TYPE in accept else JSON_TYPE
