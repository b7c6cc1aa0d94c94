"""The bounded queue of messages on their way to one socket."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from litestar.exceptions import WebSocketDisconnect

Send = Callable[[str], Awaitable[None]]
SendClose = Callable[[int, str], Awaitable[None]]

DRAINED_DIVISOR = 4
"""The queue counts as drained when it is down to this part of its limits."""
CLOSE_REASON_BYTES_MAX = 123
"""By the WebSocket protocol."""


class Outbox:
    """Queues texts, sends them one by one, and sends the close frame as its last act.

    Whoever has something to say looks first whether there is room, or waits for it; one message more than the limit
    allows is the most that a single writer adds. What a slow reader means is for the writers to decide.
    """

    def __init__(self, send: Send, send_close: SendClose, messages_max: int, bytes_max: int) -> None:
        self._send = send
        self._send_close = send_close
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._waiting: deque[tuple[object, str]] = deque()
        self._bytes = 0
        self._closing: tuple[int, str] | None = None
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._on_drained: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def has_room(self) -> bool:
        """Whether a message may be added now."""
        return len(self._waiting) < self._messages_max and self._bytes < self._bytes_max

    async def room(self) -> None:
        """Wait until there is room."""
        while not self.has_room:
            self._room.clear()
            await self._room.wait()

    def put(self, owner: object, text: str) -> None:
        """Add a message; `owner` is whose it is."""
        if self._closing is None:
            self._waiting.append((owner, text))
            self._bytes += len(text)
            self._wake.set()

    def drop(self, owner: object) -> None:
        """Take away what waits of one owner."""
        kept = deque(item for item in self._waiting if item[0] is not owner)
        if len(kept) < len(self._waiting):
            self._waiting = kept
            self._bytes = sum(len(text) for _, text in kept)
            self._room.set()

    def when_drained(self, act: Callable[[], None]) -> None:
        """Call `act` once, when the reader has taken most of what waits."""
        self._on_drained.append(act)
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """Drop what waits and send a close frame next; only the first call counts."""
        if self._closing is None:
            short = reason.encode()[:CLOSE_REASON_BYTES_MAX].decode(errors="ignore")
            self._closing = (code, short)
            self._waiting.clear()
            self._on_drained.clear()
            self._bytes = 0
            self._room.set()
            self._wake.set()

    async def run(self) -> None:
        """Send until the close frame is sent or the client is gone."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    _, text = self._waiting.popleft()
                    self._bytes -= len(text)
                    self._room.set()
                    await self._send(text)
                    self._tell_drained()
                if self._closing is not None:
                    await self._send_close(*self._closing)
                    return
                self._tell_drained()
        except (OSError, RuntimeError, WebSocketDisconnect):
            return  # the client is gone; servers say so in these three ways

    def _tell_drained(self) -> None:
        few = len(self._waiting) <= self._messages_max // DRAINED_DIVISOR
        if self._on_drained and few and self._bytes <= self._bytes_max // DRAINED_DIVISOR:
            acts, self._on_drained = self._on_drained, []
            for act in acts:
                act()
