"""What market data needs from the tables at a start: the newest candles of each market."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from backend.marketdata.candles import CANDLES_REMEMBERED_MAX, CandleInterval, Recent
from backend.persistence import tables
from backend.persistence.rows import CandleRow


def load(connection: Connection, markets: Iterable[str], remembered_max: int = CANDLES_REMEMBERED_MAX) -> Recent:
    """Return the newest candles of these markets; read them in the transaction that reads the engine's state."""
    return {
        (market, interval): _newest(connection, market, interval, remembered_max)
        for market in markets
        for interval in CandleInterval
    }


def _newest(connection: Connection, market: str, interval: CandleInterval, limit: int) -> list[CandleRow]:
    candles = tables.candles.c
    query = (
        select(*(candles[name] for name in CandleRow.__struct_fields__))
        .where(candles.market == market, candles.interval == interval.value)
        .order_by(candles.start.desc())
        .limit(limit)
    )
    return [CandleRow(*row) for row in reversed(connection.execute(query).all())]
