"""Connections to the two databases: SQLite files side by side, or one PostgreSQL database for both."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.persistence.errors import StorageUnavailable, TooManyReads
from backend.persistence.threads import BoundedThreads, TooManyWaiting, Turns
from backend.persistence.urls import SqliteFiles, locate

T = TypeVar("T")

READ_THREADS_MAX = 4
READS_WAITING_MAX = 256
WRITE_THREADS_MAX = 1
WRITES_WAITING_MAX = 256
MAIN_CONNECTIONS_MAX = 4
"""The projector's, that of users and sessions, and two for migrations and a start."""
JOURNAL_CONNECTIONS_MAX = 2
"""The append's, and one that reads."""
CONNECTION_SECONDS_MAX = 10
"""How long a thread waits for a connection of its pool."""
CONNECT_SECONDS_MAX = 5
BUSY_SECONDS_MAX = 15
"""How long a transaction on SQLite waits for the file's writer, a backup for example."""
LOCK_MILLISECONDS_MAX = 15_000
"""How long a transaction on PostgreSQL waits for a row."""
READ_MILLISECONDS_MAX = 20_000
"""How long a query of the read model may take on PostgreSQL."""
IDLE_MILLISECONDS_MAX = 30_000
"""After this the server ends a transaction of ours that does nothing: a frozen process gives its locks back."""

_READS = {"postgresql_readonly": True}
"""SQLAlchemy's own option for PostgreSQL; on SQLite it tells our `begin` not to ask for the writer's place."""


class Database:
    """The main database and the journal's, and the only ways to read and to write them."""

    def __init__(self, place: SqliteFiles | URL) -> None:
        self.place = place
        if isinstance(place, SqliteFiles):
            self.dialect = "sqlite"
            self.name = str(place.main)
            self.main = _sqlite(place.main, MAIN_CONNECTIONS_MAX)
            self.journal = _sqlite(place.journal, JOURNAL_CONNECTIONS_MAX)
            self.reader = _sqlite(place.main, READ_THREADS_MAX, query_only=True).execution_options(**_READS)
        else:
            self.dialect = "postgresql"
            self.name = place.render_as_string(hide_password=True)
            self.main = _postgresql(place, MAIN_CONNECTIONS_MAX)
            self.journal = _postgresql(place, JOURNAL_CONNECTIONS_MAX)
            reader = _postgresql(place, READ_THREADS_MAX, statement_timeout=READ_MILLISECONDS_MAX)
            self.reader = reader.execution_options(isolation_level="REPEATABLE READ", **_READS)
        self._reads = BoundedThreads("reads", threads_max=READ_THREADS_MAX, waiting_max=READS_WAITING_MAX)
        self._writes = BoundedThreads("writes", threads_max=WRITE_THREADS_MAX, waiting_max=WRITES_WAITING_MAX)
        # SQLite's own waiting for its one writer is a lottery that a busy projector wins each time.
        self._main_turns = Turns()

    @classmethod
    def open(cls, url: str | None, data_dir: Path) -> "Database":
        """Return the databases of a URL, or those in the data directory; nothing is connected or migrated yet.

        Folders and files that are missing are made, readable by their owner alone.

        Raises:
            UnusableUrl: Neither a SQLite file nor a PostgreSQL database.
        """
        place = locate(url, data_dir)
        if isinstance(place, SqliteFiles):
            make_private_folder(place.main.parent)
            for file in (place.main, place.journal):
                os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        return cls(place)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` finds in the main database, all of it at one moment; it cannot write.

        Raises:
            TooManyReads: The queue of reads is full.
            StorageUnavailable: The database did not answer.
        """
        return await _run(self._reads, lambda: _answer(self.reader.begin, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns, after the commit of all that it wrote into the main database.

        Raises:
            TooManyReads: The queue of writes is full.
            StorageUnavailable: The database did not answer; whether the commit was made is unknown.
        """
        return await _run(self._writes, lambda: _answer(self.begin_main, work))

    @contextmanager
    def begin_main(self) -> Iterator[Connection]:
        """Give a connection in a write transaction on the main database, committed at the end."""
        if self.dialect == "sqlite":
            with self._main_turns, self.main.begin() as connection:
                yield connection
        else:
            with self.main.begin() as connection:
                yield connection

    @contextmanager
    def begin_journal(self) -> Iterator[Connection]:
        """Give a connection in a write transaction on the journal's database, committed at the end."""
        with self.journal.begin() as connection:
            yield connection

    @contextmanager
    def read_journal(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads the journal's database and holds up no append."""
        with self.journal.execution_options(**_READS).begin() as connection:
            yield connection

    def close(self) -> None:
        """Wait for the work under way and close all connections."""
        self._reads.close()
        self._writes.close()
        for engine in (self.reader, self.main, self.journal):
            engine.dispose()


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, that only its owner may enter; one that exists stays as it is."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


async def _run(threads: BoundedThreads, work: Callable[[], T]) -> T:
    try:
        return await threads.run(work)
    except TooManyWaiting as error:
        raise TooManyReads(str(error)) from error


def _answer(begin: Callable[[], Any], work: Callable[[Connection], T]) -> T:
    try:
        with begin() as connection:
            return work(connection)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StorageUnavailable("the database does not answer") from error


def _sqlite(file: Path, connections_max: int, *, query_only: bool = False) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(file)),
        connect_args={"timeout": BUSY_SECONDS_MAX, "check_same_thread": False},
        pool_size=connections_max,
        max_overflow=0,
        pool_timeout=CONNECTION_SECONDS_MAX,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        # The driver's own transactions begin late and leave out schema changes: with None it begins none.
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        if query_only:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        only_reads = connection.get_execution_options().get("postgresql_readonly", False)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL, connections_max: int, *, statement_timeout: int = 0) -> Engine:
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": CONNECT_SECONDS_MAX,
            "application_name": "rialto",
            # A network that swallows packets is noticed within half a minute.
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
        pool_size=connections_max,
        max_overflow=0,
        pool_timeout=CONNECTION_SECONDS_MAX,
        pool_pre_ping=True,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.autocommit = True
        # A stronger setting of the server (remote_apply) stays; a weaker one would acknowledge what is not on disk.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        )
        connection.execute(f"SET lock_timeout = {LOCK_MILLISECONDS_MAX}")
        connection.execute(f"SET idle_in_transaction_session_timeout = {IDLE_MILLISECONDS_MAX}")
        connection.execute(f"SET statement_timeout = {statement_timeout}")
        connection.autocommit = False

    return engine
