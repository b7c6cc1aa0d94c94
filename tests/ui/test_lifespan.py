"""Starting and stopping the apps behind one port."""

from typing import Any

import pytest

from backend.web.lifespan import run_lifespan


class App:
    """An ASGI app that writes down what happens to it."""

    def __init__(self, name: str, log: list[str], *, fails: str = "") -> None:
        self.name, self.log, self.fails = name, log, fails

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        if self.fails == "raises":
            raise RuntimeError("the data is newer than this program")
        if self.fails == "says so":
            await send({"type": "lifespan.startup.failed", "message": "port of the database is closed"})
            return
        self.log.append(f"{self.name} up")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        self.log.append(f"{self.name} down")
        await send({"type": "lifespan.shutdown.complete"})


async def serve(*apps: Any) -> list[dict[str, Any]]:
    """Play the server: start, then stop at once."""
    said: list[dict[str, Any]] = []
    wishes = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(wishes)}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await run_lifespan(apps, {"type": "lifespan"}, receive, send)  # type: ignore[arg-type]
    return said


async def test_apps_start_in_order_once_and_stop_in_reverse() -> None:
    log: list[str] = []
    said = await serve(App("api", log), App("pages", log))
    assert log == ["api up", "pages up", "pages down", "api down"]
    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize(
    ("how", "words"),
    [("raises", "RuntimeError: the data is newer than this program"), ("says so", "port of the database is closed")],
)
async def test_a_failed_start_stops_what_was_started_and_is_told_in_its_own_words(how: str, words: str) -> None:
    log: list[str] = []
    said = await serve(App("api", log), App("pages", log, fails=how))
    assert log == ["api up", "api down"]
    assert said == [{"type": "lifespan.startup.failed", "message": words}]
