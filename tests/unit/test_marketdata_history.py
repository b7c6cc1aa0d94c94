"""Candles and trades further back than memory, from the tables of both databases, while the projector lags."""

import pytest
from sqlalchemy import Connection, insert

from backend.engine.values import Side, TimeUs, TradeId
from backend.marketdata import CandleInterval, MarketData, loading
from backend.marketdata.candles import CANDLES_REMEMBERED_MAX, MINUTE_US
from backend.marketdata.history import History
from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.rows import CandleRow, TradeRow
from tests.support.market_world import BTC, ETH, MarketWorld

M1 = CandleInterval.M1


class LaggingProjector:
    """Writes candles and trades only when somebody waits for them."""

    def __init__(self, database: Database, world: MarketWorld) -> None:
        self._database = database
        self._rows: dict[tuple[str, str, int], CandleRow] = {}
        self._trades: list[TradeRow] = []
        self.waits = 0
        world.data.listen_trades(BTC, self._trades.append)
        world.data.listen_trades(ETH, self._trades.append)
        folded = world.data.fold

        def fold(batch: object) -> None:
            folded(batch)  # type: ignore[arg-type]
            for row in world.data.candle_rows(batch):  # type: ignore[arg-type]
                self._rows[row.market, row.interval, row.start] = row

        world.data.fold = fold  # type: ignore[method-assign, assignment]

    async def reached(self, sequence: int) -> None:
        self.waits += 1
        await self._database.write(self._write)

    def _write(self, connection: Connection) -> None:
        connection.execute(tables.candles.delete())
        connection.execute(tables.trades.delete())
        for table, rows in ((tables.candles, list(self._rows.values())), (tables.trades, self._trades)):
            values = [{name: getattr(row, name) for name in row.__struct_fields__} for row in rows]
            for value in values:
                if "taker_side" in value:
                    value["taker_side"] = value["taker_side"].value
            if values:
                connection.execute(insert(table), values)


class Past:
    """More minutes of trades than memory holds: in minute n the price is 100 + n."""

    minutes = CANDLES_REMEMBERED_MAX + 300

    def __init__(self, database: Database) -> None:
        self.world = MarketWorld()
        self.begin = self.world.time
        self.projector = LaggingProjector(database, self.world)
        self.history = History(self.world.data, database, self.projector)
        for n in range(self.minutes):
            self.world.trade(100 + n, 1)
            self.world.wait(MINUTE_US)

    async def minutes_of(self, start: int | None, end: int | None, limit: int) -> list[int]:
        """Ask for candles by minutes of this past; return their minutes."""
        times = [None if minute is None else TimeUs(self.begin + minute * MINUTE_US) for minute in (start, end)]
        candles = await self.history.candles(BTC, M1, times[0], times[1], limit)
        for candle in candles:
            n = (candle.row.start - self.begin) // MINUTE_US
            assert (candle.row.open, candle.row.close, candle.row.trades) == (100 + n, 100 + n, 1)
        return [(candle.row.start - self.begin) // MINUTE_US for candle in candles]


async def test_candles_from_tables_and_memory_make_one_row_without_hole_or_doubt(database: Database) -> None:
    past = Past(database)
    edge = past.minutes - CANDLES_REMEMBERED_MAX
    assert await past.minutes_of(edge - 5, edge + 5, 500) == list(range(edge - 5, edge + 5))
    assert await past.minutes_of(edge - 5, edge + 5, 7) == list(range(edge - 2, edge + 5))
    assert await past.minutes_of(None, 10, 4) == [6, 7, 8, 9]
    assert await past.minutes_of(0, 1, 500) == [0]
    assert await past.minutes_of(None, edge, 1000) == list(range(edge))


async def test_what_memory_covers_waits_for_nobody(database: Database) -> None:
    past = Past(database)
    assert await past.minutes_of(None, None, 500) == list(range(past.minutes - 500, past.minutes))
    assert await past.minutes_of(past.minutes - 3, None, 500) == list(range(past.minutes - 3, past.minutes))
    assert await past.history.candles(ETH, M1, None, None, 500) == []
    assert past.projector.waits == 0


async def test_only_the_candle_in_progress_is_not_closed(database: Database) -> None:
    past = Past(database)
    past.world.trade(7, 1)
    candles = await past.history.candles(BTC, M1, None, None, 3)
    assert [candle.closed for candle in candles] == [True, True, False]


async def test_a_start_loads_the_newest_candles_of_each_interval(database: Database) -> None:
    past = Past(database)
    await past.projector.reached(past.world.exchange.sequence)
    recent = await database.read(lambda connection: loading.load(connection, [BTC, ETH]))
    restarted = MarketData(past.world.exchange.state(), recent)
    for interval in CandleInterval:
        was, now = (data.candle_series(BTC, interval) for data in (past.world.data, restarted))
        assert list(now.rows) == list(was.rows)
        assert now.whole == was.whole
        assert not restarted.candle_series(ETH, interval).rows
    assert restarted.ticker(BTC) == past.world.data.ticker(BTC)


@pytest.fixture
async def traded(database: Database) -> tuple[MarketWorld, History]:
    """Ten trades a second apart, every third of them in another market."""
    world = MarketWorld()
    history = History(world.data, database, LaggingProjector(database, world))
    for n in range(10):
        world.trade(100 + n, n + 1, market=ETH if n % 3 == 2 else BTC, taker_side=Side.SELL if n % 2 else Side.BUY)
        world.wait(1_000_000)
    return world, history


async def test_trades_come_newest_first_and_a_page_goes_on_where_the_last_one_ended(
    traded: tuple[MarketWorld, History],
) -> None:
    _, history = traded
    first = await history.trades(BTC, since=None, until=None, before=None, limit=4)
    assert [(trade.price_ticks, trade.taker_side) for trade in first.items] == [
        (109, Side.SELL),
        (107, Side.SELL),
        (106, Side.BUY),
        (104, Side.BUY),
    ]
    assert first.more
    second = await history.trades(BTC, since=None, until=None, before=TradeId(first.items[-1].id), limit=4)
    assert [trade.price_ticks for trade in second.items] == [103, 101, 100]
    assert not second.more


async def test_trades_are_found_by_time_since_inclusive_until_exclusive(traded: tuple[MarketWorld, History]) -> None:
    world, history = traded
    begin = world.time - 10_000_000
    page = await history.trades(
        BTC, since=TimeUs(begin + 3_000_000), until=TimeUs(begin + 7_000_000), before=None, limit=10
    )
    assert [trade.price_ticks for trade in page.items] == [106, 104, 103]
