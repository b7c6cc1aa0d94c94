"""The transport behind the real server: TCP that fills up, a restart, and GraphiQL in a browser."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
import websockets
from structlog.testing import capture_logs
from websockets.typing import Subprotocol

from backend.graphql.transport import TransportLimits
from tests.support.parts import chromium
from tests.support.transport_world import PATIENCE_SECONDS, World, until

PROTOCOL = Subprotocol("graphql-transport-ws")
PRICES = 'subscription { prices(market: "BTC-USDT") { sequence isSnapshot market } }'


@dataclass
class Running:
    server: uvicorn.Server
    task: asyncio.Task[None]
    host: str

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.task


@asynccontextmanager
async def serve(world: World) -> AsyncIterator[Running]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(world.app, log_level="warning", ws_per_message_deflate=False, lifespan="off")
    server = uvicorn.Server(config)
    running = Running(server, asyncio.create_task(server.serve([listener])), f"127.0.0.1:{listener.getsockname()[1]}")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
            await asyncio.sleep(0.01)
    try:
        yield running
    finally:
        await world.transport.shutdown()
        await running.stop()


async def hear(client: websockets.ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        heard: dict[str, Any] = json.loads(await client.recv())
        return heard


async def subscribe(client: websockets.ClientConnection, query: str) -> None:
    await client.send('{"type":"connection_init"}')
    assert (await hear(client)) == {"type": "connection_ack"}
    await client.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))


async def test_a_reader_whose_tcp_connection_is_full_is_conflated_and_recovers() -> None:
    world = World(TransportLimits(send_queue_messages_max=50))
    async with (
        serve(world) as running,
        websockets.connect(
            f"ws://{running.host}/graphql", subprotocols=[PROTOCOL], max_queue=1, ping_interval=None
        ) as client,
    ):
        await subscribe(client, PRICES)
        assert (await hear(client))["payload"]["data"]["prices"]["isSnapshot"]
        changes = 0
        while world.observer.conflated == 0:  # the client does not read, so its buffers fill up
            assert changes < 1_000_000
            changes += 1
            world.prices.change()
            if changes % 20 == 0:
                await asyncio.sleep(0)
        known, gaps, snapshots = 0, 0, 0
        while known < changes:
            price = (await hear(client))["payload"]["data"]["prices"]
            snapshots += price["isSnapshot"]
            gaps += not price["isSnapshot"] and price["sequence"] != known + 1
            known = price["sequence"]
        assert gaps == 0
        assert snapshots >= 1


async def test_a_restart_closes_sockets_with_1012() -> None:
    world = World()
    with capture_logs() as logs:
        async with serve(world) as running:
            client = await websockets.connect(f"ws://{running.host}/graphql", subprotocols=[PROTOCOL])
            await subscribe(client, PRICES)
            await hear(client)
            await world.transport.shutdown()
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await hear(client)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1012
    assert logs == []


async def test_a_client_that_breaks_the_connection_leaves_nothing_behind_and_no_log() -> None:
    world = World()
    with capture_logs() as logs:
        async with serve(world) as running:
            client = await websockets.connect(f"ws://{running.host}/graphql", subprotocols=[PROTOCOL])
            await subscribe(client, PRICES)
            await hear(client)
            client.transport.abort()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while world.prices.listeners or world.observer.open_sockets:
                    world.prices.change()
                    await asyncio.sleep(0.01)
    assert logs == []


async def test_graphiql_runs_queries_and_subscriptions_without_any_other_host() -> None:
    from playwright.async_api import async_playwright, expect

    world = World(graphiql=True)
    problems: list[str] = []
    async with serve(world) as running, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.append(request.url) if foreign(request.url, running) else None)
        await page.goto(f"http://{running.host}/graphql")
        result = page.locator(".result-window")
        # Each is run right after it was entered: GraphiQL has not parsed it yet, and must take the right way anyway.
        await run_in_graphiql(page, '{ hello(name: "browser") }')
        await expect(result).to_contain_text("hello browser", timeout=PATIENCE_SECONDS * 1_000)
        await run_in_graphiql(page, PRICES)
        await expect(result).to_contain_text('"sequence": 0', timeout=PATIENCE_SECONDS * 1_000)
        world.prices.change()
        await expect(result).to_contain_text('"sequence": 1', timeout=PATIENCE_SECONDS * 1_000)
        await page.click(".graphiql-execute-button")  # now it stops
        await until(lambda: world.prices.listeners == 0)
        # A word of another operation, of a field or of a string makes no subscription.
        await run_in_graphiql(page, '{ a: hello(name: "subscription {") } # subscription')
        await expect(result).to_contain_text("hello subscription {", timeout=PATIENCE_SECONDS * 1_000)
        await browser.close()
    assert problems == []


def foreign(url: str, running: Running) -> bool:
    return not url.startswith((f"http://{running.host}/", "data:", "blob:"))


async def run_in_graphiql(page: Any, query: str) -> None:
    await page.wait_for_selector(".graphiql-query-editor .CodeMirror")
    await page.evaluate(
        "query => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(query)", query
    )
    await page.click(".graphiql-execute-button")
