"""One side of a level book, and how each of its windows of best levels differs after a change."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from sortedcontainers import SortedList

from backend.engine.values import Side

WINDOW_DEPTHS = (10, 50, 200, 1000)
"""The windows that a client can follow: so many best levels of each side."""

WINDOWS_MAX = 100
"""More windows than a book has: the number of no window."""

_BEYOND = 10**60
"""A key worse than that of any price: the edge of a window that is not full."""


class Level(NamedTuple):
    """All orders of one side at one price; 0 lots and 0 orders say that a level has left the window."""

    price_ticks: int
    lots: int
    orders: int


class SideChange(NamedTuple):
    """What one command did to a side: the changed levels by key as they were and are, and the windows' edges."""

    before: dict[int, Level | None]
    after: dict[int, Level | None]
    edges_before: tuple[int, ...]
    """For each depth, the key of the last level inside."""
    edges_after: tuple[int, ...]


class BookSide:
    """The levels of one side, best first: a key is the price, negated for bids."""

    def __init__(self, side: Side, depths: tuple[int, ...] = WINDOW_DEPTHS) -> None:
        self._depths = depths
        self._sign = -1 if side is Side.BUY else 1
        self._keys: SortedList[int] = SortedList()
        self._levels: dict[int, Level] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def best_ticks(self) -> int | None:
        """Return the best price, None for an empty side."""
        return self._sign * self._keys[0] if self._keys else None

    def best(self, depth: int) -> Iterator[Level]:
        """Iterate over the best levels, at most `depth` of them."""
        return (self._levels[key] for key in islice(self._keys, depth))

    def change(self, levels: Mapping[int, Level]) -> SideChange | None:
        """Take in the levels that a command touched, by price, as they are after it; None when all are as before."""
        before: dict[int, Level | None] = {}
        after: dict[int, Level | None] = {}
        for level in levels.values():
            key = self._sign * level.price_ticks
            was, now = self._levels.get(key), level if level.orders else None
            if was != now:
                before[key], after[key] = was, now
        if not after:
            return None
        edges_before = self._edges()
        for key, now in after.items():
            if now is None:
                del self._levels[key]
                self._keys.remove(key)
            else:
                self._levels[key] = now
                if before[key] is None:
                    self._keys.add(key)
        return SideChange(before, after, edges_before, self._edges())

    def difference(self, change: SideChange, window: int) -> tuple[Level, ...]:
        """Return how the window of that number differs after the change that came last, best first.

        A level that was pushed over the edge has left, one that the edge has passed has come in: there are at most as
        many of them as the change added or removed levels, so the cost does not grow with the depth.
        """
        edge_before, edge_after = change.edges_before[window], change.edges_after[window]
        found: dict[int, Level] = {}
        for key, now in change.after.items():
            if now is not None and key <= edge_after:
                found[key] = now
            elif change.before[key] is not None and key <= edge_before:
                found[key] = self._gone(key)
        if edge_before != edge_after:
            came_in = edge_after > edge_before
            low, high = sorted((edge_before, edge_after))
            for key in self._keys.irange(low, high, (False, True)):
                if key not in change.after:
                    found[key] = self._levels[key] if came_in else self._gone(key)
        return tuple(found[key] for key in sorted(found))

    def _gone(self, key: int) -> Level:
        return Level(self._sign * key, 0, 0)

    def _edges(self) -> tuple[int, ...]:
        count = len(self._keys)
        return tuple(self._keys[depth - 1] if count >= depth else _BEYOND for depth in self._depths)


def first_touched(change: SideChange | None) -> int:
    """Return the number of the smallest window that differs after a change; all larger ones differ too.

    A window differs exactly when one of the changed levels is inside it before or after: another level can only have
    been moved over its edge by a changed level that is better, and so inside. `WINDOWS_MAX` where no window differs.
    """
    if change is None:
        return WINDOWS_MAX
    for window, (edge_before, edge_after) in enumerate(zip(change.edges_before, change.edges_after, strict=True)):
        for key, now in change.after.items():
            if (now is not None and key <= edge_after) or (key <= edge_before and change.before[key] is not None):
                return window
    return WINDOWS_MAX
