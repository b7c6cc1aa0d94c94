"""What the sequencer waits for besides commands: the engine's next deadline, and room for more."""

import asyncio
from collections.abc import Awaitable, Callable

from backend.engine.values import TimeUs
from backend.sequencer.clock import Clock

SLEEP_SECONDS_MAX = 3600.0
"""A longer wait is made in steps, so that an event loop's clock that drifts cannot make an alarm late."""


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
