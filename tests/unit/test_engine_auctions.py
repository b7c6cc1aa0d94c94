"""Auctions: orders gather, and trade at the one price at which the most does."""

import pytest

from backend.engine.auction import indicative
from backend.engine.events import Filled, IndicativeChanged, Traded
from backend.engine.outcome import Outcome
from backend.engine.values import MarketStatus, PostingKind, SelfTradePrevention, Side
from tests.support.engine_desk import Desk, ended, fills, levels, placed, postings, trades

AUCTION, OPEN = MarketStatus.AUCTION, MarketStatus.OPEN
BUY, SELL = Side.BUY, Side.SELL


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.status(AUCTION)
    return desk


def gather(desk: Desk, bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
    """Let ann bid and bob ask so many lots at prices."""
    for lots, price in bids:
        assert desk.buy("ann", lots, at=price).sequence
    for lots, price in asks:
        assert desk.sell("bob", lots, at=price).sequence


def indicated(outcome: Outcome) -> list[tuple[int | None, int]]:
    """Return the indicative (price, lots) that a command told."""
    return [(each.price_ticks, each.lots) for each in outcome.events if isinstance(each, IndicativeChanged)]


def test_the_price_is_the_one_at_which_the_most_trades(desk: Desk) -> None:
    """At 100 four lots would trade, at 101 ten, at 102 fifteen, at 103 ten."""
    gather(desk, bids=[(10, 103), (5, 102), (5, 101)], asks=[(4, 100), (6, 101), (10, 102)])
    outcome = desk.status(OPEN)
    assert {price for price, _ in trades(outcome)} == {102}
    assert sum(lots for _, lots in trades(outcome)) == 15
    assert desk.book() == {"bids": [(101, 5)], "asks": [(102, 5)]}


def test_who_bid_more_pays_the_price_of_all_and_gets_the_difference_back(desk: Desk) -> None:
    gather(desk, bids=[(10, 103)], asks=[(10, 99)])
    outcome = desk.status(OPEN)
    assert trades(outcome) == [(99, 10)]
    assert postings(outcome, PostingKind.RELEASE) == [("ann", "USDT", "40.00")]
    assert desk.balance("ann", "USDT") == ("9010.00", "0.00")
    assert desk.balance("bob", "USDT") == ("10990.00", "0.00")


@pytest.mark.parametrize(("last", "price"), [(None, 102), (50, 102), (102, 102), (103, 103), (110, 103)])
def test_among_prices_of_equal_volume_the_least_surplus_decides_then_the_nearest_to_the_last(
    last: int | None, price: int
) -> None:
    """Ten lots trade anywhere from 99 to 105; only at 102 and 103 nothing is left over."""
    desk = Desk()
    if last is not None:
        desk.print_trade(at=last)
    desk.status(AUCTION)
    gather(desk, bids=[(10, 105), (5, 101)], asks=[(10, 99), (3, 104)])
    assert trades(desk.status(OPEN)) == [(price, 10)]


@pytest.mark.parametrize(("last", "price"), [(None, 95), (90, 95), (97, 97), (120, 105)])
def test_where_nothing_else_decides_the_nearest_to_the_last_price_does(last: int | None, price: int) -> None:
    desk = Desk()
    if last is not None:
        desk.print_trade(at=last)
    desk.status(AUCTION)
    gather(desk, bids=[(10, 105)], asks=[(10, 95)])
    assert trades(desk.status(OPEN)) == [(price, 10)]


def test_the_better_price_then_the_earlier_order_trades_first(desk: Desk) -> None:
    desk.buy("bob", 3, at=100)
    desk.buy("cleo", 3, at=100)
    desk.buy("cleo", 1, at=101)
    desk.sell("ann", 5, at=100)
    outcome = desk.status(OPEN)
    buyers = [(fill.order.account, fill.lots) for fill in fills(outcome)[::2]]
    assert buyers == [("cleo", 1), ("bob", 3), ("cleo", 1)]
    assert desk.book()["bids"] == [(100, 2)]


def test_a_trade_of_an_auction_has_no_taker_and_the_buyer_comes_first(desk: Desk) -> None:
    gather(desk, bids=[(1, 100)], asks=[(1, 100)])
    outcome = desk.status(OPEN)
    trade = next(event for event in outcome.events if isinstance(event, Traded))
    assert (trade.taker_side, trade.maker_order, trade.taker_order) == (None, 1, 2)
    both = [event for event in outcome.events if isinstance(event, Filled)]
    assert [(fill.order.side, fill.liquidity.value) for fill in both] == [(BUY, "AUCTION"), (SELL, "AUCTION")]


@pytest.mark.parametrize(("maker_rate", "fee"), [(100_000, 100_000), (-50_000, 0)])
def test_both_sides_pay_the_makers_rate_and_nobody_gets_a_rebate(maker_rate: int, fee: int) -> None:
    desk = Desk(maker_rate=maker_rate, taker_rate=500_000)
    desk.status(AUCTION)
    gather(desk, bids=[(1, 100)], asks=[(1, 100)])
    buyer, seller = fills(desk.status(OPEN))
    assert (buyer.fee, buyer.fee_asset) == (fee, "BTC")
    assert (seller.fee, seller.fee_asset) == (fee * 100_00 // 10**8, "USDT")


def test_hidden_lots_count_and_icebergs_take_turns(desk: Desk) -> None:
    desk.sell("bob", 5, at=100, visible=2)
    desk.sell("cleo", 3, at=100)
    outcome = desk.buy("ann", 7, at=100)
    assert indicated(outcome) == [(100, 7)]
    outcome = desk.status(OPEN)
    sellers = [(fill.order.account, fill.lots) for fill in fills(outcome)[1::2]]
    assert sellers == [("bob", 2), ("cleo", 3), ("bob", 2)]
    assert levels(outcome)[-1] == ("SELL", 100, 1, 1)


def test_the_indicative_price_and_quantity_are_told_as_the_book_builds(desk: Desk) -> None:
    assert indicated(desk.buy("ann", 5, at=103)) == [(None, 0)]
    assert indicated(desk.sell("bob", 2, at=100)) == [(100, 2)]
    assert indicated(desk.sell("bob", 4, at=102)) == [(102, 5)]
    assert indicated(desk.amend("bob", 2, lots=1)) == [(102, 5)]
    assert indicated(desk.cancel("ann", 1)) == [(None, 0)]
    assert indicated(desk.stop("ann", SELL, 1, at=90)) == [], "the book is as it was"


def test_the_indicative_price_is_the_one_at_which_the_auction_then_trades(desk: Desk) -> None:
    gather(desk, bids=[(10, 103), (5, 102), (5, 101)], asks=[(4, 100), (6, 101)])
    assert indicated(desk.sell("bob", 10, at=102)) == [(102, 15)]
    outcome = desk.status(OPEN)
    assert indicated(outcome) == [(None, 0)], "the auction is over"
    assert sum(lots for _, lots in trades(outcome)) == 15


def test_the_indicative_price_of_stored_orders_is_the_one_that_was_told(desk: Desk) -> None:
    gather(desk, bids=[(6, 102), (5, 102), (5, 101)], asks=[(4, 100), (6, 101), (2, 101)])
    desk.stop("ann", SELL, 1, at=90)
    outcome = desk.sell("bob", 10, at=102, visible=1)
    assert indicated(outcome) == [indicative(desk.exchange.state().orders, None)] == [(101, 12)]


def test_a_crossed_book_that_comes_into_an_auction_is_indicated_at_once(desk: Desk) -> None:
    gather(desk, bids=[(2, 105)], asks=[(2, 100)])
    desk.status(MarketStatus.CANCEL_ONLY)
    assert indicated(desk.status(AUCTION)) == [(100, 2)]


def test_nothing_trades_where_the_book_is_not_crossed(desk: Desk) -> None:
    gather(desk, bids=[(1, 99)], asks=[(1, 100)])
    assert trades(desk.status(OPEN)) == []
    assert desk.book() == {"bids": [(99, 1)], "asks": [(100, 1)]}


def test_what_self_trade_prevention_leaves_crossed_trades_in_another_round() -> None:
    """At 96 most would trade, but there ann would only meet herself; bob and cleo then agree on 99."""
    desk = Desk()
    desk.open_account("dora", USDT="1000.00")
    desk.print_trade(at=96)
    desk.status(AUCTION)
    desk.buy("ann", 10, at=105)
    desk.buy("bob", 1, at=100)
    desk.buy("dora", 1, at=96)
    desk.sell("cleo", 1, at=99)
    outcome = desk.sell("ann", 12, at=95, prevent=SelfTradePrevention.CANCEL_BOTH)
    assert indicated(outcome) == [(96, 12)]
    outcome = desk.status(OPEN)
    assert [reason for _, _, reason in ended(outcome)] == ["SELF_TRADE", "SELF_TRADE"]
    assert trades(outcome) == [(99, 1)]
    assert desk.book() == {"bids": [(96, 1)], "asks": []}
    assert desk.balance("ann", "USDT") == ("10000.00", "0.00")


def test_the_price_of_an_auction_fires_stops_which_trade_after_it() -> None:
    desk = Desk()
    desk.print_trade(at=100)
    waits = placed(desk.stop("cleo", SELL, 1, at=90))
    desk.status(AUCTION)
    gather(desk, bids=[(2, 90), (1, 80)], asks=[(1, 85)])
    desk.sell("bob", 1, at=90)
    outcome = desk.status(OPEN)
    assert trades(outcome) == [(90, 1), (90, 1), (80, 1)]
    assert ended(outcome) == []
    assert waits not in desk.open_orders()
    assert desk.balance("cleo", "USDT") == ("10080.00", "0.00")


def test_a_post_only_order_may_cross_in_an_auction(desk: Desk) -> None:
    desk.sell("bob", 1, at=100)
    assert desk.buy("ann", 1, at=100, post_only=True).sequence
    assert trades(desk.status(OPEN)) == [(100, 1)]
