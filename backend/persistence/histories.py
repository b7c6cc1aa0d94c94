"""The paged histories of the read model: newest first, keyset paging, each served by an index."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from backend.engine.values import (
    AccountId,
    KeyKind,
    Liquidity,
    Order,
    OrderId,
    OrderStatus,
    PostingKind,
    Side,
    TimeUs,
    TradeId,
    UsedKey,
)
from backend.persistence import tables
from backend.persistence.orders import order_of
from backend.persistence.rows import CandleRow, FillRow, LedgerRow, Page, TradeRow

T = TypeVar("T")

PAGE_ROWS_MAX = 100
CANDLES_MAX = 1_000
FILLS_OF_AN_ORDER_MAX = 100
KEYS_FETCHED_MAX = 10_000

_NEVER = literal(2**62)
"""Above every id and sequence."""


def orders(
    connection: Connection,
    account: AccountId,
    *,
    market: str | None = None,
    statuses: Collection[OrderStatus] | None = None,
    since: TimeUs | None = None,
    until: TimeUs | None = None,
    before: OrderId | None = None,
    limit: int = 50,
) -> Page[Order]:
    """Return a page of an account's orders that were created at or after `since` and before `until`."""
    table = tables.orders
    query = select(table).where(
        *_equal((table.c.account, account), (table.c.market, market)),
        *_between(table.c.id, table.c.id, table.c.created_at, since, until),
        *_below(table.c.id, before),
    )
    if statuses is not None:
        query = _of_each_status(query, statuses, limit)
    return _page(connection, query.order_by(_column(query, "id").desc()), limit, order_of)


def order(connection: Connection, account: AccountId, order_id: OrderId) -> Order | None:
    """Return an order of an account by its id, None when it has none of this id."""
    table = tables.orders
    row = connection.execute(select(table).where(table.c.id == order_id, table.c.account == account)).one_or_none()
    return None if row is None else order_of(row)


def order_by_client_id(connection: Connection, account: AccountId, client_order_id: str) -> Order | None:
    """Return an order of an account by the id that its client gave it."""
    used = find_key(connection, account, KeyKind.ORDER, client_order_id)
    return None if used is None else order(connection, account, OrderId(int(used.result)))


def fills(
    connection: Connection,
    account: AccountId,
    *,
    market: str | None = None,
    order: OrderId | None = None,
    since: TimeUs | None = None,
    until: TimeUs | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Page[FillRow]:
    """Return a page of an account's fills at or after `since` and before `until`."""
    table = tables.fills
    query = select(table).where(
        *_equal((table.c.account, account), (table.c.market, market), (table.c.order, order)),
        # A fill's id is twice its trade's, and one more for the seller.
        *_between(table.c.id, tables.trades.c.id, tables.trades.c.time, since, until, multiple=2),
        *_below(table.c.id, before),
    )
    return _page(connection, query.order_by(table.c.id.desc()), limit, _fill)


def fills_of_orders(connection: Connection, order_ids: Collection[OrderId]) -> dict[OrderId, list[FillRow]]:
    """Return the newest fills of each order, at most `FILLS_OF_AN_ORDER_MAX` of each, newest first."""
    found: dict[OrderId, list[FillRow]] = {order_id: [] for order_id in order_ids}
    fill, older = tables.fills, tables.fills.alias()
    oldest_wanted = (
        select(older.c.id)
        .where(older.c.order == tables.orders.c.id)
        .order_by(older.c.id.desc())
        .limit(1)
        .offset(FILLS_OF_AN_ORDER_MAX - 1)
        .correlate(tables.orders)
        .scalar_subquery()
    )
    query = (
        select(fill)
        .select_from(tables.orders)
        .join(fill, and_(fill.c.order == tables.orders.c.id, fill.c.id >= func.coalesce(oldest_wanted, 0)))
        .where(tables.orders.c.id.in_(found))
        .order_by(fill.c.order, fill.c.id.desc())
    )
    for row in connection.execute(query):
        found[OrderId(row.order)].append(_fill(row))
    return found


def ledger(
    connection: Connection,
    account: AccountId,
    *,
    asset: str | None = None,
    since: TimeUs | None = None,
    until: TimeUs | None = None,
    before: tuple[int, int] | None = None,
    limit: int = 50,
) -> Page[LedgerRow]:
    """Return a page of what an account's totals changed by; `before` is the (sequence, index) of an entry."""
    table = tables.ledger_entries
    query = select(table).where(
        *_equal((table.c.account, account), (table.c.asset, asset)),
        *_between(table.c.sequence, table.c.sequence, table.c.time, since, until),
        *_below(tuple_(table.c.sequence, table.c.index), before),
    )
    return _page(connection, query.order_by(table.c.sequence.desc(), table.c.index.desc()), limit, _ledger_entry)


def trades(
    connection: Connection,
    market: str,
    *,
    since: TimeUs | None = None,
    until: TimeUs | None = None,
    before: TradeId | None = None,
    limit: int = 50,
) -> Page[TradeRow]:
    """Return a page of a market's trades at or after `since` and before `until`."""
    table = tables.trades
    query = select(table).where(
        table.c.market == market,
        *_between(table.c.id, table.c.id, table.c.time, since, until),
        *_below(table.c.id, before),
    )
    return _page(connection, query.order_by(table.c.id.desc()), limit, _trade)


def candles(
    connection: Connection,
    market: str,
    interval: str,
    *,
    start: TimeUs | None = None,
    end: TimeUs | None = None,
    limit: int = 500,
) -> list[CandleRow]:
    """Return the last `limit` candles that start in [start, end), oldest first."""
    assert 1 <= limit <= CANDLES_MAX
    table = tables.candles
    query = select(table).where(table.c.market == market, table.c.interval == interval)
    if start is not None:
        query = query.where(table.c.start >= start)
    if end is not None:
        query = query.where(table.c.start < end)
    rows = connection.execute(query.order_by(table.c.start.desc()).limit(limit)).all()
    return [CandleRow(*row) for row in reversed(rows)]


def volume(connection: Connection, account: AccountId, since_day: int) -> int:
    """Return what an account traded from a day on (counted since 1970, UTC), in units of the volume asset."""
    table = tables.account_volumes
    amounts = select(table.c.amount).where(table.c.account == account, table.c.day >= since_day)
    # added up here: SQLite keeps amounts as texts
    return sum(connection.scalars(amounts))


def find_key(connection: Connection, account: AccountId, kind: KeyKind, key: str) -> UsedKey | None:
    """Return what an idempotency key first made, however long ago."""
    table = tables.command_keys
    row = connection.execute(
        select(table).where(table.c.account == account, table.c.kind == kind.value, table.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    return UsedKey(AccountId(row.account), KeyKind(row.kind), row.key, row.content, row.result, TimeUs(row.used_at))


def all_keys(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Return every key that was ever used, as (account, name of the kind, key), in no order."""
    table = tables.command_keys
    query = select(table.c.account, table.c.kind, table.c.key).execution_options(yield_per=KEYS_FETCHED_MAX)
    for row in connection.execute(query):
        yield row.account, row.kind, row.key


def count_keys(connection: Connection) -> int:
    """Return how many keys were ever used; it looks at each."""
    return connection.scalar(select(func.count()).select_from(tables.command_keys)) or 0


def _equal(*wanted: tuple[ColumnElement[Any], object]) -> Iterator[ColumnElement[bool]]:
    """Narrow to values, each of them only where one is wanted."""
    for column, value in wanted:
        if value is not None:
            yield column == value


def _below(place: ColumnElement[Any], before: object) -> Iterator[ColumnElement[bool]]:
    """Go on after the last item of the page before, if there was one."""
    if before is not None:
        yield place < before


def _between(
    column: ColumnElement[int],
    key: ColumnElement[int],
    time: ColumnElement[int],
    since: TimeUs | None,
    until: TimeUs | None,
    multiple: int = 1,
) -> Iterator[ColumnElement[bool]]:
    """Turn bounds in time into bounds on an id that grows with it: an index on both is asked once for each bound.

    The id is the key that is found, or a multiple of it.

    A filter on the time itself would read on and on through a long history in which few rows are in the bounds.
    """

    def first_from(moment: TimeUs) -> ColumnElement[int]:
        first = select(key).where(time >= moment).order_by(time, key).limit(1).correlate(None).scalar_subquery()
        return func.coalesce(first if multiple == 1 else first * multiple, _NEVER)

    if since is not None:
        yield column >= first_from(since)
    if until is not None:
        yield column < first_from(until)


def _of_each_status(query: Select[Any], statuses: Iterable[OrderStatus], limit: int) -> Select[Any]:
    """Take the newest of each status: an index gives each of them in order, but not several together."""
    newest = [
        select(
            query.where(tables.orders.c.status == status)
            .order_by(tables.orders.c.id.desc())
            .limit(limit + 1)
            .subquery()
        )
        for status in sorted({status.value for status in statuses})
    ]
    return select(union_all(*newest).subquery()) if newest else query.where(literal(False))


def _column(query: Select[Any], name: str) -> ColumnElement[Any]:
    return next(column for column in query.selected_columns if column.key == name)


def _page(connection: Connection, query: Select[Any], limit: int, make: Callable[[Row[Any]], T]) -> Page[T]:
    assert 1 <= limit <= PAGE_ROWS_MAX
    rows = connection.execute(query.limit(limit + 1)).all()
    return Page([make(row) for row in rows[:limit]], len(rows) > limit)


def _fill(row: Row[Any]) -> FillRow:
    return FillRow(
        id=row.id,
        trade=TradeId(row.trade),
        order=OrderId(row.order),
        account=AccountId(row.account),
        market=row.market,
        side=Side(row.side),
        price_ticks=row.price_ticks,
        lots=row.lots,
        value=row.value,
        fee=row.fee,
        fee_asset=row.fee_asset,
        liquidity=Liquidity(row.liquidity),
        sequence=row.sequence,
        time=TimeUs(row.time),
    )


def _ledger_entry(row: Row[Any]) -> LedgerRow:
    # A row of the driver has a method `index`, so this column is taken from the mapping.
    return LedgerRow(
        sequence=row.sequence,
        index=row._mapping["index"],
        account=AccountId(row.account),
        asset=row.asset,
        amount=row.amount,
        balance_after=row.balance_after,
        kind=PostingKind(row.kind),
        reference=row.reference,
        time=TimeUs(row.time),
    )


def _trade(row: Row[Any]) -> TradeRow:
    return TradeRow(
        id=TradeId(row.id),
        market=row.market,
        price_ticks=row.price_ticks,
        lots=row.lots,
        value=row.value,
        taker_side=None if row.taker_side is None else Side(row.taker_side),
        maker_order=OrderId(row.maker_order),
        taker_order=OrderId(row.taker_order),
        sequence=row.sequence,
        time=TimeUs(row.time),
    )
