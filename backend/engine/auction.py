"""Auctions: the one price at which the most would trade, and the trades at it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, pairwise

from backend.engine.book import Book
from backend.engine.events import IndicativeChanged
from backend.engine.floor import Floor
from backend.engine.matching import Matcher
from backend.engine.turn import Turn
from backend.engine.values import LIMIT_TYPES, OPEN_STATUSES, MarketStatus, Order, OrderStatus, Side
from backend.engine.walk import Want

Lots = dict[int, int]
"""Lots by price in ticks."""


def equilibrium(bids: Lots, asks: Lots, last_ticks: int | None) -> tuple[int, int] | None:
    """Return the price at which the most lots trade, and how many; None where nothing does.

    Among equals the least surplus decides, then the nearest to the last price (the lowest without one), then the lower
    price.
    """
    if not bids or not asks or max(bids) < min(asks):
        return None
    best = min(
        (
            (-min(demand, supply), abs(demand - supply), abs(price - (last_ticks or 0)), price)
            for price, demand, supply in _candidates(bids, asks, last_ticks or 0)
        )
    )
    return best[3], -best[0]


def _candidates(bids: Lots, asks: Lots, near: int) -> Iterable[tuple[int, int, int]]:
    """Yield the prices that can be best, with demand and supply there.

    Between two neighbouring order prices nothing changes, so that of those ticks only the one nearest to the last
    price can be best.
    """
    ask_prices, bid_prices = sorted(asks), sorted(bids)
    supplied = [0, *accumulate(asks[price] for price in ask_prices)]
    demanded = [0, *accumulate(bids[price] for price in reversed(bid_prices))]
    low, high = ask_prices[0], bid_prices[-1]
    marks = sorted(price for price in {*ask_prices, *bid_prices} if low <= price <= high)
    between = [min(max(near, lower + 1), upper - 1) for lower, upper in pairwise(marks) if upper - lower > 1]
    for price in (*marks, *between):
        demand = demanded[len(bid_prices) - bisect_left(bid_prices, price)]
        yield price, demand, supplied[bisect_right(ask_prices, price)]


def indicative(orders: Iterable[Order], last_ticks: int | None) -> tuple[int | None, int]:
    """Return the price and lots that uncrossing a market's open orders would give first; None and 0 for nothing."""
    sides: dict[Side, Lots] = {Side.BUY: {}, Side.SELL: {}}
    for order in orders:
        if order.status in OPEN_STATUSES and order.status is not OrderStatus.UNTRIGGERED:
            assert order.type in LIMIT_TYPES
            assert order.price_ticks is not None
            lots = sides[order.side]
            lots[order.price_ticks] = lots.get(order.price_ticks, 0) + order.remaining_lots
    return equilibrium(sides[Side.BUY], sides[Side.SELL], last_ticks) or (None, 0)


class Auctioneer:
    """Uncrosses books."""

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher

    def uncross(self, turn: Turn, symbol: str) -> None:
        """Trade until the book is not crossed any more, each round at one price."""
        book = self._floor.books[symbol]
        while book.is_crossed:
            found = self._equilibrium(symbol)
            assert found is not None
            self._trade_at(turn, symbol, book, found[0])

    def _trade_at(self, turn: Turn, symbol: str, book: Book, price_ticks: int) -> None:
        while True:
            bid, ask = book.bids.best, book.asks.best
            if bid is None or ask is None or bid.price_ticks < price_ticks or ask.price_ticks > price_ticks:
                return
            buyer, seller = bid.first, ask.first
            assert buyer is not None
            assert seller is not None
            market = self._floor.markets[symbol]
            if buyer.order.account == seller.order.account:
                newer, older = (buyer, seller) if buyer.order.place > seller.order.place else (seller, buyer)
                if self._matcher.prevent(turn, market, Want(newer.order), newer, older):
                    self._matcher.end_own(turn, newer)
                continue
            lots = min(buyer.order.shown_lots, seller.order.shown_lots)
            self._matcher.settlement.cross(turn, market, buyer, seller, price_ticks, lots)

    def report(self, turn: Turn) -> None:
        """Append what each auction would give that the command touched, began or ended."""
        if not turn.auctions and not self._floor.auctions:
            return
        touched = dict.fromkeys(symbol for symbol, _, _ in turn.levels)
        for symbol in dict.fromkeys((*touched, *turn.auctions)):
            if self._floor.markets[symbol].status is MarketStatus.AUCTION:
                found = self._equilibrium(symbol)
                turn.events.append(IndicativeChanged(symbol, *(found or (None, 0))))
            elif symbol in turn.auctions:
                turn.events.append(IndicativeChanged(symbol, None, 0))

    def _equilibrium(self, symbol: str) -> tuple[int, int] | None:
        book = self._floor.books[symbol]
        if not book.is_crossed:
            return None
        bids, asks = (
            {level.price_ticks: sum(resting.order.remaining_lots for resting in level) for level in side.levels()}
            for side in (book.bids, book.asks)
        )
        return equilibrium(bids, asks, self._floor.tapes[symbol].last_ticks)
