"""Writes committed events into the read model, behind the journal and never in its way."""

import asyncio
import contextlib
import heapq
import itertools
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update
from tenacity import (
    AsyncRetrying,
    RetryError,
    before_sleep_log,
    retry_if_not_exception_type,
    stop_after_attempt,
    wait_exponential,
)

from backend.persistence.database import Database
from backend.persistence.epochs import check_epoch
from backend.persistence.errors import CheckpointMoved, Fenced, ProjectorBehind
from backend.persistence.faults import Fault, no_fault
from backend.persistence.rows import CandleRow
from backend.persistence.tables import checkpoint as checkpoint_table
from backend.persistence.tables import writer_epoch
from backend.persistence.threads import BoundedThreads
from backend.sequencer.projection import Run
from backend.sequencer.stream import CommittedBatch

logger = logging.getLogger(__name__)

_Queued = tuple[CommittedBatch, list[CandleRow]]

_COUNTERS = ("next_order_id", "next_trade_id", "next_place")


@dataclass(frozen=True, slots=True)
class ProjectorLimits:
    """How much the projector takes on, and how long it tries."""

    run_events_max: int = 10_000
    """So many events go into one transaction, and at least one batch."""
    queued_events_max: int = 50_000
    """With more of them waiting, `room` lets the writer wait."""
    waiting_max: int = 10_000
    """So many queries may wait for a sequence."""
    reached_seconds_max: float = 5.0
    attempts_max: int = 6
    """So often a transaction is tried before the exchange is not ready."""
    pause_seconds_min: float = 0.05
    pause_seconds_max: float = 2.0
    failed_pause_seconds: float = 5.0
    """Between two attempts after that."""
    close_seconds_max: float = 10.0


def no_candles(batch: CommittedBatch) -> list[CandleRow]:
    """Return no candles: for an exchange without market data."""
    return []


class Projector:
    """A reader of the stream that keeps the SQL tables, with its checkpoint in the same transaction."""

    def __init__(
        self,
        database: Database,
        *,
        epoch: int,
        checkpoint: int,
        rules_version: int,
        candle_rows: Callable[[CommittedBatch], list[CandleRow]] = no_candles,
        limits: ProjectorLimits | None = None,
        fault: Fault = no_fault,
    ) -> None:
        """Begin where the read model is.

        Args:
            database: Migrated.
            epoch: Of this process.
            checkpoint: The sequence up to which the tables are written.
            rules_version: Of this program, stored with the checkpoint.
            candle_rows: Called with each batch as it is folded; the candles that it changed, as they are after it.
            limits: Other ones than usual.
            fault: For tests: called at "projector.begun", "projector.half" and "projector.written" before the commit,
                and at "projector.committed" after it.
        """
        self.checkpoint = checkpoint
        """The last sequence in the tables."""
        self.failed = False
        """The tables could not be written for so long that the exchange is not ready; it may recover."""
        self.fenced = False
        """Another process writes the tables: this one never will again."""
        self.queued_events = 0
        self._database = database
        self._epoch = epoch
        self._rules_version = rules_version
        self._candle_rows = candle_rows
        self._limits = limits or ProjectorLimits()
        self._fault = fault
        self._folded = checkpoint
        self._queue: deque[tuple[_Queued, int]] = deque()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._tickets = itertools.count()
        self._work = asyncio.Event()
        self._progress = asyncio.Event()
        self._thread = BoundedThreads("projector", threads_max=1, waiting_max=1)
        self._task: asyncio.Task[None] | None = None

    @property
    def lag(self) -> int:
        """Return how many sequences the tables are behind."""
        return self._folded - self.checkpoint

    def start(self) -> None:
        """Begin to write, on the running loop."""
        assert self._task is None, "started already"
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="projector")

    def fold(self, batch: CommittedBatch) -> None:
        """Queue a committed batch; one that is in the tables already is skipped."""
        if batch.last <= self._folded:
            return
        assert batch.first == self._folded + 1, f"batch {batch.first} does not follow {self._folded}"
        self._folded = batch.last
        events = sum(len(command.events) for command in batch.commands)
        self._queue.append(((batch, self._candle_rows(batch)), events))
        self.queued_events += events
        self._work.set()

    async def room(self) -> None:
        """Wait while too many events are queued; await it before each further batch, at a start too.

        Raises:
            Fenced: Nothing will ever be written again.
        """
        while self.queued_events >= self._limits.queued_events_max and not self.fenced:
            self._progress.clear()
            await self._progress.wait()
        if self.fenced:
            raise Fenced(writer_epoch.name, self._epoch, None)

    async def reached(self, sequence: int) -> None:
        """Wait until the tables contain a sequence.

        Raises:
            ProjectorBehind: It takes too long, or too many wait already.
        """
        if sequence <= self.checkpoint:
            return
        if len(self._waiting) >= self._limits.waiting_max:
            raise ProjectorBehind(f"{len(self._waiting)} queries wait for the read model")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (sequence, next(self._tickets), future)
        heapq.heappush(self._waiting, entry)
        try:
            await asyncio.wait_for(future, self._limits.reached_seconds_max)
        except TimeoutError:
            self._forget(entry)
            raise ProjectorBehind(f"the read model is at sequence {self.checkpoint}, not at {sequence} yet") from None
        except asyncio.CancelledError:
            self._forget(entry)
            raise

    async def close(self) -> None:
        """Write what is queued, within a limit, and stop; what is not written then is replayed at the next start."""
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._limits.close_seconds_max):
                    while self._queue and not self.fenced and not self._task.done():
                        self._progress.clear()
                        await self._progress.wait()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self._thread.close)

    async def _follow(self) -> None:
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                while self._queue:
                    await self._write_until_it_works(self._next_run())
        except Fenced as error:
            self.fenced = True
            self.failed = True
            self._progress.set()
            logger.critical("projector fenced: %s", error, extra={"checkpoint": self.checkpoint})

    def _next_run(self) -> list[tuple[_Queued, int]]:
        run = [self._queue[0]]
        events = run[0][1]
        for item in itertools.islice(self._queue, 1, None):
            events += item[1]
            if events > self._limits.run_events_max:
                break
            run.append(item)
        return run

    async def _write_until_it_works(self, run: list[tuple[_Queued, int]]) -> None:
        batches = [queued for queued, _ in run]
        while True:
            try:
                await self._write_with_retries(batches)
                break
            except RetryError as error:
                self.failed = True
                logger.critical(
                    "projector failed: the read model cannot be written",
                    exc_info=error.last_attempt.exception(),
                    extra={"attempts": self._limits.attempts_max, "checkpoint": self.checkpoint},
                )
                await asyncio.sleep(self._limits.failed_pause_seconds)
        if self.failed:
            self.failed = False
            logger.warning("projector works again", extra={"checkpoint": self.checkpoint})
        for _ in run:
            self.queued_events -= self._queue.popleft()[1]
        self._reach(batches[-1][0].last)

    async def _write_with_retries(self, batches: list[_Queued]) -> None:
        limits = self._limits
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(limits.attempts_max),
            wait=wait_exponential(limits.pause_seconds_min, limits.pause_seconds_max),
            retry=retry_if_not_exception_type((Fenced, asyncio.CancelledError)),
            before_sleep=before_sleep_log(logger, logging.WARNING),
        ):
            with attempt:
                await self._thread.run(lambda: self._write(batches))

    def _reach(self, sequence: int) -> None:
        self.checkpoint = sequence
        self._progress.set()
        while self._waiting and self._waiting[0][0] <= sequence:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)

    def _forget(self, entry: tuple[int, int, asyncio.Future[None]]) -> None:
        if entry in self._waiting:
            self._waiting.remove(entry)
            heapq.heapify(self._waiting)

    def _write(self, batches: list[_Queued]) -> None:
        run = Run()
        for batch, candles in batches:
            for command in batch.commands:
                run.add(command.sequence, command.time, command.events)
            run.add_candles(candles)
        with self._database.begin_main() as connection:
            self._fault("projector.begun")
            check_epoch(connection, writer_epoch, self._epoch)
            stored = connection.execute(select(checkpoint_table)).one()
            # Where an earlier attempt was committed after all, and only its answer was lost, nothing is left to do.
            if stored.sequence != batches[-1][0].last:
                _check_follows(stored.sequence, batches[0][0])
                run.write(connection, self._fault)
                self._write_checkpoint(connection, run, stored, batches[-1][0])
            self._fault("projector.written")
        self._fault("projector.committed")

    def _write_checkpoint(self, connection: Connection, run: Run, stored: Row[Any], batch: CommittedBatch) -> None:
        connection.execute(
            update(checkpoint_table)
            .where(checkpoint_table.c.id == 1)
            .values(
                sequence=batch.last,
                time=batch.commands[-1].time,
                epoch=self._epoch,
                fingerprint=batch.fingerprint,
                rules_version=self._rules_version,
                **{name: max(getattr(stored, name), getattr(run, name)) for name in _COUNTERS},
            )
        )


def _check_follows(stored: int, batch: CommittedBatch) -> None:
    if stored != batch.first - 1:
        raise CheckpointMoved(f"the read model is at sequence {stored}, where {batch.first - 1} is expected")
