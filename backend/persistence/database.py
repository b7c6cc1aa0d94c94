"""Connections to the two databases: SQLite files side by side, or one PostgreSQL database for both."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.persistence.errors import StorageUnavailable, TooManyReads
from backend.persistence.threads import BoundedThreads, TooManyWaiting, Turns
from backend.persistence.urls import SqliteFiles, locate

T = TypeVar("T")

WRITE_THREADS_MAX = 1
MAIN_CONNECTIONS_MAX = 4
"""The projector's, that of users and sessions, and two for migrations and a start."""
JOURNAL_CONNECTIONS_MAX = 2
"""The append's, and one that reads."""

_READS = {"postgresql_readonly": True}
"""SQLAlchemy's own option for PostgreSQL; on SQLite it tells our `begin` not to ask for the writer's place."""


@dataclass(frozen=True, slots=True)
class DatabaseLimits:
    """How much a database is asked at once, and how long it is waited for."""

    read_threads_max: int = 4
    """So many queries of the read model run at once."""
    reads_waiting_max: int = 256
    writes_waiting_max: int = 256
    pool_seconds_max: float = 10.0
    """How long a thread waits for a connection of its pool."""
    connect_seconds_max: int = 5
    lock_seconds_max: float = 15.0
    """How long a transaction waits on SQLite for the file's writer, a backup for example, on PostgreSQL for a row."""
    read_seconds_max: float = 20.0
    """How long a query of the read model may take on PostgreSQL."""
    idle_seconds_max: float = 30.0
    """After this PostgreSQL ends a transaction of ours that does nothing: a frozen process gives its locks back."""


USUAL_LIMITS = DatabaseLimits()


class Database:
    """The main database and the journal's, and the only ways to read and to write them."""

    def __init__(self, place: SqliteFiles | URL, limits: DatabaseLimits = USUAL_LIMITS) -> None:
        self.place = place
        self.limits = limits
        # One for each thread that reads, and one for what reads on its own: a start, or all keys at once.
        readers = limits.read_threads_max + 1
        if isinstance(place, SqliteFiles):
            self.dialect = "sqlite"
            self.name = str(place.main)
            self.main = _sqlite(place.main, limits, MAIN_CONNECTIONS_MAX)
            self.journal = _sqlite(place.journal, limits, JOURNAL_CONNECTIONS_MAX)
            self.reader = _sqlite(place.main, limits, readers, query_only=True).execution_options(**_READS)
        else:
            self.dialect = "postgresql"
            self.name = place.render_as_string(hide_password=True)
            self.main = _postgresql(place, limits, MAIN_CONNECTIONS_MAX)
            self.journal = _postgresql(place, limits, JOURNAL_CONNECTIONS_MAX)
            reader = _postgresql(place, limits, readers, statement_seconds_max=limits.read_seconds_max)
            self.reader = reader.execution_options(isolation_level="REPEATABLE READ", **_READS)
        self._reads = BoundedThreads("reads", threads_max=limits.read_threads_max, waiting_max=limits.reads_waiting_max)
        self._writes = BoundedThreads("writes", threads_max=WRITE_THREADS_MAX, waiting_max=limits.writes_waiting_max)
        # SQLite's own waiting for its one writer is a lottery that a busy projector wins each time.
        self._main_turns = Turns()

    @classmethod
    def open(cls, url: str | None, data_dir: Path, limits: DatabaseLimits = USUAL_LIMITS) -> "Database":
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
        return cls(place, limits)

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


def _sqlite(file: Path, limits: DatabaseLimits, connections_max: int, *, query_only: bool = False) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(file)),
        connect_args={"timeout": limits.lock_seconds_max, "check_same_thread": False},
        pool_size=connections_max,
        max_overflow=0,
        pool_timeout=limits.pool_seconds_max,
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


def _postgresql(url: URL, limits: DatabaseLimits, connections_max: int, *, statement_seconds_max: float = 0) -> Engine:
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": limits.connect_seconds_max,
            "application_name": "rialto",
            # A network that swallows packets is noticed within half a minute.
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
        pool_size=connections_max,
        max_overflow=0,
        pool_timeout=limits.pool_seconds_max,
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
        connection.execute(f"SET lock_timeout = {_milliseconds(limits.lock_seconds_max)}")
        connection.execute(f"SET idle_in_transaction_session_timeout = {_milliseconds(limits.idle_seconds_max)}")
        connection.execute(f"SET statement_timeout = {_milliseconds(statement_seconds_max)}")
        connection.autocommit = False

    return engine


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1_000)
