"""The journal: no holes, no stranger's batches, and nothing half."""

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.persistence.database import Database
from backend.persistence.errors import Fenced, JournalHole
from backend.sequencer import journal as journal_module
from backend.sequencer.journal import Journal, JournalBatch
from tests.conftest import DatabasePlace
from tests.support.postgres import PostgresCluster


class CommitFailed(Exception):
    """What a test makes happen at a commit."""


async def append(journal: Journal, first: int, last: int | None = None) -> JournalBatch:
    return await journal.append(
        first=first,
        last=last or first,
        time=1_000_000 * first,
        rules_version=3,
        commands=f"commands {first}".encode() + bytes(range(256)),
        digest=f"digest {first}",
        fingerprint=f"fingerprint {first}",
    )


def opened(database: Database, fail_at: str | None = None) -> Journal:
    def fault(point: str) -> None:
        if point == fail_at:
            raise CommitFailed(point)

    journal = Journal(database, fault=fault)
    journal.open_epoch()
    return journal


async def test_what_is_appended_is_read_in_order(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "READ_BATCHES_MAX", 2)
    journal = opened(database)
    assert journal.last() is None
    assert list(journal.batches_after(0)) == []
    bounds = [(1, 4), (5, 5), (6, 20), (21, 22), (23, 30)]
    appended = [await append(journal, first, last) for first, last in bounds]
    assert [batch.epoch for batch in appended] == [1] * 5
    assert journal.last() == (30, 23_000_000)
    assert list(journal.batches_after(0)) == appended
    assert list(journal.batches_after(5)) == appended[2:]
    assert list(journal.batches_after(30)) == []
    assert journal.at(20) == appended[2]
    assert journal.at(19) is None
    journal.close()


@pytest.mark.parametrize("first", [1, 4, 5, 7, 100])
async def test_a_batch_that_does_not_follow_is_refused(database: Database, first: int) -> None:
    journal = opened(database)
    await append(journal, 1, 5)
    with pytest.raises(JournalHole):
        await append(journal, first, 200)
    assert [batch.last for batch in journal.batches_after(0)] == [5]
    await append(journal, 6)
    journal.close()


async def test_the_first_batch_begins_at_one(database: Database) -> None:
    journal = opened(database)
    with pytest.raises(JournalHole):
        await append(journal, 2)
    journal.close()


async def test_a_hole_made_by_hand_is_found(database: Database) -> None:
    journal = opened(database)
    for sequence in (1, 2, 3):
        await append(journal, sequence)
    with database.begin_journal() as connection:
        connection.execute(text("DELETE FROM journal WHERE first_sequence = 2"))
    with pytest.raises(JournalHole, match="sequence 2"):
        list(journal.batches_after(0))
    journal.close()


async def test_reading_from_within_a_batch_is_refused(database: Database) -> None:
    journal = opened(database)
    await append(journal, 1, 5)
    with pytest.raises(JournalHole, match="sequence 4"):
        list(journal.batches_after(3))
    journal.close()


async def test_an_older_writer_is_fenced(database: Database) -> None:
    old = opened(database)
    await append(old, 1)
    new = opened(database)
    assert (old.epoch, new.epoch) == (1, 2)
    with pytest.raises(Fenced):
        await append(old, 2)
    await append(new, 2)
    assert [batch.epoch for batch in new.batches_after(0)] == [1, 2]
    old.close()
    new.close()


async def test_each_start_takes_a_higher_epoch_than_either_database_has_seen(database: Database) -> None:
    epochs = [Journal(database).open_epoch() for _ in range(3)]
    with database.begin_main() as connection:  # a start that ended between the two databases
        connection.execute(text("UPDATE writer_epoch SET epoch = 40"))
    epochs.append(Journal(database).open_epoch())
    with database.begin_journal() as connection:
        connection.execute(text("UPDATE journal_epoch SET epoch = 90"))
    epochs.append(Journal(database).open_epoch())
    assert epochs == [1, 2, 3, 41, 91]
    assert all(later > earlier for earlier, later in pairwise(epochs))


async def test_a_commit_that_fails_in_the_middle_leaves_nothing(database: Database) -> None:
    journal = opened(database)
    await append(journal, 1)
    failing = opened(database, fail_at="journal.inserted")
    with pytest.raises(CommitFailed):
        await append(failing, 2)
    assert failing.last() == (1, 1_000_000)
    working = opened(database)
    await append(working, 2)
    assert [batch.first for batch in working.batches_after(0)] == [1, 2]
    for each in (journal, failing, working):
        each.close()


async def test_a_commit_whose_answer_is_lost_is_found_by_reading(database: Database) -> None:
    failing = opened(database, fail_at="journal.committed")
    with pytest.raises(CommitFailed):
        await append(failing, 1)
    assert failing.last() == (1, 1_000_000)
    with pytest.raises(JournalHole):
        await append(failing, 1)
    failing.close()


async def test_appending_goes_on_after_the_connection_was_lost(
    postgres: PostgresCluster, database_place: DatabasePlace
) -> None:
    if database_place.url is None:
        return
    database = database_place.open()
    name = database.place.database

    def lose_the_connection(point: str) -> None:
        if point == "journal.inserted" and not lost:
            lost.append(point)
            postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    lost: list[str] = []
    journal = Journal(database, fault=lose_the_connection)
    journal.open_epoch()
    with pytest.raises(DBAPIError):
        await append(journal, 1)
    assert journal.last() is None
    await append(journal, 1)
    assert journal.last() == (1, 1_000_000)
    journal.close()
    database.close()


async def test_asking_for_the_last_sequence_waits_for_a_transaction_in_doubt(
    database: Database, database_place: DatabasePlace
) -> None:
    other = database_place.open()
    journal = opened(database)
    with other.begin_journal() as connection:
        connection.execute(
            text("SELECT epoch FROM journal_epoch" + (" FOR UPDATE" if other.dialect == "postgresql" else ""))
        )
        asked = asyncio.create_task(asyncio.to_thread(journal.last))
        connection.execute(
            text(
                "INSERT INTO journal (first_sequence, last_sequence, time, rules_version, epoch, commands, digest,"
                " fingerprint) VALUES (1, 9, 77, 1, 1, :commands, '', '')"
            ),
            {"commands": b""},
        )
        done, _ = await asyncio.wait([asked], timeout=0.2)
        assert not done
    assert await asked == (9, 77)
    journal.close()
    other.close()


async def test_a_reader_does_not_hold_an_append_up(database: Database) -> None:
    journal = opened(database)
    await append(journal, 1)
    with database.read_journal() as connection:
        assert connection.scalar(text("SELECT count(*) FROM journal")) == 1
        await append(journal, 2)
        await asyncio.to_thread(lambda: None)
    assert journal.last() == (2, 2_000_000)
    journal.close()
