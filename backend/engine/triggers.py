"""Orders that wait for a price of the last trade: which of them a price fires, and the queue of those that fired."""

from sortedcontainers import SortedList

from backend.engine.book import OpenOrder
from backend.engine.values import AMOUNT_MAX, Order, OrderId, OrderType, Side
from backend.money import RATE_SCALE

TAKE_PROFITS = (OrderType.TAKE_PROFIT_LIMIT, OrderType.TAKE_PROFIT_MARKET)


def fires_upwards(kind: OrderType, side: Side) -> bool:
    """Tell whether an order fires at its stop and above, rather than at its stop and below."""
    return (side is Side.BUY) is not (kind in TAKE_PROFITS)


def is_reached(kind: OrderType, side: Side, stop_ticks: int, price_ticks: int) -> bool:
    """Tell whether a price of the last trade fulfils an order's condition."""
    return price_ticks >= stop_ticks if fires_upwards(kind, side) else price_ticks <= stop_ticks


def trailed_stop(order: Order, peak_ticks: int) -> int:
    """Return the stop of a trailing order whose best price was this one."""
    if order.trailing_ticks is not None:
        distance = order.trailing_ticks
    else:
        assert order.trailing_rate is not None
        distance = max(1, peak_ticks * order.trailing_rate // RATE_SCALE)
    return peak_ticks + distance if order.side is Side.BUY else max(1, peak_ticks - distance)


Slot = tuple[int, int, OrderId]
"""A price, then the place and the id of the order that waits for it."""


class Waiting:
    """The orders of one market that wait for a price, and those that fired and wait for their turn."""

    __slots__ = ("_falling", "_market", "_orders", "_peaks", "_queues", "_rising", "_troughs", "fired")

    def __init__(self, market: str, queues: dict[str, "Waiting"]) -> None:
        self._market = market
        self._queues = queues
        self._orders: dict[OrderId, OpenOrder] = {}
        self._rising: SortedList[Slot] = SortedList()
        self._falling: SortedList[Slot] = SortedList()
        self._peaks: SortedList[Slot] = SortedList()
        """Trailing sells by their peak, 0 without one."""
        self._troughs: SortedList[Slot] = SortedList()
        """Trailing buys by their lowest price, a number beyond all prices without one."""
        self.fired: dict[OrderId, OpenOrder] = {}
        """Those that fired, by place."""

    def __bool__(self) -> bool:
        return bool(self._orders)

    def add(self, opened: OpenOrder) -> None:
        """Let an order wait for its price, or for its turn when it has fired."""
        order = opened.order
        if order.triggered_at is not None:
            self.fired[order.id] = opened
            self._queues[self._market] = self
            return
        self._orders[order.id] = opened
        for slots, slot in self._slots(order):
            slots.add(slot)

    def remove(self, opened: OpenOrder) -> None:
        """Let an order wait no more."""
        order = opened.order
        if self.fired.pop(order.id, None) is not None:
            if not self.fired:
                del self._queues[self._market]
            return
        del self._orders[order.id]
        for slots, slot in self._slots(order):
            slots.remove(slot)

    def outrun_by(self, price_ticks: int) -> list[OpenOrder]:
        """Return the trailing orders whose best price so far a trade has passed, by place."""
        below = self._peaks.irange(None, (price_ticks,))
        above = self._troughs.irange((price_ticks + 1,), None)
        return [self._orders[slot[2]] for slot in sorted((*below, *above), key=_place)]

    def reached_by(self, price_ticks: int) -> list[OpenOrder]:
        """Return the orders that a price of the last trade fires, by place."""
        rising = self._rising.irange(None, (price_ticks + 1,))
        falling = self._falling.irange((price_ticks,), None)
        return [self._orders[slot[2]] for slot in sorted((*rising, *falling), key=_place)]

    def _slots(self, order: Order) -> list[tuple["SortedList[Slot]", Slot]]:
        """Return where an order waits: by its stop, if it has one yet, and by its best price, if it trails."""
        slots: list[tuple[SortedList[Slot], Slot]] = []
        if order.stop_ticks is not None:
            by_stop = self._rising if fires_upwards(order.type, order.side) else self._falling
            slots.append((by_stop, (order.stop_ticks, order.place, order.id)))
        if order.type is OrderType.TRAILING_STOP:
            if order.side is Side.SELL:
                slots.append((self._peaks, (order.peak_ticks or 0, order.place, order.id)))
            else:
                slots.append((self._troughs, (order.peak_ticks or AMOUNT_MAX, order.place, order.id)))
        return slots


def _place(slot: Slot) -> int:
    return slot[1]
