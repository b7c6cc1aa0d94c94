"""The single writer's lock: a second process on the same data is refused, and a dead one's lock is free."""

from types import TracebackType
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from backend.persistence.database import Database
from backend.persistence.errors import AlreadyRunning
from backend.persistence.urls import SqliteFiles

ADVISORY_LOCK_KEY = int.from_bytes(b"Rialto", "big")
"""PostgreSQL keeps such locks per database and by number."""


class _Hold(Protocol):
    @property
    def held(self) -> bool: ...

    def release(self) -> None: ...


class WriterLock:
    """Held from the start of the writer to its end, however it ends."""

    def __init__(self, hold: _Hold) -> None:
        self._hold = hold

    @classmethod
    def take(cls, database: Database) -> "WriterLock":
        """Take the lock of a database.

        Raises:
            AlreadyRunning: Another process has it.
        """
        return cls(_FileHold(database.place) if isinstance(database.place, SqliteFiles) else _SessionHold(database))

    @property
    def held(self) -> bool:
        """Tell whether it is still ours; a lost connection loses it, and the epoch then keeps two from writing."""
        return self._hold.held

    def release(self) -> None:
        """Let the next process begin."""
        self._hold.release()

    def __enter__(self) -> "WriterLock":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


class _FileHold:
    """A lock file beside the SQLite database; the system lets go of it when the process dies."""

    def __init__(self, place: SqliteFiles) -> None:
        main = place.main.resolve()
        path = main.with_name(f"{main.name}.lock")
        self._lock = FileLock(path, timeout=0, mode=0o600, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise AlreadyRunning(
                f"another process runs an exchange on {main} and holds the lock file {path}: stop it first"
            ) from None

    @property
    def held(self) -> bool:
        return self._lock.is_locked

    def release(self) -> None:
        self._lock.release()


class _SessionHold:
    """An advisory lock of a session of its own; the server lets go of it when the connection ends."""

    def __init__(self, database: Database) -> None:
        assert not isinstance(database.place, SqliteFiles)
        self._engine = create_engine(
            database.place,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "connect_timeout": database.limits.connect_seconds_max,
                "application_name": "rialto writer's lock",
                "keepalives_idle": 15,
                "keepalives_interval": 5,
                "keepalives_count": 3,
            },
        )
        self._connection: Connection | None = self._engine.connect()
        if not self._ask("SELECT pg_try_advisory_lock(:key)"):
            self.release()
            raise AlreadyRunning(
                f"another process runs an exchange on {database.name} and holds its advisory lock "
                f"{ADVISORY_LOCK_KEY}: stop it first"
            )

    @property
    def held(self) -> bool:
        try:
            return self._connection is not None and self._ask(
                "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
                " AND ((classid::bigint << 32) | objid::bigint) = :key"
            )
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, query: str) -> bool:
        assert self._connection is not None
        return bool(self._connection.scalar(text(query), {"key": ADVISORY_LOCK_KEY}))
