"""Clients that follow `orderBook` over real sockets by the contract's recipe have the server's window at each depth."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from backend.engine.commands import Deposit, OpenAccount
from backend.engine.values import WORLD_DEMONSTRATION
from backend.graphql.transport import TransportLimits
from backend.marketdata import WINDOW_DEPTHS, BookMessage
from tests.support.book_client import BookClient, window_of
from tests.support.book_flow import BookFlow
from tests.support.exchange import RunningExchange
from tests.support.graphql_socket import GraphQLSocket
from tests.support.market_world import MAKER, TAKER
from tests.support.served import served

MARKET = "BTC-USDT"
DELTAS = 5_000
AT_ONCE = 50
"""So many commands are under way together, and share commits of the journal."""

QUERY = """
query($market: String!, $depth: Int!) {
  orderBook(market: $market, depth: $depth) {
    sequence checksum bids { price quantity orders } asks { price quantity orders }
  }
}
"""
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "order_book.py"


class LiveMarket:
    """A served exchange whose book is deep and moves when told so."""

    def __init__(self, exchange: RunningExchange, address: str) -> None:
        self.exchange = exchange
        self.address = address
        self.url = f"ws://{address}/graphql"
        self._flow = BookFlow(Random(5), MAKER, TAKER, away=8)

    async def open(self, levels: int) -> None:
        """Give maker and taker money, and put orders on so many levels a side."""
        for account in (MAKER, TAKER):
            await self.exchange.submit(OpenAccount(account))
            for asset in ("BTC", "USDT"):
                await self.exchange.submit(Deposit(account, asset, 10**30, WORLD_DEMONSTRATION, asset))
        for command in self._flow.filled(levels):
            (outcome,) = await self.exchange.submit(command)
            self._flow.learn(outcome)

    async def move(self, commands: int = AT_ONCE) -> None:
        """Send random commands; some of them are refused, as in life."""
        submit = self.exchange.services.sequencer.submit
        for outcome in await asyncio.gather(*(submit(self._flow.next()) for _ in range(commands))):
            self._flow.learn(outcome)

    async def check(self, client: BookClient) -> None:
        """Let a client come to the end of what was sent, and compare it with the server's answer to a query."""
        data = await self.exchange.visitor().get(QUERY, market=MARKET, depth=client.book.depth)
        asked = data["orderBook"]
        book = await client.until(lambda followed: (followed.sequence or 0) >= asked["sequence"])
        assert book.window() == window_of(asked)
        assert book.sequence == asked["sequence"]
        assert book.checksum() == asked["checksum"]
        assert (book.ignored, client.resubscriptions) == (0, 0)


@pytest.fixture
async def market(exchange: RunningExchange) -> AsyncIterator[LiveMarket]:
    async with served(exchange.app, send_buffer_bytes=16 * 1024) as address:
        live = LiveMarket(exchange, address)
        await live.open(levels=1_100)
        yield live


def follow(socket: GraphQLSocket) -> list[BookClient]:
    """Return a client for each depth, on one socket."""
    return [BookClient(socket, MARKET, depth) for depth in WINDOW_DEPTHS]


async def test_clients_at_each_depth_have_the_servers_window_through_thousands_of_deltas(market: LiveMarket) -> None:
    async with GraphQLSocket.open(market.url) as socket:
        clients = follow(socket)
        for client in clients:
            await client.step()
        while min(client.book.deltas for client in clients) < DELTAS:
            for _ in range(10):
                await market.move()
            for client in clients:
                await market.check(client)
        assert all(client.book.snapshots == 1 for client in clients), "nobody who reads all the time is conflated"


async def test_clients_whose_line_breaks_join_again_and_have_the_servers_window(market: LiveMarket) -> None:
    for _ in range(5):
        async with GraphQLSocket.open(market.url) as socket:
            clients = follow(socket)
            moving = asyncio.create_task(market.move(3 * AT_ONCE))
            for client in clients:
                await client.step()
            await moving
            await market.move()
            for client in clients:
                await market.check(client)
                assert client.book.snapshots == 1
                assert client.book.deltas > 0
            await asyncio.gather(market.move(), socket.break_off(), market.move())


@pytest.mark.parametrize("depth", WINDOW_DEPTHS)
async def test_a_client_that_reads_too_slowly_gets_a_fresh_snapshot_and_has_the_servers_window(
    market: LiveMarket, depth: int
) -> None:
    async with GraphQLSocket.open(market.url, narrow=True) as socket:
        client = BookClient(socket, MARKET, depth)
        await client.step()
        socket.pause()
        changes: list[BookMessage] = []
        market.exchange.services.marketdata.listen_book(MARKET, depth, changes.append)
        while len(changes) < 3 * TransportLimits().send_queue_messages_max:
            await market.move()
        socket.read_on()
        await market.check(client)
        assert client.book.snapshots >= 2
        assert client.book.deltas < len(changes)
        await market.move()
        await market.check(client)


async def test_two_clients_who_joined_at_different_times_see_the_same_messages(market: LiveMarket) -> None:
    async with GraphQLSocket.open(market.url) as first, GraphQLSocket.open(market.url) as second:
        early, late = BookClient(first, MARKET, 50), BookClient(second, MARKET, 50)
        await early.step()
        await market.move()
        await late.step()
        await market.move()
        for client in (early, late):
            await market.check(client)
        assert early.book.window() == late.book.window()
        assert early.book.deltas > late.book.deltas > 0


async def test_the_example_of_the_readme_has_the_servers_best_bid_and_ask_as_they_move(market: LiveMarket) -> None:
    source = EXAMPLE.read_text()
    assert "ws://127.0.0.1:8000/" in source
    example = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", source.replace("127.0.0.1:8000", market.address), stdout=asyncio.subprocess.PIPE
    )
    assert example.stdout is not None
    told: list[float] = []
    seen: set[tuple[float, ...]] = set()
    try:
        while len(seen) < 4:
            data = await market.exchange.visitor().get(QUERY, market=MARKET, depth=10)
            best = [float(data["orderBook"][side][0]["price"]) for side in ("bids", "asks")]
            while told != best:
                told = [float(price) for price in (await example.stdout.readline()).decode().split(" / ")]
            seen.add(tuple(best))
            await market.move()
    finally:
        example.terminate()
        await example.wait()
