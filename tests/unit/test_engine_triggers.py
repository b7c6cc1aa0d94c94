"""Stop and take-profit orders: when they fire, in which order, and what becomes of them then."""

from typing import Any

import pytest

from backend.engine.values import OrderStatus, OrderType, Side, TimeInForce
from tests.support.engine_desk import (
    Desk,
    ended,
    facts,
    fired,
    last_order,
    levels,
    order,
    placed,
    refused,
    trades,
)

BUY, SELL = Side.BUY, Side.SELL
STOPS = [
    pytest.param("stop", BUY, 110, 109, id="stop buy"),
    pytest.param("stop", SELL, 90, 91, id="stop sell"),
    pytest.param("take_profit", BUY, 90, 91, id="take-profit buy"),
    pytest.param("take_profit", SELL, 110, 109, id="take-profit sell"),
]


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.print_trade(at=100)
    return desk


def amount_of(side: Side) -> dict[str, Any]:
    """Return how a market order in waiting says how much: a buy by what it spends."""
    return {"lots": None, "quote_amount": 500_00} if side is BUY else {"lots": 5}


@pytest.mark.parametrize(("kind", "side", "stop", "before"), STOPS)
def test_a_market_order_in_waiting_fires_exactly_at_its_stop(
    desk: Desk, kind: str, side: Side, stop: int, before: int
) -> None:
    waits = placed(getattr(desk, kind)("ann", side, at=stop, **amount_of(side)))
    assert fired(desk.print_trade(at=before)) == []
    outcome = desk.print_trade(at=stop)
    assert fired(outcome) == [waits]
    assert ended(outcome) == [(waits, "CANCELED", "NOT_FILLED_IMMEDIATELY")], "nobody stood on the other side"
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")


@pytest.mark.parametrize(("kind", "side", "stop", "before"), STOPS)
def test_a_limit_order_in_waiting_goes_into_the_book_exactly_at_its_stop(
    desk: Desk, kind: str, side: Side, stop: int, before: int
) -> None:
    waits = placed(getattr(desk, kind)("ann", side, 5, at=stop, limit=100))
    assert fired(desk.print_trade(at=before)) == []
    assert desk.book() == {"bids": [], "asks": []}, "what waits is not in the book"
    outcome = desk.print_trade(at=stop)
    assert fired(outcome) == [waits]
    assert levels(outcome)[-1] == (side.value, 100, 5, 1)
    resting = desk.order(waits)
    assert (resting.status, resting.triggered_at) == (OrderStatus.OPEN, desk.now)


@pytest.mark.parametrize(("kind", "side", "stop", "before"), STOPS)
def test_a_stop_that_the_price_has_passed_already_is_refused(
    desk: Desk, kind: str, side: Side, stop: int, before: int
) -> None:
    desk.print_trade(at=stop)
    refusal = getattr(desk, kind)("ann", side, at=stop, **amount_of(side))
    assert refused(refusal) == ("WOULD_TRIGGER_IMMEDIATELY", "stop_ticks")
    assert facts(refusal) == {"last_ticks": stop}
    desk.print_trade(at=before)
    assert getattr(desk, kind)("ann", side, at=stop, **amount_of(side)).sequence


def test_without_a_trade_there_is_nothing_that_a_stop_could_have_missed() -> None:
    desk = Desk()
    assert placed(desk.stop("ann", SELL, 1, at=10**6))


def test_an_order_in_waiting_holds_what_it_may_have_to_pay(desk: Desk) -> None:
    desk.stop("ann", BUY, 3, at=110, limit=120)
    desk.stop("bob", BUY, None, at=110, quote_amount=70_00)
    desk.stop("cleo", SELL, 7, at=90)
    assert desk.balance("ann", "USDT") == ("9640.00", "360.00")
    assert desk.balance("bob", "USDT") == ("9930.00", "70.00")
    assert desk.balance("cleo", "BTC") == ("93.00000000", "7.00000000")


def test_a_fired_sell_takes_what_the_book_bids(desk: Desk) -> None:
    desk.stop("ann", SELL, 3, at=90)
    desk.buy("bob", 2, at=88)
    desk.buy("bob", 5, at=87)
    outcome = desk.print_trade(at=90)
    assert trades(outcome) == [(90, 1), (88, 2), (87, 1)]
    assert desk.balance("ann", "USDT") == ("10263.00", "0.00")


def test_a_fired_buy_spends_its_amount_and_no_more(desk: Desk) -> None:
    waits = placed(desk.stop("ann", BUY, None, at=110, quote_amount=400_00))
    desk.sell("bob", 5, at=120)
    outcome = desk.print_trade(at=110)
    assert trades(outcome) == [(110, 1), (120, 3)]
    assert ended(outcome) == [(waits, "FILLED", None)]
    assert desk.balance("ann", "USDT") == ("9640.00", "0.00"), "40 USDT buy no lot at 120"


def test_what_one_price_fires_is_activated_in_the_order_of_arrival(desk: Desk) -> None:
    ann = placed(desk.stop("ann", SELL, 1, at=90))
    cleo = placed(desk.stop("cleo", SELL, 1, at=91))
    desk.buy("bob", 1, at=80)
    desk.buy("bob", 1, at=79)
    assert fired(desk.print_trade(at=90)) == [ann, cleo]
    assert desk.balance("ann", "USDT") == ("10080.00", "0.00")
    assert desk.balance("cleo", "USDT") == ("10079.00", "0.00")


def test_the_earlier_print_of_a_sweep_fires_first_whoever_came_first(desk: Desk) -> None:
    ann = placed(desk.stop("ann", SELL, 1, at=90))
    cleo = placed(desk.stop("cleo", SELL, 1, at=95))
    for price in (95, 90, 80, 79):
        desk.buy("bob", 1, at=price)
    outcome = desk.sell_at_market("mia", 2)
    assert fired(outcome) == [cleo, ann]
    assert trades(outcome) == [(95, 1), (90, 1), (80, 1), (79, 1)]
    assert desk.balance("cleo", "USDT") == ("10080.00", "0.00")


def test_what_a_fired_order_trades_fires_the_next_in_the_same_command(desk: Desk) -> None:
    ann = placed(desk.stop("ann", SELL, 1, at=90))
    cleo = placed(desk.stop("cleo", SELL, 1, at=85))
    desk.buy("bob", 1, at=85)
    desk.buy("bob", 1, at=70)
    outcome = desk.print_trade(at=90)
    assert fired(outcome) == [ann, cleo]
    assert trades(outcome) == [(90, 1), (85, 1), (70, 1)]


def test_a_post_only_order_that_would_take_when_it_fires_is_rejected(desk: Desk) -> None:
    waits = placed(desk.stop("ann", SELL, 1, at=90, limit=88, post_only=True))
    desk.buy("bob", 1, at=89)
    outcome = desk.print_trade(at=90)
    assert ended(outcome) == [(waits, "REJECTED", "WOULD_TAKE_LIQUIDITY")]
    assert trades(outcome) == [(90, 1)]
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")


def test_a_limit_out_of_the_band_is_rejected_when_the_order_fires_not_before() -> None:
    desk = Desk(band_rate=10_000_000)
    desk.print_trade(at=100)
    waits = placed(desk.stop("ann", BUY, 1, at=105, limit=120))
    assert ended(desk.print_trade(at=105)) == [(waits, "REJECTED", "PRICE_BAND")]
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")


def test_a_cancelled_stop_never_fires(desk: Desk) -> None:
    waits = placed(desk.stop("ann", SELL, 1, at=90, key="mine"))
    assert last_order(desk.cancel("ann", client_order_id="mine")).id == waits
    assert fired(desk.print_trade(at=80)) == []
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("stop_ticks", {"kind": OrderType.STOP_LIMIT, "at": 100}),
        ("stop_ticks", {"kind": OrderType.LIMIT, "at": 100, "stop": 90}),
        ("price_ticks", {"kind": OrderType.STOP_LIMIT, "at": None, "stop": 90, "time_in_force": TimeInForce.GTC}),
        ("price_ticks", {"kind": OrderType.STOP_MARKET, "at": 100, "stop": 90, "time_in_force": TimeInForce.IOC}),
        ("time_in_force", {"kind": OrderType.STOP_MARKET, "at": None, "stop": 90, "time_in_force": TimeInForce.GTC}),
        ("post_only", {"kind": OrderType.STOP_MARKET, "at": None, "stop": 90, "post_only": True}),
        ("visible_lots", {"kind": OrderType.TAKE_PROFIT_MARKET, "at": None, "stop": 90, "visible": 1}),
        ("trailing_ticks", {"kind": OrderType.STOP_MARKET, "at": None, "stop": 90, "by": 5}),
        ("trailing_rate", {"kind": OrderType.STOP_MARKET, "at": None, "stop": 90, "rate": 5}),
    ],
)
def test_fields_that_make_no_sense_together_are_refused(desk: Desk, field: str, options: dict[str, Any]) -> None:
    assert refused(desk.apply(order("ann", SELL, 1, **options))) == ("INVALID_INPUT", field)


def test_a_buy_in_waiting_without_a_limit_is_given_by_what_it_spends(desk: Desk) -> None:
    assert refused(desk.stop("ann", BUY, 1, at=110)) == ("INVALID_INPUT", "quantity_lots")
    assert refused(desk.take_profit("ann", BUY, 1, at=90)) == ("INVALID_INPUT", "quantity_lots")
    assert refused(desk.stop("ann", SELL, None, at=90, quote_amount=1)) == ("INVALID_INPUT", "quote_amount")


def test_the_minimum_counts_at_the_limit_or_else_at_the_stop() -> None:
    desk = Desk(minimum_notional=100_00)
    assert refused(desk.stop("ann", SELL, 1, at=99)) == ("NOTIONAL_TOO_SMALL", "quantity_lots")
    assert desk.stop("ann", SELL, 1, at=99, limit=100).sequence
    refusal = desk.stop("ann", SELL, 1, at=101, limit=99)
    assert facts(refusal) == {"notional": 99_00, "minimum": 100_00}


@pytest.mark.parametrize(("time_in_force", "bought"), [(TimeInForce.IOC, [(105, 1)]), (TimeInForce.FOK, [])])
def test_a_fired_limit_order_keeps_its_time_in_force(
    desk: Desk, time_in_force: TimeInForce, bought: list[tuple[int, int]]
) -> None:
    waits = placed(desk.stop("ann", BUY, 2, at=104, limit=105, time_in_force=time_in_force))
    desk.sell("bob", 1, at=105)
    outcome = desk.print_trade(at=104)
    assert trades(outcome) == [(104, 1), *bought]
    assert ended(outcome) == [(waits, "CANCELED", "NOT_FILLED_IMMEDIATELY")]
