"""A whole exchange in one process, and clients of its API without a network."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from backend.accounts import users
from backend.app import exchange as composed
from backend.engine.commands import Command, CreateAsset, CreateMarket, SetMarketStatus
from backend.engine.outcome import Outcome
from backend.engine.values import MarketStatus
from backend.graphql.context import SESSION_COOKIE, context_maker
from backend.graphql.schema import build
from backend.graphql.services import Services
from backend.graphql.subscriptions import public_feeds
from backend.graphql.transport import GraphQLTransport, TransportLimits
from backend.settings import Settings
from backend.wiring import transport_limits
from tests.support.transport_world import SocketClient

PASSWORD = "correct horse battery"
ERRORS = "errors { code message path }"
ORDER_FIELDS = "id status reason price quantity filledQuantity remainingQuantity clientOrderId"

DEMONSTRATION: tuple[Command, ...] = (
    CreateAsset("BTC", "Bitcoin", 8),
    CreateAsset("ETH", "Ether", 18),
    CreateAsset("SOL", "Solana", 9),
    CreateAsset("USDT", "Tether", 6),
    CreateMarket("BTC", "USDT", 1, 1, 1_000, 5_000_000, None, 100_000, 100_000, 200_000),
    CreateMarket("ETH", "USDT", 1, 2, 10**14, 5_000_000, None, 100_000, 100_000, 200_000),
    CreateMarket("SOL", "USDT", 1, 2, 10**6, 5_000_000, None, 100_000, 100_000, 200_000),
    CreateMarket("ETH", "BTC", 1, 5, 10**15, 0, None, 100_000, 100_000, 200_000),
    *(
        SetMarketStatus(symbol, MarketStatus.OPEN, "The market opens.")
        for symbol in ("BTC-USDT", "ETH-USDT", "SOL-USDT", "ETH-BTC")
    ),
)
"""The markets of a demonstration exchange: BTC 8 decimals, ETH 18, SOL 9, USDT 6."""


class Answered(Exception):
    """The API answered with errors where a test wanted data."""


@dataclass
class Client:
    """A program that talks to the API, as a visitor or with a token."""

    exchange: "RunningExchange"
    token: str | None = None
    user: dict[str, Any] = field(default_factory=dict)
    address: str = "10.0.0.1"

    async def post(self, body: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send one request."""
        given = {"Content-Type": "application/json"}
        if self.token is not None:
            given["Authorization"] = f"Bearer {self.token}"
        transport = httpx.ASGITransport(self.exchange.app, client=(self.address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://rialto.test") as http:
            return await http.post("/graphql", content=json.dumps(body), headers={**given, **(headers or {})})

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the whole answer."""
        answer: dict[str, Any] = (await self.post({"query": query, "variables": variables})).json()
        return answer

    async def get(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the data; an answer with errors fails the test."""
        answer = await self.ask(query, **variables)
        if answer.get("errors"):
            raise Answered(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    async def refused(self, query: str, **variables: object) -> str:
        """Return the code of the only error."""
        answer = await self.ask(query, **variables)
        errors = answer["errors"]
        assert len(errors) == 1, errors
        return str(errors[0]["extensions"]["code"])

    async def place(self, fields: str = ORDER_FIELDS, **given: object) -> dict[str, Any]:
        """Place an order of BTC-USDT, or of the market that is given; return the payload."""
        query = f"mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ order {{ {fields} }} {ERRORS} }} }}"
        payload: dict[str, Any] = (await self.get(query, i={"market": "BTC-USDT", **given}))["placeOrder"]
        return payload

    async def order(self, fields: str = ORDER_FIELDS, **given: object) -> dict[str, Any]:
        """Place an order that must be accepted; return it."""
        payload = await self.place(fields, **given)
        assert payload["errors"] == [], payload
        order: dict[str, Any] = payload["order"]
        return order

    async def error(self, **given: object) -> dict[str, Any]:
        """Place an order that must be refused; return the refusal."""
        payload = await self.place(**given)
        assert payload["order"] is None
        assert len(payload["errors"]) == 1
        error: dict[str, Any] = payload["errors"][0]
        return error

    async def faucet(self, **amounts: str) -> None:
        """Ask for demonstration coins."""
        query = f"mutation($i: FaucetInput!) {{ requestFaucet(input: $i) {{ {ERRORS} }} }}"
        for asset, amount in amounts.items():
            self.exchange.keys += 1
            given = {"asset": asset, "amount": amount, "idempotencyKey": f"faucet-{self.exchange.keys}"}
            data = await self.get(query, i=given)
            assert data["requestFaucet"]["errors"] == [], data

    async def balances(self, **arguments: object) -> dict[str, tuple[str, str]]:
        """Return (available, held) by asset."""
        data = await self.get("{ viewer { balances { asset { code } available held } } }", **arguments)
        return {one["asset"]["code"]: (one["available"], one["held"]) for one in data["viewer"]["balances"]}

    def socket(self) -> SocketClient:
        """Return a client of the socket, not connected yet."""
        return SocketClient(self.exchange.app, address=self.address)


@dataclass
class RunningExchange:
    """Everything that a test wants to touch."""

    services: Services
    app: Litestar
    transport: GraphQLTransport
    keys: int = 0
    users: int = 0

    async def submit(self, *commands: Command) -> list[Outcome]:
        """Have commands applied, one after the other; none may be refused."""
        outcomes = [await self.services.sequencer.submit(command) for command in commands]
        assert all(outcome.refusal is None for outcome in outcomes), outcomes
        return outcomes

    @property
    def sequence(self) -> int:
        """Return the sequence of the last committed command."""
        return self.services.views.sequence

    def visitor(self) -> Client:
        """Return a client without credentials."""
        return Client(self)

    async def trader(self, **coins: str) -> Client:
        """Return a newly registered client with these demonstration coins."""
        self.users += 1
        query = f"mutation($i: RegisterInput!) {{ register(input: $i) {{ token user {{ id email }} {ERRORS} }} }}"
        given = {"email": f"trader{self.users}@example.com", "password": PASSWORD}
        session = (await Client(self).get(query, i=given))["register"]
        assert session["errors"] == [], session
        client = Client(self, session["token"], session["user"])
        await client.faucet(**coins)
        return client

    async def with_role(self, role: str = "OPERATOR") -> Client:
        """Return a newly registered client who has this role besides that of a trader."""
        user = (await self.trader()).user
        await self.services.database.write(lambda connection: users.add_role(connection, user["id"], role))
        return await self.log_in(user["email"])

    async def log_in(self, email: str) -> Client:
        """Return a client with a new session of a user that `trader` has registered."""
        query = f"mutation($i: LogInInput!) {{ logIn(input: $i) {{ token user {{ id email }} {ERRORS} }} }}"
        session = (await Client(self).get(query, i={"email": email, "password": PASSWORD}))["logIn"]
        assert session["errors"] == [], session
        return Client(self, session["token"], session["user"])


@asynccontextmanager
async def running_exchange(
    data_dir: Path,
    url: str | None = None,
    *,
    demonstration: bool = True,
    opening: tuple[Command, ...] = DEMONSTRATION,
    limits: TransportLimits | None = None,
    **chosen: Any,
) -> AsyncIterator[RunningExchange]:
    """Start an exchange on a database, with the demonstration markets where it is new; stop it at the end.

    Args:
        data_dir: The data folder.
        url: Of the database; SQLite in the data folder without one.
        demonstration: Whether it has a faucet.
        opening: The first commands of a new exchange.
        limits: Of the transport, other ones than those of the settings.
        chosen: Other settings.
    """
    quick: dict[str, Any] = {"argon2_time_cost": 1, "argon2_memory_kib": 1_024, **chosen}
    settings = Settings(data_dir=data_dir, database_url=url, demo=demonstration, **quick)
    async with composed(settings, b"a secret of the tests") as services:
        transport = GraphQLTransport(
            build(),
            context_maker(services),
            public_feeds(services),
            limits or transport_limits(settings),
            session_cookie=SESSION_COOKIE,
        )
        services.accounts.on_revoked(transport.close_session)
        exchange = RunningExchange(services, Litestar(transport.handlers, openapi_config=None), transport)
        if not services.views.markets:
            await exchange.submit(*opening)
        try:
            yield exchange
        finally:
            await transport.shutdown()
