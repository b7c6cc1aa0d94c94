"""Limit orders: they wait in line by price and time, and trade at the price of who waited."""

import pytest

from backend.engine.events import Traded
from backend.engine.values import OrderReason, OrderStatus, Side, TimeInForce
from tests.support.engine_desk import Desk, fills, last_order, levels, names, order, refused, trades


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_order_that_meets_nobody_rests_in_the_book(desk: Desk) -> None:
    outcome = desk.buy("ann", 3, at=100)
    assert names(outcome.events) == ["Posted", "OrderUpdated", "LevelChanged"]
    assert outcome.answers == (1,)
    assert last_order(outcome).status is OrderStatus.OPEN
    assert levels(outcome) == [("BUY", 100, 3, 1)]


def test_a_trade_has_the_price_of_the_order_that_waited(desk: Desk) -> None:
    desk.sell("ann", 2, at=100)
    assert trades(desk.buy("bob", 2, at=105)) == [(100, 2)]
    desk.buy("bob", 2, at=90)
    assert trades(desk.sell("ann", 2, at=80)) == [(90, 2)]


def test_the_best_price_trades_first_whoever_came_first(desk: Desk) -> None:
    desk.sell("ann", 1, at=102)
    desk.sell("bob", 1, at=100)
    desk.sell("ann", 1, at=101)
    assert trades(desk.buy("cleo", 3, at=110)) == [(100, 1), (101, 1), (102, 1)]


def test_at_one_price_who_came_first_trades_first(desk: Desk) -> None:
    desk.sell("ann", 1, at=100)
    desk.sell("bob", 1, at=100)
    desk.sell("ann", 1, at=100)
    outcome = desk.buy("cleo", 2, at=100)
    assert [fill.order.account for fill in fills(outcome)[::2]] == ["ann", "bob"]
    assert desk.open_orders() == [3]


def test_an_order_that_was_partly_filled_keeps_its_place_in_the_line(desk: Desk) -> None:
    desk.sell("ann", 5, at=100)
    desk.sell("bob", 5, at=100)
    desk.buy("cleo", 2, at=100)
    outcome = desk.buy("cleo", 2, at=100)
    assert [fill.order.account for fill in fills(outcome)[::2]] == ["ann"]


def test_an_order_takes_what_it_reaches_and_rests_with_what_is_left(desk: Desk) -> None:
    desk.sell("ann", 2, at=100)
    desk.sell("ann", 2, at=103)
    outcome = desk.buy("bob", 5, at=101)
    assert trades(outcome) == [(100, 2)]
    assert last_order(outcome).status is OrderStatus.PARTIALLY_FILLED
    assert desk.book() == {"bids": [(101, 3)], "asks": [(103, 2)]}


def test_the_levels_are_told_once_each_at_the_end_in_the_order_in_which_they_were_touched(desk: Desk) -> None:
    desk.sell("ann", 1, at=100)
    desk.sell("cleo", 1, at=100)
    desk.sell("ann", 4, at=101)
    outcome = desk.buy("bob", 5, at=101)
    assert levels(outcome) == [("SELL", 100, 0, 0), ("SELL", 101, 1, 1)]
    assert names(outcome.events)[-3:] == ["LevelChanged", "LevelChanged", "TapeChanged"]
    assert "LevelChanged" not in names(outcome.events)[:-3]


def test_a_fill_tells_both_orders_as_they_are_after_it(desk: Desk) -> None:
    desk.sell("ann", 5, at=100)
    maker, taker = fills(desk.buy("bob", 2, at=100))
    assert (maker.liquidity.value, maker.order.id, maker.order.remaining_lots) == ("MAKER", 1, 3)
    assert (taker.liquidity.value, taker.order.id, taker.order.remaining_lots) == ("TAKER", 2, 0)
    assert (maker.order.status, taker.order.status) == (OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED)
    assert maker.order.filled_quote == taker.order.filled_quote == 200_00


def test_trades_and_orders_are_numbered_without_holes(desk: Desk) -> None:
    for _ in range(3):
        desk.sell("ann", 1, at=100)
    told = desk.buy("bob", 2, at=100).events + desk.buy("bob", 1, at=100).events
    assert [event.trade for event in told if isinstance(event, Traded)] == [1, 2, 3]
    assert desk.buy("bob", 1, at=1).answers == (6,)


def test_immediate_or_cancel_trades_what_it_can_and_never_rests(desk: Desk) -> None:
    desk.sell("ann", 2, at=100)
    outcome = desk.buy("bob", 5, at=100, time_in_force=TimeInForce.IOC)
    assert trades(outcome) == [(100, 2)]
    ended = last_order(outcome)
    assert (ended.status, ended.reason) == (OrderStatus.CANCELED, OrderReason.NOT_FILLED_IMMEDIATELY)
    assert desk.open_orders() == []
    assert desk.balance("bob", "USDT") == ("9800.00", "0.00")


def test_fill_or_kill_trades_everything_or_nothing(desk: Desk) -> None:
    desk.sell("ann", 2, at=100)
    desk.sell("ann", 2, at=101)
    killed = desk.buy("bob", 5, at=101, time_in_force=TimeInForce.FOK)
    assert trades(killed) == []
    assert last_order(killed).reason is OrderReason.NOT_FILLED_IMMEDIATELY
    assert levels(killed) == []
    assert desk.balance("bob", "USDT") == ("10000.00", "0.00")
    filled = desk.buy("bob", 4, at=101, time_in_force=TimeInForce.FOK)
    assert trades(filled) == [(100, 2), (101, 2)]
    assert last_order(filled).status is OrderStatus.FILLED


def test_fill_or_kill_does_not_count_what_its_limit_does_not_reach(desk: Desk) -> None:
    desk.sell("ann", 2, at=100)
    desk.sell("ann", 2, at=102)
    assert trades(desk.buy("bob", 3, at=101, time_in_force=TimeInForce.FOK)) == []


def test_post_only_is_refused_where_it_would_trade_and_rests_elsewhere(desk: Desk) -> None:
    desk.sell("ann", 2, at=100)
    outcome = desk.buy("bob", 1, at=100, post_only=True)
    assert refused(outcome) == ("WOULD_TAKE_LIQUIDITY", "price_ticks")
    assert outcome.refusal is not None
    assert outcome.refusal.facts == {"best_ticks": 100}
    assert desk.buy("bob", 1, at=99, post_only=True).sequence
    assert refused(desk.sell("ann", 1, at=99, post_only=True)) == ("WOULD_TAKE_LIQUIDITY", "price_ticks")


def test_an_order_never_trades_with_its_own_account_the_newer_one_is_cancelled(desk: Desk) -> None:
    desk.sell("ann", 2, at=100)
    desk.sell("bob", 2, at=101)
    outcome = desk.buy("ann", 3, at=101)
    assert trades(outcome) == []
    ended = last_order(outcome)
    assert (ended.status, ended.reason) == (OrderStatus.CANCELED, OrderReason.SELF_TRADE)
    assert desk.open_orders() == [1, 2]


def test_what_was_traded_before_an_own_order_stays_traded(desk: Desk) -> None:
    desk.sell("bob", 2, at=100)
    desk.sell("ann", 2, at=101)
    outcome = desk.buy("ann", 3, at=101)
    assert trades(outcome) == [(100, 2)]
    assert last_order(outcome).reason is OrderReason.SELF_TRADE
    assert desk.balance("ann", "USDT") == ("9800.00", "0.00")


def test_an_own_order_behind_the_last_fill_does_not_matter(desk: Desk) -> None:
    desk.sell("bob", 2, at=100)
    desk.sell("ann", 2, at=100)
    outcome = desk.buy("ann", 2, at=100)
    assert last_order(outcome).status is OrderStatus.FILLED


def test_fill_or_kill_that_would_meet_an_own_order_trades_nothing(desk: Desk) -> None:
    desk.sell("bob", 2, at=100)
    desk.sell("ann", 2, at=101)
    outcome = desk.buy("ann", 3, at=101, time_in_force=TimeInForce.FOK)
    assert trades(outcome) == []
    assert last_order(outcome).reason is OrderReason.SELF_TRADE


def test_an_account_has_no_more_open_orders_in_a_market_than_its_limit() -> None:
    desk = Desk(open_orders_per_account=2)
    desk.buy("ann", 1, at=50)
    desk.buy("ann", 1, at=51)
    outcome = desk.buy("ann", 1, at=52)
    assert refused(outcome) == ("TOO_MANY_OPEN_ORDERS", "")
    assert outcome.refusal is not None
    assert outcome.refusal.facts == {"maximum": 2}
    assert desk.buy("bob", 1, at=52).sequence, "the limit is each account's own"
    assert desk.sell("ann", 1, at=52, time_in_force=TimeInForce.IOC).sequence, "what never rests is not counted"
    desk.cancel("ann", 1)
    assert desk.buy("ann", 1, at=49).sequence


def test_the_orders_of_a_batch_are_one_command_and_succeed_or_fail_alone(desk: Desk) -> None:
    before = desk.exchange.sequence
    outcome = desk.batch(
        order("ann", Side.SELL, 1, 100), order("ann", Side.SELL, 1_000, 100), order("bob", Side.BUY, 1, 100)
    )
    first, refusal, last = outcome.answers
    assert (first, last) == (1, 2)
    assert not isinstance(refusal, int | str)
    assert refusal.code.value == "INSUFFICIENT_BALANCE"
    assert outcome.sequence == desk.exchange.sequence == before + 1
    assert trades(outcome) == [(100, 1)]
    assert levels(outcome) == [("SELL", 100, 0, 0)], "a level that came and went is told all the same"


def test_a_batch_of_refusals_alone_changes_nothing(desk: Desk) -> None:
    before = desk.exchange.fingerprint()
    outcome = desk.batch(order("ann", Side.SELL, 0, 100), order("zoe", Side.SELL, 1, 100))
    assert (outcome.sequence, outcome.events, len(outcome.answers)) == (0, (), 2)
    assert desk.batch().answers == ()
    assert desk.exchange.fingerprint() == before
