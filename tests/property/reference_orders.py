"""The reference's orders and markets in natural units, and the rules that need nothing but them."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from tests.property.plain import PlainRefusal, refusal


class Refused(Exception):
    """The first rule that a command breaks."""

    def __init__(self, code: str, field: str = "", **facts: int | str | None) -> None:
        super().__init__(code)
        self.answer: PlainRefusal = refusal(code, field, facts)


class Market:
    """A market in natural units: `tick` quote per base, `lot` base."""

    def __init__(self, command: Any, base_decimals: int, quote_decimals: int) -> None:
        self.base, self.quote = command.base, command.quote
        self.symbol = f"{command.base}-{command.quote}"
        self.rules = command
        self.tick = Decimal(command.tick_points).scaleb(-command.tick_decimals)
        self.lot = Decimal(command.lot_units).scaleb(-base_decimals)
        self.value_units = (self.tick * self.lot).scaleb(quote_decimals)
        self.status, self.reason = "HALTED", None

    def plain(self) -> dict[str, Any]:
        names = ["tick_points", "tick_decimals", "lot_units", "minimum_notional", "maximum_lots"]
        names += ["open_orders_per_account", "maker_rate", "taker_rate"]
        return {name: getattr(self.rules, name) for name in names} | {
            "symbol": self.symbol,
            "base": self.base,
            "quote": self.quote,
            "value_units": int(self.value_units),
            "status": self.status,
            "status_reason": self.reason,
        }


class Order:
    """An order in natural units; `spend` is the amount that a market buy may spend."""

    def __init__(self, command: Any, market: Market, number: int, place: int, now: int) -> None:
        self.command, self.market, self.id, self.place = command, market, number, place
        self.account, self.side = command.account, command.side.value
        self.price = None if command.price_ticks is None else command.price_ticks * market.tick
        self.quantity = None if command.quantity_lots is None else command.quantity_lots * market.lot
        self.filled = self.filled_value = self.held = Decimal(0)
        self.status, self.reason = "OPEN", None
        self.created_at = self.updated_at = now

    @property
    def remaining(self) -> Decimal:
        return Decimal(0) if self.quantity is None else self.quantity - self.filled


def check_form(command: Any) -> None:
    """Refuse an order whose fields do not belong together."""
    limit, given = command.type.value == "LIMIT", command.time_in_force.value
    if command.type.value not in ("LIMIT", "MARKET"):
        raise Refused("INVALID_INPUT", "type")
    if command.self_trade_prevention.value != "CANCEL_NEWEST":
        raise Refused("INVALID_INPUT", "self_trade_prevention")
    if given == "GTD" or (given == "GTC" and not limit):
        raise Refused("INVALID_INPUT", "time_in_force")
    if command.post_only and (not limit or given != "GTC"):
        raise Refused("INVALID_INPUT", "post_only")
    if limit:
        if command.price_ticks is None:
            raise Refused("INVALID_INPUT", "price_ticks")
        if command.quantity_lots is None:
            raise Refused("INVALID_INPUT", "quantity_lots")
        if command.quote_amount is not None:
            raise Refused("INVALID_INPUT", "quote_amount")
    else:
        if command.price_ticks is not None:
            raise Refused("INVALID_INPUT", "price_ticks")
        if (command.quantity_lots is None) == (command.quote_amount is None):
            raise Refused("INVALID_INPUT", "quantity_lots")
        if command.quote_amount is not None and command.side.value == "SELL":
            raise Refused("INVALID_INPUT", "quote_amount")


def walk(order: Order, opposite: list[Order], spend: Decimal | None) -> tuple[list[tuple[Order, Decimal]], str]:
    """Return what an order would take, and why the walk ended: FILLED, TOO_DEAR, OWN_ORDER or NO_MORE_ORDERS."""
    takes: list[tuple[Order, Decimal]] = []
    wanted, rest, lot = order.quantity, spend, order.market.lot
    for maker in opposite:
        if rest is not None:
            wanted = rest // (maker.price * lot) * lot
            if wanted == 0:
                return takes, "TOO_DEAR"
        if wanted == 0:
            return takes, "FILLED"
        if not reaches(order, maker.price):
            return takes, "NO_MORE_ORDERS"
        if maker.account == order.account:
            return takes, "OWN_ORDER"
        quantity = min(maker.remaining, wanted)
        takes.append((maker, quantity))
        if rest is None:
            wanted -= quantity
        else:
            rest -= quantity * maker.price
            if quantity < maker.remaining:
                return takes, "TOO_DEAR"
    return takes, "FILLED" if (wanted == 0 if rest is None else rest == 0) else "NO_MORE_ORDERS"


def reaches(order: Order, price: Decimal) -> bool:
    """Return whether an order may trade at a price."""
    if order.price is None:
        return True
    return order.price >= price if order.side == "BUY" else order.price <= price


def other(side: str) -> str:
    return "SELL" if side == "BUY" else "BUY"


def amount_field(command: Any) -> str:
    return "quote_amount" if command.quote_amount is not None else "quantity_lots"


def content(command: Any) -> str:
    fields = [getattr(command, name) for name in command.__struct_fields__]
    values = [getattr(field, "value", field) for field in fields]
    text = json.dumps([type(command).__name__, *values], separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
