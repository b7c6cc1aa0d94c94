"""Each value that the events carry comes back from the tables as it was, however large: events made by hand."""

from typing import Any

import msgspec
import pytest

from backend.engine.commands import AdvanceTime
from backend.engine.events import (
    AccountChanged,
    AccountOpened,
    AssetCreated,
    Event,
    Filled,
    MarketChanged,
    OrderUpdated,
    RulesChanged,
    TapeChanged,
    Traded,
    VolumeChanged,
)
from backend.engine.values import (
    AMOUNT_MAX,
    Account,
    AccountId,
    Asset,
    FeeTier,
    Liquidity,
    Market,
    MarketStatus,
    Minute,
    Order,
    OrderId,
    OrderReason,
    OrderStatus,
    OrderType,
    Rules,
    SelfTradePrevention,
    Side,
    State,
    Tape,
    TimeInForce,
    TimeUs,
    TradeId,
    Volume,
)
from backend.persistence import histories
from backend.persistence.database import Database
from backend.persistence.rows import FillRow, TradeRow
from backend.sequencer import recovery
from backend.sequencer.differences import differences
from backend.sequencer.journal import Journal
from backend.sequencer.projector import Projector, ProjectorLimits
from backend.sequencer.readmodel import load_state
from backend.sequencer.stream import Committed, CommittedBatch

LARGE = AMOUNT_MAX - 1
NOW = TimeUs(1_760_000_000_000_000)
LATER = TimeUs(NOW + 3_600_000_000)
ANN, BOB = AccountId("ann"), AccountId("bob")

MARKET = Market(
    symbol="BTC-USDT", base="BTC", quote="USDT", tick_points=1, tick_decimals=1, lot_units=1000, value_units=1,
    minimum_notional=0, maximum_lots=None, open_orders_per_account=100, maker_rate=-10**8, taker_rate=10**8,
    status=MarketStatus.AUCTION, status_reason="The circuit breaker tripped", band_rate=10**8 - 1,
    breaker_rate=5_000_000, breaker_minutes=60, breaker_pause_s=86_400, auction_ends_at=LATER,
)  # fmt: skip
PLAIN = Order(
    id=OrderId(1), account=ANN, client_order_id=None, market="BTC-USDT", side=Side.BUY, type=OrderType.LIMIT,
    time_in_force=TimeInForce.GTC, post_only=False, self_trade_prevention=SelfTradePrevention.CANCEL_BOTH,
    price_ticks=5, quantity_lots=9, quote_amount=None, filled_lots=0, filled_quote=0, held=45, place=1,
    status=OrderStatus.OPEN, reason=None, created_at=NOW, updated_at=NOW,
)  # fmt: skip

ORDERS: dict[str, Order] = {
    "a stop that waits": msgspec.structs.replace(
        PLAIN, type=OrderType.STOP_MARKET, price_ticks=None, quantity_lots=None, quote_amount=LARGE, held=LARGE,
        time_in_force=TimeInForce.IOC, status=OrderStatus.UNTRIGGERED, stop_ticks=LARGE, linked_order=OrderId(2**62),
    ),
    "a stop that has fired": msgspec.structs.replace(
        PLAIN, type=OrderType.TAKE_PROFIT_LIMIT, status=OrderStatus.UNTRIGGERED, stop_ticks=7, triggered_at=LATER
    ),
    "a trailing stop by ticks": msgspec.structs.replace(
        PLAIN, type=OrderType.TRAILING_STOP, price_ticks=None, side=Side.SELL, time_in_force=TimeInForce.FOK,
        status=OrderStatus.UNTRIGGERED, trailing_ticks=LARGE, peak_ticks=LARGE, stop_ticks=2 * LARGE,
    ),
    "a trailing stop by a rate": msgspec.structs.replace(
        PLAIN, type=OrderType.TRAILING_STOP, price_ticks=None, side=Side.SELL, time_in_force=TimeInForce.IOC,
        status=OrderStatus.UNTRIGGERED, trailing_rate=10**8 - 1,
    ),
    "an iceberg in the middle of a slice": msgspec.structs.replace(
        PLAIN, time_in_force=TimeInForce.GTD, quantity_lots=LARGE, visible_lots=LARGE - 1, slice_lots=LARGE - 2,
        expire_at=LATER, status=OrderStatus.PARTIALLY_FILLED, filled_lots=1, filled_quote=5,
    ),
}  # fmt: skip


class Tables:
    """The read model, written by a projector from events made by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sequence = 0
        self.projector = Projector(
            database,
            epoch=Journal(database).open_epoch(),
            checkpoint=0,
            rules_version=2,
            limits=ProjectorLimits(run_events_max=1),
        )
        self.projector.start()

    async def write(self, *commands: tuple[Event, ...]) -> State:
        """Write one batch with the events of these commands; return the state that a start would find."""
        first = self.sequence + 1
        self.sequence += len(commands)
        committed = [
            Committed(first + number, TimeUs(NOW + first + number), AdvanceTime(), events)
            for number, events in enumerate(commands)
        ]
        self.projector.fold(CommittedBatch(first, self.sequence, 1, "", committed))
        await self.projector.reached(self.sequence)
        state, _ = await self.database.read(load_state)
        return state


@pytest.fixture
async def tables(database: Database) -> Any:
    tables = Tables(database)
    yield tables
    await tables.projector.close()


@pytest.mark.parametrize("what", ORDERS)
async def test_an_order_of_every_kind_comes_back_as_it_was(tables: Tables, what: str) -> None:
    order = ORDERS[what]
    state = await tables.write((OrderUpdated(order),))
    assert state.orders == [order]


async def test_an_order_comes_back_as_its_last_change_left_it(tables: Tables) -> None:
    waiting = ORDERS["a trailing stop by a rate"]
    moved = msgspec.structs.replace(waiting, peak_ticks=LARGE, stop_ticks=LARGE // 2, updated_at=LATER)
    amended = msgspec.structs.replace(moved, quantity_lots=3, held=3, updated_at=LATER)
    fired = msgspec.structs.replace(amended, triggered_at=LATER, place=8)
    active = msgspec.structs.replace(fired, status=OrderStatus.OPEN, place=9)
    for order in (waiting, moved, amended, fired, active):
        state = await tables.write((OrderUpdated(order),))
        assert state.orders == [order]
        assert state.next_place == order.place + 1
    ended = msgspec.structs.replace(active, status=OrderStatus.REJECTED, reason=OrderReason.PRICE_BAND, held=0)
    state = await tables.write((OrderUpdated(active), OrderUpdated(ended)))
    assert state.orders == []
    assert await tables.database.read(lambda connection: histories.order(connection, ANN, OrderId(1))) == ended


async def test_an_amendment_may_change_all_that_it_can_name(tables: Tables) -> None:
    stop = msgspec.structs.replace(
        PLAIN, type=OrderType.STOP_LIMIT, stop_ticks=6, status=OrderStatus.UNTRIGGERED, quantity_lots=9
    )
    amended = msgspec.structs.replace(stop, price_ticks=LARGE, quantity_lots=LARGE - 1, stop_ticks=LARGE - 2, held=1)
    await tables.write((OrderUpdated(stop),))
    assert (await tables.write((OrderUpdated(amended),))).orders == [amended]


async def test_the_two_orders_of_a_pair_get_two_ids_and_two_places(tables: Tables) -> None:
    limit = msgspec.structs.replace(PLAIN, linked_order=OrderId(2))
    stop = msgspec.structs.replace(
        PLAIN, id=OrderId(2), place=2, type=OrderType.STOP_LIMIT, stop_ticks=9, linked_order=OrderId(1),
        status=OrderStatus.UNTRIGGERED,
    )  # fmt: skip
    state = await tables.write((OrderUpdated(limit), OrderUpdated(stop)))
    assert state.orders == [limit, stop]
    assert (state.next_order_id, state.next_place) == (3, 3)


async def test_the_rules_of_a_market_come_back(tables: Tables) -> None:
    before = msgspec.structs.replace(
        MARKET, status=MarketStatus.HALTED, status_reason=None, band_rate=None, breaker_rate=None,
        breaker_minutes=None, breaker_pause_s=None, auction_ends_at=None,
    )  # fmt: skip
    assert (await tables.write((MarketChanged(before),))).markets == [before]
    assert (await tables.write((MarketChanged(MARKET),))).markets == [MARKET]
    assert (await tables.write((MarketChanged(before),))).markets == [before]


async def test_accounts_come_back_in_the_order_of_their_opening_whatever_changed_since(tables: Tables) -> None:
    state = await tables.write((AccountOpened(Account(BOB)),), (AccountOpened(Account(ANN)),))
    assert state.accounts == [Account(BOB), Account(ANN)]
    house = Account(ANN, house=True, frozen=True)
    switched = Account(BOB, tier="Gold", cancels_at=LATER)
    state = await tables.write((AccountChanged(house),), (AccountChanged(switched),))
    assert state.accounts == [switched, house]
    state = await tables.write((AccountChanged(Account(BOB)), AccountChanged(Account(ANN, tier="Gold"))))
    assert state.accounts == [Account(BOB), Account(ANN, tier="Gold")]
    state = await tables.write(
        (AccountOpened(Account(AccountId("cleo"))), AccountChanged(Account(AccountId("cleo"), True)))
    )
    assert state.accounts[-1] == Account(AccountId("cleo"), house=True)


async def test_the_rules_of_the_whole_exchange_come_back(tables: Tables) -> None:
    assert (await tables.write((AssetCreated(Asset("BTC", "Bitcoin", 8)),))).rules == Rules()
    halted = Rules(halted=True, halt_reason="Maintenance „heute“")
    assert (await tables.write((RulesChanged(halted),))).rules == halted
    tiers = (FeeTier("Gold", 0, 0, 1), FeeTier("„Diamond“", LARGE, -(10**8), 10**8))
    full = Rules(volume_asset="USDT", tiers=tiers, tiers_due_at=LATER)
    assert (await tables.write((RulesChanged(halted), RulesChanged(full)))).rules == full


async def test_tapes_come_back_with_sums_of_any_size(tables: Tables) -> None:
    assert (await tables.write((AccountOpened(Account(ANN)),))).tapes == []
    bare, other = Tape("BTC-USDT", LARGE), Tape("ETH-USDT", 1)
    assert (await tables.write((TapeChanged(other), TapeChanged(bare)))).tapes == [bare, other]
    full = Tape("BTC-USDT", 3, (Minute(29_000_000, 1, 2, 3, 4), Minute(29_000_001, LARGE**2, LARGE**3, LARGE, LARGE)))
    assert (await tables.write((TapeChanged(full),))).tapes == [full, other]


async def test_volumes_come_back_until_their_day_is_forgotten(tables: Tables) -> None:
    kept = [Volume(ANN, 20_000, LARGE), Volume(ANN, 20_001, 1), Volume(BOB, 20_000, 2**64)]
    assert (await tables.write(tuple(map(VolumeChanged, kept)))).volumes == kept
    gone = [Volume(ANN, 20_000, 0), Volume(BOB, 20_000, 0), Volume(BOB, 19_999, 0)]
    assert (await tables.write(tuple(map(VolumeChanged, gone)))).volumes == [Volume(ANN, 20_001, 1)]
    again = Volume(BOB, 20_000, 5)
    passing = Volume(ANN, 20_002, 7)
    state = await tables.write(
        (VolumeChanged(again), VolumeChanged(passing)), (VolumeChanged(msgspec.structs.replace(passing, amount=0)),)
    )
    assert state.volumes == [Volume(ANN, 20_001, 1), again]


async def test_the_trade_of_an_auction_has_no_taker_and_two_fills_of_its_own_kind(tables: Tables) -> None:
    sale = msgspec.structs.replace(PLAIN, id=OrderId(2), account=BOB, side=Side.SELL, place=2, held=9)
    trade = TradeId(4)
    state = await tables.write(
        (
            OrderUpdated(sale),
            OrderUpdated(PLAIN),
            Traded(trade, "BTC-USDT", 5, 3, 15, None, PLAIN.id, sale.id),
            Filled(PLAIN, trade, 5, 3, 15, 0, "BTC", Liquidity.AUCTION),
            Filled(sale, trade, 5, 3, 15, -2, "BTC", Liquidity.AUCTION),
        )
    )
    assert state.next_trade_id == 5
    sequence, time = tables.sequence, TimeUs(NOW + 1)
    trades = await tables.database.read(lambda connection: histories.trades(connection, "BTC-USDT"))
    assert trades.items == [TradeRow(trade, "BTC-USDT", 5, 3, 15, None, PLAIN.id, sale.id, sequence, time)]
    (bought,) = (await tables.database.read(lambda connection: histories.fills(connection, ANN))).items
    (sold,) = (await tables.database.read(lambda connection: histories.fills(connection, BOB))).items
    shared = {"price_ticks": 5, "lots": 3, "value": 15, "liquidity": Liquidity.AUCTION, "trade": trade}
    rest = {"market": "BTC-USDT", "fee_asset": "BTC", "sequence": sequence, "time": time}
    assert bought == FillRow(id=8, order=PLAIN.id, account=ANN, side=Side.BUY, fee=0, **shared, **rest)
    assert sold == FillRow(id=9, order=sale.id, account=BOB, side=Side.SELL, fee=-2, **shared, **rest)


async def test_a_rebuild_empties_all_that_follows_from_the_journal(tables: Tables) -> None:
    await tables.write(
        (
            AccountOpened(Account(ANN, tier="Gold")),
            MarketChanged(MARKET),
            RulesChanged(Rules(halted=True, halt_reason="look")),
            OrderUpdated(PLAIN),
            TapeChanged(Tape("BTC-USDT", 5)),
            VolumeChanged(Volume(ANN, 20_000, 5)),
        )
    )
    recovery.rebuild(tables.database)
    state, _ = await tables.database.read(load_state)
    assert state == State(0, TimeUs(0), 1, 1, 1, [], [], [], [], [], [])


def test_differences_name_each_item_and_both_values() -> None:
    ours = State(
        5, NOW, 1, 1, 1, [], [MARKET], [Account(ANN, tier="Gold")], [], [PLAIN], [],
        Rules(halted=True), [Tape("BTC-USDT", 5)], [Volume(ANN, 20_000, 5)],
    )  # fmt: skip
    theirs = State(
        5, NOW, 1, 1, 1, [], [msgspec.structs.replace(MARKET, breaker_minutes=5)], [Account(ANN)], [],
        [msgspec.structs.replace(PLAIN, slice_lots=3)], [], Rules(), [Tape("BTC-USDT", 6)], [],
    )  # fmt: skip
    assert list(differences(ours, ours)) == []
    assert list(differences(ours, theirs)) == [
        "market BTC-USDT: breaker_minutes (the read model says 60, the journal says 5)",
        "account ann: tier (the read model says Gold, the journal says None)",
        "the rules of the whole exchange: halted (the read model says True, the journal says False)",
        "order 1: slice_lots (the read model says None, the journal says 3)",
        "tape of BTC-USDT: last_ticks (the read model says 5, the journal says 6)",
        f"volume of account ann, day 20000: the read model says {Volume(ANN, 20_000, 5)}, the journal says that there"
        " is none",
    ]
