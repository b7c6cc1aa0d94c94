"""The root of queries."""

import strawberry

from backend.engine.values import TimeUs, TradeId
from backend.graphql import trading
from backend.graphql.accounts import Account, User
from backend.graphql.enums import CandleInterval
from backend.graphql.errors import bad_user_input, unavailable
from backend.graphql.info import Info
from backend.graphql.inputs import PlaceOrderInput
from backend.graphql.markets import (
    Asset,
    Candle,
    ExchangeStatus,
    Market,
    OrderBook,
    Ticker,
    Trade,
)
from backend.graphql.operator import Operator
from backend.graphql.orders import OrderPreviewPayload
from backend.graphql.pages import Connection, cursor, page_size, position_after, shown_page
from backend.graphql.permissions import Staff
from backend.graphql.scalars import Long
from backend.graphql.viewer import Viewer
from backend.marketdata import WINDOW_DEPTHS
from backend.persistence.errors import StorageUnavailable

CANDLES_MAX = 1_000
"""So many candles come in one answer."""


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    def status(self, info: Info) -> ExchangeStatus:
        """The exchange as a whole."""
        services = info.context.services
        rules = services.views.rules
        return ExchangeStatus(
            version=services.version,
            time=services.clock.now(),
            sequence=Long(services.views.sequence),
            halted=rules.halted,
            halt_reason=rules.halt_reason if rules.halted else None,
            demonstration=services.demonstration,
        )

    @strawberry.field
    def assets(self, info: Info) -> list[Asset]:
        """All assets."""
        return info.context.services.catalogue.assets()

    @strawberry.field
    def asset(self, info: Info, code: str) -> Asset | None:
        """One asset."""
        return info.context.services.catalogue.asset(code)

    @strawberry.field
    def markets(self, info: Info) -> list[Market]:
        """All markets."""
        return [listed.shown for listed in info.context.services.catalogue.all()]

    @strawberry.field
    def market(self, info: Info, symbol: str) -> Market | None:
        """One market."""
        listed = info.context.services.catalogue.find(symbol)
        return None if listed is None else listed.shown

    @strawberry.field(description="`depth` is 10, 50, 200 or 1000.")
    def order_book(self, info: Info, market: str, depth: int = 50) -> OrderBook | None:
        """The best levels of both sides, as they are now."""
        services = info.context.services
        listed = services.catalogue.wanted(market)
        return OrderBook.of(services.marketdata.book(market, window_depth(depth)), listed.scale)

    @strawberry.field
    async def trades(
        self,
        info: Info,
        market: str,
        since: TimeUs | None = None,
        until: TimeUs | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[Trade] | None:
        """The market's trades."""
        services = info.context.services
        scale, size, place = (
            services.catalogue.wanted(market).scale,
            page_size(first),
            position_after(after, "trade", 1),
        )
        try:
            page = await services.history.trades(
                market, since=since, until=until, before=TradeId(place[0]) if place else None, limit=size
            )
        except StorageUnavailable as error:
            raise unavailable("The history cannot be read now. Try again.") from error
        return shown_page(page, lambda row: Trade.of(row, scale), lambda row: cursor("trade", row.id))

    @strawberry.field(
        description=(
            "Oldest first, in [start, end), the last `limit` of them; an interval without a trade has no candle; "
            "a week begins on Monday, UTC."
        )
    )
    async def candles(
        self,
        info: Info,
        market: str,
        interval: CandleInterval,
        start: TimeUs | None = None,
        end: TimeUs | None = None,
        limit: int = 500,
    ) -> list[Candle] | None:
        """The market's candles."""
        services = info.context.services
        scale = services.catalogue.wanted(market).scale
        if not 1 <= limit <= CANDLES_MAX:
            raise bad_user_input(f"`limit` is 1 to {CANDLES_MAX}.")
        try:
            found = await services.history.candles(market, interval, start, end, limit)
        except StorageUnavailable as error:
            raise unavailable("The history cannot be read now. Try again.") from error
        return [Candle.of(candle, scale) for candle in found]

    @strawberry.field
    def tickers(self, info: Info) -> list[Ticker]:
        """The last 24 hours of all markets."""
        services = info.context.services
        listed = services.catalogue.listed
        return [Ticker.of(ticker, listed(ticker.market).scale) for ticker in services.marketdata.tickers()]

    @strawberry.field(description="What an order would do now: every check of `placeOrder`, and nothing is placed.")
    async def preview_order(self, info: Info, input: PlaceOrderInput) -> OrderPreviewPayload | None:
        """What an order would do now."""
        return await trading.preview(info.context, input)

    @strawberry.field(description="The signed-in user; null for a visitor.")
    def viewer(self, info: Info) -> Viewer | None:
        """The signed-in user."""
        context = info.context
        if context.user is None:
            return None
        return Viewer(
            sequence=Long(context.snapshot().sequence),
            user=User.of(context.user),
            accounts=[Account.of(account) for account in context.user.accounts],
        )

    @strawberry.field(permission_classes=[Staff], description="The operator's side: FORBIDDEN without a role.")
    def operator(self) -> Operator | None:
        """The operator's side."""
        return Operator()


def window_depth(depth: int) -> int:
    """Return the depth of a window.

    Raises:
        ApiError: BAD_USER_INPUT, there is no such window.
    """
    if depth not in WINDOW_DEPTHS:
        raise bad_user_input("`depth` is 10, 50, 200 or 1000.")
    return depth
