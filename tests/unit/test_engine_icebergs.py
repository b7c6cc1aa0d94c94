"""Icebergs: the book shows a slice at a time, and each new slice stands at the back of its level."""

import pytest

from backend.engine.values import Side, TimeInForce
from tests.support.engine_desk import Desk, facts, last_order, levels, order, placed, refused, trades

FOK = TimeInForce.FOK


@pytest.fixture
def desk() -> Desk:
    return Desk()


def makers(desk: Desk) -> list[tuple[str, int | None, int]]:
    """Return (account, what the book shows of it or None for all, what remains) of the book's orders by place."""
    return [(each.account, each.slice_lots, each.remaining_lots) for each in desk.exchange.state().orders]


def test_the_book_shows_a_slice_and_the_whole_is_held(desk: Desk) -> None:
    outcome = desk.sell("ann", 10, at=100, visible=3)
    assert levels(outcome) == [("SELL", 100, 3, 1)]
    assert last_order(outcome).slice_lots == 3
    assert desk.balance("ann", "BTC") == ("90.00000000", "10.00000000")


def test_a_used_up_slice_is_followed_by_one_at_the_back_of_its_level(desk: Desk) -> None:
    desk.sell("ann", 10, at=100, visible=3)
    desk.sell("bob", 2, at=100)
    outcome = desk.buy("cleo", 3, at=100)
    assert trades(outcome) == [(100, 3)]
    assert levels(outcome) == [("SELL", 100, 5, 2)]
    assert makers(desk) == [("bob", None, 2), ("ann", 3, 7)]


def test_a_partly_taken_slice_keeps_its_place(desk: Desk) -> None:
    desk.sell("ann", 10, at=100, visible=3)
    desk.sell("bob", 2, at=100)
    desk.buy("cleo", 2, at=100)
    assert makers(desk) == [("ann", 1, 8), ("bob", None, 2)]


def test_several_icebergs_of_one_level_take_turns(desk: Desk) -> None:
    desk.sell("ann", 5, at=100, visible=2)
    desk.sell("bob", 3, at=100, visible=1)
    outcome = desk.buy("cleo", 7, at=100)
    assert trades(outcome) == [(100, 2), (100, 1), (100, 2), (100, 1), (100, 1)], "ann, bob, ann, bob, ann"
    assert makers(desk) == [("bob", 1, 1)]


def test_a_sweep_takes_the_hidden_parts_before_the_next_price(desk: Desk) -> None:
    desk.sell("ann", 5, at=100, visible=2)
    desk.sell("bob", 5, at=101)
    outcome = desk.buy("cleo", 7, at=101)
    assert trades(outcome) == [(100, 2), (100, 2), (100, 1), (101, 2)]
    assert levels(outcome) == [("SELL", 100, 0, 0), ("SELL", 101, 3, 1)]
    assert desk.balance("ann", "USDT") == ("10500.00", "0.00")


def test_the_last_slice_is_what_remains(desk: Desk) -> None:
    desk.sell("ann", 4, at=100, visible=3)
    desk.buy("cleo", 3, at=100)
    assert makers(desk) == [("ann", 1, 1)]


def test_an_iceberg_takes_with_all_of_its_quantity_and_rests_with_a_slice(desk: Desk) -> None:
    desk.sell("bob", 4, at=100)
    outcome = desk.buy("ann", 10, at=100, visible=2)
    assert trades(outcome) == [(100, 4)]
    assert levels(outcome) == [("SELL", 100, 0, 0), ("BUY", 100, 2, 1)]
    assert makers(desk) == [("ann", 2, 6)]


def test_a_fill_or_kill_counts_on_the_hidden_parts(desk: Desk) -> None:
    desk.sell("ann", 5, at=100, visible=1)
    assert trades(desk.buy("bob", 6, at=100, time_in_force=FOK)) == []
    assert sum(lots for _, lots in trades(desk.buy("bob", 5, at=100, time_in_force=FOK))) == 5


def test_a_market_buy_holds_what_the_hidden_parts_cost(desk: Desk) -> None:
    desk.sell("ann", 90, at=100, visible=1)
    desk.sell("bob", 90, at=101)
    desk.open_account("dora", USDT="9100.99")
    refusal = desk.buy_at_market("dora", 91)
    assert facts(refusal) == {"needed": 9101_00, "available": 9100_99, "asset": "USDT"}


def test_a_spend_goes_through_the_hidden_parts(desk: Desk) -> None:
    desk.sell("ann", 5, at=100, visible=2)
    assert trades(desk.spend("bob", "350.00")) == [(100, 2), (100, 1)]
    assert makers(desk) == [("ann", 1, 2)]


def test_an_order_may_make_a_thousand_slices_and_no_more() -> None:
    desk = Desk()
    desk.deposit("ann", "BTC", "2000", key="more")
    refusal = desk.sell("ann", 1_001, at=100, visible=1)
    assert refused(refusal) == ("AMOUNT_OUT_OF_RANGE", "visible_lots")
    assert facts(refusal) == {"slices_maximum": 1_000}
    assert desk.sell("ann", 1_000, at=100, visible=1).sequence
    assert desk.sell("ann", 1_001, at=100, visible=2).sequence


def test_a_slice_is_at_least_one_lot_at_most_the_order_and_only_of_what_rests(desk: Desk) -> None:
    assert refused(desk.sell("ann", 5, at=100, visible=0)) == ("AMOUNT_OUT_OF_RANGE", "visible_lots")
    assert refused(desk.sell("ann", 5, at=100, visible=6)) == ("AMOUNT_OUT_OF_RANGE", "visible_lots")
    immediate = order("ann", Side.SELL, 5, 100, visible=2, time_in_force=TimeInForce.IOC)
    assert refused(desk.apply(immediate)) == ("INVALID_INPUT", "visible_lots")
    assert desk.sell("ann", 5, at=100, visible=5).sequence


def test_less_of_an_iceberg_keeps_its_place_and_shows_at_most_what_remains(desk: Desk) -> None:
    iceberg = placed(desk.sell("ann", 10, at=100, visible=4))
    desk.sell("bob", 1, at=100)
    assert levels(desk.amend("ann", iceberg, lots=6)) == [("SELL", 100, 5, 2)]
    assert levels(desk.amend("ann", iceberg, lots=3)) == [("SELL", 100, 4, 2)]
    assert makers(desk) == [("ann", 3, 3), ("bob", None, 1)]


def test_more_of_an_iceberg_goes_to_the_back_with_a_fresh_slice(desk: Desk) -> None:
    iceberg = placed(desk.sell("ann", 10, at=100, visible=4))
    desk.sell("bob", 1, at=100)
    desk.buy("cleo", 1, at=100)
    desk.amend("ann", iceberg, lots=11)
    assert makers(desk) == [("bob", None, 1), ("ann", 4, 10)]


def test_an_iceberg_in_waiting_shows_its_slice_when_it_rests(desk: Desk) -> None:
    desk.print_trade(at=100)
    waits = placed(desk.stop("ann", Side.SELL, 10, at=90, limit=95, visible=4))
    assert desk.order(waits).slice_lots is None
    assert levels(desk.print_trade(at=90))[-1] == ("SELL", 95, 4, 1)


def test_cancelling_an_iceberg_gives_all_of_it_back(desk: Desk) -> None:
    iceberg = placed(desk.sell("ann", 10, at=100, visible=3))
    desk.buy("cleo", 4, at=100)
    outcome = desk.cancel("ann", iceberg)
    assert levels(outcome) == [("SELL", 100, 0, 0)]
    assert desk.balance("ann", "BTC") == ("96.00000000", "0.00000000")
