"""Limits on event sockets: each costs the server the state of a tab, for a while after it has gone."""

import time
from collections.abc import Callable

SOCKETS_MAX = 5_000
SOCKETS_PER_ADDRESS_MAX = 200
OPENED_PER_ADDRESS_PER_MINUTE_MAX = 300
WINDOW_SECONDS = 60.0


class SocketGate:
    """Counts the open sockets, and those that each address has opened in the current minute."""

    def __init__(
        self,
        *,
        sockets_max: int = SOCKETS_MAX,
        per_address_max: int = SOCKETS_PER_ADDRESS_MAX,
        per_minute_max: int = OPENED_PER_ADDRESS_PER_MINUTE_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sockets_max = sockets_max
        self._per_address_max = per_address_max
        self._per_minute_max = per_minute_max
        self._clock = clock
        self._open: dict[str, int] = {}
        self._total = 0
        self._window = clock()
        # Bounded by the sockets that may be opened in a minute: it is emptied with each new window.
        self._opened: dict[str, int] = {}

    def enter(self, address: str) -> bool:
        """Take a place for a socket of an address; False when there is none."""
        now = self._clock()
        if now - self._window >= WINDOW_SECONDS:
            self._window = now
            self._opened.clear()
        if (
            self._total >= self._sockets_max
            or self._open.get(address, 0) >= self._per_address_max
            or self._opened.get(address, 0) >= self._per_minute_max
        ):
            return False
        self._total += 1
        self._open[address] = self._open.get(address, 0) + 1
        self._opened[address] = self._opened.get(address, 0) + 1
        return True

    def leave(self, address: str) -> None:
        """Give the place back."""
        left = self._open.pop(address) - 1
        assert left >= 0, "a socket leaves once"
        self._total -= 1
        if left:
            self._open[address] = left
