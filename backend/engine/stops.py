"""What prices of trades set off: trailing stops follow, orders fire, and fired orders are activated in their turn."""

from backend.engine.book import OpenOrder
from backend.engine.floor import Floor, need_of
from backend.engine.matching import Matcher
from backend.engine.triggers import trailed_stop
from backend.engine.turn import Turn
from backend.engine.values import Order, OrderReason, OrderStatus

ACTIVATIONS_MAX = 100
"""So many fired orders are activated by one command; the others go on with the next."""


class Stops:
    """Fires and activates the orders that wait for a price."""

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher

    def follow(self, order: Order, price_ticks: int | None) -> None:
        """Give a trailing order its best price so far, and the stop that follows from it."""
        order.peak_ticks = price_ticks
        order.stop_ticks = None if price_ticks is None else trailed_stop(order, price_ticks)

    def work_off_prints(self, turn: Turn) -> None:
        """Let the trailing orders follow, and fire what is reached, at each price in the order of the trades."""
        prints, turn.prints = turn.prints, []
        previous = None
        for symbol, price_ticks in prints:
            if (symbol, price_ticks) == previous:
                continue
            previous = (symbol, price_ticks)
            waiting = self._floor.waiting[symbol]
            for opened in waiting.outrun_by(price_ticks):
                waiting.remove(opened)
                self.follow(opened.order, price_ticks)
                opened.order.updated_at = turn.time
                waiting.add(opened)
                self._floor.tell(turn, opened)
            for opened in waiting.reached_by(price_ticks):
                self._fire(turn, opened)

    def _fire(self, turn: Turn, opened: OpenOrder) -> None:
        order, floor = opened.order, self._floor
        waiting = floor.waiting[order.market]
        waiting.remove(opened)
        linked = floor.linked(order)
        order.triggered_at = order.updated_at = turn.time
        if linked is not None:
            order.held += linked.order.held
            linked.order.held = 0
            floor.close(turn, linked, OrderStatus.CANCELED, OrderReason.BY_LINKED_ORDER, cancels_linked=False)
            floor.release(turn, order, order.held - need_of(order, floor.markets[order.market]))
        order.place = floor.take_place()
        waiting.add(opened)
        self._floor.tell(turn, opened)

    def activate(self, turn: Turn) -> None:
        """Activate fired orders, the earliest first, as many as one command may."""
        for _ in range(ACTIVATIONS_MAX):
            queues = self._floor.runnable()
            if not queues:
                return
            earliest = min((next(iter(waiting.fired.values())) for waiting in queues), key=lambda it: it.order.place)
            self._activate(turn, earliest)
            self.work_off_prints(turn)

    def _activate(self, turn: Turn, opened: OpenOrder) -> None:
        order, floor = opened.order, self._floor
        market, opposite = floor.markets[order.market], floor.books[order.market].opposite(order.side)
        if order.price_ticks is not None:
            band = floor.band(market, turn.time)
            if band is not None and band.excludes(order.price_ticks):
                floor.close(turn, opened, OrderStatus.REJECTED, OrderReason.PRICE_BAND)
                return
            if order.post_only and opposite.best is not None and opposite.reaches(order.price_ticks, opposite.best):
                floor.close(turn, opened, OrderStatus.REJECTED, OrderReason.WOULD_TAKE_LIQUIDITY)
                return
        floor.waiting[order.market].remove(opened)
        order.place = floor.take_place()
        order.status = OrderStatus.OPEN
        order.updated_at = turn.time
        self._floor.tell(turn, opened)
        self._matcher.take(turn, opened)
