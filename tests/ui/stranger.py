"""Somebody with a socket to the pages' events, who says what they like."""

import json
from itertools import count
from typing import Any
from uuid import uuid4

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.support.server import Server

STATE = "reflex___state____state"
ACCOUNT = f"{STATE}.frontend___state___account____account"
TICKET = f"{ACCOUNT}.frontend___state___ticket____ticket"
WALLET = f"{ACCOUNT}.frontend___state___wallet____wallet"
RECORDS = f"{ACCOUNT}.frontend___state___records____records"
HISTORY = f"{ACCOUNT}.frontend___state___history____history"
PATIENCE_SECONDS = 60.0
marks = count(1)


class Stranger:
    """One open socket, as a browser opens it: with a tab's token, and the cookie if there is a session."""

    def __init__(self, server: Server, *, session: str | None = None, tab: str | None = None) -> None:
        self.tab = tab or uuid4().hex
        self.path = "/trade/BTC-USDT"
        headers = {"Cookie": f"rialto_session={session}"} if session else {}
        address = f"{server.url.replace('http', 'ws')}/_event/?token={self.tab}&EIO=4&transport=websocket"
        self.socket: ClientConnection = connect(
            address, origin=Origin(server.url), additional_headers=headers, max_size=None, legacy=True
        )
        self.heard: list[str] = []
        self._hear()
        self.say("40/_event,{}")
        self._hear()

    def __enter__(self) -> "Stranger":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, message: str) -> None:
        """Send a message as it is."""
        self.socket.send(message)

    def emit(self, *parts: Any) -> None:
        """Send a Socket.IO event."""
        self.say("42/_event," + json.dumps(parts))

    def call(self, name: str, payload: Any = None) -> None:
        """Call a handler by its full name."""
        place = {"pathname": self.path, "asPath": self.path}
        self.emit("event", {"name": name, "payload": {} if payload is None else payload, "router_data": place})

    def listen(self) -> str:
        """Wait until everything that was called is over; all that was said to this socket so far.

        Events of a tab are handled one after the other, so the echo of the last one comes after all the rest.
        """
        mark = f"mark-{next(marks)}-"
        self.call(f"{TICKET}.write", {"field": "price", "typed": mark})
        while mark not in self.heard[-1]:
            self._hear()
        return "".join(self.heard)

    def _hear(self) -> None:
        message = str(self.socket.recv(PATIENCE_SECONDS))
        if message == "2":
            self.say("3")
        self.heard.append(message)
