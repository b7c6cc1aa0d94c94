"""The epoch: which process may write. Each start takes the next one, and every transaction of a writer checks it."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Table, select, update

from backend.persistence.errors import Fenced


def lock_epoch(connection: Connection, table: Table) -> int:
    """Return the epoch, which nobody else can change or lock until this transaction ends."""
    epoch = connection.scalar(_locking(table))
    assert epoch is not None, f"{table.name} has lost its row"
    return int(epoch)


def check_epoch(connection: Connection, table: Table, ours: int) -> None:
    """Lock the epoch for this transaction and make sure that it is ours.

    Raises:
        Fenced: Another process has taken a newer one.
    """
    found = lock_epoch(connection, table)
    if found != ours:
        raise Fenced(table.name, ours, found)


def store_epoch(connection: Connection, table: Table, epoch: int) -> None:
    """Make an epoch the one that may write; it is locked by this transaction and lower."""
    connection.execute(update(table).where(table.c.id == 1).values(epoch=epoch))


@cache
def _locking(table: Table) -> Select[Any]:
    # SQLite's write transaction holds the whole file; its dialect leaves out FOR UPDATE.
    return select(table.c.epoch).where(table.c.id == 1).with_for_update()
