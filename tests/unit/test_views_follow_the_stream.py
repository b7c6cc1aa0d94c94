"""The live views and the private feed, fed by a real engine."""

import msgspec
import pytest

from backend.engine.commands import (
    AmendOrder,
    CancelAllAfter,
    CancelAllOrders,
    OpenAccount,
    PlaceOcoOrder,
    PlaceOrders,
    SetExchangeHalted,
    SetHouseAccount,
    SetMarketStatus,
)
from backend.engine.exchange import Exchange
from backend.engine.values import (
    AccountId,
    Balance,
    KeyKind,
    MarketStatus,
    OrderId,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from backend.sequencer.keys import KnownKeys
from backend.sequencer.views import AccountChange, LiveViews
from tests.support import flow
from tests.support.committed import commit
from tests.support.trading import ALICE, BOB, BTC_USDT, PLENTY, buy, cancel, deposit, opening, sell


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def views(exchange: Exchange) -> LiveViews:
    views = LiveViews(exchange.state())
    views.fold(commit(exchange, *opening(ALICE, BOB)))
    return views


def assert_views_are_those_of(views: LiveViews, exchange: Exchange) -> None:
    state = exchange.state()
    assert (views.sequence, views.time) == (state.sequence, state.time)
    assert list(views.assets.values()) == state.assets
    assert list(views.markets.values()) == state.markets
    assert list(views.accounts.values()) == state.accounts
    assert views.rules == state.rules
    for balance in state.balances:
        assert views.balances(balance.account)[balance.asset] == balance
    for account in views.accounts:
        mine = [order for order in state.orders if order.account == account]
        assert views.open_orders(account) == sorted(mine, key=lambda order: order.id)
        assert views.open_order_count(account) == len(views.open_orders(account))


def test_views_that_followed_from_the_beginning_say_what_the_engine_says(exchange: Exchange, views: LiveViews):
    views.fold(commit(exchange, buy(ALICE, 500_000, 3), sell(BOB, 500_000, 2), sell(BOB, 600_000, 9)))
    views.fold(commit(exchange, cancel(BOB, 3), SetMarketStatus(BTC_USDT, MarketStatus.CANCEL_ONLY, "look")))
    assert_views_are_those_of(views, exchange)
    assert views.order(OrderId(1)).filled_lots == 2


def test_views_built_from_a_state_say_what_those_say_that_followed(exchange: Exchange, views: LiveViews):
    views.fold(commit(exchange, buy(ALICE, 500_000, 3), sell(BOB, 500_000, 2), sell(BOB, 600_000, 9)))
    assert_views_are_those_of(LiveViews(exchange.state()), exchange)


@pytest.mark.parametrize("seed", range(4))
def test_views_say_what_the_engine_says_whatever_happens(seed: int):
    exchange = Exchange()
    views = LiveViews(exchange.state())
    for number, batch in enumerate(flow.batches(exchange, [*flow.world(), *flow.everything(seed, 600)])):
        views.fold(batch)
        if number % 10 == 0:
            assert_views_are_those_of(views, exchange)
            assert_views_are_those_of(LiveViews(exchange.state()), exchange)


def test_what_an_operator_changes_is_seen_at_once(exchange: Exchange, views: LiveViews):
    assert not views.rules.halted
    views.fold(commit(exchange, SetExchangeHalted(True, "look"), SetHouseAccount(BOB, True), CancelAllAfter(ALICE, 9)))
    assert (views.rules.halted, views.rules.halt_reason) == (True, "look")
    assert views.accounts[BOB].house
    assert views.accounts[ALICE].cancels_at == exchange.time + 9_000_000
    assert list(views.accounts) == [ALICE, BOB]


def test_a_listener_hears_each_change_of_an_order_that_waits(exchange: Exchange, views: LiveViews):
    heard: list[AccountChange] = []
    views.fold(commit(exchange, sell(BOB, 500_000, 1), buy(BOB, 400_000, 100)))
    views.fold(commit(exchange, buy(ALICE, 500_000, 1)))
    trailing = msgspec.structs.replace(
        sell(ALICE, 1, 5), type=OrderType.TRAILING_STOP, time_in_force=TimeInForce.IOC, price_ticks=None,
        trailing_ticks=100,
    )  # fmt: skip
    views.listen(ALICE, heard.append)
    views.fold(commit(exchange, trailing))
    (order,) = views.open_orders(ALICE)
    views.fold(commit(exchange, AmendOrder(ALICE, order.id, None, None, 7, None)))
    cleo = AccountId("cleo")
    views.fold(commit(exchange, OpenAccount(cleo), deposit(cleo, "BTC", PLENTY, "b"), sell(cleo, 400_000, 1)))
    assert [[update.order.status.name for update in change.orders] for change in heard] == [
        ["UNTRIGGERED"], ["UNTRIGGERED"], ["UNTRIGGERED", "OPEN", "FILLED"],
    ]  # fmt: skip
    assert [change.orders[0].order.quantity_lots for change in heard] == [5, 7, 7]
    assert views.open_orders(ALICE) == []


def test_an_account_that_nobody_knows_has_nothing(views: LiveViews):
    assert views.balances("nobody") == {}
    assert views.open_orders("nobody") == []
    assert views.order(OrderId(99)) is None


def test_only_so_many_ended_orders_are_remembered_and_the_oldest_go_first(exchange: Exchange, views: LiveViews):
    forgetful = LiveViews(exchange.state(), ended_orders_max=2)
    forgetful.fold(commit(exchange, *(buy(ALICE, 500_000, 1) for _ in range(4)), CancelAllOrders(ALICE, None)))
    assert [forgetful.order(OrderId(order)) is not None for order in (1, 2, 3, 4)] == [False, False, True, True]
    assert forgetful.order(OrderId(4)).status is OrderStatus.CANCELED
    assert forgetful.open_orders(ALICE) == []


def test_a_listener_hears_its_own_accounts_orders_fills_and_balances_and_nothing_else(
    exchange: Exchange, views: LiveViews
):
    heard: list[AccountChange] = []
    stop = views.listen(ALICE, heard.append)
    views.fold(commit(exchange, sell(BOB, 500_000, 2)))
    assert heard == []

    views.fold(commit(exchange, buy(ALICE, 500_000, 3), time=2_000_000))
    (change,) = heard
    assert (change.account, change.sequence, change.time) == (ALICE, exchange.sequence, 2_000_000)
    assert [(update.order.status, update.fill is not None) for update in change.orders] == [
        (OrderStatus.OPEN, False),
        (OrderStatus.PARTIALLY_FILLED, True),
    ]
    held = 500_000 * exchange.state().markets[0].value_units
    balances = {balance.asset: balance for balance in change.balances}
    assert balances["USDT"] == Balance(ALICE, "USDT", PLENTY - 3 * held, held)
    assert balances["BTC"].available > PLENTY

    stop()
    views.fold(commit(exchange, cancel(ALICE, 2)))
    assert len(heard) == 1
    stop()


def test_sequence_and_index_of_an_update_are_unique_over_all_accounts(exchange: Exchange, views: LiveViews):
    seen: list[tuple[int, int]] = []
    for account in (ALICE, BOB):
        views.listen(account, lambda change: seen.extend((update.sequence, update.index) for update in change.orders))
    views.fold(commit(exchange, sell(BOB, 500_000, 2), PlaceOrders((sell(BOB, 500_000, 1), buy(ALICE, 500_000, 3)))))
    sequence = exchange.sequence
    assert sorted(seen) == [(sequence - 1, 0), *((sequence, index) for index in range(6))]


def test_the_views_are_at_the_changes_sequence_when_a_listener_is_called(exchange: Exchange, views: LiveViews):
    seen = []

    def listen(change: AccountChange) -> None:
        seen.append((change.sequence, views.sequence, len(views.open_orders(ALICE))))

    views.listen(ALICE, listen)
    before = exchange.sequence
    views.fold(commit(exchange, buy(ALICE, 500_000, 1), buy(ALICE, 500_000, 1)))
    assert seen == [(before + 1, before + 1, 1), (before + 2, before + 2, 2)]


def test_a_listener_that_fails_disturbs_neither_the_others_nor_the_views(exchange: Exchange, views: LiveViews):
    def fail(_: AccountChange) -> None:
        raise RuntimeError("a bug")

    heard: list[AccountChange] = []
    views.listen(ALICE, fail)
    views.listen(ALICE, heard.append)
    views.fold(commit(exchange, buy(ALICE, 500_000, 1)))
    assert len(heard) == 1
    assert_views_are_those_of(views, exchange)


def test_a_key_is_never_said_to_be_unused_once_it_was_used(exchange: Exchange):
    keys = KnownKeys()
    assert keys.maybe_used(ALICE, KeyKind.ORDER, "never"), "before it is filled it cannot know"
    keys.fill([(ALICE, "ORDER", "old")])
    keys.fold(commit(exchange, *opening(ALICE)))
    keys.fold(commit(exchange, buy(ALICE, 500_000, 1, key="new"), deposit(ALICE, "BTC", 1, "new too")))
    assert keys.maybe_used(ALICE, KeyKind.ORDER, "old")
    assert keys.maybe_used(ALICE, KeyKind.ORDER, "new")
    assert keys.maybe_used(ALICE, KeyKind.DEPOSIT, "new too")
    assert not keys.maybe_used(ALICE, KeyKind.DEPOSIT, "new")
    assert not keys.maybe_used(BOB, KeyKind.ORDER, "new")
    pair = PlaceOcoOrder(ALICE, BTC_USDT, Side.SELL, 1, 600_000, 400_000, None, "one", "the other")
    keys.fold(commit(exchange, pair))
    assert keys.maybe_used(ALICE, KeyKind.ORDER, "one")
    assert keys.maybe_used(ALICE, KeyKind.ORDER, "the other")
    remembered = KnownKeys(exchange.state().keys)
    remembered.fill([])
    assert remembered.maybe_used(ALICE, KeyKind.ORDER, "new")
