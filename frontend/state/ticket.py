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
from frontend.state.draft import FIELD_OF, KINDS, PREVENTIONS, PRICED, TIMES_IN_FORCE, describe
from frontend.state.outcome import outcome_of, standing_of, summary_of
from frontend.state.ticket_facts import NOTHING_SAID, TicketFacts

TYPED = ("price", "stop", "stop_limit", "trail", "amount", "visible")
"""The fields that take a number."""
TYPED_LENGTH_MAX = 80
NOTE_LENGTH_MAX = 300
REFUSALS_MAX = 5
STEPS_MAX = 1000
MONEY_DECIMALS_MAX = 2


class Ticket(TicketFacts, Account):
    """A ticket for every kind of order."""

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
            self.base = self.quote = self.tick = self.lot = ""
            return
        if market["symbol"] != self._symbol:
            self._empty()
        self._symbol = market["symbol"]
        self.base, self.quote = market["base"]["code"], market["quote"]["code"]
        self.tick, self.lot = market["tickSize"], market["lotSize"]
        self.quote_step = sums.plain(Decimal(1).scaleb(-min(MONEY_DECIMALS_MAX, market["quote"]["decimals"])))
        self.maker_fee, self.taker_fee = market["makerFee"], market["takerFee"]
        self.blocked, self.standing = standing_of(market, data["status"])

    @rx.event
    async def look_at_status(self) -> None:
        """Learn whether orders are taken now."""
        try:
            data = await execute(self._visitor(), queries.STANDING, {"symbol": market_of(self.router.url.path)})
        except ApiError:
            return
        if data["market"] is not None:
            self.blocked, self.standing = standing_of(data["market"], data["status"])

    @rx.event
    def choose_side(self, side: str) -> None:
        """Buy or sell."""
        if side in ("BUY", "SELL"):
            self.side = side
            self._clear_notes()

    @rx.event
    def choose_kind(self, kind: str) -> None:
        """What kind of order it is."""
        if kind in KINDS:
            self.kind = kind
            self._clear_notes()

    @rx.event
    def toggle_spend(self) -> None:
        """Amount in base, or a sum in quote; what is written is worth the same afterwards where a price is known."""
        amount, price = read_amount(self.amount), read_amount(self.price)
        known = self.kind in PRICED and amount and price and not is_zero(price) and self.lot
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
        if choice in TIMES_IN_FORCE:
            self.time_in_force = choice
            self._clear_notes()

    @rx.event
    def choose_prevention(self, choice: str) -> None:
        """What happens where the order would meet one of the same account."""
        if choice in PREVENTIONS:
            self.prevention = choice

    @rx.event
    def toggle_trail(self) -> None:
        """Trail by a distance, or by percent."""
        self.trails_percent, self.trail = not self.trails_percent, ""
        self._clear_notes()

    @rx.event
    def write(self, field: str, typed: str) -> None:
        """Keep what is being typed, as it is."""
        if field in (*TYPED, "expire"):
            setattr(self, field, _typed(typed))
            self._note(field, "")

    @rx.event
    def tidy(self, field: str) -> None:
        """Group the digits of a field that has been left."""
        if field in TYPED and (plain := read_amount(getattr(self, field))) is not None:
            setattr(self, field, show(plain))

    @rx.event
    async def step(self, field: str, count: int) -> None:
        """Move the price by ticks or the amount by lots, from where earlier steps have left it."""
        if not isinstance(count, int) or abs(count) > STEPS_MAX or not self.lot:
            return
        if field not in TYPED or (field == "trail" and self.trails_percent):
            return
        number = read_amount(getattr(self, field))
        size = self.tick
        if field in ("price", "stop", "stop_limit") and number is None:
            number = (await self._prices()).get("last")
        elif field in ("amount", "visible"):
            size = self.quote_step if field == "amount" and self.spends_quote else self.lot
        setattr(self, field, show(sums.moved(number, size, count)))
        self._note(field, "")

    @rx.event
    def clear(self) -> None:
        """Empty what is typed."""
        self._empty()

    @rx.event
    def pick_price(self, price: str) -> None:
        """Take the price of a level of the book."""
        if isinstance(price, str) and (plain := read_amount(price)) is not None:
            self.kind = self.kind if self.kind in PRICED else "LIMIT"
            self.price = show(plain)
            self._note("price", "")

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
            self.price = show(found)
        self._note("price", "" if found else texts.TICKET["no_price_yet"])

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
            self._note("price", texts.TICKET["price_missing"])
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
        for field in self.shown:
            if field in TYPED or field == "expire":
                setattr(self, field, _typed(form.get(field)))
        order, notes = describe(self._written())
        if notes:
            self.notes = NOTHING_SAID | notes
            return
        if form.get("confirm") == "on":
            self._waiting, self.question = order, summary_of(order, self.base, self.quote)
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

    async def _prices(self) -> dict[str, str | None]:
        try:
            data = await execute(self._visitor(), queries.PRICES, {"symbol": market_of(self.router.url.path)})
        except ApiError:
            return {}
        return dict(data["market"]["ticker"]) if data["market"] else {}

    def _clear_notes(self) -> None:
        self.notes = NOTHING_SAID

    def _empty(self) -> None:
        for field in (*TYPED, "expire"):
            setattr(self, field, "")
        self._clear_notes()

    def _note(self, field: str, text: str) -> None:
        self.notes = self.notes | {field: text}

    def _refuse(self, path: list[Any], message: str) -> None:
        field = FIELD_OF.get(str(path[-1]) if path else "", "form")
        if field not in self.shown:
            field = "form"
        self._note(field, f"{self.notes[field]} {message}".strip())

    async def _place(self, order: dict[str, Any]) -> None:
        pair = "type" not in order
        keys = ("limitClientOrderId", "stopClientOrderId") if pair else ("clientOrderId",)
        order = order | {key: uuid.uuid4().hex for key in keys}
        if (data := await self._ask(queries.PLACE_PAIR if pair else queries.PLACE, {"input": order})) is None:
            return
        answer = data["placeOcoOrder" if pair else "placeOrder"]
        for refusal in answer["errors"]:
            self._refuse(refusal["path"], refusal["message"])
        if not answer["errors"]:
            self._notify("good", texts.NOTICE["pair_placed"] if pair else outcome_of(answer["order"], self.base))
            if self.kind in PRICED:
                self.price = show(order["price"])
        await self._refresh()


def _typed(value: object) -> str:
    """What a field sent: a text of bounded length, whatever came."""
    return value[:TYPED_LENGTH_MAX] if isinstance(value, str) else ""
