"""Starts in the middle of everything: every kind of order open, auctions under way, a cascade half worked off."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.engine.commands import AdvanceTime, Command, SetExchangeHalted
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import MarketStatus, OrderStatus, TimeUs
from backend.persistence.database import Database
from backend.sequencer import recovery
from backend.sequencer.batch import Batch, Step
from backend.sequencer.differences import differences
from backend.sequencer.journal import Journal
from backend.sequencer.limits import USUAL_LIMITS
from backend.sequencer.projector import Projector
from backend.sequencer.readmodel import load_state
from tests.conftest import DatabasePlace
from tests.recovery.conftest import StartCore
from tests.support import busy_exchange as busy
from tests.support.core import Core, replayed
from tests.support.memory_exchange import until

ROOT = Path(__file__).parents[2]
START = TimeUs(1_760_000_000_000_000)
"""In the morning of a day: nothing is due for hours."""


class Writer:
    """Writes command after command into journal and read model, without a sequencer that would go on by itself."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.time = START
        self.exchange = Exchange()
        self.journal = Journal(database)
        epoch = self.journal.open_epoch()
        self.projector = Projector(database, epoch=epoch, checkpoint=0, rules_version=RULES_VERSION)
        self.projector.start()

    async def write(self, command: Command) -> Outcome:
        """Apply a command that is accepted, and store it as a batch of its own."""
        self.time = TimeUs(self.time + 1_000)
        batch, step = Batch(USUAL_LIMITS), Step(command, None, self.time)
        batch.apply(step, self.exchange, self.time)
        assert step.answer.sequence, step.answer
        assert step.answer.refusal is None, step.answer
        entry, closed = batch.close(self.exchange, self.journal.epoch)
        await self.journal.append(
            first=entry.first, last=entry.last, time=entry.time, rules_version=RULES_VERSION, commands=entry.commands,
            digest=entry.digest, fingerprint=entry.fingerprint,
        )  # fmt: skip
        self.projector.fold(closed)
        return step.answer

    async def write_all(self, *last: Command) -> None:
        """Write what leads into the middle of everything."""
        for command in (*busy.commands(START), busy.cascade(), *last):
            await self.write(command)

    async def close(self) -> None:
        await self.projector.close()
        self.journal.close()


async def test_a_start_after_each_command_finds_the_engines_state(database: Database):
    writer = Writer(database)
    cascade = busy.cascade()
    for command in (*busy.commands(START), cascade, *[AdvanceTime()] * 3):
        await writer.write(command)
        await writer.projector.reached(writer.exchange.sequence)
        loaded = await recovery.load(database, writer.journal)
        assert loaded.replay.exchange.fingerprint() == writer.exchange.fingerprint()
        assert list(differences(loaded.state, writer.exchange.state())) == []
        if command is cascade:
            busy.check(loaded.state)
    assert busy.fired(loaded.state) == [], "the cascade has come to its end"
    await writer.close()


async def test_a_halted_exchange_stays_in_the_middle_over_starts_and_then_goes_on(
    start: StartCore, database_place: DatabasePlace
):
    database = database_place.open()
    writer = Writer(database)
    await writer.write_all(SetExchangeHalted(True, "in the middle of everything"))
    await writer.close()
    database.close()
    for _ in range(2):
        core = await start(wall=lambda: writer.time + 1_000_000)
        state = await core.sequencer.inspect(Exchange.state)
        busy.check(state)
        assert state.rules.halted
        assert await core.fingerprint() == replayed(core.database).fingerprint()
        await core.crash()
    core = await start(wall=lambda: writer.time + (busy.PAUSE_S + 60) * 1_000_000)
    assert core.views.markets[busy.BREAKING].status is MarketStatus.AUCTION, "the exchange is halted"
    await core.send(SetExchangeHalted(False, "go on"))
    await until(lambda: core.views.markets[busy.BREAKING].status is MarketStatus.OPEN)
    await check_the_end(core)
    assert core.views.rules.tiers_due_at is not None
    await core.stop()


async def test_what_was_due_while_nothing_ran_is_done_at_the_start(start: StartCore, database_place: DatabasePlace):
    database = database_place.open()
    writer = Writer(database)
    await writer.write_all()
    await writer.close()
    ending = next(order for order in writer.exchange.state().orders if order.expire_at)
    database.close()
    core = await start(wall=lambda: writer.time + 2 * busy.DAY_US)
    await until(lambda: not core.views.open_orders(busy.ANN))
    assert core.views.accounts[busy.ANN].cancels_at is None
    found = core.views.order(ending.id)
    assert found is not None
    assert found.status is OrderStatus.EXPIRED
    assert core.views.markets[busy.BREAKING].status is MarketStatus.OPEN
    assert core.views.markets[busy.COLLECTING].status is MarketStatus.AUCTION
    await check_the_end(core)
    await core.stop()


async def test_the_journal_alone_leads_to_the_same_middle(start: StartCore, database_place: DatabasePlace):
    database = database_place.open()
    writer = Writer(database)
    await writer.write_all(SetExchangeHalted(True, "in the middle of everything"))
    await writer.close()
    recovery.rebuild(database)
    database.close()
    core = await start(wall=lambda: writer.time)
    await core.projector.reached(core.views.sequence)
    state, _ = await core.database.read(load_state)
    busy.check(state)
    assert list(differences(state, await core.sequencer.inspect(Exchange.state))) == []
    await core.stop()
    assert recovery_problems(database_place) == []


@pytest.mark.parametrize("point", ["journal.committed", "projector.half", "projector.committed"])
async def test_kill_minus_nine_in_the_middle_of_everything_loses_nothing(
    durable_database_place: DatabasePlace, point: str
):
    place = durable_database_place
    die_in_the_middle(place, point)
    database = place.open()
    journal = Journal(database)
    loaded = await recovery.load(database, journal)
    while await loaded.replay.more():
        pass
    at_death = loaded.replay.exchange.state()
    if point == "journal.committed":
        busy.check(at_death)
    assert loaded.replay.exchange.fingerprint() == recovery.replay(journal).fingerprint()
    journal.close()
    database.close()
    core = await Core(place.open()).start()
    try:
        await until(lambda: core.views.sequence > at_death.sequence)
        await check_the_end(core)
    finally:
        await core.stop()
    assert recovery_problems(place) == []


def die_in_the_middle(place: DatabasePlace, point: str) -> None:
    """Let another process come into the middle of everything and be killed there."""
    died = subprocess.run(
        [sys.executable, "-m", "tests.recovery.busy_worker", place.url or "", str(place.data_dir), point],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr


async def check_the_end(core: Core) -> None:
    """Wait until the cascade has ended, and compare memory, tables and journal."""
    state = await core.sequencer.inspect(Exchange.state)
    while busy.fired(state):
        await core.sequencer.submit(AdvanceTime())
        state = await core.sequencer.inspect(Exchange.state)
    await core.projector.reached(core.views.sequence)
    stored, checkpoint = await core.database.read(load_state)
    assert stored.sequence == checkpoint.sequence
    fingerprint = await core.fingerprint()
    assert replayed(core.database).fingerprint() == fingerprint
    if checkpoint.sequence == core.views.sequence:
        assert checkpoint.fingerprint == Exchange.restore(stored).fingerprint() == fingerprint


def recovery_problems(place: DatabasePlace) -> list[str]:
    """Return what `verify` says."""
    database = place.open()
    try:
        return recovery.verify(database).problems
    finally:
        database.close()
