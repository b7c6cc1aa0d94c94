"""The values that commands, events and the engine's state share: ids, enums, assets, markets, orders."""

import enum
from typing import NewType

import msgspec

AccountId = NewType("AccountId", str)
OrderId = NewType("OrderId", int)
TradeId = NewType("TradeId", int)
TimeUs = NewType("TimeUs", int)
"""Microseconds since 1970, UTC."""

AMOUNT_MAX = 10**37
"""No amount, balance or notional reaches this many smallest units; the tables keep 38 digits."""

HOUSE_FEES = AccountId("house:fees")
"""What the exchange has earned in fees."""

WORLD_DEMONSTRATION = AccountId("world:demonstration")
"""The bank of a demonstration exchange: goes negative by what its faucet has given."""


def is_storable(text: str) -> bool:
    """Tell whether a text has no control characters and no half characters: what every database can keep."""
    return not any(character < " " or "\ud800" <= character <= "\udfff" for character in text)


class Side(enum.Enum):
    """What an order does to its owner's base asset."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(enum.Enum):
    """The contract's order types; the engine refuses those that it does not offer yet."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    STOP_LIMIT = "STOP_LIMIT"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TRAILING_STOP = "TRAILING_STOP"


class TimeInForce(enum.Enum):
    """How long an order may wait."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class SelfTradePrevention(enum.Enum):
    """Which order gives way when an account would trade with itself."""

    CANCEL_NEWEST = "CANCEL_NEWEST"
    CANCEL_OLDEST = "CANCEL_OLDEST"
    CANCEL_BOTH = "CANCEL_BOTH"
    DECREMENT_AND_CANCEL = "DECREMENT_AND_CANCEL"


class OrderStatus(enum.Enum):
    """Where an order is in its life."""

    UNTRIGGERED = "UNTRIGGERED"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


# Tuples: to look for one of a few members by identity is quicker than to hash it.

TRIGGERED_TYPES = (
    OrderType.STOP_LIMIT,
    OrderType.STOP_MARKET,
    OrderType.TAKE_PROFIT_LIMIT,
    OrderType.TAKE_PROFIT_MARKET,
    OrderType.TRAILING_STOP,
)
"""Those that wait for a price of the last trade before they do anything."""

LIMIT_TYPES = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
"""Those that have a limit price and can rest in the book."""

RESTING_TIMES = (TimeInForce.GTC, TimeInForce.GTD)
"""Those with which what is left of an order stays in the book."""

OPEN_STATUSES = (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED, OrderStatus.UNTRIGGERED)


class OrderReason(enum.Enum):
    """Why an order ended unfilled."""

    BY_USER = "BY_USER"
    BY_OPERATOR = "BY_OPERATOR"
    BY_DEAD_MANS_SWITCH = "BY_DEAD_MANS_SWITCH"
    BY_LINKED_ORDER = "BY_LINKED_ORDER"
    BY_AMENDMENT = "BY_AMENDMENT"
    SELF_TRADE = "SELF_TRADE"
    NOT_FILLED_IMMEDIATELY = "NOT_FILLED_IMMEDIATELY"
    WOULD_TAKE_LIQUIDITY = "WOULD_TAKE_LIQUIDITY"
    PRICE_BAND = "PRICE_BAND"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    EXPIRED = "EXPIRED"
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN"
    MARKET_CLOSED = "MARKET_CLOSED"


class MarketStatus(enum.Enum):
    """What a market lets people do."""

    OPEN = "OPEN"
    POST_ONLY = "POST_ONLY"
    CANCEL_ONLY = "CANCEL_ONLY"
    AUCTION = "AUCTION"
    HALTED = "HALTED"


class PostingKind(enum.Enum):
    """Why a posting moved an amount; HOLD and RELEASE move within one account only."""

    HOLD = "HOLD"
    RELEASE = "RELEASE"
    TRADE = "TRADE"
    TRADING_FEE = "TRADING_FEE"
    DEPOSIT = "DEPOSIT"
    TRANSFER = "TRANSFER"


class KeyKind(enum.Enum):
    """The kinds of idempotency keys; a key is unique per account and kind for ever."""

    ORDER = "ORDER"
    DEPOSIT = "DEPOSIT"
    TRANSFER = "TRANSFER"


class Liquidity(enum.Enum):
    """Which side of a trade an order was on; an auction has neither."""

    MAKER = "MAKER"
    TAKER = "TAKER"
    AUCTION = "AUCTION"


class Asset(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A coin or currency; amounts count its smallest unit, 10 ** -decimals."""

    code: str
    name: str
    decimals: int


class Market(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The rules of one market.

    The tick is `tick_points / 10 ** tick_decimals` quote per base, the lot `lot_units` smallest units of the base
    asset, and one lot at one tick is worth exactly `value_units` smallest units of the quote asset. Rates are
    fractions in units of 10 ** -8; a negative maker rate is a rebate. A price further than `band_rate` from the
    reference price is out of the band. A move by more than `breaker_rate` within `breaker_minutes` moves the market to
    an auction of `breaker_pause_s` seconds, which ends at `auction_ends_at`.
    """

    symbol: str
    base: str
    quote: str
    tick_points: int
    tick_decimals: int
    lot_units: int
    value_units: int
    minimum_notional: int
    maximum_lots: int | None
    open_orders_per_account: int
    maker_rate: int
    taker_rate: int
    status: MarketStatus
    status_reason: str | None
    band_rate: int | None = None
    breaker_rate: int | None = None
    breaker_minutes: int | None = None
    breaker_pause_s: int | None = None
    auction_ends_at: TimeUs | None = None


class Minute(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What traded within one minute: `minute` counts since 1970, `points` is the sum of ticks times lots."""

    minute: int
    lots: int
    points: int
    low_ticks: int
    high_ticks: int


class Tape(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What the trades of a market leave behind: the last price, and the last minutes where a band or breaker asks."""

    market: str
    last_ticks: int
    minutes: tuple[Minute, ...] = ()


class Account(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An account: `tier` names its fee tier, `cancels_at` is its dead man's deadline.

    A house account pays no fees; a frozen one has no open orders, and neither trades nor moves anything.
    """

    id: AccountId
    house: bool = False
    tier: str | None = None
    cancels_at: TimeUs | None = None
    frozen: bool = False


class FeeTier(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Rates for those who traded at least `volume` smallest units of the volume asset in 30 days."""

    name: str
    volume: int
    maker_rate: int
    taker_rate: int


class Rules(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What holds for the whole exchange; `tiers` ascend by volume, `tiers_due_at` is when they are assigned next."""

    halted: bool = False
    halt_reason: str | None = None
    volume_asset: str | None = None
    tiers: tuple[FeeTier, ...] = ()
    tiers_due_at: TimeUs | None = None


class Volume(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an account traded on one day (counted since 1970, UTC), in smallest units of the volume asset."""

    account: AccountId
    day: int
    amount: int


class Order(msgspec.Struct, gc=False, array_like=True):
    """An order as it is after a change; prices in ticks, quantities in lots, quote amounts in smallest units.

    `held` is what is still reserved for it, of the quote asset for a buy and of the base asset for a sell. `place` is
    its place in the queue of its price, or of the orders whose trigger fired: the lower, the earlier. An iceberg shows
    `visible_lots` at a time, and `slice_lots` is what is left of what it shows now. A trailing stop has a distance in
    ticks or as a rate (10 ** -8), and `peak_ticks` is the best price since it began.
    """

    id: OrderId
    account: AccountId
    client_order_id: str | None
    market: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    price_ticks: int | None
    quantity_lots: int | None
    quote_amount: int | None
    filled_lots: int
    filled_quote: int
    held: int
    place: int
    status: OrderStatus
    reason: OrderReason | None
    created_at: TimeUs
    updated_at: TimeUs
    stop_ticks: int | None = None
    trailing_ticks: int | None = None
    trailing_rate: int | None = None
    peak_ticks: int | None = None
    visible_lots: int | None = None
    slice_lots: int | None = None
    expire_at: TimeUs | None = None
    triggered_at: TimeUs | None = None
    linked_order: OrderId | None = None

    @property
    def remaining_lots(self) -> int:
        """Return the lots that are not filled; 0 for an order that was given an amount to spend."""
        return 0 if self.quantity_lots is None else self.quantity_lots - self.filled_lots

    @property
    def shown_lots(self) -> int:
        """Return the lots that the book shows of a resting order."""
        return self.remaining_lots if self.slice_lots is None else self.slice_lots


class Balance(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one account has of one asset, in smallest units."""

    account: AccountId
    asset: str
    available: int
    held: int


class UsedKey(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An idempotency key with what it first made: an order id or the reference of a deposit."""

    account: AccountId
    kind: KeyKind
    key: str
    content: str
    result: str
    used_at: TimeUs


class State(msgspec.Struct, frozen=True):
    """All of the engine's state between two commands: what the read model stores and a start restores."""

    sequence: int
    time: TimeUs
    next_order_id: int
    next_trade_id: int
    next_place: int
    assets: list[Asset]
    markets: list[Market]
    accounts: list[Account]
    balances: list[Balance]
    orders: list[Order]
    """Open orders only, by place."""
    keys: list[UsedKey]
    """Those that the engine still remembers, oldest first."""
    rules: Rules = Rules()
    tapes: list[Tape] = []
    """Of the markets that have traded."""
    volumes: list[Volume] = []
