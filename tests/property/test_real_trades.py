"""A thousand real trades, replayed as resting orders and aggressors, come out as they were."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend import app
from backend.engine.events import OrderUpdated, Traded
from backend.engine.exchange import Exchange
from backend.engine.values import OrderStatus, TimeUs
from backend.marketdata import MarketData
from backend.marketdata.candles import CandleInterval
from backend.sequencer.clock import Clock
from backend.sequencer.stream import Committed, CommittedBatch
from tests.support.exchange import RunningExchange, running_exchange
from tests.support.real_trades import MARKET, RealTrade, expected_candles, opening, recorded_trades, replayed

INTERVALS = [interval.value for interval in CandleInterval]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def recorded() -> list[RealTrade]:
    trades = recorded_trades()
    assert len(trades) == 1_000
    assert [trade.time for trade in trades] == sorted(trade.time for trade in trades)
    assert all(trade.ticks == trade.price * 10 and trade.lots == trade.quantity * 10**8 for trade in trades)
    return trades


def test_each_trade_comes_out_of_the_engine_as_it_was(recorded: list[RealTrade]) -> None:
    exchange = Exchange()
    for command in opening():
        assert exchange.apply(command, recorded[0].time).sequence
    traded: list[tuple[Traded, TimeUs]] = []
    for trade in recorded:
        for command in replayed(trade):
            outcome = exchange.apply(command, trade.time)
            assert outcome.sequence
            traded += [(event, exchange.time) for event in outcome.events if isinstance(event, Traded)]
            assert not any(
                event.order.status is OrderStatus.CANCELED
                for event in outcome.events
                if isinstance(event, OrderUpdated)
            )
        assert exchange.state().orders == [], "nothing is left of either order"
    came_out = [(Decimal(each.price_ticks) / 10, Decimal(each.lots).scaleb(-8), each.taker_side) for each, _ in traded]
    assert came_out == [(trade.price, trade.quantity, trade.taker_side) for trade in recorded]
    assert [Decimal(each.value).scaleb(-9) for each, _ in traded] == [each.price * each.quantity for each in recorded]
    assert [time for _, time in traded] == [trade.time for trade in recorded]


@pytest.fixture(scope="module")
def market_data(recorded: list[RealTrade]) -> MarketData:
    """Return market data that has followed the replay."""
    exchange = Exchange()
    data = MarketData(exchange.state())
    steps = [(command, recorded[0].time) for command in opening()]
    steps += [(command, trade.time) for trade in recorded for command in replayed(trade)]
    for command, time in steps:
        outcome = exchange.apply(command, time)
        committed = Committed(outcome.sequence, exchange.time, command, outcome.events)
        data.fold(CommittedBatch(outcome.sequence, outcome.sequence, 1, exchange.fingerprint(), (committed,)))
    return data


@pytest.mark.parametrize("interval", INTERVALS)
def test_candles_are_those_of_the_record(recorded: list[RealTrade], market_data: MarketData, interval: str) -> None:
    expected = expected_candles(recorded, interval)
    folded = [
        {
            "start": EPOCH + timedelta(microseconds=row.start),
            "open": Decimal(row.open) / 10,
            "high": Decimal(row.high) / 10,
            "low": Decimal(row.low) / 10,
            "close": Decimal(row.close) / 10,
            "base_volume": Decimal(row.lots).scaleb(-8),
            "quote_volume": Decimal(row.value).scaleb(-9),
            "trades": row.trades,
        }
        for row in market_data.candle_series(MARKET, CandleInterval(interval)).rows
    ]
    assert folded == expected


async def test_the_whole_exchange_gives_the_same_trades_and_candles(
    recorded: list[RealTrade], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the sequencer through the journal and the tables to the GraphQL API."""
    now = recorded[0].time
    monkeypatch.setattr(app, "Clock", lambda last: Clock(last, wall=lambda: now, monotonic=lambda: now))
    async with running_exchange(tmp_path, opening=opening()) as exchange:
        for trade in recorded:
            now = trade.time
            await exchange.submit(*replayed(trade))
        answered = await all_trades(exchange)
        came_out = [(Decimal(each["price"]), Decimal(each["quantity"]), each["takerSide"]) for each in answered]
        assert came_out == [(trade.price, trade.quantity, trade.taker_side.value) for trade in recorded]
        assert [moment(each["time"]) for each in answered] == [
            EPOCH + timedelta(microseconds=trade.time) for trade in recorded
        ]
        for interval in INTERVALS:
            assert await all_candles(exchange, interval) == expected_candles(recorded, interval), interval


async def all_trades(exchange: RunningExchange) -> list[dict[str, Any]]:
    """Return all trades, oldest first, page by page."""
    query = """query($market: String!, $after: String) { trades(market: $market, first: 100, after: $after) {
        edges { node { id price quantity takerSide time } } pageInfo { hasNextPage endCursor } } }"""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await exchange.visitor().get(query, market=MARKET, after=after))["trades"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            assert len({trade["id"] for trade in found}) == len(found)
            return found[::-1]
        after = page["pageInfo"]["endCursor"]


async def all_candles(exchange: RunningExchange, interval: str) -> list[dict[str, object]]:
    """Return the candles of an interval in the form of `expected_candles`."""
    query = """query($market: String!, $interval: CandleInterval!) { candles(market: $market, interval: $interval) {
        start open high low close baseVolume quoteVolume trades } }"""
    answer = await exchange.visitor().get(query, market=MARKET, interval=interval)
    return [
        {
            "start": moment(candle["start"]),
            **{name: Decimal(candle[name]) for name in ("open", "high", "low", "close")},
            "base_volume": Decimal(candle["baseVolume"]),
            "quote_volume": Decimal(candle["quoteVolume"]),
            "trades": candle["trades"],
        }
        for candle in answer["candles"]
    ]


def moment(text: str) -> datetime:
    """Return an instant of the API."""
    return datetime.fromisoformat(text)
