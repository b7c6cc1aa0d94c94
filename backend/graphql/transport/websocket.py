"""One socket of the graphql-transport-ws protocol: its messages and its end.

A socket handles its messages one after the other: a `subscribe` is registered at its feed before the next message is
looked at. Queries and mutations run beside that. A mutation that has begun runs to its end, even if the socket is gone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from backend.graphql.errors import FORBIDDEN, RATE_LIMITED, UNAUTHENTICATED
from backend.graphql.transport import messages
from backend.graphql.transport.answers import internal_error
from backend.graphql.transport.connection import ConnectionInfo
from backend.graphql.transport.documents import Operation, RefusedRequest
from backend.graphql.transport.operations import CredentialsDied, RunningOperation, SocketHost
from backend.graphql.transport.outbox import Outbox

NORMAL_CLOSURE: Final = 1000

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Socket:
    """A connection that has been accepted.

    Args:
        host: The server.
        connection: Headers, cookies (already without those that must not be read) and address.
        receive: Gives the ASGI messages of the client.
        outbox: Takes what is sent.
    """

    def __init__(self, host: SocketHost, connection: ConnectionInfo, receive: Receive, outbox: Outbox) -> None:
        self.host = host
        self.outbox = outbox
        self.session: str | None = None
        self._connection = connection
        self._receive = receive
        self._params: Mapping[str, object] | None = None
        self._operations: dict[str, RunningOperation] = {}
        self._closed = asyncio.Event()
        self._close_code: int | None = None

    async def serve(self) -> int | None:
        """Serve until one side closes; returns the code if it was the server."""
        limits = self.host.engine.limits
        timer = asyncio.get_running_loop().call_later(
            limits.connection_init_seconds_max, self._close_unless_initialised
        )
        writer = asyncio.create_task(self.outbox.run())
        reader = asyncio.create_task(self._read())
        closed = asyncio.create_task(self._closed.wait())
        try:
            await asyncio.wait({reader, writer, closed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            closed.cancel()
            reader.cancel()
            operations = tuple(self._operations.values())
            self._operations.clear()
            for operation in operations:
                operation.stop()
            await self._flush(writer)
            await asyncio.gather(
                reader, closed, *(operation.ended() for operation in operations), return_exceptions=True
            )
        return self._close_code

    def close(self, code: int, reason: str) -> None:
        """Close from the server's side; what waits to be sent is dropped."""
        if self._close_code is None and not self._closed.is_set():
            self._close_code = code
            self.outbox.close(code, reason)
            self._closed.set()

    def finished(self, operation: RunningOperation) -> None:
        """Forget an operation that has ended by itself."""
        if self._operations.get(operation.id) is operation:
            del self._operations[operation.id]

    async def _flush(self, writer: asyncio.Task[None]) -> None:
        if self._close_code is not None:
            await asyncio.wait({writer}, timeout=self.host.engine.limits.close_seconds_max)
        self.outbox.close(NORMAL_CLOSURE, "")  # so that nobody waits for room any more
        writer.cancel()
        (result,) = await asyncio.gather(writer, return_exceptions=True)
        if isinstance(result, Exception):
            internal_error(result, "outbox")

    def _close_unless_initialised(self) -> None:
        if self._params is None:
            self.close(messages.TOO_SLOW, "Connection initialisation timeout")

    async def _read(self) -> None:
        try:
            while self._close_code is None:
                await self.outbox.room()  # who does not read is not listened to either
                event = await self._receive()
                if event["type"] != "websocket.receive":
                    return
                await self._handle(event.get("text"))
        except Exception as error:  # noqa: BLE001  (the edge: logged with a reference)
            internal_error(error, "websocket")
            self.close(messages.SERVER_ERROR, "Internal server error")

    async def _handle(self, text: str | None) -> None:
        if text is None or len(text) > self.host.engine.limits.message_bytes_max:
            self.close(messages.INVALID_MESSAGE, "Invalid message received")
            return
        try:
            message = messages.decoder.decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self.close(messages.INVALID_MESSAGE, "Invalid message received")
            return
        match message:
            case messages.Ping(payload):
                self.outbox.put(self, messages.pong(payload))
            case messages.ConnectionInit(payload):
                await self._initialise(payload or {})
            case messages.Subscribe():
                await self._subscribe(message)
            case messages.Complete(operation_id):
                operation = self._operations.pop(operation_id, None)
                if operation is not None:
                    operation.stop()
            case _:
                pass  # a pong needs no answer

    async def _initialise(self, params: Mapping[str, object]) -> None:
        if self._params is not None:
            self.close(messages.TOO_MANY, "Too many initialisation requests")
            return
        self._params = params
        connection = self._operation_connection()
        try:
            await self.host.engine.context(connection)
        except RefusedRequest as refusal:
            codes = {
                UNAUTHENTICATED: (messages.NOT_SIGNED_IN, "Unauthorized"),
                FORBIDDEN: (messages.REFUSED, "Forbidden"),
                RATE_LIMITED: (messages.TOO_MANY, "Too many requests"),
            }
            self.close(*codes.get(refusal.code, (messages.SERVER_ERROR, "Internal server error")))
            return
        self.session = connection.session
        self.outbox.put(self, messages.ACKNOWLEDGED)

    def _operation_connection(self) -> ConnectionInfo:
        """Return the connection as one operation sees it: nothing that an earlier one has set is left in it."""
        socket = self._connection
        return ConnectionInfo(
            "websocket",
            socket.headers,
            socket.cookies,
            socket.client_address,
            method="WS",
            connection_params=self._params or {},
        )

    async def _subscribe(self, message: messages.Subscribe) -> None:
        engine = self.host.engine
        if self._params is None:
            self.close(messages.NOT_SIGNED_IN, "Unauthorized")
        elif message.id in self._operations:
            self.close(messages.ID_IN_USE, f"Subscriber for {message.id} already exists")
        elif len(self._operations) >= engine.limits.operations_per_socket_max:
            self.close(messages.TOO_MANY, "Too many operations")
        else:
            wanted = message.payload
            try:
                operation = engine.prepare(wanted.query, wanted.operationName, self._connection.client_address)
                running = RunningOperation(self, message.id, operation, wanted.variables)
                self._operations[message.id] = running
                await running.start()
            except CredentialsDied:
                return
            except RefusedRequest as refusal:
                self._operations.pop(message.id, None)
                engine.observer.request_refused(refusal.code)
                self.outbox.put(self, messages.error(message.id, refusal.errors))

    async def context(self, operation: Operation) -> object:
        """Return the context of an operation.

        Raises:
            CredentialsDied: And the socket closes with 4401.
            RefusedRequest: The operation is refused for another reason.
        """
        connection = self._operation_connection()
        try:
            context = await self.host.engine.context(connection, operation)
        except RefusedRequest as refusal:
            if refusal.code == UNAUTHENTICATED:
                self.close(messages.NOT_SIGNED_IN, "Unauthorized")
                raise CredentialsDied from None
            raise
        self.session = connection.session
        return context
