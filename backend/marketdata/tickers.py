"""Tickers: the last price, the best bid and ask, and what the last 24 hours of trading add up to."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from backend import money
from backend.engine.values import TimeUs
from backend.marketdata.candles import DAY_US, MINUTE_US
from backend.persistence.rows import CandleRow

CHANGE_DECIMALS = 2
"""The change in percent is rounded half away from zero to so many decimals."""


@dataclass(slots=True, frozen=True)
class Ticker:
    """A market at one instant; prices in ticks, volumes in lots and in smallest units of the quote asset.

    The 24 hours begin with a whole minute: a trade leaves at the end of the minute in which it turns 24 hours old.
    """

    market: str
    last: int | None
    bid: int | None
    ask: int | None
    open: int | None
    """The price 24 hours ago: of the last trade before the window, or of the first in it where none was before."""
    high: int | None
    low: int | None
    lots: int
    value: int
    change_hundredths: int | None
    """Hundredths of a percent, against `open`."""
    sequence: int
    """Of the last command that changed the last price, the bid, the ask or what is indicative."""
    time: TimeUs
    """The instant whose last 24 hours these are."""
    indicative_ticks: int | None = None
    """In an auction, the price at which it would trade now; None where nothing would, and outside of auctions."""
    indicative_lots: int = 0


@dataclass(slots=True)
class _Minute:
    start: TimeUs
    close: int
    lots: int
    value: int


class DayWindow:
    """Volumes and extremes of a rolling 24 hours, in minutes; a trade costs the same however many came before it."""

    def __init__(self, minutes: Iterable[CandleRow] = ()) -> None:
        """Begin with the M1 candles before now, oldest first."""
        self.last: int | None = None
        self.lots = 0
        self.value = 0
        self._before: int | None = None
        """The price of the last trade that has left the window."""
        self._first: int | None = None
        """The price of the first trade that there ever was, as long as none has left the window."""
        self._minutes: deque[_Minute] = deque()
        self._highs: deque[tuple[TimeUs, int]] = deque()
        """Minutes whose high no later minute reaches: the first is the window's. `_lows` is its mirror image."""
        self._lows: deque[tuple[TimeUs, int]] = deque()
        for row in minutes:
            self._join(row.start, row.open, row.high, row.low, row.close, row.lots, row.value)

    @property
    def high(self) -> int | None:
        """Return the highest price; None when nothing was traded."""
        return self._highs[0][1] if self._highs else None

    @property
    def low(self) -> int | None:
        """Return the lowest price; None when nothing was traded."""
        return self._lows[0][1] if self._lows else None

    @property
    def open(self) -> int | None:
        """Return the price 24 hours ago; None when there was never a trade."""
        return self._before if self._before is not None else self._first

    def trade(self, time: TimeUs, price_ticks: int, lots: int, value: int) -> None:
        """Take in one trade, not older than the one before it."""
        minute = TimeUs(time - time % MINUTE_US)
        self._join(minute, price_ticks, price_ticks, price_ticks, price_ticks, lots, value)

    def roll(self, now: TimeUs) -> bool:
        """Let go of the minutes that are older than 24 hours; tell whether there were any."""
        begin = now - DAY_US
        begin -= begin % MINUTE_US
        if not self._minutes or self._minutes[0].start >= begin:
            return False
        while self._minutes and self._minutes[0].start < begin:
            minute = self._minutes.popleft()
            self.lots -= minute.lots
            self.value -= minute.value
            self._before = minute.close
        for extremes in (self._highs, self._lows):
            while extremes and extremes[0][0] < begin:
                extremes.popleft()
        return True

    def _join(self, minute: TimeUs, first: int, high: int, low: int, close: int, lots: int, value: int) -> None:
        if self._minutes and self._minutes[-1].start == minute:
            last = self._minutes[-1]
            last.close = close
            last.lots += lots
            last.value += value
        else:
            assert not self._minutes or self._minutes[-1].start < minute, "trades come in the order of time"
            self._minutes.append(_Minute(minute, close, lots, value))
        if self.last is None:
            self._first = first
        self.last = close
        self.lots += lots
        self.value += value
        while self._highs and self._highs[-1][1] <= high:
            self._highs.pop()
        if not self._highs or self._highs[-1][0] != minute:
            self._highs.append((minute, high))
        while self._lows and self._lows[-1][1] >= low:
            self._lows.pop()
        if not self._lows or self._lows[-1][0] != minute:
            self._lows.append((minute, low))


def ticker_of(
    market: str,
    day: DayWindow,
    best: tuple[int | None, int | None],
    indicative: tuple[int | None, int],
    sequence: int,
    time: TimeUs,
) -> Ticker:
    """Return a market's ticker."""
    change = None
    if day.last is not None and day.open is not None:
        change = money.divide_half_up((day.last - day.open) * 100 * 10**CHANGE_DECIMALS, day.open)
    return Ticker(
        market=market,
        last=day.last,
        bid=best[0],
        ask=best[1],
        open=day.open,
        high=day.high,
        low=day.low,
        lots=day.lots,
        value=day.value,
        change_hundredths=change,
        sequence=sequence,
        time=time,
        indicative_ticks=indicative[0],
        indicative_lots=indicative[1],
    )
