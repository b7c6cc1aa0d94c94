"""What a demonstration maker does next in one market: pure decisions on prices in ticks and quantities in lots."""

import random
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from backend.demo.chance import happens, lognormal

SIZE_SPREAD = Decimal("0.9")
REFRESH_THOUSANDTHS = 60
"""So often a maker that has all it wants takes an order away, to put one of another size there."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How a maker quotes.

    The first level is the half spread away from the fair price, each further one a growing gap behind it, all in
    millionths of the price; an order further away than `stray` is cancelled.
    """

    levels: int
    half_spread: int
    first_gap: int
    gap_growth: int
    stray: int
    median_usdt: int
    """What the order of the first level is worth, about; the last level's is four times that."""

    @property
    def orders_max(self) -> int:
        """Return how many orders it has on a side at most."""
        return self.levels + 7


NEAR = Habit(levels=15, half_spread=8, first_gap=10, gap_growth=4, stray=1_500, median_usdt=700)
DEEP = Habit(levels=25, half_spread=60, first_gap=40, gap_growth=9, stray=6_000, median_usdt=1_500)


@dataclass(frozen=True, slots=True)
class Rules:
    """One market, as the API describes it."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    minimum_notional: Decimal

    def lots(self, notional: Decimal, price: Decimal) -> int:
        """Return about so many lots, at least what the market's smallest order needs."""
        least = self.minimum_notional * 2 / (price * self.lot_size)
        wanted = notional / (price * self.lot_size)
        return max(1, int(wanted), int(least) + 1)


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
    """Decides for one maker in one market.

    Args:
        rules: The market.
        chance: Where chance comes from.
        habit: How it quotes.
    """

    def __init__(self, rules: Rules, chance: random.Random, habit: Habit = NEAR) -> None:
        self._rules = rules
        self._chance = chance
        self._habit = habit

    def missing(self, book: Book, fair: Decimal, usdt_per_quote: Decimal) -> list[NewOrder]:
        """Return the orders that fill the gaps of both sides of the ladder, and stay behind the other side."""
        orders: list[NewOrder] = []
        for is_buy in (True, False):
            mine = sorted(quote.ticks for quote in book.quotes.values() if quote.is_buy is is_buy)
            room = self._habit.orders_max - len(mine)
            opposite = (book.asks if is_buy else book.bids)[:1]
            for number, (ticks, reach) in enumerate(self._ladder(fair, is_buy)):
                if room <= 0:
                    break
                crosses = bool(opposite) and (ticks >= opposite[0][0] if is_buy else ticks <= opposite[0][0])
                if crosses or any(abs(ticks - other) <= reach for other in mine):
                    continue
                mine.append(ticks)
                room -= 1
                median = self._habit.median_usdt * (1 + Decimal(3 * number) / self._habit.levels)
                notional = lognormal(self._chance, median, SIZE_SPREAD)
                orders.append(NewOrder(is_buy, ticks, self._rules.lots(notional / usdt_per_quote, fair)))
        return orders

    def stray(self, book: Book, fair: Decimal) -> Quote | None:
        """Return an order that should go: the furthest of a side that has too many, or one that is too far away."""
        fair_ticks = fair / self._rules.tick_size
        reach = max(fair_ticks * self._habit.stray / 1_000_000, Decimal(2 * self._habit.levels))
        for is_buy in (True, False):
            mine = [quote for quote in book.quotes.values() if quote.is_buy is is_buy]
            if not mine:
                continue
            furthest = max(mine, key=lambda quote: abs(quote.ticks - fair_ticks))
            if len(mine) > self._habit.levels + 3 or abs(furthest.ticks - fair_ticks) > reach:
                return furthest
        return None

    def refreshed(self, book: Book) -> Quote | None:
        """Return now and then an order to take away although there is nothing wrong with it."""
        if not book.quotes or not happens(self._chance, REFRESH_THOUSANDTHS):
            return None
        return book.quotes[self._chance.choice(list(book.quotes))]

    def _ladder(self, fair: Decimal, is_buy: bool) -> list[tuple[int, int]]:
        """Return the wanted levels of a side, the best first: ticks, and how near another order is as good."""
        fair_ticks = fair / self._rules.tick_size
        habit = self._habit
        distance = fair_ticks * habit.half_spread / 1_000_000
        levels: list[tuple[int, int]] = []
        for number in range(habit.levels):
            if is_buy:
                ticks = int((fair_ticks - distance).to_integral_value(ROUND_FLOOR))
            else:
                ticks = int((fair_ticks + distance).to_integral_value(ROUND_CEILING))
            gap = max(Decimal(1), fair_ticks * (habit.first_gap + habit.gap_growth * number) / 1_000_000)
            if ticks > 0:
                levels.append((ticks, int(gap) // 2))
            distance += gap
        return levels
