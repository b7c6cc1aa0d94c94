"""Where "Trade" leads when no market is named."""

import reflex as rx
from reflex.event import EventSpec

from frontend import queries
from frontend.client import ApiError, Visitor, execute


class Terminal(rx.State):
    """Finds the market to open."""

    no_market: bool = False

    @rx.event
    async def open_first(self) -> EventSpec | None:
        """Go to the first market that is open, or else the first."""
        visitor = Visitor.of(self.router.headers.raw_headers, self.router.session.client_ip)
        try:
            markets = (await execute(visitor, queries.MARKETS))["markets"]
        except ApiError:
            markets = []
        self.no_market = not markets
        if not markets:
            return None
        chosen = next((market for market in markets if market["status"] == "OPEN"), markets[0])
        return rx.redirect(f"/trade/{chosen['symbol']}", replace=True)
