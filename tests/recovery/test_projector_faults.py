"""A projector whose transactions tear, fail, or are fenced leaves the read model whole and says how it stands."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from backend.engine.exchange import RULES_VERSION, Exchange
from backend.persistence.database import Database
from backend.persistence.errors import Fenced, ProjectorBehind
from backend.sequencer.journal import Journal
from backend.sequencer.projector import Projector, ProjectorLimits
from backend.sequencer.readmodel import load_state
from backend.sequencer.stream import CommittedBatch
from tests.support import flow

QUICK = ProjectorLimits(
    attempts_max=3, pause_seconds_min=0, pause_seconds_max=0, failed_pause_seconds=0.01, close_seconds_max=0.05
)
POINTS = ["projector.begun", "projector.half", "projector.written"]


class TornConnection(Exception):
    """What a test makes happen in the middle of a transaction."""


class Faults:
    """Fails at one point, as often as it is told to; lets a test wait until it has."""

    def __init__(self, point: str, times: int = 10**9) -> None:
        self.point = point
        self.times = times
        self.hits = 0
        self._loop = asyncio.get_running_loop()
        self._hit = asyncio.Event()

    def __call__(self, point: str) -> None:
        if point == self.point and self.hits < self.times:
            self.hits += 1
            self._loop.call_soon_threadsafe(self._hit.set)
            raise TornConnection(point)

    async def happened(self) -> None:
        await self._hit.wait()


@pytest.fixture
def batches() -> list[CommittedBatch]:
    return list(flow.batches(Exchange(), [*flow.world(), *flow.trading(seed=11, count=60)], size=5))


@pytest.fixture
async def started(database: Database) -> AsyncIterator[Callable[..., Projector]]:
    projectors: list[Projector] = []

    def start(**options: object) -> Projector:
        options = {"limits": QUICK, "epoch": 0, "checkpoint": 0, "rules_version": RULES_VERSION, **options}
        options["epoch"] = options["epoch"] or Journal(database).open_epoch()
        projector = Projector(database, **options)  # type: ignore[arg-type]
        projector.start()
        projectors.append(projector)
        return projector

    yield start
    for projector in projectors:
        await projector.close()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it changes in another task, step by step
        await asyncio.sleep(0.001)


async def checkpoint_of(database: Database) -> int:
    return (await database.read(load_state))[1].sequence


@pytest.mark.parametrize("point", POINTS)
async def test_a_torn_transaction_leaves_the_checkpoint_and_every_row_as_they_were(
    database: Database, started: Callable[..., Projector], batches: list[CommittedBatch], point: str
) -> None:
    first = started()
    first.fold(batches[0])
    await first.reached(batches[0].last)
    await first.close()
    before = await database.read(load_state)

    faults = Faults(point)
    torn = started(checkpoint=batches[0].last, fault=faults)
    torn.fold(batches[1])
    await faults.happened()
    await torn.close()
    assert await database.read(load_state) == before
    assert Exchange.restore(before[0]).fingerprint() == batches[0].fingerprint

    after = started(checkpoint=batches[0].last)
    after.fold(batches[1])
    await after.reached(batches[1].last)
    state, checkpoint = await database.read(load_state)
    assert Exchange.restore(state).fingerprint() == batches[1].fingerprint == checkpoint.fingerprint


@pytest.mark.parametrize("point", POINTS)
async def test_a_transaction_that_failed_a_few_times_is_tried_again(
    started: Callable[..., Projector], batches: list[CommittedBatch], point: str
) -> None:
    faults = Faults(point, times=2)
    projector = started(fault=faults)
    projector.fold(batches[0])
    await projector.reached(batches[0].last)
    assert faults.hits == 2
    assert not projector.failed


async def test_a_commit_whose_answer_was_lost_is_not_written_twice(
    database: Database, started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    faults = Faults("projector.committed", times=1)
    projector = started(fault=faults)
    for batch in batches:
        projector.fold(batch)
    await projector.reached(batches[-1].last)
    assert faults.hits == 1
    state, _ = await database.read(load_state)
    assert Exchange.restore(state).fingerprint() == batches[-1].fingerprint


async def test_a_projector_that_keeps_failing_says_so_slows_the_writer_and_recovers(
    database: Database,
    started: Callable[..., Projector],
    batches: list[CommittedBatch],
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults = Faults("projector.half")
    limits = ProjectorLimits(
        attempts_max=3, pause_seconds_min=0, pause_seconds_max=0, failed_pause_seconds=0.01, queued_events_max=100
    )
    projector = started(fault=faults, limits=limits)
    for batch in batches:
        projector.fold(batch)
    assert projector.queued_events >= 100
    writer = asyncio.create_task(projector.room())
    await until(lambda: projector.failed)
    assert faults.hits >= 3
    assert not writer.done(), "the writer waits"
    assert await checkpoint_of(database) == 0
    assert any(record.levelname == "CRITICAL" and "projector failed" in record.message for record in caplog.records)

    faults.times = 0
    await projector.reached(batches[-1].last)
    await writer
    assert not projector.failed
    assert projector.queued_events == 0
    assert projector.lag == 0
    assert await checkpoint_of(database) == batches[-1].last


async def test_a_fenced_projector_writes_nothing_ever_again(
    database: Database, started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    old = started()
    old.fold(batches[0])
    await old.reached(batches[0].last)
    Journal(database).open_epoch()
    old.fold(batches[1])
    await until(lambda: old.fenced)
    assert old.failed
    with pytest.raises(Fenced):
        await old.room()
    assert await checkpoint_of(database) == batches[0].last


async def test_a_writer_that_waits_for_room_learns_that_it_is_fenced(
    database: Database, started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    old = started(epoch=10**6, limits=ProjectorLimits(queued_events_max=1))
    old.fold(batches[0])
    with pytest.raises(Fenced):
        await old.room()
    assert await checkpoint_of(database) == 0


async def test_a_read_model_that_somebody_else_moved_is_not_written(
    database: Database, started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    projector = started()
    with database.begin_main() as connection:
        connection.execute(text("UPDATE checkpoint SET sequence = 1000"))
    projector.fold(batches[0])
    await until(lambda: projector.failed)
    assert await checkpoint_of(database) == 1000
    state, _ = await database.read(load_state)
    assert state.assets == []


async def test_waiting_for_a_sequence_ends_with_a_refusal(
    started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    projector = started(limits=ProjectorLimits(reached_seconds_max=0.01))
    projector.fold(batches[0])
    await until(lambda: projector.lag == 0)
    await projector.reached(batches[0].last)
    with pytest.raises(ProjectorBehind, match=f"not at {batches[1].last} yet"):
        await projector.reached(batches[1].last)
    assert projector._waiting == [], "who gave up is forgotten"


async def test_only_so_many_may_wait_for_a_sequence(
    started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    projector = started(limits=ProjectorLimits(waiting_max=2))
    waiting = [asyncio.create_task(projector.reached(batches[0].last)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ProjectorBehind):
        await projector.reached(batches[0].last)
    projector.fold(batches[0])
    await asyncio.gather(*waiting)


async def test_a_waiter_that_is_cancelled_is_forgotten(started: Callable[..., Projector]) -> None:
    projector = started()
    waiting = asyncio.create_task(projector.reached(5))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert projector._waiting == []


async def test_batches_that_are_in_the_tables_already_are_skipped(
    database: Database, started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    first = started()
    for batch in batches[:4]:
        first.fold(batch)
    await first.close()
    again = started(checkpoint=batches[3].last)
    for batch in batches:
        again.fold(batch)
    await again.reached(batches[-1].last)
    state, _ = await database.read(load_state)
    assert Exchange.restore(state).fingerprint() == batches[-1].fingerprint


async def test_a_batch_that_does_not_follow_is_a_bug(
    started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    projector = started()
    with pytest.raises(AssertionError, match="does not follow"):
        projector.fold(batches[1])


async def test_closing_writes_what_is_queued(
    database: Database, started: Callable[..., Projector], batches: list[CommittedBatch]
) -> None:
    projector = started(limits=ProjectorLimits(run_events_max=10))
    for batch in batches:
        projector.fold(batch)
    await projector.close()
    assert await checkpoint_of(database) == batches[-1].last
