"""A person of the tests: signed up through the API, and signed in in a browser."""

from itertools import count
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page

from tests.support.server import Server

PASSWORD = "correct horse battery staple"
numbers = count(1)


class Person:
    """An account that the tests act for behind the pages' backs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.email = f"reader{next(numbers)}-{uuid4().hex[:6]}@example.com"
        query = "mutation($i: RegisterInput!) { register(input: $i) { token errors { message } } }"
        answer = server.ask(query, {"i": {"email": self.email, "password": PASSWORD}})["register"]
        assert not answer["errors"], answer
        self.token = answer["token"]

    def enter(self, page: Page) -> None:
        """Give the page's browser the session's cookie."""
        page.context.add_cookies([{"name": "rialto_session", "value": self.token, "url": self.server.url}])

    def get(self, asset: str, amount: str) -> None:
        """Take demonstration money."""
        query = "mutation($i: FaucetInput!) { requestFaucet(input: $i) { errors { message } } }"
        wish = {"asset": asset, "amount": amount, "idempotencyKey": uuid4().hex}
        answer = self.server.ask(query, {"i": wish}, self.token)["requestFaucet"]
        assert not answer["errors"], answer

    def place(self, side: str, quantity: str, price: str, market: str = "BTC-USDT") -> str:
        """Place a limit order; its id."""
        query = "mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } errors { message } } }"
        order: dict[str, Any] = {"market": market, "side": side, "quantity": quantity, "price": price}
        answer = self.server.ask(query, {"i": order}, self.token)["placeOrder"]
        assert not answer["errors"], answer
        return str(answer["order"]["id"])
