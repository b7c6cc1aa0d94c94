"""Starts and stops the ASGI apps behind one port, each exactly once."""

import asyncio
from collections.abc import Sequence

from backend.observability.requests import App, Message, Receive, Scope, Send


class StartFailed(Exception):
    """An app refused to start; the message is its own."""


class Member:
    """Drives one app through the ASGI lifespan protocol, in a task of its own."""

    def __init__(self, app: App, scope: Scope) -> None:
        self._app = app
        self._scope = scope
        self._incoming: asyncio.Queue[Message] = asyncio.Queue(maxsize=2)
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue(maxsize=2)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the app.

        Raises:
            StartFailed: The app said so, or ended with an exception.
        """
        self._task = asyncio.create_task(self._run())
        answer = await self._exchange("lifespan.startup")
        if answer["type"] != "lifespan.startup.complete":
            raise StartFailed(answer.get("message") or "the app did not start")

    async def stop(self) -> str | None:
        """Stop the app; the words of its failure, if it failed."""
        answer = await self._exchange("lifespan.shutdown")
        if self._task is not None:
            await asyncio.wait([self._task])
        return answer.get("message") or None if answer["type"] == "lifespan.shutdown.failed" else None

    async def _exchange(self, kind: str) -> Message:
        assert self._task is not None, "a member is started before it is stopped"
        await self._incoming.put({"type": kind})
        waiting = asyncio.create_task(self._outgoing.get())
        await asyncio.wait([waiting, self._task], return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        if not self._outgoing.empty():
            waiting.cancel()
            return self._outgoing.get_nowait()
        waiting.cancel()
        problem = self._task.exception()
        return {"type": f"{kind}.failed", "message": f"{type(problem).__name__}: {problem}" if problem else ""}

    async def _run(self) -> None:
        await self._app(self._scope, self._incoming.get, self._outgoing.put)


async def run_lifespan(apps: Sequence[App], scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the server's lifespan: start the apps in order, stop them in reverse.

    A failure stops what was started before it and is passed on in its own words, so that the server ends.

    Args:
        apps: What is started; the first one first.
        scope: The server's lifespan scope.
        receive: The server's side.
        send: The server's side.
    """
    await receive()
    running: list[Member] = []
    for app in apps:
        member = Member(app, dict(scope))
        try:
            await member.start()
        except StartFailed as problem:
            for started in reversed(running):
                await started.stop()
            await send({"type": "lifespan.startup.failed", "message": str(problem)})
            return
        running.append(member)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    failures = [words for member in reversed(running) if (words := await member.stop())]
    if failures:
        await send({"type": "lifespan.shutdown.failed", "message": "; ".join(failures)})
    else:
        await send({"type": "lifespan.shutdown.complete"})
