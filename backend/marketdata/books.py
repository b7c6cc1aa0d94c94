"""Level books: the windows of best levels that clients follow, by snapshots and deltas with a checksum."""

import zlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from backend import money
from backend.engine.events import LevelChanged
from backend.engine.values import Asset, Market, Order, Side, TimeUs
from backend.marketdata.side import WINDOW_DEPTHS, BookSide, Level, SideChange, first_touched

CHECKSUM_DEPTH = 10
"""So many best levels of each side go into the checksum."""


@dataclass(slots=True, frozen=True)
class BookMessage:
    """A window, or the difference of a window before and after one change.

    A window's `sequence` is that of the command that changed it last, whether or not anybody was listening, and so each
    delta's `previous_sequence` is exactly what a reader who joined or was conflated in between has in its hands.
    """

    market: str
    depth: int
    is_snapshot: bool
    sequence: int
    previous_sequence: int
    bids: tuple[Level, ...]
    """Best first; in a delta, a level with 0 orders has left the window."""
    asks: tuple[Level, ...]
    checksum: int
    time: TimeUs
    """When the window changed last."""


class Book:
    """All price levels of one market."""

    def __init__(
        self,
        symbol: str,
        print_level: Callable[[Level], str],
        sequence: int,
        time: TimeUs,
        depths: tuple[int, ...] = WINDOW_DEPTHS,
    ) -> None:
        """Start empty; `sequence` and `time` stand for the last change until there is one."""
        assert CHECKSUM_DEPTH in depths, "a change of this window is what changes the checksum"
        self.symbol = symbol
        self._print_level = print_level
        self._bids = BookSide(Side.BUY, depths)
        self._asks = BookSide(Side.SELL, depths)
        self._depths = depths
        self._checksum_window = depths.index(CHECKSUM_DEPTH)
        self._changed: dict[int, tuple[int, TimeUs]] = dict.fromkeys(depths, (sequence, time))
        self._bids_text: str | None = None
        self._asks_text: str | None = None

    @property
    def bid_ticks(self) -> int | None:
        """Return the best price that somebody offers to pay."""
        return self._bids.best_ticks

    @property
    def ask_ticks(self) -> int | None:
        """Return the best price that somebody asks for."""
        return self._asks.best_ticks

    @property
    def checksum(self) -> int:
        """Return the contract's CRC-32 over the best ten levels of each side."""
        if self._bids_text is None:
            self._bids_text = "".join(map(self._print_level, self._bids.best(CHECKSUM_DEPTH)))
        if self._asks_text is None:
            self._asks_text = "".join(map(self._print_level, self._asks.best(CHECKSUM_DEPTH)))
        return zlib.crc32(f"b{self._bids_text}a{self._asks_text}".encode("ascii"))

    def rest(self, orders: Iterable[Order]) -> None:
        """Add orders that rest in the book, as a start finds them."""
        totals: dict[tuple[Side, int], tuple[int, int]] = {}
        for order in orders:
            assert order.price_ticks is not None, "an order that rests has a price"
            lots, count = totals.get((order.side, order.price_ticks), (0, 0))
            totals[order.side, order.price_ticks] = (lots + order.shown_lots, count + 1)
        for side, levels in ((Side.BUY, self._bids), (Side.SELL, self._asks)):
            levels.change(
                {price: Level(price, *total) for (of_side, price), total in totals.items() if of_side is side}
            )
        self._bids_text = self._asks_text = None

    def snapshot(self, depth: int) -> BookMessage:
        """Return the window of `depth` best levels a side, one of the book's depths."""
        sequence, time = self._changed[depth]
        return BookMessage(
            market=self.symbol,
            depth=depth,
            is_snapshot=True,
            sequence=sequence,
            previous_sequence=sequence,
            bids=tuple(self._bids.best(depth)),
            asks=tuple(self._asks.best(depth)),
            checksum=self.checksum,
            time=time,
        )

    def change(
        self, sequence: int, time: TimeUs, changes: Iterable[LevelChanged], wanted: Collection[int]
    ) -> list[BookMessage]:
        """Take in all level changes of one command; return the deltas of the wanted depths whose window changed."""
        touched: dict[Side, dict[int, Level]] = {Side.BUY: {}, Side.SELL: {}}
        for event in changes:
            touched[event.side][event.price_ticks] = Level(event.price_ticks, event.lots, event.orders)
        bids = self._bids.change(touched[Side.BUY])
        asks = self._asks.change(touched[Side.SELL])
        if bids is None and asks is None:
            return []
        first_in_bids, first_in_asks = first_touched(bids), first_touched(asks)
        if first_in_bids <= self._checksum_window:
            self._bids_text = None
        if first_in_asks <= self._checksum_window:
            self._asks_text = None
        messages: list[BookMessage] = []
        for window in range(min(first_in_bids, first_in_asks), len(self._depths)):
            depth = self._depths[window]
            previous, _ = self._changed[depth]
            self._changed[depth] = (sequence, time)
            if depth in wanted:
                messages.append(self._delta(window, sequence, previous, time, bids, asks))
        return messages

    def _delta(
        self,
        window: int,
        sequence: int,
        previous: int,
        time: TimeUs,
        bids: SideChange | None,
        asks: SideChange | None,
    ) -> BookMessage:
        return BookMessage(
            market=self.symbol,
            depth=self._depths[window],
            is_snapshot=False,
            sequence=sequence,
            previous_sequence=previous,
            bids=self._bids.difference(bids, window) if bids else (),
            asks=self._asks.difference(asks, window) if asks else (),
            checksum=self.checksum,
            time=time,
        )


def level_printer(market: Market, base: Asset) -> Callable[[Level], str]:
    """Return what prints a level of this market for the checksum, each number as the API prints it."""
    price_points, price_decimals = money.shortest_scale(market.tick_points, market.tick_decimals)
    lot_points, lot_decimals = money.shortest_scale(market.lot_units, base.decimals)

    def print_level(level: Level) -> str:
        price = money.plain(level.price_ticks * price_points, price_decimals)
        return f"{price}:{money.plain(level.lots * lot_points, lot_decimals)};"

    return print_level
