"""Shares public subscriptions: same document, same variables, one execution and one encoding per event.

All subscribers of one document with the same variables form a group. A group listens to its feed once; each event is
executed and encoded once, and every subscriber gets the same text, into which it only splices its own id.

Joining is one synchronous step: the snapshot is taken from the feed (or from the group, where no event came since it
was taken), the subscriber is entered, and the snapshot is queued for it. As everything runs on one event loop and feeds
deliver synchronously, no event can fall between the snapshot and the first delta, and none comes twice.

A subscriber with no room (see `outbox`) leaves its group at once, which costs the others nothing. When its queue has
drained it joins again in the same way, so that it gets a fresh snapshot instead of its backlog.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, Protocol

import msgspec
from graphql import (
    Executor,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_object_type,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_arguments

from backend.graphql.errors import ApiError, bad_user_input
from backend.graphql.transport.answers import encode_refusal, internal_error
from backend.graphql.transport.documents import Operation, RefusedRequest
from backend.graphql.transport.execution import Engine
from backend.graphql.transport.feeds import PublicFeed, Unsubscribe

keys = msgspec.json.Encoder(order="sorted")


class Subscriber(Protocol):
    """One subscription of one socket."""

    def receive(self, payload: str) -> bool:
        """Queue one payload; False where there is no room, and then the subscriber is out of the group."""
        ...

    def receive_first(self, payloads: Sequence[str]) -> bool:
        """Queue what a joiner gets, all of it or nothing; False where there is no room."""
        ...


class SharedSubscriptions:
    """The groups of public subscriptions.

    Args:
        engine: Executes the selections.
        feeds: The feeds by the GraphQL name of their root field.
        context: What resolvers see as their context; it belongs to no user.
    """

    def __init__(self, engine: Engine, feeds: Mapping[str, PublicFeed], context: object) -> None:
        for field in feeds:
            check_synchronous(engine.schema, field)
        self._engine = engine
        self._feeds = feeds
        self._context = context
        self._groups: dict[tuple[str, str | None, bytes], Group] = {}

    def is_public(self, operation: Operation) -> bool:
        """Say whether a subscription is shared; by GraphQL's rules it has one root field."""
        return operation.field in self._feeds

    def join(self, operation: Operation, variables: Mapping[str, Any] | None, subscriber: Subscriber) -> "Group":
        """Enter a subscriber and queue its snapshot, where it has room for it; returns the group, to leave it.

        Raises:
            RefusedRequest: The variables, the arguments or the feed's market are refused.
        """
        declared = {name: variables[name] for name in operation.variables if name in variables} if variables else {}
        key = (operation.text, operation.name, keys.encode(declared))
        group = self._groups.get(key)
        if group is None:
            executor = self._engine.executor(operation, declared, self._context)
            arguments = root_arguments(self._engine.schema, operation, executor)
            # The group takes itself out when its last subscriber has left; nobody enters it again after that.
            end = partial(self._groups.pop, key)
            group = Group(self._engine, self._feeds[operation.field], arguments, executor, end)
        group.join(subscriber)
        self._groups[key] = group
        return group

    def __len__(self) -> int:
        return len(self._groups)


class Group:
    """The subscribers of one document with one set of variables."""

    def __init__(
        self,
        engine: Engine,
        feed: PublicFeed,
        arguments: Mapping[str, object],
        executor: Executor[Any],
        on_end: Callable[[], object],
    ) -> None:
        self._engine = engine
        self._feed = feed
        self._arguments = arguments
        self._executor = executor
        self._on_end = on_end
        self._subscribers: dict[Subscriber, None] = {}
        self._snapshot: list[str] | None = None
        self._unsubscribe: Unsubscribe | None = None

    def join(self, subscriber: Subscriber) -> bool:
        """Queue the snapshot and enter the subscriber, in one step; False where it has no room for it.

        Raises:
            RefusedRequest: The feed refuses the arguments.
        """
        if self._snapshot is None:
            self._snapshot = self._take_snapshot()
        if self._unsubscribe is None:
            self._unsubscribe = self._feed.listen(self._arguments, self._deliver)
        joined = subscriber.receive_first(self._snapshot)
        if joined:
            self._subscribers[subscriber] = None
        else:
            self._end_soon()
        return joined

    def leave(self, subscriber: Subscriber) -> None:
        """Take a subscriber out; the last one ends the group."""
        if subscriber in self._subscribers:
            del self._subscribers[subscriber]
            self._end_soon()

    def _take_snapshot(self) -> list[str]:
        try:
            values = self._feed.initial(self._arguments)
        except ApiError as error:
            raise RefusedRequest.of(error) from None
        except Exception as error:  # noqa: BLE001  (the edge: logged with a reference)
            raise RefusedRequest([internal_error(error, "snapshot")]) from None
        return [self._encode(value) for value in values]

    def _deliver(self, value: object) -> None:
        self._snapshot = None
        if not self._subscribers:
            return
        payload = self._encode(value)
        for subscriber in tuple(self._subscribers):
            if not subscriber.receive(payload):
                self.leave(subscriber)

    def _encode(self, value: object) -> str:
        try:
            return self._engine.execute_event_now(self._executor, value).encode().decode()
        except Exception as error:  # noqa: BLE001  (the publisher of events must never see a reader's exception)
            return encode_refusal([internal_error(error, "public subscription")]).decode()

    def _end_soon(self) -> None:
        # Not at once: the feed may be walking through its listeners just now, and a slow reader will come back.
        asyncio.get_running_loop().call_soon(self._end_if_empty)

    def _end_if_empty(self) -> None:
        if not self._subscribers and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
            self._snapshot = None
            self._on_end()


def root_arguments(schema: GraphQLSchema, operation: Operation, executor: Executor[Any]) -> dict[str, object]:
    """Return the arguments of the root field, coerced, by their Python names.

    Raises:
        RefusedRequest: A value is not allowed there, or the field is skipped.
    """
    root = schema.subscription_type
    assert root is not None
    collected = collect_fields(
        schema, executor.fragments, executor.variable_values, root, executor.operation
    ).grouped_field_set
    if not collected:
        raise RefusedRequest.of(bad_user_input("The subscription selects nothing."))
    details = next(iter(collected.values()))[0]
    definition = root.fields[operation.field]
    try:
        values = get_argument_values(
            definition, details.node, executor.variable_values, details.fragment_variable_values
        )
        field = definition.extensions["strawberry-definition"]
        owner = schema.extensions["strawberry-definition"]
        registry = owner.schema_converter.scalar_registry
        return convert_arguments(values, field.arguments, registry, owner.config)
    except GraphQLError as error:
        raise RefusedRequest.by_graphql([error]) from None


def check_synchronous(schema: GraphQLSchema, field: str) -> None:
    """Make sure that everything below a public subscription field resolves without awaiting.

    Raises:
        ValueError: The schema has no such field, or a field below it is asynchronous.
    """
    root = schema.subscription_type
    if root is None or field not in root.fields:
        raise ValueError(f"the schema has no subscription field {field}")
    waiting: list[GraphQLObjectType] = []
    seen: set[str] = set()

    def visit(definition: GraphQLField) -> None:
        named = get_named_type(definition.type)
        if is_object_type(named) and named.name not in seen:
            seen.add(named.name)
            waiting.append(named)

    visit(root.fields[field])
    while waiting:
        owner = waiting.pop()
        for name, definition in owner.fields.items():
            if iscoroutinefunction(definition.resolve):
                raise ValueError(f"{owner.name}.{name} is asynchronous, but {field} is a public subscription")
            visit(definition)
