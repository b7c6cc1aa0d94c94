"""Amending: an order never holds twice, and never loses more than its place."""

from typing import Any

import pytest

from backend.engine.values import MarketStatus, OrderStatus, PostingKind, Side
from tests.support.engine_desk import (
    Desk,
    ended,
    facts,
    fills,
    last_order,
    levels,
    names,
    placed,
    postings,
    refused,
    trades,
)


@pytest.fixture
def desk() -> Desk:
    """Bids at 100: ann's 5, then bob's 5."""
    desk = Desk()
    desk.buy("ann", 5, at=100, key="mine")
    desk.buy("bob", 5, at=100)
    return desk


def who_is_first(desk: Desk) -> str:
    """Return whose order trades first at 100."""
    maker, _ = fills(desk.sell("cleo", 1, at=100))
    return maker.order.account


def test_less_keeps_the_place_and_gives_the_difference_back(desk: Desk) -> None:
    outcome = desk.amend("ann", 1, lots=3)
    assert names(outcome.events) == ["Posted", "OrderUpdated", "LevelChanged"]
    assert postings(outcome, PostingKind.RELEASE) == [("ann", "USDT", "200.00")]
    assert levels(outcome) == [("BUY", 100, 8, 2)]
    assert outcome.answers == (1,)
    assert who_is_first(desk) == "ann"


def test_more_loses_the_place_and_holds_only_the_difference(desk: Desk) -> None:
    outcome = desk.amend("ann", 1, lots=7)
    assert postings(outcome, PostingKind.HOLD) == [("ann", "USDT", "-200.00")]
    assert desk.balance("ann", "USDT") == ("9300.00", "700.00")
    assert who_is_first(desk) == "bob"


def test_another_price_loses_the_place_also_when_it_comes_back(desk: Desk) -> None:
    assert levels(desk.amend("ann", 1, at=101)) == [("BUY", 100, 5, 1), ("BUY", 101, 5, 1)]
    assert desk.balance("ann", "USDT") == ("9495.00", "505.00")
    desk.amend("ann", 1, at=100)
    assert desk.balance("ann", "USDT") == ("9500.00", "500.00")
    assert who_is_first(desk) == "bob"


def test_an_amendment_to_what_is_changes_nothing(desk: Desk) -> None:
    outcome = desk.amend("ann", 1, at=100, lots=5)
    assert (outcome.sequence, outcome.events, outcome.answers) == (0, (), (1,))
    assert who_is_first(desk) == "ann"


def test_a_new_price_that_crosses_trades_at_the_price_of_the_other(desk: Desk) -> None:
    desk.sell("cleo", 3, at=105)
    outcome = desk.amend("ann", 1, at=110)
    assert trades(outcome) == [(105, 3)]
    assert desk.order(1).status is OrderStatus.PARTIALLY_FILLED
    assert desk.book() == {"bids": [(110, 2), (100, 5)], "asks": []}
    assert desk.balance("ann", "USDT") == ("9465.00", "220.00")


def test_the_quantity_is_the_new_total_with_what_is_filled(desk: Desk) -> None:
    desk.sell("cleo", 2, at=100)
    refusal = desk.amend("ann", 1, lots=2)
    assert refused(refusal) == ("AMOUNT_OUT_OF_RANGE", "quantity_lots")
    assert facts(refusal) == {"filled_lots": 2}
    assert desk.amend("ann", 1, lots=3).sequence
    assert desk.book()["bids"] == [(100, 1), (100, 5)]
    assert desk.balance("ann", "USDT") == ("9700.00", "100.00")


def test_what_would_be_held_more_must_be_there(desk: Desk) -> None:
    refusal = desk.amend("ann", 1, lots=101)
    assert refused(refusal) == ("INSUFFICIENT_BALANCE", "quantity_lots")
    assert facts(refusal) == {"needed": 9_600_00, "available": 9_500_00, "asset": "USDT"}
    assert refused(desk.amend("ann", 1, at=2_001)) == ("INSUFFICIENT_BALANCE", "price_ticks")
    assert desk.amend("ann", 1, lots=100).sequence
    assert desk.balance("ann", "USDT") == ("0.00", "10000.00")


def test_an_order_is_amended_by_the_id_that_its_owner_gave_it_and_by_nobody_else(desk: Desk) -> None:
    assert desk.amend("ann", None, key="mine", lots=4).answers == (1,)
    assert refused(desk.amend("bob", None, key="mine", lots=4)) == ("UNKNOWN_ORDER", "client_order_id")
    assert refused(desk.amend("bob", 1, lots=4)) == ("UNKNOWN_ORDER", "order")
    assert refused(desk.amend("zoe", 1, lots=4)) == ("UNKNOWN_ACCOUNT", "account")
    assert refused(desk.amend("ann", 1, key="mine", lots=4)) == ("INVALID_INPUT", "order")
    assert refused(desk.amend("ann", None, lots=4)) == ("INVALID_INPUT", "order")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("INVALID_INPUT", "order")),
        ({"stop": 90}, ("INVALID_INPUT", "stop_ticks")),
        ({"at": 0}, ("AMOUNT_OUT_OF_RANGE", "price_ticks")),
        ({"lots": 0}, ("AMOUNT_OUT_OF_RANGE", "quantity_lots")),
        ({"lots": 10**29}, ("AMOUNT_OUT_OF_RANGE", "quantity_lots")),
        ({"at": 10**36}, ("AMOUNT_OUT_OF_RANGE", "price_ticks")),
    ],
)
def test_changes_that_cannot_be_are_refused(desk: Desk, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused(desk.amend("ann", 1, **changes)) == expected


def test_a_filled_order_cannot_be_amended(desk: Desk) -> None:
    desk.sell("cleo", 5, at=100)
    assert refused(desk.amend("ann", 1, lots=6)) == ("UNKNOWN_ORDER", "order")


def test_an_amended_order_keeps_the_market_s_limits() -> None:
    desk = Desk(minimum_notional=300_00, maximum_lots=10)
    desk.buy("ann", 5, at=100)
    refusal = desk.amend("ann", 1, lots=2)
    assert refused(refusal) == ("NOTIONAL_TOO_SMALL", "quantity_lots")
    assert facts(refusal) == {"notional": 200_00, "minimum": 300_00}
    assert refused(desk.amend("ann", 1, at=59)) == ("NOTIONAL_TOO_SMALL", "price_ticks")
    assert facts(desk.amend("ann", 1, lots=11)) == {"maximum_lots": 10}


def test_a_post_only_order_is_not_amended_into_the_other_side(desk: Desk) -> None:
    mine = placed(desk.buy("ann", 1, at=99, post_only=True))
    desk.sell("cleo", 1, at=105)
    refusal = desk.amend("ann", mine, at=105)
    assert refused(refusal) == ("WOULD_TAKE_LIQUIDITY", "price_ticks")
    assert facts(refusal) == {"best_ticks": 105}
    assert desk.amend("ann", mine, at=104).sequence


def test_in_a_post_only_market_no_order_is_amended_into_the_other_side(desk: Desk) -> None:
    desk.sell("cleo", 1, at=105)
    desk.status(MarketStatus.POST_ONLY)
    assert refused(desk.amend("ann", 1, at=105)) == ("WOULD_TAKE_LIQUIDITY", "price_ticks")
    assert desk.amend("ann", 1, at=104).sequence


def test_a_price_out_of_the_band_is_refused() -> None:
    desk = Desk(band_rate=10_000_000)
    desk.print_trade(at=100)
    mine = placed(desk.buy("ann", 1, at=95))
    refusal = desk.amend("ann", mine, at=89)
    assert refused(refusal) == ("PRICE_OUT_OF_BAND", "price_ticks")
    assert facts(refusal) == {"reference_ticks": 100, "band_rate": 10_000_000}
    assert desk.amend("ann", mine, at=90).sequence


@pytest.mark.parametrize("status", [MarketStatus.HALTED, MarketStatus.CANCEL_ONLY])
def test_nothing_is_amended_where_the_market_takes_no_orders(desk: Desk, status: MarketStatus) -> None:
    desk.status(status)
    assert refused(desk.amend("ann", 1, lots=4)) == ("MARKET_NOT_OPEN", "market")


def test_in_an_auction_a_crossing_amendment_waits_for_the_uncrossing(desk: Desk) -> None:
    desk.status(MarketStatus.AUCTION)
    desk.sell("cleo", 3, at=105)
    assert trades(desk.amend("ann", 1, at=110)) == []
    assert desk.book() == {"bids": [(110, 5), (100, 5)], "asks": [(105, 3)]}


def test_a_waiting_stop_is_moved_and_keeps_its_turn() -> None:
    desk = Desk()
    desk.print_trade(at=100)
    ann = placed(desk.stop("ann", Side.SELL, 1, at=80))
    cleo = placed(desk.stop("cleo", Side.SELL, 1, at=90))
    assert names(desk.amend("ann", ann, stop=90).events) == ["OrderUpdated"]
    desk.buy("bob", 1, at=70)
    outcome = desk.print_trade(at=90)
    assert ended(outcome) == [(cleo, "CANCELED", "NOT_FILLED_IMMEDIATELY")], "ann came first"
    assert desk.balance("ann", "USDT") == ("10070.00", "0.00")


def test_a_stop_is_not_moved_past_the_price() -> None:
    desk = Desk()
    desk.print_trade(at=100)
    waits = placed(desk.stop("ann", Side.SELL, 1, at=80, limit=70))
    refusal = desk.amend("ann", waits, stop=100)
    assert refused(refusal) == ("WOULD_TRIGGER_IMMEDIATELY", "stop_ticks")
    assert facts(refusal) == {"last_ticks": 100}
    assert last_order(desk.amend("ann", waits, stop=99, at=60, lots=2)).stop_ticks == 99
    assert desk.balance("ann", "BTC") == ("98.00000000", "2.00000000")


def test_an_order_without_a_limit_or_a_quantity_has_none_to_amend() -> None:
    desk = Desk()
    desk.print_trade(at=100)
    waits = placed(desk.stop("ann", Side.BUY, None, at=110, quote_amount=100_00))
    assert refused(desk.amend("ann", waits, at=100)) == ("INVALID_INPUT", "price_ticks")
    assert refused(desk.amend("ann", waits, lots=1)) == ("INVALID_INPUT", "quantity_lots")
    assert desk.amend("ann", waits, stop=120).sequence


def test_a_limit_that_fired_is_an_ordinary_order_in_the_book_and_its_stop_is_history() -> None:
    desk = Desk()
    desk.print_trade(at=100)
    waits = placed(desk.stop("ann", Side.SELL, 2, at=90, limit=95))
    desk.print_trade(at=90)
    assert refused(desk.amend("ann", waits, stop=80)) == ("INVALID_INPUT", "stop_ticks")
    assert levels(desk.amend("ann", waits, at=96)) == [("SELL", 95, 0, 0), ("SELL", 96, 2, 1)]


def test_what_an_amended_order_trades_fires_stops() -> None:
    desk = Desk()
    mine = placed(desk.buy("ann", 1, at=100))
    desk.sell("bob", 1, at=105)
    waits = placed(desk.stop("cleo", Side.BUY, None, at=105, quote_amount=120_00))
    assert ended(desk.amend("ann", mine, at=105)) == [(waits, "CANCELED", "NOT_FILLED_IMMEDIATELY")]
