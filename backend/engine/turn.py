"""What one command has done so far: its time, its events and the price levels that it touched."""

from backend.engine.events import Event
from backend.engine.values import Side, TimeUs


class Turn:
    """The work sheet of one command; nothing in it is visible before the command ends."""

    __slots__ = ("events", "levels", "sequence", "time")

    def __init__(self, sequence: int, time: TimeUs) -> None:
        self.sequence = sequence
        self.time = time
        self.events: list[Event] = []
        self.levels: dict[tuple[str, Side, int], None] = {}
        """Touched levels by market, side and price, in the order in which they were touched first."""

    def touch_level(self, market: str, side: Side, price_ticks: int) -> None:
        """Note that a level changed, so that its values are reported when the command ends."""
        self.levels[(market, side, price_ticks)] = None
