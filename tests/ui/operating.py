"""An administrator for the tests of pages: made on the console, and acting through the API."""

from typing import Any

from playwright.sync_api import Page

from tests.support.server import Server
from tests.ui.person import PASSWORD

EMAIL = "boss@example.org"


class Boss:
    """The administrator of a server; the same one however often it is asked for."""

    def __init__(self, server: Server) -> None:
        self.server = server
        made = server.command("admin", "create", "--email", EMAIL, RIALTO_ADMIN_PASSWORD=PASSWORD)
        assert made.returncode == 0, made.stderr
        query = "mutation($i: LogInInput!) { logIn(input: $i) { token errors { message } } }"
        answer = server.ask(query, {"i": {"email": EMAIL, "password": PASSWORD}})["logIn"]
        assert not answer["errors"], answer
        self.token = str(answer["token"])

    def enter(self, page: Page) -> None:
        """Give the page's browser the session's cookie."""
        page.context.add_cookies([{"name": "rialto_session", "value": self.token, "url": self.server.url}])

    def set_status(self, market: str, status: str, reason: str) -> None:
        """Change what people can do in a market."""
        query = """mutation($m: String!, $s: MarketStatus!, $r: String!) {
          setMarketStatus(market: $m, status: $s, reason: $r) { errors { message } } }"""
        self._do(query, {"m": market, "s": status, "r": reason})

    def halt(self, reason: str, *, halted: bool = True) -> None:
        """Stop everything, or let it go on."""
        query = (
            "mutation($h: Boolean!, $r: String!) { setExchangeHalted(halted: $h, reason: $r) { errors { message } } }"
        )
        self._do(query, {"h": halted, "r": reason})

    def _do(self, query: str, variables: dict[str, Any]) -> None:
        (answer,) = self.server.ask(query, variables, self.token).values()
        assert not answer["errors"], answer
