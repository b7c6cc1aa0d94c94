"""One change of the book told to a hundred subscribers, against the same bytes sent to a hundred sockets."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import NamedTuple

import msgspec
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.measure import Result
from tests.bench.servers import HOST, Measured, exchange_server, order_body, plain_server

SUBSCRIBERS = 100
CHANGES = 150
ROUNDS = 3
QUIET_SECONDS = 0.3
"""After so long without a message, all have arrived."""
LEVELS = 40
"""So many price levels change in turn, fewer than the window has."""
SUBSCRIPTION = """subscription { orderBook(market: "BTC-USDT", depth: 50) {
    market isSnapshot sequence previousSequence checksum time
    bids { price quantity orders } asks { price quantity orders } } }"""


class Told(NamedTuple):
    """What one message cost the server, and how many bytes it had."""

    cpu_us: float
    bytes: int


class Listeners:
    """Sockets that count what arrives."""

    def __init__(self) -> None:
        self.messages = self.bytes = 0
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, socket: ClientConnection) -> None:
        """Read a socket from now on."""
        self._tasks.append(asyncio.create_task(self._read(socket)))

    async def quiet(self) -> None:
        """Wait until nothing arrives any more."""
        before = -1
        while before != self.messages:
            before = self.messages
            await asyncio.sleep(QUIET_SECONDS)

    def stop(self) -> None:
        """Read no more."""
        for task in self._tasks:
            task.cancel()

    async def _read(self, socket: ClientConnection) -> None:
        async for message in socket:
            self.messages += 1
            self.bytes += len(message)


def measure() -> list[Result]:
    """Measure the processor time per message, without that of the changes themselves."""
    with exchange_server() as exchange, plain_server() as plain:
        ours: list[Told] = []
        theirs: list[Told] = []
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            for _ in range(1 + ROUNDS):
                ours.append(runner.run(_told(exchange, _orders(exchange), _subscribed)))
                text = b"x" * ours[-1].bytes
                theirs.append(runner.run(_told(plain, [plain.request("/feed", text)] * CHANGES, _plainly_connected)))
    name = f"orderBook to {SUBSCRIBERS} subscribers"
    raw = "the same bytes from a bare socket server"
    costs = [statistics.median(each.cpu_us for each in told[1:]) for told in (ours, theirs)]
    return [Result(name, costs[0], "CPU µs/message", raw, costs[1], "lower", note=f"{ours[-1].bytes} bytes each")]


def _orders(exchange: Measured) -> list[bytes]:
    return [exchange.request("/graphql", order_body(number % LEVELS)) for number in range(CHANGES)]


Connect = Callable[[AsyncExitStack, Measured], Awaitable[ClientConnection]]


async def _told(server: Measured, changes: list[bytes], connected: Connect) -> Told:
    """Make the changes without subscribers, then with them; the difference is what telling costs."""
    alone = await _cpu_of(server, changes)
    async with AsyncExitStack() as stack:
        listeners = Listeners()
        for _ in range(SUBSCRIBERS):
            listeners.add(await connected(stack, server))
        await listeners.quiet()
        messages, size = listeners.messages, listeners.bytes
        with_them = await _cpu_of(server, changes, listeners)
        messages, size = listeners.messages - messages, listeners.bytes - size
        listeners.stop()
    assert messages == SUBSCRIBERS * CHANGES, f"{messages} messages arrived"
    return Told((with_them - alone) / messages, size // messages)


async def _cpu_of(server: Measured, changes: list[bytes], listeners: Listeners | None = None) -> float:
    """Return what the changes, one after the other, cost the server until all is quiet."""
    cpu = server.cpu_us()
    answers = await server.send(changes, connections=1)
    if listeners:
        await listeners.quiet()
    else:
        await asyncio.sleep(QUIET_SECONDS)
    assert len(answers) == len(changes)
    return server.cpu_us() - cpu


async def _subscribed(stack: AsyncExitStack, server: Measured) -> ClientConnection:
    address = f"ws://{HOST}:{server.port}/graphql"
    socket = await stack.enter_async_context(connect(address, subprotocols=["graphql-transport-ws"]))
    await socket.send(msgspec.json.encode({"type": "connection_init"}).decode())
    assert "connection_ack" in str(await socket.recv())
    message = {"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}}
    await socket.send(msgspec.json.encode(message).decode())
    assert "isSnapshot" in str(await socket.recv())
    return socket


async def _plainly_connected(stack: AsyncExitStack, server: Measured) -> ClientConnection:
    return await stack.enter_async_context(connect(f"ws://{HOST}:{server.port}/feed"))
