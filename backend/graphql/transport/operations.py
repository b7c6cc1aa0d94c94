"""The operations of a socket: queries and mutations that run once, private subscriptions, and seats in a shared one."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import Any, Protocol

from graphql import Executor

from backend.graphql.transport import messages
from backend.graphql.transport.answers import format_exception, internal_error
from backend.graphql.transport.documents import Operation, RefusedRequest
from backend.graphql.transport.execution import Engine
from backend.graphql.transport.feeds import TooSlow
from backend.graphql.transport.hub import Group, SharedSubscriptions
from backend.graphql.transport.outbox import Outbox


class CredentialsDied(Exception):
    """The token of a socket is no longer valid; the socket is closing."""


class SocketHost(Protocol):
    """What a socket needs of the server that it belongs to."""

    engine: Engine
    hub: SharedSubscriptions

    def count_subscriber(self, field: str, change: int) -> None:
        """Count subscribers of a field."""
        ...

    def keep_running(self, task: asyncio.Task[None]) -> None:
        """Look after a mutation whose socket may end before it does."""
        ...


class Owner(Protocol):
    """What an operation needs of its socket."""

    host: SocketHost
    outbox: Outbox

    async def context(self, operation: Operation) -> object:
        """Return the context of an operation; may raise `CredentialsDied` or `RefusedRequest`."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the socket."""
        ...

    def finished(self, operation: "RunningOperation") -> None:
        """Forget an operation that has ended by itself."""
        ...


class RunningOperation:
    """One operation of a socket, and one subscriber of a group if it is a public subscription."""

    def __init__(
        self, socket: Owner, operation_id: str, operation: Operation, variables: dict[str, Any] | None
    ) -> None:
        self.id = operation_id
        self._socket = socket
        self._outbox = socket.outbox
        self._engine = socket.host.engine
        self._operation = operation
        self._variables = variables
        self._prefix = messages.next_prefix(operation_id)
        self._task: asyncio.Task[None] | None = None
        self._group: Group | None = None
        self._is_subscriber = False
        self._stopped = False

    async def start(self) -> None:
        """Start it; a subscription is registered at its feed when this returns.

        Raises:
            CredentialsDied: The socket is closing.
            RefusedRequest: It is refused and was not started.
        """
        if self._operation.kind != "subscription":
            self._task = asyncio.create_task(self._run_once())
            if self._operation.kind == "mutation":
                self._socket.host.keep_running(self._task)
            return
        context = await self._socket.context(self._operation)
        if self._socket.host.hub.is_public(self._operation):
            self._group = self._socket.host.hub.join(self._operation, self._variables, self)
        else:
            executor = self._engine.executor(self._operation, self._variables, context)
            source = await self._engine.open_source(executor, self._operation.field)
            self._task = asyncio.create_task(self._follow(executor, source))
        self._count(True)

    def stop(self) -> None:
        """End it without a word; a mutation goes on, unheard."""
        self._stopped = True
        self._outbox.drop(self)
        if self._group is not None:
            self._group.leave(self)
        if self._task is not None and self._operation.kind != "mutation":
            self._task.cancel()
        self._count(False)

    async def ended(self) -> None:
        """Wait until a stopped operation has cleaned up; a mutation is not waited for."""
        if self._task is not None and self._operation.kind != "mutation":
            await asyncio.gather(self._task, return_exceptions=True)

    def receive(self, payload: str) -> bool:
        """Queue one payload of a public subscription; without room, drop the backlog and join again later."""
        if self._outbox.has_room:
            self._outbox.put(self, f"{self._prefix}{payload}}}")
            return True
        self._outbox.drop(self)
        self._outbox.when_drained(self._join_again)
        self._engine.observer.reader_conflated(self._operation.field)
        return False

    def receive_first(self, payloads: Sequence[str]) -> bool:
        """Queue the snapshot of a public subscription, if there is room for its first message."""
        if not self._outbox.has_room:
            self._outbox.when_drained(self._join_again)
            return False
        for payload in payloads:
            self._outbox.put(self, f"{self._prefix}{payload}}}")
        return True

    def _join_again(self) -> None:
        if self._stopped:
            return
        try:
            self._group = self._socket.host.hub.join(self._operation, self._variables, self)
        except RefusedRequest as refusal:
            self._end(messages.error(self.id, refusal.errors))

    async def _run_once(self) -> None:
        try:
            context = await self._socket.context(self._operation)
            executor = self._engine.executor(self._operation, self._variables, context)
            answer = await self._engine.run(self._operation, executor)
            if not answer.given_up:
                await self._room()
                if not self._stopped:
                    self._outbox.put(self, f"{self._prefix}{answer.encode().decode()}}}")
                self._end(messages.complete(self.id))
            else:
                self._end(messages.error(self.id, answer.errors or []))
        except CredentialsDied:
            return
        except TooSlow:
            self._socket.close(messages.TOO_SLOW, "Too slow")
        except RefusedRequest as refusal:
            self._engine.observer.request_refused(refusal.code)
            self._end(messages.error(self.id, refusal.errors))
        except Exception as error:  # noqa: BLE001  (the edge: logged with a reference)
            self._end(messages.error(self.id, [internal_error(error, self._operation.field)]))

    async def _follow(self, executor: Executor[Any], source: AsyncIterable[Any]) -> None:
        try:
            async for event in source:
                answer = await self._engine.execute_event(executor, event)
                await self._room()
                self._outbox.put(self, f"{self._prefix}{answer.encode().decode()}}}")
                await asyncio.sleep(0)  # a long backlog must not hold up everybody else
            self._end(messages.complete(self.id))
        except TooSlow:
            self._socket.close(messages.TOO_SLOW, "Too slow")
        except Exception as error:  # noqa: BLE001  (the edge: logged with a reference)
            self._end(messages.error(self.id, [format_exception(error, self._operation.field)]))
        finally:
            close_source = getattr(source, "aclose", None)
            if close_source is not None:
                await close_source()

    async def _room(self) -> None:
        if not self._outbox.has_room:
            try:
                async with asyncio.timeout(self._engine.limits.slow_reader_seconds_max):
                    await self._outbox.room()
            except TimeoutError:
                raise TooSlow("the queue of the socket stayed full") from None

    def _end(self, last_message: str) -> None:
        if not self._stopped:
            self._outbox.put(self, last_message)
            self._stopped = True
            self._count(False)
            self._socket.finished(self)

    def _count(self, subscribed: bool) -> None:
        if self._is_subscriber != subscribed and self._operation.kind == "subscription":
            self._is_subscriber = subscribed
            self._socket.host.count_subscriber(self._operation.field, 1 if subscribed else -1)
