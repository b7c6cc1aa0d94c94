"""What has happened, with the values after it: the only thing that readers of the engine ever see."""

import msgspec

from backend.engine.values import (
    AccountId,
    Asset,
    Liquidity,
    Market,
    Order,
    OrderId,
    PostingKind,
    Side,
    TradeId,
    UsedKey,
)


class _Event(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True, tag_field="event"):
    """Base of all events: immutable, encoded as an array that begins with the class name."""


class AssetCreated(_Event, frozen=True):
    """An asset became known."""

    asset: Asset


class MarketChanged(_Event, frozen=True):
    """A market was created, or its rules or status changed."""

    market: Market


class AccountOpened(_Event, frozen=True):
    """An account became known."""

    account: AccountId


class Posted(_Event, frozen=True):
    """One leg of a movement: signed changes and the balance after them; all legs of a command sum to zero per asset.

    `reference` names what caused it: a trade id, a deposit's reference, an order id for holds and releases.
    """

    account: AccountId
    asset: str
    kind: PostingKind
    available_change: int
    held_change: int
    available: int
    held: int
    reference: str


class KeyUsed(_Event, frozen=True):
    """An idempotency key was used up."""

    used: UsedKey


class OrderUpdated(_Event, frozen=True):
    """An order was accepted or has ended; fills come as `Filled`."""

    order: Order


class Traded(_Event, frozen=True):
    """One match: price in ticks, quantity in lots, `value` in smallest units of the quote asset."""

    trade: TradeId
    market: str
    price_ticks: int
    lots: int
    value: int
    taker_side: Side
    maker_order: OrderId
    taker_order: OrderId


class Filled(_Event, frozen=True):
    """One order's part of a trade, and the order after it; the fee is in smallest units of the asset received."""

    order: Order
    trade: TradeId
    price_ticks: int
    lots: int
    value: int
    fee: int
    fee_asset: str
    liquidity: Liquidity


class LevelChanged(_Event, frozen=True):
    """A price level of a book after the command: its whole quantity and number of orders, both 0 when it is gone."""

    market: str
    side: Side
    price_ticks: int
    lots: int
    orders: int


class TimeAdvanced(_Event, frozen=True):
    """Time passed; nothing else may have changed."""


Event = (
    AssetCreated
    | MarketChanged
    | AccountOpened
    | Posted
    | KeyUsed
    | OrderUpdated
    | Traded
    | Filled
    | LevelChanged
    | TimeAdvanced
)
