"""Group commit, and who is answered when."""

import asyncio

import pytest

from backend.engine.codec import decode_commands
from backend.engine.commands import AdvanceTime, PlaceOrders
from backend.engine.exchange import Exchange
from backend.engine.outcome import RefusalCode
from backend.engine.values import TimeUs
from backend.sequencer.errors import PoisonCommand, QueueFull, Unavailable
from backend.sequencer.limits import USUAL_LIMITS, SequencerLimits
from backend.sequencer.recovery import replay
from tests.support.memory_exchange import MemoryExchange, settle, until
from tests.support.trading import ALICE, BOB, PLENTY, buy, deposit, opening, sell


@pytest.fixture
def limits() -> SequencerLimits:
    return USUAL_LIMITS


@pytest.fixture
async def world(limits: SequencerLimits):
    world = await MemoryExchange(limits=limits).open(*opening(ALICE, BOB))
    yield world
    world.journal.release()
    world.room.set()
    await world.sequencer.stop()
    assert replay(world.journal).sequence == world.views.sequence


async def test_what_comes_while_a_commit_is_under_way_is_committed_together_in_order(world: MemoryExchange):
    before = len(world.journal.batches)
    world.journal.hold()
    first = world.send(buy(ALICE, 500_000, 1))
    await settle()
    rest = [world.send(buy(ALICE, 500_000, 1)) for _ in range(100)]
    await settle()
    world.journal.release()
    outcomes = await asyncio.gather(first, *rest)
    assert [batch.last - batch.first + 1 for batch in world.journal.batches[before:]] == [1, 100]
    assert [outcome.answers for outcome in outcomes] == [(order,) for order in range(1, 102)]
    sequences = [outcome.sequence for outcome in outcomes]
    assert sequences == list(range(sequences[0], sequences[0] + 101))


async def test_nobody_sees_or_hears_anything_before_the_commit(world: MemoryExchange):
    sequence = world.views.sequence
    world.journal.hold()
    order = world.send(buy(ALICE, 500_000, 1))
    look = asyncio.create_task(world.sequencer.inspect(lambda exchange: exchange.sequence))
    await settle()
    assert not order.done()
    assert not look.done(), "what it saw may still be taken back"
    assert world.views.sequence == sequence
    assert world.views.open_orders(ALICE) == []
    world.journal.release()
    assert (await order).sequence == sequence + 1
    assert world.views.sequence == sequence + 1, "the readers have it before the caller"
    assert await look == sequence + 1


async def test_a_refusal_and_a_repetition_wait_for_the_commit_of_what_came_before(world: MemoryExchange):
    ended: list[str] = []
    world.journal.hold()
    calls = {
        "order": world.send(buy(ALICE, 500_000, 1, key="mine")),
        "repetition": world.send(buy(ALICE, 500_000, 1, key="mine")),
        "other content": world.send(buy(ALICE, 500_000, 2, key="mine")),
        "too dear": world.send(buy(ALICE, 500_000, PLENTY)),
    }
    for name, call in calls.items():
        call.add_done_callback(lambda _, name=name: ended.append(name))
    await settle()
    assert ended == []
    world.journal.release()
    order, repetition, other, dear = await asyncio.gather(*calls.values())
    assert ended == list(calls)
    assert order.sequence > 0
    assert (repetition.sequence, repetition.answers) == (0, order.answers)
    assert other.refusal.code is RefusalCode.DUPLICATE_CLIENT_ORDER_ID
    assert dear.refusal.code is RefusalCode.INSUFFICIENT_BALANCE


async def test_a_refusal_during_the_commit_of_another_is_answered_after_it(world: MemoryExchange):
    world.journal.hold()
    order = world.send(buy(ALICE, 500_000, 1))
    await settle()
    refusal = world.send(buy(ALICE, 500_000, PLENTY))
    await settle()
    assert not refusal.done()
    world.journal.release()
    await asyncio.gather(order, refusal)


async def test_a_refusal_that_nothing_came_before_is_answered_at_once_and_leaves_no_trace(world: MemoryExchange):
    batches = len(world.journal.batches)
    world.journal.hold()
    outcome = await world.sequencer.submit(buy(ALICE, 500_000, PLENTY))
    assert outcome.refusal.code is RefusalCode.INSUFFICIENT_BALANCE
    assert len(world.journal.batches) == batches


async def test_a_look_that_fails_fails_for_its_caller_alone(world: MemoryExchange):
    def fail(_: Exchange) -> None:
        raise LookupError("a bug of the caller")

    with pytest.raises(LookupError):
        await world.sequencer.inspect(fail)
    assert (await world.sequencer.submit(buy(ALICE, 500_000, 1))).sequence
    assert world.recorder.rebuilds == 0


async def test_a_caller_that_goes_away_takes_nothing_back_and_disturbs_nobody(world: MemoryExchange):
    world.journal.hold()
    gone, other = world.send(buy(ALICE, 500_000, 1)), world.send(sell(BOB, 500_000, 1))
    await settle()
    queued_gone = world.send(buy(ALICE, 500_000, 7))
    gone.cancel()
    await settle()
    queued_gone.cancel()
    world.journal.release()
    assert (await other).sequence
    await world.sequencer.submit(AdvanceTime())
    assert world.views.order(1).filled_lots == 1
    assert [order.quantity_lots for order in world.views.open_orders(ALICE)] == [7]


@pytest.mark.parametrize("limits", [SequencerLimits(batch_steps_max=5)])
async def test_a_batch_is_bounded_in_commands(world: MemoryExchange):
    before = len(world.journal.batches)
    world.journal.hold()
    calls = [world.send(buy(ALICE, 500_000, 1))]
    await settle()
    calls += [world.send(buy(ALICE, 500_000, 1)) for _ in range(12)]
    await settle()
    world.journal.release()
    await asyncio.gather(*calls)
    assert [batch.last - batch.first + 1 for batch in world.journal.batches[before:]] == [1, 5, 5, 2]


@pytest.mark.parametrize("limits", [SequencerLimits(batch_events_max=6)])
async def test_a_batch_is_bounded_in_events(world: MemoryExchange):
    before = len(world.journal.batches)
    world.journal.hold()
    calls = [world.send(buy(ALICE, 500_000, 1))]
    await settle()
    calls += [world.send(buy(ALICE, 500_000, 1)) for _ in range(4)]
    await settle()
    world.journal.release()
    await asyncio.gather(*calls)
    assert [batch.last - batch.first + 1 for batch in world.journal.batches[before:]] == [1, 2, 2]


@pytest.mark.parametrize("limits", [SequencerLimits(queue_steps_max=3)])
async def test_past_the_queues_limit_there_is_a_clear_refusal_and_what_waits_is_served(world: MemoryExchange):
    world.room.clear()
    world.sequencer._gate.close()
    waiting = [world.send(buy(ALICE, 500_000, 1)) for _ in range(3)]
    await settle()
    with pytest.raises(QueueFull, match="3 commands wait already"):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))
    with pytest.raises(QueueFull):
        await world.sequencer.inspect(lambda exchange: exchange.sequence)
    assert isinstance(QueueFull(""), Unavailable)
    world.room.set()
    assert [outcome.answers for outcome in await asyncio.gather(*waiting)] == [(1,), (2,), (3,)]


async def test_a_reader_that_has_no_room_slows_the_writer_and_no_acknowledgement(world: MemoryExchange):
    world.journal.hold()
    first = world.send(buy(ALICE, 500_000, 1))
    await settle()
    open_batch = world.send(buy(ALICE, 500_000, 1))
    await settle()
    world.room.clear()
    world.journal.release()
    await asyncio.gather(first, open_batch)
    later = world.send(buy(ALICE, 500_000, 1))
    await settle()
    assert not later.done()
    world.room.set()
    assert (await later).sequence


async def test_a_command_that_the_journal_could_not_give_back_is_refused_before_it_is_applied(world: MemoryExchange):
    wrong = [
        buy(ALICE, 500_000, "3"),
        buy(ALICE, 500_000, 1, key="\ud800"),
        PlaceOrders((buy(ALICE, 500_000, 1, key="a\0b"),)),
        deposit(ALICE, "BTC", 1.0, "key"),
    ]
    for command in wrong:
        with pytest.raises(PoisonCommand):
            await world.sequencer.submit(command)
    assert world.recorder.rebuilds == 0
    assert world.recorder.poisons == ["PlaceOrder", "PlaceOrder", "PlaceOrders", "Deposit"]
    assert (await world.sequencer.submit(buy(ALICE, 500_000, 3, key="\\u0000"))).answers == (1,)


async def test_a_time_in_the_past_is_kept_and_one_in_the_future_counts_as_now(world: MemoryExchange):
    past = world.views.time + 1
    outcome = await world.sequencer.submit(buy(ALICE, 500_000, 1), time=TimeUs(past))
    assert (world.views.time, outcome.events[-2].order.created_at) == (past, past)
    await world.sequencer.submit(buy(ALICE, 500_000, 1), time=TimeUs(past - 1))
    assert world.views.time == past, "the engine's time does not go back"
    await world.sequencer.submit(buy(ALICE, 500_000, 1), time=TimeUs(past + 3600_000_000))
    assert world.views.time < past + 3600_000_000
    times = [time for batch in world.journal.batches for time, _ in decode_commands(batch.commands)]
    assert times == sorted(times), "the journal has the times that the engine used"


async def test_a_stop_finishes_what_was_taken_and_takes_no_more(world: MemoryExchange):
    world.journal.hold()
    calls = [world.send(buy(ALICE, 500_000, 1)) for _ in range(3)]
    await settle()
    calls += [world.send(buy(ALICE, 500_000, 1)) for _ in range(3)]
    await settle()
    stop = asyncio.create_task(world.sequencer.stop())
    await settle()
    with pytest.raises(Unavailable):
        await world.sequencer.submit(buy(ALICE, 500_000, 1))
    world.journal.release()
    await stop
    assert [call.result().answers for call in calls] == [(order,) for order in range(1, 7)]
    assert not world.sequencer.ready
    assert world.fatal == []


async def test_the_observer_is_told_each_answer_and_commit(world: MemoryExchange):
    world.recorder.answers.clear()
    world.recorder.commits.clear()
    await world.sequencer.submit(buy(ALICE, 500_000, 1, key="k"))
    await world.sequencer.submit(buy(ALICE, 500_000, 1, key="k"))
    await world.sequencer.submit(buy(ALICE, 500_000, 2, key="k"))
    assert world.recorder.answers == [
        ("PlaceOrder", "ACCEPTED"),
        ("PlaceOrder", "UNCHANGED"),
        ("PlaceOrder", "DUPLICATE_CLIENT_ORDER_ID"),
    ]
    assert world.recorder.commits == [1]


class Forgetful(Exchange):
    """An engine with one deadline, a moment after its second command."""

    def next_deadline(self) -> TimeUs | None:
        return TimeUs(self.time + 1000) if self.sequence == 2 else None


async def test_a_deadline_of_the_engine_is_met_by_a_command():
    world = await MemoryExchange(Forgetful).open()
    try:
        await world.sequencer.submit(AdvanceTime())
        await world.sequencer.submit(AdvanceTime())
        second = world.views.time
        await until(lambda: world.views.sequence == 3)
        assert world.views.time >= second + 1000
        assert [type(command) for _, command in decode_commands(world.journal.batches[-1].commands)] == [AdvanceTime]
    finally:
        await world.sequencer.stop()


async def test_a_start_on_old_data_lets_time_pass_and_one_on_nothing_does_not():
    world = await MemoryExchange().open(*opening(ALICE))
    await world.sequencer.stop()
    again = MemoryExchange()
    again.journal.batches = world.journal.batches
    await again.open()
    assert again.views.sequence == world.views.sequence + 1
    assert [type(command) for _, command in decode_commands(again.journal.batches[-1].commands)] == [AdvanceTime]
    await again.sequencer.stop()
    nothing = await MemoryExchange().open()
    await nothing.sequencer.stop()
    assert nothing.journal.batches == []
