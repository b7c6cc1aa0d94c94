"""Bounds that an operator has set hold in a running exchange."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import Connection, select

from backend.engine.commands import AdvanceTime
from backend.persistence.tables import journal
from backend.sequencer.errors import QueueFull
from tests.conftest import DatabasePlace
from tests.support.exchange import RunningExchange, running_exchange

Start = Callable[..., AbstractAsyncContextManager[RunningExchange]]


@pytest.fixture
def start(database_place: DatabasePlace) -> Start:
    """Return what starts an exchange with the settings that are given."""
    return lambda **chosen: running_exchange(database_place.data_dir, database_place.url, **chosen)


async def at_once(exchange: RunningExchange, commands: int) -> list[object]:
    """Submit so many commands before the first one is applied; return outcomes and errors."""
    calls: list[Awaitable[object]] = [exchange.services.sequencer.submit(AdvanceTime()) for _ in range(commands)]
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_past_the_length_of_the_queue_commands_are_refused_and_the_others_are_applied(start: Start) -> None:
    async with start(command_queue_max=3) as exchange:
        before = exchange.sequence
        answers = await at_once(exchange, 5)
        assert [isinstance(answer, QueueFull) for answer in answers] == [False, False, False, True, True]
        assert "3 commands wait already" in str(answers[-1])
        assert exchange.sequence == before + 3


async def test_a_client_is_told_that_the_exchange_is_too_busy(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start(command_queue_max=1) as exchange:
        alice = await exchange.trader(USDT="1000")
        submit = exchange.services.sequencer.submit

        async def after_another(command):
            crowded = asyncio.ensure_future(submit(AdvanceTime()))
            await asyncio.sleep(0)
            try:
                return await submit(command)
            finally:
                await crowded

        exchange.services.sequencer._gate.close()
        monkeypatch.setattr(exchange.services.sequencer, "submit", after_another)
        given = {"market": "BTC-USDT", "side": "BUY", "quantity": "0.001", "price": "50000.0"}
        query = "mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } } }"
        answer = await alice.ask(query, i=given)
        assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert "too busy" in answer["errors"][0]["message"]


@pytest.mark.parametrize(("chosen", "sizes"), [(2, [2, 2, 2, 1]), (1_000, [7])])
async def test_a_commit_has_as_many_commands_as_were_chosen(start: Start, chosen: int, sizes: list[int]) -> None:
    def stored(connection: Connection) -> list[int]:
        rows = connection.execute(select(journal).where(journal.c.first_sequence > before).order_by(journal.c.time))
        return [row.last_sequence - row.first_sequence + 1 for row in rows]

    async with start(batch_commands_max=chosen) as exchange:
        before = exchange.sequence
        await at_once(exchange, 7)
        with exchange.services.database.read_journal() as connection:
            assert sorted(stored(connection), reverse=True) == sizes


@pytest.mark.parametrize("chosen", [1, 3])
async def test_as_many_queries_run_at_once_as_were_chosen(start: Start, chosen: int) -> None:
    running, most, lock = 0, 0, threading.Lock()
    all_are_there = threading.Barrier(chosen)

    def query(_: Connection) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        all_are_there.wait(60)
        time.sleep(0.01)
        with lock:
            running -= 1

    async with start(database_read_threads=chosen) as exchange:
        await asyncio.gather(*(exchange.services.database.read(query) for _ in range(3 * chosen)))
    assert most == chosen


async def test_documents_are_as_long_as_was_chosen(start: Start) -> None:
    async with start(document_bytes_max=1_024) as exchange:
        visitor = exchange.visitor()
        assert (await visitor.get("{ markets { symbol } }"))["markets"]
        assert await visitor.refused("{ markets { symbol } } #" + "x" * 1_024) == "BAD_USER_INPUT"
