"""The journal: one row for each batch of commands, durable before anyone is told of it."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from backend.engine.values import TimeUs
from backend.persistence.database import Database
from backend.persistence.epochs import check_epoch, lock_epoch, store_epoch
from backend.persistence.errors import JournalHole
from backend.persistence.faults import Fault, no_fault
from backend.persistence.tables import journal, journal_epoch, writer_epoch
from backend.persistence.threads import BoundedThreads

READ_BATCHES_MAX = 64
"""So many batches are read from the database at once."""
APPENDS_WAITING_MAX = 4
"""The sequencer has one append under way; the rest is slack."""

_newest = select(journal.c.last_sequence, journal.c.time).order_by(journal.c.first_sequence.desc()).limit(1)
_insert = insert(journal)


class JournalBatch(msgspec.Struct, frozen=True, gc=False):
    """One row: the commands `first` to `last`, and what came of them.

    `digest` is that of their events, `fingerprint` that of the engine's state after them, `rules_version` that of the
    program that applied them, `epoch` that of the process that wrote them.
    """

    first: int
    last: int
    time: TimeUs
    rules_version: int
    epoch: int
    commands: bytes
    digest: str
    fingerprint: str


class Journal:
    """Appends batches in a thread of its own, and reads them."""

    def __init__(self, database: Database, *, fault: Fault = no_fault) -> None:
        """Read with it at once; append after `open_epoch`.

        Args:
            database: Migrated.
            fault: For tests: called at "journal.inserted" before the commit, and at "journal.committed" after it.
        """
        self.epoch = 0
        self._database = database
        self._fault = fault
        self._thread = BoundedThreads("journal", threads_max=1, waiting_max=APPENDS_WAITING_MAX)

    def open_epoch(self) -> int:
        """Take the next epoch for this process, in both databases: from now on every older writer is fenced."""
        with self._database.begin_journal() as connection:
            newest = lock_epoch(connection, journal_epoch)
        with self._database.begin_main() as connection:
            epoch = max(newest, lock_epoch(connection, writer_epoch)) + 1
            store_epoch(connection, writer_epoch, epoch)
        with self._database.begin_journal() as connection:
            check_epoch(connection, journal_epoch, newest)
            store_epoch(connection, journal_epoch, epoch)
        self.epoch = epoch
        return epoch

    async def append(
        self, *, first: int, last: int, time: TimeUs, rules_version: int, commands: bytes, digest: str, fingerprint: str
    ) -> JournalBatch:
        """Return the batch after its commit.

        Raises:
            Fenced: Another process has taken over.
            JournalHole: The batch does not follow the last one.
            Exception: Whatever the database says; the batch may or may not be in the journal then.
        """
        batch = JournalBatch(first, last, time, rules_version, self.epoch, commands, digest, fingerprint)
        await self._thread.run(lambda: self._write(batch))
        return batch

    def last(self) -> tuple[int, TimeUs] | None:
        """Return the last sequence and its time, None for an empty journal.

        A transaction whose outcome nobody knows, since the connection was lost at its commit, has ended by then.
        """
        with self._database.begin_journal() as connection:
            lock_epoch(connection, journal_epoch)
            newest = connection.execute(_newest).one_or_none()
        return None if newest is None else (newest.last_sequence, TimeUs(newest.time))

    def batches_after(self, sequence: int) -> Iterator[JournalBatch]:
        """Return the batches after a sequence, which is 0 or the last one of a batch, up to the end of the journal.

        Raises:
            JournalHole: A sequence is missing.
        """
        while rows := self._chunk_after(sequence):
            for row in rows:
                if row.first_sequence != sequence + 1:
                    raise JournalHole(f"the journal has no batch that begins at sequence {sequence + 1}")
                yield _batch(row)
                sequence = row.last_sequence

    def at(self, last_sequence: int) -> JournalBatch | None:
        """Return the batch that ends at a sequence."""
        with self._database.read_journal() as connection:
            row = connection.execute(select(journal).where(journal.c.last_sequence == last_sequence)).one_or_none()
        return None if row is None else _batch(row)

    def close(self) -> None:
        """Wait for the append under way and end the thread; reading goes on working."""
        self._thread.close()

    def _write(self, batch: JournalBatch) -> None:
        assert self.epoch > 0, "the epoch is not open"
        assert batch.first <= batch.last
        with self._database.begin_journal() as connection:
            check_epoch(connection, journal_epoch, self.epoch)
            _check_follows(connection, batch)
            connection.execute(
                _insert,
                {
                    "first_sequence": batch.first,
                    "last_sequence": batch.last,
                    "time": batch.time,
                    "rules_version": batch.rules_version,
                    "epoch": batch.epoch,
                    "commands": batch.commands,
                    "digest": batch.digest,
                    "fingerprint": batch.fingerprint,
                },
            )
            self._fault("journal.inserted")
        self._fault("journal.committed")

    def _chunk_after(self, sequence: int) -> list[Row[Any]]:
        with self._database.read_journal() as connection:
            return list(
                connection.execute(
                    select(journal)
                    .where(journal.c.last_sequence > sequence)
                    .order_by(journal.c.last_sequence)
                    .limit(READ_BATCHES_MAX)
                )
            )


def _check_follows(connection: Connection, batch: JournalBatch) -> None:
    last = connection.execute(_newest).scalar()
    expected = (last or 0) + 1
    if batch.first != expected:
        raise JournalHole(f"a batch that begins at {batch.first} does not follow the journal's sequence {expected - 1}")


def _batch(row: Row[Any]) -> JournalBatch:
    return JournalBatch(
        first=row.first_sequence,
        last=row.last_sequence,
        time=TimeUs(row.time),
        rules_version=row.rules_version,
        epoch=row.epoch,
        commands=bytes(row.commands),
        digest=row.digest,
        fingerprint=row.fingerprint,
    )
