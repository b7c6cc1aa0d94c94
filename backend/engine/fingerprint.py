"""A fingerprint of all of the engine's state that is kept up to date by what changes."""

from abc import ABC, abstractmethod

from backend.engine.codec import item_hash

_MODULUS = 2**128


class Marked(ABC):
    """A changeable item of the state; `mark` is its part of the fingerprint when that was last asked for."""

    __slots__ = ("changed", "mark")

    def __init__(self) -> None:
        self.mark = 0
        self.changed = False

    @abstractmethod
    def item_hash(self) -> int:
        """Return the hash of the item as it is now, 0 when it does not count (any more)."""


class Fingerprint:
    """The sum of the hashes of all items, modulo 2 ** 128: equal for equal states, whatever way led there."""

    __slots__ = ("_changed", "_total")

    def __init__(self) -> None:
        self._total = 0
        self._changed: list[Marked] = []

    def add(self, kind: str, item: object) -> None:
        """Count an item that does not change while it exists."""
        self._total += item_hash(kind, item)

    def remove(self, kind: str, item: object) -> None:
        """Take back what `add` counted."""
        self._total -= item_hash(kind, item)

    def touch(self, item: Marked) -> None:
        """Say that an item changed, appeared or went; its hash is taken when the value is asked for."""
        if not item.changed:
            item.changed = True
            self._changed.append(item)

    def value(self, counters: object) -> str:
        """Return the fingerprint of the state now, with the counters, as 32 hex digits."""
        for item in self._changed:
            item.changed = False
            mark = item.item_hash()
            self._total += mark - item.mark
            item.mark = mark
        self._changed.clear()
        return f"{(self._total + item_hash('counters', counters)) % _MODULUS:032x}"
