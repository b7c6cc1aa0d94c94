"""Lines of the tables on the orders and wallet pages, made from the API's answers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from frontend import texts
from frontend.amounts import show
from frontend.locale import show_exact_moment, show_moment
from frontend.state.worth import brief

CENTS = Decimal("0.01")


@dataclass(frozen=True)
class OrderLine:
    """An order, open or ended."""

    id: str
    market: str
    base: str
    buy: bool
    side: str
    type: str
    price: str
    average: str
    amount: str
    filled_percent: str
    value: str
    status: str
    open: bool
    time: str
    exact_time: str
    cancel_label: str


@dataclass(frozen=True)
class FillLine:
    """One fill of an order."""

    id: str
    market: str
    base: str
    buy: bool
    side: str
    price: str
    amount: str
    value: str
    fee: str
    role: str
    time: str
    exact_time: str


@dataclass(frozen=True)
class LedgerLine:
    """One movement of a balance."""

    id: str
    kind: str
    asset: str
    amount: str
    gain: bool
    after: str
    exact: str
    time: str
    exact_time: str


def order_line(order: dict[str, Any]) -> OrderLine:
    """Make the line of an order."""
    quantity, filled = order["quantity"], Decimal(order["filledQuantity"])
    price = order["price"] or order["stopPrice"]
    side = texts.SIDES.get(order["side"], order["side"])
    kind = texts.ORDER_TYPES.get(order["type"], order["type"])
    share = int(filled * 100 / Decimal(quantity)) if quantity and Decimal(quantity) else 100 if filled else 0
    value = Decimal(order["filledQuoteQuantity"]) or (
        Decimal(price) * Decimal(quantity) if price and quantity else None
    )
    amount = show(quantity) if quantity else f"{show(order['quoteQuantity'])} {order['market']['quote']['code']}"
    return OrderLine(
        id=order["id"],
        market=order["market"]["symbol"],
        base=order["market"]["base"]["code"] if quantity else "",
        buy=order["side"] == "BUY",
        side=side,
        type=kind,
        price=show(price),
        average=show(order["averagePrice"]),
        amount=amount,
        filled_percent=str(share),
        value=show(f"{value.quantize(CENTS):f}") if value is not None else "–",
        status=texts.STATUSES.get(order["status"], order["status"]),
        open=order["status"] in ("OPEN", "PARTIALLY_FILLED", "UNTRIGGERED"),
        time=show_moment(order["createdAt"]),
        exact_time=show_exact_moment(order["createdAt"]),
        cancel_label=texts.DOCK["cancel_order"].format(side=side.lower(), price=show(price)),
    )


def fill_line(fill: dict[str, Any]) -> FillLine:
    """Make the line of a fill."""
    value = Decimal(fill["price"]) * Decimal(fill["quantity"])
    return FillLine(
        id=fill["id"],
        market=fill["market"],
        base=fill["market"].partition("-")[0],
        buy=fill["side"] == "BUY",
        side=texts.SIDES.get(fill["side"], fill["side"]),
        price=show(fill["price"]),
        amount=show(fill["quantity"]),
        value=show(f"{value.quantize(CENTS):f}"),
        fee=f"{show(fill['fee'])} {fill['feeAsset']}",
        role=texts.LIQUIDITY.get(fill["liquidity"], fill["liquidity"]),
        time=show_moment(fill["time"]),
        exact_time=show_exact_moment(fill["time"]),
    )


def ledger_line(entry: dict[str, Any]) -> LedgerLine:
    """Make the line of a movement."""
    gain = not entry["amount"].startswith("-")
    return LedgerLine(
        id=entry["id"],
        kind=texts.LEDGER_KINDS.get(entry["kind"], entry["kind"]),
        asset=entry["asset"],
        amount=("+" if gain else "") + show(brief(entry["asset"], entry["amount"])),
        gain=gain,
        after=show(brief(entry["asset"], entry["balanceAfter"])),
        exact=f"{show(entry['amount'])} {entry['asset']}",
        time=show_moment(entry["time"]),
        exact_time=show_exact_moment(entry["time"]),
    )
