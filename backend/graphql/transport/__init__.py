"""GraphQL over HTTP and WebSockets, independent of what the schema says."""

from collections.abc import Callable, Mapping
from typing import Any

import strawberry
from litestar.connection import ASGIConnection
from litestar.types import ControllerRouterHandler

from backend.graphql.transport.connection import ConnectionInfo, MakeContext
from backend.graphql.transport.execution import Engine
from backend.graphql.transport.feeds import PrivateFeed, PublicFeed, TooSlow
from backend.graphql.transport.http import http_handlers
from backend.graphql.transport.hub import SharedSubscriptions
from backend.graphql.transport.observer import SilentObserver, TransportObserver
from backend.graphql.transport.playground import asset_handler, load_page
from backend.graphql.transport.rates import MemoryRateLimiter, RateLimiter
from backend.graphql.transport.settings import FieldCost, TransportLimits
from backend.graphql.transport.sockets import SocketServer

__all__ = [
    "ConnectionInfo",
    "FieldCost",
    "GraphQLTransport",
    "MakeContext",
    "MemoryRateLimiter",
    "PrivateFeed",
    "PublicFeed",
    "RateLimiter",
    "SilentObserver",
    "TooSlow",
    "TransportLimits",
    "TransportObserver",
]

AnyConnection = ASGIConnection[Any, Any, Any, Any]


def peer_address(connection: AnyConnection) -> str:
    """Return the address of the peer, as the server (or a proxy that it trusts) says it."""
    return connection.client.host if connection.client else "unknown"


class GraphQLTransport:
    """Serves a schema at /graphql.

    Args:
        schema: The Strawberry schema.
        make_context: Makes `info.context`, once per request and once per operation on a socket; see `MakeContext`.
        public_feeds: The shared subscriptions, by the GraphQL name of their root field; see `feeds`.
        limits: Every bound.
        public_context: `info.context` of the shared subscriptions; it belongs to no user.
        session_cookie: The cookie of the web app's session; a foreign page that brings it on a socket is refused.
        graphiql: Whether GET /graphql shows GraphiQL.
        rate_limiter: In memory, by the limits, where none is given.
        observer: Receives the metrics.
        address_of: Says which address a connection comes from.

    Raises:
        ValueError: A public feed has no field in the schema, or something below that field is asynchronous.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        make_context: MakeContext,
        public_feeds: Mapping[str, PublicFeed],
        limits: TransportLimits | None = None,
        *,
        public_context: object = None,
        session_cookie: str = "session",
        graphiql: bool = False,
        rate_limiter: RateLimiter | None = None,
        observer: TransportObserver | None = None,
        address_of: Callable[[AnyConnection], str] = peer_address,
    ) -> None:
        limits = limits or TransportLimits()
        engine = Engine(
            schema._schema,  # Strawberry gives no other way to the schema that graphql-core executes
            make_context,
            limits,
            rate_limiter or MemoryRateLimiter.of(limits),
            observer or SilentObserver(),
        )
        self._hub = SharedSubscriptions(engine, public_feeds, public_context)
        self._sockets = SocketServer(engine, self._hub, address_of, session_cookie)
        handlers: list[ControllerRouterHandler] = [
            *http_handlers(engine, address_of, load_page() if graphiql else None),
            self._sockets.handler(),
        ]
        if graphiql:
            handlers.append(asset_handler())
        self.handlers = handlers

    def close_session(self, session: str) -> None:
        """Close the sockets whose context named this session (`ConnectionInfo.session`), with 4401."""
        self._sockets.close_session(session)

    async def shutdown(self) -> None:
        """Close every socket with 1012 and let mutations that have begun end; call it when the server stops."""
        await self._sockets.shutdown()
