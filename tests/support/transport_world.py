"""A small schema, its feeds, and clients, to test the GraphQL transport without the exchange."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NewType, Self

import httpx
import strawberry
from graphql import GraphQLError
from litestar import Litestar
from litestar.datastructures import Cookie
from strawberry.schema.config import StrawberryConfig

from backend.graphql.errors import bad_user_input, forbidden, unauthenticated
from backend.graphql.transport import ConnectionInfo, GraphQLTransport, PrivateFeed, TransportLimits
from backend.graphql.transport.feeds import Deliver, Unsubscribe
from backend.graphql.transport.observer import SilentObserver

PATIENCE_SECONDS = 10.0
"""After this a test that waits for a message fails instead of hanging."""

Amount = NewType("Amount", Decimal)


def parse_amount(value: object) -> Decimal:
    if not isinstance(value, str):
        raise GraphQLError("An Amount is a string.")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise GraphQLError("An Amount is a decimal number.") from None


@dataclass
class Context:
    connection: ConnectionInfo | None
    user: str | None
    world: "World"


@strawberry.type
class Price:
    market: str
    sequence: int
    is_snapshot: bool

    @strawberry.field
    def text(self, info: strawberry.Info[Context, None]) -> str:
        info.context.world.executions["Price.text"] += 1
        return f"{self.market}@{self.sequence}"


@strawberry.type
class Node:
    number: int

    @strawberry.field
    def nodes(self, first: int = 10) -> list["Node"]:
        return [Node(number=number) for number in range(min(first, 3))]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def amount(self, value: Amount) -> Amount:
        return value

    @strawberry.field
    def nodes(self, first: int = 10) -> list[Node]:
        return [Node(number=number) for number in range(min(first, 3))]

    @strawberry.field
    def node(self) -> Node:
        return Node(number=1)

    @strawberry.field
    def me(self, info: strawberry.Info[Context, None]) -> str | None:
        return info.context.user

    @strawberry.field
    def secret(self, info: strawberry.Info[Context, None]) -> str | None:
        if info.context.user is None:
            raise unauthenticated()
        return "secret"

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is 12345")

    @strawberry.field
    def forbidden(self) -> str | None:
        raise forbidden("Not yours.")

    @strawberry.field
    async def never(self) -> str:
        await asyncio.Event().wait()
        return "?"

    @strawberry.field
    async def gated(self, info: strawberry.Info[Context, None]) -> str:
        await info.context.world.gate.wait()
        return "open"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def append(self, info: strawberry.Info[Context, None], word: str) -> list[str] | None:
        words = info.context.world.words
        length = len(words)
        await asyncio.sleep(0)
        assert len(words) == length, "root fields of a mutation run one after the other"
        words.append(word)
        return list(words)

    @strawberry.mutation
    async def append_late(self, info: strawberry.Info[Context, None], word: str) -> str:
        await info.context.world.gate.wait()
        info.context.world.words.append(word)
        return word

    @strawberry.mutation
    def sign_in(self, info: strawberry.Info[Context, None]) -> bool:
        connection = info.context.connection
        assert connection is not None
        connection.response_cookies.append(Cookie(key="session", value="alice", httponly=True, samesite="lax"))
        return True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def prices(self, market: str, depth: int = 50) -> AsyncGenerator[Price, None]:
        raise AssertionError("public subscriptions are served by their feed")
        yield

    @strawberry.subscription
    async def updates(self, info: strawberry.Info[Context, None]) -> AsyncGenerator[int, None]:
        context = info.context
        if context.user is None:
            raise unauthenticated()
        return PrivateFeed(context.world.updates.listen, items_max=context.world.private_items_max)

    @strawberry.subscription
    async def countdown(self, start: int) -> AsyncGenerator[int, None]:
        for number in range(start, 0, -1):
            yield number


class Source:
    """Listeners, called in order, synchronously."""

    def __init__(self) -> None:
        self.listeners: list[Deliver[Any]] = []

    def listen(self, deliver: Deliver[Any]) -> Unsubscribe:
        self.listeners.append(deliver)

        def unsubscribe() -> None:
            if deliver in self.listeners:
                self.listeners.remove(deliver)

        return unsubscribe

    def publish(self, value: object) -> None:
        for deliver in list(self.listeners):
            deliver(value)


class PriceFeed:
    """A public feed: a sequence per market."""

    def __init__(self) -> None:
        self.sequences = {"BTC-USDT": 0, "ETH-USDT": 0}
        self.sources: dict[str, Source] = defaultdict(Source)
        self.snapshots = 0

    def initial(self, arguments: Mapping[str, object]) -> Sequence[object]:
        market = str(arguments["market"])
        if market not in self.sequences:
            raise bad_user_input(f"There is no market {market}.")
        self.snapshots += 1
        return [Price(market=market, sequence=self.sequences[market], is_snapshot=True)]

    def listen(self, arguments: Mapping[str, object], deliver: Deliver[object]) -> Unsubscribe:
        return self.sources[str(arguments["market"])].listen(deliver)

    def change(self, market: str = "BTC-USDT") -> None:
        self.sequences[market] += 1
        self.sources[market].publish(Price(market=market, sequence=self.sequences[market], is_snapshot=False))

    @property
    def listeners(self) -> int:
        return sum(len(source.listeners) for source in self.sources.values())


class CountingObserver(SilentObserver):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.finished: list[tuple[str, str, str]] = []
        self.lookups: Counter[bool] = Counter()
        self.refused: Counter[str] = Counter()
        self.subscriber_count: Counter[str] = Counter()
        self.open_sockets = 0
        self.conflated = 0
        self.closed: Counter[int] = Counter()

    def operation_finished(self, kind: str, field: str, outcome: str, seconds: float) -> None:
        self.finished.append((kind, field, outcome))

    def document_looked_up(self, cached: bool) -> None:
        self.lookups[cached] += 1

    def request_refused(self, code: str) -> None:
        self.refused[code] += 1

    def subscribers(self, field: str, count: int) -> None:
        self.subscriber_count[field] = count

    def sockets_open(self, count: int) -> None:
        self.open_sockets = count

    def reader_conflated(self, field: str) -> None:
        self.conflated += 1

    def socket_closed(self, code: int) -> None:
        self.closed[code] += 1


@dataclass
class World:
    """Everything that a test wants to touch."""

    limits: TransportLimits = field(default_factory=TransportLimits)
    graphiql: bool = False
    private_items_max: int = 100
    rate_limiter: Any = None

    def __post_init__(self) -> None:
        self.words: list[str] = []
        self.gate = asyncio.Event()
        self.executions: Counter[str] = Counter()
        self.prices = PriceFeed()
        self.updates = Source()
        self.sessions = {"alice": "alice", "bob": "bob"}
        self.contexts = 0
        self.observer = CountingObserver()
        schema = strawberry.Schema(
            Query,
            Mutation,
            Subscription,
            config=StrawberryConfig(
                scalar_map={Amount: strawberry.scalar(name="Amount", serialize=str, parse_value=parse_amount)}
            ),
        )
        self.schema = schema
        self.transport = GraphQLTransport(
            schema,
            self.make_context,
            {"prices": self.prices},
            self.limits,
            public_context=Context(None, None, self),
            session_cookie="session",
            graphiql=self.graphiql,
            rate_limiter=self.rate_limiter,
            observer=self.observer,
        )
        self.app = Litestar(self.transport.handlers, openapi_config=None)

    async def make_context(self, connection: ConnectionInfo) -> Context:
        self.contexts += 1
        token = connection.authorization
        if token is not None:
            user = self.sessions.get(token.removeprefix("Bearer "))
            if user is None:
                raise unauthenticated("The token is not valid.")
        else:
            user = self.sessions.get(connection.cookies.get("session", ""))
        connection.account = connection.session = user
        return Context(connection, user, self)

    def http(self, address: str = "10.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 1234))
        return httpx.AsyncClient(transport=transport, base_url="http://rialto.test")

    async def ask(self, query: str, variables: object = None, **headers: str) -> httpx.Response:
        async with self.http() as client:
            return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    def socket(self, **options: Any) -> "SocketClient":
        return SocketClient(self.app, **options)


class SocketClient:
    """A client of the socket that can stop reading: then the server's next send waits, as on a full connection."""

    def __init__(
        self,
        app: Callable[..., Any],
        headers: Mapping[str, str] | None = None,
        address: str = "10.0.0.1",
        subprotocols: Sequence[str] = ("graphql-transport-ws",),
    ) -> None:
        self._app = app
        self._scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [
                (name.lower().encode(), value.encode())
                for name, value in {"host": "rialto.test", **(headers or {})}.items()
            ],
            "client": (address, 1234),
            "server": ("rialto.test", 80),
            "subprotocols": list(subprotocols),
            "state": {},
            "extensions": {},
        }
        self._to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._reading = asyncio.Event()
        self._reading.set()
        self.subprotocol: str | None = None
        self.task: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._to_server.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(self._app(self._scope, self._to_server.get, self._send))
        accepted = await self._receive()
        assert accepted["type"] == "websocket.accept"
        self.subprotocol = accepted["subprotocol"]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.read_on()
        self.leave()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task

    async def _send(self, message: dict[str, Any]) -> None:
        await self._reading.wait()
        self._from_server.put_nowait(message)
        if message["type"] == "websocket.close":
            self._to_server.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    async def _receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._from_server.get()

    def leave(self) -> None:
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})

    def stop_reading(self) -> None:
        self._reading.clear()

    def read_on(self) -> None:
        self._reading.set()

    def say(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def say_bytes(self, data: bytes) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    async def hear(self) -> dict[str, Any]:
        message = await self._receive()
        assert message["type"] == "websocket.send", message
        heard: dict[str, Any] = json.loads(message["text"])
        return heard

    async def closed(self) -> tuple[int, str]:
        """Skip what was sent before, and return the code and the reason."""
        while (message := await self._receive())["type"] != "websocket.close":
            pass
        return message["code"], message["reason"]

    async def sign_in(self, token: str | None = None) -> None:
        payload = {"payload": {"Authorization": f"Bearer {token}"}} if token else {}
        self.say({"type": "connection_init", **payload})
        assert await self.hear() == {"type": "connection_ack"}

    def subscribe(self, operation_id: str, query: str, variables: object = None) -> None:
        payload = {"query": query, "variables": variables}
        self.say({"id": operation_id, "type": "subscribe", "payload": payload})

    async def settle(self) -> None:
        """Wait until the server has handled all that was said so far."""
        self.say({"type": "ping", "payload": {"settle": True}})
        while (message := await self.hear()).get("type") != "pong":
            raise AssertionError(f"unexpected {message}")


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop run until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110  (any condition at all)
            await asyncio.sleep(0)


async def take(source: AsyncIterator[Any], count: int) -> list[Any]:
    return [await anext(source) for _ in range(count)]
