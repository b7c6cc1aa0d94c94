"""Candles of every interval, folded from trades once for memory, tables and feeds alike."""

import enum
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.engine.values import TimeUs
from backend.persistence.rows import CandleRow

MINUTE_US = 60 * 1_000_000
DAY_US = 24 * 60 * MINUTE_US

CANDLES_REMEMBERED_MAX = 1_500
"""So many newest candles of a market and interval usually stay in memory."""

CANDLES_REMEMBERED_MIN = DAY_US // MINUTE_US + 2
"""Tickers look back over a day of minutes."""

_MONDAY_US = 3 * DAY_US
"""1970 began on a Thursday; the Monday before it was three days earlier."""


class CandleInterval(enum.Enum):
    """How long a candle lasts."""

    M1 = "M1"
    M5 = "M5"
    M15 = "M15"
    M30 = "M30"
    H1 = "H1"
    H4 = "H4"
    D1 = "D1"
    W1 = "W1"


INTERVAL_US: Mapping[CandleInterval, int] = {
    CandleInterval.M1: MINUTE_US,
    CandleInterval.M5: 5 * MINUTE_US,
    CandleInterval.M15: 15 * MINUTE_US,
    CandleInterval.M30: 30 * MINUTE_US,
    CandleInterval.H1: 60 * MINUTE_US,
    CandleInterval.H4: 240 * MINUTE_US,
    CandleInterval.D1: DAY_US,
    CandleInterval.W1: 7 * DAY_US,
}


def interval_start(interval: CandleInterval, time: TimeUs) -> TimeUs:
    """Return when the interval began that holds an instant; a week begins on Monday, UTC."""
    offset = _MONDAY_US if interval is CandleInterval.W1 else 0
    return TimeUs(time - (time + offset) % INTERVAL_US[interval])


def interval_end(row: CandleRow) -> TimeUs:
    """Return the first instant after a candle's interval."""
    return TimeUs(row.start + INTERVAL_US[CandleInterval(row.interval)])


def with_trade(row: CandleRow, price_ticks: int, lots: int, value: int) -> CandleRow:
    """Return a candle with one more trade."""
    return CandleRow(
        market=row.market,
        interval=row.interval,
        start=row.start,
        open=row.open,
        high=max(row.high, price_ticks),
        low=min(row.low, price_ticks),
        close=price_ticks,
        lots=row.lots + lots,
        value=row.value + value,
        trades=row.trades + 1,
    )


@dataclass(slots=True, frozen=True)
class Candle:
    """A candle as it is now; `closed` is False while the interval lasts."""

    row: CandleRow
    closed: bool


class CandleSeries:
    """The newest candles of one market and interval, oldest first; the last may be in progress."""

    __slots__ = ("_end", "interval", "market", "remembered_max", "rows", "told_closed", "whole")

    def __init__(self, market: str, interval: CandleInterval, remembered_max: int = CANDLES_REMEMBERED_MAX) -> None:
        self.market = market
        self.interval = interval
        self.remembered_max = remembered_max
        self.rows: deque[CandleRow] = deque()
        self.whole = True
        """Every candle that there ever was is in memory."""
        self.told_closed = True
        """The last candle is over, and whoever listens has been told; True as well while there is none."""
        self._end = TimeUs(0)

    def append(self, row: CandleRow) -> None:
        """Begin a candle; the oldest one in memory goes past the limit."""
        assert not self.rows or self.rows[-1].start < row.start, "candles of a series follow each other"
        self.rows.append(row)
        self._end = interval_end(row)
        self.told_closed = False
        if len(self.rows) > self.remembered_max:
            self.rows.popleft()
            self.whole = False

    def trade(self, price_ticks: int, lots: int, value: int, time: TimeUs) -> CandleRow | None:
        """Take in one trade; return the candle in progress that it ended by beginning the next one."""
        if time < self._end:
            self.rows[-1] = with_trade(self.rows[-1], price_ticks, lots, value)
            self.told_closed = False
            return None
        ended = None if self.told_closed else self.rows[-1]
        start = interval_start(self.interval, time)
        first = CandleRow(
            market=self.market,
            interval=self.interval.value,
            start=start,
            open=price_ticks,
            high=price_ticks,
            low=price_ticks,
            close=price_ticks,
            lots=lots,
            value=value,
            trades=1,
        )
        self.append(first)
        return ended

    def closed(self, now: TimeUs) -> bool:
        """Tell whether the interval of the last candle is over."""
        return self._end <= now

    def within(self, start: TimeUs | None, end: TimeUs | None, limit: int) -> tuple[list[CandleRow], bool]:
        """Return the last `limit` candles in memory with start in [start, end), and whether these are all of them."""
        found: list[CandleRow] = []
        for row in reversed(self.rows):
            if len(found) >= limit or (start is not None and row.start < start):
                return found[::-1], True
            if end is None or row.start < end:
                found.append(row)
        reached = start is not None and bool(self.rows) and self.rows[0].start <= start
        return found[::-1], self.whole or reached or len(found) >= limit


Recent = Mapping[tuple[str, CandleInterval], Sequence[CandleRow]]
"""The newest candles of each market and interval, oldest first, as the tables have them at a checkpoint."""


class CandleFold:
    """All candles of all markets, built trade by trade.

    Trades come in the order of the journal and so in the order of time. That makes the fold exact after a crash: the
    rows at the checkpoint are continued by the trades of the replayed commands.
    """

    def __init__(self, now: TimeUs, recent: Recent, remembered_max: int = CANDLES_REMEMBERED_MAX) -> None:
        self._remembered_max = remembered_max
        self._markets: dict[str, dict[CandleInterval, CandleSeries]] = {}
        for (market, interval), rows in recent.items():
            series = self.of(market)[interval]
            for row in rows:
                series.append(row)
            # a full page from the tables may have more before it
            series.whole = len(rows) < remembered_max
            series.told_closed = series.closed(now)

    def of(self, market: str) -> Mapping[CandleInterval, CandleSeries]:
        """Return a market's candles of every interval; they are empty where there was no trade yet."""
        found = self._markets.get(market)
        if found is None:
            found = self._markets[market] = {
                interval: CandleSeries(market, interval, self._remembered_max) for interval in CandleInterval
            }
        return found

    def trade(self, market: str, price_ticks: int, lots: int, value: int, time: TimeUs) -> list[CandleRow]:
        """Take in one trade; return the candles in progress that it ended by beginning the next ones."""
        ended = [series.trade(price_ticks, lots, value, time) for series in self.of(market).values()]
        return [row for row in ended if row is not None]

    def close_until(self, now: TimeUs) -> list[CandleRow]:
        """Return the candles whose intervals have ended and about which nobody was told yet; they count as told."""
        closed: list[CandleRow] = []
        for intervals in self._markets.values():
            for series in intervals.values():
                if not series.told_closed and series.closed(now):
                    series.told_closed = True
                    closed.append(series.rows[-1])
        return closed
