"""The order ticket: what is being written, and what the API said about it."""

import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import reflex as rx

from frontend import queries, texts
from frontend.amounts import is_zero, read_amount, show
from frontend.client import ApiError, execute
from frontend.state import sums
from frontend.state.account import Account, market_of

FIELDS = {"price": "price", "quantity": "amount", "quoteQuantity": "amount"}
TYPED_LENGTH_MAX = 80
NOTE_LENGTH_MAX = 300
REFUSALS_MAX = 5
STEPS_MAX = 1000
MONEY_DECIMALS_MAX = 2


class Ticket(Account):
    """A plain ticket: limit or market."""

    market_status: str = ""
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
    price_note: str = ""
    amount_note: str = ""
    form_note: str = ""
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
        return self.spend and (self.kind == "LIMIT" or self.side == "BUY")

    @rx.var
    def percent(self) -> int:
        """How much of what is available the ticket would use."""
        amount, price = read_amount(self.amount), read_amount(self.price)
        if not amount or not self.lot:
            return 0
        if self.spends_quote == (self.side == "BUY"):
            return sums.percent_of(amount, self._available())
        if self.kind != "LIMIT" or not price or is_zero(price):
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

    @rx.var
    def draft(self) -> dict[str, str | bool]:
        """The order as it would be placed now; empty while it is not complete."""
        order, *notes = self._described()
        return {} if any(notes) or not self.signed_in else order

    @rx.var
    def submit_label(self) -> str:
        """The button's words, with the amount and its asset."""
        if self.price_note:
            return texts.TICKET["check_price"]
        if self.amount_note:
            return texts.TICKET["check_amount"]
        verb = texts.TICKET["submit_buy"] if self.side == "BUY" else texts.TICKET["submit_sell"]
        amount = read_amount(self.amount)
        if self.spends_quote:
            return f"{verb} {self.base}: {show(amount)} {self.quote}" if amount else f"{verb} {self.base}"
        return f"{verb} {show(amount)} {self.base}" if amount else f"{verb} {self.base}"

    @rx.event
    async def open_market(self) -> None:
        """Load what the ticket must know about the page's market."""
        wanted = market_of(self.router.url.path)
        self.form_id = uuid.uuid4().hex
        self.question, self._waiting = "", {}
        try:
            data = await execute(self._visitor(), queries.MARKET, {"symbol": wanted})
        except ApiError:
            self.trouble = True
            return
        market = data["market"]
        if market is None:
            self.base = self.quote = self.tick = self.lot = self.market_status = ""
            return
        if market["symbol"] != self._symbol:
            self.price = self.amount = ""
            self._clear_notes()
        self._symbol = market["symbol"]
        self.base, self.quote = market["base"]["code"], market["quote"]["code"]
        self.tick, self.lot = market["tickSize"], market["lotSize"]
        self.quote_step = sums.plain(Decimal(1).scaleb(-min(MONEY_DECIMALS_MAX, market["quote"]["decimals"])))
        self.maker_fee, self.taker_fee = market["makerFee"], market["takerFee"]
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
        """Amount in base, or a sum in quote; what is written is worth the same afterwards where a price is known."""
        amount, price = read_amount(self.amount), read_amount(self.price)
        known = self.kind == "LIMIT" and amount and price and not is_zero(price) and self.lot
        if known and amount and price:
            turned = sums.base_for(amount, price, self.lot) if self.spend else self._worth(amount, price)
            self.amount = show(turned)
        else:
            self.amount = ""
        self.spend = not self.spend
        self._clear_notes()

    @rx.event
    def toggle_post_only(self) -> None:
        """Only ever rest in the book, or not."""
        self.post_only = not self.post_only
        self._clear_notes()

    @rx.event
    def choose_time_in_force(self, choice: str) -> None:
        """How long the order lives."""
        if choice in ("GTC", "IOC", "FOK"):
            self.time_in_force = choice
            self._clear_notes()

    @rx.event
    def write_price(self, typed: str) -> None:
        """Keep what is being typed, as it is."""
        self.price, self.price_note = _typed(typed), ""

    @rx.event
    def write_amount(self, typed: str) -> None:
        """Keep what is being typed, as it is."""
        self.amount, self.amount_note = _typed(typed), ""

    @rx.event
    def tidy(self, field: str) -> None:
        """Group the digits of a field that has been left."""
        if field in ("price", "amount") and (plain := read_amount(getattr(self, field))) is not None:
            setattr(self, field, show(plain))

    @rx.event
    async def step(self, field: str, count: int) -> None:
        """Move the price by ticks or the amount by lots, from where earlier steps have left it."""
        if not isinstance(count, int) or abs(count) > STEPS_MAX or not self.lot:
            return
        number = read_amount(self.price if field == "price" else self.amount)
        if field == "price":
            if number is None:
                number = (await self._prices()).get("last")
            self.price, self.price_note = show(sums.moved(number, self.tick, count)), ""
        elif field == "amount":
            size = self.quote_step if self.spends_quote else self.lot
            self.amount, self.amount_note = show(sums.moved(number, size, count)), ""

    @rx.event
    def clear(self) -> None:
        """Empty both fields."""
        self.price = self.amount = ""
        self._clear_notes()

    @rx.event
    def pick_price(self, price: str) -> None:
        """Take the price of a level of the book."""
        if isinstance(price, str) and (plain := read_amount(price)) is not None:
            self.kind, self.price, self.price_note = "LIMIT", show(plain), ""

    @rx.event
    async def quick_price(self, which: str) -> None:
        """Take the best bid, the best ask or the middle between them."""
        if which not in ("bid", "mid", "ask"):
            return
        prices = await self._prices()
        bid, ask = prices.get("bid"), prices.get("ask")
        middle = sums.middle(bid, ask, self.tick) if bid and ask and self.tick else None
        found = {"bid": bid, "mid": middle, "ask": ask}[which]
        if found:
            self.price, self.price_note = show(found), ""
        else:
            self.price_note = texts.TICKET["no_price_yet"]

    @rx.event
    def take_share(self, percent: int) -> None:
        """Use a share of what is available."""
        if not isinstance(percent, int) or not 0 <= percent <= 100 or not self.lot:
            return
        self._clear_notes()
        available, price = self._available(), read_amount(self.price)
        if self.side == "BUY" and self.kind == "MARKET":
            self.spend = True
        if self.spends_quote == (self.side == "BUY"):
            amount = sums.share_of(available, percent, self.quote_step if self.spends_quote else self.lot)
        elif not price or is_zero(price):
            self.price_note = texts.TICKET["price_missing"]
            return
        elif self.side == "BUY":
            amount = sums.base_for(sums.share_of(available, percent, self.quote_step), price, self.lot)
        else:
            amount = self._worth(sums.share_of(available, percent, self.lot), price)
        self.amount = show(amount)

    @rx.event
    def take_refusals(self, refusals: list[dict[str, Any]]) -> None:
        """Show what the API said about the draft; an empty list takes it away."""
        if not isinstance(refusals, list) or self.busy:
            return
        self._clear_notes()
        for refusal in refusals[:REFUSALS_MAX]:
            if isinstance(refusal, dict) and isinstance(refusal.get("path"), list):
                self._refuse(refusal["path"], str(refusal.get("message", ""))[:NOTE_LENGTH_MAX])

    @rx.event
    async def submit(self, form: dict[str, Any]) -> AsyncIterator[None]:
        """Place the order that the form describes, or ask first."""
        if not isinstance(form, dict) or form.get("form_id") != self.form_id or self.busy:
            return
        self.form_id = uuid.uuid4().hex
        self._clear_notes()
        self.amount = _typed(form.get("amount"))
        if self.kind == "LIMIT":
            self.price = _typed(form.get("price"))
        order, self.price_note, self.amount_note = self._described()
        if self.price_note or self.amount_note:
            return
        if form.get("confirm") == "on":
            self._waiting, self.question = order, self._summary(order)
            return
        self.busy = True
        yield
        try:
            await self._place(order)
        finally:
            self.busy = False

    @rx.event
    async def send(self) -> AsyncIterator[None]:
        """Place the order that the person was asked about."""
        order, self._waiting, self.question = self._waiting, {}, ""
        if not order or self.busy or order["market"] != market_of(self.router.url.path):
            return
        self.busy = True
        yield
        try:
            await self._place(order)
        finally:
            self.busy = False

    @rx.event
    def dismiss_question(self) -> None:
        """Go back to the ticket."""
        self._waiting, self.question = {}, ""

    def _paid_with(self) -> str:
        return self.quote if self.side == "BUY" else self.base

    def _available(self) -> str:
        asset = self._paid_with()
        return next((row.available_plain for row in self.balances if row.asset == asset), "0")

    def _worth(self, amount: str, price: str) -> str:
        return sums.quote_for(amount, price, self.quote_step)

    async def _prices(self) -> dict[str, str | None]:
        try:
            data = await execute(self._visitor(), queries.PRICES, {"symbol": market_of(self.router.url.path)})
        except ApiError:
            return {}
        return dict(data["market"]["ticker"]) if data["market"] else {}

    def _clear_notes(self) -> None:
        self.price_note = self.amount_note = self.form_note = ""

    def _refuse(self, path: list[Any], message: str) -> None:
        note = f"{FIELDS.get(str(path[-1]) if path else '', 'form')}_note"
        setattr(self, note, f"{getattr(self, note)} {message}".strip())

    def _described(self) -> tuple[dict[str, Any], str, str]:
        """The order that the fields describe, and what is missing about price and amount."""
        amount, amount_note = _number(self.amount, texts.TICKET["amount_missing"])
        price, price_note = None, ""
        order: dict[str, Any] = {"market": market_of(self.router.url.path), "side": self.side, "type": self.kind}
        if self.kind == "LIMIT":
            price, price_note = _number(self.price, texts.TICKET["price_missing"])
            order |= {"price": price, "postOnly": self.post_only, "timeInForce": self.time_in_force}
        if self.spends_quote and self.kind == "LIMIT" and amount and price and not is_zero(price) and self.lot:
            amount = sums.base_for(amount, price, self.lot)
        order["quoteQuantity" if self.spends_quote and self.kind == "MARKET" else "quantity"] = amount
        return order, price_note, amount_note

    def _summary(self, order: dict[str, Any]) -> str:
        facts = {
            "side": texts.SIDES[order["side"]],
            "amount": show(order.get("quantity") or order.get("quoteQuantity")),
            "base": self.base,
            "quote": self.quote,
            "price": show(order.get("price")),
        }
        words = "sum_spend" if "quoteQuantity" in order else "sum_at_price" if order.get("price") else "sum_at_market"
        return str(texts.TICKET[words].format(**facts))

    async def _place(self, order: dict[str, Any]) -> None:
        order = order | {"clientOrderId": uuid.uuid4().hex}
        if (data := await self._ask(queries.PLACE, {"input": order})) is None:
            return
        answer = data["placeOrder"]
        for refusal in answer["errors"]:
            self._refuse(refusal["path"], refusal["message"])
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
        return str(texts.NOTICE[words].format(**facts))


def _number(typed: str, missing: str) -> tuple[str | None, str]:
    number = read_amount(typed)
    return number, "" if number else texts.TICKET["not_a_number"] if typed.strip() else missing


def _typed(value: object) -> str:
    """What a field sent: a text of bounded length, whatever came."""
    return value[:TYPED_LENGTH_MAX] if isinstance(value, str) else ""


def _percent(fraction: str) -> str:
    """A rate such as 0.001 as people read it: 0.10 %."""
    return f"{show(f'{Decimal(fraction) * 100:.2f}')}\u2009%"
