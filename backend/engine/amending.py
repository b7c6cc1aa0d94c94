"""Changing an open order: it never holds twice, and loses no more than its place."""

from copy import copy
from dataclasses import dataclass

from backend.engine import checks
from backend.engine.book import OpenOrder
from backend.engine.commands import AmendOrder
from backend.engine.floor import Floor, held_asset, need_of
from backend.engine.outcome import Answer, Refusal, RefusalCode
from backend.engine.pairs import Needs, stands_wrong
from backend.engine.trading import Trading
from backend.engine.turn import Turn
from backend.engine.values import (
    AMOUNT_MAX,
    LIMIT_TYPES,
    Market,
    Order,
    OrderStatus,
    OrderType,
    TimeUs,
)


@dataclass(slots=True, frozen=True)
class _Holds:
    """What the amended order, and the other leg of its pair, hold after the change."""

    own: int
    linked: int


class Amending:
    """Amends orders."""

    def __init__(self, floor: Floor, trading: Trading) -> None:
        self._floor = floor
        self._trading = trading

    def amend(self, turn: Turn, command: AmendOrder) -> Answer:
        """Change one open order; return its id or a refusal."""
        opened = self._trading.find(command.account, command.order, command.client_order_id)
        if isinstance(opened, Refusal):
            return opened
        order, linked = opened.order, self._floor.linked(opened.order)
        market = self._floor.markets[order.market]
        refusal = (
            checks.exchange_halted(self._floor.rules)
            or checks.wrong_market(market, stays=True)
            or _wrong_shape(command, order)
        )
        if refusal is not None:
            return refusal
        after = _changed(command, order)
        refusal = _out_of_range(command, after, market) or _wrong_pair(command, after, linked)
        if refusal is not None:
            return refusal
        if after == order:
            return order.id
        holds = self._holds(after, market, linked)
        refusal = self._breaks_a_rule(command, opened, after, market, turn.time) or self._cannot_pay(
            command, order, linked, holds, market
        )
        if refusal is not None:
            return refusal
        self._apply(turn, opened, after, linked, holds)
        return order.id

    def _holds(self, after: Order, market: Market, linked: OpenOrder | None) -> _Holds:
        own = need_of(after, market)
        if linked is None:
            return _Holds(own, 0)
        other = need_of(linked.order, market)
        if after.type is OrderType.LIMIT:
            return _Holds(*Needs(limit=own, stop=other).holds)
        limit_hold, stop_hold = Needs(limit=other, stop=own).holds
        return _Holds(stop_hold, limit_hold)

    def _breaks_a_rule(
        self, command: AmendOrder, opened: OpenOrder, after: Order, market: Market, time: TimeUs
    ) -> Refusal | None:
        floor = self._floor
        book, tape, band = floor.books[market.symbol], floor.tapes[market.symbol], floor.band(market, time)
        rests = opened.level is not None
        refusal = self._too_small(command, after, market)
        if refusal is None and rests and command.price_ticks is not None:
            refusal = checks.out_of_band(OrderType.LIMIT, command.price_ticks, market, band, tape, time)
            if refusal is None and command.price_ticks != opened.order.price_ticks:
                post_only = after.post_only
                refusal = checks.takes_liquidity(market, book, after.side, command.price_ticks, post_only=post_only)
        return refusal or checks.would_trigger(after.type, after.side, command.stop_ticks, tape)

    def _too_small(self, command: AmendOrder, after: Order, market: Market) -> Refusal | None:
        minimum = market.minimum_notional
        if after.quantity_lots is None:
            return None
        stop_ticks = after.stop_ticks
        if after.type is OrderType.TRAILING_STOP:
            stop_ticks = self._floor.tapes[market.symbol].last_ticks
        price_ticks = after.price_ticks or stop_ticks
        if price_ticks is None:
            return None
        return checks.below_minimum(after.quantity_lots * price_ticks * market.value_units, minimum, _field(command))

    def _cannot_pay(
        self, command: AmendOrder, order: Order, linked: OpenOrder | None, holds: _Holds, market: Market
    ) -> Refusal | None:
        asset = held_asset(order, market)
        before = order.held + (linked.order.held if linked else 0)
        hold = checks.Hold(asset, holds.own + holds.linked - before)
        field = "price_ticks" if command.quantity_lots is None else "quantity_lots"
        return checks.cannot_pay(hold, self._floor.ledger.available(order.account, asset), field)

    def _apply(self, turn: Turn, opened: OpenOrder, after: Order, linked: OpenOrder | None, holds: _Holds) -> None:
        floor, order = self._floor, opened.order
        self._hold_the_difference(turn, order, linked, holds)
        only_less = after.price_ticks == order.price_ticks and order.remaining_lots > after.remaining_lots
        if order.status is OrderStatus.UNTRIGGERED:
            waiting = floor.waiting[order.market]
            waiting.remove(opened)
            _take_over(order, after, turn.time)
            waiting.add(opened)
            floor.tell(turn, opened)
        elif only_less:
            assert opened.level is not None
            opened.level.lots -= order.shown_lots
            _take_over(order, after, turn.time)
            if order.slice_lots is not None:
                order.slice_lots = min(order.slice_lots, order.remaining_lots)
            opened.level.lots += order.shown_lots
            turn.touch_level(order.market, order.side, opened.level.price_ticks)
            floor.tell(turn, opened)
        else:
            floor.leave_book(turn, opened)
            _take_over(order, after, turn.time)
            order.slice_lots = None
            order.place = floor.take_place()
            floor.tell(turn, opened)
            self._trading.matcher.take(turn, opened)
            self._trading.stops.work_off_prints(turn)

    def _hold_the_difference(self, turn: Turn, order: Order, linked: OpenOrder | None, holds: _Holds) -> None:
        floor, asset = self._floor, held_asset(order, self._floor.markets[order.market])
        more = holds.own + holds.linked - order.held - (linked.order.held if linked else 0)
        if more > 0:
            floor.ledger.hold(turn.events, order.account, asset, more, str(order.id))
        elif more < 0:
            floor.ledger.release(turn.events, order.account, asset, -more, str(order.id))
        order.held = holds.own
        if linked is not None and linked.order.held != holds.linked:
            linked.order.held = holds.linked
            floor.tell(turn, linked)


def _changed(command: AmendOrder, order: Order) -> Order:
    """Return the order as it would be."""
    after = copy(order)
    for field in ("price_ticks", "quantity_lots", "stop_ticks"):
        number = getattr(command, field)
        if number is not None:
            setattr(after, field, number)
    return after


def _take_over(order: Order, after: Order, time: TimeUs) -> None:
    order.price_ticks = after.price_ticks
    order.quantity_lots = after.quantity_lots
    order.stop_ticks = after.stop_ticks
    order.updated_at = time


def _field(command: AmendOrder) -> str:
    """Return the field that a change is about in the first place."""
    if command.quantity_lots is not None:
        return "quantity_lots"
    return "stop_ticks" if command.price_ticks is None else "price_ticks"


def _wrong_shape(command: AmendOrder, order: Order) -> Refusal | None:
    field = None
    if command.price_ticks is None and command.quantity_lots is None and command.stop_ticks is None:
        field = "order"
    elif command.price_ticks is not None and order.type not in LIMIT_TYPES:
        field = "price_ticks"
    elif command.quantity_lots is not None and (order.quantity_lots is None or order.linked_order is not None):
        field = "quantity_lots"
    elif command.stop_ticks is not None and not _waits_for_its_stop(order):
        field = "stop_ticks"
    elif order.status is OrderStatus.UNTRIGGERED and order.triggered_at is not None:
        field = "order"
    return Refusal(RefusalCode.INVALID_INPUT, field) if field else None


def _waits_for_its_stop(order: Order) -> bool:
    return (
        order.status is OrderStatus.UNTRIGGERED
        and order.triggered_at is None
        and order.type is not OrderType.TRAILING_STOP
    )


def _out_of_range(command: AmendOrder, after: Order, market: Market) -> Refusal | None:
    code = RefusalCode.AMOUNT_OUT_OF_RANGE
    for field in ("price_ticks", "quantity_lots", "stop_ticks"):
        number = getattr(command, field)
        if number is not None and number < 1:
            return Refusal(code, field)
    if command.quantity_lots is not None and command.quantity_lots <= after.filled_lots:
        return Refusal(code, "quantity_lots", {"filled_lots": after.filled_lots})
    field = "quantity_lots" if command.price_ticks is None else "price_ticks"
    refusal = checks.too_large(market, after.quantity_lots, after.price_ticks, field)
    if refusal is not None:
        return refusal
    if command.stop_ticks is not None and command.stop_ticks >= AMOUNT_MAX:
        return Refusal(code, "stop_ticks")
    if after.visible_lots is None or command.quantity_lots is None:
        return None
    return checks.too_many_slices(after.visible_lots, command.quantity_lots, "quantity_lots")


def _wrong_pair(command: AmendOrder, after: Order, linked: OpenOrder | None) -> Refusal | None:
    if linked is None:
        return None
    limit, stop = (after, linked.order) if after.type is OrderType.LIMIT else (linked.order, after)
    assert limit.price_ticks is not None
    assert stop.stop_ticks is not None
    if not stands_wrong(after.side, limit.price_ticks, stop.stop_ticks):
        return None
    return Refusal(RefusalCode.INVALID_INPUT, "stop_ticks" if command.price_ticks is None else "price_ticks")
