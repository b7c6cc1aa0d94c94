"""The stream of committed commands: what every reader of the exchange is fed, live and at a start alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.engine.commands import Command
from backend.engine.events import Event
from backend.engine.values import TimeUs


@dataclass(slots=True, frozen=True)
class Committed:
    """One accepted command that is durable, with its events."""

    sequence: int
    time: TimeUs
    command: Command
    events: tuple[Event, ...]


@dataclass(slots=True, frozen=True)
class CommittedBatch:
    """What one commit of the journal made durable; sequences first to last without a hole."""

    first: int
    last: int
    epoch: int
    fingerprint: str
    """Of the engine's state after the batch, 32 hex digits."""
    commands: Sequence[Committed]


class Reader(Protocol):
    """A follower of the stream, called in order on the event loop after each commit; it must not fail or wait."""

    def fold(self, batch: CommittedBatch) -> None:
        """Take in one committed batch."""
