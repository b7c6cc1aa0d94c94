"""What the demonstration trader does next in one market: pure decisions on prices in ticks and quantities in lots."""

import random
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

LEVELS = 15
"""Price levels that are quoted on each side."""
ORDERS_PER_SIDE_MAX = 22
HALF_SPREAD_MILLIONTHS = 6
FIRST_GAP_MILLIONTHS = 12
GAP_GROWTH_MILLIONTHS = 5
"""The first level is the half spread away from the fair price, each further one a growing gap behind it."""
STRAY_MILLIONTHS = 1_500
"""An order further away than this is cancelled."""
NOTIONALS = (60, 150, 400, 1_000, 2_500, 6_000)
"""What an order is worth, in USDT, about."""
SWEEP_NOTIONAL_MAX = 60_000
"""What one aggressive order takes at most, in USDT, about."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One market, as the API describes it."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    minimum_notional: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """An open order of the maker."""

    id: str
    is_buy: bool
    ticks: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to place."""

    is_buy: bool
    ticks: int
    lots: int


@dataclass(slots=True)
class Book:
    """What is known of a market: the maker's orders by id, and the best levels (ticks, lots), best first."""

    quotes: dict[str, Quote] = field(default_factory=dict)
    bids: list[tuple[int, int]] = field(default_factory=list)
    asks: list[tuple[int, int]] = field(default_factory=list)


class Decider:
    """Decides for one market.

    Args:
        rules: The market.
        chance: Where chance comes from.
    """

    def __init__(self, rules: Rules, chance: random.Random) -> None:
        self._rules = rules
        self._chance = chance

    def sweep(self, book: Book, fair: Decimal, usdt_per_quote: Decimal) -> NewOrder | None:
        """Return the aggressive order that takes what is offered on the wrong side of the fair price."""
        fair_ticks = fair / self._rules.tick_size
        cheap = [(ticks, lots) for ticks, lots in book.asks if ticks < fair_ticks]
        dear = [(ticks, lots) for ticks, lots in book.bids if ticks > fair_ticks]
        if not cheap and not dear:
            return None
        levels = cheap or dear
        lots = min(sum(lots for _, lots in levels), self._lots(SWEEP_NOTIONAL_MAX / usdt_per_quote, fair))
        furthest = max(ticks for ticks, _ in cheap) if cheap else min(ticks for ticks, _ in dear)
        # What rests may be less than the market's smallest order; the aggressive order may not.
        return NewOrder(bool(cheap), furthest, max(lots, self._lots(Decimal(0), fair)))

    def missing(self, book: Book, fair: Decimal, usdt_per_quote: Decimal) -> list[NewOrder]:
        """Return the orders that fill the gaps of both sides of the ladder, and stay behind the other side."""
        orders: list[NewOrder] = []
        for is_buy in (True, False):
            mine = sorted(quote.ticks for quote in book.quotes.values() if quote.is_buy is is_buy)
            room = ORDERS_PER_SIDE_MAX - len(mine)
            opposite = (book.asks if is_buy else book.bids)[:1]
            for ticks, reach in self._ladder(fair, is_buy):
                if room <= 0:
                    break
                crosses = bool(opposite) and (ticks >= opposite[0][0] if is_buy else ticks <= opposite[0][0])
                if crosses or any(abs(ticks - other) <= reach for other in mine):
                    continue
                mine.append(ticks)
                room -= 1
                notional = self._chance.choice(NOTIONALS) * Decimal(self._chance.randint(70, 130)) / 100
                orders.append(NewOrder(is_buy, ticks, self._lots(notional / usdt_per_quote, fair)))
        return orders

    def stray(self, book: Book, fair: Decimal) -> Quote | None:
        """Return an order that should go: the furthest of a side that has too many, or one that is too far away."""
        fair_ticks = fair / self._rules.tick_size
        reach = max(fair_ticks * STRAY_MILLIONTHS / 1_000_000, Decimal(2 * LEVELS))
        for is_buy in (True, False):
            mine = [quote for quote in book.quotes.values() if quote.is_buy is is_buy]
            if not mine:
                continue
            furthest = max(mine, key=lambda quote: abs(quote.ticks - fair_ticks))
            if len(mine) > LEVELS + 3 or abs(furthest.ticks - fair_ticks) > reach:
                return furthest
        return None

    def strike(self, book: Book, usdt_per_quote: Decimal) -> NewOrder | None:
        """Return a small order that takes from the best level of a side chosen by chance."""
        is_buy = self._chance.random() < 0.5
        levels = book.asks if is_buy else book.bids
        if not levels:
            return None
        ticks, lots = levels[0]
        least = self._lots(NOTIONALS[0] / usdt_per_quote, ticks * self._rules.tick_size)
        return NewOrder(is_buy, ticks, max(least, lots * self._chance.randint(5, 60) // 100))

    def _ladder(self, fair: Decimal, is_buy: bool) -> list[tuple[int, int]]:
        """Return the wanted levels of a side, the best first: ticks, and how near another order is as good."""
        fair_ticks = fair / self._rules.tick_size
        distance = fair_ticks * HALF_SPREAD_MILLIONTHS / 1_000_000
        levels: list[tuple[int, int]] = []
        for number in range(LEVELS):
            if is_buy:
                ticks = int((fair_ticks - distance).to_integral_value(ROUND_FLOOR))
            else:
                ticks = int((fair_ticks + distance).to_integral_value(ROUND_CEILING))
            gap = max(Decimal(1), fair_ticks * (FIRST_GAP_MILLIONTHS + GAP_GROWTH_MILLIONTHS * number) / 1_000_000)
            if ticks > 0:
                levels.append((ticks, int(gap) // 2))
            distance += gap
        return levels

    def _lots(self, notional: Decimal, price: Decimal) -> int:
        """Return about so many lots, at least what the market's smallest order needs."""
        least = self._rules.minimum_notional * 2 / (price * self._rules.lot_size)
        wanted = notional / (price * self._rules.lot_size)
        return max(1, int(wanted), int(least) + 1)
