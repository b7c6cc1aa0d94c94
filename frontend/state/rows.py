"""Rows of the tables, made from the API's answers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from frontend import texts
from frontend.amounts import show
from frontend.locale import show_exact_moment, show_moment
from frontend.state.worth import brief

CENTS = Decimal("0.01")


@dataclass(frozen=True)
class OrderRow:
    """An open order as the dock shows it; `price_plain` is the API's own text of the price at which it waits."""

    id: str
    market: str
    base: str
    buy: bool
    side: str
    type: str
    price: str
    price_plain: str
    amount: str
    filled_percent: str
    value: str
    time_in_force: str
    placed: str
    chart_label: str
    cancel_label: str
    resting: bool


@dataclass(frozen=True)
class PastOrderRow:
    """An order of any status as the history shows it."""

    id: str
    time: str
    exact_time: str
    market: str
    base: str
    buy: bool
    side: str
    type: str
    price: str
    average: str
    amount: str
    filled: str
    status: str


@dataclass(frozen=True)
class FillRow:
    """A fill as the dock shows it."""

    id: str
    time: str
    exact_time: str
    market: str
    buy: bool
    side: str
    price: str
    amount: str
    value: str
    fee: str
    role: str


@dataclass(frozen=True)
class BalanceRow:
    """What an account has of one asset; `available_plain` is the API's own text."""

    asset: str
    available: str
    held: str
    total: str
    exact: str
    available_plain: str


def order_row(order: dict[str, Any]) -> OrderRow:
    """Make the row of an open order."""
    buy = order["side"] == "BUY"
    price, quantity = order["price"], order["quantity"]
    filled = Decimal(order["filledQuantity"])
    value = (Decimal(price) * Decimal(quantity)).quantize(CENTS) if price and quantity else None
    share = int(filled * 100 / Decimal(quantity)) if quantity and Decimal(quantity) else 0
    kind = texts.ORDER_TYPES.get(order["type"], order["type"])
    side = texts.SIDES.get(order["side"], order["side"])
    return OrderRow(
        id=order["id"],
        market=order["market"]["symbol"],
        base=order["market"]["base"]["code"],
        buy=buy,
        side=side,
        type=f"{kind}, {texts.TICKET['post_only'].lower()}" if order["postOnly"] else kind,
        price=show(price or order["stopPrice"]),
        price_plain=price or order["stopPrice"] or "",
        amount=show(quantity or order["quoteQuantity"]),
        filled_percent=str(share),
        value=show(f"{value:f}") if value is not None else "–",
        time_in_force=order["timeInForce"],
        placed=order["createdAt"][11:19],
        chart_label=texts.ORDER_LABEL["limit" if order["type"] == "LIMIT" else "stop"].format(
            side=side, amount=show(_remaining(order))
        ),
        cancel_label=texts.DOCK["cancel_order"].format(side=side.lower(), price=show(price or order["stopPrice"])),
        resting=order["status"] != "UNTRIGGERED",
    )


def past_order_row(order: dict[str, Any]) -> PastOrderRow:
    """Make the row of an order of any status."""
    kind = texts.ORDER_TYPES.get(order["type"], order["type"])
    price = order["price"] or order["stopPrice"]
    quantity = order["quantity"]
    unit = order["market"]["base" if quantity else "quote"]["code"]
    return PastOrderRow(
        id=order["id"],
        time=show_moment(order["createdAt"]),
        exact_time=show_exact_moment(order["createdAt"]),
        market=order["market"]["symbol"],
        base=unit,
        buy=order["side"] == "BUY",
        side=texts.SIDES.get(order["side"], order["side"]),
        type=f"{kind}, {texts.TICKET['post_only'].lower()}" if order["postOnly"] else kind,
        price=show(price),
        average=show(order["averagePrice"]),
        amount=show(quantity or order["quoteQuantity"]),
        filled=show(order["filledQuantity"]),
        status=texts.ORDER_STATUS.get(order["status"], order["status"]),
    )


def fill_row(fill: dict[str, Any]) -> FillRow:
    """Make the row of a fill."""
    value = (Decimal(fill["price"]) * Decimal(fill["quantity"])).quantize(CENTS)
    return FillRow(
        id=fill["id"],
        time=show_moment(fill["time"]),
        exact_time=show_exact_moment(fill["time"]),
        market=fill["market"],
        buy=fill["side"] == "BUY",
        side=texts.SIDES.get(fill["side"], fill["side"]),
        price=show(fill["price"]),
        amount=show(fill["quantity"]),
        value=show(f"{value:f}"),
        fee=f"{show(brief(fill['feeAsset'], fill['fee']))} {fill['feeAsset']}",
        role=texts.LIQUIDITY.get(fill["liquidity"], fill["liquidity"]),
    )


def _remaining(order: dict[str, Any]) -> str | None:
    """What is left of an order, at its own scale."""
    if not order["quantity"]:
        return order["quoteQuantity"]
    return f"{Decimal(order['quantity']) - Decimal(order['filledQuantity']):f}"


def balance_row(balance: dict[str, Any]) -> BalanceRow:
    """Make the row of a balance; cut to what people read, and the exact amount is kept for the pointer."""
    code = balance["asset"]["code"]
    exact = f"{show(balance['total'])} {code}"
    shown = {field: show(brief(code, balance[field])) for field in ("available", "held", "total")}
    return BalanceRow(asset=code, exact=exact, available_plain=balance["available"], **shown)
