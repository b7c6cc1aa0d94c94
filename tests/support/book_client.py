"""A client that follows `orderBook` strictly by the contract's recipe: pure logic, and a runner over a real socket."""

import zlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from operator import neg
from typing import Any

from sortedcontainers import SortedDict

from tests.support.graphql_socket import GraphQLSocket, Subscription

ORDER_BOOK = """
subscription OrderBook($market: String!, $depth: Int!) {
  orderBook(market: $market, depth: $depth) {
    market isSnapshot sequence previousSequence checksum time
    bids { price quantity orders }
    asks { price quantity orders }
  }
}
"""

Message = Mapping[str, Any]
"""An `OrderBookUpdate` as it comes in JSON."""

Row = tuple[str, str, int]
"""Price, quantity and number of orders of a level, as the API prints them."""


class Gap(Exception):
    """A message is missing between the last one and this."""


class BrokenBook(AssertionError):
    """The server's messages break the contract: a wrong checksum, a window that is too large, a delta of nothing."""


class FollowedBook:
    """One window, kept from messages alone; it trims nothing, and believes nothing that the checksum does not say."""

    def __init__(self, market: str, depth: int) -> None:
        self.market = market
        self.depth = depth
        self.sequence: int | None = None
        self.snapshots = 0
        self.deltas = 0
        self.ignored = 0
        self._bids: SortedDict[Decimal, Row] = SortedDict(neg)
        self._asks: SortedDict[Decimal, Row] = SortedDict()

    @property
    def bids(self) -> list[Row]:
        """Return price, quantity and number of orders of each bid, best first."""
        return list(self._bids.values())

    @property
    def asks(self) -> list[Row]:
        """Return price, quantity and number of orders of each ask, best first."""
        return list(self._asks.values())

    def take(self, message: Message) -> bool:
        """Take in one message; False for one that is to be ignored.

        Raises:
            Gap: Something is missing; a new snapshot is needed.
            BrokenBook: The server has said something that cannot be.
        """
        self._demand(message["market"] == self.market, "a message of another market")
        if message["isSnapshot"]:
            self._demand(message["previousSequence"] == message["sequence"], "a snapshot's sequences differ")
            self._bids.clear()
            self._asks.clear()
            self.snapshots += 1
        else:
            self._demand(self.sequence is not None, "a delta came before any snapshot")
            assert self.sequence is not None
            if message["sequence"] <= self.sequence:
                self.ignored += 1
                return False
            if message["previousSequence"] > self.sequence:
                raise Gap(f"after {self.sequence} came a message that follows {message['previousSequence']}")
            self._demand(bool(message["bids"] or message["asks"]), "a delta without a change")
            self.deltas += 1
        self._change(self._bids, message["bids"], message["isSnapshot"])
        self._change(self._asks, message["asks"], message["isSnapshot"])
        self.sequence = message["sequence"]
        self._demand(max(len(self._bids), len(self._asks)) <= self.depth, "more levels than the window has")
        self._demand(self.checksum() == message["checksum"], "the checksum is another one")
        return True

    def checksum(self) -> int:
        """Return the contract's checksum of what is kept."""
        bids, asks = (
            "".join(f"{price}:{quantity};" for price, quantity, _ in islice(side.values(), 10))
            for side in (self._bids, self._asks)
        )
        return zlib.crc32(f"b{bids}a{asks}".encode("ascii"))

    def window(self) -> tuple[list[Row], list[Row]]:
        """Return bids and asks, to be compared with those of a query."""
        return self.bids, self.asks

    def _change(self, side: "SortedDict[Decimal, Row]", levels: list[Message], whole: bool) -> None:
        for level in levels:
            row = (level["price"], level["quantity"], level["orders"])
            price, gone = Decimal(row[0]), Decimal(row[1]) == 0
            self._demand(gone == (row[2] == 0), "quantity and number of orders are 0 together")
            if gone:
                self._demand(not whole and price in side, f"a level left that was not there: {price}")
                del side[price]
            else:
                self._demand(side.get(price) != row, f"a level that did not change: {price}")
                side[price] = row

    def _demand(self, true: bool, otherwise: str) -> None:
        if not true:
            raise BrokenBook(f"{self.market} {self.depth} after {self.sequence}: {otherwise}")


def window_of(book: Message) -> tuple[list[Row], list[Row]]:
    """Return bids and asks of an `OrderBook` query's answer in the form of `FollowedBook.window`."""
    bids, asks = (
        [(level["price"], level["quantity"], level["orders"]) for level in book[side]] for side in ("bids", "asks")
    )
    return bids, asks


class BookClient:
    """Follows one window over a socket; on a gap it subscribes again, and `resubscriptions` says how often."""

    def __init__(self, socket: GraphQLSocket, market: str, depth: int) -> None:
        self.book = FollowedBook(market, depth)
        self.resubscriptions = 0
        self._socket = socket
        self._subscription: Subscription | None = None

    async def step(self) -> None:
        """Wait for one message and take it in.

        Raises:
            TimeoutError, SubscriptionRefused, SocketClosed: See `Subscription.next`.
            BrokenBook: The server's messages break the contract.
        """
        if self._subscription is None:
            variables = {"market": self.book.market, "depth": self.book.depth}
            self._subscription = await self._socket.subscribe(ORDER_BOOK, **variables)
        message = (await self._subscription.next())["orderBook"]
        try:
            self.book.take(message)
        except Gap:
            await self._subscription.stop()
            self._subscription = None
            self.resubscriptions += 1

    async def until(self, done: Callable[[FollowedBook], bool]) -> FollowedBook:
        """Take in messages until `done(book)`; looks at the book first."""
        while self.book.sequence is None or not done(self.book):
            await self.step()
        return self.book

    async def moved_to(self, socket: GraphQLSocket) -> "BookClient":
        """Return a client that follows the same window anew over another socket, as one does after a broken line."""
        return BookClient(socket, self.book.market, self.book.depth)
