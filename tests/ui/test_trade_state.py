"""The states behind the Trade page, called raw: odd arguments of strangers get nothing and break nothing."""

import inspect
import json
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from frontend import texts
from frontend.state.amending import Amending
from frontend.state.history import History
from frontend.state.terminal import Terminal
from frontend.state.ticket import Ticket
from tests.support.server import Server

ODD: list[Any] = [
    None,
    True,
    -1,
    10**40,
    1.5,
    "",
    "x" * 5000,
    "mid",
    [],
    ["price"],
    {},
    {"path": 1},
    [{"path": [None]}],
]


def handlers() -> list[tuple[str, list[str]]]:
    """Every handler of the page's own states, with the names of its arguments."""
    found = []
    for state in (Ticket, History, Amending, Terminal):
        for name, handler in state.event_handlers.items():
            # Reflex's own `setvar` only calls setters, and these states have none.
            if name in vars(state) and name != "setvar":
                arguments = [part for part in inspect.signature(handler.fn).parameters if part != "self"]
                found.append((f"{state.get_full_name()}.{name}", arguments))
    return found


class Stranger:
    """Somebody with a socket to the pages' events, and perhaps a session of their own."""

    def __init__(self, server: Server, session: str = "") -> None:
        headers = {"cookie": f"rialto_session={session}"} if session else {}
        address = f"{server.url.replace('http', 'ws')}/_event/?token=stranger&EIO=4&transport=websocket"
        self.socket = connect(address, origin=Origin(server.url), max_size=None, additional_headers=headers)
        self.socket.recv(10)
        self.socket.send("40/_event," + json.dumps({}))
        self.said = str(self.socket.recv(10))

    def call(self, name: str, payload: dict[str, Any]) -> None:
        router = {"router_data": {"pathname": "/trade/BTC-USDT", "asPath": "/trade/BTC-USDT"}}
        self.socket.send("42/_event," + json.dumps(["event", {"name": name, "payload": payload} | router]))

    def listen(self, seconds: float) -> str:
        try:
            while True:
                message = str(self.socket.recv(seconds))
                self.said += message
                if message == "2":
                    self.socket.send("3")
        except TimeoutError:
            return self.said


def test_there_are_handlers_to_try() -> None:
    names = {name.rpartition(".")[2] for name, _ in handlers()}
    assert not [
        name for state in (Ticket, History, Amending, Terminal) for name in vars(state) if name.startswith("set_")
    ]
    assert {"submit", "send", "amend", "write", "take_share", "step", "load_more", "open_first"} <= names


@pytest.mark.timeout(300)
def test_strangers_with_odd_arguments_get_nothing_and_break_nothing(quiet_exchange: Server) -> None:
    stranger = Stranger(quiet_exchange)
    for name, arguments in handlers():
        for odd in ODD if arguments else [None]:
            stranger.call(name, dict.fromkeys(arguments, odd))
    said = stranger.listen(4)
    assert "state" in said, "the server answers"
    assert texts.NOTICE["failed"] not in said, "no handler failed"
    assert "@" not in said
    assert '"signed_in_rx_state_":true' not in said.replace(" ", "")
    stranger.socket.close()
