"""What the projector writes is all of the engine's state, and nothing else, at any checkpoint."""

from itertools import pairwise

import pytest
from sqlalchemy import func, select

from backend.engine.commands import AdvanceTime
from backend.engine.events import Filled, KeyUsed, Posted, Traded
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.keys import KEY_AGE_US_MAX
from backend.engine.values import OPEN_STATUSES, OrderStatus, Side, TimeUs
from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.orders import order_of
from backend.persistence.rows import CandleRow
from backend.sequencer.journal import Journal
from backend.sequencer.projector import Projector, ProjectorLimits
from backend.sequencer.readmodel import load_state
from backend.sequencer.stream import CommittedBatch
from tests.support import flow


def open_projector(database: Database, **options: object) -> Projector:
    epoch = Journal(database).open_epoch()
    projector = Projector(database, epoch=epoch, checkpoint=0, rules_version=RULES_VERSION, **options)  # type: ignore[arg-type]
    projector.start()
    return projector


async def test_an_empty_read_model_is_an_empty_exchange(database: Database) -> None:
    state, checkpoint = await database.read(load_state)
    assert state == Exchange().state()
    assert checkpoint.sequence == 0
    assert Exchange.restore(state).fingerprint() == Exchange().fingerprint()


@pytest.mark.parametrize("run_events_max", [1, 50, 100_000])
async def test_the_restored_engine_is_the_engine_at_every_checkpoint(database: Database, run_events_max: int) -> None:
    exchange = Exchange()
    projector = open_projector(database, limits=ProjectorLimits(run_events_max=run_events_max))
    commands = [*flow.world(), *flow.everything(seed=7, count=600), *flow.trading(seed=7, count=100)]
    for number, batch in enumerate(flow.batches(exchange, commands, size=11)):
        projector.fold(batch)
        if number % 9 == 8:
            await projector.reached(batch.last)
            state, checkpoint = await database.read(load_state)
            restored = Exchange.restore(state)
            assert restored.fingerprint() == exchange.fingerprint() == checkpoint.fingerprint
            assert checkpoint.sequence == batch.last
            assert checkpoint.rules_version == RULES_VERSION
    await projector.close()
    assert projector.lag == 0
    assert projector.queued_events == 0
    state, _ = await database.read(load_state)
    assert_same_state(state, exchange)
    assert any(balance.available > 2**64 for balance in state.balances), "the flow must show large amounts"
    assert any(balance.available < -(2**64) for balance in state.balances)


def assert_same_state(state: object, exchange: Exchange) -> None:
    ours, theirs = state, exchange.state()
    for name in ("sequence", "time", "next_order_id", "next_trade_id", "next_place", "accounts", "orders", "keys"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("rules", "volumes"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("assets", "markets", "balances", "tapes"):
        found = {tuple(_key(item)): item for item in getattr(ours, name)}
        wanted = {tuple(_key(item)): item for item in getattr(theirs, name) if not _is_zero(item)}
        assert found == wanted, name


def _key(item: object) -> list[str]:
    return [
        str(getattr(item, name)) for name in ("account", "asset", "code", "symbol", "market") if hasattr(item, name)
    ]


def _is_zero(item: object) -> bool:
    return getattr(item, "available", 1) == 0 and getattr(item, "held", 1) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_restored_engine_goes_on_exactly_like_the_one_that_never_stopped(database: Database, seed: int) -> None:
    exchange = Exchange()
    projector = open_projector(database)
    for batch in flow.batches(exchange, [*flow.world(), *flow.everything(seed=seed, count=400)]):
        projector.fold(batch)
    await projector.close()
    state, _ = await database.read(load_state)
    assert {order.status for order in state.orders} >= {OrderStatus.UNTRIGGERED, OrderStatus.OPEN}
    restored = Exchange.restore(state)
    later = [*flow.everything(seed=-seed, count=400), *flow.trading(seed=4, count=100)]
    assert list(flow.batches(exchange, later)) == list(flow.batches(restored, later))


async def test_histories_hold_every_event_once(database: Database) -> None:
    exchange = Exchange()
    projector = open_projector(database, limits=ProjectorLimits(run_events_max=300))
    batches = list(flow.batches(exchange, [*flow.world(), *flow.everything(seed=5, count=400)]))
    for batch in batches:
        projector.fold(batch)
    await projector.close()
    events = [(command, event) for batch in batches for command in batch.commands for event in command.events]
    trades = [event for _, event in events if isinstance(event, Traded)]
    fills = [event for _, event in events if isinstance(event, Filled)]
    keys = [event for _, event in events if isinstance(event, KeyUsed)]
    posted = [event for _, event in events if isinstance(event, Posted) and event.available_change + event.held_change]
    assert len(trades) > 50
    assert len(fills) == 2 * len(trades)
    with database.reader.begin() as connection:
        assert connection.scalars(select(tables.trades.c.id).order_by(tables.trades.c.id)).all() == [
            trade.trade for trade in trades
        ]
        stored = connection.execute(select(tables.fills)).all()
        assert sorted((row.trade, row.order, row.liquidity, row.fee) for row in stored) == sorted(
            (fill.trade, fill.order.id, fill.liquidity.value, fill.fee) for fill in fills
        )
        assert all(row.id == 2 * row.trade + (row.side == Side.SELL.value) for row in stored)
        assert connection.scalar(select(func.count()).select_from(tables.command_keys)) == len(keys)
        entries = connection.execute(
            select(tables.ledger_entries).order_by(tables.ledger_entries.c.sequence, tables.ledger_entries.c.index)
        ).all()
    assert [(entry.account, entry.asset, entry.amount, entry.balance_after, entry.kind) for entry in entries] == [
        (
            event.account,
            event.asset,
            event.available_change + event.held_change,
            event.available + event.held,
            event.kind.value,
        )
        for event in posted
    ]
    for asset in ("BTC", "ETH", "USDT"):
        assert sum(entry.amount for entry in entries if entry.asset == asset) == 0, "the ledger sums to zero"
    assert all(later.time >= earlier.time for earlier, later in pairwise(entries))


async def test_orders_are_stored_as_they_ended(database: Database) -> None:
    exchange = Exchange()
    projector = open_projector(database)
    latest = {}
    for batch in flow.batches(exchange, [*flow.world(), *flow.everything(seed=8, count=400)]):
        projector.fold(batch)
        for command in batch.commands:
            latest.update({event.order.id: event.order for event in command.events if hasattr(event, "order")})
    await projector.close()
    with database.reader.begin() as connection:
        stored = {row.id: row for row in connection.execute(select(tables.orders))}
    assert stored.keys() == latest.keys()
    for order_id, order in latest.items():
        assert order_of(stored[order_id]) == order
    assert {order.status for order in latest.values()} - set(OPEN_STATUSES), "the flow must end orders"


async def test_keys_older_than_a_day_are_forgotten_as_the_engine_forgets_them(database: Database) -> None:
    exchange = Exchange()
    projector = open_projector(database)
    for batch in flow.batches(exchange, flow.world()):
        projector.fold(batch)
    first_key_at = exchange.state().keys[0].used_at
    exchange.time = TimeUs(first_key_at + KEY_AGE_US_MAX - flow.STEP_US)  # the next command comes exactly a day later
    for batch in flow.batches(exchange, [AdvanceTime()]):
        projector.fold(batch)
    await projector.close()
    remembered = exchange.state().keys
    assert remembered
    assert first_key_at not in {used.used_at for used in remembered}
    state, _ = await database.read(load_state)
    assert state.keys == remembered


async def test_candles_keep_their_open_and_take_their_last_values(database: Database) -> None:
    def candle_rows(batch: CommittedBatch) -> list[CandleRow]:
        return [CandleRow("ETH-BTC", "M1", flow.START, batch.first, 10 + batch.last, 1, batch.last, batch.last, 9, 1)]

    projector = open_projector(database, candle_rows=candle_rows, limits=ProjectorLimits(run_events_max=1))
    batches = list(flow.batches(Exchange(), flow.world()))
    for batch in batches:
        projector.fold(batch)
    await projector.close()
    with database.reader.begin() as connection:
        row = connection.execute(select(tables.candles)).one()
    last = batches[-1].last
    assert tuple(row) == ("ETH-BTC", "M1", flow.START, 1, 10 + last, 1, last, last, 9, 1)
