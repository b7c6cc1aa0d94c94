"""Database URLs: whatever spelling a user gives, made into the one that our drivers take."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from backend.persistence.errors import UnusableUrl

MAIN_FILE = "rialto.sqlite"
JOURNAL_FILE = "journal.sqlite"


@dataclass(frozen=True, slots=True)
class SqliteFiles:
    """The two files of an exchange on SQLite."""

    main: Path
    journal: Path


def locate(url: str | None, data_dir: Path) -> SqliteFiles | URL:
    """Return where the databases are: the files of SQLite, or the URL of one PostgreSQL database.

    Raises:
        UnusableUrl: Neither a SQLite file nor a PostgreSQL database.
    """
    if url is None:
        folder = data_dir.expanduser().absolute()
        return SqliteFiles(folder / MAIN_FILE, folder / JOURNAL_FILE)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UnusableUrl("the database URL has another form than postgresql://… or sqlite:///…") from error
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite_files(parsed)
        case "postgresql" | "postgres":
            return _postgresql(parsed)
    raise UnusableUrl(f"{parsed.get_backend_name()} is no database that this exchange works with")


def _sqlite_files(url: URL) -> SqliteFiles:
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise UnusableUrl("the SQLite URL must name a file: sqlite:///folder/name.sqlite")
    main = Path(name).expanduser().absolute()
    return SqliteFiles(main, main.with_name(f"{main.stem}-journal-log{main.suffix}"))


def _postgresql(url: URL) -> URL:
    if not url.database:
        raise UnusableUrl("the PostgreSQL URL must name a database: postgresql://user@host/name")
    query = dict(url.query)
    # What asyncpg calls `ssl` is `sslmode` to libpq, and the values are the same.
    if "ssl" in query:
        query.setdefault("sslmode", query.pop("ssl"))
        query.pop("ssl", None)
    return url.set(drivername="postgresql+psycopg", query=query)
