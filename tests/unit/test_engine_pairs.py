"""One cancels the other: a limit order and a stop order that share what they hold."""

from typing import Any

import pytest

from backend.engine.values import MarketStatus, OrderStatus, OrderType, PostingKind, SelfTradePrevention, Side
from tests.support.engine_desk import (
    MARKET,
    Desk,
    ended,
    facts,
    fired,
    levels,
    names,
    placed,
    postings,
    refused,
    trades,
)

BUY, SELL = Side.BUY, Side.SELL


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.print_trade(at=100)
    return desk


def test_a_sell_pair_holds_its_quantity_once(desk: Desk) -> None:
    outcome = desk.oco("ann", SELL, 5, limit=110, stop=90)
    limit, stop = (desk.order(number) for number in outcome.answers if isinstance(number, int))
    assert (limit.type, limit.status, limit.post_only, limit.linked_order) == (
        OrderType.LIMIT,
        OrderStatus.OPEN,
        True,
        stop.id,
    )
    assert (stop.type, stop.status, stop.linked_order) == (OrderType.STOP_MARKET, OrderStatus.UNTRIGGERED, limit.id)
    assert (limit.held, stop.held) == (5 * 10**8, 0)
    assert desk.balance("ann", "BTC") == ("95.00000000", "5.00000000")
    assert levels(outcome) == [("SELL", 110, 5, 1)]


def test_a_buy_pair_holds_the_dearer_of_both(desk: Desk) -> None:
    outcome = desk.oco("ann", BUY, 4, limit=90, stop=110, stop_limit=115)
    assert [each.held for each in map(desk.order, (3, 4))] == [360_00, 100_00]
    assert postings(outcome, PostingKind.HOLD) == [("ann", "USDT", "-360.00"), ("ann", "USDT", "-100.00")]
    desk.oco("bob", BUY, 4, limit=90, stop=110, stop_limit=80)
    assert desk.balance("bob", "USDT") == ("9640.00", "360.00")


def test_a_partial_fill_of_the_limit_order_cancels_the_stop(desk: Desk) -> None:
    limit = placed(desk.oco("ann", BUY, 4, limit=90, stop=110, stop_limit=115))
    outcome = desk.sell("bob", 1, at=90)
    assert trades(outcome) == [(90, 1)]
    assert ended(outcome) == [(limit + 1, "CANCELED", "BY_LINKED_ORDER")]
    assert desk.balance("ann", "USDT") == ("9640.00", "270.00")
    assert fired(desk.print_trade(at=110)) == []


def test_when_the_stop_fires_the_limit_order_goes_and_its_hold_passes_over(desk: Desk) -> None:
    limit = placed(desk.oco("ann", SELL, 5, limit=110, stop=90))
    desk.buy("bob", 9, at=85)
    outcome = desk.print_trade(at=90)
    assert ended(outcome)[0] == (limit, "CANCELED", "BY_LINKED_ORDER")
    assert fired(outcome) == [limit + 1]
    assert postings(outcome, PostingKind.RELEASE) == [], "it was never free in between"
    assert trades(outcome) == [(90, 1), (85, 5)]
    assert desk.balance("ann", "BTC") == ("95.00000000", "0.00000000")
    assert desk.balance("ann", "USDT") == ("10425.00", "0.00")


def test_a_fired_stop_holds_its_own_need_and_gives_back_what_is_more(desk: Desk) -> None:
    limit = placed(desk.oco("ann", BUY, 4, limit=90, stop=110, stop_limit=80))
    outcome = desk.print_trade(at=110)
    assert ended(outcome) == [(limit, "CANCELED", "BY_LINKED_ORDER")]
    assert postings(outcome, PostingKind.RELEASE) == [("ann", "USDT", "40.00")]
    assert desk.book()["bids"] == [(80, 4)]
    assert desk.balance("ann", "USDT") == ("9680.00", "320.00")


def test_a_dearer_fired_stop_holds_what_both_held(desk: Desk) -> None:
    placed(desk.oco("ann", BUY, 4, limit=90, stop=110, stop_limit=115))
    desk.print_trade(at=110)
    assert desk.book()["bids"] == [(115, 4)]
    assert desk.balance("ann", "USDT") == ("9540.00", "460.00")


@pytest.mark.parametrize("leg", [0, 1])
def test_cancelling_one_leg_cancels_both(desk: Desk, leg: int) -> None:
    limit = placed(desk.oco("ann", BUY, 4, limit=90, stop=110, stop_limit=115))
    chosen, other = (limit, limit + 1) if leg == 0 else (limit + 1, limit)
    outcome = desk.cancel("ann", chosen)
    assert ended(outcome) == [(chosen, "CANCELED", "BY_USER"), (other, "CANCELED", "BY_LINKED_ORDER")]
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")
    assert desk.open_orders() == []


def test_cancelling_all_counts_both_legs(desk: Desk) -> None:
    limit = placed(desk.oco("ann", SELL, 4, limit=110, stop=90))
    assert desk.cancel_all("ann", MARKET).answers == (limit, limit + 1)
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")


def test_the_dead_mans_switch_ends_a_pair(desk: Desk) -> None:
    limit = placed(desk.oco("ann", SELL, 4, limit=110, stop=90))
    desk.cancel_all_after("ann", 60)
    desk.wait(minutes=1)
    assert ended(desk.advance()) == [
        (limit, "CANCELED", "BY_DEAD_MANS_SWITCH"),
        (limit + 1, "CANCELED", "BY_LINKED_ORDER"),
    ]
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")


def test_a_decrement_of_the_limit_order_cancels_the_stop(desk: Desk) -> None:
    limit = placed(desk.oco("ann", SELL, 4, limit=110, stop=90))
    outcome = desk.buy("ann", 1, at=110, prevent=SelfTradePrevention.DECREMENT_AND_CANCEL)
    assert ended(outcome) == [
        (limit + 1, "CANCELED", "BY_LINKED_ORDER"),
        (limit + 2, "CANCELED", "SELF_TRADE"),
    ]
    assert desk.balance("ann", "BTC") == ("97.00000000", "3.00000000")


def test_a_fill_in_an_auction_cancels_the_stop(desk: Desk) -> None:
    desk.status(MarketStatus.AUCTION)
    limit = placed(desk.oco("ann", SELL, 4, limit=110, stop=90))
    desk.buy("bob", 1, at=120)
    outcome = desk.status(MarketStatus.OPEN)
    assert trades(outcome) == [(110, 1)]
    assert ended(outcome) == [(limit + 1, "CANCELED", "BY_LINKED_ORDER")]


def test_a_pair_that_comes_again_with_its_keys_is_answered_with_both_its_orders(desk: Desk) -> None:
    first = desk.oco("ann", SELL, 4, limit=110, stop=90, keys=("up", "down"))
    again = desk.oco("ann", SELL, 4, limit=110, stop=90, keys=("up", "down"))
    assert (again.sequence, again.answers) == (0, first.answers)
    other = desk.oco("ann", SELL, 3, limit=110, stop=90, keys=("up", "down"))
    assert refused(other) == ("DUPLICATE_CLIENT_ORDER_ID", "limit_client_order_id")
    third = desk.oco("ann", SELL, 3, limit=110, stop=90, keys=(None, "down"))
    assert refused(third) == ("DUPLICATE_CLIENT_ORDER_ID", "stop_client_order_id")
    assert refused(desk.sell("ann", 3, at=110, key="down")) == ("DUPLICATE_CLIENT_ORDER_ID", "client_order_id")


def test_a_pair_with_one_key_is_known_by_it(desk: Desk) -> None:
    first = desk.oco("ann", SELL, 4, limit=110, stop=90, keys=(None, "down"))
    assert desk.oco("ann", SELL, 4, limit=110, stop=90, keys=(None, "down")).answers == first.answers
    same = desk.oco("ann", SELL, 4, limit=110, stop=90, keys=("one", "one"))
    assert refused(same) == ("INVALID_INPUT", "stop_client_order_id")


def test_the_legs_of_a_pair_stand_on_either_side_of_the_price(desk: Desk) -> None:
    assert refused(desk.oco("ann", SELL, 1, limit=90, stop=90)) == ("INVALID_INPUT", "price_ticks")
    assert refused(desk.oco("ann", BUY, 1, limit=110, stop=110, stop_limit=110)) == ("INVALID_INPUT", "price_ticks")
    assert refused(desk.oco("ann", BUY, 1, limit=90, stop=110)) == ("INVALID_INPUT", "stop_limit_ticks")
    assert refused(desk.oco("ann", SELL, 1, limit=110, stop=100)) == ("WOULD_TRIGGER_IMMEDIATELY", "stop_ticks")
    desk.buy("bob", 1, at=95)
    assert refused(desk.oco("ann", SELL, 1, limit=95, stop=90)) == ("WOULD_TAKE_LIQUIDITY", "price_ticks")


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"lots": 0}, "quantity_lots"),
        ({"limit": 0}, "price_ticks"),
        ({"stop": 0}, "stop_ticks"),
        ({"stop_limit": 0}, "stop_limit_ticks"),
        ({"lots": 10**29}, "quantity_lots"),
        ({"limit": 10**37}, "price_ticks"),
        ({"stop_limit": 10**37}, "stop_limit_ticks"),
    ],
)
def test_numbers_out_of_range_are_refused(desk: Desk, numbers: dict[str, int], field: str) -> None:
    pair: dict[str, Any] = {"lots": 1, "limit": 110, "stop": 90, "stop_limit": 80} | numbers
    assert refused(desk.oco("ann", SELL, **pair)) == ("AMOUNT_OUT_OF_RANGE", field)


def test_a_pair_needs_the_larger_of_its_needs(desk: Desk) -> None:
    refusal = desk.oco("ann", BUY, 100, limit=90, stop=110, stop_limit=101)
    assert refused(refusal) == ("INSUFFICIENT_BALANCE", "quantity_lots")
    assert facts(refusal) == {"needed": 10_100_00, "available": 10_000_00, "asset": "USDT"}
    assert desk.oco("ann", BUY, 100, limit=90, stop=110, stop_limit=100).sequence


def test_both_legs_must_have_room_and_be_worth_enough() -> None:
    desk = Desk(open_orders_per_account=3, minimum_notional=100_00)
    desk.buy("ann", 2, at=80)
    desk.buy("ann", 2, at=80)
    assert refused(desk.oco("ann", SELL, 2, limit=110, stop=90))[0] == "TOO_MANY_OPEN_ORDERS"
    refusal = desk.oco("bob", SELL, 1, limit=110, stop=99)
    assert facts(refusal) == {"notional": 99_00, "minimum": 100_00}
    assert desk.oco("bob", SELL, 1, limit=110, stop=100).sequence


def test_a_pair_needs_a_market_that_takes_orders(desk: Desk) -> None:
    desk.status(MarketStatus.CANCEL_ONLY, "A pause.")
    refusal = desk.oco("ann", SELL, 1, limit=110, stop=90)
    assert refused(refusal) == ("MARKET_NOT_OPEN", "market")
    assert facts(refusal) == {"status": "CANCEL_ONLY", "reason": "A pause."}
    assert refused(desk.oco("zoe", SELL, 1, limit=110, stop=90)) == ("UNKNOWN_ACCOUNT", "account")


def test_two_prices_amended_past_each_other_are_refused(desk: Desk) -> None:
    limit = placed(desk.oco("ann", SELL, 4, limit=110, stop=90))
    assert refused(desk.amend("ann", limit, at=90)) == ("INVALID_INPUT", "price_ticks")
    assert refused(desk.amend("ann", limit + 1, stop=110)) == ("INVALID_INPUT", "stop_ticks")
    assert refused(desk.amend("ann", limit, lots=3)) == ("INVALID_INPUT", "quantity_lots")
    assert desk.amend("ann", limit + 1, stop=95).sequence


def test_amending_a_leg_shares_the_hold_anew(desk: Desk) -> None:
    limit = placed(desk.oco("ann", BUY, 4, limit=90, stop=110, stop_limit=115))
    outcome = desk.amend("ann", limit, at=95)
    assert postings(outcome, PostingKind.HOLD) == [], "the pair holds the dearer leg all the same"
    assert [desk.order(number).held for number in (limit, limit + 1)] == [380_00, 80_00]
    assert names(outcome.events)[:2] == ["OrderUpdated", "OrderUpdated"]
    desk.amend("ann", limit + 1, at=120)
    assert desk.balance("ann", "USDT") == ("9520.00", "480.00")
    desk.amend("ann", limit + 1, at=94)
    assert [desk.order(number).held for number in (limit, limit + 1)] == [380_00, 0]
    assert desk.balance("ann", "USDT") == ("9620.00", "380.00")
