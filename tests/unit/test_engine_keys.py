"""Idempotency keys: what is sent twice happens once."""

import pytest

from backend.engine import keys
from backend.engine.commands import AdvanceTime
from backend.engine.values import Side
from tests.support.engine_desk import Desk, names, order, refused


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_order_sent_again_is_not_placed_again_but_answered_the_same(desk: Desk) -> None:
    first = desk.buy("ann", 1, at=100, key="k")
    fingerprint = desk.exchange.fingerprint()
    for _ in range(100):
        again = desk.buy("ann", 1, at=100, key="k")
        assert (again.sequence, again.events, again.answers) == (0, (), first.answers)
    assert desk.exchange.fingerprint() == fingerprint
    assert desk.open_orders() == [1]


def test_the_answer_is_the_same_also_when_the_order_has_ended(desk: Desk) -> None:
    desk.buy("ann", 1, at=100, key="k")
    desk.cancel("ann", 1)
    assert desk.buy("ann", 1, at=100, key="k").answers == (1,)


def test_a_key_with_other_content_is_refused(desk: Desk) -> None:
    desk.buy("ann", 1, at=100, key="k")
    assert refused(desk.buy("ann", 1, at=101, key="k")) == ("DUPLICATE_CLIENT_ORDER_ID", "client_order_id")


def test_keys_are_looked_at_before_anything_else(desk: Desk) -> None:
    desk.buy("ann", 1, at=100, key="k")
    assert refused(desk.buy("ann", -5, at=-5, key="k")) == ("DUPLICATE_CLIENT_ORDER_ID", "client_order_id")


def test_each_account_has_its_own_keys(desk: Desk) -> None:
    desk.buy("ann", 1, at=100, key="k")
    assert desk.buy("bob", 1, at=100, key="k").sequence


def test_a_refused_order_does_not_use_its_key_up(desk: Desk) -> None:
    refused(desk.buy("ann", 1_000, at=100, key="k"))
    assert desk.buy("ann", 1, at=100, key="k").sequence


def test_a_key_comes_after_the_hold_and_before_the_order(desk: Desk) -> None:
    assert names(desk.buy("ann", 1, at=100, key="k").events)[:3] == ["Posted", "KeyUsed", "OrderUpdated"]


def test_a_key_has_1_to_36_characters(desk: Desk) -> None:
    assert refused(desk.buy("ann", 1, at=100, key="")) == ("INVALID_INPUT", "client_order_id")
    assert refused(desk.buy("ann", 1, at=100, key="k" * 37)) == ("INVALID_INPUT", "client_order_id")
    assert desk.buy("ann", 1, at=100, key="k" * 36).sequence
    assert refused(desk.deposit("ann", "BTC", "1", key="")) == ("INVALID_INPUT", "key")
    assert refused(desk.deposit("ann", "BTC", "1", key="k" * 37)) == ("INVALID_INPUT", "key")


def test_a_deposit_sent_again_is_credited_once(desk: Desk) -> None:
    first = desk.deposit("ann", "BTC", "1", key="faucet")
    assert names(first.events) == ["Posted", "Posted", "KeyUsed"]
    assert first.answers == (f"D{first.sequence}",)
    again = desk.deposit("ann", "BTC", "1", key="faucet")
    assert (again.sequence, again.answers) == (0, first.answers)
    assert refused(desk.deposit("ann", "BTC", "2", key="faucet")) == ("DUPLICATE_KEY", "key")
    assert desk.balance("ann", "BTC")[0] == "101.00000000"


def test_orders_and_deposits_do_not_share_their_keys(desk: Desk) -> None:
    desk.deposit("ann", "BTC", "1", key="k")
    assert desk.buy("ann", 1, at=100, key="k").sequence


def test_a_key_is_remembered_for_24_hours_and_not_a_microsecond_longer(desk: Desk) -> None:
    desk.buy("ann", 1, at=100, key="k")
    desk.cancel("ann", 1)
    desk.wait(hours=24, microseconds=-1)
    desk.do(AdvanceTime())
    assert desk.buy("ann", 1, at=100, key="k").sequence == 0
    desk.wait(microseconds=1)
    assert desk.buy("ann", 1, at=100, key="k").sequence == 0, "until a command is accepted at that time it is known"
    desk.do(AdvanceTime())
    assert desk.buy("ann", 1, at=100, key="k").answers == (2,)


def test_the_id_of_an_open_order_is_not_given_twice_even_when_its_key_is_forgotten(desk: Desk) -> None:
    desk.buy("ann", 1, at=100, key="k")
    desk.wait(hours=25)
    desk.do(AdvanceTime())
    assert refused(desk.buy("ann", 1, at=100, key="k")) == ("DUPLICATE_CLIENT_ORDER_ID", "client_order_id")
    desk.cancel("ann", client_order_id="k")
    assert desk.buy("ann", 1, at=100, key="k").sequence


def test_above_the_limit_the_oldest_keys_are_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEYS_MAX", 8)
    for number in (1, 2, 3):
        desk.buy("ann", number, at=100, key=f"k{number}")
        desk.cancel("ann", number)
    assert len(desk.exchange.state().keys) == 8, "six of the deposits that opened the accounts were the oldest"
    for number in range(4, 12):
        desk.buy("ann", 1, at=100, key=f"k{number}")
    assert [used.key for used in desk.exchange.state().keys] == [f"k{number}" for number in range(4, 12)]


def test_a_key_of_an_order_in_a_batch_counts_at_once(desk: Desk) -> None:
    twice = order("ann", Side.BUY, 1, 100, key="k")
    assert desk.batch(twice, twice).answers == (1, 1)
    assert desk.open_orders() == [1]
