"""A client of graphql-transport-ws in plain words: subscriptions over one real WebSocket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_SECONDS = 20.0
"""After this a test that waits for a message fails instead of hanging."""

MESSAGE_BYTES_MAX = 16 * 1024 * 1024


class SubscriptionRefused(Exception):
    """The server answered a subscription with `error` messages; `errors` are they."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(str(errors))
        self.errors = errors


class SocketClosed(Exception):
    """The server closed the socket; `code` says why."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the socket was closed with {code}")
        self.code = code


class Subscription:
    """What arrives of one operation, in order."""

    def __init__(self, socket: "GraphQLSocket", operation_id: str) -> None:
        self.id = operation_id
        self._socket = socket
        self._arrived: asyncio.Queue[dict[str, Any] | Exception | None] = asyncio.Queue()

    def put(self, item: dict[str, Any] | Exception | None) -> None:
        """Take in a payload, an error, or the end."""
        self._arrived.put_nowait(item)

    async def next(self, patience: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Return the data of the next message.

        Raises:
            TimeoutError: Nothing arrived within `patience` seconds.
            SubscriptionRefused: The server refused or ended the operation with errors.
            SocketClosed: The socket is closed.
            StopAsyncIteration: The server has completed the operation.
        """
        item = await asyncio.wait_for(self._arrived.get(), patience)
        if item is None:
            raise StopAsyncIteration
        if isinstance(item, Exception):
            raise item
        if item.get("errors"):
            raise SubscriptionRefused(item["errors"])
        data: dict[str, Any] = item["data"]
        return data

    def arrived(self) -> int:
        """Return how many messages wait to be read."""
        return self._arrived.qsize()

    async def stop(self) -> None:
        """Tell the server that nothing more is wanted."""
        await self._socket.stop(self)


class GraphQLSocket:
    """One initialised socket; a task reads it all the time, so that nothing waits in the server because of us."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._subscriptions: dict[str, Subscription] = {}
        self._pongs: asyncio.Queue[None] = asyncio.Queue()
        self._acknowledged = asyncio.Event()
        self._count = 0
        self.close_code: int | None = None
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        narrow: bool = False,
    ) -> AsyncIterator["GraphQLSocket"]:
        """Connect and initialise.

        Args:
            url: `ws://host:port/graphql`.
            params: The payload of connection_init, such as a bearer.
            headers: More headers of the handshake.
            narrow: Keep little on our side of the line, so that a reader who pauses is soon noticed by the server.

        Raises:
            SocketClosed: The server did not acknowledge.
        """
        line = _narrow_line(url) if narrow else None
        async with connect(
            url,
            sock=line,
            max_queue=1 if narrow else None,
            compression=None,
            ping_interval=None,
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            additional_headers=headers,
            max_size=MESSAGE_BYTES_MAX,
            proxy=None,
        ) as connection:
            socket = cls(connection)
            try:
                await socket._send({"type": "connection_init", "payload": dict(params or {})})
                closed = asyncio.ensure_future(asyncio.shield(socket._reader))
                acknowledged = asyncio.ensure_future(socket._acknowledged.wait())
                await asyncio.wait(
                    {closed, acknowledged}, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                acknowledged.cancel()
                closed.cancel()
                if not socket._acknowledged.is_set():
                    raise SocketClosed(socket.close_code)
                yield socket
            finally:
                socket._reader.cancel()
                await asyncio.gather(socket._reader, return_exceptions=True)

    async def subscribe(self, query: str, **variables: object) -> Subscription:
        """Begin an operation; its messages are kept from now on."""
        self._count += 1
        subscription = Subscription(self, str(self._count))
        self._subscriptions[subscription.id] = subscription
        if self._reader.done():
            subscription.put(SocketClosed(self.close_code))
            return subscription
        payload = {"query": query, "variables": variables}
        await self._send({"id": subscription.id, "type": "subscribe", "payload": payload})
        return subscription

    async def heard(self) -> None:
        """Return when the server has handled everything that was sent before: it has answered a ping.

        Raises:
            TimeoutError: No answer came.
        """
        await self._send({"type": "ping"})
        await asyncio.wait_for(self._pongs.get(), PATIENCE_SECONDS)

    async def stop(self, subscription: Subscription) -> None:
        """End an operation from our side."""
        self._subscriptions.pop(subscription.id, None)
        await self._send({"id": subscription.id, "type": "complete"})

    def pause(self) -> None:
        """Read nothing any more until `read_on`."""
        self._may_read.clear()

    def read_on(self) -> None:
        """Read again."""
        self._may_read.set()

    async def break_off(self) -> None:
        """Drop the connection without a word, as a network does."""
        self._connection.transport.abort()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def closed(self) -> int | None:
        """Wait until the server closes the socket, and return the code."""
        await asyncio.wait_for(asyncio.shield(self._reader), PATIENCE_SECONDS)
        return self.close_code

    async def _send(self, message: Mapping[str, object]) -> None:
        try:
            await self._connection.send(json.dumps(message))
        except ConnectionClosed as closed:
            raise SocketClosed(closed.rcvd.code if closed.rcvd else None) from None

    async def _read(self) -> None:
        try:
            async for text in self._connection:
                await self._handle(json.loads(text))
                await self._may_read.wait()
        except ConnectionClosed:
            pass
        self.close_code = self._connection.close_code
        for subscription in self._subscriptions.values():
            subscription.put(SocketClosed(self.close_code))

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_ack":
                self._acknowledged.set()
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                self._pongs.put_nowait(None)
            case "next":
                self._tell(message["id"], message["payload"])
            case "error":
                self._tell(message["id"], SubscriptionRefused(message["payload"]))
            case "complete":
                self._tell(message["id"], None)

    def _tell(self, operation_id: str, item: dict[str, Any] | Exception | None) -> None:
        subscription = self._subscriptions.get(operation_id)
        if subscription is not None:
            subscription.put(item)


def _narrow_line(url: str) -> socket.socket:
    parts = urlsplit(url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect((parts.hostname, parts.port))
    return line
