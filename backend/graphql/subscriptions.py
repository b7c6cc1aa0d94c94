"""The root of subscriptions: public feeds of the markets, private feeds of an account."""

import math
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

import strawberry
from strawberry import ID

from backend.graphql.catalogue import Catalogue
from backend.graphql.enums import CandleInterval
from backend.graphql.info import Info
from backend.graphql.markets import Candle, OrderBookUpdate, Ticker, Trade
from backend.graphql.orders import Fill, Order, OrderUpdate
from backend.graphql.queries import window_depth
from backend.graphql.scalars import Long
from backend.graphql.services import Services
from backend.graphql.transport import PrivateFeed, PublicFeed
from backend.graphql.viewer import Balance, BalanceUpdate
from backend.marketdata import MarketData
from backend.sequencer.views import AccountChange, OrderChange

Arguments = Mapping[str, object]
Deliver = Callable[[object], None]
Unsubscribe = Callable[[], None]
Value = TypeVar("Value")
Shown = TypeVar("Shown")


class _Feed:
    """What the public feeds share."""

    def __init__(self, marketdata: MarketData, catalogue: Catalogue) -> None:
        self.marketdata = marketdata
        self.catalogue = catalogue


class OrderBookFeed(_Feed):
    """Snapshots and deltas of a book's window."""

    def initial(self, arguments: Arguments) -> Sequence[object]:
        """Return the window as it is now."""
        market, depth = self._checked(arguments)
        return [OrderBookUpdate.of(self.marketdata.book(market, depth), self.catalogue.listed(market).scale)]

    def listen(self, arguments: Arguments, deliver: Deliver) -> Unsubscribe:
        """Deliver each change of the window."""
        market, depth = self._checked(arguments)
        scale = self.catalogue.listed(market).scale
        return self.marketdata.listen_book(market, depth, lambda message: deliver(OrderBookUpdate.of(message, scale)))

    def _checked(self, arguments: Arguments) -> tuple[str, int]:
        market, depth = cast(str, arguments["market"]), cast(int, arguments["depth"])
        self.catalogue.wanted(market)
        return market, window_depth(depth)


class TradesFeed(_Feed):
    """Trades as they happen."""

    def initial(self, arguments: Arguments) -> Sequence[object]:
        """Return nothing: the tape goes on from now."""
        self.catalogue.wanted(cast(str, arguments["market"]))
        return ()

    def listen(self, arguments: Arguments, deliver: Deliver) -> Unsubscribe:
        """Deliver each trade."""
        market = cast(str, arguments["market"])
        scale = self.catalogue.wanted(market).scale
        return self.marketdata.listen_trades(market, lambda trade: deliver(Trade.of(trade, scale)))


class TickersFeed(_Feed):
    """Tickers, of one market or of all."""

    def initial(self, arguments: Arguments) -> Sequence[object]:
        """Return the tickers as they are now."""
        market = cast(str | None, arguments.get("market"))
        if market is not None:
            self.catalogue.wanted(market)
        found = self.marketdata.tickers() if market is None else [self.marketdata.ticker(market)]
        return [Ticker.of(ticker, self.catalogue.listed(ticker.market).scale) for ticker in found]

    def listen(self, arguments: Arguments, deliver: Deliver) -> Unsubscribe:
        """Deliver each ticker that changes."""
        market = cast(str | None, arguments.get("market"))
        if market is not None:
            self.catalogue.wanted(market)
        listed = self.catalogue.listed
        return self.marketdata.listen_tickers(
            market, lambda ticker: deliver(Ticker.of(ticker, listed(ticker.market).scale))
        )


class CandlesFeed(_Feed):
    """The candle in progress, and each that closes."""

    def initial(self, arguments: Arguments) -> Sequence[object]:
        """Return the candle in progress, if there is one."""
        market, interval = self._checked(arguments)
        candle = self.marketdata.candle(market, interval)
        return [] if candle is None or candle.closed else [Candle.of(candle, self.catalogue.listed(market).scale)]

    def listen(self, arguments: Arguments, deliver: Deliver) -> Unsubscribe:
        """Deliver the candle in progress as it changes, and each that closes."""
        market, interval = self._checked(arguments)
        scale = self.catalogue.listed(market).scale
        return self.marketdata.listen_candles(market, interval, lambda candle: deliver(Candle.of(candle, scale)))

    def _checked(self, arguments: Arguments) -> tuple[str, CandleInterval]:
        market = cast(str, arguments["market"])
        self.catalogue.wanted(market)
        return market, cast(CandleInterval, arguments["interval"])


def public_feeds(services: Services) -> dict[str, PublicFeed]:
    """Return the public feeds by the GraphQL name of their root field, as the transport wants them."""
    marketdata, catalogue = services.marketdata, services.catalogue
    return {
        "orderBook": OrderBookFeed(marketdata, catalogue),
        "trades": TradesFeed(marketdata, catalogue),
        "tickers": TickersFeed(marketdata, catalogue),
        "candles": CandlesFeed(marketdata, catalogue),
    }


class ShownFeed(PrivateFeed[Value], Generic[Value, Shown]):
    """A private feed that makes what the API shows when it is read, not while the sequencer tells of it."""

    def __init__(
        self,
        listen: Callable[[Callable[[Value], None]], Unsubscribe],
        show: Callable[[Value], Shown],
        items_max: int,
    ) -> None:
        super().__init__(listen, items_max=items_max)
        self._show = show

    async def __anext__(self) -> Shown:  # type: ignore[override]  # what is queued is not what is shown
        return self._show(await super().__anext__())


def _served(info: Info, feed: Callable[[MarketData, Catalogue], PublicFeed], arguments: Arguments) -> Any:
    """Return a public feed as a private one, for whoever executes a subscription without the shared transport."""
    services = info.context.services
    source = feed(services.marketdata, services.catalogue)
    return PrivateFeed(lambda deliver: source.listen(arguments, deliver), first=source.initial(arguments))


@strawberry.type
class Subscription:
    """What can be followed."""

    @strawberry.subscription(
        description=(
            "`depth` is 10, 50, 200 or 1000. At most one message per change; a slow reader gets a fresh snapshot "
            "instead of a backlog."
        )
    )
    async def order_book(self, info: Info, market: str, depth: int = 50) -> AsyncGenerator[OrderBookUpdate, None]:
        """A book's window: first a snapshot, then deltas."""
        return _served(info, OrderBookFeed, {"market": market, "depth": depth})

    @strawberry.subscription
    async def trades(self, info: Info, market: str) -> AsyncGenerator[Trade, None]:
        """Trades as they happen."""
        return _served(info, TradesFeed, {"market": market})

    @strawberry.subscription(description="Without a market: every market.")
    async def tickers(self, info: Info, market: str | None = None) -> AsyncGenerator[Ticker, None]:
        """Tickers as they change."""
        return _served(info, TickersFeed, {"market": market})

    @strawberry.subscription(description="The candle in progress as it changes, and each one that closes.")
    async def candles(self, info: Info, market: str, interval: CandleInterval) -> AsyncGenerator[Candle, None]:
        """Candles as they grow."""
        return _served(info, CandlesFeed, {"market": market, "interval": interval})

    @strawberry.subscription(
        description=(
            "Each change of the account's orders, fills included, in the order of the engine, none left out; "
            "a reader that is too slow is closed with 4408."
        )
    )
    async def order_updates(
        self, info: Info, account_id: ID | None = None, market: str | None = None
    ) -> AsyncGenerator[OrderUpdate, None]:
        """The account's orders as they change."""
        services = info.context.services
        account = info.context.account(account_id)
        catalogue = services.catalogue
        if market is not None:
            catalogue.wanted(market)

        def listen(deliver: Callable[[OrderChange], None]) -> Unsubscribe:
            def told(change: AccountChange) -> None:
                for one in change.orders:
                    if market is None or one.order.market == market:
                        deliver(one)

            return services.views.listen(account, told)

        return cast(Any, ShownFeed(listen, lambda change: order_update(change, catalogue), services.feed_items_max))

    @strawberry.subscription
    async def balance_updates(self, info: Info, account_id: ID | None = None) -> AsyncGenerator[BalanceUpdate, None]:
        """The account's balances as they change."""
        services = info.context.services
        account = info.context.account(account_id)
        catalogue = services.catalogue

        def listen(deliver: Callable[[AccountChange], None]) -> Unsubscribe:
            def told(change: AccountChange) -> None:
                if change.balances:
                    deliver(change)

            return services.views.listen(account, told)

        return cast(Any, ShownFeed(listen, lambda change: balance_update(change, catalogue), services.feed_items_max))


def order_update(change: OrderChange, catalogue: Catalogue) -> OrderUpdate:
    """Return one change of an order as the API shows it."""
    listed = catalogue.listed(change.order.market)
    fill = None if change.fill is None else Fill.of_event(change.fill, change.sequence, change.time, listed)
    order = Order.of(change.order, listed)
    order.fills_until = (change.sequence, math.inf if change.fill is None else change.fill.trade)
    return OrderUpdate(sequence=Long(change.sequence), index=change.index, order=order, fill=fill)


def balance_update(change: AccountChange, catalogue: Catalogue) -> BalanceUpdate:
    """Return what a command did to an account's balances as the API shows it."""
    return BalanceUpdate(
        sequence=Long(change.sequence),
        account_id=ID(change.account),
        balances=[Balance.of(balance, catalogue) for balance in change.balances],
    )
