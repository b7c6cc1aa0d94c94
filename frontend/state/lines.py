"""Lines of the tables on the orders and wallet pages, made from the API's answers."""

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
    waits: str
    until: str
    limit_typed: str
    stop_typed: str
    amount_typed: str
    linked: str
    pair: str = ""


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
    quantity = order["quantity"]
    price = order["price"] or order["stopPrice"]
    value = Decimal(order["filledQuoteQuantity"]) or (
        Decimal(price) * Decimal(quantity) if price and quantity else None
    )
    return OrderLine(
        id=order["id"],
        market=order["market"]["symbol"],
        base=order["market"]["base" if quantity else "quote"]["code"],
        buy=order["side"] == "BUY",
        side=texts.SIDES.get(order["side"], order["side"]),
        type=terms.kind_of(order),
        price=show(price),
        average=show(order["averagePrice"]),
        amount=terms.amount_of(order),
        filled_percent=str(terms.share_filled(order)),
        value=show(f"{value.quantize(CENTS):f}") if value is not None else "–",
        status=terms.ending_of(order),
        open=order["status"] in terms.OPEN,
        time=show_moment(order["createdAt"]),
        exact_time=show_exact_moment(order["createdAt"]),
        cancel_label=terms.cancel_label(order),
        waits=terms.waits_for(order),
        until=terms.lives_until(order),
        linked=order["linkedOrderId"] or "",
        **terms.typed_of(order),
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
