"""Frozen accounts, and money that moves between accounts without a trade."""

import pytest

from backend.engine.commands import AmendOrder, SetAccountFrozen, Transfer
from backend.engine.events import AccountChanged
from backend.engine.outcome import Outcome
from backend.engine.values import AccountId, OrderId, PostingKind, Side
from tests.support.engine_desk import Desk, ended, facts, fired, names, placed, postings, refused

ANN, BOB = AccountId("ann"), AccountId("bob")


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.print_trade(at=100)
    return desk


def transfer(desk: Desk, amount: int = 100_00, key: str = "rent", giver: str = "ann", taker: str = "bob") -> Outcome:
    """Move cents of USDT from one account to another."""
    return desk.apply(Transfer(AccountId(giver), AccountId(taker), "USDT", amount, key))


def test_freezing_an_account_ends_its_orders_and_its_switch(desk: Desk) -> None:
    resting = placed(desk.buy("ann", 1, at=99))
    waiting = placed(desk.stop("ann", Side.SELL, 1, at=90))
    pair = placed(desk.oco("ann", Side.SELL, 1, limit=110, stop=80))
    desk.cancel_all_after("ann", 60)
    outcome = desk.do(SetAccountFrozen(ANN, True))
    assert ended(outcome) == [
        (resting, "CANCELED", "ACCOUNT_FROZEN"),
        (waiting, "CANCELED", "ACCOUNT_FROZEN"),
        (pair, "CANCELED", "ACCOUNT_FROZEN"),
        (pair + 1, "CANCELED", "BY_LINKED_ORDER"),
    ]
    assert desk.exchange.next_deadline() is None
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")


def test_a_frozen_account_neither_trades_nor_moves_anything(desk: Desk) -> None:
    desk.do(SetAccountFrozen(ANN, True))
    refusals = {
        "a limit order": desk.buy("ann", 1, at=99),
        "a stop": desk.stop("ann", Side.SELL, 1, at=90),
        "a pair": desk.oco("ann", Side.SELL, 1, limit=110, stop=80),
        "a switch": desk.cancel_all_after("ann", 60),
    }
    assert {refused(refusal) for refusal in refusals.values()} == {("ACCOUNT_FROZEN", "account")}
    assert refused(desk.apply(AmendOrder(ANN, OrderId(1), None, 1, None, None))) == ("UNKNOWN_ORDER", "order")
    assert refused(transfer(desk)) == ("ACCOUNT_FROZEN", "from_account")
    assert refused(transfer(desk, giver="bob", taker="ann")) == ("ACCOUNT_FROZEN", "to_account")
    assert desk.deposit("ann", "USDT", "1.00", key="from outside").sequence, "what comes in still comes in"


def test_an_account_that_is_free_again_goes_on(desk: Desk) -> None:
    for frozen in (True, False):
        event = desk.do(SetAccountFrozen(ANN, frozen)).events[0]
        assert isinstance(event, AccountChanged)
        assert event.account.frozen is frozen
    assert desk.buy("ann", 1, at=99).sequence
    assert refused(desk.apply(SetAccountFrozen(AccountId("zoe"), True))) == ("UNKNOWN_ACCOUNT", "account")


def test_what_fired_and_waits_for_its_turn_ends_with_a_freeze_too(desk: Desk) -> None:
    for _ in range(100):
        desk.stop("bob", Side.SELL, 1, at=90)
    waits = placed(desk.stop("ann", Side.SELL, 1, at=90))
    assert fired(desk.print_trade(at=90))[-1] == waits
    assert ended(desk.do(SetAccountFrozen(ANN, True))) == [(waits, "CANCELED", "ACCOUNT_FROZEN")]
    assert desk.exchange.next_deadline() is None


def test_a_transfer_moves_what_is_available(desk: Desk) -> None:
    outcome = transfer(desk)
    assert names(outcome.events) == ["Posted", "Posted", "KeyUsed"]
    assert postings(outcome, PostingKind.TRANSFER) == [("ann", "USDT", "-100.00"), ("bob", "USDT", "100.00")]
    assert outcome.answers == (f"T{outcome.sequence}",)
    assert desk.balance("ann", "USDT") == ("9900.00", "0.00")
    assert desk.balance("bob", "USDT") == ("10100.00", "0.00")


def test_a_transfer_happens_once_for_its_key(desk: Desk) -> None:
    first = transfer(desk)
    again = transfer(desk)
    assert (again.sequence, again.answers) == (0, first.answers)
    assert refused(transfer(desk, amount=1)) == ("DUPLICATE_KEY", "key")
    assert transfer(desk, key="another").sequence
    assert transfer(desk, giver="bob", taker="ann").sequence, "keys are those of the giver"
    assert desk.deposit("ann", "USDT", "1.00", key="rent").sequence, "a deposit's key is of another kind"
    assert desk.balance("ann", "USDT") == ("9901.00", "0.00")


def test_what_is_held_cannot_be_transferred(desk: Desk) -> None:
    desk.buy("ann", 99, at=100)
    refusal = transfer(desk, amount=100_01)
    assert refused(refusal) == ("INSUFFICIENT_BALANCE", "amount")
    assert facts(refusal) == {"needed": 100_01, "available": 100_00, "asset": "USDT"}
    assert transfer(desk).sequence


def test_a_transfer_that_cannot_be_is_refused(desk: Desk) -> None:
    assert refused(transfer(desk, giver="zoe")) == ("UNKNOWN_ACCOUNT", "from_account")
    assert refused(transfer(desk, taker="zoe")) == ("UNKNOWN_ACCOUNT", "to_account")
    assert refused(transfer(desk, taker="ann")) == ("INVALID_INPUT", "to_account")
    assert refused(transfer(desk, key="")) == ("INVALID_INPUT", "key")
    for amount in (0, -1, 10**37):
        assert refused(transfer(desk, amount=amount)) == ("AMOUNT_OUT_OF_RANGE", "amount")
    assert refused(desk.apply(Transfer(ANN, BOB, "DOGE", 1, "k"))) == ("UNKNOWN_ASSET", "asset")
