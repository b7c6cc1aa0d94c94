"""What a market's status, and a halt of the whole exchange, let people do."""

from collections.abc import Callable

import pytest

from backend.engine.commands import SetMarketStatus
from backend.engine.outcome import Outcome
from backend.engine.values import MarketStatus, OrderStatus, Side, TimeInForce
from tests.support.engine_desk import MARKET, Desk, ended, facts, fired, levels, placed, refused, trades

OPEN, POST_ONLY, CANCEL_ONLY, AUCTION, HALTED = MarketStatus
IOC, FOK = TimeInForce.IOC, TimeInForce.FOK

ORDERS: dict[str, Callable[[Desk], Outcome]] = {
    "a resting limit order": lambda desk: desk.buy("ann", 1, at=99),
    "a crossing limit order": lambda desk: desk.buy("ann", 1, at=101),
    "an immediate order": lambda desk: desk.buy("ann", 1, at=101, time_in_force=IOC),
    "a fill-or-kill order": lambda desk: desk.buy("ann", 1, at=101, time_in_force=FOK),
    "a market order": lambda desk: desk.buy_at_market("ann", 1),
    "a spend": lambda desk: desk.spend("ann", "101.00"),
    "a stop": lambda desk: desk.stop("ann", Side.SELL, 1, at=90),
    "a trailing stop": lambda desk: desk.trail("ann", Side.SELL, 1, by=5),
    "a pair": lambda desk: desk.oco("ann", Side.SELL, 1, limit=110, stop=90),
}
WAITING = {"a resting limit order", "a stop", "a trailing stop", "a pair"}
ALLOWED = {
    OPEN: set(ORDERS),
    POST_ONLY: WAITING,
    AUCTION: WAITING | {"a crossing limit order"},
    CANCEL_ONLY: set(),
    HALTED: set(),
}


@pytest.fixture
def desk() -> Desk:
    """The last price is 100; bob asks 101."""
    desk = Desk()
    desk.print_trade(at=100)
    desk.sell("bob", 5, at=101)
    return desk


@pytest.mark.parametrize("status", list(MarketStatus))
def test_each_status_allows_its_orders_and_no_others(status: MarketStatus) -> None:
    allowed = set()
    for name, place in ORDERS.items():
        desk = Desk()
        desk.print_trade(at=100)
        desk.sell("bob", 5, at=101)
        desk.status(status, "As we like.")
        outcome = place(desk)
        if outcome.sequence:
            allowed.add(name)
        elif status is POST_ONLY and name == "a crossing limit order":
            assert refused(outcome) == ("WOULD_TAKE_LIQUIDITY", "price_ticks")
            assert facts(outcome) == {"best_ticks": 101}
        else:
            assert refused(outcome) == ("MARKET_NOT_OPEN", "market")
            assert facts(outcome) == {"status": status.value, "reason": "As we like."}
    assert allowed == ALLOWED[status]


@pytest.mark.parametrize("status", list(MarketStatus))
def test_an_order_can_always_be_cancelled(desk: Desk, status: MarketStatus) -> None:
    mine = placed(desk.buy("ann", 1, at=99))
    desk.status(status)
    assert ended(desk.cancel("ann", mine)) == [(mine, "CANCELED", "BY_USER")]
    assert desk.cancel_all("bob").answers == (3,)
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")


def test_people_see_the_reason_of_the_last_change(desk: Desk) -> None:
    assert desk.market().status_reason == "Let us begin."
    desk.status(HALTED, "Maintenance until noon.")
    assert desk.market().status_reason == "Maintenance until noon."


def test_what_an_uncrossing_fires_waits_until_the_market_is_open(desk: Desk) -> None:
    waits = placed(desk.stop("ann", Side.SELL, 1, at=90))
    desk.status(AUCTION)
    desk.buy("cleo", 2, at=85)
    desk.sell("bob", 1, at=85)
    outcome = desk.status(POST_ONLY)
    assert trades(outcome) == [(85, 1)]
    assert fired(outcome) == [waits]
    assert desk.order(waits).status is OrderStatus.UNTRIGGERED
    assert desk.exchange.next_deadline() is None
    assert trades(desk.status(OPEN)) == [(85, 1)], "cleo's other lot"
    assert desk.balance("ann", "USDT") == ("10085.00", "0.00")


def test_what_fired_in_a_market_that_was_halted_then_waits_too() -> None:
    desk = Desk()
    desk.print_trade(at=100)
    for _ in range(100):
        desk.stop("ann", Side.SELL, 1, at=90)
    waits = placed(desk.stop("cleo", Side.SELL, 1, at=90))
    desk.buy("bob", 150, at=50)
    desk.print_trade(at=90)
    desk.status(HALTED)
    assert desk.advance().events[1:] == ()
    assert desk.order(waits).status is OrderStatus.UNTRIGGERED
    assert trades(desk.status(OPEN)) == [(50, 1)]


def test_a_halted_exchange_takes_no_orders_and_says_why(desk: Desk) -> None:
    mine = placed(desk.buy("ann", 1, at=99))
    desk.halt(reason="A fire.")
    for place in ORDERS.values():
        refusal = place(desk)
        assert refused(refusal) == ("EXCHANGE_HALTED", "")
        assert facts(refusal) == {"reason": "A fire."}
    assert refused(desk.amend("ann", mine, lots=2)) == ("EXCHANGE_HALTED", "")
    assert ended(desk.cancel("ann", mine)) == [(mine, "CANCELED", "BY_USER")]
    desk.halt(False, "It is out.")
    assert desk.exchange.state().rules.halt_reason == "It is out."
    assert desk.buy("ann", 1, at=99).sequence


def test_a_halted_exchange_ends_no_auction() -> None:
    desk = Desk()
    desk.status(AUCTION)
    desk.buy("ann", 1, at=100)
    desk.sell("bob", 1, at=100)
    desk.halt()
    for status in (OPEN, POST_ONLY):
        assert refused(desk.apply(SetMarketStatus(MARKET, status, "Too soon."))) == ("EXCHANGE_HALTED", "status")
    desk.halt(False)
    assert trades(desk.status(OPEN)) == [(100, 1)]


def test_a_book_that_was_left_crossed_does_not_trade_in_a_halted_exchange() -> None:
    desk = Desk()
    desk.status(AUCTION)
    desk.buy("ann", 1, at=100)
    desk.sell("bob", 1, at=100)
    desk.status(HALTED)
    desk.halt()
    assert refused(desk.apply(SetMarketStatus(MARKET, OPEN, "Too soon."))) == ("EXCHANGE_HALTED", "status")
    desk.halt(False)
    assert trades(desk.status(OPEN)) == [(100, 1)]


def test_fired_orders_wait_while_the_exchange_is_halted() -> None:
    desk = Desk()
    desk.print_trade(at=100)
    for _ in range(100):
        desk.stop("ann", Side.SELL, 1, at=90)
    desk.stop("cleo", Side.SELL, 1, at=90)
    desk.buy("bob", 150, at=50)
    desk.print_trade(at=90)
    desk.halt()
    assert desk.exchange.next_deadline() is None
    assert trades(desk.advance()) == []
    assert trades(desk.halt(False)) == [(50, 1)]


def test_an_auction_left_for_a_halt_leaves_the_book_crossed_until_it_may_trade(desk: Desk) -> None:
    desk.status(AUCTION)
    desk.buy("ann", 2, at=105)
    assert trades(desk.status(CANCEL_ONLY)) == []
    assert trades(desk.status(HALTED)) == []
    assert desk.book() == {"bids": [(105, 2)], "asks": [(101, 5)]}
    outcome = desk.status(OPEN)
    assert trades(outcome) == [(101, 2)]
    assert levels(outcome) == [("BUY", 105, 0, 0), ("SELL", 101, 3, 1)]
