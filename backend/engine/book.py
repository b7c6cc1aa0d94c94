"""The order book of one market: price levels with a queue each, best price first, earliest place first."""

from collections.abc import Iterator

from sortedcontainers import SortedList

from backend.engine.codec import item_hash
from backend.engine.fingerprint import Marked
from backend.engine.values import OPEN_STATUSES, Order, Side


class Resting(Marked):
    """An open order in its place: a link of its level's queue."""

    __slots__ = ("level", "next", "order", "previous")

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order
        self.level: Level | None = None
        self.previous: Resting | None = None
        self.next: Resting | None = None

    def item_hash(self) -> int:
        """Return the hash of the order; a closed one does not count."""
        return item_hash("order", self.order) if self.order.status in OPEN_STATUSES else 0


class Level:
    """All orders at one price: a linked queue, with its quantity and number of orders."""

    __slots__ = ("first", "last", "lots", "orders", "price_ticks")

    def __init__(self, price_ticks: int) -> None:
        self.price_ticks = price_ticks
        self.lots = 0
        self.orders = 0
        self.first: Resting | None = None
        self.last: Resting | None = None


class BookSide:
    """The levels of one side; keys are prices, negated for asks, so that the best key is always the last."""

    __slots__ = ("_keys", "_levels", "_sign", "best")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side is Side.BUY else -1
        self._levels: dict[int, Level] = {}
        self._keys: SortedList[int] = SortedList()
        self.best: Level | None = None

    def level(self, price_ticks: int) -> Level | None:
        """Return the level at a price."""
        return self._levels.get(price_ticks)

    def reaches(self, price_ticks: int, level: Level) -> bool:
        """Tell whether an opposite limit at this price trades with a level of this side."""
        return self._sign * (level.price_ticks - price_ticks) >= 0

    def add(self, resting: Resting) -> None:
        """Put an order behind all others at its price."""
        price_ticks = resting.order.price_ticks
        assert price_ticks is not None
        level = self._levels.get(price_ticks)
        if level is None:
            level = self._levels[price_ticks] = Level(price_ticks)
            self._keys.add(self._sign * price_ticks)
            if self.best is None or self._sign * (price_ticks - self.best.price_ticks) > 0:
                self.best = level
        resting.level = level
        resting.previous = level.last
        if level.last is None:
            level.first = resting
        else:
            level.last.next = resting
        level.last = resting
        level.lots += resting.order.remaining_lots
        level.orders += 1

    def reduce(self, resting: Resting, lots: int) -> None:
        """Take lots that were filled off an order's level."""
        level = resting.level
        assert level is not None
        level.lots -= lots
        assert level.lots >= 0

    def remove(self, resting: Resting) -> None:
        """Take an order out, with what remains of it."""
        level = resting.level
        assert level is not None, "an order leaves the book once"
        level.lots -= resting.order.remaining_lots
        level.orders -= 1
        if resting.previous is None:
            level.first = resting.next
        else:
            resting.previous.next = resting.next
        if resting.next is None:
            level.last = resting.previous
        else:
            resting.next.previous = resting.previous
        resting.level = resting.previous = resting.next = None
        if level.orders == 0:
            self._drop(level)

    def __iter__(self) -> Iterator[Resting]:
        """Yield the orders by priority; the side must not change meanwhile."""
        for key in reversed(self._keys):
            resting = self._levels[self._sign * key].first
            while resting is not None:
                yield resting
                resting = resting.next

    def _drop(self, level: Level) -> None:
        assert level.lots == 0
        del self._levels[level.price_ticks]
        if level is self.best:
            self._keys.pop()
            self.best = self._levels[self._sign * self._keys[-1]] if self._keys else None
        else:
            self._keys.remove(self._sign * level.price_ticks)


class Book:
    """Both sides of one market."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)

    def side(self, side: Side) -> BookSide:
        """Return the side on which orders of this side rest."""
        return self.bids if side is Side.BUY else self.asks

    def opposite(self, side: Side) -> BookSide:
        """Return the side with which orders of this side trade."""
        return self.asks if side is Side.BUY else self.bids
