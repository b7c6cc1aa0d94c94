"""Cancelling one order or all of them."""

import pytest

from backend.engine.commands import SetMarketStatus
from backend.engine.values import MarketStatus, OrderReason, OrderStatus
from tests.support.engine_desk import MARKET, Desk, last_order, levels, names, refused


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_cancelled_order_leaves_the_book_and_its_hold_comes_back(desk: Desk) -> None:
    desk.buy("ann", 3, at=100)
    outcome = desk.cancel("ann", 1)
    assert names(outcome.events) == ["Posted", "OrderUpdated", "LevelChanged"]
    assert outcome.answers == (1,)
    ended = last_order(outcome)
    assert (ended.status, ended.reason, ended.held) == (OrderStatus.CANCELED, OrderReason.BY_USER, 0)
    assert levels(outcome) == [("BUY", 100, 0, 0)]
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")


def test_what_was_filled_before_stays_filled(desk: Desk) -> None:
    desk.buy("ann", 3, at=100)
    desk.sell("bob", 1, at=100)
    assert last_order(desk.cancel("ann", 1)).filled_lots == 1
    assert desk.balance("ann", "USDT") == ("9900.00", "0.00")


def test_an_order_is_cancelled_by_the_id_that_its_owner_gave_it(desk: Desk) -> None:
    desk.buy("ann", 3, at=100, key="mine")
    desk.buy("bob", 3, at=100, key="mine")
    assert desk.cancel("bob", client_order_id="mine").answers == (2,)
    assert desk.open_orders() == [1]


def test_nobody_cancels_the_order_of_another(desk: Desk) -> None:
    desk.buy("ann", 3, at=100, key="mine")
    assert refused(desk.cancel("bob", 1)) == ("UNKNOWN_ORDER", "order")
    assert refused(desk.cancel("bob", client_order_id="mine")) == ("UNKNOWN_ORDER", "client_order_id")
    assert desk.open_orders() == [1]


def test_an_order_that_has_ended_cannot_be_cancelled(desk: Desk) -> None:
    desk.buy("ann", 3, at=100, key="mine")
    desk.cancel("ann", 1)
    assert refused(desk.cancel("ann", 1)) == ("UNKNOWN_ORDER", "order")
    assert refused(desk.cancel("ann", client_order_id="mine")) == ("UNKNOWN_ORDER", "client_order_id")


def test_exactly_one_id_must_be_given(desk: Desk) -> None:
    desk.buy("ann", 3, at=100, key="mine")
    assert refused(desk.cancel("ann")) == ("INVALID_INPUT", "order")
    assert refused(desk.cancel("ann", 1, "mine")) == ("INVALID_INPUT", "order")
    assert refused(desk.cancel("zoe", 1)) == ("UNKNOWN_ACCOUNT", "account")


def test_cancelling_works_while_the_market_is_halted(desk: Desk) -> None:
    desk.buy("ann", 3, at=100)
    desk.do(SetMarketStatus(MARKET, MarketStatus.HALTED, "A pause."))
    assert desk.cancel("ann", 1).sequence


def test_all_orders_of_an_account_are_cancelled_oldest_first(desk: Desk) -> None:
    desk.buy("ann", 1, at=99)
    desk.buy("bob", 1, at=99)
    desk.sell("ann", 1, at=101)
    desk.buy("ann", 1, at=98)
    outcome = desk.cancel_all("ann")
    assert outcome.answers == (1, 3, 4)
    assert levels(outcome) == [("BUY", 99, 1, 1), ("SELL", 101, 0, 0), ("BUY", 98, 0, 0)]
    assert desk.open_orders() == [2]
    assert desk.cancel_all("bob", MARKET).answers == (2,)


def test_cancelling_nothing_is_no_event(desk: Desk) -> None:
    outcome = desk.cancel_all("ann")
    assert (outcome.sequence, outcome.events, outcome.answers) == (0, (), ())
    assert refused(desk.cancel_all("zoe")) == ("UNKNOWN_ACCOUNT", "account")
    assert refused(desk.cancel_all("ann", "BTC-EUR")) == ("UNKNOWN_MARKET", "market")
