"""The reference's orders and markets, and the rules that need nothing but them."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from tests.property.plain import PlainRefusal, refusal

LIMIT = 10**37
"""No amount reaches this many smallest units."""
SLICES_MAX = 1_000
MINUTE_US = 60 * 1_000_000

OPEN = ("UNTRIGGERED", "OPEN", "PARTIALLY_FILLED")
STOPS = ("STOP_LIMIT", "STOP_MARKET")
PROFITS = ("TAKE_PROFIT_LIMIT", "TAKE_PROFIT_MARKET")
TRIGGERED = (*STOPS, *PROFITS, "TRAILING_STOP")
LIMITED = ("LIMIT", "STOP_LIMIT", "TAKE_PROFIT_LIMIT")
RULES = ["minimum_notional", "maximum_lots", "open_orders_per_account", "maker_rate", "taker_rate", "band_rate"]
RULES += ["breaker_rate", "breaker_minutes", "breaker_pause_s"]
"""What an operator may change of a market, in the order in which it is checked."""


class Refused(Exception):
    """The first rule that a command breaks."""

    def __init__(self, code: str, field: str = "", **facts: int | str | None) -> None:
        super().__init__(code)
        self.answer: PlainRefusal = refusal(code, field, facts)


class Market:
    """A market: `tick` is quote per base and `lot` is base, both in natural units."""

    def __init__(self, command: Any, base_decimals: int, quote_decimals: int) -> None:
        self.base, self.quote = command.base, command.quote
        self.symbol = f"{command.base}-{command.quote}"
        self.units = {name: getattr(command, name) for name in ("tick_points", "tick_decimals", "lot_units")}
        self.rules = {name: getattr(command, name) for name in RULES}
        self.tick = Decimal(command.tick_points).scaleb(-command.tick_decimals)
        self.lot = Decimal(command.lot_units).scaleb(-base_decimals)
        self.value_units = (self.tick * self.lot).scaleb(quote_decimals)
        self.status, self.reason = "HALTED", None
        self.auction_ends_at: int | None = None
        self.last: int | None = None
        self.trades: list[tuple[int, int, int]] = []
        """Those that the tape counts: minute, ticks, lots."""
        self.prints: list[int] = []
        """Prices of trades that no trigger has seen yet."""

    def value(self, ticks: int, lots: int) -> Decimal:
        return ticks * self.tick * (lots * self.lot)

    def since(self, minutes: int, now: int) -> list[tuple[int, int, int]]:
        """Return the counted trades of the last minutes, the one of now included."""
        return [trade for trade in self.trades if trade[0] > now // MINUTE_US - minutes]

    def reference_price(self, now: int) -> int | None:
        """Return the price in the middle of the band; None where nothing is out of it."""
        if self.rules["band_rate"] is None:
            return None
        trades = self.since(5, now)
        if not trades:
            return self.last
        points = sum(ticks * lots for _, ticks, lots in trades)
        lots = sum(lots for _, _, lots in trades)
        whole, rest = divmod(points, lots)
        return whole + 1 if 2 * rest >= lots else whole

    def out_of_band(self, price: int, reference: int | None) -> bool:
        if reference is None:
            return False
        return abs(price - reference) > reference * Decimal(self.rules["band_rate"]).scaleb(-8)

    def breaker_trips(self, price: int, now: int) -> bool:
        """Tell whether a price that has just traded is too far from another of the last minutes."""
        if self.rules["breaker_rate"] is None:
            return False
        rate = Decimal(self.rules["breaker_rate"]).scaleb(-8)
        prices = [ticks for _, ticks, _ in self.since(self.rules["breaker_minutes"], now)]
        return any(price > each * (1 + rate) or price < each * (1 - rate) for each in prices)

    def plain(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "base": self.base,
            "quote": self.quote,
            **self.units,
            "value_units": int(self.value_units),
            **self.rules,
            "status": self.status,
            "status_reason": self.reason,
            "auction_ends_at": self.auction_ends_at,
        }

    def plain_tape(self) -> dict[str, Any]:
        minutes = []
        for minute in sorted({trade[0] for trade in self.trades}):
            trades = [(ticks, lots) for at, ticks, lots in self.trades if at == minute]
            sums = {"lots": sum(lots for _, lots in trades), "points": sum(ticks * lots for ticks, lots in trades)}
            prices = [ticks for ticks, _ in trades]
            minutes.append({"minute": minute, **sums, "low_ticks": min(prices), "high_ticks": max(prices)})
        return {"market": self.symbol, "last_ticks": self.last, "minutes": minutes}


class Order:
    """An order: prices in ticks, quantities in lots, amounts in natural units."""

    def __init__(self, market: Market, given: dict[str, Any], number: int, place: int, now: int) -> None:
        self.market, self.id, self.place = market, number, place
        self.account, self.client_order_id = given["account"], given["client_order_id"]
        self.side, self.type, self.force = given["side"], given["type"], given["time_in_force"]
        self.post_only, self.prevention = given["post_only"], given["self_trade_prevention"]
        self.price, self.lots, self.amount = given["price_ticks"], given["quantity_lots"], given["quote_amount"]
        self.stop, self.visible = given["stop_ticks"], given["visible_lots"]
        self.trailing_ticks, self.trailing_rate = given["trailing_ticks"], given["trailing_rate"]
        self.expire_at = given["expire_at"]
        self.peak = self.slice = self.triggered_at = self.linked = None
        self.filled, self.filled_value, self.held = 0, Decimal(0), Decimal(0)
        self.status, self.reason = "UNTRIGGERED" if self.type in TRIGGERED else "OPEN", None
        self.resting = False
        self.created_at = self.updated_at = now

    @property
    def remaining(self) -> int:
        return 0 if self.lots is None else self.lots - self.filled

    @property
    def shown(self) -> int:
        return self.remaining if self.slice is None else self.slice

    @property
    def can_rest(self) -> bool:
        return self.type in LIMITED and self.force in ("GTC", "GTD")

    @property
    def waits(self) -> bool:
        return self.status == "UNTRIGGERED" and self.triggered_at is None

    @property
    def fired(self) -> bool:
        return self.status == "UNTRIGGERED" and self.triggered_at is not None

    def follow(self, price: int | None) -> None:
        """Take a price as the best since a trailing stop began."""
        self.peak = price
        if price is None:
            return
        distance = self.trailing_ticks
        if distance is None:
            distance = max(1, int(price * Decimal(self.trailing_rate).scaleb(-8) // 1))
        self.stop = price + distance if self.side == "BUY" else max(1, price - distance)

    def is_triggered_by(self, price: int | None) -> bool:
        if price is None or self.stop is None:
            return False
        above = (self.side == "BUY") != (self.type in PROFITS)
        return price >= self.stop if above else price <= self.stop

    def reaches(self, price: int) -> bool:
        """Tell whether the order may trade at a price."""
        if self.price is None:
            return True
        return self.price >= price if self.side == "BUY" else self.price <= price

    def plain(self, units: Any) -> dict[str, Any]:
        """Return the plain form; `units` turns an amount of an asset into smallest units."""
        market = self.market
        return {
            "id": self.id,
            "account": self.account,
            "client_order_id": self.client_order_id,
            "market": market.symbol,
            "side": self.side,
            "type": self.type,
            "time_in_force": self.force,
            "post_only": self.post_only,
            "self_trade_prevention": self.prevention,
            "price_ticks": self.price,
            "quantity_lots": self.lots,
            "quote_amount": None if self.amount is None else units(self.amount, market.quote),
            "filled_lots": self.filled,
            "filled_quote": units(self.filled_value, market.quote),
            "held": units(self.held, market.quote if self.side == "BUY" else market.base),
            "place": self.place,
            "status": self.status,
            "reason": self.reason,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "stop_ticks": self.stop,
            "trailing_ticks": self.trailing_ticks,
            "trailing_rate": self.trailing_rate,
            "peak_ticks": self.peak,
            "visible_lots": self.visible,
            "slice_lots": self.slice,
            "expire_at": self.expire_at,
            "triggered_at": self.triggered_at,
            "linked_order": self.linked,
        }


def fields_of(command: Any) -> dict[str, Any]:
    """Return a command's fields, enums as their texts."""
    return {
        name: getattr(getattr(command, name), "value", getattr(command, name)) for name in command.__struct_fields__
    }


def check_form(given: dict[str, Any], now: int) -> None:
    """Refuse an order whose fields do not belong together."""
    kind, force, side = given["type"], given["time_in_force"], given["side"]
    limited, rests = kind in LIMITED, kind in LIMITED and force in ("GTC", "GTD")
    has = {name for name, value in given.items() if value is not None}

    def must(field: str, holds: bool) -> None:
        if not holds:
            raise Refused("INVALID_INPUT", field)

    must("time_in_force", limited or force in ("IOC", "FOK"))
    must("expire_at", ("expire_at" in has) == (force == "GTD"))
    must("post_only", rests or not given["post_only"])
    must("price_ticks", ("price_ticks" in has) == limited)
    must("stop_ticks", ("stop_ticks" in has) == (kind in STOPS + PROFITS))
    if kind == "TRAILING_STOP":
        must("trailing_ticks", ("trailing_ticks" in has) != ("trailing_rate" in has))
    else:
        must("trailing_ticks", "trailing_ticks" not in has)
        must("trailing_rate", "trailing_rate" not in has)
    must("visible_lots", rests or "visible_lots" not in has)
    if limited:
        must("quantity_lots", "quantity_lots" in has)
        must("quote_amount", "quote_amount" not in has)
    else:
        must("quantity_lots", ("quantity_lots" in has) != ("quote_amount" in has))
        must("quote_amount", "quote_amount" not in has or side == "BUY")
        must("quantity_lots", "quantity_lots" not in has or kind == "MARKET" or side == "SELL")
    must("expire_at", "expire_at" not in has or given["expire_at"] > now)


def check_at_least_one(given: dict[str, Any], *fields: str) -> None:
    for field in fields:
        if given[field] is not None and given[field] < 1:
            raise Refused("AMOUNT_OUT_OF_RANGE", field)


def check_quantity(market: Market, lots: int, base_limit: Decimal) -> None:
    """Refuse a quantity above the market's largest, or one of too many smallest units."""
    maximum = market.rules["maximum_lots"]
    if maximum is not None and lots > maximum:
        raise Refused("AMOUNT_OUT_OF_RANGE", "quantity_lots", maximum_lots=maximum)
    if lots * market.lot >= base_limit:
        raise Refused("AMOUNT_OUT_OF_RANGE", "quantity_lots")


def check_slices(lots: int, visible: int | None, field: str) -> None:
    if visible is not None and lots > visible * SLICES_MAX:
        raise Refused("AMOUNT_OUT_OF_RANGE", field, slices_maximum=SLICES_MAX)


def other(side: str) -> str:
    return "SELL" if side == "BUY" else "BUY"


def amount_field(given: dict[str, Any]) -> str:
    return "quote_amount" if given["quote_amount"] is not None else "quantity_lots"


def content(command: Any) -> str:
    text = json.dumps([type(command).__name__, *fields_of(command).values()], separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
