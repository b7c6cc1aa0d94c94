"""The order book of one market: price levels with a queue each, best price first, earliest place first."""

from collections import deque
from collections.abc import Iterator

from sortedcontainers import SortedList

from backend.engine.codec import item_hash
from backend.engine.fingerprint import Marked
from backend.engine.values import OPEN_STATUSES, Order, Side


class OpenOrder(Marked):
    """An open order; while it rests in a book it is a link of its level's queue."""

    __slots__ = ("level", "next", "order", "previous")

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order
        self.level: Level | None = None
        self.previous: OpenOrder | None = None
        self.next: OpenOrder | None = None

    def item_hash(self) -> int:
        """Return the hash of the order; a closed one does not count."""
        return item_hash("order", self.order) if self.order.status in OPEN_STATUSES else 0


class Level:
    """All orders at one price: a linked queue, with the quantity that it shows and its number of orders."""

    __slots__ = ("first", "last", "lots", "orders", "price_ticks")

    def __init__(self, price_ticks: int) -> None:
        self.price_ticks = price_ticks
        self.lots = 0
        self.orders = 0
        self.first: OpenOrder | None = None
        self.last: OpenOrder | None = None

    def __iter__(self) -> Iterator[OpenOrder]:
        """Yield the orders by place; the level must not change meanwhile."""
        resting = self.first
        while resting is not None:
            yield resting
            resting = resting.next

    def slices(self) -> Iterator[tuple[OpenOrder, int]]:
        """Yield each order with the lots that it shows, then the further slices of icebergs, as a walk meets them."""
        hidden: deque[tuple[OpenOrder, int]] = deque()
        for resting in self:
            order = resting.order
            yield resting, order.shown_lots
            if order.remaining_lots > order.shown_lots:
                hidden.append((resting, order.remaining_lots - order.shown_lots))
        while hidden:
            resting, lots = hidden.popleft()
            assert resting.order.visible_lots is not None
            shown = min(lots, resting.order.visible_lots)
            yield resting, shown
            if lots > shown:
                hidden.append((resting, lots - shown))

    def append(self, resting: OpenOrder) -> None:
        """Put an order behind all others, with what it shows."""
        resting.level = self
        resting.previous = self.last
        resting.next = None
        if self.last is None:
            self.first = resting
        else:
            self.last.next = resting
        self.last = resting
        self.lots += resting.order.shown_lots
        self.orders += 1

    def unlink(self, resting: OpenOrder) -> None:
        """Take an order out, with what it shows."""
        self.lots -= resting.order.shown_lots
        assert self.lots >= 0
        self.orders -= 1
        if resting.previous is None:
            self.first = resting.next
        else:
            resting.previous.next = resting.next
        if resting.next is None:
            self.last = resting.previous
        else:
            resting.next.previous = resting.previous
        resting.level = resting.previous = resting.next = None


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

    def levels(self) -> Iterator[Level]:
        """Yield the levels, best first; the side must not change meanwhile."""
        for key in reversed(self._keys):
            yield self._levels[self._sign * key]

    def add(self, resting: OpenOrder) -> None:
        """Put an order behind all others at its price."""
        price_ticks = resting.order.price_ticks
        assert price_ticks is not None
        level = self._levels.get(price_ticks)
        if level is None:
            level = self._levels[price_ticks] = Level(price_ticks)
            self._keys.add(self._sign * price_ticks)
            if self.best is None or self._sign * (price_ticks - self.best.price_ticks) > 0:
                self.best = level
        level.append(resting)

    def remove(self, resting: OpenOrder) -> None:
        """Take an order out, with what it shows."""
        level = resting.level
        assert level is not None, "an order leaves the book once"
        level.unlink(resting)
        if level.orders == 0:
            self._drop(level)

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

    @property
    def is_crossed(self) -> bool:
        """Tell whether the best bid reaches the best ask, as it may while an auction collects orders."""
        bid, ask = self.bids.best, self.asks.best
        return bid is not None and ask is not None and bid.price_ticks >= ask.price_ticks
