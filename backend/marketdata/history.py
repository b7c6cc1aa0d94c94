"""Trade history and candles further back than memory: questions to the read model, merged with what is newer."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from backend.engine.values import TimeUs, TradeId
from backend.marketdata.candles import Candle, CandleInterval
from backend.marketdata.market_data import MarketData
from backend.persistence import histories
from backend.persistence.rows import CandleRow, Page, TradeRow

T = TypeVar("T")


class Reads(Protocol):
    """The database, as far as it is read here."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` finds in a read transaction."""


class Reached(Protocol):
    """The projector, as far as it is waited for here."""

    async def reached(self, sequence: int) -> None:
        """Return when the read model has everything up to a sequence."""


class History:
    """The past of the markets; an answer is never older than the moment of its question."""

    def __init__(self, data: MarketData, database: Reads, projector: Reached) -> None:
        self._data = data
        self._database = database
        self._projector = projector

    async def candles(
        self, market: str, interval: CandleInterval, start: TimeUs | None, end: TimeUs | None, limit: int
    ) -> list[Candle]:
        """Return the last `limit` candles that start in [start, end), oldest first.

        Raises:
            UnknownMarket: No market has this symbol.
            StorageUnavailable: They are older than memory, and the read model does not answer or is far behind.
        """
        series = self._data.candle_series(market, interval)
        rows, complete = series.within(start, end, limit)
        newer = [self._data.with_closed(row) for row in rows]
        if complete:
            return newer
        before = series.rows[0].start if end is None else min(end, series.rows[0].start)
        # what has left memory was folded before now, but it may still be on its way into the tables
        await self._projector.reached(self._data.sequence)
        older = await self._database.read(_candles_before(market, interval, start, before, limit - len(newer)))
        return [*(self._data.with_closed(row) for row in older), *newer]

    async def trades(
        self, market: str, *, since: TimeUs | None, until: TimeUs | None, before: TradeId | None, limit: int
    ) -> Page[TradeRow]:
        """Return a page of trades, newest first: at or after `since`, before `until`, below the trade id `before`.

        Raises:
            StorageUnavailable: The read model does not answer or is far behind.
        """
        await self._projector.reached(self._data.sequence)
        return await self._database.read(
            lambda connection: histories.trades(
                connection, market, since=since, until=until, before=before, limit=limit
            )
        )


def _candles_before(
    market: str, interval: CandleInterval, start: TimeUs | None, end: TimeUs, limit: int
) -> Callable[[Connection], list[CandleRow]]:
    return lambda connection: histories.candles(connection, market, interval.value, start=start, end=end, limit=limit)
