"""Clients that follow their orders and balances by the contract's recipe have what the server has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from random import Random

import httpx
import pytest

from tests.support.exchange import Client, RunningExchange
from tests.support.graphql_socket import GraphQLSocket
from tests.support.mutations import text
from tests.support.private_client import BrokenFeed, FollowedAccount, PrivateClient
from tests.support.served import served

FILLS = "query($n: Int!) { viewer { fills(first: $n) { edges { node { id } } } } }"
CANCEL = "mutation($id: ID!) { cancelOrder(id: $id) { order { id } errors { code } } }"


@pytest.fixture
async def address(exchange: RunningExchange) -> AsyncIterator[str]:
    async with served(exchange.app) as address:
        yield address


async def follower(stack: AsyncExitStack, address: str, who: Client) -> PrivateClient:
    """Return a client that has just begun to follow."""
    assert who.token is not None
    params = {"Authorization": f"Bearer {who.token}"}
    socket = await stack.enter_async_context(GraphQLSocket.open(f"ws://{address}/graphql", params))
    http = await stack.enter_async_context(httpx.AsyncClient())
    client = PrivateClient(socket, http, f"http://{address}/graphql", who.token)
    await client.begin()
    stack.push_async_callback(client.end)
    return client


class Trader:
    """Places and cancels at random, close enough to another one that orders meet."""

    def __init__(self, client: Client, seed: int) -> None:
        self._client = client
        self._random = Random(seed)
        self._placed: list[str] = []

    async def act(self) -> None:
        """Do one thing through the API; a refusal is an answer like any other."""
        random = self._random
        if self._placed and random.random() < 0.4:
            chosen = self._placed.pop(random.randrange(len(self._placed)))
            if random.random() < 0.5:
                await self._client.get(CANCEL, id=chosen)
            else:
                given = {"id": chosen, "price": self._price(), "quantity": self._quantity()}
                await self._client.get(text("amendOrder"), input=given)
                self._placed.append(chosen)
            return
        if random.random() < 0.1:
            given = {"quantity": self._quantity(), "price": "50004.0", "stopPrice": "49997.0"}
            await self._client.get(text("placeOcoOrder"), input={"market": "BTC-USDT", "side": "SELL", **given})
            return
        order = (await self._client.place(**self._order()))["order"]
        if order is not None:
            self._placed.append(order["id"])

    def _order(self) -> dict[str, object]:
        """Return an order of any kind, near the price."""
        side, quantity = self._random.choice(["BUY", "SELL"]), self._quantity()
        kind = self._random.choice(
            ["LIMIT", "LIMIT", "LIMIT", "ICEBERG", "GTD", "MARKET", "STOP_LIMIT", "STOP_MARKET", "TRAILING_STOP"]
        )
        limit = {"side": side, "price": self._price(), "quantity": quantity}
        if kind == "ICEBERG":
            return {**limit, "visibleQuantity": "0.0005"}
        if kind == "GTD":
            return {**limit, "expireAt": "2090-01-01T00:00:00Z"}
        if kind in ("LIMIT", "STOP_LIMIT"):
            stop = {"stopPrice": self._price(), "type": kind} if kind == "STOP_LIMIT" else {}
            return {
                **limit,
                **stop,
                "selfTradePrevention": self._random.choice(["CANCEL_OLDEST", "DECREMENT_AND_CANCEL"]),
            }
        amount = {"quantity": quantity} if side == "SELL" or kind == "MARKET" else {"quoteQuantity": "50"}
        trigger = {"STOP_MARKET": {"stopPrice": self._price()}, "TRAILING_STOP": {"trailingOffset": "2"}}.get(kind, {})
        return {"side": side, "type": kind, **amount, **trigger}

    def _price(self) -> str:
        return f"{50_000 + self._random.randint(-5, 5)}.0"

    def _quantity(self) -> str:
        return f"0.00{self._random.randint(10, 99)}"


async def test_a_client_that_begins_at_any_moment_has_the_servers_orders_and_balances(
    exchange: RunningExchange, address: str, alice: Client, bob: Client
) -> None:
    traders = [Trader(alice, 1), Trader(bob, 2)]
    async with AsyncExitStack() as stack:
        steady = await follower(stack, address, alice)
        followers = [steady]
        for turn in range(60):
            acts = asyncio.gather(*(trader.act() for trader in traders for _ in range(3)))
            if turn % 10 == 5:
                followers.append(await follower(stack, address, (alice, bob)[turn // 10 % 2]))
            await acts
        for each in followers:
            await each.agrees()
        asked = (await alice.get(FILLS, n=100))["viewer"]["fills"]["edges"]
        followed = [fill["id"] for fill in steady.account.fills]
        assert len(followed) > 20
        assert followed[::-1][:100] == [edge["node"]["id"] for edge in asked]
        assert len(set(followed)) == len(followed)


async def test_what_happens_between_subscribing_and_the_query_is_kept_and_not_counted_twice(
    exchange: RunningExchange, address: str, alice: Client
) -> None:
    async with AsyncExitStack() as stack:
        placing = asyncio.gather(
            *(alice.order(side="BUY", price=f"{40_000 + n}.0", quantity="0.001") for n in range(20))
        )
        client = await follower(stack, address, alice)
        await placing
        await client.agrees()
        assert len(client.account.orders) == 20


def order_update(sequence: int, index: int, status: str = "OPEN") -> dict[str, object]:
    return {"sequence": sequence, "index": index, "order": {"id": "1", "status": status}, "fill": None}


def test_the_recipe_drops_what_the_snapshot_has_and_applies_the_rest() -> None:
    account = FollowedAccount()
    account.take_order(order_update(5, 0))
    account.take_order(order_update(8, 0, "CANCELED"))
    account.take_snapshot({"sequence": 7, "openOrders": [{"id": "1", "status": "OPEN"}], "balances": []})
    assert account.orders == {}
    assert list(account.ended) == ["1"]
    assert account.dropped == 1


def test_updates_that_come_twice_or_out_of_order_are_found_out() -> None:
    account = FollowedAccount()
    account.take_order(order_update(5, 1))
    for sequence, index in ((5, 1), (5, 0), (4, 9)):
        with pytest.raises(BrokenFeed):
            account.take_order(order_update(sequence, index))
    account.take_balances({"sequence": 5, "balances": []})
    with pytest.raises(BrokenFeed):
        account.take_balances({"sequence": 5, "balances": []})
