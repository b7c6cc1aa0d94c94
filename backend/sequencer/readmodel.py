"""Loads the engine's state from the read model: the exact inverse of what the projector writes."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, Table, select

from backend.engine.keys import KEY_AGE_US_MAX, KEYS_MAX
from backend.engine.values import (
    Account,
    AccountId,
    Asset,
    Balance,
    FeeTier,
    KeyKind,
    Market,
    MarketStatus,
    Minute,
    Order,
    Rules,
    State,
    Tape,
    TimeUs,
    UsedKey,
    Volume,
)
from backend.persistence import tables
from backend.persistence.orders import order_of
from backend.persistence.rows import Checkpoint

FETCHED_ROWS_MAX = 5_000
"""So many rows are in memory twice while they are read."""

_MINUTES = msgspec.json.Decoder(tuple[Minute, ...])


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
        accounts=[_account(row) for row in _in_order(connection, tables.accounts)],
        balances=_balances(connection),
        orders=_open_orders(connection),
        keys=_remembered_keys(connection, checkpoint.time),
        rules=_rules(connection),
        tapes=_tapes(connection),
        volumes=_volumes(connection),
    )
    return state, checkpoint


def _in_order(connection: Connection, table: Table) -> list[Row[Any]]:
    """Return the rows in the order in which they came to be."""
    return list(connection.execute(select(table).order_by(table.c.sequence, *table.primary_key)))


def _market(row: Row[Any]) -> Market:
    values = {**row._mapping, "status": MarketStatus(row.status)}
    del values["sequence"]
    return Market(**values)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=AccountId(row.account),
        house=bool(row.house),
        tier=row.tier,
        cancels_at=row.cancels_at,
        frozen=bool(row.frozen),
    )


def _rules(connection: Connection) -> Rules:
    row = connection.execute(select(tables.rules)).one_or_none()
    if row is None:
        return Rules()
    tiers = msgspec.json.decode(row.tiers, type=tuple[FeeTier, ...])
    return Rules(bool(row.halted), row.halt_reason, row.volume_asset, tiers, row.tiers_due_at)


def _tapes(connection: Connection) -> list[Tape]:
    rows = connection.execute(select(tables.tapes).order_by(tables.tapes.c.market))
    return [Tape(row.market, row.last_ticks, _MINUTES.decode(row.minutes)) for row in rows]


def _volumes(connection: Connection) -> list[Volume]:
    volumes = tables.account_volumes
    query = select(volumes).order_by(volumes.c.account, volumes.c.day)
    return [Volume(AccountId(row.account), row.day, row.amount) for row in _streamed(connection, query)]


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
