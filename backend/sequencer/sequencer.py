"""The one writer: it puts commands in one order, applies them, and answers when the journal has them."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, TypeVar, cast
from uuid import uuid4

from tenacity import AsyncRetrying, RetryCallState, retry_if_not_exception_type, wait_exponential

from backend.engine.commands import AdvanceTime, Command
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import TimeUs
from backend.persistence.errors import Fenced
from backend.sequencer.batch import Batch, CommitFailed, JournalEntry, Step, UnderWay, check_storable
from backend.sequencer.clock import Clock
from backend.sequencer.errors import JournalBroken, PoisonCommand, QueueFull, ReaderFailed, RefusesToStart, Unavailable
from backend.sequencer.journal import Journal
from backend.sequencer.limits import USUAL_LIMITS, SequencerLimits
from backend.sequencer.observer import NobodyObserves, SequencerObserver
from backend.sequencer.recovery import Loaded
from backend.sequencer.stream import CommittedBatch, Reader
from backend.sequencer.timers import Deadlines, Gate

T = TypeVar("T")

logger = logging.getLogger(__name__)


class _EngineFailed(Exception):
    """The engine failed on the last step of the open batch."""


class Sequencer:
    """Owns the engine: nobody else reads or changes its state.

    Commands wait in a bounded queue, are applied in memory into the open batch, and the open batch is committed
    whenever no commit is under way. After the commit the readers fold the batch, then its callers are answered.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        load: Callable[[], Awaitable[Loaded]],
        readers: Sequence[Reader],
        clock: Clock,
        room: Callable[[], Awaitable[None]],
        limits: SequencerLimits = USUAL_LIMITS,
        observer: SequencerObserver | None = None,
        on_fatal: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Make a sequencer that `start` starts.

        Args:
            journal: Opened, with its epoch.
            load: Loads the state from the databases again, when the engine in memory is lost.
            readers: Fed each committed batch, in this order.
            clock: The exchange's time.
            room: Waited for before more is applied; the projector's slows the writer here.
            limits: Of its queue, its batches and its patience.
            observer: Is told what happens.
            on_fatal: Called once when this writer has stopped for good; the process should end.
        """
        self._journal = journal
        self._load = load
        self._readers = tuple(readers)
        self._clock = clock
        self._limits = limits
        self._wake = asyncio.Event()
        self._gate = Gate(room, self._wake.set)
        self._observer: SequencerObserver = observer or NobodyObserves()
        self._on_fatal = on_fatal
        self._exchange: Exchange | None = None
        self._published = 0
        self._queue: deque[Step] = deque()
        self._batch = Batch(limits)
        self._under_way: UnderWay | None = None
        self._accepting = False
        self._stopping = False
        self._running: asyncio.Task[None] | None = None
        self._due = Deadlines(clock, self._wake.set, limits.timer_pause_seconds)

    @property
    def ready(self) -> bool:
        """Tell whether commands are taken."""
        return self._accepting

    @property
    def queue_length(self) -> int:
        """Return how many commands and looks wait to be applied."""
        return len(self._queue)

    async def start(self, loaded: Loaded) -> None:
        """Replay the journal after the read model, publish it to the readers, let time pass, and take commands.

        Raises:
            RefusesToStart: The journal does not fit.
        """
        self._published = loaded.state.sequence
        await self._follow(loaded)
        self._running = asyncio.create_task(self._run(), name="sequencer")
        self._accepting = True
        if self._published:
            await self._enqueue(Step(AdvanceTime(), None, None))

    async def stop(self) -> None:
        """Take no more, finish what was taken, and end; without an engine, end at once."""
        patience = self._limits.stop_seconds_max if self._accepting else 0.0
        self._accepting = False
        self._stopping = True
        self._wake.set()
        if self._running is not None:
            await asyncio.wait([self._running], timeout=patience)
            self._running.cancel()
            await asyncio.wait([self._running])
        self._due.cancel()

    async def submit(self, command: Command, *, time: TimeUs | None = None) -> Outcome:
        """Apply a command; return its outcome when the journal has it and the readers have folded it.

        A refusal is returned after the commit of what came before it. A caller that is cancelled takes nothing back.

        Args:
            command: What is asked.
            time: When it happened, for a time in the past; now when left out. What comes due by time (ends of orders or
                auctions, fee tiers) is done now whenever nothing waits, so a past with such rules cannot be told later.

        Raises:
            Unavailable: Nobody knows whether it was or will be applied; send it again with the same key.
            QueueFull: Too many wait; it was not applied.
            PoisonCommand: The engine failed on it, or the journal cannot keep it; it was not applied.
        """
        try:
            check_storable(command)
        except Exception as error:
            raise self._poison("the journal cannot keep a command", command, error) from error
        return cast(Outcome, await self._enqueue(Step(command, None, time), self._limits.queue_steps_max))

    async def inspect(self, read: Callable[[Exchange], T]) -> T:
        """Return what `read` returns of the engine between two commands, after the commit of what came before.

        `read` changes nothing, keeps nothing of the engine, and may be called more than once.

        Raises:
            Unavailable, QueueFull: As `submit`; or whatever `read` raises.
        """
        return cast(T, await self._enqueue(Step(None, read, None), self._limits.queue_steps_max))

    def _enqueue(self, step: Step, waiting_max: int | None = None) -> asyncio.Future[Any]:
        if not self._accepting:
            step.error = Unavailable("the exchange is not ready; send it again with the same key")
        elif waiting_max is not None and len(self._queue) >= waiting_max:
            step.error = QueueFull(f"{waiting_max} commands wait already; this one was not taken, send it again later")
        if step.error is not None:
            step.resolve(self._observer)
        else:
            self._queue.append(step)
            self._wake.set()
        return step.future

    # ------------------------------------------------------------------------------------------ the loop

    async def _run(self) -> None:
        try:
            while not (self._stopping and self._idle):
                try:
                    try:
                        await self._turn()
                    except _EngineFailed as failed:
                        await self._survive_poison(failed)
                except CommitFailed as failed:
                    await self._start_again(failed)
        except asyncio.CancelledError:
            self._lose_engine("the exchange was stopped")
            raise
        except BaseException as error:  # The outermost loop: it stops for good, on purpose.
            logger.critical("the sequencer has stopped for good", exc_info=error)
            self._lose_engine("the exchange has stopped")
            if self._on_fatal is not None:
                self._on_fatal(error)
            if not isinstance(error, Exception):
                raise

    @property
    def _idle(self) -> bool:
        return not self._queue and not self._batch.steps and self._under_way is None

    async def _turn(self) -> None:
        """Apply some of what waits, move the commits on, and sleep when there is nothing to do."""
        if self._may_apply():
            self._apply_some()
        self._move_commits()
        if self._may_go_on():
            await asyncio.sleep(0)
        elif not (self._stopping and self._idle):
            await self._wake.wait()
            self._wake.clear()

    def _may_apply(self) -> bool:
        return (bool(self._queue) or self._is_due_now()) and not self._batch.full and self._gate.open()

    def _is_due_now(self) -> bool:
        return self._exchange is not None and not self._stopping and self._due.is_due(self._exchange, self._clock.now())

    def _may_go_on(self) -> bool:
        if self._under_way is None:
            return bool(self._batch.steps) or self._may_apply()
        return self._under_way.done or self._may_apply()

    def _apply_some(self) -> None:
        exchange = self._exchange
        assert exchange is not None
        for _ in range(self._limits.steps_per_turn_max):
            step = None if self._batch.full else self._next_step(exchange)
            if step is None:
                return
            try:
                self._batch.apply(step, exchange, self._clock.now())
            except Exception as error:
                raise _EngineFailed from error
            if isinstance(step.command, AdvanceTime) and step.error is None:
                self._due.advanced(exchange, step.answer)

    def _next_step(self, exchange: Exchange) -> Step | None:
        """Take what comes next: of what is due by time everything before the next command at that time."""
        if not self._queue:
            return Step(AdvanceTime(), None, None) if self._is_due_now() else None
        waiting = self._queue[0]
        if waiting.error is None and waiting.command is not None and not isinstance(waiting.command, AdvanceTime):
            now = self._clock.now()
            time = now if waiting.time is None else min(waiting.time, now)
            if self._due.is_due(exchange, time):
                return Step(AdvanceTime(), None, time)
        return self._queue.popleft()

    def _move_commits(self) -> None:
        """Begin the next commit before the finished one is published, so that the disk need not wait for readers."""
        finished = self._under_way
        if finished is not None:
            if not finished.done:
                return
            finished.check()
            self._under_way = None
        try:
            if self._batch.steps:
                self._begin_commit()
        finally:
            if finished is not None:
                self._publish_and_answer(finished)

    def _begin_commit(self) -> None:
        assert self._exchange is not None
        batch, closed, commit = self._batch, None, None
        if batch.commands:
            try:
                entry, closed = batch.close(self._exchange, self._journal.epoch)
            except Exception as error:
                raise CommitFailed from error
            commit = asyncio.create_task(self._commit(entry), name=f"commit {entry.first}-{entry.last}")
            commit.add_done_callback(lambda _: self._wake.set())
        self._under_way, self._batch = UnderWay(batch, closed, commit), Batch(self._limits)
        self._due.watch(self._exchange)

    async def _commit(self, entry: JournalEntry) -> None:
        began = monotonic()
        await self._journal.append(
            first=entry.first,
            last=entry.last,
            time=entry.time,
            rules_version=RULES_VERSION,
            commands=entry.commands,
            digest=entry.digest,
            fingerprint=entry.fingerprint,
        )
        self._observer.committed(entry.last - entry.first + 1, monotonic() - began)

    def _publish_and_answer(self, finished: UnderWay) -> None:
        try:
            if finished.closed is not None:
                self._publish(finished.closed)
        finally:
            finished.batch.answer(self._observer)

    def _publish(self, closed: CommittedBatch) -> None:
        if closed.first != self._published + 1:
            raise JournalBroken(f"batch {closed.first}–{closed.last} does not follow sequence {self._published}")
        self._published = closed.last
        self._gate.close()
        failure: Exception | None = None
        for reader in self._readers:
            try:
                reader.fold(closed)
            except Exception as error:  # noqa: BLE001 - the other readers are fed all the same, then all stops
                failure = error
        if failure is not None:
            raise ReaderFailed(f"a reader failed on batch {closed.first}–{closed.last}") from failure

    # ------------------------------------------------------------------------------------------ when things fail

    async def _survive_poison(self, failed: _EngineFailed) -> None:
        """Rebuild the engine as it was before the open batch; all but the poison command are then applied again."""
        steps = self._batch.steps
        command = steps[-1].command
        assert command is not None
        steps[-1].error = self._poison("the engine failed on a command", command, failed.__cause__)
        if isinstance(command, AdvanceTime):
            self._due.pause()
        self._queue.extendleft(reversed(steps))
        self._batch = Batch(self._limits)
        self._exchange = None
        if self._under_way is not None:
            finished = self._under_way
            if finished.commit is not None:
                await asyncio.wait([finished.commit])
            finished.check()
            self._under_way = None
            self._publish_and_answer(finished)
        try:
            await self._rebuild()
        except (RefusesToStart, ReaderFailed, Fenced):
            raise
        except Exception as error:
            raise CommitFailed from error

    async def _start_again(self, failed: CommitFailed) -> None:
        """Fail everybody who waits, then rebuild the engine as soon as the database lets us."""
        logger.error("a commit failed; its outcome is unknown", exc_info=failed.__cause__)
        self._observer.commit_failed()
        self._lose_engine("a commit failed, so that the outcome is unknown; send it again with the same key")
        async for attempt in AsyncRetrying(
            wait=wait_exponential(multiplier=0.05, max=self._limits.rebuild_pause_seconds_max),
            retry=retry_if_not_exception_type((RefusesToStart, ReaderFailed, Fenced)),
            before_sleep=_log_failed_rebuild,
            reraise=True,
        ):
            with attempt:
                await self._rebuild()
        self._accepting = not self._stopping

    async def _rebuild(self) -> None:
        """Make the engine anew from the databases; the readers get what the journal holds beyond what they have."""
        began = monotonic()
        await self._follow(await self._load())
        self._observer.rebuilt(monotonic() - began)

    async def _follow(self, loaded: Loaded) -> None:
        while batches := await loaded.replay.more():
            for closed in batches:
                if closed.last > self._published:
                    self._publish(closed)
            await self._gate.wait()
        exchange = loaded.replay.exchange
        if exchange.sequence != self._published:
            raise JournalBroken(f"the journal ends at {exchange.sequence}, but {self._published} was acknowledged")
        self._exchange = exchange
        self._due.watch(exchange)

    def _lose_engine(self, words: str) -> None:
        self._accepting = False
        self._exchange = None
        self._due.cancel()
        under_way = self._under_way.batch.steps if self._under_way is not None else []
        waiting = [*under_way, *self._batch.steps, *self._queue]
        self._under_way, self._batch = None, Batch(self._limits)
        self._queue.clear()
        for step in waiting:
            if step.error is None:
                step.error = Unavailable(words)
            step.resolve(self._observer)

    def _poison(self, words: str, command: Command, error: BaseException | None) -> PoisonCommand:
        reference, kind = uuid4().hex[:12], type(command).__name__
        logger.critical(words, exc_info=error, extra={"reference": reference, "command": kind})
        self._observer.poisoned(kind)
        return PoisonCommand(reference)


def _log_failed_rebuild(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome is not None else None
    logger.warning("the engine cannot be rebuilt yet: %s", error, extra={"attempt": state.attempt_number})
