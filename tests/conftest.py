"""Fixtures that all tests share: the two databases, each migrated and empty."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.persistence import migrate
from backend.persistence.database import USUAL_LIMITS, Database, DatabaseLimits
from tests.support.postgres import PostgresCluster, PostgresMissing

DATABASE_KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """Where a test's database is; another process may be given the same two values."""

    url: str | None
    """None: SQLite in the data directory."""
    data_dir: Path

    def open(self, limits: DatabaseLimits = USUAL_LIMITS) -> Database:
        """Open it once more, as another process would."""
        return Database.open(self.url, self.data_dir, limits)

    @property
    def settings(self) -> dict[str, str]:
        """Return the variables that tell a process of it."""
        return {"RIALTO_DATA_DIR": str(self.data_dir), **({"RIALTO_DATABASE_URL": self.url} if self.url else {})}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """Give a PostgreSQL server without fsync, for tests of what SQL does."""
    yield from _cluster(durable=False)


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresCluster]:
    """Give a PostgreSQL server that writes to the disk, for tests that kill."""
    yield from _cluster(durable=True)


@pytest.fixture(params=DATABASE_KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Run the test on both databases."""
    return str(request.param)


@pytest.fixture
def empty_place(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabasePlace]:
    """Give a place for an exchange where nothing is yet, not even a table."""
    with new_place(database_kind, request, tmp_path / "data") as place:
        yield place


@pytest.fixture
def database_place(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path
) -> Iterator[DatabasePlace]:
    """Give the place of a migrated, empty database."""
    yield from _migrated(database_kind, "postgres", request, tmp_path, migrated_sqlite)


@pytest.fixture
def durable_database_place(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path
) -> Iterator[DatabasePlace]:
    """Give the place of a migrated, empty database that survives `kill -9` of anybody."""
    yield from _migrated(database_kind, "durable_postgres", request, tmp_path, migrated_sqlite)


@pytest.fixture
def database(database_place: DatabasePlace) -> Iterator[Database]:
    """Give a migrated, empty database, opened."""
    opened = database_place.open()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with migrated SQLite files, to be copied."""
    folder = tmp_path_factory.mktemp("migrated") / "data"
    database = Database.open(None, folder)
    migrate.upgrade(database)
    database.close()
    return folder


@contextmanager
def new_place(kind: str, request: pytest.FixtureRequest, data_dir: Path) -> Iterator[DatabasePlace]:
    """Give a place where nothing is yet, to a fixture of any scope."""
    if kind == "sqlite":
        yield DatabasePlace(None, data_dir)
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    name = cluster.create()
    yield DatabasePlace(cluster.url(name), data_dir)
    cluster.drop(name)


def _cluster(*, durable: bool) -> Iterator[PostgresCluster]:
    try:
        cluster = PostgresCluster.start(durable=durable)
    except PostgresMissing as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    yield cluster
    cluster.stop()


def _migrated(
    kind: str, server: str, request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path
) -> Iterator[DatabasePlace]:
    data_dir = tmp_path / "data"
    if kind == "sqlite":
        shutil.copytree(migrated_sqlite, data_dir)
        data_dir.chmod(0o700)
        yield DatabasePlace(None, data_dir)
        return
    cluster: PostgresCluster = request.getfixturevalue(server)
    name = cluster.create_migrated(lambda url: _migrate(url, data_dir))
    yield DatabasePlace(cluster.url(name), data_dir)
    cluster.drop(name)


def _migrate(url: str, data_dir: Path) -> None:
    database = Database.open(url, data_dir)
    migrate.upgrade(database)
    database.close()
