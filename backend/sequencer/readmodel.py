"""Loads the engine's state from the read model: the exact inverse of what the projector writes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select

from backend.engine.keys import KEY_AGE_US_MAX, KEYS_MAX
from backend.engine.values import (
    AccountId,
    Asset,
    Balance,
    KeyKind,
    Market,
    MarketStatus,
    Order,
    State,
    TimeUs,
    UsedKey,
)
from backend.persistence import tables
from backend.persistence.orders import order_of
from backend.persistence.rows import Checkpoint

FETCHED_ROWS_MAX = 5_000
"""So many rows are in memory twice while they are read."""


def load_state(connection: Connection) -> tuple[State, Checkpoint]:
    """Return the engine's state at the checkpoint, and the checkpoint; read in one transaction (`Database.read`)."""
    row = connection.execute(select(tables.checkpoint)).one()
    checkpoint = Checkpoint(row.sequence, TimeUs(row.time), row.epoch, row.fingerprint, row.rules_version)
    state = State(
        sequence=row.sequence,
        time=TimeUs(row.time),
        next_order_id=row.next_order_id,
        next_trade_id=row.next_trade_id,
        next_place=row.next_place,
        assets=[Asset(row.code, row.name, row.decimals) for row in _in_order(connection, tables.assets)],
        markets=[_market(row) for row in _in_order(connection, tables.markets)],
        accounts=[AccountId(row.account) for row in _in_order(connection, tables.accounts)],
        balances=_balances(connection),
        orders=_open_orders(connection),
        keys=_remembered_keys(connection, checkpoint.time),
    )
    return state, checkpoint


def _in_order(connection: Connection, table: Table) -> list[Row[Any]]:
    """Return the rows in the order in which they came to be."""
    return list(connection.execute(select(table).order_by(table.c.sequence, *table.primary_key)))


def _market(row: Row[Any]) -> Market:
    values = {**row._mapping, "status": MarketStatus(row.status)}
    del values["sequence"]
    return Market(**values)


def _balances(connection: Connection) -> list[Balance]:
    query = select(tables.balances).order_by(tables.balances.c.account, tables.balances.c.asset)
    return [
        Balance(AccountId(row.account), row.asset, row.available, row.held)
        for row in _streamed(connection, query)
        if row.available or row.held
    ]


def _open_orders(connection: Connection) -> list[Order]:
    query = select(tables.orders).where(tables.IS_OPEN).order_by(tables.orders.c.place)
    return [order_of(row) for row in _streamed(connection, query)]


def _remembered_keys(connection: Connection, now: TimeUs) -> list[UsedKey]:
    keys = tables.command_keys.c
    query = (
        select(tables.command_keys)
        .where(keys.used_at > now - KEY_AGE_US_MAX)
        .order_by(keys.used_at.desc(), keys.sequence.desc(), keys.index.desc())
        .limit(KEYS_MAX)
    )
    newest_first = [
        UsedKey(AccountId(row.account), KeyKind(row.kind), row.key, row.content, row.result, TimeUs(row.used_at))
        for row in _streamed(connection, query)
    ]
    newest_first.reverse()
    return newest_first


def _streamed(connection: Connection, query: Select[Any]) -> Iterable[Row[Any]]:
    return connection.execute(query.execution_options(yield_per=FETCHED_ROWS_MAX))
