"""The order ticket: what is being written, and what the API said about it."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from frontend import queries, texts
from frontend.amounts import is_zero, read_amount, show
from frontend.client import ApiError, execute
from frontend.state.account import Account, market_of

FIELDS = {"price": "price", "quantity": "amount", "quoteQuantity": "amount"}
TYPED_LENGTH_MAX = 80


class Ticket(Account):
    """A plain ticket: limit or market."""

    market_status: str = ""
    base: str = ""
    quote: str = ""
    side: str = "BUY"
    kind: str = "LIMIT"
    price: str = ""
    amount: str = ""
    spend: bool = False
    post_only: bool = False
    time_in_force: str = "GTC"
    price_note: str = ""
    amount_note: str = ""
    form_note: str = ""
    busy: bool = False
    # Changes with each submission: a second click on the same form is then not a second order.
    form_id: str = ""

    @rx.var
    def available(self) -> str:
        """What can be spent on this side."""
        asset = self.quote if self.side == "BUY" else self.base
        amount = next((row.available for row in self.balances if row.asset == asset), "0")
        return f"{amount} {asset}"

    @rx.var
    def spends_quote(self) -> bool:
        """Whether the amount is a sum of the quote asset."""
        return self.spend and self.kind == "MARKET" and self.side == "BUY"

    @rx.var
    def submit_label(self) -> str:
        """The button's words, with the amount and its asset."""
        verb = texts.TICKET["submit_buy"] if self.side == "BUY" else texts.TICKET["submit_sell"]
        amount = read_amount(self.amount)
        if self.spends_quote:
            return f"{verb} {self.base} for {show(amount)} {self.quote}" if amount else f"{verb} {self.base}"
        return f"{verb} {show(amount)} {self.base}" if amount else f"{verb} {self.base}"

    @rx.event
    async def open_market(self) -> None:
        """Load what the ticket must know about the page's market."""
        wanted = market_of(self.router.url.path)
        self.form_id = uuid.uuid4().hex
        try:
            data = await execute(self._visitor(), queries.MARKET, {"symbol": wanted})
        except ApiError:
            self.trouble = True
            return
        market = data["market"]
        if market is None:
            self.base = self.quote = self.market_status = ""
            return
        self.base, self.quote = market["base"]["code"], market["quote"]["code"]
        self.market_status = market["status"]

    @rx.event
    def choose_side(self, side: str) -> None:
        """Buy or sell."""
        if side in ("BUY", "SELL"):
            self.side = side
            self._clear_notes()

    @rx.event
    def choose_kind(self, kind: str) -> None:
        """Limit or market."""
        if kind in ("LIMIT", "MARKET"):
            self.kind = kind
            self._clear_notes()

    @rx.event
    def toggle_spend(self) -> None:
        """Amount in base, or a sum to spend in quote."""
        self.spend = not self.spend
        self.amount = ""
        self._clear_notes()

    @rx.event
    def toggle_post_only(self) -> None:
        """Only ever rest in the book, or not."""
        self.post_only = not self.post_only

    @rx.event
    def choose_time_in_force(self, choice: str) -> None:
        """How long the order lives."""
        if choice in ("GTC", "IOC", "FOK"):
            self.time_in_force = choice

    @rx.event
    def write_price(self, typed: str) -> None:
        """Keep what is being typed, as it is."""
        self.price, self.price_note = _typed(typed), ""

    @rx.event
    def write_amount(self, typed: str) -> None:
        """Keep what is being typed, as it is."""
        self.amount, self.amount_note = _typed(typed), ""

    @rx.event
    def pick_price(self, price: str) -> None:
        """Take the price of a level of the book."""
        if isinstance(price, str) and (plain := read_amount(price)) is not None:
            self.kind, self.price, self.price_note = "LIMIT", show(plain), ""

    @rx.event
    async def submit(self, form: dict[str, Any]) -> AsyncIterator[None]:
        """Place the order that the form describes."""
        if form.get("form_id") != self.form_id or self.busy:
            return
        self.form_id = uuid.uuid4().hex
        self._clear_notes()
        self.amount = _typed(form.get("amount"))
        if self.kind == "LIMIT":
            self.price = _typed(form.get("price"))
        order = self._order()
        if order is None:
            return
        self.busy = True
        yield
        try:
            await self._place(order)
        finally:
            self.busy = False

    def _clear_notes(self) -> None:
        self.price_note = self.amount_note = self.form_note = ""

    def _number(self, typed: str, missing: str) -> tuple[str | None, str]:
        number = read_amount(typed)
        return number, "" if number else texts.TICKET["not_a_number"] if typed.strip() else missing

    def _order(self) -> dict[str, Any] | None:
        amount, self.amount_note = self._number(self.amount, texts.TICKET["amount_missing"])
        order: dict[str, Any] = {
            "market": market_of(self.router.url.path),
            "side": self.side,
            "type": self.kind,
            "quoteQuantity" if self.spends_quote else "quantity": amount,
            "clientOrderId": uuid.uuid4().hex,
        }
        if self.kind == "LIMIT":
            order["price"], self.price_note = self._number(self.price, texts.TICKET["price_missing"])
            order |= {"postOnly": self.post_only, "timeInForce": self.time_in_force}
        return None if self.amount_note or self.price_note else order

    async def _place(self, order: dict[str, Any]) -> None:
        if (data := await self._ask(queries.PLACE, {"input": order})) is None:
            return
        answer = data["placeOrder"]
        for refusal in answer["errors"]:
            field = FIELDS.get(refusal["path"][-1] if refusal["path"] else "", "form")
            note = f"{field}_note"
            setattr(self, note, f"{getattr(self, note)} {refusal['message']}".strip())
        if answer["order"]:
            self._notify("good", self._outcome(answer["order"]))
            if self.kind == "LIMIT":
                self.price = show(order["price"])
        await self._refresh()

    def _outcome(self, order: dict[str, Any]) -> str:
        facts = {
            "side": texts.SIDES[order["side"]],
            "asset": self.base,
            "amount": show(order["quantity"] or order["filledQuantity"]),
            "filled": show(order["filledQuantity"]),
            "price": show(order["averagePrice"] or order["price"]),
        }
        nothing = is_zero(order["filledQuantity"])
        match order["status"]:
            case "FILLED":
                words = "filled"
            case "OPEN" | "PARTIALLY_FILLED" | "UNTRIGGERED":
                words = "placed" if nothing else "partly"
            case _:
                words = "unfilled" if nothing else "ended"
        return texts.NOTICE[words].format(**facts)


def _typed(value: object) -> str:
    """What a field sent: a text of bounded length, whatever came."""
    return value[:TYPED_LENGTH_MAX] if isinstance(value, str) else ""
