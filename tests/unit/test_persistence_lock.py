"""One writer at a time: a second process is refused while the first goes on, and a dead one's lock is free."""

import subprocess
import sys
from pathlib import Path

import pytest

from backend.persistence.errors import AlreadyRunning
from backend.persistence.lock import WriterLock
from tests.conftest import DatabasePlace
from tests.support.postgres import PostgresCluster

ROOT = Path(__file__).parents[2]

HOLDER = """
import sys
from pathlib import Path
from backend.persistence.database import Database
from backend.persistence.errors import AlreadyRunning
from backend.persistence.lock import WriterLock

database = Database.open(sys.argv[1] or None, Path(sys.argv[2]))
try:
    lock = WriterLock.take(database)
except AlreadyRunning as error:
    print("refused:", error, flush=True)
    raise SystemExit(3)
print("taken", flush=True)
sys.stdin.read()
"""


def start_holder(place: DatabasePlace) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, place.url or "", str(place.data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_second_process_is_refused_and_the_first_goes_on(database_place: DatabasePlace) -> None:
    database = database_place.open()
    with WriterLock.take(database) as lock:
        second = start_holder(database_place)
        words = first_line(second)
        assert words.startswith("refused: another process runs an exchange on ")
        assert ("rialto.sqlite.lock" in words) if database.dialect == "sqlite" else ("advisory lock" in words)
        assert second.wait(30) == 3
        assert lock.held
    database.close()


def test_the_lock_of_a_killed_process_is_free(database_place: DatabasePlace) -> None:
    first = start_holder(database_place)
    assert first_line(first) == "taken\n"
    database = database_place.open()
    with pytest.raises(AlreadyRunning):
        WriterLock.take(database)
    first.kill()
    first.wait(30)
    lock = take_when_the_server_has_noticed(database_place)
    assert lock.held
    lock.release()
    database.close()


def take_when_the_server_has_noticed(place: DatabasePlace) -> WriterLock:
    """Take the lock as soon as it is free: PostgreSQL sees the end of a connection a moment after it."""
    database = place.open()
    while True:
        try:
            return WriterLock.take(database)
        except AlreadyRunning:
            assert database.dialect == "postgresql", "the system frees a dead process's file lock with its death"


def test_a_released_lock_can_be_taken_again(database_place: DatabasePlace) -> None:
    database = database_place.open()
    first = WriterLock.take(database)
    first.release()
    assert not first.held
    WriterLock.take(database).release()
    database.close()


def test_two_exchanges_on_different_databases_do_not_meet(database_place: DatabasePlace, tmp_path: Path) -> None:
    ours = database_place.open()
    other = DatabasePlace(None, tmp_path / "other").open()
    with WriterLock.take(ours), WriterLock.take(other):
        pass
    ours.close()
    other.close()


def test_a_lost_session_is_a_lost_lock(postgres: PostgresCluster, tmp_path: Path) -> None:
    name = postgres.create()
    database = DatabasePlace(postgres.url(name), tmp_path).open()
    lock = WriterLock.take(database)
    assert lock.held
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert not lock.held
    lock.release()
    database.close()
