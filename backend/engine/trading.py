"""Placing, matching and cancelling orders by price and time."""

from copy import copy

import msgspec

from backend.engine import checks
from backend.engine import keys as key_rules
from backend.engine.book import Book, Resting
from backend.engine.codec import content_of
from backend.engine.commands import CancelAllOrders, CancelOrder, PlaceOrder
from backend.engine.events import KeyUsed, LevelChanged, OrderUpdated
from backend.engine.fingerprint import Fingerprint
from backend.engine.keys import KeyMemory
from backend.engine.ledger import Ledger
from backend.engine.matching import AccountOrders, Matcher, held_asset
from backend.engine.outcome import Answer, Refusal, RefusalCode
from backend.engine.turn import Turn
from backend.engine.values import (
    AccountId,
    KeyKind,
    Market,
    Order,
    OrderId,
    OrderReason,
    OrderStatus,
    Side,
    TimeInForce,
    UsedKey,
)
from backend.engine.walk import End, Measured, ended_short, measure


class Preview(msgspec.Struct, frozen=True):
    """What an order would do now, in the engine's units.

    `total` is the quote value of what would trade and of what would rest. `available_after` is of `paid_asset`.
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
    """The books of all markets and the open orders of all accounts."""

    def __init__(self, ledger: Ledger, keys: KeyMemory, fingerprint: Fingerprint) -> None:
        self._ledger = ledger
        self._keys = keys
        self._fingerprint = fingerprint
        self.markets: dict[str, Market] = {}
        self.books: dict[str, Book] = {}
        self.accounts: dict[AccountId, AccountOrders] = {}
        self.next_order_id = 1
        self.next_place = 1
        self.matcher = Matcher(ledger, fingerprint, self.books, self.accounts)

    def place(self, turn: Turn, place: PlaceOrder) -> Answer:
        """Place one order; return its id, also that of an earlier one with the same key, or a refusal."""
        first = self._first_of_key(place)
        if first is not None:
            return first
        hold = self._checked_hold(place)
        if isinstance(hold, Refusal):
            return hold
        return self._accept(turn, place, hold.amount)

    def _first_of_key(self, place: PlaceOrder) -> OrderId | Refusal | None:
        """Return the order that the client order id first made, or why it cannot be used; None for a new one."""
        key = place.client_order_id
        if key is None:
            return None
        if not key_rules.fits(key):
            return Refusal(RefusalCode.INVALID_INPUT, "client_order_id")
        used = self._keys.find(place.account, KeyKind.ORDER, key)
        if used is not None and used.content == content_of(place):
            return OrderId(int(used.result))
        account = self.accounts.get(place.account)
        if used is not None or (account is not None and key in account.by_client_id):
            return Refusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, "client_order_id")
        return None

    def preview(self, place: PlaceOrder) -> Preview | Refusal:
        """Return what an order would do now, or why it would be refused; nothing changes."""
        first = self._first_of_key(place)
        if isinstance(first, Refusal):
            return first
        hold = self._checked_hold(place)
        if isinstance(hold, Refusal):
            return hold
        market = self.markets[place.market]
        side = self.books[place.market].opposite(place.side)
        measured = measure(place, market, side)
        if place.time_in_force is TimeInForce.FOK and ended_short(measured.end):
            measured = Measured(0, 0, 0, measured.end)
        rest_value = rest_lots = 0
        if place.time_in_force is TimeInForce.GTC and measured.end in (End.PRICE, End.NO_ORDERS):
            assert place.quantity_lots is not None
            assert place.price_ticks is not None
            rest_lots = place.quantity_lots - measured.lots
            rest_value = rest_lots * place.price_ticks * market.value_units
        buying = place.side is Side.BUY
        paid = measured.value + rest_value if buying else (measured.lots + rest_lots) * market.lot_units
        return Preview(
            filled_lots=measured.lots,
            filled_value=measured.value,
            best_ticks=side.best.price_ticks if side.best else None,
            fee=measured.fee,
            fee_asset=market.base if buying else market.quote,
            total=measured.value + rest_value,
            available_after=self._ledger.available(place.account, hold.asset) - paid,
            paid_asset=hold.asset,
        )

    def _checked_hold(self, place: PlaceOrder) -> checks.Hold | Refusal:
        """Return what the order must reserve, or the first rule that it breaks."""
        account = self.accounts.get(place.account)
        if account is None:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        market = self.markets.get(place.market)
        if market is None:
            return Refusal(RefusalCode.UNKNOWN_MARKET, "market")
        book = self.books[place.market]
        refusal = (
            checks.wrong_market(market)
            or checks.wrong_shape(place)
            or checks.out_of_range(place, market)
            or checks.no_liquidity(place, book)
            or checks.too_small(place, market, book)
        )
        if refusal is not None:
            return refusal
        maximum = market.open_orders_per_account
        if place.time_in_force is TimeInForce.GTC and account.count.get(place.market, 0) >= maximum:
            return Refusal(RefusalCode.TOO_MANY_OPEN_ORDERS, "", {"maximum": maximum})
        refusal = checks.takes_liquidity(place, book)
        if refusal is not None:
            return refusal
        hold = checks.hold_of(place, market, book)
        available = self._ledger.available(place.account, hold.asset)
        if hold.amount > available:
            facts: dict[str, int | str | None] = {
                "needed": hold.amount,
                "available": available,
                "asset": hold.asset,
            }
            return Refusal(RefusalCode.INSUFFICIENT_BALANCE, checks.amount_field(place), facts)
        return hold

    def _accept(self, turn: Turn, place: PlaceOrder, hold: int) -> OrderId:
        market = self.markets[place.market]
        order = Order(
            id=OrderId(self.next_order_id),
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
            held=hold,
            place=self.next_place,
            status=OrderStatus.OPEN,
            reason=None,
            created_at=turn.time,
            updated_at=turn.time,
        )
        self.next_order_id += 1
        self.next_place += 1
        if hold:
            asset = held_asset(order, market)
            self._ledger.hold(turn.events, order.account, asset, hold, str(order.id))
        if place.client_order_id is not None:
            content, made = content_of(place), str(order.id)
            used = UsedKey(place.account, KeyKind.ORDER, place.client_order_id, content, made, turn.time)
            self._keys.use(used)
            turn.events.append(KeyUsed(used))
        turn.events.append(OrderUpdated(copy(order)))
        self._match(turn, place, market, order)
        return order.id

    def _match(self, turn: Turn, place: PlaceOrder, market: Market, taker: Order) -> None:
        """Trade as far as the order reaches, then rest what is left of it or end it."""
        end = self.matcher.match(turn, place, market, taker)
        if end is End.FILLED:
            assert taker.status is OrderStatus.FILLED
            assert taker.held == 0
        elif end is End.OWN_ORDER:
            self._finish(turn, taker, OrderStatus.CANCELED, OrderReason.SELF_TRADE)
        elif end is End.SPENT:
            self._finish(turn, taker, OrderStatus.FILLED, None)
        elif taker.time_in_force is TimeInForce.GTC:
            self._rest(turn, taker)
        else:
            self._finish(turn, taker, OrderStatus.CANCELED, OrderReason.NOT_FILLED_IMMEDIATELY)

    def _rest(self, turn: Turn, order: Order) -> None:
        assert order.price_ticks is not None
        resting = Resting(order)
        self.books[order.market].side(order.side).add(resting)
        self.accounts[order.account].add(resting)
        self._fingerprint.touch(resting)
        turn.touch_level(order.market, order.side, order.price_ticks)

    def cancel(self, turn: Turn, command: CancelOrder) -> Answer:
        """Cancel one open order; return its id or a refusal."""
        if (command.order is None) == (command.client_order_id is None):
            return Refusal(RefusalCode.INVALID_INPUT, "order")
        account = self.accounts.get(command.account)
        if account is None:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        if command.order is not None:
            resting, field = account.by_id.get(command.order), "order"
        else:
            assert command.client_order_id is not None
            resting, field = account.by_client_id.get(command.client_order_id), "client_order_id"
        if resting is None:
            return Refusal(RefusalCode.UNKNOWN_ORDER, field)
        self._cancel(turn, resting, OrderReason.BY_USER)
        return resting.order.id

    def cancel_all(self, turn: Turn, command: CancelAllOrders) -> tuple[Answer, ...]:
        """Cancel all open orders of an account, or those of one market; return their ids or a refusal."""
        account = self.accounts.get(command.account)
        if account is None:
            return (Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account"),)
        if command.market is not None and command.market not in self.markets:
            return (Refusal(RefusalCode.UNKNOWN_MARKET, "market"),)
        chosen = [
            resting
            for resting in account.by_id.values()
            if command.market is None or resting.order.market == command.market
        ]
        for resting in chosen:
            self._cancel(turn, resting, OrderReason.BY_USER)
        return tuple(resting.order.id for resting in chosen)

    def _cancel(self, turn: Turn, resting: Resting, reason: OrderReason) -> None:
        order = resting.order
        assert order.price_ticks is not None
        self.books[order.market].side(order.side).remove(resting)
        self.accounts[order.account].remove(order)
        self._fingerprint.touch(resting)
        turn.touch_level(order.market, order.side, order.price_ticks)
        self._finish(turn, order, OrderStatus.CANCELED, reason)

    def _finish(self, turn: Turn, order: Order, status: OrderStatus, reason: OrderReason | None) -> None:
        """Release what an order still holds and report its end."""
        if order.held:
            asset = held_asset(order, self.markets[order.market])
            self._ledger.release(turn.events, order.account, asset, order.held, str(order.id))
            order.held = 0
        order.status = status
        order.reason = reason
        order.updated_at = turn.time
        turn.events.append(OrderUpdated(copy(order)))

    def report_levels(self, turn: Turn) -> None:
        """Append the values of every touched level as they are after the command."""
        for symbol, side, price_ticks in turn.levels:
            level = self.books[symbol].side(side).level(price_ticks)
            lots, orders = (level.lots, level.orders) if level else (0, 0)
            turn.events.append(LevelChanged(symbol, side, price_ticks, lots, orders))

    def restore(self, order: Order) -> None:
        """Take over an open order of a stored state; orders come by place."""
        resting = Resting(copy(order))
        self.books[order.market].side(order.side).add(resting)
        self.accounts[order.account].add(resting)
        self._fingerprint.touch(resting)
