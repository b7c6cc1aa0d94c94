"""Self-trade prevention: nobody trades with himself, in each of the four ways."""

import pytest

from backend.engine.events import OrderUpdated
from backend.engine.values import MarketStatus, PostingKind, SelfTradePrevention, TimeInForce
from tests.support.engine_desk import Desk, ended, last_order, levels, placed, postings, trades

NEWEST = SelfTradePrevention.CANCEL_NEWEST
OLDEST = SelfTradePrevention.CANCEL_OLDEST
BOTH = SelfTradePrevention.CANCEL_BOTH
DECREMENT = SelfTradePrevention.DECREMENT_AND_CANCEL
FOK = TimeInForce.FOK


@pytest.fixture
def desk() -> Desk:
    """Asks: bob 2 at 100, ann 3 at 101, bob 5 at 102."""
    desk = Desk()
    desk.sell("bob", 2, at=100)
    desk.sell("ann", 3, at=101)
    desk.sell("bob", 5, at=102)
    return desk


def test_cancel_newest_ends_the_incoming_order_at_the_own_one(desk: Desk) -> None:
    outcome = desk.buy("ann", 8, at=102, prevent=NEWEST)
    assert trades(outcome) == [(100, 2)]
    assert ended(outcome) == [(4, "CANCELED", "SELF_TRADE")]
    assert desk.book()["asks"] == [(101, 3), (102, 5)]
    assert desk.balance("ann", "USDT") == ("9800.00", "0.00")


def test_cancel_oldest_takes_the_own_order_away_and_goes_on(desk: Desk) -> None:
    outcome = desk.buy("ann", 5, at=102, prevent=OLDEST)
    assert trades(outcome) == [(100, 2), (102, 3)]
    assert ended(outcome) == [(2, "CANCELED", "SELF_TRADE")]
    assert levels(outcome) == [("SELL", 100, 0, 0), ("SELL", 101, 0, 0), ("SELL", 102, 2, 1)]
    assert desk.balance("ann", "BTC") == ("105.00000000", "0.00000000")


def test_cancel_both_ends_both(desk: Desk) -> None:
    outcome = desk.buy("ann", 8, at=102, prevent=BOTH)
    assert trades(outcome) == [(100, 2)]
    assert ended(outcome) == [(2, "CANCELED", "SELF_TRADE"), (4, "CANCELED", "SELF_TRADE")]
    assert desk.book() == {"bids": [], "asks": [(102, 5)]}
    assert desk.balance("ann", "BTC") == ("102.00000000", "0.00000000")


def test_decrement_takes_a_smaller_own_order_off_the_incoming_one(desk: Desk) -> None:
    outcome = desk.buy("ann", 8, at=102, prevent=DECREMENT)
    assert trades(outcome) == [(100, 2), (102, 3)], "8 wanted, 2 bought, 3 are its own, 3 bought"
    assert ended(outcome) == [(2, "CANCELED", "SELF_TRADE")]
    assert postings(outcome, PostingKind.RELEASE) == [
        ("ann", "USDT", "4.00"),
        ("ann", "USDT", "306.00"),
        ("ann", "BTC", "3.00000000"),
    ], "what it held for the own lots comes back at its own limit price"
    assert desk.balance("ann", "USDT") == ("9494.00", "0.00")


def test_decrement_takes_a_smaller_incoming_order_off_the_own_one_which_keeps_its_place(desk: Desk) -> None:
    desk.sell("cleo", 1, at=101)
    outcome = desk.buy("ann", 3, at=102, prevent=DECREMENT)
    assert trades(outcome) == [(100, 2)]
    assert ended(outcome) == [(5, "CANCELED", "SELF_TRADE")]
    told = [event.order for event in outcome.events if isinstance(event, OrderUpdated)]
    assert [(each.id, each.quantity_lots) for each in told] == [(5, 3), (2, 2), (5, 3)]
    assert desk.book()["asks"] == [(101, 2), (101, 1), (102, 5)]
    assert desk.balance("ann", "BTC") == ("100.00000000", "2.00000000")


def test_decrement_of_equals_cancels_both(desk: Desk) -> None:
    outcome = desk.buy("ann", 5, at=102, prevent=DECREMENT)
    assert ended(outcome) == [(2, "CANCELED", "SELF_TRADE"), (4, "CANCELED", "SELF_TRADE")]
    assert desk.balance("ann", "USDT") == ("9800.00", "0.00")
    assert desk.balance("ann", "BTC") == ("102.00000000", "0.00000000")


@pytest.mark.parametrize(
    ("prevent", "bought", "orders"),
    [
        (NEWEST, [(100, 2)], [(4, "CANCELED", "SELF_TRADE")]),
        (OLDEST, [(100, 2), (102, 3)], [(2, "CANCELED", "SELF_TRADE"), (4, "FILLED", None)]),
        (BOTH, [(100, 2)], [(2, "CANCELED", "SELF_TRADE"), (4, "CANCELED", "SELF_TRADE")]),
        (DECREMENT, [(100, 2)], [(2, "CANCELED", "SELF_TRADE"), (4, "CANCELED", "SELF_TRADE")]),
    ],
)
def test_a_spend_meets_an_own_order(
    desk: Desk, prevent: SelfTradePrevention, bought: list[tuple[int, int]], orders: list[tuple[int, str, str | None]]
) -> None:
    """550 USDT: 200 for the first two; the rest would buy all three of its own for 303, or three at 102 for 306."""
    outcome = desk.spend("ann", "550.00", prevent=prevent)
    assert trades(outcome) == bought
    assert ended(outcome) == orders
    spent = sum(price * lots for price, lots in bought)
    assert desk.balance("ann", "USDT") == (f"{10_000 - spent}.00", "0.00")


def test_a_spend_smaller_than_an_own_order_only_makes_it_smaller(desk: Desk) -> None:
    outcome = desk.spend("ann", "402.00", prevent=DECREMENT)
    assert trades(outcome) == [(100, 2)]
    assert desk.book()["asks"] == [(101, 1), (102, 5)]
    assert ended(outcome) == [(4, "CANCELED", "SELF_TRADE")]
    assert desk.balance("ann", "USDT") == ("9800.00", "0.00")


def test_a_spend_larger_than_an_own_order_spends_less_by_what_that_would_have_cost(desk: Desk) -> None:
    outcome = desk.spend("ann", "650.00", prevent=DECREMENT)
    assert trades(outcome) == [(100, 2), (102, 1)], "650 - 200 - 303 = 147"
    assert ended(outcome) == [(2, "CANCELED", "SELF_TRADE"), (4, "FILLED", None)]
    assert last_order(outcome).quote_amount == 347_00
    assert desk.balance("ann", "USDT") == ("9698.00", "0.00")


def test_a_market_buy_as_large_as_what_it_bought_and_the_own_order_ends_there(desk: Desk) -> None:
    outcome = desk.buy_at_market("ann", 5, prevent=DECREMENT)
    assert trades(outcome) == [(100, 2)]
    assert ended(outcome) == [(2, "CANCELED", "SELF_TRADE"), (4, "CANCELED", "SELF_TRADE")]
    assert desk.balance("ann", "USDT") == ("9800.00", "0.00")


def test_a_market_buy_that_is_decremented_needs_only_what_it_then_buys() -> None:
    desk = Desk()
    desk.open_account("dora", BTC="3.00000000", USDT="101.00")
    desk.sell("dora", 3, at=100)
    desk.sell("bob", 5, at=101)
    outcome = desk.buy_at_market("dora", 4, prevent=DECREMENT)
    assert trades(outcome) == [(101, 1)]
    assert desk.balance("dora", "USDT") == ("0.00", "0.00")
    assert desk.balance("dora", "BTC") == ("4.00000000", "0.00000000")


@pytest.mark.parametrize("prevent", [NEWEST, BOTH, DECREMENT])
def test_a_fill_or_kill_that_meets_an_own_order_does_nothing_at_all(desk: Desk, prevent: SelfTradePrevention) -> None:
    outcome = desk.buy("ann", 5, at=102, prevent=prevent, time_in_force=FOK)
    assert trades(outcome) == []
    assert ended(outcome) == [(4, "CANCELED", "SELF_TRADE")]
    assert desk.book()["asks"] == [(100, 2), (101, 3), (102, 5)]


def test_a_fill_or_kill_with_cancel_oldest_passes_own_orders_only_if_the_others_fill_it(desk: Desk) -> None:
    short = desk.buy("ann", 8, at=102, prevent=OLDEST, time_in_force=FOK)
    assert ended(short) == [(4, "CANCELED", "NOT_FILLED_IMMEDIATELY")]
    assert desk.book()["asks"] == [(100, 2), (101, 3), (102, 5)], "the own order stays when nothing trades"
    assert trades(desk.buy("ann", 7, at=102, prevent=OLDEST, time_in_force=FOK)) == [(100, 2), (102, 5)]


def test_the_whole_of_an_own_iceberg_counts() -> None:
    desk = Desk()
    desk.sell("ann", 6, at=100, visible=2)
    desk.sell("bob", 5, at=100)
    outcome = desk.buy("ann", 8, at=100, prevent=DECREMENT)
    assert trades(outcome) == [(100, 2)]
    assert desk.balance("ann", "BTC") == ("102.00000000", "0.00000000")


def test_a_larger_own_iceberg_shows_the_same_slice_after_it_was_decremented() -> None:
    desk = Desk()
    iceberg = placed(desk.sell("ann", 6, at=100, visible=2))
    assert levels(desk.buy("ann", 3, at=100, prevent=DECREMENT)) == [("SELL", 100, 2, 1)]
    assert (desk.order(iceberg).slice_lots, desk.order(iceberg).remaining_lots) == (2, 3)
    assert levels(desk.buy("ann", 2, at=100, prevent=DECREMENT)) == [("SELL", 100, 1, 1)]


def auction(desk: Desk) -> None:
    for each in ("ann", "bob", "cleo"):
        desk.cancel_all(each)
    desk.status(MarketStatus.AUCTION)


@pytest.mark.parametrize(
    ("prevent", "traded", "left"),
    [
        (NEWEST, [], {"bids": [], "asks": [(100, 3)]}),
        (OLDEST, [(100, 2)], {"bids": [(100, 3)], "asks": []}),
        (BOTH, [], {"bids": [], "asks": [(105, 2)]}),
        (DECREMENT, [(100, 2)], {"bids": [], "asks": []}),
    ],
)
def test_in_an_auction_the_newer_order_decides(
    desk: Desk, prevent: SelfTradePrevention, traded: list[tuple[int, int]], left: dict[str, list[tuple[int, int]]]
) -> None:
    auction(desk)
    desk.sell("ann", 3, at=100, prevent=NEWEST)
    desk.buy("ann", 5, at=100, prevent=prevent)
    if prevent is BOTH:
        desk.sell("bob", 2, at=105)
    elif prevent is not NEWEST:
        desk.sell("bob", 2, at=100)
    assert trades(desk.status(MarketStatus.OPEN)) == traded
    assert desk.book() == left
    assert desk.balance("ann", "USDT")[1] == ("300.00" if prevent is OLDEST else "0.00")


def test_the_side_does_not_matter() -> None:
    desk = Desk()
    desk.buy("ann", 3, at=100)
    desk.buy("bob", 2, at=99)
    outcome = desk.sell("ann", 5, at=99, prevent=DECREMENT)
    assert trades(outcome) == [(99, 2)]
    assert desk.book() == {"bids": [], "asks": []}
    assert desk.balance("ann", "BTC") == ("98.00000000", "0.00000000")
