"""The engine behind the sequencer: acknowledged after the commit of the journal, then with all readers too."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

import uvloop

from backend.app import exchange
from backend.engine.commands import Command
from backend.engine.values import TimeUs
from backend.persistence import migrate
from backend.persistence.database import Database
from backend.sequencer import recovery
from backend.sequencer.clock import Clock
from backend.sequencer.journal import Journal, JournalBatch
from backend.sequencer.sequencer import Sequencer
from backend.settings import Settings
from tests.bench.flow import ACCOUNTS, START, flow, opened
from tests.bench.measure import Result, in_turns
from tests.support.trading import opening

T = TypeVar("T")

COMMANDS = 10_000
ROUNDS = 3
WAITING = 500
"""Callers who wait for their acknowledgement at the same time."""
ONE_BY_ONE = 1_000
"""Commands that are sent when the one before is acknowledged."""


class Journalled(NamedTuple):
    """What one round gave."""

    commands_per_second: float
    batches: list[JournalBatch]


def measure() -> list[Result]:
    """Measure acknowledged commands per second on SQLite, and the commits beneath them."""
    commands = flow(COMMANDS)
    single: list[JournalBatch] = []

    def engine_alone() -> float:
        engine = opened()
        begun = perf_counter()
        for number, command in enumerate(commands):
            engine.apply(command, TimeUs(START + number))
        return COMMANDS / (perf_counter() - begun)

    def with_journal() -> float:
        return _run(_journalled(commands, WAITING)).commands_per_second

    def one_by_one() -> float:
        run = _run(_journalled(commands[:ONE_BY_ONE], 1))
        single[:] = run.batches
        return run.commands_per_second

    def raw_commits() -> float:
        return _commits_per_second(single)

    def with_everything() -> float:
        return _run(_whole(commands))

    alone, journalled, single_rate, raw, whole = in_turns(
        ROUNDS, engine_alone, with_journal, one_by_one, raw_commits, with_everything
    )
    callers = f"{WAITING} callers"
    return [
        Result("engine + journal", journalled, "commands/s", "engine alone", alone, note=callers),
        Result("engine + journal", single_rate, "commands/s", "commits of bare SQLite", raw, note="one caller"),
        Result("engine + journal + all readers", whole, "commands/s", "engine alone", alone, note=callers),
    ]


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def _journalled(commands: Sequence[Command], waiting: int) -> Journalled:
    with tempfile.TemporaryDirectory() as folder:
        async with _sequencer(Path(folder)) as (sequencer, journal):
            await _submit(sequencer, opening(*ACCOUNTS))
            (opened_at, _) = journal.last() or (0, 0)
            begun = perf_counter()
            await _submit(sequencer, commands, waiting)
            seconds = perf_counter() - begun
            return Journalled(len(commands) / seconds, list(journal.batches_after(opened_at)))


@asynccontextmanager
async def _sequencer(folder: Path) -> AsyncIterator[tuple[Sequencer, Journal]]:
    """Run a sequencer with its journal and no readers."""
    database = Database.open(None, folder)
    migrate.prepare(database)
    journal = Journal(database)
    journal.open_epoch()
    loaded = await recovery.load(database, journal)
    sequencer = Sequencer(
        journal=journal,
        load=lambda: recovery.load(database, journal),
        readers=(),
        clock=Clock(loaded.last_time),
        room=_room,
    )
    await sequencer.start(loaded)
    try:
        yield sequencer, journal
    finally:
        await sequencer.stop()
        journal.close()
        database.close()


async def _room() -> None:
    """There is always room where nobody follows."""


async def _whole(commands: Sequence[Command]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with exchange(Settings(data_dir=Path(folder)), b"a secret of the benchmarks") as services:
            await _submit(services.sequencer, opening(*ACCOUNTS))
            begun = perf_counter()
            await _submit(services.sequencer, commands)
            return len(commands) / (perf_counter() - begun)


async def _submit(sequencer: Sequencer, commands: Sequence[Command], waiting: int = WAITING) -> None:
    """Submit in order, with so many waiting for their acknowledgement at once."""
    room = asyncio.Semaphore(waiting)

    async def one(command: Command) -> None:
        outcome = await sequencer.submit(command)
        assert outcome.sequence
        room.release()

    async with asyncio.TaskGroup() as tasks:
        for command in commands:
            await room.acquire()
            tasks.create_task(one(command))


def _commits_per_second(batches: Sequence[JournalBatch]) -> float:
    """Return how many rows of the same sizes a bare SQLite file takes, each in a commit that is on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "bare.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (first INTEGER PRIMARY KEY, last INTEGER, commands BLOB, digest TEXT)")
        begun = perf_counter()
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            row = (batch.first, batch.last, batch.commands, batch.digest)
            connection.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", row)
            connection.execute("COMMIT")
        seconds = perf_counter() - begun
        connection.close()
        return len(batches) / seconds
