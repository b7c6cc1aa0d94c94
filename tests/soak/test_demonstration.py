"""What the demonstration costs at its default rate, and how soon its market moves after the very first start."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from backend.settings import Settings
from tests.soak.conftest import Figure
from tests.support.graphql_socket import GraphQLSocket
from tests.support.server import Server

pytestmark = pytest.mark.timeout(600)

SETTLING_SECONDS = 10.0
MEASURED_SECONDS = 60.0
CORE_PERCENT_MAX = 25.0
FIRST_MOVEMENT_SECONDS_MAX = 1.5
"""About a second, and a machine that has other things to do."""
BOOK = 'subscription { orderBook(market: "BTC-USDT", depth: 50) { sequence isSnapshot } }'


async def test_the_market_moves_at_once_after_a_first_start_and_leaves_the_core_mostly_idle(
    tmp_path: Path, figure: Figure
) -> None:
    server = Server(tmp_path)
    del server.environment["RIALTO_DEMO_RATE"]
    try:
        await asyncio.to_thread(server.start)
        opened = time.monotonic()
        async with GraphQLSocket.open(f"{server.url.replace('http', 'ws')}/graphql") as socket:
            book = await socket.subscribe(BOOK)
            while (await book.next())["orderBook"]["isSnapshot"]:
                pass
            moved = time.monotonic() - opened
        await asyncio.sleep(SETTLING_SECONDS)
        percent = await asyncio.to_thread(psutil.Process(server.pid).cpu_percent, MEASURED_SECONDS)
    finally:
        server.stop()
    rate = Settings.model_fields["demo_rate"].default
    limit = f"≤ {FIRST_MOVEMENT_SECONDS_MAX} s"
    figure("from the open doors of a first start to a change of the book", f"{moved:.2f} s", limit)
    figure(f"a core at the default rate of {rate:.0f} commands/s", f"{percent:.0f} %", f"≤ {CORE_PERCENT_MAX:.0f} %")
    assert percent <= CORE_PERCENT_MAX
    assert moved <= FIRST_MOVEMENT_SECONDS_MAX
