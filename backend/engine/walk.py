"""How an incoming order goes through the opposite side: what it takes of each order, and what ends it."""

import enum
from dataclasses import dataclass

from backend import money
from backend.engine.book import BookSide, Resting
from backend.engine.commands import PlaceOrder
from backend.engine.values import Market, Side


class End(enum.Enum):
    """Why a walk ended."""

    FILLED = enum.auto()
    """Nothing is wanted any more."""
    SPENT = enum.auto()
    """The rest of a spend is nothing, or buys no lot at the price that comes next."""
    PRICE = enum.auto()
    """The limit price does not reach the next order."""
    OWN_ORDER = enum.auto()
    """The next order is the account's own."""
    NO_ORDERS = enum.auto()
    """The side has no more orders."""


def ended_short(end: End) -> bool:
    """Tell whether a walk ended before the order was wholly filled."""
    return end not in (End.FILLED, End.SPENT)


class Want:
    """What an incoming order still wants: lots at most at a limit, or an amount of the quote asset to spend."""

    __slots__ = ("lots", "spend")

    def __init__(self, place: PlaceOrder) -> None:
        self.lots = place.quantity_lots
        self.spend = place.quote_amount

    @property
    def nothing(self) -> End | None:
        """Return how a walk ends for want of wanting, if it does."""
        if self.lots == 0:
            return End.FILLED
        return End.SPENT if self.spend == 0 else None

    def took(self, lots: int, value: int) -> None:
        """Take what was traded off what is wanted."""
        if self.lots is not None:
            self.lots -= lots
        if self.spend is not None:
            self.spend -= value
            assert self.spend >= 0


def next_take(place: PlaceOrder, market: Market, want: Want, side: BookSide, maker: Resting | None) -> int | End:
    """Return how many lots the walk takes of the order that is next in priority, or why it ends before it."""
    ended = want.nothing
    if ended is not None:
        return ended
    if maker is None:
        return End.NO_ORDERS
    assert maker.level is not None
    if place.price_ticks is not None and not side.reaches(place.price_ticks, maker.level):
        return End.PRICE
    lots = want.lots
    if want.spend is not None:
        lots = want.spend // (maker.level.price_ticks * market.value_units)
        if lots == 0:
            return End.SPENT
    if maker.order.account == place.account:
        return End.OWN_ORDER
    assert lots is not None
    return min(lots, maker.order.remaining_lots)


@dataclass(slots=True, frozen=True)
class Measured:
    """What a walk would trade now.

    `value` is in smallest units of the quote asset, `fee` in those of the asset received.
    """

    lots: int
    value: int
    fee: int
    end: End


def measure(place: PlaceOrder, market: Market, side: BookSide) -> Measured:
    """Walk without trading."""
    want = Want(place)
    lots = value = fee = 0
    for maker in side:
        step = next_take(place, market, want, side, maker)
        if isinstance(step, End):
            return Measured(lots, value, fee, step)
        assert maker.level is not None
        step_value = step * maker.level.price_ticks * market.value_units
        want.took(step, step_value)
        lots += step
        value += step_value
        fee += money.fee(step * market.lot_units if place.side is Side.BUY else step_value, market.taker_rate)
        if step < maker.order.remaining_lots:
            # a spend that leaves its last order partly taken ends there: the rest buys no lot of it
            return Measured(lots, value, fee, want.nothing or End.SPENT)
    return Measured(lots, value, fee, want.nothing or End.NO_ORDERS)
