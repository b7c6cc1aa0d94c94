"""How an incoming order goes through the opposite side: what it takes of each order, and what ends it."""

import enum
from dataclasses import dataclass

from backend import money
from backend.engine.book import BookSide, Level
from backend.engine.commands import PlaceOrder
from backend.engine.tape import Band
from backend.engine.values import AccountId, Market, Order, OrderId, SelfTradePrevention, Side


class End(enum.Enum):
    """Why a walk ended."""

    FILLED = enum.auto()
    """Nothing is wanted any more."""
    SPENT = enum.auto()
    """The rest of a spend is nothing, or buys no lot at the price that comes next."""
    PRICE = enum.auto()
    """The limit price does not reach the next order."""
    BAND = enum.auto()
    """The next order's price is out of the market's band."""
    OWN_ORDER = enum.auto()
    """The next order is the account's own."""
    NO_ORDERS = enum.auto()
    """The side has no more orders."""
    BREAKER = enum.auto()
    """The last trade tripped the market's breaker."""


def ended_short(end: End) -> bool:
    """Tell whether a walk ended before the order was wholly filled."""
    return end not in (End.FILLED, End.SPENT)


class Want:
    """What an incoming order still wants: lots, at a limit or any price, or an amount of the quote asset to spend."""

    __slots__ = ("account", "lots", "mode", "price_ticks", "side", "spend")

    def __init__(self, order: Order | PlaceOrder) -> None:
        self.account: AccountId = order.account
        self.side = order.side
        self.mode = order.self_trade_prevention
        self.price_ticks = order.price_ticks
        self.lots = order.quantity_lots
        self.spend = order.quote_amount
        if isinstance(order, Order):
            if self.lots is not None:
                self.lots -= order.filled_lots
            if self.spend is not None:
                self.spend -= order.filled_quote

    @property
    def nothing(self) -> End | None:
        """Return how a walk ends for want of wanting, if it does."""
        if self.lots == 0:
            return End.FILLED
        return End.SPENT if self.spend == 0 else None

    def lots_at(self, price_ticks: int, market: Market) -> int:
        """Return how many lots are wanted at a price."""
        if self.spend is not None:
            return self.spend // (price_ticks * market.value_units)
        assert self.lots is not None
        return self.lots

    def took(self, lots: int, value: int) -> None:
        """Take what was traded, or is not wanted any more, off what is wanted."""
        if self.lots is not None:
            self.lots -= lots
        if self.spend is not None:
            self.spend -= value
            assert self.spend >= 0


def wanted_of(
    want: Want, market: Market, side: BookSide, band: Band | None, level: Level | None, owner: AccountId | None
) -> int | End:
    """Return how many lots a walk wants of the order that is next in priority, or why it ends before it."""
    ended = want.nothing
    if ended is not None:
        return ended
    if level is None:
        return End.NO_ORDERS
    if want.price_ticks is not None:
        if not side.reaches(want.price_ticks, level):
            return End.PRICE
    elif band is not None and band.excludes(level.price_ticks):
        return End.BAND
    lots = want.lots_at(level.price_ticks, market)
    if lots == 0:
        return End.SPENT
    return End.OWN_ORDER if owner == want.account else lots


@dataclass(slots=True)
class Measured:
    """What a walk would trade now.

    `value` is in smallest units of the quote asset, `fee` in those of the asset received.
    """

    lots: int
    value: int
    fee: int
    end: End


def measure(
    want: Want, market: Market, side: BookSide, band: Band | None, taker_rate: int = 0, *, whole: bool = False
) -> Measured:
    """Walk without trading; `whole` is the walk of an order that trades all or nothing."""
    measured = Measured(0, 0, 0, End.NO_ORDERS)
    met: set[OrderId] = set()
    for level in side.levels():
        for resting, shown in level.slices():
            if resting.order.id in met:
                continue  # the next slice of an own order that is not there any more
            step = wanted_of(want, market, side, band, level, resting.order.account)
            if step is End.OWN_ORDER:
                if not _passes(want, market, level, resting.order, whole=whole):
                    measured.end = End.OWN_ORDER
                    return measured
                met.add(resting.order.id)
                continue
            if isinstance(step, End):
                measured.end = step
                return measured
            lots = min(step, shown)
            value = lots * level.price_ticks * market.value_units
            want.took(lots, value)
            measured.lots += lots
            measured.value += value
            measured.fee += money.fee(lots * market.lot_units if want.side is Side.BUY else value, taker_rate)
            if lots < shown:
                # a spend that leaves its last order partly taken ends there: the rest buys no lot of it
                measured.end = want.nothing or End.SPENT
                return measured
    measured.end = want.nothing or End.NO_ORDERS
    return measured


def _passes(want: Want, market: Market, level: Level, own: Order, *, whole: bool) -> bool:
    """Tell whether a measured walk goes on after an own order, and want less where the rules say so."""
    if want.mode is SelfTradePrevention.CANCEL_OLDEST:
        return True
    if want.mode is not SelfTradePrevention.DECREMENT_AND_CANCEL or whole:
        return False
    lots = own.remaining_lots
    if want.lots_at(level.price_ticks, market) <= lots:
        return False
    want.took(lots, lots * level.price_ticks * market.value_units)
    return True
