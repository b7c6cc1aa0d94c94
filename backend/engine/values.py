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


OPEN_STATUSES = frozenset({OrderStatus.UNTRIGGERED, OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED})


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


class KeyKind(enum.Enum):
    """The kinds of idempotency keys; a key is unique per account and kind for ever."""

    ORDER = "ORDER"
    DEPOSIT = "DEPOSIT"


class Liquidity(enum.Enum):
    """Which side of a trade an order was on."""

    MAKER = "MAKER"
    TAKER = "TAKER"


class Asset(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A coin or currency; amounts count its smallest unit, 10 ** -decimals."""

    code: str
    name: str
    decimals: int


class Market(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The rules of one market.

    The tick is `tick_points / 10 ** tick_decimals` quote per base, the lot `lot_units` smallest units of the base
    asset, and one lot at one tick is worth exactly `value_units` smallest units of the quote asset.
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


class Order(msgspec.Struct, gc=False, array_like=True):
    """An order as it is after a change; prices in ticks, quantities in lots, quote amounts in smallest units.

    `held` is what is still reserved for it, of the quote asset for a buy and of the base asset for a sell. `place` is
    its place in the queue of its price: the lower, the earlier.
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

    @property
    def remaining_lots(self) -> int:
        """Return the lots that are not filled; 0 for an order that was given an amount to spend."""
        return 0 if self.quantity_lots is None else self.quantity_lots - self.filled_lots


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
    accounts: list[AccountId]
    balances: list[Balance]
    orders: list[Order]
    """Open orders only, by place."""
    keys: list[UsedKey]
    """Those that the engine still remembers, oldest first."""
