"""Starts after clean stops, crashes and damage, on real databases."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, select, update

from backend.engine.commands import CancelAllOrders, Command, PlaceOrder
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import Balance, KeyKind, State, TimeUs
from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.errors import RulesRefused, StorageUnavailable
from backend.sequencer import recovery
from backend.sequencer.clock import wall_us
from backend.sequencer.errors import ClockBehind, JournalBroken, RefusesToStart, ReplayDiffers, StateDiffers
from backend.sequencer.projector import ProjectorLimits
from backend.sequencer.readmodel import load_state
from tests.conftest import DatabasePlace
from tests.recovery.conftest import StartCore
from tests.support.core import replayed
from tests.support.trading import ALICE, BOB, PLENTY, buy, cancel, deposit, opening, sell

BEYOND_64_BITS = 2**70 + 1


def history() -> list[Command]:
    """Return commands that leave something of each kind: fills, rests, an end, keys, big numbers."""
    return [
        *opening(ALICE, BOB),
        deposit(ALICE, "BTC", BEYOND_64_BITS, "big"),
        sell(BOB, 500_000, 5, key="ask"),
        buy(ALICE, 500_000, 3, key="bid"),
        buy(ALICE, 400_000, 7),
        buy(ALICE, 300_000, 1),
        cancel(ALICE, 4),
    ]


async def fill(start: StartCore) -> None:
    """Run an exchange through the history and stop it cleanly."""
    core = await start()
    await core.send(*history())
    await core.stop()


def problems(place: DatabasePlace) -> list[str]:
    """Return what `verify` says."""
    database = place.open()
    try:
        return recovery.verify(database).problems
    finally:
        database.close()


def empty_read_model(place: DatabasePlace) -> None:
    """Throw away what follows from the journal."""
    database = place.open()
    recovery.rebuild(database)
    database.close()


def by_name(state: State) -> list[Balance]:
    return sorted(state.balances, key=lambda balance: (balance.account, balance.asset))


def damage(place: DatabasePlace, *statements: object, journal: bool = False) -> None:
    """Change a database by hand."""
    database = place.open()
    with database.begin_journal() if journal else database.begin_main() as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, "the damage hits something"
    database.close()


async def test_a_restart_goes_on_where_the_exchange_was(start: StartCore, database_place: DatabasePlace):
    core = await start()
    await core.send(*history())
    before = await core.sequencer.inspect(Exchange.state)
    await core.stop()

    core = await start()
    after = await core.sequencer.inspect(Exchange.state)
    assert after.sequence == before.sequence + 1, "a start lets time pass"
    assert (by_name(after), after.orders, after.keys) == (by_name(before), before.orders, before.keys)
    assert core.views.balances(ALICE)["BTC"].available > BEYOND_64_BITS
    assert [order.id for order in core.views.open_orders(ALICE)] == [3]
    assert core.keys.maybe_used(ALICE, KeyKind.ORDER, "bid")
    assert not core.keys.maybe_used(BOB, KeyKind.ORDER, "bid")
    (again,) = await core.send(buy(ALICE, 500_000, 3, key="bid"))
    assert (again.sequence, again.answers) == (0, (2,))
    fingerprint = await core.fingerprint()
    assert replayed(core.database).fingerprint() == fingerprint
    await core.stop()


async def test_what_the_projector_had_not_written_is_replayed_from_the_journal(
    start: StartCore, database_place: DatabasePlace
):
    written: list[str] = []

    def fail_after_a_while(point: str) -> None:
        written.append(point)
        if point == "projector.begun" and len(written) > 8:
            raise OSError("the disk is slow today")

    core = await start(projector_fault=fail_after_a_while)
    await core.send(*history())
    fingerprint, behind = await core.fingerprint(), core.projector.checkpoint
    assert 0 < behind < core.views.sequence
    await core.crash()

    core = await start()
    assert core.views.order(1).filled_lots == 3
    assert core.views.order(4).status.name == "CANCELED"
    await core.send(CancelAllOrders(ALICE, None))
    await core.projector.reached(core.views.sequence)
    state, checkpoint = await core.database.read(load_state)
    assert (checkpoint.fingerprint, Exchange.restore(state).fingerprint()) == (await core.fingerprint(),) * 2
    assert fingerprint != checkpoint.fingerprint
    await core.stop()
    assert problems(database_place) == []


@pytest.mark.parametrize("point", ["projector.half", "projector.written", "projector.committed"])
async def test_a_torn_projector_transaction_leaves_nothing_and_is_done_again(
    start: StartCore, database_place: DatabasePlace, point: str
):
    crashing, points, loop = asyncio.Event(), list[str](), asyncio.get_running_loop()

    def tear(reached: str) -> None:
        points.append(reached)
        if reached == point and len(points) > 8:
            loop.call_soon_threadsafe(crashing.set)
            raise OSError("torn")

    core = await start(projector_fault=tear, projector_limits=ProjectorLimits(pause_seconds_min=60.0))
    await core.send(*history())
    await crashing.wait()
    await core.crash()

    database = database_place.open()
    state, checkpoint = await database.read(load_state)
    assert checkpoint.sequence < core.views.sequence or point == "projector.committed"
    if checkpoint.sequence:
        assert Exchange.restore(state).fingerprint() == checkpoint.fingerprint, "whole batches are in it, or nothing"
    database.close()
    core = await start()
    await core.projector.reached(core.views.sequence)
    with core.database.begin_main() as connection:
        assert len(connection.execute(select(tables.fills)).all()) == 2
        assert len(connection.execute(select(tables.orders)).all()) == 4
    await core.stop()
    assert problems(database_place) == []


WRONG = {
    "a balance": (
        lambda: (
            update(tables.balances)
            .where(tables.balances.c.account == "alice", tables.balances.c.asset == "USDT")
            .values(available=PLENTY * 1000)
        ),
        rf"balance of account alice, asset USDT: available \(the read model says {PLENTY}000, the journal says \d+\)",
    ),
    "a balance that is gone": (
        lambda: delete(tables.balances).where(tables.balances.c.account == "bob", tables.balances.c.asset == "USDT"),
        r"account bob, asset USDT: the read model says that there is none, the journal says available \d+, held 0",
    ),
    "an order": (
        lambda: update(tables.orders).where(tables.orders.c.id == 1).values(filled_lots=1),
        r"order 1: filled_lots \(the read model says 1, the journal says 3\)",
    ),
    "an order that is open again": (
        lambda: update(tables.orders).where(tables.orders.c.id == 4).values(status="OPEN"),
        r"order 4: the read model says .*, the journal says that there is none",
    ),
    "a counter": (
        lambda: update(tables.checkpoint).values(next_order_id=4),
        r"next_order_id: the read model says 4, the journal says 5",
    ),
    "a key": (
        lambda: update(tables.command_keys).where(tables.command_keys.c.key == "bid").values(result="1"),
        r"key 'bid' \(ORDER\) of account alice: result \(the read model says 1, the journal says 2\)",
    ),
    "a market": (
        lambda: update(tables.markets).values(taker_rate=0),
        r"market BTC-USDT: taker_rate \(the read model says 0, the journal says 200000\)",
    ),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_value_written_by_hand_refuses_the_start_and_says_where(
    start: StartCore, database_place: DatabasePlace, what: str
):
    await fill(start)
    statement, words = WRONG[what]
    damage(database_place, statement())
    with pytest.raises(StateDiffers, match=words) as refused:
        await start()
    assert f"the read model at sequence 16 (written by rules version {RULES_VERSION}, epoch 1)" in str(refused.value)
    (problem,) = problems(database_place)
    assert problem in str(refused.value)


async def test_data_that_other_rules_wrote_are_refused_with_both_versions_and_what_to_do(
    start: StartCore, database_place: DatabasePlace
):
    await fill(start)
    damage(database_place, update(tables.journal).values(rules_version=RULES_VERSION - 1), journal=True)
    words = f"under rules version {RULES_VERSION - 1}, and this program has rules version {RULES_VERSION}.*start the"
    with pytest.raises(RulesRefused, match=words):
        await start()
    with pytest.raises(RulesRefused, match=words):
        problems(database_place)


async def test_a_read_model_that_is_ahead_of_the_journal_refuses_the_start(
    start: StartCore, database_place: DatabasePlace
):
    await fill(start)
    damage(database_place, delete(tables.journal).where(tables.journal.c.first_sequence > 10), journal=True)
    with pytest.raises(JournalBroken, match=r"at sequence 16 \(.*rules version \d+.*the journal ends at sequence 10"):
        await start()
    assert len(problems(database_place)) == 1


JOURNAL_DAMAGE: dict[str, tuple[Callable[[], object], type[RefusesToStart], str]] = {
    "other events": (
        lambda: update(tables.journal).where(tables.journal.c.first_sequence == 16).values(digest="0" * 32),
        ReplayDiffers,
        r"batch 16–16 .*rules version \d+, epoch 1.* gives other events",
    ),
    "another state": (
        lambda: update(tables.journal).where(tables.journal.c.first_sequence == 16).values(fingerprint="0" * 32),
        ReplayDiffers,
        "batch 16–16 .* gives the recorded events but another state",
    ),
    "unreadable commands": (
        lambda: update(tables.journal).where(tables.journal.c.first_sequence == 16).values(commands=b"[[1,"),
        JournalBroken,
        "the commands of the journal's batch 16–16 .* cannot be read",
    ),
    "no commands": (
        lambda: update(tables.journal).where(tables.journal.c.first_sequence == 16).values(commands=b"[]"),
        JournalBroken,
        "batch 16–16 .* has 0 commands",
    ),
    "a refused command": (
        lambda: (
            update(tables.journal)
            .where(tables.journal.c.first_sequence == 16)
            .values(commands=b'[[1,["CancelOrder","alice",99,null]]]')
        ),
        ReplayDiffers,
        r"sequence 16 \(CancelOrder\) .* was accepted then and is answered UNKNOWN_ORDER now",
    ),
    "a hole": (
        lambda: delete(tables.journal).where(tables.journal.c.first_sequence == 12),
        JournalBroken,
        r"no batch that begins at sequence 12",
    ),
}


@pytest.mark.parametrize("what", JOURNAL_DAMAGE)
async def test_a_journal_that_replays_to_something_else_refuses_the_start(
    start: StartCore, database_place: DatabasePlace, what: str
):
    await fill(start)
    empty_read_model(database_place)
    statement, kind, words = JOURNAL_DAMAGE[what]
    damage(database_place, statement(), journal=True)
    with pytest.raises(kind, match=words):
        await start()


async def test_a_wrong_fingerprint_in_the_journal_is_told_from_a_wrong_read_model(
    start: StartCore, database_place: DatabasePlace
):
    await fill(start)
    wrong = update(tables.journal).where(tables.journal.c.last_sequence == 16).values(fingerprint="0" * 32)
    damage(database_place, wrong, journal=True)
    with pytest.raises(StateDiffers, match=r"the journal cannot be replayed: .*batch 16–16"):
        await start()


async def test_a_command_that_the_engine_fails_on_during_the_replay_refuses_the_start(
    start: StartCore, database_place: DatabasePlace, monkeypatch: pytest.MonkeyPatch
):
    await fill(start)
    empty_read_model(database_place)
    real = Exchange.apply

    def apply(self: Exchange, command: Command, time: TimeUs) -> Outcome:
        assert not (isinstance(command, PlaceOrder) and command.price_ticks == 400_000), "a new bug"
        return real(self, command, time)

    monkeypatch.setattr(Exchange, "apply", apply)
    with pytest.raises(ReplayDiffers, match=r"fails on sequence 14 \(PlaceOrder\) .*rules version \d+.*a new bug"):
        await start()


async def test_an_emptied_read_model_is_written_anew_from_the_journal(start: StartCore, database_place: DatabasePlace):
    def contents(connection: Connection) -> list[list[object]]:
        return [sorted(map(repr, connection.execute(select(table)).all())) for table in recovery.READ_MODEL]

    await fill(start)
    database = database_place.open()
    before = await database.read(contents)
    recovery.rebuild(database)
    assert not any(await database.read(contents))
    database.close()
    core = await start()
    await core.projector.reached(core.views.sequence)
    assert await core.database.read(contents) == before
    await core.stop()
    assert problems(database_place) == []


async def test_a_clock_that_is_far_behind_the_journal_refuses_the_start(
    start: StartCore, database_place: DatabasePlace
):
    await fill(start)
    with pytest.raises(ClockBehind):
        await start(wall=lambda: wall_us() - 60_000_000)
    core = await start(wall=lambda: wall_us() + 60_000_000)
    await core.stop()


async def test_verify_finds_nothing_wrong_beside_a_running_exchange(start: StartCore, database_place: DatabasePlace):
    core = await start()
    await core.send(*history())
    other = database_place.open()
    report = await asyncio.to_thread(recovery.verify, other)
    assert report.problems == []
    assert report.sequence == 16
    assert report.fingerprint == await core.fingerprint()
    await core.send(buy(ALICE, 400_000, 1))
    other.close()
    await core.stop()


async def test_verify_finds_nothing_wrong_in_an_empty_database(database: Database):
    report = recovery.verify(database)
    assert (report.problems, report.batches, report.sequence) == ([], 0, 0)


async def test_a_database_that_cannot_be_read_is_unavailable_and_no_refusal(
    start: StartCore, database_place: DatabasePlace, monkeypatch
):
    async def away(self: Database, work: object) -> None:
        raise StorageUnavailable("the database does not answer")

    monkeypatch.setattr(Database, "read", away)
    with pytest.raises(StorageUnavailable):
        await start()
