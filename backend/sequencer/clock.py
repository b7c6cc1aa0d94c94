"""The exchange's time: the wall clock once at the start, then the monotonic clock, never before the journal."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from backend.engine.values import TimeUs
from backend.sequencer.errors import ClockBehind

CLOCK_BEHIND_US_MAX = 2_000_000
"""A start whose wall clock is further behind the journal's last time than this is refused."""


def wall_us() -> int:
    """Return the wall clock in microseconds since 1970."""
    return time.time_ns() // 1000


def monotonic_us() -> int:
    """Return a clock that never goes back, in microseconds, and that counts a machine's sleep where there is one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    return time.monotonic_ns() // 1000


class Clock:
    """Time that never goes back, whatever happens to the machine's clock afterwards."""

    def __init__(
        self, last: TimeUs, wall: Callable[[], int] = wall_us, monotonic: Callable[[], int] = monotonic_us
    ) -> None:
        """Start at the wall clock, or at the journal's `last` time when that is a little later.

        Raises:
            ClockBehind: The wall clock is more than `CLOCK_BEHIND_US_MAX` behind `last`.
        """
        now = wall()
        if now < last - CLOCK_BEHIND_US_MAX:
            raise ClockBehind(
                f"the clock of this machine says {_words(now)}, which is {(last - now) / 1e6:.1f} s before the "
                f"journal's last time {_words(last)}; set the clock right and start again"
            )
        self._last = last
        self._monotonic = monotonic
        self._offset = now - monotonic()

    def now(self) -> TimeUs:
        """Return the time now, never less than what was returned before or than the journal's last."""
        self._last = TimeUs(max(self._last, self._offset + self._monotonic()))
        return self._last


def _words(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(sep=" ", timespec="milliseconds")
