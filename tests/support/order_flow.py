"""Somebody who changes one market's book at an even pace, through the public API."""

import itertools
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from tests.support.server import Server

WORKERS = 16
"""So many commands may be under way at once, so that one that takes long does not slow the pace."""
LEVELS = 10
QUANTITY = "0.00200"
REGISTER = "mutation($i: RegisterInput!) { register(input: $i) { token errors { code } } }"
FAUCET = "mutation($i: FaucetInput!) { requestFaucet(input: $i) { errors { code message } } }"
BOOK = "query($m: String!, $d: Int!) { orderBook(market: $m, depth: $d) { bids { price } asks { price } } }"
PLACE = "mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } errors { code message } } }"
CANCEL = "mutation($id: ID!) { cancelOrder(id: $id) { errors { code } } }"


class OrderFlow:
    """Places small orders at the visible levels of a book and cancels them again, while the context lasts.

    Args:
        server: An exchange whose book has both sides.
        market: Which book.
        per_second: So many commands, each of which changes the book.
    """

    def __init__(self, server: Server, market: str, per_second: float) -> None:
        self._server = server
        self._market = market
        self._pause = WORKERS / per_second
        self._over = threading.Event()
        self._token = ""
        self._pool = ThreadPoolExecutor(WORKERS)
        self._work: list[Future[None]] = []

    def __enter__(self) -> "OrderFlow":
        """Sign up and begin."""
        who = {"email": "flow@example.com", "password": "here and there and back"}
        self._token = self._server.ask(REGISTER, {"i": who})["register"]["token"]
        for asset, amount in zip(self._market.split("-"), ("100", "1000000"), strict=True):
            wish = {"asset": asset, "amount": amount, "idempotencyKey": f"flow {asset}"}
            assert not self._server.ask(FAUCET, {"i": wish}, self._token)["requestFaucet"]["errors"]
        self._work = [self._pool.submit(self._run, number) for number in range(WORKERS)]
        return self

    def __exit__(self, *failure: object) -> None:
        """Stop; a worker that has failed says why."""
        self._over.set()
        self._pool.shutdown()
        for work in self._work:
            work.result()

    def _run(self, number: int) -> None:
        due = time.monotonic() + self._pause * number / WORKERS
        resting = None
        for turn in itertools.count(number):
            if self._over.wait(max(0.0, due - time.monotonic())):
                return
            due = max(due + self._pause, time.monotonic())
            if resting is None:
                resting = self._place(turn)
            else:
                self._server.ask(CANCEL, {"id": resting}, self._token)
                resting = None

    def _place(self, turn: int) -> str:
        side, levels = (("BUY", "bids"), ("SELL", "asks"))[turn // 2 % 2]
        there = self._server.ask(BOOK, {"m": self._market, "d": LEVELS})["orderBook"][levels]
        price = there[turn * 7 % len(there)]["price"]
        order = {"market": self._market, "side": side, "type": "LIMIT", "price": price, "quantity": QUANTITY}
        payload = self._server.ask(PLACE, {"i": order}, self._token)["placeOrder"]
        assert not payload["errors"], payload
        return str(payload["order"]["id"])
