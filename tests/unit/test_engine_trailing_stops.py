"""Trailing stops: the stop follows the best price, and never goes back."""

import pytest

from backend.engine.values import OrderStatus, Side
from tests.support.engine_desk import Desk, ended, fired, placed, refused, trades

BUY, SELL = Side.BUY, Side.SELL
TEN_PERCENT = 10_000_000


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.print_trade(at=100)
    return desk


def trail_of(desk: Desk, order_id: int) -> tuple[int | None, int | None]:
    """Return the best price so far and the stop that follows from it."""
    order = desk.order(order_id)
    return order.peak_ticks, order.stop_ticks


def test_the_stop_of_a_sell_follows_the_price_up_and_never_down(desk: Desk) -> None:
    waits = placed(desk.trail("ann", SELL, 1, by=5))
    assert trail_of(desk, waits) == (100, 95)
    for price, expected in ((108, (108, 103)), (104, (108, 103)), (109, (109, 104))):
        assert fired(desk.print_trade(at=price)) == []
        assert trail_of(desk, waits) == expected


def test_the_stop_of_a_buy_follows_the_price_down_and_never_up(desk: Desk) -> None:
    waits = placed(desk.trail("ann", BUY, None, by=5, quote_amount=500_00))
    for price, expected in ((92, (92, 97)), (96, (92, 97)), (91, (91, 96))):
        assert fired(desk.print_trade(at=price)) == []
        assert trail_of(desk, waits) == expected


def test_a_trailing_sell_fires_exactly_at_its_stop(desk: Desk) -> None:
    waits = placed(desk.trail("ann", SELL, 1, by=5))
    desk.print_trade(at=110)
    assert fired(desk.print_trade(at=106)) == []
    desk.buy("bob", 1, at=104)
    outcome = desk.print_trade(at=105)
    assert fired(outcome) == [waits]
    assert trades(outcome) == [(105, 1), (104, 1)]
    assert desk.balance("ann", "USDT") == ("10104.00", "0.00")


def test_a_trailing_buy_fires_exactly_at_its_stop_and_spends_its_amount(desk: Desk) -> None:
    waits = placed(desk.trail("ann", BUY, None, by=5, quote_amount=200_00))
    desk.print_trade(at=90)
    desk.sell("bob", 5, at=100)
    assert fired(desk.print_trade(at=94)) == []
    outcome = desk.print_trade(at=95)
    assert ended(outcome) == [(waits, "FILLED", None)]
    assert trades(outcome) == [(95, 1), (100, 2)]


def test_a_distance_in_percent_is_of_the_best_price_and_rounded_down(desk: Desk) -> None:
    waits = placed(desk.trail("ann", SELL, 1, rate=TEN_PERCENT))
    assert trail_of(desk, waits) == (100, 90)
    desk.print_trade(at=119)
    assert trail_of(desk, waits) == (119, 108), "10 % of 119 are 11 whole ticks"


def test_a_percentage_of_less_than_a_tick_is_a_tick(desk: Desk) -> None:
    waits = placed(desk.trail("ann", SELL, 1, rate=1))
    assert trail_of(desk, waits) == (100, 99)
    buys = placed(desk.trail("bob", BUY, None, rate=1, quote_amount=100_00))
    assert trail_of(desk, buys) == (100, 101)


def test_the_stop_of_a_sell_never_falls_below_one_tick(desk: Desk) -> None:
    waits = placed(desk.trail("ann", SELL, 1, by=500))
    assert trail_of(desk, waits) == (100, 1)
    assert fired(desk.print_trade(at=2)) == []
    assert fired(desk.print_trade(at=1)) == [waits]


def test_before_the_first_trade_there_is_no_stop_and_the_first_price_gives_one() -> None:
    desk = Desk()
    waits = placed(desk.trail("ann", SELL, 1, by=5))
    assert trail_of(desk, waits) == (None, None)
    assert fired(desk.print_trade(at=70)) == []
    assert trail_of(desk, waits) == (70, 65)


def test_a_sweep_moves_the_stop_with_its_first_print_and_fires_it_with_the_last(desk: Desk) -> None:
    """A buyer lifts 95 and then 110: the stop comes down to 98 first, and is passed then."""
    waits = placed(desk.trail("ann", BUY, None, by=3, quote_amount=500_00))
    desk.sell("bob", 1, at=95)
    desk.sell("bob", 1, at=110)
    desk.sell("cleo", 1, at=120)
    outcome = desk.buy_at_market("tom", 2)
    assert fired(outcome) == [waits]
    assert trades(outcome) == [(95, 1), (110, 1), (120, 1)]


def test_each_move_of_a_stop_is_told_with_its_time(desk: Desk) -> None:
    waits = placed(desk.trail("ann", SELL, 1, by=5))
    desk.wait(hours=1)
    desk.print_trade(at=101)
    assert desk.order(waits).updated_at == desk.now
    assert desk.order(waits).status is OrderStatus.UNTRIGGERED


def test_a_trailing_stop_is_given_one_distance(desk: Desk) -> None:
    assert refused(desk.trail("ann", SELL, 1)) == ("INVALID_INPUT", "trailing_ticks")
    assert refused(desk.trail("ann", SELL, 1, by=5, rate=5)) == ("INVALID_INPUT", "trailing_ticks")
    assert refused(desk.trail("ann", SELL, 1, by=0)) == ("AMOUNT_OUT_OF_RANGE", "trailing_ticks")
    assert refused(desk.trail("ann", SELL, 1, rate=10**8)) == ("AMOUNT_OUT_OF_RANGE", "trailing_rate")
    assert refused(desk.trail("ann", SELL, 1, by=5, stop=90)) == ("INVALID_INPUT", "stop_ticks")


def test_its_stop_is_not_amended_but_its_quantity_is(desk: Desk) -> None:
    waits = placed(desk.trail("ann", SELL, 1, by=5))
    assert refused(desk.amend("ann", waits, stop=90)) == ("INVALID_INPUT", "stop_ticks")
    assert desk.amend("ann", waits, lots=3).sequence
    assert desk.balance("ann", "BTC") == ("97.00000000", "3.00000000")


def test_the_minimum_counts_at_the_last_price_and_is_not_asked_without_one() -> None:
    desk = Desk(minimum_notional=100_00)
    assert desk.trail("ann", SELL, 1, by=5).sequence
    desk.print_trade(at=100)
    assert desk.trail("ann", SELL, 1, by=5).sequence
    desk.print_trade(at=99, lots=2)
    assert refused(desk.trail("ann", SELL, 1, by=5)) == ("NOTIONAL_TOO_SMALL", "quantity_lots")
