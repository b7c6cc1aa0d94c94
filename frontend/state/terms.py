"""What is written of an order in every list: its kind and terms, what it waits for, and how it ended."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from frontend import texts
from frontend.amounts import show
from frontend.locale import show_moment

OPEN = ("OPEN", "PARTIALLY_FILLED", "UNTRIGGERED")


def kind_of(order: dict[str, Any]) -> str:
    """The kind of an order, and whether it only rests."""
    kind = texts.ORDER_TYPES.get(order["type"], order["type"])
    return f"{kind}, {texts.TICKET['post_only'].lower()}" if order["postOnly"] else str(kind)


def waits_for(order: dict[str, Any]) -> str:
    """What an untriggered order waits for; nothing for any other."""
    if order["status"] != "UNTRIGGERED":
        return ""
    if order["type"] == "TRAILING_STOP":
        return str(texts.TERMS["trails"].format(distance=distance_of(order)))
    upwards = (order["side"] == "BUY") is not order["type"].startswith("TAKE_PROFIT")
    return str(texts.TERMS["waits"].format(condition=f"{'≥' if upwards else '≤'}\u2009{show(order['stopPrice'])}"))


def distance_of(order: dict[str, Any]) -> str:
    """How far a trailing stop stays behind."""
    if order["trailingPercent"]:
        return f"{show(order['trailingPercent'])}\u2009%"
    return show(order["trailingOffset"])


def lives_until(order: dict[str, Any]) -> str:
    """The time in force, with the moment where there is one."""
    return f"GTD {show_moment(order['expireAt'])}" if order["expireAt"] else str(order["timeInForce"])


def amount_of(order: dict[str, Any]) -> str:
    """The amount; of an iceberg what it shows at a time and the whole."""
    amount = show(order["quantity"] or order["quoteQuantity"])
    return f"{show(order['visibleQuantity'])} / {amount}" if order["visibleQuantity"] else amount


def ending_of(order: dict[str, Any]) -> str:
    """The status, and why an order ended that was not filled."""
    status = str(texts.STATUSES.get(order["status"], order["status"]))
    if not order["reason"]:
        return status
    return f"{status}: {texts.ORDER_REASONS.get(order['reason'], order['reason'])}"


def cancel_label(order: dict[str, Any]) -> str:
    """What the button that cancels it says to who cannot see it."""
    side = texts.SIDES.get(order["side"], order["side"]).lower()
    said = texts.DOCK["cancel_order"].format(side=side, price=show(order["price"] or order["stopPrice"]))
    return f"{said}. {texts.TERMS['both_go']}" if order["linkedOrderId"] else str(said)


def line_of(order: dict[str, Any]) -> tuple[str, str]:
    """Where the order's line stands in the chart, as the API writes it, and which price moving it would amend."""
    if order["price"]:
        return order["price"], "price"
    # A trailing stop moves by itself, and nobody else moves it.
    which = "" if order["type"] == "TRAILING_STOP" else "stop"
    return (order["stopPrice"], which) if order["stopPrice"] else ("", "")


def typed_of(order: dict[str, Any]) -> dict[str, str]:
    """Its prices and its amount as they can be typed again; empty where it has none that can be amended."""
    stops = order["status"] == "UNTRIGGERED" and order["stopPrice"] and order["type"] != "TRAILING_STOP"
    return {
        "limit_typed": show(order["price"]) if order["price"] else "",
        "stop_typed": show(order["stopPrice"]) if stops else "",
        "amount_typed": show(order["quantity"]) if order["quantity"] and not order["linkedOrderId"] else "",
    }


def share_filled(order: dict[str, Any]) -> int:
    """How many percent are filled."""
    quantity, filled = order["quantity"], Decimal(order["filledQuantity"])
    if not quantity or not Decimal(quantity):
        return 100 if filled else 0
    return int(filled * 100 / Decimal(quantity))


def side_by_side(rows: list[Any]) -> list[Any]:
    """The same rows, with linked ones next to one another and marked as the first and last of their pair.

    Args:
        rows: Rows with `id`, `linked` and `pair`; they are frozen dataclasses.
    """
    by_id = {row.id: row for row in rows}
    placed: dict[str, Any] = {}
    for row in rows:
        if row.id in placed:
            continue
        other = by_id.get(row.linked)
        if other is None:
            placed[row.id] = row
        else:
            placed[row.id], placed[other.id] = replace(row, pair="first"), replace(other, pair="last")
    return list(placed.values())
