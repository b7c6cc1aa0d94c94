"""A sequencer with its real engine and views, on a journal in memory that a test can hold, break and look into."""

import asyncio
from collections.abc import Callable, Iterator

from backend.engine.commands import Command
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import TimeUs
from backend.sequencer.clock import Clock
from backend.sequencer.journal import JournalBatch
from backend.sequencer.limits import USUAL_LIMITS, SequencerLimits
from backend.sequencer.recovery import Loaded, Replay
from backend.sequencer.sequencer import Sequencer
from backend.sequencer.views import LiveViews


class MemoryJournal:
    """Keeps batches in a list; holds commits back, and makes the next one fail, when told so."""

    def __init__(self) -> None:
        self.epoch = 1
        self.batches: list[JournalBatch] = []
        self.fail_before: BaseException | None = None
        self.fail_after: BaseException | None = None
        self._free = asyncio.Event()
        self._free.set()

    def hold(self) -> None:
        """Let no commit end until `release`."""
        self._free.clear()

    def release(self) -> None:
        """Let commits end."""
        self._free.set()

    async def append(
        self, *, first: int, last: int, time: TimeUs, rules_version: int, commands: bytes, digest: str, fingerprint: str
    ) -> JournalBatch:
        await self._free.wait()
        error, self.fail_before = self.fail_before, None
        if error is not None:
            raise error
        assert first == (self.batches[-1].last if self.batches else 0) + 1
        batch = JournalBatch(first, last, time, rules_version, self.epoch, commands, digest, fingerprint)
        self.batches.append(batch)
        error, self.fail_after = self.fail_after, None
        if error is not None:
            raise error
        return batch

    def batches_after(self, sequence: int) -> Iterator[JournalBatch]:
        return iter([batch for batch in self.batches if batch.first > sequence])


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str]] = []
        self.commits: list[int] = []
        self.commits_failed = 0
        self.rebuilds = 0
        self.poisons: list[str] = []

    def answered(self, kind: str, outcome: str) -> None:
        self.answers.append((kind, outcome))

    def committed(self, commands: int, seconds: float) -> None:
        assert seconds >= 0
        self.commits.append(commands)

    def commit_failed(self) -> None:
        self.commits_failed += 1

    def rebuilt(self, seconds: float) -> None:
        self.rebuilds += 1

    def poisoned(self, kind: str) -> None:
        self.poisons.append(kind)


class MemoryExchange:
    """The world of the sequencer's tests."""

    def __init__(
        self,
        new_engine: Callable[[], Exchange] = Exchange,
        clock: Clock | None = None,
        limits: SequencerLimits = USUAL_LIMITS,
    ) -> None:
        self.journal = MemoryJournal()
        self.views = LiveViews(Exchange().state())
        self.recorder = Recorder()
        self.fatal: list[BaseException] = []
        self.load_errors: list[Exception] = []
        self.room = asyncio.Event()
        self.room.set()
        self._new_engine = new_engine
        self.sequencer = Sequencer(
            journal=self.journal,
            load=self.load,
            readers=[self.views],
            clock=clock or Clock(TimeUs(0)),
            room=self._wait_for_room,
            limits=limits,
            observer=self.recorder,
            on_fatal=self.fatal.append,
        )

    async def load(self) -> Loaded:
        """Load the engine again, or fail as the test wants."""
        if self.load_errors:
            raise self.load_errors.pop(0)
        exchange = self._new_engine()
        return Loaded(exchange.state(), 0, TimeUs(0), Replay(exchange, self.journal))

    async def open(self, *commands: Command) -> "MemoryExchange":
        """Start, and have these commands accepted."""
        await self.sequencer.start(await self.load())
        for command in commands:
            assert (await self.sequencer.submit(command)).sequence
        return self

    def send(self, command: Command) -> "asyncio.Task[Outcome]":
        """Submit a command in a task of its own."""
        return asyncio.create_task(self.sequencer.submit(command))

    async def _wait_for_room(self) -> None:
        await self.room.wait()


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so; the test's own time limit is the only one."""
    while True:
        if condition():
            return
        await asyncio.sleep(0.001)


async def settle() -> None:
    """Let everything run that can run without a thread or a timer."""
    for _ in range(50):
        await asyncio.sleep(0)
