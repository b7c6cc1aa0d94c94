"""Executes operations of cached documents by graphql-core, on the schema that Strawberry built."""

import asyncio
import time
from collections.abc import AsyncIterable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, Executor, GraphQLSchema
from graphql.execution.execute import create_source_event_stream

from backend.graphql.errors import ApiError, bad_user_input, unavailable
from backend.graphql.transport.answers import encode_answer, encode_refusal, format_errors, internal_error, outcome_of
from backend.graphql.transport.connection import ConnectionInfo, MakeContext
from backend.graphql.transport.documents import Documents, FormattedError, Operation, RefusedRequest
from backend.graphql.transport.limits import check_cost
from backend.graphql.transport.observer import TransportObserver
from backend.graphql.transport.rates import RateLimiter
from backend.graphql.transport.settings import TransportLimits

DOCUMENT_CHARACTERS_PER_COST = 1_000
"""Learning a document counts as one per this many characters, for the rate limit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an executed operation, or to one that had to be given up."""

    data: dict[str, Any] | None
    errors: list[FormattedError] | None
    given_up: bool = False

    def encode(self) -> bytes:
        """Return its JSON text."""
        return encode_refusal(self.errors or ()) if self.given_up else encode_answer(self.data, self.errors)


class EventExecutor(Executor[Any]):
    """An executor of many events of one subscription, whose root fields are collected once.

    graphql-core collects them anew for each event and remembers the fields below by the identity of that collection,
    in a table that all events share; so the table would grow with every event.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._collected: list[Any] = []  # copies of the executor share this list

    def execute_root_grouped_field_set(
        self, root_type: Any, root_value: Any, grouped_field_set: Any, serially: bool, position_context: Any
    ) -> Any:
        """Execute the root fields as they were collected for the first event."""
        if not self._collected:
            self._collected.append(grouped_field_set)
        return super().execute_root_grouped_field_set(
            root_type, root_value, self._collected[0], serially, position_context
        )


class Engine:
    """Prepares and executes operations; HTTP and sockets share one."""

    def __init__(
        self,
        schema: GraphQLSchema,
        make_context: MakeContext,
        limits: TransportLimits,
        rates: RateLimiter,
        observer: TransportObserver,
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.documents = Documents(schema, limits)
        self.observer = observer
        self._make_context = make_context
        self._rates = rates

    def prepare(self, text: str, operation_name: str | None, address: str) -> Operation:
        """Return the operation that a request asks for, from the cache where possible.

        Raises:
            RefusedRequest: The document or the caller's rate is past a limit, or the document is wrong.
        """
        missed: list[str] = []

        def count_miss(missing: str) -> None:
            missed.append(missing)
            self._rates.check("document", address, 1 + len(missing) // DOCUMENT_CHARACTERS_PER_COST)

        try:
            self._rates.check("address", address)
            try:
                operation = self.documents.operation(text, operation_name, count_miss)
            finally:
                self.observer.document_looked_up(cached=not missed)
            if operation.kind == "mutation" and operation.root_fields > 1:  # each of them is a command of its own
                self._rates.check("address", address, operation.root_fields - 1)
            return operation
        except ApiError as error:
            raise RefusedRequest.of(error) from None

    async def context(self, connection: ConnectionInfo, operation: Operation | None = None) -> object:
        """Return the context of one operation, and count the operation for its account.

        Raises:
            RefusedRequest: The credentials are dead, the account is too fast, or the context could not be made.
        """
        try:
            if operation is None:  # a socket introduces itself
                self._rates.check("address", connection.client_address)
            context = await self._make_context(connection)
            if operation is not None and connection.account is not None:
                cost = operation.root_fields if operation.kind == "mutation" else 1
                self._rates.check("account", connection.account, cost)
            return context
        except ApiError as error:
            raise RefusedRequest.of(error) from None
        except Exception as error:  # noqa: BLE001  (the edge: logged with a reference)
            raise RefusedRequest([internal_error(error, "context")]) from None

    def executor(self, operation: Operation, variables: dict[str, Any] | None, context: object) -> Executor[Any]:
        """Return an executor with coerced variables.

        Raises:
            RefusedRequest: A variable is malformed, or makes the operation too costly.
        """
        builder = EventExecutor if operation.kind == "subscription" else Executor
        executor = builder.build(self.schema, operation.document, None, context, variables, operation.name)
        if isinstance(executor, list):
            raise RefusedRequest.by_graphql(executor)
        if operation.cost.terms:
            try:
                check_cost(operation.cost.of(executor.variable_values.coerced), self.limits)
            except ApiError as error:
                raise RefusedRequest.of(error) from None
        return executor

    async def run(self, operation: Operation, executor: Executor[Any]) -> Answer:
        """Execute a query or a mutation to its end, or give it up after the named time with UNAVAILABLE."""
        self.observer.operation_started(operation.kind, operation.field)
        started = time.perf_counter()
        errors: list[FormattedError] | None = None
        try:
            result: Any = executor.execute_operation()
            if isawaitable(result):
                async with asyncio.timeout(self.limits.operation_seconds_max):
                    result = await result
            errors = format_errors(result.errors) if result.errors else None
            return Answer(result.data, errors)
        except TimeoutError:
            error = unavailable("This took too long. The outcome is not known: send it again with the same key.")
            errors = [{"message": error.message, "extensions": error.extensions}]
            return Answer(None, errors, given_up=True)
        except Exception as error:  # noqa: BLE001  (the edge: logged with a reference)
            errors = [internal_error(error, operation.field)]
            return Answer(None, errors, given_up=True)
        finally:
            seconds = time.perf_counter() - started
            self.observer.operation_finished(operation.kind, operation.field, outcome_of(errors), seconds)

    async def open_source(self, executor: Executor[Any], field: str) -> AsyncIterable[Any]:
        """Start the source of a private subscription.

        Raises:
            RefusedRequest: Its resolver refused, or took too long.
        """
        stream: Any = create_source_event_stream(executor)
        if isawaitable(stream):
            try:
                async with asyncio.timeout(self.limits.operation_seconds_max):
                    stream = await stream
            except TimeoutError:
                raise RefusedRequest.of(unavailable(f"{field} could not be started in time: try again.")) from None
        if isinstance(stream, ExecutionResult):
            raise RefusedRequest(format_errors(stream.errors or []))
        source: AsyncIterable[Any] = stream
        return source

    async def execute_event(self, executor: Executor[Any], event: object) -> Answer:
        """Execute the selection of a subscription for one event of its source."""
        result: Any = executor.build_per_event_executor(event).execute_operation(False)
        if isawaitable(result):
            result = await result
        return Answer(result.data, format_errors(result.errors) if result.errors else None)

    def execute_event_now(self, executor: Executor[Any], event: object) -> Answer:
        """Execute the selection of a public subscription, all of whose resolvers are synchronous."""
        result: Any = executor.build_per_event_executor(event).execute_operation(False)
        assert isinstance(result, ExecutionResult), "everything below a public subscription resolves synchronously"
        return Answer(result.data, format_errors(result.errors) if result.errors else None)


def refuse_unless(kind_is_right: bool, message: str) -> None:
    """Refuse a request whose operation does not fit its transport.

    Raises:
        RefusedRequest: BAD_USER_INPUT with the message.
    """
    if not kind_is_right:
        raise RefusedRequest.of(bad_user_input(message))
