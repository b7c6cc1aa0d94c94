"""Committed batches made by a real engine, for tests of the stream's readers."""

from collections.abc import Sequence

from backend.engine.commands import Command
from backend.engine.exchange import Exchange
from backend.engine.values import TimeUs
from backend.sequencer.stream import Committed, CommittedBatch


def commit(exchange: Exchange, *commands: Command, time: int = 1_000_000) -> CommittedBatch:
    """Apply commands that are all accepted and return them as one committed batch."""
    committed = []
    for command in commands:
        outcome = exchange.apply(command, TimeUs(time))
        assert outcome.sequence, (command, outcome)
        committed.append(Committed(outcome.sequence, exchange.time, command, outcome.events))
    return batch_of(exchange, committed)


def batch_of(exchange: Exchange, committed: Sequence[Committed]) -> CommittedBatch:
    """Return commands that the exchange has accepted, the last one just now, as one batch."""
    return CommittedBatch(committed[0].sequence, committed[-1].sequence, 1, exchange.fingerprint(), tuple(committed))
