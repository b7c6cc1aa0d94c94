"""A small exchange whose committed batches go to market data: the world of the market data tests."""

from collections.abc import Sequence
from typing import Any

from backend.engine.commands import (
    CancelAllOrders,
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    PlaceOrder,
    PlaceOrders,
    SetMarketStatus,
)
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import (
    AccountId,
    MarketStatus,
    OrderId,
    Side,
    TimeInForce,
    TimeUs,
)
from backend.marketdata import MarketData
from backend.marketdata.candles import MINUTE_US, Recent
from backend.sequencer.stream import Committed, CommittedBatch
from tests.support.committed import batch_of
from tests.support.trading import funded, order

BTC = "BTC-USDT"
ETH = "ETH-USDT"
MAKER = AccountId("maker")
TAKER = AccountId("taker")

NOON = TimeUs(29_700_000 * MINUTE_US)
"""A whole minute, at which these worlds begin."""


class MarketWorld:
    """Two markets, a maker and a taker who never run out of anything, and market data that follows.

    Prices are ticks of 0.1 and quantities lots of 0.00001 in BTC-USDT; 0.01 and 0.0001 in ETH-USDT.
    """

    def __init__(self, time: TimeUs = NOON) -> None:
        self.exchange = Exchange()
        self.time = time
        self.batches: list[CommittedBatch] = []
        self.data = MarketData(self.exchange.state())
        self.send(CreateAsset("BTC", "Bitcoin", 8), CreateAsset("ETH", "Ether", 18), CreateAsset("USDT", "Tether", 6))
        self.send(
            CreateMarket("BTC", "USDT", 1, 1, 1000, 0, None, 100_000, 0, 0),
            CreateMarket("ETH", "USDT", 1, 2, 10**14, 0, None, 100_000, 0, 0),
        )
        self.send(*(SetMarketStatus(market, MarketStatus.OPEN, "open") for market in (BTC, ETH)))
        self.send(*funded((MAKER, TAKER), BTC=10**33, ETH=10**33, USDT=10**33))

    def send(self, *commands: Command) -> list[Outcome]:
        """Apply commands at the world's time, commit what was accepted as one batch, and let market data fold it."""
        outcomes: list[Outcome] = []
        committed: list[Committed] = []
        for command in commands:
            outcome = self.exchange.apply(command, self.time)
            outcomes.append(outcome)
            if outcome.sequence:
                committed.append(Committed(outcome.sequence, self.exchange.time, command, outcome.events))
        if committed:
            self.batches.append(batch_of(self.exchange, committed))
            self.data.fold(self.batches[-1])
        return outcomes

    def wait(self, us: int) -> None:
        """Let time pass without telling market data."""
        self.time = TimeUs(self.time + us)

    def rest(self, side: Side, price: int, lots: int, market: str = BTC) -> OrderId:
        """Let the maker's order rest in the book; return its id."""
        (outcome,) = self.send(order(MAKER, market, side, price, lots))
        (answer,) = outcome.answers
        assert isinstance(answer, int), answer
        return OrderId(answer)

    def cancel(self, number: OrderId) -> None:
        """Take one of the maker's orders out of the book."""
        self.send(CancelOrder(MAKER, number, None))

    def empty(self, market: str) -> None:
        """Take all of the maker's orders out of a book."""
        self.send(CancelAllOrders(MAKER, market))

    def trade(self, price: int, lots: int, market: str = BTC, taker_side: Side = Side.BUY) -> None:
        """Make one trade at this price, in one batch that leaves the book as it was."""
        self.send(*trade(price, lots, market, taker_side))

    def restarted(self, checkpoint: int, recent: Recent) -> MarketData:
        """Return market data that began at an earlier sequence, the end of a batch, and folded what came after it."""
        exchange = Exchange()
        for batch in self.batches:
            if batch.last <= checkpoint:
                for command in batch.commands:
                    exchange.apply(command.command, command.time)
        assert exchange.sequence == checkpoint, "the checkpoint is the end of a batch"
        data = MarketData(exchange.state(), recent)
        for batch in self.batches:
            if batch.first > checkpoint:
                data.fold(batch)
        return data


def trade(price: int, lots: int, market: str = BTC, taker_side: Side = Side.BUY) -> Sequence[PlaceOrder]:
    """Return a resting order and one that takes it whole."""
    maker_side = Side.SELL if taker_side is Side.BUY else Side.BUY
    return (
        order(MAKER, market, maker_side, price, lots),
        order(TAKER, market, taker_side, price, lots, TimeInForce.IOC),
    )


def together(*orders: PlaceOrder) -> PlaceOrders:
    """Return one command of several orders."""
    return PlaceOrders(tuple(orders))


class Heard(list[Any]):
    """A listener that keeps what it hears."""

    def take(self) -> list[Any]:
        """Return what was heard since the last time."""
        heard = list(self)
        self.clear()
        return heard
