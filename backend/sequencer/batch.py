"""Commands that are applied in memory and wait, with their callers, for one commit of the journal."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from backend.engine.codec import decode_commands, digest_events, encode_commands
from backend.engine.commands import Command
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import TimeUs
from backend.persistence.errors import Fenced
from backend.sequencer.errors import PoisonCommand
from backend.sequencer.limits import SequencerLimits
from backend.sequencer.observer import SequencerObserver
from backend.sequencer.stream import Committed, CommittedBatch


class Step:
    """One caller's wish, a command or a look at the engine, and what came of it."""

    __slots__ = ("answer", "command", "error", "future", "read", "time")

    def __init__(self, command: Command | None, read: Callable[[Exchange], Any] | None, time: TimeUs | None) -> None:
        assert (command is None) != (read is None)
        self.command = command
        self.read = read
        self.time = time
        self.answer: Any = None
        self.error: BaseException | None = None
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def resolve(self, observer: SequencerObserver) -> None:
        """Give the caller the answer or the error; a caller that has gone is not disturbed."""
        if self.command is not None:
            observer.answered(type(self.command).__name__, self._outcome())
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
            self.future.exception()  # Marks it as seen: a caller that is just going must not leave a warning.
        else:
            self.future.set_result(self.answer)

    def _outcome(self) -> str:
        if self.error is not None:
            return "POISON" if isinstance(self.error, PoisonCommand) else "UNAVAILABLE"
        assert isinstance(self.answer, Outcome)
        if self.answer.sequence:
            return "ACCEPTED"
        refusal = self.answer.refusal
        return refusal.code.name if refusal else "UNCHANGED"


@dataclass(slots=True, frozen=True)
class JournalEntry:
    """What the journal stores of a batch besides its epoch."""

    first: int
    last: int
    time: TimeUs
    commands: bytes
    digest: str
    fingerprint: str


class Batch:
    """Steps in the order in which they were applied; refusals and looks are answered with what came before them."""

    def __init__(self, limits: SequencerLimits) -> None:
        self._limits = limits
        self.steps: list[Step] = []
        self.commands: list[Committed] = []
        self._events = 0

    @property
    def full(self) -> bool:
        """Tell whether no more may be added."""
        return len(self.steps) >= self._limits.batch_steps_max or self._events >= self._limits.batch_events_max

    def apply(self, step: Step, exchange: Exchange, now: TimeUs) -> None:
        """Apply a step to the engine and keep it.

        Raises:
            Exception: The engine failed and cannot be trusted any more. The step is kept all the same, as the last.
        """
        self.steps.append(step)
        if step.error is not None:
            return  # It was found to be poison before; it only waits for its turn to be told.
        if step.read is not None:
            try:
                step.answer = step.read(exchange)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is its caller's, who gets it
                step.error = error
            return
        assert step.command is not None
        step.time = now if step.time is None else min(step.time, now)
        outcome = exchange.apply(step.command, step.time)
        step.answer = outcome
        if outcome.sequence:
            self.commands.append(Committed(outcome.sequence, exchange.time, step.command, outcome.events))
            self._events += len(outcome.events)

    def close(self, exchange: Exchange, epoch: int) -> tuple[JournalEntry, CommittedBatch]:
        """Return what is to be stored and what is to be published; the engine is exactly after the last command."""
        first, last = self.commands[0].sequence, self.commands[-1].sequence
        assert last - first + 1 == len(self.commands), "sequences have no holes"
        assert last == exchange.sequence
        entry = JournalEntry(
            first=first,
            last=last,
            time=exchange.time,
            commands=encode_commands([(command.time, command.command) for command in self.commands]),
            digest=digest_events([command.events for command in self.commands]),
            fingerprint=exchange.fingerprint(),
        )
        return entry, CommittedBatch(first, last, epoch, entry.fingerprint, self.commands)

    def answer(self, observer: SequencerObserver) -> None:
        """Answer all callers, in order."""
        for step in self.steps:
            step.resolve(observer)


class CommitFailed(Exception):
    """Nobody knows whether the batch under way is in the journal, or the open batch could not be closed."""


@dataclass(slots=True, frozen=True)
class UnderWay:
    """A closed batch and its commit; one without commands needs none."""

    batch: Batch
    closed: CommittedBatch | None = None
    commit: asyncio.Task[None] | None = None

    @property
    def done(self) -> bool:
        """Tell whether the commit has ended, well or not."""
        return self.commit is None or self.commit.done()

    def check(self) -> None:
        """Raise what the commit raised: `CommitFailed` for what a rebuild of the engine may mend."""
        error = self.commit.exception() if self.commit is not None else None
        if isinstance(error, Exception) and not isinstance(error, Fenced):
            raise CommitFailed from error
        if error is not None:
            raise error


def check_storable(command: Command) -> None:
    """Refuse what would come back from the journal as something else: nobody could start after it.

    Raises:
        Exception: The journal cannot keep this command.
    """
    data = encode_commands([(TimeUs(0), command)])
    if decode_commands(data) != [(0, command)]:
        raise TypeError("the command comes back from the journal as another one")
    if b"\\u0000" in data and "\0" in _texts(msgspec.to_builtins(command)):
        raise ValueError("PostgreSQL keeps no text with a zero character")


def _texts(value: object) -> str:
    """Return all texts of a command in one."""
    return "".join(map(_texts, value)) if isinstance(value, list | tuple) else value if isinstance(value, str) else ""
