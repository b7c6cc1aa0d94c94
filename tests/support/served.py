"""An ASGI app behind the real server, on a free port, in the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

START_SECONDS_MAX = 20.0


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepting.set()


@asynccontextmanager
async def served(app: Any, send_buffer_bytes: int | None = None) -> AsyncIterator[str]:
    """Serve an app; give its address as `127.0.0.1:port`.

    Args:
        app: Its lifespan is the caller's business.
        send_buffer_bytes: What the kernel may keep for a reader, so that a slow one is soon noticed.
    """
    with socket.socket() as listener:
        if send_buffer_bytes is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan="off", ws_per_message_deflate=False)
        server = _Server(config)
        task = asyncio.create_task(server.serve([listener]))
        try:
            await asyncio.wait_for(server.accepting.wait(), START_SECONDS_MAX)
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
