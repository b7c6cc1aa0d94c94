"""Market orders, by quantity and by the amount to spend."""

import pytest

from backend.engine.values import OrderReason, OrderStatus, Side, TimeInForce
from tests.support.engine_desk import Desk, facts, last_order, names, refused, trades


@pytest.fixture
def desk() -> Desk:
    """Bob sells 2 at 100 and 2 at 110; cleo buys 2 at 90."""
    desk = Desk()
    desk.sell("bob", 2, at=100)
    desk.sell("bob", 2, at=110)
    desk.buy("cleo", 2, at=90)
    return desk


def test_a_market_buy_walks_up_the_book(desk: Desk) -> None:
    outcome = desk.buy_at_market("ann", 3)
    assert trades(outcome) == [(100, 2), (110, 1)]
    assert last_order(outcome).status is OrderStatus.FILLED
    assert desk.balance("ann", "USDT") == ("9690.00", "0.00")


def test_a_market_sell_walks_down_the_book_and_the_rest_is_cancelled(desk: Desk) -> None:
    outcome = desk.sell_at_market("ann", 5)
    assert trades(outcome) == [(90, 2)]
    ended = last_order(outcome)
    assert (ended.status, ended.reason) == (OrderStatus.CANCELED, OrderReason.NOT_FILLED_IMMEDIATELY)
    assert desk.balance("ann", "BTC") == ("98.00000000", "0.00000000")


def test_a_market_buy_needs_exactly_what_its_walk_through_the_book_costs(desk: Desk) -> None:
    desk.open_account("dora", USDT="309.99")
    outcome = desk.buy_at_market("dora", 3)
    assert refused(outcome) == ("INSUFFICIENT_BALANCE", "quantity_lots")
    assert outcome.refusal is not None
    assert outcome.refusal.facts == {"needed": 310_00, "available": 309_99, "asset": "USDT"}
    desk.deposit("dora", "USDT", "0.01", key="a cent")
    assert trades(desk.buy_at_market("dora", 3)) == [(100, 2), (110, 1)]
    assert desk.balance("dora", "USDT") == ("0.00", "0.00")


def test_a_market_buy_beyond_the_book_needs_what_the_book_costs(desk: Desk) -> None:
    desk.open_account("dora", USDT="420.00")
    assert trades(desk.buy_at_market("dora", 50)) == [(100, 2), (110, 2)]


def test_a_market_order_finds_nobody(desk: Desk) -> None:
    desk.cancel_all("cleo")
    assert refused(desk.sell_at_market("ann", 1)) == ("INSUFFICIENT_LIQUIDITY", "quantity_lots")
    desk.cancel_all("bob")
    assert refused(desk.buy_at_market("ann", 1)) == ("INSUFFICIENT_LIQUIDITY", "quantity_lots")
    assert refused(desk.spend("ann", "100.00")) == ("INSUFFICIENT_LIQUIDITY", "quote_amount")


def test_a_spend_buys_whole_lots_and_gives_back_the_rest(desk: Desk) -> None:
    outcome = desk.spend("ann", "350.00")
    assert trades(outcome) == [(100, 2), (110, 1)]
    ended = last_order(outcome)
    assert (ended.status, ended.reason) == (OrderStatus.FILLED, None)
    assert (ended.filled_lots, ended.filled_quote, ended.held) == (3, 310_00, 0)
    assert desk.balance("ann", "USDT") == ("9690.00", "0.00")


def test_a_spend_that_comes_out_even_is_filled(desk: Desk) -> None:
    outcome = desk.spend("ann", "310.00")
    assert last_order(outcome).status is OrderStatus.FILLED
    assert names(outcome.events)[-4:] == ["OrderUpdated", "LevelChanged", "LevelChanged", "TapeChanged"]


def test_a_spend_that_buys_out_the_book_is_cancelled_with_what_it_got(desk: Desk) -> None:
    outcome = desk.spend("ann", "1000.00")
    assert trades(outcome) == [(100, 2), (110, 2)]
    ended = last_order(outcome)
    assert (ended.status, ended.reason) == (OrderStatus.CANCELED, OrderReason.NOT_FILLED_IMMEDIATELY)
    assert desk.balance("ann", "USDT") == ("9580.00", "0.00")


def test_a_spend_too_small_for_one_lot_is_refused_with_the_price_of_one(desk: Desk) -> None:
    outcome = desk.spend("ann", "99.99")
    assert refused(outcome) == ("NOTIONAL_TOO_SMALL", "quote_amount")
    assert outcome.refusal is not None
    assert outcome.refusal.facts == {"notional": 99_99, "minimum": 100_00}


def test_a_spend_of_fill_or_kill_may_keep_a_rest_that_buys_no_lot(desk: Desk) -> None:
    outcome = desk.spend("ann", "150.00", time_in_force=TimeInForce.FOK)
    assert trades(outcome) == [(100, 1)]
    assert last_order(outcome).status is OrderStatus.FILLED
    assert desk.balance("ann", "USDT") == ("9900.00", "0.00")


def test_a_spend_of_fill_or_kill_keeps_such_a_rest_also_before_the_last_order_of_the_book() -> None:
    desk = Desk()
    desk.sell("bob", 2, at=100)
    outcome = desk.spend("ann", "150.00", time_in_force=TimeInForce.FOK)
    assert trades(outcome) == [(100, 1)]
    assert last_order(outcome).status is OrderStatus.FILLED


def test_a_spend_of_fill_or_kill_trades_nothing_where_the_book_is_too_short(desk: Desk) -> None:
    outcome = desk.spend("ann", "1000.00", time_in_force=TimeInForce.FOK)
    assert trades(outcome) == []
    assert last_order(outcome).reason is OrderReason.NOT_FILLED_IMMEDIATELY
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")


def test_a_spend_ends_before_an_own_order_that_it_could_pay(desk: Desk) -> None:
    desk.sell("ann", 1, at=105)
    outcome = desk.spend("ann", "400.00")
    assert trades(outcome) == [(100, 2)]
    assert last_order(outcome).reason is OrderReason.SELF_TRADE


def test_a_spend_is_filled_before_an_own_order_that_it_could_not_pay(desk: Desk) -> None:
    desk.sell("ann", 1, at=105)
    outcome = desk.spend("ann", "300.00")
    assert trades(outcome) == [(100, 2)]
    assert last_order(outcome).status is OrderStatus.FILLED
    assert desk.balance("ann", "USDT") == ("9800.00", "0.00")


def test_a_market_buy_that_meets_only_an_own_order_holds_nothing_and_is_cancelled() -> None:
    desk = Desk()
    desk.sell("ann", 1, at=100)
    outcome = desk.buy_at_market("ann", 1)
    assert names(outcome.events) == ["OrderUpdated", "OrderUpdated"]
    assert last_order(outcome).reason is OrderReason.SELF_TRADE


def test_orders_below_the_minimum_are_refused_at_the_price_that_they_would_have() -> None:
    desk = Desk(minimum_notional=200_00)
    desk.sell("bob", 5, at=100)
    desk.buy("bob", 5, at=50)
    assert refused(desk.buy("ann", 1, at=199)) == ("NOTIONAL_TOO_SMALL", "quantity_lots")
    assert desk.buy("ann", 1, at=200).sequence
    assert refused(desk.buy_at_market("ann", 1)) == ("NOTIONAL_TOO_SMALL", "quantity_lots")
    assert refused(desk.sell_at_market("ann", 3)) == ("NOTIONAL_TOO_SMALL", "quantity_lots")
    assert desk.sell_at_market("ann", 4).sequence
    assert refused(desk.spend("ann", "199.99")) == ("NOTIONAL_TOO_SMALL", "quote_amount")
    assert desk.spend("ann", "200.00").sequence


def test_an_amount_may_buy_as_much_as_the_largest_order_and_no_more() -> None:
    desk = Desk(maximum_lots=3)
    for _ in range(2):
        desk.sell("bob", 2, at=100)
    refusal = desk.spend("ann", "400.00")
    assert refused(refusal) == ("AMOUNT_OUT_OF_RANGE", "quote_amount")
    assert facts(refusal) == {"maximum_lots": 3}
    assert trades(desk.spend("ann", "399.99")) == [(100, 2), (100, 1)]
    assert trades(desk.spend("ann", "9000.00")) == [(100, 1)], "there is no more than one lot to buy"


def test_an_amount_in_waiting_is_measured_at_its_stop() -> None:
    desk = Desk(maximum_lots=3)
    assert refused(desk.stop("ann", Side.BUY, None, at=100, quote_amount=400_00)) == (
        "AMOUNT_OUT_OF_RANGE",
        "quote_amount",
    )
    assert desk.stop("ann", Side.BUY, None, at=100, quote_amount=399_99).sequence
    assert desk.trail("ann", Side.BUY, None, by=5, quote_amount=400_00).sequence, "nobody knows a price yet"
    desk.print_trade(at=50)
    assert facts(desk.trail("ann", Side.BUY, None, by=5, quote_amount=200_00)) == {"maximum_lots": 3}
