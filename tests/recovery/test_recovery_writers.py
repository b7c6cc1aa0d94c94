"""Failed commits, poison, keys sent many times, and other processes: on real databases."""

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from backend.engine.commands import Command, PlaceOrder
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome, RefusalCode
from backend.engine.values import TimeUs
from backend.persistence import tables
from backend.persistence.errors import AlreadyRunning, Fenced
from backend.sequencer.errors import PoisonCommand, Unavailable
from tests.conftest import DatabasePlace
from tests.recovery.conftest import StartCore
from tests.support.core import Core, replayed
from tests.support.memory_exchange import until
from tests.support.trading import ALICE, BOB, buy, cancel, opening, sell

ROOT = Path(__file__).parents[2]


class FailOnce:
    """Makes one transaction fail at a point, when it is armed."""

    def __init__(self, point: str) -> None:
        self.point = point
        self.armed = False

    def __call__(self, point: str) -> None:
        if self.armed and point == self.point:
            self.armed = False
            raise ConnectionError(f"lost at {point}")


async def check(core: Core) -> None:
    """Compare memory, read model and journal with each other."""
    await core.projector.reached(core.views.sequence)
    replay = replayed(core.database)
    assert replay.fingerprint() == await core.fingerprint()
    state = replay.state()
    for balance in state.balances:
        assert core.views.balances(balance.account)[balance.asset] == balance
    for account in state.accounts:
        mine = [order for order in state.orders if order.account == account.id]
        assert core.views.open_orders(account.id) == sorted(mine, key=lambda order: order.id)


async def test_commands_that_come_together_share_commits(start: StartCore):
    core = await start()
    await core.send(*opening(ALICE, BOB))
    outcomes = await asyncio.gather(*(core.sequencer.submit(buy(ALICE, 500_000, 1)) for _ in range(500)))
    assert [outcome.answers for outcome in outcomes] == [(order,) for order in range(1, 501)]
    with core.database.begin_journal() as connection:
        batches = connection.scalar(select(func.count()).select_from(tables.journal))
    assert batches - len(opening(ALICE, BOB)) < 100
    await check(core)


@pytest.mark.parametrize(("point", "is_stored"), [("journal.inserted", False), ("journal.committed", True)])
async def test_a_commit_that_fails_in_the_middle(start: StartCore, point: str, is_stored: bool):
    fault = FailOnce(point)
    core = await start(journal_fault=fault)
    await core.send(*opening(ALICE, BOB), sell(BOB, 500_000, 9, key="ask"))
    sequence = core.views.sequence
    fault.armed = True
    call = core.sequencer.submit(buy(ALICE, 500_000, 4, key="bid"))
    with pytest.raises(Unavailable, match="send it again with the same key"):
        await call
    await until(lambda: core.sequencer.ready)
    assert core.views.sequence == sequence + is_stored
    assert core.views.order(1).filled_lots == 4 * is_stored
    (again,) = await core.send(buy(ALICE, 500_000, 4, key="bid"))
    assert (again.answers, bool(again.sequence)) == ((2,), not is_stored)
    assert core.views.order(1).filled_lots == 4, "it was applied exactly once"
    assert core.fatal == []
    await check(core)


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_connection_that_breaks_at_the_commit_is_found_out_about(start: StartCore):
    breaking = asyncio.Event()

    def break_connection(point: str) -> None:
        if point == "journal.inserted" and breaking.is_set():
            breaking.clear()
            with core.database.begin_main() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE state = 'idle in transaction' AND datname = current_database()"
                    )
                )

    core = await start(journal_fault=break_connection)
    await core.send(*opening(ALICE, BOB))
    await core.projector.reached(core.views.sequence)
    breaking.set()
    results = await asyncio.gather(
        *(core.sequencer.submit(buy(ALICE, 500_000, 1, key=f"{n}")) for n in range(20)), return_exceptions=True
    )
    assert {type(result) for result in results} == {Unavailable}
    await until(lambda: core.sequencer.ready)
    again = await core.send(*(buy(ALICE, 500_000, 1, key=f"{n}") for n in range(20)))
    assert [outcome.answers for outcome in again] == [(order,) for order in range(1, 21)]
    await check(core)


async def test_a_poison_command_harms_itself_alone_and_nothing_of_it_is_stored(
    start: StartCore, monkeypatch: pytest.MonkeyPatch
):
    real = Exchange.apply

    def apply(self: Exchange, command: Command, time: TimeUs) -> Outcome:
        outcome = real(self, command, time)
        assert not (isinstance(command, PlaceOrder) and command.price_ticks == 666), "a bug of the engine"
        return outcome

    monkeypatch.setattr(Exchange, "apply", apply)
    core = await start()
    await core.send(*opening(ALICE, BOB))
    prices = [500_000, 666, 500_001, 666, 500_002]
    results = await asyncio.gather(
        *(core.sequencer.submit(buy(ALICE, price, 1)) for price in prices), return_exceptions=True
    )
    assert [type(result) for result in results] == [Outcome, PoisonCommand, Outcome, PoisonCommand, Outcome]
    assert [order.price_ticks for order in core.views.open_orders(ALICE)] == [500_000, 500_001, 500_002]
    await check(core)


async def test_one_client_order_id_sent_a_hundred_times_in_parallel_is_one_order_also_after_a_restart(
    start: StartCore,
):
    core = await start()
    await core.send(*opening(ALICE, BOB))
    order = buy(ALICE, 500_000, 2, key="the one")
    others = [buy(ALICE, 500_000, lots, key="the one") for lots in (1, 3)]

    async def send_all() -> tuple[list[Outcome], list[Outcome]]:
        first = asyncio.create_task(core.sequencer.submit(order))
        await asyncio.sleep(0)
        rest = [core.sequencer.submit(command) for command in [order] * 99 + others]
        answers = await asyncio.gather(first, *rest)
        return answers[:100], answers[100:]

    same, other = await send_all()
    assert {outcome.answers for outcome in same} == {(1,)}
    assert Counter(bool(outcome.sequence) for outcome in same) == {True: 1, False: 99}
    assert {outcome.refusal.code for outcome in other} == {RefusalCode.DUPLICATE_CLIENT_ORDER_ID}
    await core.send(cancel(ALICE, 1))
    await core.stop()

    core = await start()
    same, other = await send_all()
    assert {(outcome.sequence, outcome.answers) for outcome in same} == {(0, (1,))}
    assert {outcome.refusal.code for outcome in other} == {RefusalCode.DUPLICATE_CLIENT_ORDER_ID}
    assert core.views.open_orders(ALICE) == []
    await check(core)


async def test_a_second_process_on_the_same_data_is_refused_and_the_first_goes_on(
    start: StartCore, database_place: DatabasePlace, tmp_path: Path
):
    core = await start()
    await core.send(*opening(ALICE, BOB))
    worker = [sys.executable, "-m", "tests.recovery.worker", database_place.url or "", str(database_place.data_dir)]
    second = await asyncio.to_thread(
        subprocess.run, [*worker, str(tmp_path / "log"), "0"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert second.returncode != 0
    assert AlreadyRunning.__name__ in second.stderr
    assert "another process runs an exchange on" in second.stderr
    await core.send(buy(ALICE, 500_000, 1))
    await check(core)


async def test_a_writer_that_another_process_took_over_from_writes_nothing_any_more(start: StartCore):
    old = await start(locked=False)
    await old.send(*opening(ALICE, BOB), buy(ALICE, 500_000, 1, key="old"))
    await old.projector.reached(old.views.sequence)
    new = await start(locked=False)
    assert new.views.order(1).client_order_id == "old"
    with pytest.raises(Unavailable):
        await old.send(buy(ALICE, 500_000, 2))
    await until(lambda: old.fatal)
    assert [type(error) for error in old.fatal] == [Fenced]
    assert not old.sequencer.ready
    await new.send(buy(ALICE, 500_000, 3))
    assert [order.quantity_lots for order in new.views.open_orders(ALICE)] == [1, 3]
    await check(new)


async def test_a_projector_that_another_process_took_over_from_stops_its_writer(start: StartCore):
    go_on = threading.Event()

    def hold_after_a_commit(point: str) -> None:
        if point == "projector.committed":
            go_on.wait()

    old = await start(locked=False, projector_fault=hold_after_a_commit)
    await old.send(*opening(ALICE, BOB))
    new = await start(locked=False)
    go_on.set()
    await until(lambda: old.projector.fenced)
    with pytest.raises(Unavailable):
        await old.send(buy(ALICE, 500_000, 2))
    await until(lambda: old.fatal)
    await new.send(buy(ALICE, 500_000, 3))
    await check(new)
