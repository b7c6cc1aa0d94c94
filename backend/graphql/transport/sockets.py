"""All sockets of the server: whom to accept, how many, and how they end together."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler

from backend.graphql.transport import messages
from backend.graphql.transport.connection import ConnectionInfo, origin_matches
from backend.graphql.transport.execution import Engine
from backend.graphql.transport.hub import SharedSubscriptions
from backend.graphql.transport.outbox import Outbox
from backend.graphql.transport.websocket import Socket

AnyWebSocket = WebSocket[Any, Any, Any]


class SocketServer:
    """Accepts sockets and keeps track of them.

    Args:
        engine: Executes operations.
        hub: Shares public subscriptions.
        address_of: Says which address a socket comes from.
        session_cookie: The name of the cookie that a foreign page must not bring.
    """

    def __init__(
        self, engine: Engine, hub: SharedSubscriptions, address_of: Callable[[Any], str], session_cookie: str
    ) -> None:
        self.engine = engine
        self.hub = hub
        self._address_of = address_of
        self._session_cookie = session_cookie
        self._sockets: set[Socket] = set()
        self._by_address: Counter[str] = Counter()
        self._subscribers: Counter[str] = Counter()
        self._mutations: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._stopping = False

    def handler(self) -> WebsocketRouteHandler:
        """Return the WebSocket handler of /graphql."""

        @websocket("/graphql")
        async def serve(socket: WebSocket[Any, Any, Any]) -> None:
            """Serve one socket until it ends."""
            try:
                await self._serve(socket)
            except (OSError, RuntimeError, WebSocketDisconnect):
                return  # the client went away during the handshake

        return serve

    def count_subscriber(self, field: str, change: int) -> None:
        """Count subscribers of a field for the metrics."""
        self._subscribers[field] += change
        self.engine.observer.subscribers(field, self._subscribers[field])

    def keep_running(self, task: asyncio.Task[None]) -> None:
        """Look after a mutation until it is done."""
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)

    def close_session(self, session: str) -> None:
        """Close the sockets of a session that has ended, with 4401."""
        for socket in tuple(self._sockets):
            if socket.session == session:
                socket.close(messages.NOT_SIGNED_IN, "Unauthorized")

    async def shutdown(self) -> None:
        """Close every socket with 1012, let mutations that have begun end, and accept no socket any more."""
        self._stopping = True
        for socket in tuple(self._sockets):
            socket.close(messages.RESTART, "Service restart")
        waiting: set[asyncio.Task[Any]] = set(self._mutations)
        if self._sockets:
            self._idle.clear()
            waiting.add(asyncio.create_task(self._idle.wait()))
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=self.engine.limits.shutdown_seconds_max)
            for task in late:
                task.cancel()

    async def _serve(self, socket: AnyWebSocket) -> None:
        if messages.SUBPROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await self._turn_away(socket, messages.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await socket.accept(subprotocols=messages.SUBPROTOCOL)
        address = self._address_of(socket)
        cookies, foreign = self._cookies_of(socket)
        if self._stopping:
            await self._turn_away(socket, messages.RESTART, "Service restart")
        elif foreign:
            await self._turn_away(socket, messages.REFUSED, "Forbidden")
        elif not self._has_place(address):
            await self._turn_away(socket, messages.TOO_MANY, "Too many sockets")
        else:
            await self._serve_accepted(socket, ConnectionInfo("websocket", socket.headers, cookies, address))

    def _cookies_of(self, socket: AnyWebSocket) -> tuple[dict[str, str], bool]:
        """Return the cookies that may be read, and whether a foreign page brought ours.

        Browsers send cookies with any handshake, but always tell the Origin too. So cookies count only with our own
        Origin; programs, which send none, sign in by `connection_init`.
        """
        origin = socket.headers.get("origin")
        if origin is None:
            return {}, False
        if origin_matches(origin, socket.headers.get("host", ""), self.engine.limits.allowed_origins):
            return socket.cookies, False
        return {}, self._session_cookie in socket.cookies

    def _has_place(self, address: str) -> bool:
        limits = self.engine.limits
        return len(self._sockets) < limits.sockets_max and self._by_address[address] < limits.sockets_per_address_max

    async def _turn_away(self, socket: AnyWebSocket, code: int, reason: str) -> None:
        self.engine.observer.socket_closed(code)
        await socket.close(code, reason)

    async def _serve_accepted(self, asgi: AnyWebSocket, connection: ConnectionInfo) -> None:
        async def send(text: str) -> None:
            await asgi.send({"type": "websocket.send", "text": text, "bytes": None})

        limits = self.engine.limits
        outbox = Outbox(send, asgi.close, limits.send_queue_messages_max, limits.send_queue_bytes_max)
        socket = Socket(self, connection, asgi.receive, outbox)
        self._enter(socket, connection.client_address)
        try:
            code = await socket.serve()
            if code is not None:
                self.engine.observer.socket_closed(code)
        finally:
            self._leave(socket, connection.client_address)

    def _enter(self, socket: Socket, address: str) -> None:
        self._sockets.add(socket)
        self._by_address[address] += 1
        self.engine.observer.sockets_open(len(self._sockets))

    def _leave(self, socket: Socket, address: str) -> None:
        self._sockets.discard(socket)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        if not self._sockets:
            self._idle.set()
        self.engine.observer.sockets_open(len(self._sockets))
