"""Failed commits, poison commands, fencing, and whatever else can go wrong around the engine."""

import asyncio
import logging

import pytest

from backend.engine.commands import Command, PlaceOrder
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import TimeUs
from backend.persistence.errors import Fenced
from backend.sequencer.errors import JournalBroken, PoisonCommand, ReaderFailed, Unavailable
from backend.sequencer.recovery import replay
from backend.sequencer.stream import CommittedBatch
from tests.support.memory_exchange import MemoryExchange, settle, until
from tests.support.trading import ALICE, BOB, buy, opening, sell

POISON = 666_000


class Fragile(Exchange):
    """An engine with a bug: it fails in the middle of an order at one price."""

    def apply(self, command: Command, time: TimeUs) -> Outcome:
        outcome = super().apply(command, time)
        assert not (isinstance(command, PlaceOrder) and command.price_ticks == POISON), "a bug of the engine"
        return outcome


class Interrupt(BaseException):
    """Comes from outside in the middle of a command, as KeyboardInterrupt may."""


@pytest.fixture
async def world():
    world = await MemoryExchange(Fragile).open(*opening(ALICE, BOB))
    yield world
    world.journal.release()
    await world.sequencer.stop()
    exchange = replay(world.journal)
    assert exchange.sequence == world.views.sequence
    for balance in exchange.state().balances:
        assert world.views.balances(balance.account)[balance.asset] == balance


async def start_three_kinds(world: MemoryExchange) -> list["asyncio.Task[Outcome]"]:
    """Leave one order in the commit under way, one in the open batch, and one in the queue."""
    world.journal.hold()
    under_way = world.send(buy(ALICE, 500_000, 1, key="under way"))
    await settle()
    applied = world.send(buy(ALICE, 500_000, 2, key="applied"))
    await settle()
    world.sequencer._gate.close()
    world.room.clear()
    queued = world.send(buy(ALICE, 500_000, 3, key="queued"))
    await settle()
    world.room.set()
    return [under_way, applied, queued]


async def wait_until_ready(world: MemoryExchange) -> None:
    await until(lambda: world.sequencer.ready)


async def test_a_commit_that_failed_fails_all_who_wait_and_leaves_no_trace(world: MemoryExchange):
    sequence = world.views.sequence
    world.journal.fail_before = OSError("the disk is full")
    calls = await start_three_kinds(world)
    world.journal.release()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    await wait_until_ready(world)
    assert (world.views.sequence, world.recorder.commits_failed, world.recorder.rebuilds) == (sequence, 1, 1)
    again = [await world.sequencer.submit(buy(ALICE, 500_000, lots, key=f"again {lots}")) for lots in (1, 2)]
    assert [outcome.sequence for outcome in again] == [sequence + 1, sequence + 2]


async def test_a_commit_whose_answer_was_lost_is_published_and_its_key_gives_the_same_order(world: MemoryExchange):
    sequence = world.views.sequence
    world.journal.fail_after = OSError("the connection broke at the commit")
    calls = await start_three_kinds(world)
    world.journal.release()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    await wait_until_ready(world)
    assert world.views.sequence == sequence + 1
    assert [order.client_order_id for order in world.views.open_orders(ALICE)] == ["under way"]
    again = await world.sequencer.submit(buy(ALICE, 500_000, 1, key="under way"))
    assert (again.sequence, again.answers) == (0, (1,))
    assert (await world.sequencer.submit(buy(ALICE, 500_000, 2, key="applied"))).answers == (2,)


async def test_as_long_as_the_database_is_away_commands_fail_at_once_and_then_it_goes_on(world: MemoryExchange):
    world.load_errors = [OSError("no connection"), OSError("no connection"), OSError("no connection")]
    world.journal.fail_before = OSError("no connection")
    with pytest.raises(Unavailable, match="outcome is unknown"):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))
    assert not world.sequencer.ready
    with pytest.raises(Unavailable, match="not ready"):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))
    with pytest.raises(Unavailable):
        await world.sequencer.inspect(lambda exchange: exchange.sequence)
    await wait_until_ready(world)
    assert world.load_errors == []
    assert (await world.sequencer.submit(buy(ALICE, 500_000, 1))).answers == (1,)
    assert world.fatal == []


async def test_a_stop_while_the_database_is_away_ends_at_once(world: MemoryExchange):
    world.load_errors = [OSError("no connection")] * 1000
    world.journal.fail_before = OSError("no connection")
    with pytest.raises(Unavailable):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))
    await world.sequencer.stop()
    assert world.fatal == []


async def test_a_poison_command_harms_itself_alone(world: MemoryExchange, caplog: pytest.LogCaptureFixture):
    world.journal.hold()
    under_way = world.send(buy(ALICE, 500_000, 1))
    await settle()
    before = world.send(buy(ALICE, 500_000, 2))
    look = asyncio.create_task(world.sequencer.inspect(Exchange.fingerprint))
    poison, after = world.send(buy(ALICE, POISON, 1)), world.send(sell(BOB, 500_000, 3))
    await settle()
    assert not any(call.done() for call in (under_way, before, look, poison, after))
    world.journal.release()
    with pytest.raises(PoisonCommand) as caught:
        await poison
    assert [(await call).answers for call in (under_way, before, after)] == [(1,), (2,), (3,)]
    assert world.views.order(3).filled_lots == 3
    assert len(await look) == 32
    assert (world.recorder.poisons, world.recorder.rebuilds) == (["PlaceOrder"], 1)
    (alarm,) = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert alarm.reference == caught.value.reference
    assert "a bug of the engine" in str(alarm.exc_info[1])
    assert world.sequencer.ready


async def test_each_of_several_poison_commands_is_refused_and_the_rest_is_applied_in_order(world: MemoryExchange):
    prices = [500_000, POISON, 500_000, POISON, 500_000, POISON]
    calls = [world.send(buy(ALICE, price, 1)) for price in prices]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [getattr(result, "answers", type(result)) for result in results] == [
        (1,), PoisonCommand, (2,), PoisonCommand, (3,), PoisonCommand,
    ]  # fmt: skip
    assert len({result.reference for result in results if isinstance(result, PoisonCommand)}) == 3


async def test_a_commit_that_fails_while_a_poison_command_waits_is_a_failed_commit(world: MemoryExchange):
    sequence = world.views.sequence
    world.journal.hold()
    world.journal.fail_before = OSError("the disk is full")
    calls = [world.send(buy(ALICE, 500_000, 1))]
    await settle()
    calls += [world.send(buy(ALICE, POISON, 1)), world.send(buy(ALICE, 500_000, 1))]
    await settle()
    world.journal.release()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, PoisonCommand, Unavailable]
    await wait_until_ready(world)
    assert world.views.sequence == sequence
    assert (await world.sequencer.submit(buy(ALICE, 500_000, 1))).answers == (1,)


async def test_a_poison_command_while_the_database_is_away_ends_in_unavailable_for_the_others(world: MemoryExchange):
    world.load_errors = [OSError("no connection"), OSError("no connection")]
    calls = [world.send(buy(ALICE, 500_000, 1)), world.send(buy(ALICE, POISON, 1))]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, PoisonCommand]
    await wait_until_ready(world)
    assert (await world.sequencer.submit(buy(ALICE, 500_000, 1))).answers == (1,)


async def test_a_state_that_cannot_be_fingerprinted_is_not_committed(world: MemoryExchange, monkeypatch):
    batches = len(world.journal.batches)
    failures = [AssertionError("the books do not add up")]
    real = Exchange.fingerprint
    monkeypatch.setattr(Fragile, "fingerprint", lambda self: _raise(failures) if failures else real(self))
    with pytest.raises(Unavailable):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))
    await wait_until_ready(world)
    assert len(world.journal.batches) == batches
    assert (await world.sequencer.submit(buy(ALICE, 500_000, 1))).answers == (1,)


async def test_a_writer_that_is_fenced_stops_for_good_and_says_so(world: MemoryExchange):
    world.journal.fail_before = Fenced("journal_epoch", 1, 2)
    calls = await start_three_kinds(world)
    world.journal.release()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    await settle()
    assert [type(error) for error in world.fatal] == [Fenced]
    assert not world.sequencer.ready
    with pytest.raises(Unavailable):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))


async def test_a_journal_that_lost_what_was_acknowledged_stops_the_exchange(world: MemoryExchange):
    await world.sequencer.submit(buy(ALICE, 500_000, 1))
    stored = list(world.journal.batches)
    del world.journal.batches[-1]
    world.journal.fail_before = OSError("the disk is gone")
    with pytest.raises(Unavailable):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))
    await until(lambda: world.fatal)
    assert [type(error) for error in world.fatal] == [JournalBroken]
    assert not world.sequencer.ready
    world.journal.batches[:] = stored


class FailingReader:
    """A reader with a bug."""

    def fold(self, batch: CommittedBatch) -> None:
        raise RuntimeError("a bug of a reader")


async def test_a_reader_that_fails_stops_the_exchange_after_the_answers(world: MemoryExchange):
    world.sequencer._readers = (FailingReader(), world.views)
    outcome = await world.sequencer.submit(buy(ALICE, 500_000, 1))
    assert outcome.answers == (1,), "it is committed, and the caller is told so"
    await settle()
    assert [type(error) for error in world.fatal] == [ReaderFailed]
    assert not world.sequencer.ready
    assert world.views.order(1) is not None, "the other readers have it all the same"


async def test_an_interrupt_in_the_middle_of_a_command_commits_nothing_of_it(world: MemoryExchange, monkeypatch):
    batches = len(world.journal.batches)
    real = Fragile.apply

    def apply(self: Exchange, command: Command, time: TimeUs) -> Outcome:
        outcome = real(self, command, time)
        if isinstance(command, PlaceOrder) and command.quantity_lots == 13:
            raise Interrupt
        return outcome

    monkeypatch.setattr(Fragile, "apply", apply)
    calls = [world.send(buy(ALICE, 500_000, 1)), world.send(buy(ALICE, 500_000, 13)), world.send(buy(ALICE, 1, 1))]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    assert len(world.journal.batches) == batches
    assert [type(error) for error in world.fatal] == [Interrupt]
    assert not world.sequencer.ready


def _raise(failures: list[AssertionError]) -> str:
    raise failures.pop()
