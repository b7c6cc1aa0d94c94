"""Amending an open order where it is listed, or by its line in the chart."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import reflex as rx

from frontend import queries, texts
from frontend.amounts import read_amount
from frontend.state.account import ID_LENGTH_MAX, Account
from frontend.state.rows import OrderRow

MEMBERS = {"price": "price", "amount": "quantity", "stop": "stopPrice"}
"""A field of the row → the member of the API's input."""
FIELDS = {member: field for field, member in MEMBERS.items()}
TYPED_LENGTH_MAX = 80
NOTHING_SAID = {"price": "", "amount": "", "stop": "", "form": ""}


class Amending(Account):
    """Which order is being amended, and what the API said about it."""

    amended: str = ""
    said: dict[str, str] = NOTHING_SAID
    amending: bool = False

    @rx.event
    def begin(self, order_id: str) -> None:
        """Open the fields of an order's row."""
        if isinstance(order_id, str) and len(order_id) <= ID_LENGTH_MAX:
            self.amended, self.said = order_id, NOTHING_SAID

    @rx.event
    def leave(self) -> None:
        """Close them, and leave the order as it is."""
        self._close()

    @rx.event
    async def amend(self, order_id: str, typed: dict[str, Any]) -> AsyncIterator[None]:
        """Send what differs from the order as it is."""
        if not isinstance(order_id, str) or not isinstance(typed, dict) or self.amending:
            return
        row = next((row for row in self.orders if row.id == order_id), None)
        if row is None:
            self._notify("error", texts.AMEND["gone"])
            self._close()
            return
        change, self.said = _change(row, typed)
        if any(self.said.values()):
            return
        if not change:
            self.amended = ""
            return
        self.amending = True
        yield
        try:
            await self._send({"id": order_id} | change)
        finally:
            self.amending = False

    def _close(self) -> None:
        self.amended, self.said = "", NOTHING_SAID

    def _forget_own(self) -> None:
        self._close()
        self.amending = False

    async def _send(self, change: dict[str, str]) -> None:
        if (data := await self._ask(queries.AMEND, {"input": change})) is None:
            return
        refusals = data["amendOrder"]["errors"]
        if not refusals:
            self._notify("good", texts.NOTICE["amended"])
            self.amended = ""
        elif self.amended != change["id"]:
            # The line was moved in the chart: there is no field beside which it could be said.
            self._notify("error", refusals[0]["message"])
        for refusal in refusals:
            field = FIELDS.get(str(refusal["path"][-1]) if refusal["path"] else "", "form")
            self.said = self.said | {field: refusal["message"]}
        await self._refresh()


def _change(row: OrderRow, typed: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What of an order is to change, and what cannot be read."""
    now = {"price": row.limit_typed, "amount": row.amount_typed, "stop": row.stop_typed}
    change, said = dict[str, str](), dict(NOTHING_SAID)
    for field, member in MEMBERS.items():
        text = typed.get(field)
        if not isinstance(text, str) or not text.strip() or not now[field]:
            continue
        number = read_amount(text[:TYPED_LENGTH_MAX])
        if number is None:
            said[field] = texts.TICKET["not_a_number"]
        elif Decimal(number) != Decimal(read_amount(now[field]) or "0"):
            change[member] = number
    return change, said
