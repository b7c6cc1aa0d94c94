"""Tickers over a rolling day, against sums made anew from all trades."""

from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.engine.commands import AdvanceTime
from backend.engine.values import Side, TimeUs
from backend.marketdata import MarketData
from backend.marketdata.candles import CANDLES_REMEMBERED_MAX, DAY_US, MINUTE_US, CandleFold, CandleInterval
from backend.marketdata.tickers import DayWindow, ticker_of
from tests.support.market_world import BTC, ETH, MAKER, Heard, MarketWorld
from tests.support.trading import order

HOUR_US = 60 * MINUTE_US


@pytest.fixture
def world() -> MarketWorld:
    return MarketWorld()


def test_a_market_without_trades_has_no_prices_and_no_volume(world: MarketWorld) -> None:
    ticker = world.data.ticker(BTC)
    prices = (ticker.last, ticker.bid, ticker.ask, ticker.open, ticker.high, ticker.low, ticker.change_hundredths)
    assert prices == (None,) * 7
    assert (ticker.lots, ticker.value) == (0, 0)


def test_the_first_trade_is_the_open_until_it_is_a_day_old_and_its_price_stays_the_open_after(
    world: MarketWorld,
) -> None:
    world.trade(200, 1)
    world.wait(HOUR_US)
    world.trade(250, 2)
    ticker = world.data.ticker(BTC)
    assert (ticker.open, ticker.high, ticker.low, ticker.last) == (200, 250, 200, 250)
    assert (ticker.lots, ticker.value) == (3, 700)
    assert ticker.change_hundredths == 25_00
    world.wait(DAY_US - HOUR_US)
    world.data.tick(world.time)
    assert world.data.ticker(BTC).lots == 3, "a trade leaves at the end of the minute in which it turns a day old"
    world.wait(MINUTE_US)
    world.data.tick(world.time)
    ticker = world.data.ticker(BTC)
    assert (ticker.open, ticker.high, ticker.low, ticker.lots) == (200, 250, 250, 2)
    assert ticker.change_hundredths == 25_00
    world.wait(HOUR_US)
    world.data.tick(world.time)
    ticker = world.data.ticker(BTC)
    assert (ticker.open, ticker.high, ticker.low, ticker.last, ticker.lots, ticker.value) == (
        250,
        None,
        None,
        250,
        0,
        0,
    )
    assert ticker.change_hundredths == 0


@pytest.mark.parametrize(
    ("first", "last", "hundredths"),
    [(3, 4, 33_33), (3, 5, 66_67), (3, 2, -33_33), (80_000, 80_004, 1), (80_000, 79_996, -1)],
)
def test_the_change_in_percent_is_rounded_half_away_from_zero(first: int, last: int, hundredths: int) -> None:
    day = DayWindow()
    for price in (first, last):
        day.trade(TimeUs(0), price, 1, 1)
    assert ticker_of("A-B", day, (None, None), (None, 0), 1, TimeUs(0)).change_hundredths == hundredths


class Trade(NamedTuple):
    time: int
    price: int
    lots: int


def naive(trades: Iterable[Trade], now: int) -> tuple[object, ...]:
    """Open, high, low, last, lots of the 24 hours before now, which begin with a whole minute."""
    done = list(trades)
    begin = (now - DAY_US) // MINUTE_US * MINUTE_US
    inside = [trade for trade in done if trade.time >= begin]
    before = [trade for trade in done if trade.time < begin]
    prices = [trade.price for trade in inside]
    first = before[-1].price if before else done[0].price if done else None
    return (
        first,
        max(prices, default=None),
        min(prices, default=None),
        done[-1].price if done else None,
        sum(trade.lots for trade in inside),
    )


def seen(day: DayWindow) -> tuple[object, ...]:
    return day.open, day.high, day.low, day.last, day.lots


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 3 * MINUTE_US), st.integers(0, DAY_US), st.just(DAY_US - MINUTE_US)),
            st.integers(1, 9),
            st.integers(1, 5),
        ),
        max_size=40,
    ),
    st.integers(0, 2 * DAY_US),
)
def test_the_window_says_what_all_trades_of_the_last_day_say_live_and_after_a_restart(
    steps: list[tuple[int, int, int]], pause: int
) -> None:
    day, fold, trades, now = DayWindow(), CandleFold(TimeUs(0), {}), list[Trade](), TimeUs(40 * DAY_US)
    for wait, price, lots in steps:
        now = TimeUs(now + wait)
        trades.append(Trade(now, price, lots))
        day.trade(now, price, lots, lots * price)
        fold.trade("A-B", price, lots, lots * price, now)
        day.roll(now)
        assert seen(day) == naive(trades, now)
        assert day.value == sum(
            trade.lots * trade.price for trade in trades if trade.time >= (now - DAY_US) // MINUTE_US * MINUTE_US
        )
    restarted = DayWindow(fold.of("A-B")[CandleInterval.M1].rows)
    for window in (day, restarted):
        window.roll(TimeUs(now + pause))
        assert seen(window) == naive(trades, now + pause)


def test_a_day_of_minutes_and_the_price_before_it_fit_into_what_a_restart_loads() -> None:
    assert DAY_US // MINUTE_US + 2 <= CANDLES_REMEMBERED_MAX


def test_a_window_keeps_one_entry_for_a_minute_however_many_trades_it_had() -> None:
    day = DayWindow()
    for n in range(1_000):
        day.trade(TimeUs(n), 10_000 - n, 1, 1)
    assert (len(day._minutes), len(day._highs), len(day._lows)) == (1, 1, 1)


def test_tickers_are_told_once_for_a_batch_when_a_price_the_bid_or_the_ask_changed(world: MarketWorld) -> None:
    one, every = Heard(), Heard()
    world.data.listen_tickers(BTC, one.append)
    stop = world.data.listen_tickers(None, every.append)
    world.send(
        order(MAKER, BTC, Side.BUY, 90, 1), order(MAKER, BTC, Side.BUY, 91, 1), order(MAKER, ETH, Side.BUY, 5, 1)
    )
    assert [(ticker.market, ticker.bid) for ticker in one.take()] == [(BTC, 91)]
    assert [(ticker.market, ticker.bid) for ticker in every.take()] == [(BTC, 91), (ETH, 5)]
    world.rest(Side.BUY, 80, 1)
    assert one == every == []
    world.trade(100, 3)
    (ticker,) = one.take()
    assert (ticker.last, ticker.ask, ticker.sequence) == (100, None, world.exchange.sequence)
    stop()
    world.rest(Side.SELL, 99, 3, market=ETH)
    assert len(every.take()) == 1


def test_the_sequence_of_a_ticker_is_that_of_the_command_that_changed_it(world: MarketWorld) -> None:
    world.rest(Side.BUY, 90, 1)
    sequence = world.exchange.sequence
    world.rest(Side.BUY, 80, 1)
    world.send(AdvanceTime())
    ticker = world.data.ticker(BTC)
    assert (ticker.sequence, ticker.time) == (sequence, world.time)


def test_time_alone_tells_the_tickers_from_which_it_took_a_trade(world: MarketWorld) -> None:
    world.trade(100, 3)
    world.wait(HOUR_US)
    world.trade(7, 1, market=ETH)
    heard = Heard()
    world.data.listen_tickers(None, heard.append)
    world.wait(DAY_US - HOUR_US + MINUTE_US)
    world.data.tick(world.time)
    assert [(ticker.market, ticker.lots, ticker.time) for ticker in heard.take()] == [(BTC, 0, world.time)]
    world.data.tick(world.time)
    world.data.tick(TimeUs(world.time - 5))
    assert heard == []


def test_a_restart_from_the_rows_at_an_earlier_checkpoint_gives_the_same_tickers(world: MarketWorld) -> None:
    rows = []
    for n in range(50):
        world.trade(100 + n * 37 % 11, n + 1)
        rows.append(world.data.candle_rows(world.batches[-1]))
        world.wait(n * 7 * MINUTE_US)
    checkpoint = world.batches[-20].last
    stored = {(row.market, row.interval, row.start): row for batch in rows[:-19] for row in batch}
    recent = {
        (BTC, interval): sorted(
            (row for row in stored.values() if row.interval == interval.value), key=lambda row: row.start
        )
        for interval in CandleInterval
    }
    restarted: MarketData = world.restarted(checkpoint, recent)
    assert restarted.ticker(BTC) == world.data.ticker(BTC)
