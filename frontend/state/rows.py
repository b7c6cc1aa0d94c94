"""Rows of the tables, made from the API's answers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from frontend import texts
from frontend.amounts import show
from frontend.locale import show_exact_moment, show_moment
from frontend.state import terms
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
    # What an untriggered order waits for.
    waits: str
    # See `terms.typed_of`.
    limit_typed: str
    stop_typed: str
    amount_typed: str
    # Which price moving its line in the chart would amend: "price", "stop", or none.
    line: str
    # The order with which it is linked, and whether it is the first or the last of the two in the list.
    linked: str
    pair: str = ""


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
    until: str


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
    price, quantity = order["price"], order["quantity"]
    worth_at = price or order["stopPrice"]
    value = (Decimal(worth_at) * Decimal(quantity)).quantize(CENTS) if worth_at and quantity else None
    side = texts.SIDES.get(order["side"], order["side"])
    waiting = order["status"] == "UNTRIGGERED"
    line_price, line = terms.line_of(order)
    return OrderRow(
        id=order["id"],
        market=order["market"]["symbol"],
        base=order["market"]["base" if quantity else "quote"]["code"],
        buy=order["side"] == "BUY",
        side=side,
        type=terms.kind_of(order),
        price=show(worth_at),
        price_plain=line_price,
        amount=terms.amount_of(order),
        filled_percent=str(terms.share_filled(order)),
        value=show(f"{value:f}") if value is not None else "–",
        time_in_force=terms.lives_until(order),
        placed=order["createdAt"][11:19],
        chart_label=texts.ORDER_LABEL["limit" if order["type"] == "LIMIT" else "stop"].format(
            side=side, amount=show(_remaining(order))
        ),
        cancel_label=terms.cancel_label(order),
        resting=not waiting,
        waits=terms.waits_for(order),
        line=line,
        linked=order["linkedOrderId"] or "",
        **terms.typed_of(order),
    )


def past_order_row(order: dict[str, Any]) -> PastOrderRow:
    """Make the row of an order of any status."""
    unit = order["market"]["base" if order["quantity"] else "quote"]["code"]
    return PastOrderRow(
        id=order["id"],
        time=show_moment(order["createdAt"]),
        exact_time=show_exact_moment(order["createdAt"]),
        market=order["market"]["symbol"],
        base=unit,
        buy=order["side"] == "BUY",
        side=texts.SIDES.get(order["side"], order["side"]),
        type=terms.kind_of(order),
        price=show(order["price"] or order["stopPrice"]),
        average=show(order["averagePrice"]),
        amount=terms.amount_of(order),
        filled=show(order["filledQuantity"]),
        status=terms.ending_of(order),
        until=terms.lives_until(order),
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
