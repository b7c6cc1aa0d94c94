"""Everything that can be asked of the engine; the journal stores exactly these."""

import msgspec

from backend.engine.values import (
    AccountId,
    MarketStatus,
    OrderId,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)


class _Command(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True, tag_field="command"):
    """Base of all commands: immutable, encoded as an array that begins with the class name."""


class CreateAsset(_Command, frozen=True):
    """Make an asset known."""

    code: str
    name: str
    decimals: int


class CreateMarket(_Command, frozen=True):
    """Open the books of a market, HALTED; see `values.Market` for the units."""

    base: str
    quote: str
    tick_points: int
    tick_decimals: int
    lot_units: int
    minimum_notional: int
    maximum_lots: int | None
    open_orders_per_account: int
    maker_rate: int
    taker_rate: int


class SetMarketStatus(_Command, frozen=True):
    """Change what a market lets people do."""

    market: str
    status: MarketStatus
    reason: str


class OpenAccount(_Command, frozen=True):
    """Make an account known under a random id that was never used."""

    account: AccountId


class Deposit(_Command, frozen=True):
    """Credit an account with what came in from the outside world `source`, once per key."""

    account: AccountId
    asset: str
    amount: int
    source: AccountId
    key: str


class PlaceOrder(_Command, frozen=True):
    """Place an order: price in ticks, quantity in lots, `quote_amount` (a market buy's spend) in smallest units."""

    account: AccountId
    market: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    price_ticks: int | None
    quantity_lots: int | None
    quote_amount: int | None
    client_order_id: str | None


class PlaceOrders(_Command, frozen=True):
    """Place orders one after the other; each succeeds or is refused alone."""

    orders: tuple[PlaceOrder, ...]


class CancelOrder(_Command, frozen=True):
    """Cancel an open order of the account, by exactly one of its two ids."""

    account: AccountId
    order: OrderId | None
    client_order_id: str | None


class CancelAllOrders(_Command, frozen=True):
    """Cancel all open orders of the account, or those of one market, oldest first."""

    account: AccountId
    market: str | None


class AdvanceTime(_Command, frozen=True):
    """Let time pass: the start submits one, and so does each deadline of the engine."""


Command = (
    CreateAsset
    | CreateMarket
    | SetMarketStatus
    | OpenAccount
    | Deposit
    | PlaceOrder
    | PlaceOrders
    | CancelOrder
    | CancelAllOrders
    | AdvanceTime
)
