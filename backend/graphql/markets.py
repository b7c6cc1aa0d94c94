"""What the public knows: status, assets, markets, tickers, books, trades and candles."""

import strawberry
from strawberry import ID

from backend import money
from backend.engine import values
from backend.engine.values import TimeUs
from backend.graphql.amounts import Scale, rate
from backend.graphql.enums import CandleInterval, MarketStatus, OrderSide
from backend.graphql.info import Info
from backend.graphql.refusals import UserError
from backend.graphql.scalars import Long, Plain
from backend.marketdata.books import BookMessage
from backend.marketdata.candles import Candle as FoldedCandle
from backend.marketdata.side import Level
from backend.marketdata.tickers import CHANGE_DECIMALS
from backend.marketdata.tickers import Ticker as RollingTicker
from backend.persistence.rows import TradeRow


@strawberry.type
class ExchangeStatus:
    """The exchange as a whole."""

    version: str
    time: TimeUs
    sequence: Long = strawberry.field(description="The sequence of the last committed command.")
    halted: bool
    halt_reason: str | None = strawberry.field(
        description="What an operator said when the exchange was halted; null while it is not."
    )
    demonstration: bool


@strawberry.type
class AssetNetwork:
    """A chain on which an asset comes in and goes out."""

    network: str
    confirmations: int
    minimum_deposit: Plain
    minimum_withdrawal: Plain
    withdrawal_fee: Plain
    deposits_enabled: bool
    withdrawals_enabled: bool


@strawberry.type
class Asset:
    """A coin or currency."""

    code: str
    name: str
    decimals: int = strawberry.field(description="Decimal places of the smallest unit that the ledger keeps, 0 to 18.")
    networks: list[AssetNetwork]

    @classmethod
    def of(cls, asset: values.Asset) -> "Asset":
        """Return an asset as the API shows it; it is on no network before the wallet is built."""
        return cls(code=asset.code, name=asset.name, decimals=asset.decimals, networks=[])


@strawberry.type
class Ticker:
    """A market's last 24 hours."""

    market: str
    last: Plain | None
    bid: Plain | None
    ask: Plain | None
    open24h: Plain | None
    high24h: Plain | None
    low24h: Plain | None
    base_volume24h: Plain
    quote_volume24h: Plain
    change24h: Plain | None = strawberry.field(description="Percent, against the price 24 hours ago.")
    indicative_price: Plain | None = strawberry.field(description="In AUCTION: what uncrossing would give now.")
    indicative_quantity: Plain | None
    sequence: Long
    time: TimeUs

    @classmethod
    def of(cls, ticker: RollingTicker, scale: Scale) -> "Ticker":
        """Return a ticker as the API shows it."""

        def price(ticks: int | None) -> Plain | None:
            return None if ticks is None else scale.price(ticks)

        change = ticker.change_hundredths
        return cls(
            market=ticker.market,
            last=price(ticker.last),
            bid=price(ticker.bid),
            ask=price(ticker.ask),
            open24h=price(ticker.open),
            high24h=price(ticker.high),
            low24h=price(ticker.low),
            base_volume24h=scale.quantity(ticker.lots),
            quote_volume24h=scale.value(ticker.value),
            change24h=None if change is None else Plain(money.plain(change, CHANGE_DECIMALS)),
            indicative_price=price(ticker.indicative_ticks),
            indicative_quantity=None if ticker.indicative_ticks is None else scale.quantity(ticker.indicative_lots),
            sequence=Long(ticker.sequence),
            time=ticker.time,
        )


@strawberry.type
class Market:
    """The rules of one market."""

    symbol: str
    base: Asset
    quote: Asset
    status: MarketStatus
    status_reason: str | None = strawberry.field(description="What an operator said when the status changed last.")
    tick_size: Plain
    lot_size: Plain
    minimum_notional: Plain
    maximum_quantity: Plain | None
    price_band: Plain | None = strawberry.field(
        description="A limit price further than this fraction from the reference price is refused; null: no band."
    )
    open_orders_per_account: int
    breaker_move: Plain | None = strawberry.field(
        description=(
            "A move of the price by more than this fraction within `breakerWindow` minutes moves the market to an "
            "auction of `breakerPause` seconds; null: no breaker."
        )
    )
    breaker_window: int | None
    breaker_pause: int | None
    auction_ends_at: TimeUs | None = strawberry.field(
        description="When an auction that the breaker began ends; null for one that an operator ends."
    )
    rules: strawberry.Private[values.Market]

    @strawberry.field(
        description=(
            "A fraction of the traded value: 0.001 is 10 basis points. The viewer's own tier when signed in. "
            "A negative maker fee is a rebate, paid out of the taker's fee."
        )
    )
    def maker_fee(self, info: Info) -> Plain:
        """What a maker pays."""
        return rate(info.context.rates(self.rules)[0])

    @strawberry.field
    def taker_fee(self, info: Info) -> Plain:
        """What a taker pays."""
        return rate(info.context.rates(self.rules)[1])

    @strawberry.field
    def ticker(self, info: Info) -> Ticker:
        """The market's last 24 hours, as of now."""
        services = info.context.services
        return Ticker.of(services.marketdata.ticker(self.symbol), services.catalogue.listed(self.symbol).scale)

    @classmethod
    def of(cls, market: values.Market, scale: Scale, base: Asset, quote: Asset) -> "Market":
        """Return a market as the API shows it."""
        return cls(
            symbol=market.symbol,
            base=base,
            quote=quote,
            status=market.status,
            status_reason=market.status_reason,
            tick_size=scale.price(1),
            lot_size=scale.quantity(1),
            minimum_notional=scale.value(market.minimum_notional),
            maximum_quantity=None if market.maximum_lots is None else scale.quantity(market.maximum_lots),
            price_band=None if market.band_rate is None else rate(market.band_rate),
            open_orders_per_account=market.open_orders_per_account,
            breaker_move=None if market.breaker_rate is None else rate(market.breaker_rate),
            breaker_window=market.breaker_minutes,
            breaker_pause=market.breaker_pause_s,
            auction_ends_at=market.auction_ends_at,
            rules=market,
        )


@strawberry.type
class AssetPayload:
    """The answer where an asset is created."""

    asset: Asset | None
    errors: list[UserError]


@strawberry.type
class MarketPayload:
    """The answer where a market is created or changed."""

    market: Market | None
    errors: list[UserError]


@strawberry.type
class PriceLevel:
    """All orders at one price."""

    price: Plain
    quantity: Plain
    orders: int


def price_levels(levels: tuple[Level, ...], scale: Scale) -> list[PriceLevel]:
    """Return levels as the API shows them."""
    return [
        PriceLevel(price=scale.price(level.price_ticks), quantity=scale.quantity(level.lots), orders=level.orders)
        for level in levels
    ]


@strawberry.type
class OrderBook:
    """The window of best levels on both sides."""

    market: str
    sequence: Long
    bids: list[PriceLevel] = strawberry.field(description="Best first.")
    asks: list[PriceLevel]
    checksum: Long
    time: TimeUs

    @classmethod
    def of(cls, book: BookMessage, scale: Scale) -> "OrderBook":
        """Return a window as the API shows it."""
        return cls(
            market=book.market,
            sequence=Long(book.sequence),
            bids=price_levels(book.bids, scale),
            asks=price_levels(book.asks, scale),
            checksum=Long(book.checksum),
            time=book.time,
        )


@strawberry.type
class OrderBookUpdate:
    """A window, or what one change did to it."""

    market: str
    is_snapshot: bool
    sequence: Long
    previous_sequence: Long
    bids: list[PriceLevel]
    asks: list[PriceLevel]
    checksum: Long
    time: TimeUs

    @classmethod
    def of(cls, book: BookMessage, scale: Scale) -> "OrderBookUpdate":
        """Return a snapshot or a delta as the API shows it."""
        return cls(
            market=book.market,
            is_snapshot=book.is_snapshot,
            sequence=Long(book.sequence),
            previous_sequence=Long(book.previous_sequence),
            bids=price_levels(book.bids, scale),
            asks=price_levels(book.asks, scale),
            checksum=Long(book.checksum),
            time=book.time,
        )


@strawberry.type
class Trade:
    """One match, without its parties."""

    id: ID
    sequence: Long
    market: str
    price: Plain
    quantity: Plain
    taker_side: OrderSide | None = strawberry.field(description="Null for a trade of an auction.")
    time: TimeUs

    @classmethod
    def of(cls, trade: TradeRow, scale: Scale) -> "Trade":
        """Return a trade as the API shows it."""
        return cls(
            id=ID(str(trade.id)),
            sequence=Long(trade.sequence),
            market=trade.market,
            price=scale.price(trade.price_ticks),
            quantity=scale.quantity(trade.lots),
            taker_side=trade.taker_side,
            time=trade.time,
        )


@strawberry.type
class Candle:
    """The trades of one interval."""

    market: str
    interval: CandleInterval
    start: TimeUs
    open: Plain
    high: Plain
    low: Plain
    close: Plain
    base_volume: Plain
    quote_volume: Plain
    trades: int
    closed: bool = strawberry.field(description="False while the interval lasts.")

    @classmethod
    def of(cls, candle: FoldedCandle, scale: Scale) -> "Candle":
        """Return a candle as the API shows it."""
        row = candle.row
        return cls(
            market=row.market,
            interval=CandleInterval(row.interval),
            start=row.start,
            open=scale.price(row.open),
            high=scale.price(row.high),
            low=scale.price(row.low),
            close=scale.price(row.close),
            base_volume=scale.quantity(row.lots),
            quote_volume=scale.value(row.value),
            trades=row.trades,
            closed=candle.closed,
        )
