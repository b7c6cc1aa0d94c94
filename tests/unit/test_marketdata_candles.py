"""Candles: one fold of trades, against candles computed independently from recorded trades, and across restarts."""

import gzip
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from random import Random

import pytest

from backend import money
from backend.engine.commands import AdvanceTime
from backend.engine.values import TimeUs
from backend.marketdata import CandleInterval
from backend.marketdata.candles import (
    CANDLES_REMEMBERED_MAX,
    DAY_US,
    MINUTE_US,
    CandleFold,
    CandleSeries,
    Recent,
    interval_start,
)
from backend.persistence.rows import CandleRow
from tests.support.market_world import BTC, ETH, Heard, MarketWorld, trade

KRAKEN = Path(__file__).parents[3] / "shared" / "data" / "kraken_xbtusdt_trades_2025-11-10.json.gz"


@pytest.fixture
def world() -> MarketWorld:
    return MarketWorld()


def us(*when: int) -> TimeUs:
    """Return an instant of UTC: year, month, day, hour, minute, second."""
    return TimeUs(int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("interval", "start"),
    [
        (CandleInterval.M1, (2025, 11, 12, 17, 47)),
        (CandleInterval.M5, (2025, 11, 12, 17, 45)),
        (CandleInterval.M15, (2025, 11, 12, 17, 45)),
        (CandleInterval.M30, (2025, 11, 12, 17, 30)),
        (CandleInterval.H1, (2025, 11, 12, 17)),
        (CandleInterval.H4, (2025, 11, 12, 16)),
        (CandleInterval.D1, (2025, 11, 12)),
        (CandleInterval.W1, (2025, 11, 10)),
    ],
)
def test_intervals_begin_with_the_clock_and_a_week_on_monday(interval: CandleInterval, start: tuple[int, ...]) -> None:
    assert interval_start(interval, us(2025, 11, 12, 17, 47, 31)) == us(*start)
    assert interval_start(interval, us(*start)) == us(*start)


def test_a_candle_has_the_first_highest_lowest_and_last_price_and_all_volume(world: MarketWorld) -> None:
    for price, lots in ((100, 1), (103, 2), (98, 4), (99, 8)):
        world.trade(price, lots)
        world.wait(10_000_000)
    candle = world.data.candle(BTC, CandleInterval.M1)
    assert candle is not None
    row = candle.row
    assert (row.open, row.high, row.low, row.close, row.trades) == (100, 103, 98, 99, 4)
    assert (row.lots, row.value) == (15, 100 + 206 + 392 + 792)
    assert not candle.closed
    assert world.data.candle(ETH, CandleInterval.M1) is None


def test_the_candle_in_progress_is_told_once_for_a_batch_and_closes_when_the_next_one_begins(
    world: MarketWorld,
) -> None:
    heard = Heard()
    world.data.listen_candles(BTC, CandleInterval.M1, heard.append)
    world.send(*trade(100, 1), *trade(101, 1))
    (candle,) = heard.take()
    assert (candle.row.close, candle.row.trades, candle.closed) == (101, 2, False)
    world.wait(5 * MINUTE_US)
    world.trade(90, 3)
    closed, begun = heard.take()
    assert (closed.row, closed.closed) == (candle.row, True)
    assert (begun.row.start, begun.row.open, begun.closed) == (world.time, 90, False)


def test_a_candle_closes_by_the_clock_once_and_there_is_none_for_an_interval_without_trades(
    world: MarketWorld,
) -> None:
    minutes, hours = Heard(), Heard()
    world.data.listen_candles(BTC, CandleInterval.M1, minutes.append)
    world.data.listen_candles(BTC, CandleInterval.H1, hours.append)
    world.trade(100, 1)
    minutes.clear()
    hours.clear()
    world.wait(MINUTE_US - 1)
    world.data.tick(world.time)
    assert minutes == []
    world.wait(1)
    for _ in range(3):
        world.data.tick(world.time)
        world.wait(MINUTE_US)
    assert [(candle.row.close, candle.closed) for candle in minutes.take()] == [(100, True)]
    assert hours == []
    world.trade(105, 1)
    assert [(candle.row.open, candle.closed) for candle in minutes.take()] == [(105, False)]
    assert [(candle.row.trades, candle.closed) for candle in hours.take()] == [(2, False)]


def test_committed_time_closes_candles_as_the_clock_does(world: MarketWorld) -> None:
    heard = Heard()
    world.trade(100, 1)
    world.data.listen_candles(BTC, CandleInterval.M1, heard.append)
    world.wait(MINUTE_US)
    world.send(AdvanceTime())
    assert [candle.closed for candle in heard.take()] == [True]
    candle = world.data.candle(BTC, CandleInterval.M1)
    assert candle is not None
    assert candle.closed


def test_the_rows_for_the_tables_are_the_same_before_and_after_the_fold(world: MarketWorld) -> None:
    world.trade(100, 1)
    after = world.data.candle_rows(world.batches[-1])
    asked_first = MarketWorld()
    folded = asked_first.data.fold
    asked: list[list[CandleRow]] = []
    asked_first.data.fold = lambda batch: (asked.append(asked_first.data.candle_rows(batch)), folded(batch))[1]  # type: ignore[method-assign]
    asked_first.trade(100, 1)
    assert asked[-1] == after == asked_first.data.candle_rows(asked_first.batches[-1])
    assert {row.interval for row in after} == {interval.value for interval in CandleInterval}


def test_memory_holds_a_limited_number_of_candles_and_knows_that_older_ones_exist() -> None:
    fold = CandleFold(TimeUs(0), {})
    count = CANDLES_REMEMBERED_MAX + 10
    for minute in range(count):
        fold.trade("A-B", 100 + minute, 1, 1, TimeUs(minute * MINUTE_US))
    series = fold.of("A-B")[CandleInterval.M1]
    assert len(series.rows) == CANDLES_REMEMBERED_MAX
    assert not series.whole
    assert fold.of("A-B")[CandleInterval.H1].whole


def series_of(minutes: Sequence[int], whole: bool) -> CandleSeries:
    series = CandleSeries("A-B", CandleInterval.M1)
    for minute in minutes:
        series.append(CandleRow("A-B", "M1", TimeUs(minute * MINUTE_US), 1, 1, 1, 1, 1, 1, 1))
    series.whole = whole
    return series


@pytest.mark.parametrize(
    ("whole", "start", "end", "limit", "found", "complete"),
    [
        (True, None, None, 10, [3, 4, 7, 8], True),
        (True, 0, 1, 10, [], True),
        (True, 4, 8, 10, [4, 7], True),
        (False, None, None, 10, [3, 4, 7, 8], False),
        (False, None, None, 4, [3, 4, 7, 8], True),
        (False, None, None, 2, [7, 8], True),
        (False, None, 8, 2, [4, 7], True),
        (False, 3, None, 10, [3, 4, 7, 8], True),
        (False, 2, None, 10, [3, 4, 7, 8], False),
        (False, 5, 7, 10, [], True),
        (False, 0, 2, 10, [], False),
    ],
)
def test_memory_answers_what_it_covers_and_says_when_it_does_not(
    whole: bool, start: int | None, end: int | None, limit: int, found: list[int], complete: bool
) -> None:
    minutes = [None if minute is None else TimeUs(minute * MINUTE_US) for minute in (start, end)]
    rows, covered = series_of((3, 4, 7, 8), whole).within(minutes[0], minutes[1], limit)
    assert [row.start // MINUTE_US for row in rows] == found
    assert covered is complete


def test_a_restart_at_any_checkpoint_continues_each_candle_exactly(world: MarketWorld) -> None:
    """The rows that the projector had at the checkpoint, and the replay of what came after it."""
    random = Random(7)
    stored: dict[int, dict[tuple[str, str, int], CandleRow]] = {}
    tables: dict[tuple[str, str, int], CandleRow] = {}
    for _ in range(60):
        orders = [order for _ in range(random.randint(1, 3)) for order in trade(random.randint(90, 110), 2)]
        world.send(*orders)
        for row in world.data.candle_rows(world.batches[-1]):
            tables[row.market, row.interval, row.start] = row
        stored[world.batches[-1].last] = dict(tables)
        world.wait(random.choice([1, MINUTE_US // 3, 7 * MINUTE_US, DAY_US // 3]))
    for checkpoint in random.sample(sorted(stored), 10):
        restarted = world.restarted(checkpoint, recent_of(stored[checkpoint]))
        for interval in CandleInterval:
            was, now = (data.candle_series(BTC, interval) for data in (world.data, restarted))
            assert list(now.rows) == list(was.rows)
            assert now.told_closed == was.told_closed


def recent_of(stored: dict[tuple[str, str, int], CandleRow]) -> Recent:
    rows = sorted(stored.values(), key=lambda row: (row.interval, row.start))
    return {
        (BTC, CandleInterval(interval)): list(group) for interval, group in groupby(rows, key=lambda row: row.interval)
    }


def recorded_trades() -> list[tuple[Decimal, Decimal, Decimal]]:
    """Return price, quantity and seconds of the recorded trades, exactly as printed."""
    if not KRAKEN.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{KRAKEN.name} is missing")
        pytest.skip(f"the recorded trades ({KRAKEN.name}) are not on this machine")
    with gzip.open(KRAKEN, "rt") as file:
        trades = json.load(file, parse_float=Decimal)["result"]["XBTUSDT"]
    return [(Decimal(price), Decimal(quantity), seconds) for price, quantity, seconds, *_ in trades]


LENGTHS = {
    CandleInterval.M1: timedelta(minutes=1),
    CandleInterval.M5: timedelta(minutes=5),
    CandleInterval.M15: timedelta(minutes=15),
    CandleInterval.M30: timedelta(minutes=30),
    CandleInterval.H1: timedelta(hours=1),
    CandleInterval.H4: timedelta(hours=4),
    CandleInterval.D1: timedelta(days=1),
    CandleInterval.W1: timedelta(weeks=1),
}
A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("interval", CandleInterval)
def test_recorded_trades_make_the_candles_that_decimals_and_calendars_make(interval: CandleInterval) -> None:
    trades = recorded_trades()
    fold = CandleFold(TimeUs(0), {})
    ended: list[CandleRow] = []
    for price, quantity, seconds in trades:
        ticks, lots = money.to_steps(price, 1, 1), money.to_units(quantity, 8)
        ended += fold.trade("BTC-USDT", ticks, lots, ticks * lots, TimeUs(int(seconds * 10**6)))
    series = fold.of("BTC-USDT")[interval]
    buckets: dict[datetime, list[tuple[Decimal, Decimal]]] = {}
    for price, quantity, seconds in trades:
        when = datetime.fromtimestamp(int(seconds), UTC)
        start = A_MONDAY + (when - A_MONDAY) // LENGTHS[interval] * LENGTHS[interval]
        buckets.setdefault(start, []).append((price, quantity))
    assert [
        (
            datetime.fromtimestamp(row.start // 10**6, UTC),
            *(Decimal(ticks) / 10 for ticks in (row.open, row.high, row.low, row.close)),
            Decimal(row.lots) / 10**8,
            Decimal(row.value) / 10**9,
            row.trades,
        )
        for row in series.rows
    ] == [
        (
            start,
            inside[0][0],
            max(price for price, _ in inside),
            min(price for price, _ in inside),
            inside[-1][0],
            sum(quantity for _, quantity in inside),
            sum(price * quantity for price, quantity in inside),
            len(inside),
        )
        for start, inside in buckets.items()
    ]
    assert [row for row in ended if row.interval == interval.value] == list(series.rows)[:-1]
