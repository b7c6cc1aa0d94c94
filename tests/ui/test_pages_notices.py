"""Which fills a person is told of: without a browser."""

from typing import Any

from frontend.state.ear import Ear


def fill(number: int, order: str = "mine", quantity: str = "0.10000", price: str = "100.0") -> dict[str, Any]:
    return {
        "id": f"f{number}",
        "sequence": number,
        "orderId": order,
        "market": "BTC-USDT",
        "side": "BUY",
        "price": price,
        "quantity": quantity,
    }


def test_what_was_there_at_the_start_is_no_news() -> None:
    ear = Ear()
    assert ear.hear([fill(2), fill(1)], {"mine"}, 0.0) == []
    assert ear.hear([fill(2), fill(1)], {"mine"}, 1.0) == []


def test_a_resting_order_that_is_filled_is_told_once() -> None:
    ear = Ear()
    ear.hear([], {"mine"}, 0.0)
    [heard] = ear.hear([fill(5)], {"mine"}, 1.0)
    assert heard.words() == "Buy: 0.10000 BTC filled at 100.0."
    assert ear.hear([fill(5)], set(), 2.0) == []


def test_an_order_that_took_at_once_is_not_told_again() -> None:
    ear = Ear()
    ear.hear([], set(), 0.0)
    assert ear.hear([fill(5, order="market order")], {"mine"}, 1.0) == []


def test_partial_fills_within_two_seconds_become_one_notice_with_the_average_price() -> None:
    ear = Ear()
    ear.hear([], {"mine"}, 0.0)
    [first] = ear.hear([fill(5)], {"mine"}, 1.0)
    first.notice_id = "n1"
    [second] = ear.hear([fill(6, quantity="0.30000", price="104.0"), fill(5)], {"mine"}, 2.5)
    assert second.replaces == "n1"
    assert second.words() == "Buy: 0.40000 BTC filled at 103.0."


def test_a_later_partial_fill_is_a_notice_of_its_own() -> None:
    ear = Ear()
    ear.hear([], {"mine"}, 0.0)
    [first] = ear.hear([fill(5)], {"mine"}, 1.0)
    first.notice_id = "n1"
    [second] = ear.hear([fill(6), fill(5)], {"mine"}, 3.5)
    assert second.replaces == ""
    assert second.words() == "Buy: 0.10000 BTC filled at 100.0."
