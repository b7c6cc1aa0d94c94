"""The wallet page: what balances are worth, the faucet, and the ledger."""

import logging
import uuid
from typing import Any

import reflex as rx

from frontend import queries, texts
from frontend.amounts import read_amount
from frontend.client import ApiError, execute
from frontend.state.account import Account
from frontend.state.lines import LedgerLine, ledger_line
from frontend.state.paging import Pager, is_code, is_day, period
from frontend.state.worth import CURRENCIES, Holding, Slice, appraise

logger = logging.getLogger(__name__)

TYPED_LENGTH_MAX = 80


class Wallet(Account):
    """Private like its parent: what is listed is emptied with it."""

    holdings: list[Holding] = []  # noqa: RUF012
    slices: list[Slice] = []  # noqa: RUF012
    assets: list[str] = []  # noqa: RUF012
    currency: str = CURRENCIES[0]
    total: str = ""
    held_total: str = ""
    change: str = ""
    change_percent: str = ""
    rising: bool = True
    hide_small: bool = False
    wallet_ready: bool = False
    wallet_failed: bool = False

    ledger: list[LedgerLine] = []  # noqa: RUF012
    ledger_asset: str = ""
    ledger_since: str = ""
    ledger_until: str = ""
    ledger_page: int = 1
    ledger_older: bool = False

    faucet_asset: str = "USDT"
    faucet_note: str = ""
    faucet_busy: bool = False
    # Changes with each request: a second click on the same form asks with the same key and adds nothing.
    faucet_key: str = ""

    _pager: Pager = Pager()

    @rx.var
    def shown_holdings(self) -> list[Holding]:
        """The balances that are listed."""
        return [holding for holding in self.holdings if not (self.hide_small and holding.small)]

    @rx.event
    async def load_wallet(self) -> None:
        """Load balances, prices and the page of the ledger."""
        self.faucet_key = self.faucet_key or uuid.uuid4().hex
        await self._load_balances()
        await self._load_ledger()

    @rx.event
    async def choose_currency(self, currency: str) -> None:
        """Show values in another currency."""
        if currency in CURRENCIES:
            self.currency = currency
            await self._load_balances()

    @rx.event
    def toggle_small(self) -> None:
        """List balances of little worth, or not."""
        self.hide_small = not self.hide_small

    @rx.event
    async def filter_asset(self, asset: str) -> None:
        """Show the ledger of one asset, or of all."""
        if is_code(asset):
            self.ledger_asset = asset
            await self._ledger_from_the_start()

    @rx.event
    async def filter_ledger_since(self, day: str) -> None:
        """Show nothing before a day."""
        if is_day(day):
            self.ledger_since = day
            await self._ledger_from_the_start()

    @rx.event
    async def filter_ledger_until(self, day: str) -> None:
        """Show nothing after a day."""
        if is_day(day):
            self.ledger_until = day
            await self._ledger_from_the_start()

    @rx.event
    async def ledger_go_older(self) -> None:
        """Turn to the next page."""
        self._pager.forward()
        await self._load_ledger()

    @rx.event
    async def ledger_go_newer(self) -> None:
        """Turn to the page before."""
        self._pager.back()
        await self._load_ledger()

    @rx.event
    def choose_faucet_asset(self, asset: str) -> None:
        """Ask the faucet for another asset."""
        if is_code(asset):
            self.faucet_asset, self.faucet_note = asset, ""

    @rx.event
    async def ask_faucet(self, form: dict[str, Any]) -> None:
        """Ask the faucet for what the form says."""
        typed = form.get("faucet_amount") if isinstance(form, dict) else None
        typed = typed[:TYPED_LENGTH_MAX] if isinstance(typed, str) else ""
        amount = read_amount(typed)
        if amount is None:
            self.faucet_note = texts.WALLET["not_a_number" if typed.strip() else "amount_missing"]
            return
        wish = {"asset": self.faucet_asset, "amount": amount, "idempotencyKey": self.faucet_key or uuid.uuid4().hex}
        self.faucet_note = ""
        if (data := await self._ask(queries.FAUCET, {"input": wish})) is None:
            return
        if refusals := data["requestFaucet"]["errors"]:
            self.faucet_note = refusals[0]["message"]
            return
        self.faucet_key = uuid.uuid4().hex
        await self._refresh()
        await self._load_balances()
        await self._load_ledger()

    def _forget_own(self) -> None:
        self.holdings, self.slices, self.ledger = [], [], []
        self.total = self.held_total = self.change = self.change_percent = self.faucet_note = ""
        self.wallet_ready = self.wallet_failed = self.ledger_older = False
        self.ledger_page = 1
        self._pager = Pager()

    async def _viewed(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Ask about the person; None when nobody is signed in or no answer came."""
        visitor = self._visitor()
        if visitor.session is None:
            self._forget_own()
            return None
        try:
            data = await execute(visitor, query, variables)
        except ApiError as problem:
            logger.warning("The wallet could not be loaded: %s", problem.code)
            self.wallet_failed = True
            return None
        if data["viewer"] is None:
            self._forget_own()
            return None
        self.wallet_failed = False
        return data

    async def _load_balances(self) -> None:
        if (data := await self._viewed(queries.WALLET)) is None:
            return
        worth = appraise(data["viewer"]["balances"], data["tickers"], self.currency, texts.WALLET["other"])
        self.holdings, self.slices = worth.holdings, worth.slices
        self.total, self.held_total = worth.total, worth.held
        self.change, self.change_percent, self.rising = worth.change, worth.change_percent, worth.rising
        self.assets = [asset["code"] for asset in data["assets"]]
        self.wallet_ready = True

    async def _ledger_from_the_start(self) -> None:
        self._pager = Pager()
        await self._load_ledger()

    async def _load_ledger(self) -> None:
        wanted = {"asset": self.ledger_asset or None} | period(self.ledger_since, self.ledger_until)
        if (data := await self._viewed(queries.LEDGER, wanted | self._pager.variables())) is None:
            return
        listed = data["viewer"]["ledger"]
        self.ledger = [ledger_line(edge["node"]) for edge in listed["edges"]]
        self._pager.arrived(listed["pageInfo"])
        self.ledger_older, self.ledger_page = self._pager.ahead is not None, len(self._pager.behind) + 1
