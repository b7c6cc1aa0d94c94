"""Everything that can be asked of the engine; the journal stores exactly these."""

import msgspec

from backend.engine.values import (
    AccountId,
    FeeTier,
    MarketStatus,
    OrderId,
    OrderReason,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
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
    band_rate: int | None = None
    breaker_rate: int | None = None
    breaker_minutes: int | None = None
    breaker_pause_s: int | None = None


class UpdateMarket(_Command, frozen=True):
    """Change rules of a market: `changes` names fields of `values.Market` and gives their new values."""

    market: str
    changes: dict[str, int | None]


class SetMarketStatus(_Command, frozen=True):
    """Change what a market lets people do."""

    market: str
    status: MarketStatus
    reason: str


class SetExchangeHalted(_Command, frozen=True):
    """Stop all markets at once, or let them go on."""

    halted: bool
    reason: str


class SetFeeTiers(_Command, frozen=True):
    """Replace the fee tiers, and assign them at once; another volume asset begins to count anew."""

    volume_asset: str
    tiers: tuple[FeeTier, ...]


class SetHouseAccount(_Command, frozen=True):
    """Make an account one of the house, which pays no fees, or an ordinary one again."""

    account: AccountId
    house: bool


class SetAccountFrozen(_Command, frozen=True):
    """Cancel the open orders of an account and stop it from trading and moving anything, or let it go on."""

    account: AccountId
    frozen: bool


class Transfer(_Command, frozen=True):
    """Move an amount from what is available on one account to another, once per key of the account that gives."""

    from_account: AccountId
    to_account: AccountId
    asset: str
    amount: int
    key: str


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
    stop_ticks: int | None = None
    trailing_ticks: int | None = None
    trailing_rate: int | None = None
    visible_lots: int | None = None
    expire_at: TimeUs | None = None


class PlaceOcoOrder(_Command, frozen=True):
    """Place a limit order and a stop order on one side, of which one cancels the other."""

    account: AccountId
    market: str
    side: Side
    quantity_lots: int
    price_ticks: int
    stop_ticks: int
    stop_limit_ticks: int | None
    limit_client_order_id: str | None
    stop_client_order_id: str | None


class AmendOrder(_Command, frozen=True):
    """Change an open order of the account, named by exactly one of its two ids; `quantity_lots` is the new total."""

    account: AccountId
    order: OrderId | None
    client_order_id: str | None
    price_ticks: int | None
    quantity_lots: int | None
    stop_ticks: int | None


class PlaceOrders(_Command, frozen=True):
    """Place orders one after the other; each succeeds or is refused alone."""

    orders: tuple[PlaceOrder, ...]


class CancelOrder(_Command, frozen=True):
    """Cancel an open order of the account, by exactly one of its two ids."""

    account: AccountId
    order: OrderId | None
    client_order_id: str | None


class CancelAllOrders(_Command, frozen=True):
    """Cancel all open orders of the account, or those of one market, oldest first; `reason` says on whose wish."""

    account: AccountId
    market: str | None
    reason: OrderReason = OrderReason.BY_USER


class CancelAllAfter(_Command, frozen=True):
    """Cancel all open orders of the account unless this comes again within `seconds`; 0 turns the switch off."""

    account: AccountId
    seconds: int


class AdvanceTime(_Command, frozen=True):
    """Let time pass: the start submits one, and so does each deadline of the engine."""


Command = (
    CreateAsset
    | CreateMarket
    | UpdateMarket
    | SetMarketStatus
    | SetExchangeHalted
    | SetFeeTiers
    | SetHouseAccount
    | SetAccountFrozen
    | Transfer
    | OpenAccount
    | Deposit
    | PlaceOrder
    | PlaceOrders
    | PlaceOcoOrder
    | AmendOrder
    | CancelOrder
    | CancelAllOrders
    | CancelAllAfter
    | AdvanceTime
)
