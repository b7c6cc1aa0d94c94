"""What the trades of a market leave behind: the last price, the reference price of the band, the breaker's window."""

from backend.engine.codec import item_hash
from backend.engine.fingerprint import Marked
from backend.engine.values import Market, Minute, Tape, TimeUs
from backend.money import RATE_SCALE, plain

MINUTE_US = 60_000_000
MINUTES_MAX = 60
REFERENCE_MINUTES = 5


class TapeCell(Marked):
    """The tape of one market, as it changes."""

    __slots__ = ("last_ticks", "market", "minutes")

    def __init__(self, market: str) -> None:
        super().__init__()
        self.market = market
        self.last_ticks: int | None = None
        self.minutes: tuple[Minute, ...] = ()

    def item_hash(self) -> int:
        """Return the hash of the tape; one without a trade does not count."""
        return 0 if self.last_ticks is None else item_hash("tape", self.tape())

    def tape(self) -> Tape:
        """Return the tape as it is now."""
        assert self.last_ticks is not None
        return Tape(self.market, self.last_ticks, self.minutes)

    def add(self, market: Market, price_ticks: int, lots: int, time: TimeUs) -> None:
        """Take in a trade; minutes are kept only where a band or a breaker asks for them."""
        self.last_ticks = price_ticks
        if market.band_rate is None and market.breaker_rate is None:
            return
        now = time // MINUTE_US
        kept = tuple(minute for minute in self.minutes if minute.minute > now - MINUTES_MAX)
        points = price_ticks * lots
        if kept and kept[-1].minute == now:
            last = kept[-1]
            low, high = min(last.low_ticks, price_ticks), max(last.high_ticks, price_ticks)
            self.minutes = (*kept[:-1], Minute(now, last.lots + lots, last.points + points, low, high))
        else:
            self.minutes = (*kept, Minute(now, lots, points, price_ticks, price_ticks))

    def reference_ticks(self, time: TimeUs) -> int | None:
        """Return the average price of the last minutes, or the last price, or None where nothing traded."""
        first = time // MINUTE_US - REFERENCE_MINUTES
        recent = [minute for minute in self.minutes if minute.minute > first]
        lots = sum(minute.lots for minute in recent)
        if not lots:
            return self.last_ticks
        points = sum(minute.points for minute in recent)
        return (2 * points + lots) // (2 * lots)

    def trips(self, market: Market, time: TimeUs) -> bool:
        """Tell whether the last trade moved the price further than the market's breaker allows."""
        if market.breaker_rate is None:
            return False
        assert market.breaker_minutes is not None
        assert self.last_ticks is not None
        first = time // MINUTE_US - market.breaker_minutes
        window = [minute for minute in self.minutes if minute.minute > first]
        price = self.last_ticks * RATE_SCALE
        lowest = min(minute.low_ticks for minute in window)
        highest = max(minute.high_ticks for minute in window)
        return price > lowest * (RATE_SCALE + market.breaker_rate) or price < highest * (
            RATE_SCALE - market.breaker_rate
        )


class Band:
    """The prices that are allowed around a reference price."""

    __slots__ = ("_reach", "_reference")

    def __init__(self, reference_ticks: int, band_rate: int) -> None:
        self._reference = reference_ticks
        self._reach = reference_ticks * band_rate

    def excludes(self, price_ticks: int) -> bool:
        """Tell whether a price is out of the band."""
        return abs(price_ticks - self._reference) * RATE_SCALE > self._reach


def breaker_words(market: Market) -> str:
    """Return what people read as the reason when the breaker trips."""
    assert market.breaker_rate is not None
    percent = plain(market.breaker_rate, 6).rstrip("0").rstrip(".")
    minutes = "1 minute" if market.breaker_minutes == 1 else f"{market.breaker_minutes} minutes"
    return f"The circuit breaker tripped: the price moved by more than {percent} % within {minutes}"
