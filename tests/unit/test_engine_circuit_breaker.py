"""The circuit breaker: a move that is too large within its minutes makes the market pause in an auction."""

from typing import Any

import pytest

from backend.engine.commands import SetMarketStatus, UpdateMarket
from backend.engine.events import MarketChanged
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import MarketStatus, OrderStatus, SelfTradePrevention, Side, TimeInForce, TimeUs
from tests.support.engine_desk import (
    MARKET,
    SECOND_US,
    Desk,
    ended,
    fired,
    order,
    placed,
    refused,
    trades,
)

RULES = {"breaker_rate": 10_000_000, "breaker_minutes": 5, "breaker_pause_s": 60}
TRIPPED = "The circuit breaker tripped: the price moved by more than 10 % within 5 minutes"
OVER = "The auction after the circuit breaker has ended"
IOC, FOK = TimeInForce.IOC, TimeInForce.FOK


@pytest.fixture
def desk() -> Desk:
    """The last price is 100; bob asks one lot each at 105, 110, 111 and 112."""
    desk = Desk(**RULES)
    desk.print_trade(at=100)
    for price in (105, 110, 111, 112):
        desk.sell("bob", 1, at=price)
    return desk


def statuses(outcome: Outcome) -> list[tuple[MarketStatus, str | None]]:
    """Return the statuses, with their reasons, that the market came into."""
    changed = [event.market for event in outcome.events if isinstance(event, MarketChanged)]
    return [(market.status, market.status_reason) for market in changed]


def test_a_move_to_the_limit_is_allowed_and_one_tick_more_trips(desk: Desk) -> None:
    assert statuses(desk.buy("ann", 2, at=110)) == []
    outcome = desk.buy("ann", 1, at=111)
    assert trades(outcome) == [(111, 1)]
    assert statuses(outcome) == [(MarketStatus.AUCTION, TRIPPED)]
    assert desk.market().auction_ends_at == desk.exchange.next_deadline() == TimeUs(desk.now + 60 * SECOND_US)


def test_a_fall_trips_too(desk: Desk) -> None:
    for price in (95, 90, 89, 88):
        desk.buy("cleo", 1, at=price)
    outcome = desk.sell_at_market("ann", 4)
    assert trades(outcome) == [(95, 1), (90, 1), (89, 1)]
    assert statuses(outcome) == [(MarketStatus.AUCTION, TRIPPED)]


def test_the_highest_price_of_all_the_minutes_counts_not_only_that_of_the_last(desk: Desk) -> None:
    desk.cancel_all("bob")
    desk.wait(minutes=1)
    assert statuses(desk.print_trade(at=95)) == []
    assert statuses(desk.print_trade(at=90)) == []
    assert statuses(desk.print_trade(at=89)) == [(MarketStatus.AUCTION, TRIPPED)]


def test_the_lowest_price_of_all_the_minutes_counts_not_only_that_of_the_last(desk: Desk) -> None:
    desk.cancel_all("bob")
    desk.wait(minutes=1)
    assert statuses(desk.print_trade(at=105)) == []
    assert statuses(desk.print_trade(at=111)) == [(MarketStatus.AUCTION, TRIPPED)]


def test_the_rest_of_a_limit_order_rests_in_the_auction(desk: Desk) -> None:
    outcome = desk.buy("ann", 5, at=115)
    assert trades(outcome) == [(105, 1), (110, 1), (111, 1)]
    assert desk.book() == {"bids": [(115, 2)], "asks": [(112, 1)]}
    assert desk.balance("ann", "USDT") == ("9444.00", "230.00")


@pytest.mark.parametrize("options", [{"at": None}, {"at": 115, "time_in_force": IOC}])
def test_the_rest_of_an_immediate_order_is_cancelled(desk: Desk, options: dict[str, Any]) -> None:
    outcome = desk.apply(order("ann", Side.BUY, 4, **options))
    assert trades(outcome) == [(105, 1), (110, 1), (111, 1)]
    assert [end[1:] for end in ended(outcome)] == [("CANCELED", "MARKET_CLOSED")]
    assert desk.balance("ann", "USDT") == ("9674.00", "0.00")


def test_an_order_that_the_tripping_trade_fills_is_just_filled(desk: Desk) -> None:
    outcome = desk.buy_at_market("ann", 3)
    assert ended(outcome) == []
    assert statuses(outcome) == [(MarketStatus.AUCTION, TRIPPED)]


def test_an_order_that_trades_all_or_nothing_trades_all(desk: Desk) -> None:
    outcome = desk.buy("ann", 4, at=112, time_in_force=FOK)
    assert trades(outcome) == [(105, 1), (110, 1), (111, 1), (112, 1)]
    assert statuses(outcome) == [(MarketStatus.AUCTION, TRIPPED)], "it trips once"


def test_the_next_order_of_the_same_batch_finds_an_auction(desk: Desk) -> None:
    outcome = desk.batch(
        order("ann", Side.BUY, 3, None), order("ann", Side.BUY, 1, None), order("ann", Side.BUY, 1, 120)
    )
    first, second, third = outcome.answers
    assert isinstance(second, Refusal)
    assert second.code.value == "MARKET_NOT_OPEN"
    assert second.facts == {"status": "AUCTION", "reason": TRIPPED}
    assert isinstance(first, int)
    assert isinstance(third, int)
    assert desk.book()["bids"] == [(120, 1)]


def test_the_market_comes_back_by_itself_and_uncrosses(desk: Desk) -> None:
    desk.buy("ann", 5, at=115)
    desk.wait(seconds=59)
    assert statuses(desk.advance()) == []
    desk.wait(seconds=1)
    again = Exchange.restore(desk.exchange.state())
    assert again.next_deadline() == desk.now, "a restart does not forget it"
    outcome = desk.advance()
    assert statuses(outcome) == [(MarketStatus.OPEN, OVER)]
    assert trades(outcome) == [(112, 1)], "the price nearest to the last one, 111"
    assert desk.market().auction_ends_at is None
    assert desk.exchange.next_deadline() is None


def test_stops_wait_while_the_auction_lasts(desk: Desk) -> None:
    waits = placed(desk.stop("cleo", Side.BUY, None, at=111, quote_amount=200_00))
    outcome = desk.buy("ann", 3, at=111)
    assert fired(outcome) == [waits]
    assert desk.order(waits).status is OrderStatus.UNTRIGGERED
    desk.wait(seconds=60)
    outcome = desk.advance()
    assert trades(outcome) == [(112, 1)]
    assert ended(outcome) == [(waits, "CANCELED", "NOT_FILLED_IMMEDIATELY")]
    assert desk.balance("cleo", "USDT") == ("9888.00", "0.00")


def test_the_move_counts_within_the_breaker_s_minutes_only(desk: Desk) -> None:
    desk.wait(minutes=4)
    assert statuses(desk.buy("ann", 2, at=110)) == []
    desk.wait(minutes=1)
    assert statuses(desk.buy("ann", 1, at=111)) == [], "100 was five minutes ago"
    desk.wait(minutes=5)
    desk.cancel_all("bob")
    assert statuses(desk.print_trade(at=200)) == []


def test_the_price_after_an_auction_is_no_move(desk: Desk) -> None:
    """The minutes are forgotten: 150 after 100 does not trip, nor does the auction itself."""
    desk.cancel_all("bob")
    desk.status(MarketStatus.AUCTION)
    desk.buy("ann", 1, at=150)
    desk.sell("bob", 1, at=150)
    outcome = desk.status(MarketStatus.OPEN)
    assert trades(outcome) == [(150, 1)]
    assert statuses(outcome) == [(MarketStatus.OPEN, "Because.")]
    assert statuses(desk.print_trade(at=160)) == []


def test_an_operator_ends_the_auction_early_and_nothing_is_due_then(desk: Desk) -> None:
    desk.buy("ann", 3, at=111)
    desk.status(MarketStatus.HALTED)
    assert desk.market().auction_ends_at is None
    desk.wait(minutes=5)
    assert statuses(desk.advance()) == []
    assert desk.market().status is MarketStatus.HALTED


def test_the_auction_does_not_end_while_the_exchange_is_halted(desk: Desk) -> None:
    desk.buy("ann", 3, at=111)
    desk.halt()
    assert desk.exchange.next_deadline() is None
    desk.wait(minutes=5)
    assert statuses(desk.advance()) == []
    desk.halt(False)
    assert statuses(desk.advance()) == [(MarketStatus.OPEN, OVER)]


def test_a_stop_that_trips_the_breaker_lets_the_others_wait(desk: Desk) -> None:
    first = placed(desk.stop("ann", Side.BUY, None, at=105, quote_amount=400_00))
    second = placed(desk.stop("cleo", Side.BUY, None, at=105, quote_amount=200_00))
    outcome = desk.buy("tom", 1, at=105)
    assert fired(outcome) == [first, second]
    assert trades(outcome) == [(105, 1), (110, 1), (111, 1)]
    assert ended(outcome) == [(first, "CANCELED", "MARKET_CLOSED")]
    assert desk.order(second).status is OrderStatus.UNTRIGGERED


def test_self_trade_prevention_moves_no_price_and_trips_nothing(desk: Desk) -> None:
    desk.cancel_all("bob")
    desk.sell("ann", 1, at=150)
    outcome = desk.buy("ann", 1, at=150, prevent=SelfTradePrevention.CANCEL_BOTH)
    assert statuses(outcome) == []


def test_one_minute_and_a_fraction_of_a_percent_are_told_as_people_say_them() -> None:
    desk = Desk(breaker_rate=1_250_000, breaker_minutes=1, breaker_pause_s=1)
    desk.print_trade(at=100)
    outcome = desk.print_trade(at=102)
    words = "The circuit breaker tripped: the price moved by more than 1.25 % within 1 minute"
    assert statuses(outcome) == [(MarketStatus.AUCTION, words)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"breaker_rate": None}, ("INVALID_INPUT", "breaker_rate")),
        ({"breaker_minutes": 0}, ("AMOUNT_OUT_OF_RANGE", "breaker_minutes")),
        ({"breaker_minutes": 61}, ("AMOUNT_OUT_OF_RANGE", "breaker_minutes")),
        ({"breaker_pause_s": 86_401}, ("AMOUNT_OUT_OF_RANGE", "breaker_pause_s")),
        ({"breaker_rate": 10**8}, ("AMOUNT_OUT_OF_RANGE", "breaker_rate")),
        ({"band_rate": 0}, ("AMOUNT_OUT_OF_RANGE", "band_rate")),
        ({"maker_rate": None}, ("INVALID_INPUT", "changes")),
        ({"status": 1}, ("INVALID_INPUT", "changes")),
        ({}, ("INVALID_INPUT", "changes")),
    ],
)
def test_rules_that_make_no_sense_are_refused(
    desk: Desk, changes: dict[str, int | None], expected: tuple[str, str]
) -> None:
    assert refused(desk.apply(UpdateMarket(MARKET, changes))) == expected
    assert refused(desk.apply(SetMarketStatus("BTC-XXX", MarketStatus.OPEN, ""))) == ("UNKNOWN_MARKET", "market")


def test_a_market_without_a_breaker_moves_as_it_likes(desk: Desk) -> None:
    desk.rules(breaker_rate=None, breaker_minutes=None, breaker_pause_s=None)
    assert statuses(desk.buy_at_market("ann", 4)) == []
