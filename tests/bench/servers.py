"""Servers in processes of their own, whose processor time is measured, and a lean HTTP client."""

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil

from tests.support.server import ROOT, Server

HOST = "127.0.0.1"
CONNECTIONS = 16
START_SECONDS_MAX = 30
UNLIMITED = "10000000"
REGISTER = "mutation($i: RegisterInput!) { register(input: $i) { token errors { code } } }"
FAUCET = "mutation($i: FaucetInput!) { requestFaucet(input: $i) { errors { code message } } }"


class Measured:
    """A process that listens on a port, and what it has cost so far."""

    def __init__(self, process: psutil.Process, port: int, token: str | None = None) -> None:
        self._process = process
        self.port = port
        self._token = token

    def cpu_us(self) -> float:
        """Return the processor time of all its threads."""
        times = self._process.cpu_times()
        return (times.user + times.system) * 1e6

    def request(self, path: str, body: bytes) -> bytes:
        """Return the bytes of a POST."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}:{self.port}", "Content-Type: application/json"]
        if self._token is not None:
            lines.append(f"Authorization: Bearer {self._token}")
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        return head.encode() + body

    async def send(self, requests: Sequence[bytes], connections: int = CONNECTIONS) -> list[bytes]:
        """Send requests over a few connections that stay open; return the bodies of the answers."""
        waiting = list(enumerate(requests))[::-1]
        answers: list[bytes] = [b""] * len(requests)

        async def one_connection() -> None:
            # Each answer comes before the connection's next request.
            reader, writer = await asyncio.open_connection(HOST, self.port)
            while waiting:
                number, request = waiting.pop()
                writer.write(request)
                answers[number] = await _answer(reader)
            writer.close()

        await asyncio.gather(*(one_connection() for _ in range(connections)))
        return answers


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


@contextmanager
def exchange_server() -> Iterator[Measured]:
    """Run `rialto serve` with empty books; its user is rich."""
    with tempfile.TemporaryDirectory() as folder:
        server = _Exchange(
            Path(folder),
            RIALTO_OPERATIONS_PER_ADDRESS=UNLIMITED,
            RIALTO_OPERATIONS_PER_ACCOUNT=UNLIMITED,
            RIALTO_SOCKETS_PER_ADDRESS=UNLIMITED,
        )
        server.start()
        try:
            yield server.measured()
        finally:
            server.stop()


class _Exchange(Server):
    def measured(self) -> Measured:
        assert self._process is not None
        who = {"email": "bench@example.com", "password": "as fast as it can be"}
        token = self.ask(REGISTER, {"i": who})["register"]["token"]
        for number in range(20):
            coins = {"asset": "USDT", "amount": "1000000", "idempotencyKey": f"coins {number}"}
            assert not self.ask(FAUCET, {"i": coins}, token)["requestFaucet"]["errors"]
        return Measured(psutil.Process(self._process.pid), self.port, token)


@contextmanager
def plain_server() -> Iterator[Measured]:
    """Run the baseline."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.plain_server", str(port)], cwd=ROOT)
    try:
        _wait_until_it_listens(port)
        yield Measured(psutil.Process(process.pid), port)
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_listens(port: int) -> None:
    give_up = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < give_up:
        try:
            httpx.get(f"http://{HOST}:{port}/", timeout=2)
            return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise TimeoutError("the baseline did not start")


def order_body(number: int, orders: int = 1) -> bytes:
    """Return the GraphQL request that places orders to buy, at prices far below any other."""
    given = [
        {
            "market": "BTC-USDT",
            "side": "BUY",
            "type": "LIMIT",
            "price": f"{20_000 + (number * orders + each) % 500}.5",
            "quantity": "0.00050",
        }
        for each in range(orders)
    ]
    return _single(given[0]) if orders == 1 else _many(given)


def _single(given: dict[str, Any]) -> bytes:
    query = "mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id status } errors { code message } } }"
    return msgspec.json.encode({"query": query, "variables": {"i": given}})


def _many(given: list[dict[str, Any]]) -> bytes:
    query = (
        "mutation($i: [PlaceOrderInput!]!) { placeOrders(inputs: $i) { order { id status } errors { code message } } }"
    )
    return msgspec.json.encode({"query": query, "variables": {"i": given}})


def placed(answers: Sequence[bytes]) -> int:
    """Return how many orders the answers say were placed; none may have been refused."""
    orders = 0
    for answer in answers:
        data = msgspec.json.decode(answer)["data"]
        payloads = data.get("placeOrders") or [data["placeOrder"]]
        assert not any(payload["errors"] for payload in payloads), answer
        orders += len(payloads)
    return orders
