"""The databases that the settings name, with their bounds; for the exchange and for the commands beside it."""

from backend.persistence.database import Database, DatabaseLimits
from backend.settings import Settings


def open_database(settings: Settings) -> Database:
    """Open the databases; nothing is connected or migrated yet.

    Raises:
        UnusableUrl: The URL is neither a SQLite file nor a PostgreSQL database.
    """
    return Database.open(settings.database_url, settings.data_dir, database_limits(settings))


def database_limits(settings: Settings) -> DatabaseLimits:
    """Return the bounds of the databases."""
    return DatabaseLimits(
        read_threads_max=settings.database_read_threads,
        reads_waiting_max=settings.database_reads_waiting_max,
        writes_waiting_max=settings.database_writes_waiting_max,
        pool_seconds_max=settings.database_pool_seconds_max,
        connect_seconds_max=settings.database_connect_seconds_max,
        lock_seconds_max=settings.database_lock_seconds_max,
        read_seconds_max=settings.database_query_seconds_max,
        idle_seconds_max=settings.database_idle_seconds_max,
    )
