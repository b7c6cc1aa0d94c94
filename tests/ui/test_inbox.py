"""What a socket is told, when the tab that it holds was another's a moment ago."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from reflex_base.event.context import EventContext

from frontend.state.inbox import Inbox


class Namespace:
    """Reflex's event namespace, as far as the inbox stands before it."""

    def __init__(self, listening: str | None) -> None:
        sockets = {} if listening is None else {"tab": SimpleNamespace(sid=listening)}
        self._token_manager = SimpleNamespace(token_to_socket=sockets)
        self.on_connect = self.on_event = self.on_ping = None
        self.told: list[Any] = []

    async def emit_update(self, update: Any, token: str) -> None:
        """Tell whoever has the tab."""
        self.told.append(update)


def told(listening: str | None, asked: dict[str, Any]) -> list[Any]:
    """Return what is told of an event that a socket asked for while another may have the tab."""
    namespace = Namespace(listening)
    Inbox(SimpleNamespace(event_namespace=namespace))  # type: ignore[arg-type]

    async def run() -> None:
        EventContext.set(EventContext(token="tab", state_manager=None, enqueue_impl=None, router_data=asked))  # type: ignore[arg-type]
        await namespace.emit_update("private", "tab")

    asyncio.run(run())
    return namespace.told


@pytest.mark.parametrize(
    ("listening", "asked", "hears"),
    [
        ("new", {"sid": "old"}, False),
        ("same", {"sid": "same"}, True),
        ("new", {}, True),
        (None, {"sid": "old"}, True),
    ],
    ids=["another took the tab over", "the one that asked", "no event of a socket", "nobody listens: Reflex notes it"],
)
def test_only_the_socket_that_asked_is_told(listening: str | None, asked: dict[str, Any], hears: bool) -> None:
    assert told(listening, asked) == (["private"] if hears else [])
