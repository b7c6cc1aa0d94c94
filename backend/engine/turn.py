"""What one command has done so far: its time, its events, and what is reported when it ends."""

from backend.engine.events import Event
from backend.engine.values import AccountId, Side, TimeUs


class Turn:
    """The work sheet of one command; nothing in it is visible before the command ends.

    What is touched is kept in the order in which it was touched first.
    """

    __slots__ = ("auctions", "events", "levels", "prints", "sequence", "tapes", "time", "volumes")

    def __init__(self, sequence: int, time: TimeUs) -> None:
        self.sequence = sequence
        self.time = time
        self.events: list[Event] = []
        self.levels: dict[tuple[str, Side, int], None] = {}
        """Touched levels by market, side and price."""
        self.tapes: dict[str, None] = {}
        """Markets that have traded."""
        self.volumes: dict[tuple[AccountId, int], None] = {}
        """Accounts and days whose volume grew."""
        self.auctions: dict[str, None] = {}
        """Markets that came into an auction or left one."""
        self.prints: list[tuple[str, int]] = []
        """Markets and prices of trades that no trigger has seen yet."""

    def touch_level(self, market: str, side: Side, price_ticks: int) -> None:
        """Note that a level changed, so that its values are reported when the command ends."""
        self.levels[(market, side, price_ticks)] = None
