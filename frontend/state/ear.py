"""Hears what is new: fills of orders that rested in the book, told once, and together when close in time; deposits."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from frontend import texts
from frontend.amounts import show

MERGE_SECONDS = 2.0
ORDERS_MAX = 200
PRECISION = 60


@dataclass
class Heard:
    """The new fills of one order."""

    market: str
    side: str
    quantity: Decimal
    value: Decimal
    decimals: Decimal
    at: float
    notice_id: str = ""
    replaces: str = ""

    def words(self) -> str:
        """What the person is told."""
        with localcontext() as exact:
            exact.prec = PRECISION
            average = (self.value / self.quantity).quantize(self.decimals, ROUND_HALF_UP)
        return str(texts.NOTICES["fill"]).format(
            side=texts.SIDES.get(self.side, self.side),
            amount=show(f"{self.quantity:f}"),
            asset=self.market.partition("-")[0],
            price=show(f"{average:f}"),
        )


@dataclass
class Ear:
    """What one tab has heard so far."""

    sequence: int | None = None
    known: set[str] = field(default_factory=set)
    recent: dict[str, Heard] = field(default_factory=dict)
    ledger: int | None = None

    def hear(self, fills: list[dict[str, Any]], resting: set[str], now: float) -> list[Heard]:
        """Find out what is new.

        Args:
            fills: The newest fills, newest first; the first call only remembers where they end.
            resting: The ids of the orders that were open until now.
            now: Seconds of a clock that only goes forward.

        Returns:
            One entry per order; `replaces` names the notice that it takes the place of.
        """
        before, self.sequence = self.sequence, max([fill["sequence"] for fill in fills] + [self.sequence or 0])
        new = [fill for fill in reversed(fills) if fill["id"] not in self.known]
        self.known = {fill["id"] for fill in fills}
        if before is None:
            return []
        told: dict[str, Heard] = {}
        for fill in new:
            if fill["sequence"] < before or fill["orderId"] not in resting | set(self.recent):
                continue
            told[fill["orderId"]] = self._add(fill, now)
        self.recent = dict(list(self.recent.items())[-ORDERS_MAX:])
        return list(told.values())

    def hear_deposits(self, entries: list[dict[str, Any]]) -> str:
        """Find out what has been credited.

        Args:
            entries: The newest entries of the ledger, newest first; the first call only remembers where they end.

        Returns:
            What the person is told, or nothing.
        """
        before, self.ledger = self.ledger, max([entry["sequence"] for entry in entries] + [self.ledger or 0])
        if before is None:
            return ""
        new = [entry for entry in reversed(entries) if entry["sequence"] > before and entry["kind"] == "DEPOSIT"]
        amounts = [(f"{Decimal(entry['amount']).normalize():f}", entry["asset"]) for entry in new]
        sums = [f"{show(amount)} {asset}" for amount, asset in amounts]
        return str(texts.NOTICES["credited"]).format(amounts=", ".join(sums)) if sums else ""

    def _add(self, fill: dict[str, Any], now: float) -> Heard:
        price, quantity = Decimal(fill["price"]), Decimal(fill["quantity"])
        heard = self.recent.pop(fill["orderId"], None)
        if heard is None or now - heard.at > MERGE_SECONDS:
            heard = Heard(fill["market"], fill["side"], Decimal(0), Decimal(0), price, now)
        heard.quantity += quantity
        heard.value += price * quantity
        heard.replaces = heard.notice_id
        self.recent[fill["orderId"]] = heard
        return heard
