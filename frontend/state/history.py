"""The dock's view: which tab is open, and the pages of past orders and fills that it has loaded."""

import logging
from dataclasses import dataclass
from typing import Any

import reflex as rx

from frontend.client import ApiError, execute
from frontend.queries import ORDER_FIELDS
from frontend.state.account import Account, market_of, owner_of
from frontend.state.rows import FillRow, PastOrderRow, fill_row, past_order_row

logger = logging.getLogger(__name__)

TABS = ("orders", "history", "fills", "balances")
PAGE = 50
PAGES_MAX = 20

ORDERS = f"""query OrderHistory($market: String, $after: String) {{
  viewer {{ orders(market: $market, first: {PAGE}, after: $after) {{
    edges {{ node {{
      {ORDER_FIELDS}
    }} }}
    pageInfo {{ hasNextPage endCursor }}
  }} }}
}}"""
FILLS = f"""query FillHistory($market: String, $after: String) {{
  viewer {{ fills(market: $market, first: {PAGE}, after: $after) {{
    edges {{ node {{ id market side price quantity fee feeAsset liquidity time }} }}
    pageInfo {{ hasNextPage endCursor }}
  }} }}
}}"""


@dataclass(frozen=True)
class Pages:
    """The nodes of a Relay connection, newest first, and where they end; `owner` is the session they belong to."""

    nodes: tuple[dict[str, Any], ...] = ()
    cursor: str | None = None
    owner: str = ""
    market: str | None = None


class History(Account):
    """Past orders and fills. They are kept out of sight with the session that they were loaded for."""

    view: str = "orders"
    failed: bool = False

    _orders: Pages = Pages()
    _fills: Pages = Pages()

    @rx.var
    def past_orders(self) -> list[PastOrderRow]:
        """The orders that have been loaded, newest first."""
        return [past_order_row(node) for node in self._orders.nodes] if self._mine(self._orders) else []

    @rx.var
    def fills(self) -> list[FillRow]:
        """The fills that have been loaded, newest first."""
        return [fill_row(node) for node in self._fills.nodes] if self._mine(self._fills) else []

    @rx.var
    def more(self) -> bool:
        """Whether the open tab has older rows."""
        shown = self._orders if self.view == "history" else self._fills
        return self.view in ("history", "fills") and self._mine(shown) and shown.cursor is not None

    @rx.var
    def known(self) -> bool:
        """Whether the open tab has been loaded."""
        return self._mine(self._orders if self.view == "history" else self._fills)

    @rx.event
    async def choose_view(self, view: str) -> None:
        """Open a tab of the dock."""
        if view in TABS:
            self.view = view
            await self._reload()

    @rx.event
    async def switch_only_here(self) -> None:
        """List this market's rows, or all."""
        self.only_here = not self.only_here
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Load the newest page of the open tab anew; what was loaded below it stays."""
        await self._reload()

    @rx.event
    async def load_more(self) -> None:
        """Load the next page of the open tab."""
        shown = self._orders if self.view == "history" else self._fills
        if self.more and len(shown.nodes) < PAGE * PAGES_MAX:
            await self._load(shown.cursor)

    def _mine(self, pages: Pages) -> bool:
        here = self._market()
        return bool(self.signed_in and pages.owner and pages.owner == self._owner and pages.market == here)

    def _market(self) -> str | None:
        return market_of(self.router.url.path) or None if self.only_here else None

    async def _reload(self) -> None:
        if self.view in ("history", "fills") and self.signed_in:
            await self._load(None)

    async def _load(self, after: str | None) -> None:
        name, query = ("orders", ORDERS) if self.view == "history" else ("fills", FILLS)
        visitor, market = self._visitor(), self._market()
        try:
            data = await execute(visitor, query, {"market": market, "after": after})
        except ApiError as problem:
            logger.warning("The dock's %s could not be loaded: %s", name, problem.code)
            self.failed = True
            return
        self.failed = False
        if data["viewer"] is None:
            self._orders, self._fills = Pages(), Pages()
            return
        found = data["viewer"][name]
        nodes = tuple(edge["node"] for edge in found["edges"])
        info = found["pageInfo"]
        cursor = info["endCursor"] if info["hasNextPage"] else None
        old = self._orders if name == "orders" else self._fills
        pages = Pages(nodes, cursor, owner_of(visitor), market)
        if old.nodes and self._mine(old):
            pages = _joined(old, pages, newest=after is None)
        if name == "orders":
            self._orders = pages
        else:
            self._fills = pages


def _joined(old: Pages, found: Pages, *, newest: bool) -> Pages:
    """Two runs of rows as one, each row once: the newest page before what was there, or an older one after it."""
    first, last = (found, old) if newest else (old, found)
    known = {node["id"] for node in first.nodes}
    rest = tuple(node for node in last.nodes if node["id"] not in known)
    if newest and len(rest) == len(last.nodes):
        # Nothing overlaps, so that rows may be missing in between: begin anew.
        return found
    return Pages(first.nodes + rest, last.cursor, found.owner, found.market)
