"""What has happened, with the values after it: the only thing that readers of the engine ever see."""

import msgspec

from backend.engine.values import (
    Account,
    AccountId,
    Asset,
    Liquidity,
    Market,
    Order,
    OrderId,
    PostingKind,
    Rules,
    Side,
    Tape,
    TradeId,
    UsedKey,
    Volume,
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

    account: Account


class AccountChanged(_Event, frozen=True):
    """An account's tier, dead man's deadline or belonging to the house changed."""

    account: Account


class RulesChanged(_Event, frozen=True):
    """What holds for the whole exchange changed."""

    rules: Rules


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
    """An order was accepted, amended, triggered or has ended, or its stop has moved; fills come as `Filled`."""

    order: Order


class Traded(_Event, frozen=True):
    """One match: price in ticks, quantity in lots, `value` in smallest units of the quote asset.

    In an auction there is no `taker_side`; the maker is the buyer then and the taker the seller.
    """

    trade: TradeId
    market: str
    price_ticks: int
    lots: int
    value: int
    taker_side: Side | None
    maker_order: OrderId
    taker_order: OrderId


class Filled(_Event, frozen=True):
    """One order's part of a trade, and the order after it; the fee is in smallest units of `fee_asset`.

    A fee is in the asset received. A rebate is a negative fee in the asset of the taker's fee.
    """

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


class TapeChanged(_Event, frozen=True):
    """A market's last price and minutes after the command."""

    tape: Tape


class VolumeChanged(_Event, frozen=True):
    """What an account traded on a day, after the command; 0 when the day is forgotten."""

    volume: Volume


class IndicativeChanged(_Event, frozen=True):
    """What uncrossing an auction would give after the command; None and 0 when nothing would trade."""

    market: str
    price_ticks: int | None
    lots: int


class TimeAdvanced(_Event, frozen=True):
    """Time passed; nothing else may have changed."""


Event = (
    AssetCreated
    | MarketChanged
    | AccountOpened
    | AccountChanged
    | RulesChanged
    | Posted
    | KeyUsed
    | OrderUpdated
    | Traded
    | Filled
    | LevelChanged
    | TapeChanged
    | VolumeChanged
    | IndicativeChanged
    | TimeAdvanced
)
