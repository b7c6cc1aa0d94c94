"""What the demonstration takers do next in one market: pure decisions on prices in ticks and quantities in lots."""

import enum
import random
from decimal import Decimal
from itertools import accumulate

from backend.demo.chance import THOUSAND, happens, lognormal
from backend.demo.quotes import Book, NewOrder, Rules

ARBITRAGE_NOTIONAL_MAX = 60_000
"""What one order of the arbitrageur takes at most, in USDT, about."""
SMALL_MEDIAN = Decimal(250)
TREND_MEDIAN = Decimal(900)
WHALE_MEDIAN = Decimal(90_000)
SIZE_SPREAD = Decimal("1.2")
WHALE_SPREAD = Decimal("0.4")
SMALL_THOUSANDTHS = 200
TREND_THOUSANDTHS = 150
WHALE_THOUSANDTHS = 2
"""So many of the turns in a market each would take in normal times: arrivals without memory, which are Poisson's."""
TREND_MILLIONTHS = 250
"""A price so far from its average is a trend."""
AVERAGE_TURNS = 150


class Taker(enum.Enum):
    """Who takes; the value is the name of the user."""

    ARBITRAGEUR = "demo-arbitrageur"
    SMALL = "demo-taker"
    TREND_FOLLOWER = "demo-trend-follower"
    WHALE = "demo-whale"


class Takers:
    """Decides for all takers of one market.

    Args:
        rules: The market.
        chance: Where chance comes from.
    """

    def __init__(self, rules: Rules, chance: random.Random) -> None:
        self._rules = rules
        self._chance = chance
        self._average: Decimal | None = None

    def arbitrage(self, book: Book, fair: Decimal, usdt_per_quote: Decimal) -> NewOrder | None:
        """Return the order that takes what is offered on the wrong side of the fair price."""
        fair_ticks = fair / self._rules.tick_size
        cheap = [(ticks, lots) for ticks, lots in book.asks if ticks < fair_ticks]
        dear = [(ticks, lots) for ticks, lots in book.bids if ticks > fair_ticks]
        if not cheap and not dear:
            return None
        levels = cheap or dear
        lots = min(sum(lots for _, lots in levels), self._rules.lots(ARBITRAGE_NOTIONAL_MAX / usdt_per_quote, fair))
        furthest = max(ticks for ticks, _ in cheap) if cheap else min(ticks for ticks, _ in dear)
        # What rests may be less than the market's smallest order; the aggressive order may not.
        return NewOrder(bool(cheap), furthest, max(lots, self._rules.lots(Decimal(0), fair)))

    def arrival(self, book: Book, fair: Decimal, usdt_per_quote: Decimal, mood: int) -> tuple[Taker, NewOrder] | None:
        """Return who comes this turn and what it takes, if anybody comes.

        Args:
            book: What there is to take.
            fair: The fair price.
            usdt_per_quote: What the quote asset is worth.
            mood: How wild the market is, in thousandths; more come when prices move.
        """
        average = fair if self._average is None else self._average + (fair - self._average) / AVERAGE_TURNS
        self._average = average
        if happens(self._chance, WHALE_THOUSANDTHS):
            return self._take(Taker.WHALE, book, happens(self._chance, THOUSAND // 2), WHALE_MEDIAN / usdt_per_quote)
        is_trend = abs(fair - average) * 1_000_000 > average * TREND_MILLIONTHS
        if is_trend and happens(self._chance, TREND_THOUSANDTHS):
            return self._take(Taker.TREND_FOLLOWER, book, fair > average, TREND_MEDIAN / usdt_per_quote)
        if happens(self._chance, SMALL_THOUSANDTHS * min(mood, 2 * THOUSAND) // THOUSAND):
            return self._take(Taker.SMALL, book, happens(self._chance, THOUSAND // 2), SMALL_MEDIAN / usdt_per_quote)
        return None

    def _take(self, taker: Taker, book: Book, is_buy: bool, median: Decimal) -> tuple[Taker, NewOrder] | None:
        """Return an order of a lognormal size that reaches as deep as it has to."""
        levels = book.asks if is_buy else book.bids
        if not levels:
            return None
        notional = lognormal(self._chance, median, WHALE_SPREAD if taker is Taker.WHALE else SIZE_SPREAD)
        wanted = self._rules.lots(notional, levels[0][0] * self._rules.tick_size)
        reached = accumulate(lots for _, lots in levels)
        deep_enough = (ticks for (ticks, _), lots in zip(levels, reached, strict=True) if lots >= wanted)
        return taker, NewOrder(is_buy, next(deep_enough, levels[-1][0]), wanted)
