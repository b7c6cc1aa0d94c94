"""The signed-in person's orders, balances and notices."""

import hashlib
import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any

import reflex as rx

from frontend import queries, texts
from frontend.client import ApiError, Visitor, execute
from frontend.locale import show_now, zone_name
from frontend.state.ear import Ear
from frontend.state.rows import BalanceRow, OrderRow, balance_row, order_row
from frontend.state.terms import side_by_side

logger = logging.getLogger(__name__)

NOTICES_MAX = 3
TOLD_MAX = 50
ID_LENGTH_MAX = 64
OPERATOR_ROLES = {"OPERATOR", "ADMIN"}
FAUCET_AMOUNTS = {"USDT": "100000", "BTC": "2", "ETH": "40", "SOL": "500"}
FAUCET_AMOUNT_OTHER = "1000"


@dataclass(frozen=True)
class Notice:
    """A message at the edge of the page; a good one leaves by itself."""

    id: str
    kind: str
    text: str
    time: str = ""


class Account(rx.State):
    """Private: emptied when the socket's cookie changes, at each hydration, and when the session is over."""

    ready: bool = False
    signed_in: bool = False
    name: str = ""
    demonstration: bool = False
    # Whether the person may run the exchange; the API decides that anew with each request.
    operator: bool = False
    orders: list[OrderRow] = []  # noqa: RUF012
    balances: list[BalanceRow] = []  # noqa: RUF012
    notices: list[Notice] = []  # noqa: RUF012
    told: list[Notice] = []  # noqa: RUF012
    unread: int = 0
    fills_heard: int = 0
    trouble: bool = False
    tab: str = "orders"
    zone: str = "UTC"
    only_here: bool = True

    # The session whose events this tab handles; kept by the guard.
    _owner: str = ""
    _fills: Ear = Ear()

    @rx.var
    def shown_orders(self) -> list[OrderRow]:
        """The open orders that the dock lists."""
        here = market_of(self.router.url.path)
        return side_by_side([row for row in self.orders if not self.only_here or row.market == here])

    @rx.var
    def order_count(self) -> int:
        """How many orders the dock lists."""
        return len(self.shown_orders)

    @rx.event
    async def load(self) -> None:
        """Load everything private anew."""
        await self._refresh()

    @rx.event
    async def cancel(self, order_id: str) -> None:
        """Cancel one order; the API checks whose it is."""
        if not isinstance(order_id, str) or len(order_id) > ID_LENGTH_MAX:
            return
        if (data := await self._ask(queries.CANCEL, {"id": order_id})) is None:
            return
        if refusals := data["cancelOrder"]["errors"]:
            self._notify("error", refusals[0]["message"])
        else:
            self._notify("good", texts.NOTICE["canceled"])
        await self._refresh()

    @rx.event
    async def cancel_all(self) -> None:
        """Cancel every open order that the dock lists."""
        market = market_of(self.router.url.path) if self.only_here else None
        if (data := await self._ask(queries.CANCEL_ALL, {"market": market})) is None:
            return
        answer = data["cancelAllOrders"]
        if answer["errors"]:
            self._notify("error", answer["errors"][0]["message"])
        else:
            self._notify("good", texts.NOTICE["canceled_all"].format(count=len(answer["orders"])))
        await self._refresh()

    @rx.event
    async def get_demonstration_money(self) -> None:
        """Ask the faucet for both assets of this page's market."""
        assets = market_of(self.router.url.path).split("-")[:2]
        for asset in assets:
            amount = FAUCET_AMOUNTS.get(asset, FAUCET_AMOUNT_OTHER)
            wish = {"asset": asset, "amount": amount, "idempotencyKey": uuid.uuid4().hex}
            if (data := await self._ask(queries.FAUCET, {"input": wish})) is None:
                return
            if refusals := data["requestFaucet"]["errors"]:
                self._notify("error", refusals[0]["message"])
                return
        await self._refresh()

    @rx.event
    def choose_tab(self, tab: str) -> None:
        """Show open orders or balances."""
        if tab in ("orders", "balances"):
            self.tab = tab

    @rx.event
    def toggle_only_here(self) -> None:
        """List this market's orders, or all."""
        self.only_here = not self.only_here

    @rx.event
    def dismiss(self, notice_id: str) -> None:
        """Take a notice away."""
        self.notices = [notice for notice in self.notices if notice.id != notice_id]

    @rx.event
    def read_notices(self) -> None:
        """Take note that the list of notices has been opened."""
        self.unread = 0

    @rx.event
    def report_failure(self) -> None:
        """Say that an event handler failed."""
        self._notify("error", texts.NOTICE["failed"])

    def _visitor(self) -> Visitor:
        return Visitor.of(self.router.headers.raw_headers, self.router.session.client_ip)

    def _forget(self) -> None:
        """Empty what is private; what is being written in the ticket stays with the tab."""
        self.ready = self.signed_in = self.demonstration = self.operator = self.trouble = False
        self.name = ""
        self.orders, self.balances, self.notices, self.told = [], [], [], []
        self.unread = 0
        self._fills = Ear()
        account = self.parent_state if type(self) is not Account and isinstance(self.parent_state, Account) else self
        for page in (self, *account.substates.values()):
            if isinstance(page, Account):
                page._forget_own()

    def _forget_own(self) -> None:
        """Empty what a page of its own adds."""

    def _notify(self, kind: str, text: str) -> None:
        notice = Notice(uuid.uuid4().hex, kind, text, show_now())
        self.notices = [*self.notices, notice][-NOTICES_MAX:]
        self.told = [notice, *self.told][:TOLD_MAX]
        self.unread = min(self.unread + 1, TOLD_MAX)

    def _tell_fills(self, fills: list[dict[str, Any]]) -> None:
        """Tell of new fills of orders that rested; those of one order within two seconds are one notice."""
        for heard in self._fills.hear(fills, {row.id for row in self.orders}, time.monotonic()):
            if heard.replaces:
                self.notices = [notice for notice in self.notices if notice.id != heard.replaces]
                self.told = [notice for notice in self.told if notice.id != heard.replaces]
                self.unread = max(0, self.unread - 1)
            else:
                self.fills_heard += 1
            self._notify("fill", heard.words())
            heard.notice_id = self.notices[-1].id

    async def _ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Ask the API; None, and a notice, when it gave no answer."""
        visitor = self._visitor()
        try:
            return await execute(visitor, query, variables)
        except ApiError as problem:
            if problem.code == "UNAUTHENTICATED":
                self._forget()
                self.ready = True
            self._notify("error", words_for(problem))
            return None

    async def _refresh(self) -> None:
        self.zone = zone_name()
        visitor = self._visitor()
        if visitor.session is None:
            self._forget()
            self.ready = True
            return
        try:
            data = await execute(visitor, queries.PORTFOLIO)
        except ApiError as problem:
            if problem.code == "UNAUTHENTICATED":
                self._forget()
            else:
                logger.warning("The portfolio could not be loaded: %s", problem.code)
                self.trouble = True
            self.ready = True
            return
        viewer = data["viewer"]
        if viewer is None:
            self._forget()
            self.ready = True
            return
        self.ready, self.signed_in, self.trouble = True, True, False
        self.name = viewer["user"]["email"]
        self.operator = not OPERATOR_ROLES.isdisjoint(viewer["user"]["roles"])
        self.demonstration = data["status"]["demonstration"]
        self._tell_fills([edge["node"] for edge in viewer["fills"]["edges"]])
        if credited := self._fills.hear_deposits([edge["node"] for edge in viewer["ledger"]["edges"]]):
            self._notify("deposit", credited)
        self.balances = [balance_row(balance) for balance in viewer["balances"]]
        self.orders = [order_row(order) for order in viewer["openOrders"]]


def market_of(path: str) -> str:
    """The market in the address of a page: `/trade/BTC-USDT`."""
    return path.removeprefix("/trade/").strip("/") if path.startswith("/trade/") else ""


def owner_of(visitor: Visitor) -> str:
    """A name for a session that does not give it away."""
    return hashlib.sha256(visitor.session.encode()).hexdigest() if visitor.session else ""


def words_for(problem: ApiError) -> str:
    """What a person is told about an error of the API."""
    if problem.code == "UNAUTHENTICATED":
        return texts.NOTICE["session_over"]
    if problem.code == "UNAVAILABLE":
        return texts.NOTICE["unavailable"]
    if problem.code == "RATE_LIMITED":
        return texts.NOTICE["too_fast"].format(seconds=problem.retry_after or 1)
    if problem.code in ("BAD_USER_INPUT", "FORBIDDEN"):
        return texts.NOTICE["refused"].format(message=problem.message)
    return texts.NOTICE["failed"]
