"""What is written in the ticket, as the API takes it: which fields each kind of order has, and what is missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from frontend import texts
from frontend.amounts import is_zero, read_amount
from frontend.locale import Reader, reader
from frontend.state import sums

PAIR = "OCO"
"""The ticket's name for a pair of which one cancels the other; the API has a mutation of its own for it."""
KINDS = (
    "LIMIT",
    "MARKET",
    "STOP_LIMIT",
    "STOP_MARKET",
    "TAKE_PROFIT_LIMIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP",
    PAIR,
)
COMMON = ("LIMIT", "MARKET", "STOP_LIMIT")
"""Those that are always in view."""
LIMIT_KINDS = ("LIMIT", "STOP_LIMIT", "TAKE_PROFIT_LIMIT")
PRICED = (*LIMIT_KINDS, PAIR)
STOPPED = ("STOP_LIMIT", "STOP_MARKET", "TAKE_PROFIT_LIMIT", "TAKE_PROFIT_MARKET", PAIR)
WAITING_MARKET = ("STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP")
TIMES_IN_FORCE = ("GTC", "GTD", "IOC", "FOK")
RESTING = ("GTC", "GTD")
PREVENTIONS = ("CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT_AND_CANCEL")
FIELDS = ("price", "stop", "stop_limit", "trail", "amount", "visible", "expire", "form")
FIELD_OF = {
    "price": "price",
    "quantity": "amount",
    "quoteQuantity": "amount",
    "stopPrice": "stop",
    "stopLimitPrice": "stop_limit",
    "trailingOffset": "trail",
    "trailingPercent": "trail",
    "visibleQuantity": "visible",
    "expireAt": "expire",
}
"""A member of the API's input → the field of the ticket."""


@dataclass(frozen=True, slots=True)
class Written:
    """Everything that is written in the ticket."""

    market: str
    side: str
    kind: str
    price: str = ""
    stop: str = ""
    stop_limit: str = ""
    trail: str = ""
    trails_percent: bool = False
    amount: str = ""
    spend: bool = False
    lot: str = ""
    time_in_force: str = "GTC"
    expire: str = ""
    post_only: bool = False
    visible: str = ""
    prevention: str = "CANCEL_NEWEST"


def shown_fields(kind: str, time_in_force: str) -> set[str]:
    """The fields that a kind of order shows."""
    fields = {"amount", "form"}
    fields |= {"price"} if kind in PRICED else set()
    fields |= {"stop"} if kind in STOPPED else set()
    fields |= {"stop_limit"} if kind == PAIR else set()
    fields |= {"trail"} if kind == "TRAILING_STOP" else set()
    if kind in LIMIT_KINDS and time_in_force in RESTING:
        fields |= {"visible"} | ({"expire"} if time_in_force == "GTD" else set())
    return fields


def spends_quote(kind: str, side: str, *, spend: bool) -> bool:
    """Whether the amount is a sum of the quote asset; a buy that waits and then takes is always given one."""
    if kind in WAITING_MARKET:
        return side == "BUY"
    return spend and (kind in PRICED or side == "BUY")


def describe(written: Written) -> tuple[dict[str, Any], dict[str, str]]:
    """The order that the fields describe, as the API takes it, and what is missing, by field."""
    kind, notes = written.kind, dict[str, str]()
    order: dict[str, Any] = {"market": written.market, "side": written.side}
    if kind != PAIR:
        order["type"] = kind
        if written.prevention != PREVENTIONS[0]:
            order["selfTradePrevention"] = written.prevention
    if kind in PRICED:
        order["price"], notes["price"] = _number(written.price, "price_missing")
    if kind in STOPPED:
        order["stopPrice"], notes["stop"] = _number(written.stop, "stop_missing")
    if kind == PAIR and (written.side == "BUY" or written.stop_limit.strip()):
        order["stopLimitPrice"], notes["stop_limit"] = _number(written.stop_limit, "stop_limit_missing")
    if kind == "TRAILING_STOP":
        member = "trailingPercent" if written.trails_percent else "trailingOffset"
        order[member], notes["trail"] = _number(written.trail, "trail_missing")
    if kind in LIMIT_KINDS:
        _add_terms(order, notes, written)
    _add_amount(order, notes, written)
    return order, {field: note for field, note in notes.items() if note}


def _add_terms(order: dict[str, Any], notes: dict[str, str], written: Written) -> None:
    rests = written.time_in_force in RESTING
    order |= {"postOnly": written.post_only and rests, "timeInForce": written.time_in_force}
    if rests and written.visible.strip():
        order["visibleQuantity"], notes["visible"] = _number(written.visible, "amount_missing")
    if written.time_in_force == "GTD":
        order["expireAt"] = moment_of(written.expire)
        notes["expire"] = "" if order["expireAt"] else texts.TICKET["expire_missing"]


def _add_amount(order: dict[str, Any], notes: dict[str, str], written: Written) -> None:
    amount, notes["amount"] = _number(written.amount, "amount_missing")
    spends = spends_quote(written.kind, written.side, spend=written.spend)
    price = order.get("price")
    if spends and written.kind in PRICED and amount and price and not is_zero(price) and written.lot:
        amount = sums.base_for(amount, price, written.lot)
    order["quoteQuantity" if spends and written.kind not in PRICED else "quantity"] = amount


def moment_of(typed: str) -> str | None:
    """The instant that a date-and-time field means in the reader's zone, or None when it means none."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=(reader() or Reader()).zone)
    return moment.isoformat()


def _number(typed: str, missing: str) -> tuple[str | None, str]:
    number = read_amount(typed)
    return number, "" if number else texts.TICKET["not_a_number"] if typed.strip() else texts.TICKET[missing]
