"""What the sequencer waits for besides commands: the engine's next deadline, and room for more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import TimeUs
from backend.sequencer.clock import Clock

SLEEP_SECONDS_MAX = 3600.0
"""A longer wait is made in steps, so that an event loop's clock that drifts cannot make an alarm late."""

logger = logging.getLogger(__name__)


class Alarm:
    """Calls `ring` once when the exchange's time reaches the deadline that was set last."""

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._deadline: TimeUs | None = None
        self._handle: asyncio.TimerHandle | None = None

    def set(self, deadline: TimeUs | None) -> None:
        """Wait for this deadline instead of the one before; None waits for nothing. The same one again is free."""
        if deadline == self._deadline:
            return
        self.cancel()
        self._deadline = deadline
        if deadline is not None:
            self._wait(deadline)

    def cancel(self) -> None:
        """Wait for nothing."""
        self._deadline = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _wait(self, deadline: TimeUs) -> None:
        seconds = max(0.0, (deadline - self._clock.now()) / 1e6)
        self._handle = asyncio.get_running_loop().call_later(min(seconds, SLEEP_SECONDS_MAX), self._woken, deadline)

    def _woken(self, deadline: TimeUs) -> None:
        if self._clock.now() < deadline:
            self._wait(deadline)
            return
        self._deadline = self._handle = None
        self._ring()


class Deadlines:
    """What the engine does by time alone: when `AdvanceTime` is due, and that it is not asked for in vain for ever."""

    def __init__(self, clock: Clock, ring: Callable[[], None], pause_seconds: float) -> None:
        """Call `ring` when something of a watched engine becomes due."""
        self._clock = clock
        self._pause_us = round(pause_seconds * 1e6)
        self._alarm = Alarm(clock, ring)
        self._paused_until = TimeUs(0)

    def is_due(self, exchange: Exchange, time: TimeUs) -> bool:
        """Tell whether `AdvanceTime` must come before a command at `time`."""
        return self._deadline_passed(exchange, time) and self._clock.now() >= self._paused_until

    def advanced(self, exchange: Exchange, outcome: Outcome) -> None:
        """Take note of what an `AdvanceTime` did; when that is nothing, although something is due, pause."""
        only_time = len(outcome.events) == 1
        if only_time and self._deadline_passed(exchange, exchange.time):
            logger.error("nothing of what is due could be done", extra={"sequence": outcome.sequence})
            self.pause()

    def pause(self) -> None:
        """Let what is due wait for a while, so that the rest of the exchange can go on."""
        self._paused_until = TimeUs(self._clock.now() + self._pause_us)

    def watch(self, exchange: Exchange) -> None:
        """Wait for the engine's next deadline instead of the one before."""
        deadline = exchange.next_deadline()
        self._alarm.set(None if deadline is None else TimeUs(max(deadline, self._paused_until)))

    def cancel(self) -> None:
        """Wait for nothing."""
        self._alarm.cancel()

    def _deadline_passed(self, exchange: Exchange, time: TimeUs) -> bool:
        deadline = exchange.next_deadline()
        return deadline is not None and deadline <= max(time, exchange.time)


class Gate:
    """Asks once after each closing whether there is room for more, without making anything else wait."""

    def __init__(self, room: Callable[[], Awaitable[None]], changed: Callable[[], None]) -> None:
        self._room = room
        self._changed = changed
        self._asking: asyncio.Future[None] | None = None
        self._is_open = False

    def open(self) -> bool:
        """Tell whether there is room; when it is not known yet, `changed` is called as soon as it is.

        Raises:
            Exception: What asking for room raised.
        """
        if self._is_open:
            return True
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._room())
            self._asking.add_done_callback(lambda _: self._changed())
        if not self._asking.done():
            return False
        asking, self._asking = self._asking, None
        asking.result()
        self._is_open = True
        return True

    def close(self) -> None:
        """Say that something took room."""
        self._is_open = False

    async def wait(self) -> None:
        """Wait for room."""
        await self._room()
