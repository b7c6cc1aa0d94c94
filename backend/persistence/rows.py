"""The rows of the histories, as the read model stores them: ticks, lots and smallest units."""

from typing import Generic, TypeVar

import msgspec

from backend.engine.events import Filled
from backend.engine.values import AccountId, Liquidity, OrderId, PostingKind, Side, TimeUs, TradeId

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a history; `more` says that it goes on after the last item."""

    items: list[T]
    more: bool


class TradeRow(msgspec.Struct, frozen=True, gc=False):
    """One match; a trade of an auction has no `taker_side`, its maker is the buyer and its taker the seller."""

    id: TradeId
    market: str
    price_ticks: int
    lots: int
    value: int
    taker_side: Side | None
    maker_order: OrderId
    taker_order: OrderId
    sequence: int
    time: TimeUs


class FillRow(msgspec.Struct, frozen=True, gc=False):
    """One order's part of a trade; the id is twice the trade's, plus one for the seller."""

    id: int
    trade: TradeId
    order: OrderId
    account: AccountId
    market: str
    side: Side
    price_ticks: int
    lots: int
    value: int
    fee: int
    fee_asset: str
    liquidity: Liquidity
    sequence: int
    time: TimeUs


def fill_number(filled: Filled) -> int:
    """Return the id of a fill: twice the trade's, plus one for the seller."""
    return 2 * filled.trade + (filled.order.side is Side.SELL)


class LedgerRow(msgspec.Struct, frozen=True, gc=False):
    """One change of an account's total of an asset; `index` is the place of its event within the command."""

    sequence: int
    index: int
    account: AccountId
    asset: str
    amount: int
    balance_after: int
    kind: PostingKind
    reference: str
    time: TimeUs


class CandleRow(msgspec.Struct, frozen=True, gc=False):
    """A candle as it is after a trade; `interval` is the contract's name, `start` its first microsecond."""

    market: str
    interval: str
    start: TimeUs
    open: int
    high: int
    low: int
    close: int
    lots: int
    value: int
    trades: int


class Checkpoint(msgspec.Struct, frozen=True, gc=False):
    """Where the read model is: the last sequence in it, and who wrote it with which rules."""

    sequence: int
    time: TimeUs
    epoch: int
    fingerprint: str
    rules_version: int
