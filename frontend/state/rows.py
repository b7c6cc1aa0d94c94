"""Rows of the tables, made from the API's answers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from frontend import texts
from frontend.amounts import show

USD_LIKE = {"USDT", "USDC", "USD", "EUR", "DAI"}
CENTS = Decimal("0.01")


@dataclass(frozen=True)
class OrderRow:
    """An open order as the dock shows it."""

    id: str
    market: str
    base: str
    buy: bool
    side: str
    type: str
    price: str
    amount: str
    filled_percent: str
    value: str
    time_in_force: str
    placed: str
    cancel_label: str


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
        amount=show(quantity or order["quoteQuantity"]),
        filled_percent=str(share),
        value=show(f"{value:f}") if value is not None else "–",
        time_in_force=order["timeInForce"],
        placed=order["createdAt"][11:19],
        cancel_label=f"Cancel {side.lower()} order at {show(price)}",
    )


def balance_row(balance: dict[str, Any]) -> BalanceRow:
    """Make the row of a balance; money-like assets are cut to cents, and the exact amount is kept for the pointer."""
    code = balance["asset"]["code"]
    exact = f"{show(balance['total'])} {code}"
    shown = {field: show(_cut(code, balance[field])) for field in ("available", "held", "total")}
    return BalanceRow(asset=code, exact=exact, available_plain=balance["available"], **shown)


def _cut(asset: str, amount: str) -> str:
    whole, point, fraction = amount.partition(".")
    return f"{whole}.{fraction[:2].ljust(2, '0')}" if asset in USD_LIKE and point else amount
