"""The orders page: open orders, ended ones, and fills."""

import logging
from typing import Any

import reflex as rx

from frontend import queries
from frontend.client import ApiError, execute
from frontend.state.account import Account
from frontend.state.lines import FillLine, OrderLine, fill_line, order_line
from frontend.state.paging import Pager, is_code, is_day, period
from frontend.state.terms import side_by_side

logger = logging.getLogger(__name__)

TABS = ("open", "history", "fills")
SIDES = ("", "BUY", "SELL")
STATUSES = ("", "FILLED", "CANCELED", "PARTIALLY_FILLED", "OPEN", "UNTRIGGERED", "EXPIRED", "REJECTED")


class Records(Account):
    """Private like its parent: what is listed is emptied with it."""

    list_tab: str = "open"
    markets: list[str] = []  # noqa: RUF012
    market: str = ""
    side: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    lines: list[OrderLine] = []  # noqa: RUF012
    fill_lines: list[FillLine] = []  # noqa: RUF012
    page_number: int = 1
    has_older: bool = False
    list_ready: bool = False
    list_failed: bool = False

    _pager: Pager = Pager()

    @rx.var
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any((self.market, self.side, self.status, self.since, self.until))

    @rx.event
    async def load_records(self) -> None:
        """Load the page of the list that is shown."""
        await self._load_list()

    @rx.event
    async def choose_list(self, tab: str) -> None:
        """Show another list, from its beginning."""
        if tab in TABS:
            self.list_tab = tab
            self.lines, self.fill_lines, self.list_ready = [], [], False
            await self._from_the_start()

    @rx.event
    async def filter_market(self, market: str) -> None:
        """Show one market only, or all."""
        if is_code(market):
            self.market = market
            await self._from_the_start()

    @rx.event
    async def filter_side(self, side: str) -> None:
        """Show one side of the open orders, or both."""
        if side in SIDES:
            self.side = side
            await self._from_the_start()

    @rx.event
    async def filter_status(self, status: str) -> None:
        """Show orders of one status, or all."""
        if status in STATUSES:
            self.status = status
            await self._from_the_start()

    @rx.event
    async def filter_since(self, day: str) -> None:
        """Show nothing before a day."""
        if is_day(day):
            self.since = day
            await self._from_the_start()

    @rx.event
    async def filter_until(self, day: str) -> None:
        """Show nothing after a day."""
        if is_day(day):
            self.until = day
            await self._from_the_start()

    @rx.event
    async def clear_filters(self) -> None:
        """Show everything."""
        self.market = self.side = self.status = self.since = self.until = ""
        await self._from_the_start()

    @rx.event
    async def older(self) -> None:
        """Turn to the next page."""
        self._pager.forward()
        await self._load_list()

    @rx.event
    async def newer(self) -> None:
        """Turn to the page before."""
        self._pager.back()
        await self._load_list()

    def _forget_own(self) -> None:
        self.lines, self.fill_lines = [], []
        self.list_ready = self.list_failed = self.has_older = False
        self.page_number = 1
        self._pager = Pager()

    async def _from_the_start(self) -> None:
        self._pager = Pager()
        await self._load_list()

    async def _load_list(self) -> None:
        visitor = self._visitor()
        if visitor.session is None:
            self._forget_own()
            return
        try:
            data = await execute(visitor, *self._question())
        except ApiError as problem:
            logger.warning("A list could not be loaded: %s", problem.code)
            self.list_failed = True
            return
        viewer = data["viewer"]
        if viewer is None:
            self._forget_own()
            return
        self.markets = [market["symbol"] for market in data["markets"]]
        self.list_failed, self.list_ready = False, True
        if self.list_tab == "open":
            found = [order for order in viewer["openOrders"] if not self.side or order["side"] == self.side]
            self.lines = side_by_side([order_line(order) for order in found])
            self.has_older, self.page_number = False, 1
            return
        listed = viewer["fills" if self.list_tab == "fills" else "orders"]
        nodes = [edge["node"] for edge in listed["edges"]]
        if self.list_tab == "fills":
            self.fill_lines = [fill_line(fill) for fill in nodes]
        else:
            self.lines = [order_line(order) for order in nodes]
        self._pager.arrived(listed["pageInfo"])
        self.has_older, self.page_number = self._pager.ahead is not None, len(self._pager.behind) + 1

    def _question(self) -> tuple[str, dict[str, Any]]:
        where = {"market": self.market or None}
        if self.list_tab == "open":
            return queries.OPEN_ORDERS, where
        where |= period(self.since, self.until) | self._pager.variables()
        if self.list_tab == "fills":
            return queries.FILLS, where
        return queries.ORDER_HISTORY, where | {"status": [self.status] if self.status else None}
