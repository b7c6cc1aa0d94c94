"""Matching by price and time: an incoming order walks through the opposite side and ends or rests."""

import msgspec

from backend.engine.book import OpenOrder
from backend.engine.events import MarketChanged
from backend.engine.floor import Floor
from backend.engine.settlement import Settlement
from backend.engine.tape import breaker_words
from backend.engine.turn import Turn
from backend.engine.values import (
    LIMIT_TYPES,
    RESTING_TIMES,
    Market,
    MarketStatus,
    Order,
    OrderReason,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from backend.engine.walk import End, Want, ended_short, measure, wanted_of


class Matcher:
    """Walks incoming orders through the books."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.settlement = Settlement(floor)

    def take(self, turn: Turn, taker: OpenOrder) -> None:
        """Trade an open order as far as it reaches, then rest what is left of it or end it."""
        floor, order = self._floor, taker.order
        market = floor.markets[order.market]
        if market.status is MarketStatus.AUCTION:
            floor.rest(turn, taker)
            return
        end = self._walk(turn, market, taker)
        if end is End.FILLED:
            assert order.status is OrderStatus.FILLED
        elif end is End.OWN_ORDER:
            self.end_own(turn, taker)
        elif end is End.SPENT and order.filled_lots:
            floor.close(turn, taker, OrderStatus.FILLED, None)
        elif end is End.SPENT:
            self.end_own(turn, taker)
        elif end is End.BAND:
            floor.close(turn, taker, OrderStatus.CANCELED, OrderReason.PRICE_BAND)
        elif order.type in LIMIT_TYPES and order.time_in_force in RESTING_TIMES:
            floor.rest(turn, taker)
        elif end is End.BREAKER:
            floor.close(turn, taker, OrderStatus.CANCELED, OrderReason.MARKET_CLOSED)
        else:
            floor.close(turn, taker, OrderStatus.CANCELED, OrderReason.NOT_FILLED_IMMEDIATELY)

    def _walk(self, turn: Turn, market: Market, taker: OpenOrder) -> End:
        """Trade as far as the order reaches and return why it went no further."""
        order = taker.order
        side = self._floor.books[market.symbol].opposite(order.side)
        band = self._floor.band(market, turn.time) if order.price_ticks is None else None
        whole = order.time_in_force is TimeInForce.FOK
        if whole:
            end = measure(Want(order), market, side, band, whole=True).end
            if ended_short(end):
                return end
        want = Want(order)
        while True:
            maker = side.best.first if side.best else None
            step = wanted_of(want, market, side, band, side.best, maker.order.account if maker else None)
            if step is End.OWN_ORDER:
                assert maker is not None
                if self.prevent(turn, market, want, taker, maker):
                    return End.OWN_ORDER
                continue
            if isinstance(step, End):
                return step
            assert maker is not None
            lots = min(step, maker.order.shown_lots)
            want.took(lots, self.settlement.match(turn, market, maker, taker, lots))
            if market.breaker_rate is not None and self._trips(turn, market.symbol) and not whole:
                return want.nothing or End.BREAKER

    def prevent(self, turn: Turn, market: Market, want: Want, incoming: OpenOrder, resting: OpenOrder) -> bool:
        """Keep an account from trading with itself; return whether the incoming order must end."""
        if want.mode is SelfTradePrevention.CANCEL_NEWEST:
            return True
        if want.mode is SelfTradePrevention.DECREMENT_AND_CANCEL:
            return self._decrement(turn, market, want, incoming, resting)
        self._floor.close(turn, resting, OrderStatus.CANCELED, OrderReason.SELF_TRADE)
        return want.mode is SelfTradePrevention.CANCEL_BOTH

    def end_own(self, turn: Turn, opened: OpenOrder) -> None:
        """Cancel an order that would have traded with its owner."""
        self._floor.close(turn, opened, OrderStatus.CANCELED, OrderReason.SELF_TRADE)

    def _decrement(self, turn: Turn, market: Market, want: Want, incoming: OpenOrder, resting: OpenOrder) -> bool:
        """Take the smaller of two orders off the larger, and cancel it."""
        assert resting.order.price_ticks is not None
        price_ticks = resting.order.price_ticks
        wanted, offered = want.lots_at(price_ticks, market), resting.order.remaining_lots
        if wanted < offered:
            self._lessen(turn, market, resting, wanted, price_ticks)
            return True
        if wanted > offered:
            self._lessen(turn, market, incoming, offered, price_ticks)
            want.took(offered, offered * price_ticks * market.value_units)
        self._floor.close(turn, resting, OrderStatus.CANCELED, OrderReason.SELF_TRADE)
        return wanted == offered

    def _lessen(self, turn: Turn, market: Market, opened: OpenOrder, lots: int, price_ticks: int) -> None:
        """Lower what an order is for, and release what it held for it."""
        floor, order, level = self._floor, opened.order, opened.level
        if level is not None:
            level.lots -= order.shown_lots
        if order.quote_amount is not None:
            released = lots * price_ticks * market.value_units
            order.quote_amount -= released
        else:
            assert order.quantity_lots is not None
            order.quantity_lots -= lots
            released = _held_for(order, market, lots)
        if order.slice_lots is not None:
            order.slice_lots = min(order.slice_lots, order.remaining_lots)
        if level is not None:
            level.lots += order.shown_lots
            turn.touch_level(order.market, order.side, level.price_ticks)
        floor.release(turn, order, released)
        order.updated_at = turn.time
        floor.tell(turn, opened)
        floor.cancel_linked(turn, order)

    def _trips(self, turn: Turn, symbol: str) -> bool:
        """Move the market to an auction if the last trade tripped its breaker."""
        market = self._floor.markets[symbol]
        if market.status is not MarketStatus.OPEN or not self._floor.tapes[symbol].trips(market, turn.time):
            return False
        assert market.breaker_pause_s is not None
        ends_at = TimeUs(turn.time + market.breaker_pause_s * 1_000_000)
        changed = msgspec.structs.replace(
            market, status=MarketStatus.AUCTION, status_reason=breaker_words(market), auction_ends_at=ends_at
        )
        self._floor.replace_market(changed)
        turn.auctions[symbol] = None
        turn.events.append(MarketChanged(changed))
        return True


def _held_for(order: Order, market: Market, lots: int) -> int:
    """Return what an order by quantity holds for some of its lots."""
    if order.side is Side.SELL:
        return lots * market.lot_units
    if order.type is OrderType.MARKET:
        return 0  # its hold was measured without them
    assert order.price_ticks is not None
    return order.price_ticks * lots * market.value_units
