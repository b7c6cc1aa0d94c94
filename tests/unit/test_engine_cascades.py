"""Cascades: at most a hundred fired orders are activated by one command, and the others go on with the next."""

import pytest

from backend.engine.commands import AdvanceTime, CreateAsset, CreateMarket, Deposit, SetMarketStatus
from backend.engine.events import Traded
from backend.engine.exchange import Exchange
from backend.engine.values import WORLD_DEMONSTRATION, AccountId, MarketStatus, OrderStatus, OrderType, Side
from tests.support.engine_desk import MARKET, Desk, ended, fired, order, placed, refused, trades

SELL = Side.SELL


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.print_trade(at=100)
    return desk


def test_a_cascade_of_more_than_a_hundred_goes_on_with_the_next_command(desk: Desk) -> None:
    for account in ("ann", "cleo"):
        for _ in range(75):
            desk.stop(account, SELL, 1, at=90)
    desk.buy("bob", 160, at=50)
    outcome = desk.print_trade(at=90)
    assert len(fired(outcome)) == 150
    assert len(trades(outcome)) == 1 + 100
    assert desk.exchange.next_deadline() == desk.exchange.time, "there is work left, now"
    again = Exchange.restore(desk.exchange.state())
    assert again.fingerprint() == desk.exchange.fingerprint()
    outcome = desk.advance()
    assert len(trades(outcome)) == 50
    assert again.apply(AdvanceTime(), desk.now) == outcome, "a restart in the middle changes nothing"
    assert desk.exchange.next_deadline() is None
    assert desk.book() == {"bids": [(50, 10)], "asks": []}


def test_a_cascade_goes_on_with_any_command_not_only_with_time(desk: Desk) -> None:
    for _ in range(100):
        desk.stop("ann", SELL, 1, at=90)
    last = placed(desk.stop("cleo", SELL, 1, at=90))
    desk.buy("bob", 101, at=50)
    desk.print_trade(at=90)
    assert desk.order(last).status is OrderStatus.UNTRIGGERED
    assert trades(desk.buy("bob", 1, at=10)) == [(50, 1)]
    assert desk.balance("cleo", "USDT") == ("10050.00", "0.00")


def test_a_fired_order_that_waits_for_its_turn_can_be_cancelled_but_not_amended(desk: Desk) -> None:
    for _ in range(100):
        desk.stop("ann", SELL, 1, at=90)
    last = placed(desk.stop("cleo", SELL, 1, at=90, limit=80))
    desk.print_trade(at=90)
    assert refused(desk.amend("cleo", last, lots=2)) == ("INVALID_INPUT", "order")
    assert ended(desk.cancel("cleo", last)) == [(last, "CANCELED", "BY_USER")]
    assert desk.balance("cleo", "BTC") == ("100.00000000", "0.00000000")


def test_what_fired_first_is_activated_first_whatever_its_market(desk: Desk) -> None:
    """Both markets leave an auction for POST_ONLY, the younger one first, and come to be OPEN at the same moment."""
    desk.do(CreateAsset("EUR", "Euro", 2))
    desk.do(CreateMarket("BTC", "EUR", 1, 0, 10**8, 0, None, 100, 0, 0))
    desk.do(Deposit(AccountId("tom"), "EUR", 1_000_00, WORLD_DEMONSTRATION, "euros"))
    markets = ("BTC-EUR", MARKET)
    for market in markets:
        desk.do(SetMarketStatus(market, MarketStatus.AUCTION, "An auction."))
        desk.do(order("ann", SELL, 1, None, kind=OrderType.STOP_MARKET, stop=90, market=market))
        desk.do(order("tom", Side.BUY, 2, 85, market=market))
        desk.do(order("mia", SELL, 1, 85, market=market))
        assert len(fired(desk.do(SetMarketStatus(market, MarketStatus.POST_ONLY, "Nearly there.")))) == 1
    desk.halt()
    for market in reversed(markets):
        desk.do(SetMarketStatus(market, MarketStatus.OPEN, "On we go."))
    outcome = desk.halt(False)
    assert [event.market for event in outcome.events if isinstance(event, Traded)] == list(markets)
