"""The normal start: the read model at its checkpoint, then the journal after it, compared with what was recorded."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec
from sqlalchemy import delete, update

from backend.engine.codec import decode_commands, digest_events
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.values import State, TimeUs
from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.errors import JournalHole
from backend.persistence.migrate import check_rules
from backend.persistence.rows import Checkpoint
from backend.sequencer.differences import differences
from backend.sequencer.errors import JournalBroken, RefusesToStart, ReplayDiffers, StateDiffers
from backend.sequencer.journal import Journal, JournalBatch
from backend.sequencer.readmodel import load_state
from backend.sequencer.stream import Committed, CommittedBatch

REPLAY_BATCHES_MAX = 50
"""So many batches are replayed before the readers get them, so that a long journal does not fill the memory."""

READ_MODEL = (
    tables.assets,
    tables.markets,
    tables.accounts,
    tables.rules,
    tables.tapes,
    tables.account_volumes,
    tables.balances,
    tables.orders,
    tables.trades,
    tables.fills,
    tables.ledger_entries,
    tables.command_keys,
    tables.candles,
)
"""What follows from the journal alone; the checkpoint is one row more."""

DIFFERENCES_MAX = 10
"""So many differing items are named when the read model is not what the journal says."""


class Replay:
    """Brings an engine forward along the journal, comparing each batch with what was recorded of it."""

    def __init__(self, exchange: Exchange, journal: Journal) -> None:
        self.exchange = exchange
        self._stored = stored_after(journal, exchange.sequence)

    async def more(self) -> list[CommittedBatch]:
        """Return the next batches, at most `REPLAY_BATCHES_MAX`; none at the journal's end.

        Raises:
            RefusesToStart: The journal and this program's rules do not fit together.
        """
        return await asyncio.to_thread(lambda: list(islice(self, REPLAY_BATCHES_MAX)))

    def __iter__(self) -> Iterator[CommittedBatch]:
        for stored in self._stored:
            yield replay_batch(self.exchange, stored)


@dataclass(slots=True, frozen=True)
class Loaded:
    """What a start finds: the read model's state, and an engine there that the rest of the journal brings forward."""

    state: State
    last: int
    """The journal's last sequence when it was asked."""
    last_time: TimeUs
    """The journal's last time, for the clock."""
    replay: Replay


async def load(database: Database, journal: Journal) -> Loaded:
    """Load the read model and compare it with what the journal recorded for its checkpoint.

    Raises:
        RefusesToStart: They do not fit together; the message says which sequence, which rules version, and where.
    """
    state, checkpoint = await database.read(load_state)
    return await asyncio.to_thread(_begin, journal, state, checkpoint)


def replay(journal: Journal) -> Exchange:
    """Return the exchange that the whole journal gives, comparing each batch with what was recorded of it."""
    exchange = Exchange()
    for stored in stored_after(journal, 0):
        replay_batch(exchange, stored)
    return exchange


def stored_after(journal: Journal, sequence: int) -> Iterator[JournalBatch]:
    """Return the journal's batches after a sequence that ends one.

    Raises:
        JournalBroken: One is missing.
    """
    try:
        yield from journal.batches_after(sequence)
    except JournalHole as error:
        raise JournalBroken(str(error)) from error


def replay_batch(exchange: Exchange, stored: JournalBatch) -> CommittedBatch:
    """Apply one stored batch to an engine that is exactly before it, and compare the events and the state after it.

    Raises:
        JournalBroken: The batch cannot be read, or does not follow.
        ReplayDiffers: It gives something else than was recorded.
    """
    try:
        commands = decode_commands(stored.commands)
    except msgspec.DecodeError as error:
        raise JournalBroken(f"the commands of {_described(stored)} cannot be read: {error}") from error
    if stored.first != exchange.sequence + 1 or stored.last != exchange.sequence + len(commands):
        raise JournalBroken(
            f"{_described(stored)} has {len(commands)} commands and comes after sequence {exchange.sequence}"
        )
    committed = []
    for time, command in commands:
        sequence, kind = exchange.sequence + 1, type(command).__name__
        try:
            outcome = exchange.apply(command, time)
        except Exception as error:
            raise ReplayDiffers(
                f"the engine fails on sequence {sequence} ({kind}) of {_described(stored)}: {error!r}"
            ) from error
        if outcome.sequence != sequence:
            said = outcome.refusal.code.name if outcome.refusal else "nothing to do"
            raise ReplayDiffers(
                f"sequence {sequence} ({kind}) of {_described(stored)} was accepted then and is answered {said} now"
            )
        committed.append(Committed(sequence, exchange.time, command, outcome.events))
    if digest_events([command.events for command in committed]) != stored.digest:
        raise ReplayDiffers(f"{_described(stored)} gives other events than were recorded")
    if exchange.fingerprint() != stored.fingerprint:
        raise ReplayDiffers(f"{_described(stored)} gives the recorded events but another state")
    return CommittedBatch(stored.first, stored.last, stored.epoch, stored.fingerprint, committed)


@dataclass(slots=True)
class Report:
    """What `verify` found."""

    batches: int = 0
    sequence: int = 0
    """The last sequence that was replayed."""
    fingerprint: str = ""
    checkpoint: int = 0
    """The sequence at which the read model was compared."""
    problems: list[str] = field(default_factory=list)
    """Empty when all is well."""


def verify(database: Database) -> Report:
    """Replay the whole journal and compare it with itself and with the read model; may run beside a live exchange.

    Raises:
        RulesRefused: Other rules wrote the journal, so that a replay says nothing.
    """
    check_rules(database)
    with database.reader.begin() as connection:
        state, checkpoint = load_state(connection)
    journal = Journal(database)
    exchange = Exchange()
    report = Report(checkpoint=checkpoint.sequence, fingerprint=exchange.fingerprint())
    compared = checkpoint.sequence == 0
    try:
        for stored in stored_after(journal, 0):
            replay_batch(exchange, stored)
            report.batches += 1
            report.sequence, report.fingerprint = exchange.sequence, stored.fingerprint
            if exchange.sequence == checkpoint.sequence:
                compared = True
                report.problems += islice(differences(state, exchange.state()), DIFFERENCES_MAX)
        if not compared:
            report.problems.append(_without_journal(checkpoint, exchange.sequence))
    except RefusesToStart as error:
        report.problems.append(str(error))
    finally:
        journal.close()
    return report


def rebuild(database: Database) -> None:
    """Empty the read model, so that the next start writes it anew from the whole journal; users and sessions stay.

    The caller holds the writer's lock, and no exchange runs.
    """
    with database.begin_main() as connection:
        for table in READ_MODEL:
            connection.execute(delete(table))
        counters = {"next_order_id": 1, "next_trade_id": 1, "next_place": 1}
        connection.execute(
            update(tables.checkpoint).values(sequence=0, time=0, fingerprint="", rules_version=0, **counters)
        )


def _begin(journal: Journal, state: State, checkpoint: Checkpoint) -> Loaded:
    last, last_time = journal.last() or (0, TimeUs(0))
    exchange = Exchange.restore(state)
    if checkpoint.sequence:
        _compare(journal, last, exchange, state, checkpoint)
    return Loaded(state, last, last_time, Replay(exchange, journal))


def _compare(journal: Journal, last: int, exchange: Exchange, state: State, checkpoint: Checkpoint) -> None:
    stored = journal.at(checkpoint.sequence) if checkpoint.sequence <= last else None
    if stored is None:
        raise JournalBroken(_without_journal(checkpoint, last))
    if exchange.fingerprint() == stored.fingerprint:
        return
    raise StateDiffers(
        f"the read model at sequence {checkpoint.sequence} (written by rules version {checkpoint.rules_version}, epoch "
        f"{checkpoint.epoch}) is not the state that the journal recorded there (rules version {stored.rules_version}; "
        f"this is rules version {RULES_VERSION}). {_explanation(journal, state, checkpoint.sequence)}"
    )


def _explanation(journal: Journal, state: State, sequence: int) -> str:
    """Say where the read model differs from a replay of the whole journal up to its checkpoint."""
    exchange = Exchange()
    try:
        for stored in stored_after(journal, 0):
            if stored.first > sequence:
                break
            replay_batch(exchange, stored)
    except RefusesToStart as error:
        return f"It cannot be said where they differ, since the journal cannot be replayed: {error}"
    found = list(islice(differences(state, exchange.state()), DIFFERENCES_MAX + 1))
    if not found:
        return "A replay of the journal gives the read model's state, so the recorded fingerprint itself is wrong."
    more = "; and more" if len(found) > DIFFERENCES_MAX else ""
    return "They differ in: " + "; ".join(found[:DIFFERENCES_MAX]) + more


def _without_journal(checkpoint: Checkpoint, last: int) -> str:
    beyond = checkpoint.sequence > last
    where = f"the journal ends at sequence {last}" if beyond else "no batch of the journal ends there"
    return (
        f"the read model is at sequence {checkpoint.sequence} (written by rules version {checkpoint.rules_version}, "
        f"epoch {checkpoint.epoch}), but {where}: the two do not belong together, or a part of the journal is lost"
    )


def _described(stored: JournalBatch) -> str:
    return (
        f"the journal's batch {stored.first}–{stored.last} (written by rules version {stored.rules_version}, epoch "
        f"{stored.epoch}; this is rules version {RULES_VERSION})"
    )
