"""The reference's rules for orders that are placed, alone or as a pair, and for orders that are amended."""

from decimal import Decimal
from typing import Any

from tests.property.reference_orders import (
    LIMIT,
    PROFITS,
    STOPS,
    TRIGGERED,
    Market,
    Order,
    Refused,
    amount_field,
    check_at_least_one,
    check_form,
    check_quantity,
    check_slices,
    fields_of,
    other,
)
from tests.property.reference_triggers import ReferenceTriggers


class ReferencePlacing(ReferenceTriggers):
    """`PlaceOrder`, `PlaceOrders`, `PlaceOcoOrder`, `AmendOrder`."""

    def PlaceOrders(self, command: Any) -> list[Any]:
        answers: list[Any] = []
        for order in command.orders:
            try:
                answers += self.PlaceOrder(order)
            except Refused as refused:
                answers.append(refused.answer)
        return answers

    def PlaceOrder(self, command: Any) -> list[Any]:
        known = self.known_order_key(command, "client_order_id")
        if known is not None:
            return [known]
        given = fields_of(command)
        self.active_account(command.account)
        market = self.market(command.market)
        can_wait = given["type"] in TRIGGERED or (given["type"] == "LIMIT" and given["time_in_force"] in ("GTC", "GTD"))
        self.check_open(market, ("OPEN", "POST_ONLY", "AUCTION") if can_wait else ("OPEN",))
        check_form(given, self.now)
        order = Order(market, given, self.placed + 1, self.places + 1, self.now)
        self.check_amounts(given, market)
        if order.amount is not None:
            order.amount = self.natural(order.amount, market.quote)
        if order.type == "TRAILING_STOP":
            order.follow(market.last)
        if order.type == "MARKET" and self.best(market, other(order.side)) is None:
            raise Refused("INSUFFICIENT_LIQUIDITY", amount_field(given))
        self.check_notional(order, amount_field(given))
        if order.type == "LIMIT":
            self.check_band(order)
        self.check_room(order.account, market, 1 if order.can_rest or order.type in TRIGGERED else 0)
        if order.type == "LIMIT":
            self.check_takes_nothing(order)
        self.check_triggers_later(order)
        self.check_spend(order)
        at_market = order.type == "MARKET" and order.side == "BUY" and order.amount is None
        hold = self.measure(order)[0] if at_market else self.need(order)
        self.check_balance(order, hold, amount_field(given))

        self.accept(order, hold, command, "client_order_id")
        if order.status != "UNTRIGGERED":
            self.come_in(order)
        return [order.id]

    def PlaceOcoOrder(self, command: Any) -> list[Any]:
        for step, field in enumerate(("limit_client_order_id", "stop_client_order_id")):
            known = self.known_order_key(command, field)
            if known is not None:
                return [known - step, known - step + 1]
        if command.limit_client_order_id is not None and command.limit_client_order_id == command.stop_client_order_id:
            raise Refused("INVALID_INPUT", "stop_client_order_id")
        self.active_account(command.account)
        market = self.market(command.market)
        self.check_open(market, ("OPEN", "POST_ONLY", "AUCTION"))
        limit, stop = self.legs(command, market)
        self.check_pair(fields_of(command), market, limit, stop)
        need = max(self.need(limit), self.need(stop))
        self.check_balance(limit, need, "quantity_lots")

        limit.linked, stop.linked = stop.id, limit.id
        hold = self.need(limit)
        self.accept(limit, hold, command, "limit_client_order_id")
        self.accept(stop, need - hold, command, "stop_client_order_id")
        self.rest(limit)
        return [limit.id, stop.id]

    def legs(self, command: Any, market: Market) -> tuple[Order, Order]:
        """Return the limit order and the stop order of a pair."""
        given = fields_of(command)
        both = {"self_trade_prevention": "CANCEL_NEWEST", "quote_amount": None, "visible_lots": None}
        both |= {"trailing_ticks": None, "trailing_rate": None, "expire_at": None}
        for name in ("account", "market", "side", "quantity_lots"):
            both[name] = given[name]
        limit = {"type": "LIMIT", "time_in_force": "GTC", "post_only": True, "stop_ticks": None}
        limit |= {"price_ticks": given["price_ticks"], "client_order_id": given["limit_client_order_id"]}
        market_stop = given["stop_limit_ticks"] is None
        stop = {"type": "STOP_MARKET" if market_stop else "STOP_LIMIT", "post_only": False}
        stop |= {"time_in_force": "IOC" if market_stop else "GTC", "stop_ticks": given["stop_ticks"]}
        stop |= {"price_ticks": given["stop_limit_ticks"], "client_order_id": given["stop_client_order_id"]}
        number, place = self.placed + 1, self.places + 1
        return (
            Order(market, both | limit, number, place, self.now),
            Order(market, both | stop, number + 1, place + 1, self.now),
        )

    def check_pair(self, given: dict[str, Any], market: Market, limit: Order, stop: Order) -> None:
        check_at_least_one(given, "price_ticks", "quantity_lots", "stop_ticks", "stop_limit_ticks")
        if given["side"] == "BUY" and given["stop_limit_ticks"] is None:
            raise Refused("INVALID_INPUT", "stop_limit_ticks")
        if not stands_right(limit, stop):
            raise Refused("INVALID_INPUT", "price_ticks")
        check_quantity(market, limit.lots, self.natural(LIMIT, market.base))
        for field in ("price_ticks", "stop_limit_ticks"):
            if given[field] is not None:
                self.check_value(market, given[field], limit.lots, field)
        if given["stop_ticks"] >= LIMIT:
            raise Refused("AMOUNT_OUT_OF_RANGE", "stop_ticks")
        self.check_notional(limit, "quantity_lots")
        self.check_notional(stop, "quantity_lots")
        self.check_band(limit)
        self.check_room(limit.account, market, 2)
        self.check_takes_nothing(limit)
        self.check_triggers_later(stop)

    def accept(self, order: Order, hold: Decimal, command: Any, key_field: str) -> None:
        self.placed += 1
        order.place = self.next_place()
        self.orders.append(order)
        order.held = hold
        if hold > 0:
            self.post("HOLD", order.account, self.asset(order), -hold, hold, str(order.id))
        if order.client_order_id is not None:
            self.use_key(command, "ORDER", getattr(command, key_field), str(order.id))
        self.tell(order)

    # Amending

    def AmendOrder(self, command: Any) -> list[Any]:
        order = self.named_order(command)
        market, given = order.market, fields_of(command)
        self.check_open(market, ("OPEN", "POST_ONLY", "AUCTION"))
        self.check_amendable(order, given)
        new = Amended(order, given)
        self.check_new_amounts(order, new, given)
        other_leg = self.order(order.linked)
        if other_leg is not None:
            limit, stop = (new, other_leg) if order.type == "LIMIT" else (other_leg, new)
            if not stands_right(limit, stop):
                raise Refused("INVALID_INPUT", "price_ticks" if given["price_ticks"] is not None else "stop_ticks")
        if (new.price, new.lots, new.stop) == (order.price, order.lots, order.stop):
            return [order.id]
        self.check_amended_against_the_market(order, new, given)
        before = order.held + (other_leg.held if other_leg else 0)
        need, other_need = self.needs(order, new, other_leg)
        field = "quantity_lots" if given["quantity_lots"] is not None else "price_ticks"
        self.check_balance(order, need + other_need - before, field)

        self.move_hold(order, need + other_need - before)
        if other_leg is not None and other_leg.held != other_need:
            other_leg.held = other_need
            self.tell(other_leg)
        order.held, order.updated_at = need, self.now
        self.change(order, new)
        return [order.id]

    def check_amendable(self, order: Order, given: dict[str, Any]) -> None:
        price, lots, stop = given["price_ticks"], given["quantity_lots"], given["stop_ticks"]
        if price is None and lots is None and stop is None:
            raise Refused("INVALID_INPUT", "order")
        if price is not None and order.price is None:
            raise Refused("INVALID_INPUT", "price_ticks")
        if lots is not None and (order.lots is None or order.linked is not None):
            raise Refused("INVALID_INPUT", "quantity_lots")
        if stop is not None and (not order.waits or order.type == "TRAILING_STOP"):
            raise Refused("INVALID_INPUT", "stop_ticks")
        if order.fired:
            raise Refused("INVALID_INPUT", "order")

    def check_new_amounts(self, order: Order, new: "Amended", given: dict[str, Any]) -> None:
        check_at_least_one(given, "price_ticks", "quantity_lots", "stop_ticks")
        if given["quantity_lots"] is not None and new.lots <= order.filled:
            raise Refused("AMOUNT_OUT_OF_RANGE", "quantity_lots", filled_lots=order.filled)
        if new.lots is not None:
            check_quantity(order.market, new.lots, self.natural(LIMIT, order.market.base))
            if new.price is not None:
                field = "quantity_lots" if given["price_ticks"] is None else "price_ticks"
                self.check_value(order.market, new.price, new.lots, field)
        if given["stop_ticks"] is not None and new.stop >= LIMIT:
            raise Refused("AMOUNT_OUT_OF_RANGE", "stop_ticks")
        if given["quantity_lots"] is not None:
            check_slices(new.lots, order.visible, "quantity_lots")

    def check_amended_against_the_market(self, order: Order, new: "Amended", given: dict[str, Any]) -> None:
        names = [name for name in ("quantity_lots", "price_ticks", "stop_ticks") if given[name] is not None]
        if new.lots is not None:
            self.check_notional(new, names[0])
        if given["price_ticks"] is not None:
            if order.status != "UNTRIGGERED" or order.type == "LIMIT":
                self.check_band(new)
            if order.resting:
                self.check_takes_nothing(new)
        if given["stop_ticks"] is not None:
            self.check_triggers_later(new)

    def needs(self, order: Order, new: "Amended", other_leg: Order | None) -> tuple[Decimal, Decimal]:
        """Return what the amended order holds, and what the other leg of its pair does."""
        need = self.need(new)
        if other_leg is None:
            return need, Decimal(0)
        if order.type == "LIMIT":
            return need, max(Decimal(0), self.need(other_leg) - need)
        return max(Decimal(0), need - self.need(other_leg)), self.need(other_leg)

    def move_hold(self, order: Order, more: Decimal) -> None:
        if more > 0:
            self.post("HOLD", order.account, self.asset(order), -more, more, str(order.id))
        if more < 0:
            self.post("RELEASE", order.account, self.asset(order), -more, more, str(order.id))

    def change(self, order: Order, new: "Amended") -> None:
        """Let the new values hold, once the balance and the holds fit them."""
        if order.waits:
            order.price, order.lots, order.stop = new.price, new.lots, new.stop
            self.tell(order)
        elif new.price == order.price and new.lots < order.lots:
            order.lots = new.lots
            if order.slice is not None:
                order.slice = min(order.slice, order.remaining)
            self.touch(order)
            self.tell(order)
        else:
            self.touch(order)
            order.resting, order.slice = False, None
            order.price, order.lots, order.place = new.price, new.lots, self.next_place()
            self.tell(order)
            self.come_in(order)

    # Checks that several commands share

    def check_open(self, market: Market, statuses: tuple[str, ...]) -> None:
        if self.rules["halted"]:
            raise Refused("EXCHANGE_HALTED", reason=self.rules["halt_reason"])
        if market.status not in statuses:
            raise Refused("MARKET_NOT_OPEN", "market", status=market.status, reason=market.reason)

    def check_amounts(self, given: dict[str, Any], market: Market) -> None:
        fields = ("price_ticks", "quantity_lots", "quote_amount", "stop_ticks", "trailing_ticks", "visible_lots")
        check_at_least_one(given, *fields)
        if given["trailing_rate"] is not None and not 1 <= given["trailing_rate"] < 10**8:
            raise Refused("AMOUNT_OUT_OF_RANGE", "trailing_rate")
        if given["quantity_lots"] is not None:
            check_quantity(market, given["quantity_lots"], self.natural(LIMIT, market.base))
        if given["price_ticks"] is not None:
            self.check_value(market, given["price_ticks"], given["quantity_lots"], "price_ticks")
        for field in ("quote_amount", "stop_ticks", "trailing_ticks"):
            if given[field] is not None and given[field] >= LIMIT:
                raise Refused("AMOUNT_OUT_OF_RANGE", field)
        if given["quantity_lots"] is not None:
            if given["visible_lots"] is not None and given["visible_lots"] > given["quantity_lots"]:
                raise Refused("AMOUNT_OUT_OF_RANGE", "visible_lots")
            check_slices(given["quantity_lots"], given["visible_lots"], "visible_lots")

    def check_value(self, market: Market, ticks: int, lots: int, field: str) -> None:
        if market.value(ticks, lots) >= self.natural(LIMIT, market.quote):
            raise Refused("AMOUNT_OUT_OF_RANGE", field)

    def check_notional(self, order: Order, field: str) -> None:
        market = order.market
        minimum = self.natural(market.rules["minimum_notional"], market.quote)
        price = order.price
        if order.type in STOPS + PROFITS and price is None:
            price = order.stop
        elif order.type == "TRAILING_STOP":
            price = market.last
        elif order.type == "MARKET":
            best = self.best(market, other(order.side))
            assert best is not None
            price = best.price
            if order.amount is not None:
                minimum = max(minimum, market.value(price, 1))
        if order.amount is None and price is None:
            return
        notional = order.amount if order.amount is not None else market.value(price, order.lots)
        if notional < minimum:
            facts = {"notional": self.units(notional, market.quote), "minimum": self.units(minimum, market.quote)}
            raise Refused("NOTIONAL_TOO_SMALL", field, **facts)

    def check_spend(self, order: Order) -> None:
        """Refuse an amount that buys more than the market's largest order."""
        market, maximum = order.market, order.market.rules["maximum_lots"]
        price = market.last if order.type == "TRAILING_STOP" else order.stop
        if order.amount is None or maximum is None or (order.type != "MARKET" and price is None):
            return
        lots = self.measure(order)[1] if order.type == "MARKET" else order.amount // market.value(price, 1)
        if lots > maximum:
            raise Refused("AMOUNT_OUT_OF_RANGE", "quote_amount", maximum_lots=maximum)

    def check_band(self, order: Order) -> None:
        market = order.market
        reference = market.reference_price(self.now)
        if market.out_of_band(order.price, reference):
            facts = {"reference_ticks": reference, "band_rate": market.rules["band_rate"]}
            raise Refused("PRICE_OUT_OF_BAND", "price_ticks", **facts)

    def check_room(self, account: str, market: Market, more: int) -> None:
        maximum = market.rules["open_orders_per_account"]
        if more and len(self.open_orders(account, market)) + more > maximum:
            raise Refused("TOO_MANY_OPEN_ORDERS", maximum=maximum)

    def check_takes_nothing(self, order: Order) -> None:
        best = self.best(order.market, other(order.side))
        if best is None or order.market.status == "AUCTION" or not order.reaches(best.price):
            return
        if order.post_only or order.market.status == "POST_ONLY":
            raise Refused("WOULD_TAKE_LIQUIDITY", "price_ticks", best_ticks=best.price)

    def check_triggers_later(self, order: Order) -> None:
        if order.type in STOPS + PROFITS and order.is_triggered_by(order.market.last):
            raise Refused("WOULD_TRIGGER_IMMEDIATELY", "stop_ticks", last_ticks=order.market.last)

    def check_balance(self, order: Order, hold: Decimal, field: str) -> None:
        asset = self.asset(order)
        available = self.balance(order.account, asset)[0]
        if hold > available:
            facts = {"needed": self.units(hold, asset), "available": self.units(available, asset), "asset": asset}
            raise Refused("INSUFFICIENT_BALANCE", field, **facts)

    def named_order(self, command: Any) -> Order:
        """Return the open order that exactly one of the two ids names."""
        if (command.order is None) == (command.client_order_id is None):
            raise Refused("INVALID_INPUT", "order")
        self.account(command.account)
        field, name = ("order", "id") if command.order is not None else ("client_order_id", "client_order_id")
        for order in self.open_orders(command.account):
            if getattr(order, name) == getattr(command, field):
                return order
        raise Refused("UNKNOWN_ORDER", field)

    def known_order_key(self, command: Any, field: str) -> int | None:
        """Return the id of the order that a command with this key made."""
        key = getattr(command, field)
        known = self.known_key(command, "ORDER", field, key, "DUPLICATE_CLIENT_ORDER_ID")
        if known is not None:
            return int(known)
        if key is not None and any(each.client_order_id == key for each in self.open_orders(command.account)):
            raise Refused("DUPLICATE_CLIENT_ORDER_ID", field)
        return None

    def known_key(self, command: Any, kind: str, field: str, key: str | None, duplicate: str) -> str | None:
        raise NotImplementedError

    def use_key(self, command: Any, kind: str, key: str, result: str) -> None:
        raise NotImplementedError


class Amended(Order):
    """An open order as it would be with new values."""

    def __init__(self, order: Order, given: dict[str, Any]) -> None:
        vars(self).update(vars(order))
        self.price = order.price if given["price_ticks"] is None else given["price_ticks"]
        self.lots = order.lots if given["quantity_lots"] is None else given["quantity_lots"]
        self.stop = order.stop if given["stop_ticks"] is None else given["stop_ticks"]


def stands_right(limit: Order, stop: Order) -> bool:
    """Tell whether the limit price of a pair is on the far side of its stop."""
    return limit.price > stop.stop if limit.side == "SELL" else limit.price < stop.stop
