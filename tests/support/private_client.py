"""A client that follows an account's orders and balances by the contract's recipe for private feeds."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from tests.support.graphql_socket import GraphQLSocket, Subscription

ORDER_FIELDS = """
    id clientOrderId side type price quantity filledQuantity filledQuoteQuantity remainingQuantity averagePrice
    status reason createdAt updatedAt market { symbol } quoteQuantity stopPrice trailingOffset visibleQuantity expireAt
    triggeredAt linkedOrderId
"""

ORDER_UPDATES = f"""
subscription {{
  orderUpdates {{
    sequence index
    order {{ {ORDER_FIELDS} }}
    fill {{ id sequence tradeId orderId side price quantity fee feeAsset liquidity }}
  }}
}}
"""

BALANCE_UPDATES = """
subscription { balanceUpdates { sequence accountId balances { asset { code } available held total } } }
"""

SNAPSHOT = f"""
{{ viewer {{ sequence balances {{ asset {{ code }} available held total }} openOrders {{ {ORDER_FIELDS} }} }} }}
"""

OPEN_STATUSES = frozenset({"UNTRIGGERED", "OPEN", "PARTIALLY_FILLED"})

Json = Mapping[str, Any]


class BrokenFeed(AssertionError):
    """The server's messages break the contract: out of order, or twice."""


class FollowedAccount:
    """Open orders and balances of one account, from a snapshot and what came after it."""

    def __init__(self) -> None:
        self.sequence: int | None = None
        self.orders: dict[str, Json] = {}
        """Open orders by id."""
        self.balances: dict[str, tuple[str, str]] = {}
        """Available and held by asset."""
        self.ended: dict[str, Json] = {}
        self.fills: list[Json] = []
        self.dropped = 0
        self._kept: list[tuple[str, Json]] = []
        self._last_order = (0, -1)
        self._last_balance = 0

    def take_order(self, update: Json) -> None:
        """Take in an `OrderUpdate`, or keep it until there is a snapshot."""
        place = (update["sequence"], update["index"])
        if place <= self._last_order:
            raise BrokenFeed(f"an order update at {place} came after one at {self._last_order}")
        self._last_order = place
        self._take("order", update)

    def take_balances(self, update: Json) -> None:
        """Take in a `BalanceUpdate`, or keep it until there is a snapshot."""
        if update["sequence"] <= self._last_balance:
            raise BrokenFeed(f"a balance update at {update['sequence']} came after one at {self._last_balance}")
        self._last_balance = update["sequence"]
        self._take("balances", update)

    def take_snapshot(self, viewer: Json) -> None:
        """Begin at what a query says, then apply what was kept and is newer."""
        self.sequence = viewer["sequence"]
        self.orders = {order["id"]: order for order in viewer["openOrders"]}
        self.balances = balances_of(viewer)
        kept, self._kept = self._kept, []
        for kind, update in kept:
            self._take(kind, update)

    def _take(self, kind: str, update: Json) -> None:
        if self.sequence is None:
            self._kept.append((kind, update))
        elif update["sequence"] <= self.sequence:
            self.dropped += 1
        elif kind == "order":
            self._apply_order(update["order"], update["fill"])
        else:
            self.balances.update(balances_of(update))

    def _apply_order(self, order: Json, fill: Json | None) -> None:
        if order["status"] in OPEN_STATUSES:
            self.orders[order["id"]] = order
        else:
            self.orders.pop(order["id"], None)
            self.ended[order["id"]] = order
        if fill is not None:
            self.fills.append(fill)


def balances_of(source: Json) -> dict[str, tuple[str, str]]:
    """Return available and held by asset."""
    return {balance["asset"]["code"]: (balance["available"], balance["held"]) for balance in source["balances"]}


class PrivateClient:
    """Follows a user's main account over one socket, with its queries over HTTP."""

    def __init__(self, socket: GraphQLSocket, http: httpx.AsyncClient, url: str, token: str) -> None:
        self.account = FollowedAccount()
        self._socket = socket
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._readers: list[asyncio.Task[None]] = []
        self._heard = asyncio.Condition()

    async def begin(self) -> None:
        """Do as the contract says: subscribe, keep what arrives, query, drop what is not newer."""
        orders = await self._socket.subscribe(ORDER_UPDATES)
        balances = await self._socket.subscribe(BALANCE_UPDATES)
        # what a server has not registered yet it cannot be asked to keep
        await self._socket.heard()
        self._readers = [
            asyncio.create_task(self._read(orders, "orderUpdates")),
            asyncio.create_task(self._read(balances, "balanceUpdates")),
        ]
        self.account.take_snapshot(await self.viewer())

    async def viewer(self) -> Json:
        """Return the server's own view: sequence, balances and open orders, all at that sequence."""
        response = await self._http.post(self._url, json={"query": SNAPSHOT}, headers=self._headers)
        answer = response.json()
        assert "errors" not in answer, answer
        viewer: Json = answer["data"]["viewer"]
        return viewer

    async def agrees(self, patience: float = 20.0) -> None:
        """Wait until what was followed equals what the server says.

        Raises:
            TimeoutError: It never did; the difference is in the message.
        """
        wanted = await self.viewer()
        try:
            async with asyncio.timeout(patience), self._heard:
                await self._heard.wait_for(lambda: self._failed() or self.equals(wanted))
        except TimeoutError:
            raise TimeoutError(
                f"followed {self.account.orders} {self.account.balances}, the server has {wanted}"
            ) from None
        for reader in self._readers:
            if reader.done():
                reader.result()

    def equals(self, viewer: Json) -> bool:
        """Tell whether the followed orders and non-zero balances are those of a query."""
        followed = {asset: amounts for asset, amounts in self.account.balances.items() if _any(amounts)}
        asked = {asset: amounts for asset, amounts in balances_of(viewer).items() if _any(amounts)}
        return followed == asked and self.account.orders == {order["id"]: order for order in viewer["openOrders"]}

    async def end(self) -> None:
        """Stop following."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    def _failed(self) -> bool:
        return any(reader.done() for reader in self._readers)

    async def _read(self, subscription: Subscription, field: str) -> None:
        take = self.account.take_order if field == "orderUpdates" else self.account.take_balances
        try:
            while True:
                take((await subscription.next(patience=3600.0))[field])
                await self._tell()
        finally:
            await self._tell()

    async def _tell(self) -> None:
        async with self._heard:
            self._heard.notify_all()


def _any(amounts: tuple[str, str]) -> bool:
    return any(set(amount) - set("0.") for amount in amounts)
