"""Price bands: far limit orders are refused, and market orders walk no further."""

import pytest

from backend.engine.values import MarketStatus, Side, TimeInForce
from tests.support.engine_desk import Desk, ended, facts, fired, placed, refused, trades

TEN_PERCENT = 10_000_000
FOK = TimeInForce.FOK


@pytest.fixture
def desk() -> Desk:
    """The last price is 100, so that prices from 90 to 110 are in the band."""
    desk = Desk(band_rate=TEN_PERCENT)
    desk.print_trade(at=100)
    return desk


def test_a_limit_at_the_edge_is_taken_and_one_beyond_refused(desk: Desk) -> None:
    assert desk.buy("ann", 1, at=90).sequence
    assert desk.sell("ann", 1, at=110).sequence
    for refusal in (desk.buy("ann", 1, at=89), desk.sell("ann", 1, at=111), desk.buy("ann", 1, at=111)):
        assert refused(refusal) == ("PRICE_OUT_OF_BAND", "price_ticks")
        assert facts(refusal) == {"reference_ticks": 100, "band_rate": TEN_PERCENT}


def test_before_the_first_trade_no_price_is_far() -> None:
    desk = Desk(band_rate=1)
    assert desk.buy("ann", 1, at=1).sequence
    assert desk.sell("ann", 1, at=10**9).sequence


def test_the_reference_is_the_average_of_the_last_five_minutes_by_volume(desk: Desk) -> None:
    desk.print_trade(at=110, lots=3)
    assert facts(desk.buy("ann", 1, at=1)) == {"reference_ticks": 108, "band_rate": TEN_PERCENT}, "107.5 rounded up"
    desk.wait(minutes=4)
    assert facts(desk.buy("ann", 1, at=1))["reference_ticks"] == 108
    desk.wait(minutes=1)
    assert facts(desk.buy("ann", 1, at=1))["reference_ticks"] == 110, "nothing traded for five minutes: the last price"


def test_the_reference_after_an_auction_is_the_price_of_the_auction(desk: Desk) -> None:
    desk.print_trade(at=100, lots=50)
    desk.status(MarketStatus.AUCTION)
    assert refused(desk.buy("ann", 1, at=111))[0] == "PRICE_OUT_OF_BAND"
    desk.buy("ann", 1, at=110)
    desk.sell("bob", 1, at=110)
    assert trades(desk.status(MarketStatus.OPEN)) == [(110, 1)]
    assert desk.sell("bob", 1, at=121).sequence
    assert facts(desk.sell("bob", 1, at=122))["reference_ticks"] == 110


def test_an_auction_in_which_nothing_traded_leaves_the_last_price(desk: Desk) -> None:
    desk.print_trade(at=110, lots=99)
    desk.status(MarketStatus.AUCTION)
    desk.status(MarketStatus.OPEN)
    assert facts(desk.sell("bob", 1, at=122))["reference_ticks"] == 110


@pytest.fixture
def thin(desk: Desk) -> Desk:
    """Asks of one lot: bob's at 105 and 110 and, from before the price fell, at 111."""
    desk.print_trade(at=101)
    desk.sell("bob", 1, at=111)
    desk.wait(minutes=5)
    desk.print_trade(at=100)
    desk.sell("bob", 1, at=105)
    desk.sell("bob", 1, at=110)
    return desk


def test_a_market_order_stops_where_the_band_ends(thin: Desk) -> None:
    outcome = thin.buy_at_market("ann", 3)
    assert trades(outcome) == [(105, 1), (110, 1)]
    assert [end[1:] for end in ended(outcome)] == [("CANCELED", "PRICE_BAND")]
    assert thin.balance("ann", "USDT") == ("9785.00", "0.00")


def test_a_market_order_needs_no_more_than_it_may_spend_within_the_band(thin: Desk) -> None:
    thin.open_account("dora", USDT="215.00")
    assert trades(thin.buy_at_market("dora", 3)) == [(105, 1), (110, 1)]


def test_a_spend_stops_there_too_and_keeps_the_rest(thin: Desk) -> None:
    outcome = thin.spend("ann", "400.00")
    assert trades(outcome) == [(105, 1), (110, 1)]
    assert [end[1:] for end in ended(outcome)] == [("CANCELED", "PRICE_BAND")]
    assert thin.balance("ann", "USDT") == ("9785.00", "0.00")


def test_the_band_is_that_from_before_the_order_not_one_that_it_shifts_itself(thin: Desk) -> None:
    """At 110 the average is far enough up for 111, but the order cannot lead itself there."""
    thin.sell("bob", 50, at=110)
    outcome = thin.buy_at_market("ann", 53)
    assert trades(outcome) == [(105, 1), (110, 1), (110, 50)]
    assert trades(thin.buy_at_market("ann", 1)) == [(111, 1)]


def test_a_fill_or_kill_that_would_leave_the_band_does_nothing(thin: Desk) -> None:
    outcome = thin.buy_at_market("ann", 3, time_in_force=FOK)
    assert trades(outcome) == []
    assert [end[1:] for end in ended(outcome)] == [("CANCELED", "PRICE_BAND")]
    assert trades(thin.buy_at_market("ann", 2, time_in_force=FOK)) == [(105, 1), (110, 1)]


def test_a_limit_order_in_the_band_never_leaves_it(thin: Desk) -> None:
    assert trades(thin.buy("ann", 3, at=110)) == [(105, 1), (110, 1)]
    assert thin.book() == {"bids": [(110, 1)], "asks": [(111, 1)]}


def test_a_fired_stop_without_a_limit_stops_at_the_band(thin: Desk) -> None:
    thin.print_trade(at=100, lots=9)
    waits = placed(thin.stop("ann", Side.BUY, None, at=102, quote_amount=400_00))
    outcome = thin.print_trade(at=102)
    assert fired(outcome) == [waits]
    assert trades(outcome) == [(102, 1), (105, 1), (110, 1)]
    assert ended(outcome) == [(waits, "CANCELED", "PRICE_BAND")]


def test_the_limit_of_a_stop_is_not_asked_before_it_fires(desk: Desk) -> None:
    assert desk.stop("ann", Side.SELL, 1, at=50, limit=40).sequence


def test_without_a_band_any_price_goes(desk: Desk) -> None:
    desk.rules(band_rate=None)
    assert desk.buy("ann", 1, at=1).sequence
