"""Placing and cancelling orders, and activating those whose trigger fired."""

from copy import copy

import msgspec

from backend.engine import checks
from backend.engine import keys as key_rules
from backend.engine.auction import Auctioneer
from backend.engine.book import OpenOrder
from backend.engine.codec import content_of
from backend.engine.commands import CancelAllOrders, CancelOrder, PlaceOcoOrder, PlaceOrder
from backend.engine.events import KeyUsed, OrderUpdated
from backend.engine.fees import taker_rate
from backend.engine.floor import AccountOrders, Floor
from backend.engine.matching import Matcher
from backend.engine.outcome import Answer, Refusal, RefusalCode
from backend.engine.stops import Stops
from backend.engine.turn import Turn
from backend.engine.values import (
    TRIGGERED_TYPES,
    AccountId,
    KeyKind,
    MarketStatus,
    Order,
    OrderId,
    OrderReason,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    TimeUs,
    UsedKey,
)
from backend.engine.walk import End, Measured, Want, ended_short, measure


class Preview(msgspec.Struct, frozen=True):
    """What an order would do now, in the engine's units.

    `total` is the quote value of what would trade and of what would rest or wait. `available_after` is of `paid_asset`.
    """

    filled_lots: int
    filled_value: int
    best_ticks: int | None
    fee: int
    fee_asset: str
    total: int
    available_after: int
    paid_asset: str


class Trading:
    """Orders as accounts place and cancel them."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.matcher = Matcher(floor)
        self.auctioneer = Auctioneer(floor, self.matcher)
        self.stops = Stops(floor, self.matcher)

    def place(self, turn: Turn, place: PlaceOrder) -> Answer:
        """Place one order; return its id, also that of an earlier one with the same key, or a refusal."""
        first = self.first_of_key(place.account, place.client_order_id, place, "client_order_id")
        if first is not None:
            return first
        hold = self._checked_hold(place, turn.time)
        if isinstance(hold, Refusal):
            return hold
        opened = self.accept(turn, self._order_of(turn, place), hold.amount, place)
        if opened.order.status is not OrderStatus.UNTRIGGERED:
            self.matcher.take(turn, opened)
            self.stops.work_off_prints(turn)
        return opened.order.id

    def first_of_key(
        self, account: AccountId, key: str | None, command: PlaceOrder | PlaceOcoOrder, field: str
    ) -> OrderId | Refusal | None:
        """Return the order that a client order id first made, or why it cannot be used; None for a new one."""
        if key is None:
            return None
        if not key_rules.fits(key):
            return Refusal(RefusalCode.INVALID_INPUT, field)
        used = self._floor.keys.find(account, KeyKind.ORDER, key)
        if used is not None and used.content == content_of(command):
            return OrderId(int(used.result))
        owner = self._floor.accounts.get(account)
        if used is not None or (owner is not None and key in owner.by_client_id):
            return Refusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, field)
        return None

    def preview(self, place: PlaceOrder, time: TimeUs) -> Preview | Refusal:
        """Return what an order would do now, or why it would be refused; nothing changes."""
        first = self.first_of_key(place.account, place.client_order_id, place, "client_order_id")
        if isinstance(first, Refusal):
            return first
        hold = self._checked_hold(place, time)
        if isinstance(hold, Refusal):
            return hold
        floor, market = self._floor, self._floor.markets[place.market]
        side = floor.books[place.market].opposite(place.side)
        buying, account = place.side is Side.BUY, floor.accounts[place.account].account
        measured = Measured(0, 0, 0, End.NO_ORDERS)
        waits = place.type in TRIGGERED_TYPES or market.status is MarketStatus.AUCTION
        if not waits:
            band = floor.band(market, time) if place.price_ticks is None else None
            rate, whole = taker_rate(market, account, floor.rules), place.time_in_force is TimeInForce.FOK
            measured = measure(Want(place), market, side, band, rate, whole=whole)
            if whole and ended_short(measured.end):
                measured = Measured(0, 0, 0, measured.end)
        rests = waits or (checks.can_rest(place) and measured.end in (End.PRICE, End.NO_ORDERS))
        rest_value, rest_paid = self._rest_of(place, hold, measured) if rests else (0, 0)
        return Preview(
            filled_lots=measured.lots,
            filled_value=measured.value,
            best_ticks=side.best.price_ticks if side.best else None,
            fee=measured.fee,
            fee_asset=market.base if buying else market.quote,
            total=measured.value + rest_value,
            available_after=floor.ledger.available(place.account, hold.asset)
            - (measured.value if buying else measured.lots * market.lot_units)
            - rest_paid,
            paid_asset=hold.asset,
        )

    def _rest_of(self, place: PlaceOrder, hold: checks.Hold, measured: Measured) -> tuple[int, int]:
        """Return the quote value of what would stay open of an order, and what it would hold."""
        if place.quantity_lots is None:
            return hold.amount, hold.amount
        market = self._floor.markets[place.market]
        lots = place.quantity_lots - measured.lots
        price_ticks = place.price_ticks or place.stop_ticks or self._floor.tapes[market.symbol].last_ticks or 0
        value = lots * price_ticks * market.value_units
        return value, value if place.side is Side.BUY else lots * market.lot_units

    def _checked_hold(self, place: PlaceOrder, time: TimeUs) -> checks.Hold | Refusal:
        """Return what the order must reserve, or the first rule that it breaks."""
        floor = self._floor
        parties = floor.parties(place.account, place.market)
        if isinstance(parties, Refusal):
            return parties
        owner, market = parties
        book, tape = floor.books[place.market], floor.tapes[place.market]
        stays, band = checks.stays_open(place), floor.band(market, time)
        refusal = (
            checks.exchange_halted(floor.rules)
            or checks.wrong_market(market, stays=stays)
            or checks.wrong_shape(place)
            or checks.wrong_expiry(place, time)
            or checks.out_of_range(place, market)
            or checks.no_liquidity(place, book)
            or checks.too_small(place, market, book, tape)
            or checks.out_of_band(place.type, place.price_ticks, market, band, tape, time)
            or (checks.too_many(owner.count.get(place.market, 0) + 1, market) if stays else None)
        )
        if refusal is None and place.type is OrderType.LIMIT:
            assert place.price_ticks is not None
            refusal = checks.takes_liquidity(market, book, place.side, place.price_ticks, post_only=place.post_only)
        refusal = refusal or checks.would_trigger(place.type, place.side, place.stop_ticks, tape)
        if refusal is not None:
            return refusal
        refusal = checks.spends_too_much(place, market, book, band, tape)
        if refusal is not None:
            return refusal
        hold = checks.hold_of(place, market, book, band)
        available = floor.ledger.available(place.account, hold.asset)
        return checks.cannot_pay(hold, available, checks.amount_field(place)) or hold

    def _order_of(self, turn: Turn, place: PlaceOrder) -> Order:
        order = new_order(self._floor, turn, place)
        if place.type is OrderType.TRAILING_STOP:
            self.stops.follow(order, self._floor.tapes[place.market].last_ticks)
        return order

    def accept(self, turn: Turn, order: Order, hold: int, command: PlaceOrder | PlaceOcoOrder) -> OpenOrder:
        """Reserve what an order holds, use its key up, and count it among the open ones."""
        floor, market = self._floor, self._floor.markets[order.market]
        if hold:
            asset = market.quote if order.side is Side.BUY else market.base
            floor.ledger.hold(turn.events, order.account, asset, hold, str(order.id))
            order.held = hold
        if order.client_order_id is not None:
            content, made = content_of(command), str(order.id)
            used = UsedKey(order.account, KeyKind.ORDER, order.client_order_id, content, made, turn.time)
            floor.keys.use(used)
            turn.events.append(KeyUsed(used))
        turn.events.append(OrderUpdated(copy(order)))
        opened = OpenOrder(order)
        floor.open(opened)
        if order.status is OrderStatus.UNTRIGGERED:
            floor.waiting[order.market].add(opened)
        return opened

    def cancel(self, turn: Turn, command: CancelOrder) -> Answer:
        """Cancel one open order; return its id or a refusal."""
        opened = self.find(command.account, command.order, command.client_order_id)
        if isinstance(opened, Refusal):
            return opened
        self._floor.close(turn, opened, OrderStatus.CANCELED, OrderReason.BY_USER)
        return opened.order.id

    def find(self, account: AccountId, order: OrderId | None, client_order_id: str | None) -> OpenOrder | Refusal:
        """Return an open order of an account, named by exactly one of its two ids."""
        if (order is None) == (client_order_id is None):
            return Refusal(RefusalCode.INVALID_INPUT, "order")
        owner = self._floor.accounts.get(account)
        if owner is None:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        if order is not None:
            opened, field = owner.by_id.get(order), "order"
        else:
            assert client_order_id is not None
            opened, field = owner.by_client_id.get(client_order_id), "client_order_id"
        return opened or Refusal(RefusalCode.UNKNOWN_ORDER, field)

    def cancel_all(self, turn: Turn, command: CancelAllOrders) -> tuple[Answer, ...]:
        """Cancel all open orders of an account, or those of one market; return their ids or a refusal."""
        owner = self._floor.accounts.get(command.account)
        if owner is None:
            return (Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account"),)
        if command.market is not None and command.market not in self._floor.markets:
            return (Refusal(RefusalCode.UNKNOWN_MARKET, "market"),)
        if command.reason not in (OrderReason.BY_USER, OrderReason.BY_OPERATOR):
            return (Refusal(RefusalCode.INVALID_INPUT, "reason"),)
        return tuple(self.cancel_every(turn, owner, command.market, command.reason))

    def cancel_every(
        self, turn: Turn, owner: AccountOrders, market: str | None, reason: OrderReason, at_most: int | None = None
    ) -> list[OrderId]:
        """Cancel the open orders of an account by id, those of one market or all; return their ids."""
        chosen = [opened for opened in owner.by_id.values() if market is None or opened.order.market == market]
        chosen = chosen[:at_most]
        for opened in chosen:
            if opened.order.id in owner.by_id:
                self._floor.close(turn, opened, OrderStatus.CANCELED, reason)
        return [opened.order.id for opened in chosen]


def new_order(floor: Floor, turn: Turn, place: PlaceOrder) -> Order:
    """Return the order that a command asks for, with the next id and the next place."""
    order = Order(
        id=OrderId(floor.next_order_id),
        account=place.account,
        client_order_id=place.client_order_id,
        market=place.market,
        side=place.side,
        type=place.type,
        time_in_force=place.time_in_force,
        post_only=place.post_only,
        self_trade_prevention=place.self_trade_prevention,
        price_ticks=place.price_ticks,
        quantity_lots=place.quantity_lots,
        quote_amount=place.quote_amount,
        filled_lots=0,
        filled_quote=0,
        held=0,
        place=floor.take_place(),
        status=OrderStatus.UNTRIGGERED if place.type in TRIGGERED_TYPES else OrderStatus.OPEN,
        reason=None,
        created_at=turn.time,
        updated_at=turn.time,
        stop_ticks=place.stop_ticks,
        trailing_ticks=place.trailing_ticks,
        trailing_rate=place.trailing_rate,
        visible_lots=place.visible_lots,
        expire_at=place.expire_at,
    )
    floor.next_order_id += 1
    return order
