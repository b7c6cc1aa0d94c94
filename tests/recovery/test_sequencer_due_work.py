"""What the engine does by time alone: before any later command, in bounded steps, never asked for in vain for ever."""

import asyncio
from collections.abc import Callable

import pytest

from backend.engine.codec import decode_commands
from backend.engine.commands import AdvanceTime, Command, OpenAccount
from backend.engine.events import AccountChanged
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import Account, AccountId, TimeUs
from backend.sequencer.clock import Clock
from backend.sequencer.limits import USUAL_LIMITS, SequencerLimits
from tests.support.memory_exchange import MemoryExchange, settle, until

START = 1_800_000_000_000_000
DELAY_US = 1000
PAUSE_US = round(USUAL_LIMITS.timer_pause_seconds * 1e6)


class Owing(Exchange):
    """Opening an account makes it owe three pieces of work, due a moment later; `AdvanceTime` does two at a time."""

    pieces = 3

    def __init__(self) -> None:
        super().__init__()
        self.owed: list[TimeUs] = []

    def apply(self, command: Command, time: TimeUs) -> Outcome:
        outcome = super().apply(command, time)
        if isinstance(command, OpenAccount):
            self.owed += [TimeUs(self.time + DELAY_US)] * self.pieces
        elif isinstance(command, AdvanceTime):
            return self.work(outcome)
        return outcome

    def work(self, outcome: Outcome) -> Outcome:
        """Do two pieces of what is due."""
        done = [time for time in self.owed if time <= self.time][:2]
        del self.owed[: len(done)]
        events = tuple(AccountChanged(Account(AccountId("ann"))) for _ in done)
        return Outcome(outcome.sequence, (*outcome.events, *events), ())

    def next_deadline(self) -> TimeUs | None:
        return self.owed[0] if self.owed else None


class Stuck(Owing):
    """Can do nothing of what is due."""

    def work(self, outcome: Outcome) -> Outcome:
        return outcome


class Failing(Owing):
    """Fails on what is due, as long as it is broken."""

    broken = True

    def work(self, outcome: Outcome) -> Outcome:
        assert not (self.broken and self.owed and self.owed[0] <= self.time), "a bug"
        return super().work(outcome)


class World(MemoryExchange):
    """An exchange whose clock stands still until the test moves it."""

    def __init__(self, new_engine: Callable[[], Exchange], limits: SequencerLimits = USUAL_LIMITS) -> None:
        self.passed_us = 0
        super().__init__(new_engine, Clock(TimeUs(0), lambda: START, lambda: self.passed_us), limits)

    def commands(self) -> list[tuple[int, str]]:
        """Return the journal's commands: when, counted from the start, and which."""
        return [
            (time - START, type(command).__name__)
            for batch in self.journal.batches
            for time, command in decode_commands(batch.commands)
        ]

    def advances(self) -> int:
        """Return how many times the journal has an `AdvanceTime`."""
        return [kind for _, kind in self.commands()].count("AdvanceTime")


def account(name: str) -> OpenAccount:
    return OpenAccount(AccountId(name))


async def test_all_that_is_due_is_done_before_the_next_command():
    world = await World(Owing).open(account("ann"))
    world.passed_us = DELAY_US
    await world.sequencer.submit(account("bob"))
    assert world.commands() == [
        (0, "OpenAccount"), (DELAY_US, "AdvanceTime"), (DELAY_US, "AdvanceTime"), (DELAY_US, "OpenAccount"),
    ]  # fmt: skip
    await world.sequencer.stop()


async def test_what_is_not_due_yet_does_not_come_before_a_command():
    world = await World(Owing).open(account("ann"))
    world.passed_us = DELAY_US - 1
    await world.sequencer.submit(account("bob"))
    assert world.advances() == 0
    await world.sequencer.stop()


async def test_what_is_due_is_done_when_nobody_sends_anything_and_then_there_is_quiet():
    world = await World(Owing).open(account("ann"))
    await settle()
    assert world.advances() == 0
    world.passed_us = DELAY_US
    await until(lambda: world.advances() == 2)
    await settle()
    assert world.commands()[1:] == [(DELAY_US, "AdvanceTime")] * 2
    await world.sequencer.stop()


async def test_commands_of_the_past_have_before_them_what_was_due_then_and_no_more():
    world = await World(Owing).open()
    world.passed_us = 10 * DELAY_US
    times = (0, DELAY_US - 1, 2 * DELAY_US)
    calls = [
        asyncio.create_task(world.sequencer.submit(account(f"a{time}"), time=TimeUs(START + time))) for time in times
    ]
    await asyncio.gather(*calls)
    assert world.commands()[:5] == [
        (0, "OpenAccount"), (DELAY_US - 1, "OpenAccount"), (2 * DELAY_US, "AdvanceTime"), (2 * DELAY_US, "AdvanceTime"),
        (2 * DELAY_US, "AdvanceTime"),
    ]  # fmt: skip
    assert world.commands()[5] == (2 * DELAY_US, "OpenAccount")
    await world.sequencer.stop()


async def test_much_that_is_due_is_done_in_batches_of_bounded_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Owing, "pieces", 101)
    world = await World(Owing, SequencerLimits(batch_steps_max=5)).open(account("ann"))
    world.passed_us = DELAY_US
    await world.sequencer.submit(account("bob"))
    assert world.advances() == 51
    assert max(batch.last - batch.first + 1 for batch in world.journal.batches) == 5
    await world.sequencer.stop()


async def test_an_engine_that_can_do_nothing_of_what_is_due_is_asked_again_after_a_pause_only(
    caplog: pytest.LogCaptureFixture,
):
    world = await World(Stuck).open(account("ann"))
    world.passed_us = DELAY_US
    for name in ("bob", "cleo", "dan"):
        assert (await world.sequencer.submit(account(name))).sequence
    await settle()
    assert [kind for _, kind in world.commands()] == ["OpenAccount", "AdvanceTime", *["OpenAccount"] * 3]
    assert "nothing of what is due could be done" in caplog.text
    world.passed_us += PAUSE_US
    await world.sequencer.submit(account("eve"))
    assert [kind for _, kind in world.commands()[5:]] == ["AdvanceTime", "OpenAccount"]
    await world.sequencer.stop()


async def test_the_pause_ends_by_itself():
    world = await World(Stuck, SequencerLimits(timer_pause_seconds=0.0005)).open(account("ann"))
    for number in range(3):
        world.passed_us += DELAY_US
        await until(lambda number=number: world.advances() == number + 1)
        await settle()
        assert world.advances() == number + 1
    await world.sequencer.stop()


async def test_an_engine_that_fails_on_what_is_due_goes_on_serving_and_is_asked_again_later(
    monkeypatch: pytest.MonkeyPatch,
):
    world = await World(Failing).open(account("ann"))
    world.passed_us = DELAY_US
    for name in ("bob", "cleo"):
        assert (await world.sequencer.submit(account(name))).sequence
    assert world.recorder.poisons == ["AdvanceTime"]
    assert world.advances() == 0
    monkeypatch.setattr(Failing, "broken", False)
    world.passed_us += PAUSE_US
    await world.sequencer.submit(account("dan"))
    assert world.recorder.poisons == ["AdvanceTime"]
    assert [kind for _, kind in world.commands()[3:]] == [*["AdvanceTime"] * 5, "OpenAccount"]
    await world.sequencer.stop()


async def test_a_stop_leaves_what_is_due_to_the_next_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Owing, "pieces", 10_000)
    world = await World(Owing).open(account("ann"))
    world.journal.hold()
    world.passed_us = DELAY_US
    await until(lambda: world.sequencer._under_way is not None)
    stopping = asyncio.create_task(world.sequencer.stop())
    await settle()
    world.journal.release()
    await stopping
    assert 0 < world.advances() < 5_000
    again = World(Owing)
    again.passed_us = DELAY_US
    again.journal.batches = world.journal.batches
    await again.open()
    await until(lambda: again.advances() == 5_000)
    await again.sequencer.submit(account("bob"))
    assert again.commands()[-1] == (DELAY_US, "OpenAccount")
    await again.sequencer.stop()
