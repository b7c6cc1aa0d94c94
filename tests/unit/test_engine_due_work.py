"""What comes due with time: orders that end by themselves, and dead man's switches."""

import pytest

from backend.engine.events import AccountChanged
from backend.engine.exchange import Exchange
from backend.engine.values import MarketStatus, Side, TimeInForce, TimeUs
from tests.support.engine_desk import SECOND_US, Desk, ended, fired, levels, names, order, placed, refused

GTC, GTD, IOC = TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC
HOUR_S = 3_600


@pytest.fixture
def desk() -> Desk:
    return Desk()


def after(desk: Desk, seconds: int) -> TimeUs:
    return TimeUs(desk.now + seconds * SECOND_US)


def test_an_order_ends_at_its_time_and_not_before(desk: Desk) -> None:
    until = after(desk, HOUR_S)
    mine = placed(desk.buy("ann", 2, at=100, until=until))
    assert desk.exchange.next_deadline() == until
    desk.wait(hours=1, microseconds=-1)
    assert ended(desk.advance()) == []
    desk.wait(microseconds=1)
    outcome = desk.advance()
    assert ended(outcome) == [(mine, "EXPIRED", "EXPIRED")]
    assert levels(outcome) == [("BUY", 100, 0, 0)]
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")
    assert desk.exchange.next_deadline() is None


def test_an_order_that_was_filled_or_cancelled_before_does_not_end_again(desk: Desk) -> None:
    for _ in range(2):
        desk.buy("ann", 1, at=100, until=after(desk, HOUR_S))
    desk.sell("bob", 1, at=100)
    desk.cancel_all("ann")
    assert desk.exchange.next_deadline() is None
    desk.wait(hours=2)
    assert names(desk.advance().events) == ["TimeAdvanced"]


def test_an_order_in_waiting_ends_at_its_time_too_and_never_fires_then(desk: Desk) -> None:
    waits = placed(desk.stop("ann", Side.SELL, 1, at=90, limit=80, until=after(desk, 60)))
    desk.wait(minutes=1)
    assert ended(desk.advance()) == [(waits, "EXPIRED", "EXPIRED")]
    assert fired(desk.print_trade(at=90)) == []


def test_orders_end_by_their_time_then_by_their_id(desk: Desk) -> None:
    for seconds in (30, 10, 30, 20):
        desk.buy("ann", 1, at=100, until=after(desk, seconds))
    desk.wait(seconds=30)
    assert [number for number, _, _ in ended(desk.advance())] == [2, 4, 1, 3]


def test_a_thousand_end_with_one_command_and_the_others_with_the_next() -> None:
    desk = Desk(open_orders_per_account=2_000)
    until = after(desk, 60)
    desk.batch(*(order("ann", Side.BUY, 1, 1, until=until) for _ in range(1_500)))
    desk.wait(minutes=1)
    assert len(ended(desk.advance())) == 1_000
    assert desk.exchange.next_deadline() == until, "which has come: there is work left"
    again = Exchange.restore(desk.exchange.state())
    assert len(ended(desk.advance())) == 500
    assert again.next_deadline() == until
    assert desk.exchange.next_deadline() is None
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")


def test_switches_wait_behind_a_thousand_orders() -> None:
    desk = Desk(open_orders_per_account=2_000)
    mine = placed(desk.buy("bob", 1, at=1))
    desk.cancel_all_after("bob", 60)
    desk.batch(*(order("ann", Side.BUY, 1, 1, until=after(desk, 60)) for _ in range(1_000)))
    desk.wait(minutes=1)
    assert len(ended(desk.advance())) == 1_000
    assert ended(desk.advance()) == [(mine, "CANCELED", "BY_DEAD_MANS_SWITCH")]


def test_orders_end_while_the_market_and_the_exchange_are_halted(desk: Desk) -> None:
    mine = placed(desk.buy("ann", 1, at=100, until=after(desk, 60)))
    desk.status(MarketStatus.HALTED)
    desk.halt()
    desk.wait(minutes=1)
    assert ended(desk.advance()) == [(mine, "EXPIRED", "EXPIRED")]


@pytest.mark.parametrize("seconds", [0, -1])
def test_an_end_must_lie_ahead(desk: Desk, seconds: int) -> None:
    assert refused(desk.buy("ann", 1, at=100, until=after(desk, seconds))) == ("INVALID_INPUT", "expire_at")


def test_an_end_and_good_till_date_go_together(desk: Desk) -> None:
    assert refused(desk.buy("ann", 1, at=100, time_in_force=GTD)) == ("INVALID_INPUT", "expire_at")
    for time_in_force in (GTC, IOC):
        wrong = desk.buy("ann", 1, at=100, time_in_force=time_in_force, until=after(desk, 60))
        assert refused(wrong) == ("INVALID_INPUT", "expire_at")
    assert refused(desk.buy_at_market("ann", 1, time_in_force=GTD)) == ("INVALID_INPUT", "time_in_force")


def test_a_dead_mans_switch_cancels_everything_when_nobody_says_anything(desk: Desk) -> None:
    first = placed(desk.buy("ann", 1, at=99))
    second = placed(desk.stop("ann", Side.SELL, 1, at=90))
    others = placed(desk.buy("bob", 1, at=99))
    event = desk.cancel_all_after("ann", 60).events[0]
    assert isinstance(event, AccountChanged)
    assert event.account.cancels_at == desk.exchange.next_deadline() == after(desk, 60)
    desk.wait(seconds=59)
    assert ended(desk.advance()) == []
    desk.wait(seconds=1)
    outcome = desk.advance()
    assert ended(outcome) == [
        (first, "CANCELED", "BY_DEAD_MANS_SWITCH"),
        (second, "CANCELED", "BY_DEAD_MANS_SWITCH"),
    ]
    assert names(outcome.events)[0] == "TimeAdvanced"
    assert [each for each in names(outcome.events) if each in ("OrderUpdated", "AccountChanged")] == [
        "OrderUpdated",
        "OrderUpdated",
        "AccountChanged",
    ]
    assert desk.open_orders() == [others]
    assert desk.exchange.next_deadline() is None, "it works once"
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")


def test_a_switch_of_many_orders_goes_on_with_the_next_command_until_all_are_gone() -> None:
    desk = Desk(open_orders_per_account=2_000)
    desk.batch(*(order("ann", Side.BUY, 1, 1) for _ in range(1_500)))
    others = placed(desk.buy("bob", 1, at=1))
    for account in ("ann", "bob"):
        desk.cancel_all_after(account, 60)
    desk.wait(minutes=1)
    assert len(ended(desk.advance())) == 1_000
    assert desk.exchange.next_deadline() == desk.now, "there is work left, now"
    outcome = desk.advance()
    assert len(ended(outcome)) == 501
    assert ended(outcome)[-1] == (others, "CANCELED", "BY_DEAD_MANS_SWITCH")
    assert desk.exchange.next_deadline() is None


def test_a_thousand_switches_are_turned_off_with_one_command(desk: Desk) -> None:
    for number in range(1_001):
        desk.open_account(f"trader {number}")
        desk.cancel_all_after(f"trader {number}", 60)
    desk.wait(minutes=1)
    assert names(desk.advance().events).count("AccountChanged") == 1_000
    assert names(desk.advance().events).count("AccountChanged") == 1


def test_each_sign_of_life_sets_the_switch_anew(desk: Desk) -> None:
    desk.buy("ann", 1, at=99)
    desk.cancel_all_after("ann", 60)
    desk.wait(seconds=50)
    desk.cancel_all_after("ann", 60)
    desk.wait(seconds=59)
    assert ended(desk.advance()) == []
    desk.cancel_all_after("ann", 0)
    assert desk.exchange.next_deadline() is None
    desk.wait(hours=48)
    assert ended(desk.advance()) == []


def test_a_switch_without_orders_only_turns_itself_off(desk: Desk) -> None:
    desk.cancel_all_after("ann", 60)
    desk.wait(minutes=1)
    assert names(desk.advance().events) == ["TimeAdvanced", "AccountChanged"]


def test_a_switch_is_for_a_known_account_and_at_most_a_day(desk: Desk) -> None:
    assert refused(desk.cancel_all_after("zoe", 60)) == ("UNKNOWN_ACCOUNT", "account")
    assert refused(desk.cancel_all_after("ann", -1)) == ("INVALID_INPUT", "seconds")
    assert refused(desk.cancel_all_after("ann", 86_401)) == ("INVALID_INPUT", "seconds")
    assert desk.cancel_all_after("ann", 86_400).sequence


def test_setting_a_switch_in_a_halted_exchange_works(desk: Desk) -> None:
    desk.halt()
    assert desk.cancel_all_after("ann", 60).sequence
