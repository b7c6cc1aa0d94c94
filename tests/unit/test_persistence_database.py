"""Opening databases, reading and writing through bounded threads, and what a user may give as a URL."""

import asyncio
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from backend.persistence.database import Database, DatabaseLimits
from backend.persistence.errors import StorageUnavailable, TooManyReads, UnusableUrl
from backend.persistence.tables import user_roles, users
from backend.persistence.urls import SqliteFiles, locate
from tests.conftest import DatabasePlace
from tests.support.postgres import PostgresCluster

USER = {"id": "u1", "email": "ada@example.org", "password_hash": "x", "email_verified": False, "created_at": 1}


def add_user(connection: Connection) -> None:
    connection.execute(insert(users), USER)


def count_users(connection: Connection) -> int:
    return len(connection.execute(select(users)).all())


async def test_what_is_written_is_read(database: Database) -> None:
    await database.write(add_user)
    assert await database.read(count_users) == 1


async def test_work_that_fails_writes_nothing(database: Database) -> None:
    def add_and_fail(connection: Connection) -> None:
        add_user(connection)
        raise KeyError("changed my mind")

    with pytest.raises(KeyError):
        await database.write(add_and_fail)
    assert await database.read(count_users) == 0


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, StorageUnavailable)):
        await database.read(add_user)
    assert await database.read(count_users) == 0


async def test_one_read_sees_one_moment(database: Database) -> None:
    began, written = threading.Event(), threading.Event()

    def count_twice(connection: Connection) -> tuple[int, int]:
        before = count_users(connection)
        began.set()
        assert written.wait(20)
        return before, count_users(connection)

    reading = asyncio.create_task(database.read(count_twice))
    await asyncio.to_thread(began.wait, 20)
    await database.write(add_user)
    written.set()
    assert await reading == (0, 0)
    assert await database.read(count_users) == 1


async def test_a_reference_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.write(
            lambda connection: connection.execute(insert(user_roles).values(user_id="?", role="ADMIN"))
        )


async def test_past_the_limit_of_waiting_reads_there_is_a_refusal(database_place: DatabasePlace) -> None:
    database = database_place.open(DatabaseLimits(read_threads_max=2, reads_waiting_max=3))
    go_on = threading.Event()

    def wait(connection: Connection) -> bool:
        return go_on.wait(20)

    room = 2 + 3
    reads = [asyncio.create_task(database.read(wait)) for _ in range(room)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyReads):
        await database.read(wait)
    go_on.set()
    assert await asyncio.gather(*reads) == [True] * room
    assert await database.read(count_users) == 0, "there is room again"
    database.close()


async def test_a_cancelled_caller_leaves_its_place(database_place: DatabasePlace) -> None:
    database = database_place.open(DatabaseLimits(read_threads_max=2, reads_waiting_max=1))
    go_on = threading.Event()
    reads = [asyncio.create_task(database.read(lambda _: go_on.wait(20))) for _ in range(2 + 1)]
    await asyncio.sleep(0)
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)
    go_on.set()
    while True:  # the threads end when they end
        try:
            assert await database.read(count_users) == 0
            break
        except TooManyReads:
            await asyncio.sleep(0)
    database.close()


async def test_a_database_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    database = Database.open(f"postgresql://nobody@/nothing?host={tmp_path}", tmp_path)
    with pytest.raises(StorageUnavailable):
        await database.read(count_users)
    with pytest.raises(StorageUnavailable):
        await database.write(add_user)
    database.close()


def test_many_writers_take_turns(database: Database) -> None:
    def write(number: int) -> None:
        for step in range(10):
            with database.begin_main() as connection:
                connection.execute(
                    insert(users), {**USER, "id": f"{number}-{step}", "email": f"{number}-{step}@example.org"}
                )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reader.begin() as connection:
        assert count_users(connection) == 40


def test_a_failed_transaction_passes_its_turn_on(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError), database.begin_main():
            raise RuntimeError("the work failed")
    with database.begin_main() as connection:
        add_user(connection)


def test_commits_wait_for_the_disk(database: Database) -> None:
    for begin in (database.begin_main, database.begin_journal):
        with begin() as connection:
            if database.dialect == "sqlite":
                assert connection.scalar(text("PRAGMA synchronous")) == 2
                assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
                assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            else:
                assert connection.scalar(text("SHOW synchronous_commit")) == "on"


def test_a_server_that_would_not_wait_for_the_disk_is_told_to(postgres: PostgresCluster, tmp_path: Path) -> None:
    name = postgres.create()
    postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = Database.open(postgres.url(name), tmp_path)
    with database.begin_journal() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"
    database.close()


def test_sqlite_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    database = Database.open(None, tmp_path / "deep" / "data")
    for begin in (database.begin_main, database.begin_journal):
        with begin() as connection:
            connection.execute(text("CREATE TABLE t (x INTEGER)"))
    folder = tmp_path / "deep" / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert {"rialto.sqlite", "journal.sqlite", "journal.sqlite-wal"} <= set(files)
    assert set(files.values()) == {0o600}
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgres://me@host/db",
        "postgresql://me@host/db",
        "postgresql+asyncpg://me@host/db",
        "postgresql+psycopg2://me@host/db",
    ],
)
def test_every_spelling_of_a_postgresql_url_is_taken(url: str, tmp_path: Path) -> None:
    place = locate(url, tmp_path)
    assert not isinstance(place, SqliteFiles)
    assert place.render_as_string(hide_password=False) == "postgresql+psycopg://me@host/db"


def test_the_ssl_option_of_another_driver_is_translated(tmp_path: Path) -> None:
    place = locate("postgresql+asyncpg://me@host/db?ssl=require", tmp_path)
    assert not isinstance(place, SqliteFiles)
    assert place.query == {"sslmode": "require"}


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"])
def test_a_sqlite_url_names_the_main_file_and_the_journal_is_beside_it(driver: str, tmp_path: Path) -> None:
    place = locate(f"{driver}:///{tmp_path}/shop.db", tmp_path)
    assert place == SqliteFiles(tmp_path / "shop.db", tmp_path / "shop-journal-log.db")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://me@host/db",
        "postgresql://me@host",
        "nonsense",
        "",
        "sqlite:///file:x?mode=memory",
    ],
)
def test_a_url_that_cannot_work_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableUrl):
        locate(url, tmp_path)


def test_the_printable_name_has_no_password(tmp_path: Path) -> None:
    database = Database.open("postgresql://me:open-sesame@host/db", tmp_path)
    assert "open-sesame" not in database.name
    assert "host" in database.name
