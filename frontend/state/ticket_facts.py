"""What the order ticket holds and shows: its fields, and what follows from them."""

import dataclasses
from decimal import Decimal
from typing import Any

import reflex as rx

from frontend import texts
from frontend.amounts import is_zero, read_amount, show
from frontend.state import sums
from frontend.state.account import market_of
from frontend.state.draft import (
    COMMON,
    FIELDS,
    LIMIT_KINDS,
    PAIR,
    PREVENTIONS,
    PRICED,
    Written,
    describe,
    shown_fields,
    spends_quote,
)

WRITTEN = [field.name for field in dataclasses.fields(Written) if field.name != "market"]
NOTHING_SAID = dict.fromkeys(FIELDS, "")


class TicketFacts(rx.State, mixin=True):
    """A part of the ticket's state, which is a part of the account's."""

    base: str = ""
    quote: str = ""
    tick: str = ""
    lot: str = ""
    quote_step: str = ""
    maker_fee: str = "0"
    taker_fee: str = "0"
    side: str = "BUY"
    kind: str = "LIMIT"
    price: str = ""
    amount: str = ""
    spend: bool = False
    post_only: bool = False
    time_in_force: str = "GTC"
    stop: str = ""
    stop_limit: str = ""
    trail: str = ""
    trails_percent: bool = False
    visible: str = ""
    expire: str = ""
    prevention: str = PREVENTIONS[0]
    # Why nothing can be placed now, and what else is to be known of the market's status.
    blocked: str = ""
    standing: str = ""
    # What is to be said beside each field.
    notes: dict[str, str] = NOTHING_SAID
    busy: bool = False
    # What the person is asked to confirm; empty when nothing is.
    question: str = ""
    # Changes with each submission: a second click on the same form is then not a second order.
    form_id: str = ""

    _symbol: str = ""
    _waiting: dict[str, Any] = {}  # noqa: RUF012

    @rx.var
    def available(self) -> str:
        """What can be spent on this side."""
        asset = self._paid_with()
        amount = next((row.available for row in self.balances if row.asset == asset), "0")
        return f"{amount} {asset}"

    @rx.var
    def spends_quote(self) -> bool:
        """Whether the amount is a sum of the quote asset."""
        return spends_quote(self.kind, self.side, spend=self.spend)

    @rx.var
    def priced(self) -> bool:
        """Whether the order has a limit price."""
        return self.kind in PRICED

    @rx.var
    def limited(self) -> bool:
        """Whether it is one order with a limit price."""
        return self.kind in LIMIT_KINDS

    @rx.var
    def common(self) -> bool:
        """Whether this kind of order is one of those that are always in view."""
        return self.kind in COMMON

    @rx.var
    def shown(self) -> list[str]:
        """The fields that this kind of order shows."""
        return sorted(shown_fields(self.kind, self.time_in_force))

    @rx.var
    def wrong(self) -> bool:
        """Whether a field must change before the order can be sent."""
        return any(note for field, note in self.notes.items() if field != "form")

    @rx.var
    def about(self) -> str:
        """What this kind of order does, in a sentence."""
        return str(texts.ABOUT[f"{self.kind}_{self.side}"])

    @rx.var
    def percent(self) -> int:
        """How much of what is available the ticket would use."""
        amount, price = read_amount(self.amount), read_amount(self.price)
        if not amount or not self.lot:
            return 0
        if self.spends_quote == (self.side == "BUY"):
            return sums.percent_of(amount, self._available())
        if self.kind not in PRICED or not price or is_zero(price):
            return 0 if self.side == "BUY" else sums.percent_of(amount, self._available())
        used = sums.base_for(amount, price, self.lot) if self.spends_quote else self._worth(amount, price)
        return sums.percent_of(used, self._available())

    @rx.var
    def maker_percent(self) -> str:
        """The fee of an order that rested."""
        return _percent(self.maker_fee)

    @rx.var
    def taker_percent(self) -> str:
        """The fee of an order that takes."""
        return _percent(self.taker_fee)

    # Reflex does not see which fields are read by their names.
    @rx.var(deps=WRITTEN)
    def draft(self) -> dict[str, str | bool]:
        """The order as it would be placed now; empty while it is not complete."""
        order, notes = describe(self._written())
        return {} if notes or not self.signed_in or self.kind == PAIR else order

    @rx.var
    def submit_label(self) -> str:
        """The button's words, with the amount and its asset."""
        if wrong := next((field for field in FIELDS if self.notes[field] and field != "form"), ""):
            return texts.TICKET[f"check_{wrong}"]
        verb = texts.TICKET["submit_buy"] if self.side == "BUY" else texts.TICKET["submit_sell"]
        amount = read_amount(self.amount)
        if self.spends_quote:
            return f"{verb} {self.base}: {show(amount)} {self.quote}" if amount else f"{verb} {self.base}"
        return f"{verb} {show(amount)} {self.base}" if amount else f"{verb} {self.base}"

    def _paid_with(self) -> str:
        return self.quote if self.side == "BUY" else self.base

    def _available(self) -> str:
        asset = self._paid_with()
        return next((row.available_plain for row in self.balances if row.asset == asset), "0")

    def _worth(self, amount: str, price: str) -> str:
        return sums.quote_for(amount, price, self.quote_step)

    def _written(self) -> Written:
        return Written(market_of(self.router.url.path), **{name: getattr(self, name) for name in WRITTEN})


def _percent(fraction: str) -> str:
    """A rate such as 0.001 as people read it: 0.10 %."""
    return f"{show(f'{Decimal(fraction) * 100:.2f}')}\u2009%"
