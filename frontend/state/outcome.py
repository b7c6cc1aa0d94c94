"""What a person is asked before an order is sent, and told after it was placed."""

from typing import Any

from frontend import texts
from frontend.amounts import is_zero, show
from frontend.locale import show_moment


def summary_of(order: dict[str, Any], base: str, quote: str) -> str:
    """The order that is about to be sent, in a sentence or two."""
    facts = {
        "side": texts.SIDES[order["side"]],
        "amount": show(order.get("quantity") or order.get("quoteQuantity")),
        "base": base,
        "quote": quote,
        "price": show(order.get("price")),
        "stop": show(order.get("stopPrice")),
        "limit": show(order.get("stopLimitPrice")),
        "trail": _distance(order, quote),
    }
    words = "sum_spend" if "quoteQuantity" in order else "sum_at_price" if order.get("price") else "sum_at_market"
    parts = [texts.TICKET[words].format(**facts)]
    kind = order.get("type")
    if kind is None:
        parts.append(texts.TICKET["sum_pair_limit" if order.get("stopLimitPrice") else "sum_pair"].format(**facts))
    elif order.get("stopPrice"):
        parts.append(texts.TICKET["sum_stop"].format(**facts))
    elif kind == "TRAILING_STOP":
        parts.append(texts.TICKET["sum_trail"].format(**facts))
    if order.get("visibleQuantity"):
        parts.append(texts.TICKET["sum_visible"].format(amount=show(order["visibleQuantity"]), base=base))
    if order.get("expireAt"):
        parts.append(texts.TICKET["sum_until"].format(time=show_moment(order["expireAt"])))
    return ", ".join(parts)


def outcome_of(order: dict[str, Any], base: str) -> str:
    """What became of an order at once."""
    facts = {
        "side": texts.SIDES[order["side"]],
        "asset": base,
        "amount": show(order["quantity"] or order["filledQuantity"]),
        "filled": show(order["filledQuantity"]),
        "price": show(order["averagePrice"] or order["price"]),
        "type": texts.ORDER_TYPES.get(order["type"], order["type"]),
        "reason": texts.ORDER_REASONS.get(order["reason"], "") if order["reason"] else "",
    }
    nothing = is_zero(order["filledQuantity"])
    match order["status"]:
        case "FILLED":
            words = "filled"
        case "UNTRIGGERED":
            words = "waits"
        case "OPEN" | "PARTIALLY_FILLED":
            words = "placed" if nothing else "partly"
        case _:
            words = "unfilled" if nothing else "ended"
    told = str(texts.NOTICE[words].format(**facts))
    return f"{told} {texts.NOTICE['because'].format(**facts)}" if facts["reason"] else told


def standing_of(market: dict[str, Any], exchange: dict[str, Any]) -> tuple[str, str]:
    """Why nothing can be placed in a market now, and what else is to be known of its status; both may be nothing."""
    if exchange["halted"]:
        return _standing("EXCHANGE_HALTED", market["symbol"], exchange["haltReason"]), ""
    said = _standing(market["status"], market["symbol"], market["statusReason"])
    if market["status"] in ("HALTED", "CANCEL_ONLY"):
        return said, ""
    return "", said if market["status"] != "OPEN" else ""


def _standing(status: str, symbol: str, reason: str | None) -> str:
    why = f": {reason.rstrip(' .')}" if reason else ""
    return str(texts.STANDING[status].format(market=symbol, why=why))


def _distance(order: dict[str, Any], quote: str) -> str:
    if order.get("trailingPercent"):
        return f"{show(order['trailingPercent'])}\u2009%"
    return f"{show(order.get('trailingOffset'))} {quote}"
