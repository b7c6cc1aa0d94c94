"""`kill -9` under load, again and again: nothing that was acknowledged is missing, and nothing is applied twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.engine.codec import digest_events
from backend.engine.commands import Command, Deposit, PlaceOcoOrder, PlaceOrder, PlaceOrders
from backend.engine.events import Event, Filled, KeyUsed, OrderUpdated, Posted
from backend.engine.exchange import Exchange
from backend.engine.values import TRIGGERED_TYPES, Balance, Order, OrderType
from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.orders import order_of
from backend.persistence.rows import fill_number
from backend.sequencer import recovery
from backend.sequencer.journal import Journal
from tests.conftest import DatabasePlace
from tests.recovery.worker import read_log
from tests.support.core import Core, replayed

KILLS = 20
SEED_VARIABLE = "RIALTO_TEST_KILL_SEED"
"""Set it to the seed that a failed run printed, to choose the same moments and commands again."""
ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 120
TRADING_SECONDS_MAX = 0.4

FAULT_POINTS = [
    "journal.inserted:3",
    "journal.committed:9",
    "projector.begun:2",
    "projector.half:3",
    "projector.written:2",
    "projector.committed:3",
    "journal.inserted:40",
    "journal.committed:25",
]


class Workers:
    """Starts one worker after the other on the same data and log."""

    def __init__(self, place: DatabasePlace, log: Path, random: Random) -> None:
        self.log = log
        self._arguments = [place.url or "", str(place.data_dir), str(log)]
        self._random = random
        self._errors = log.with_suffix(".errors")
        with self._errors.open("wb") as errors:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.recovery.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, text=True,
            )  # fmt: skip

    def start(self, death: str = "") -> int:
        """Start a worker and return its process id."""
        return int(self._ask(json.dumps([*self._arguments, self._random.getrandbits(32), death])))

    def wait(self) -> None:
        """Wait until the worker has died of SIGKILL, and of nothing else."""
        status = int(self._ask(""))
        assert status == -signal.SIGKILL, self._errors.read_text()

    def kill_at_a_random_moment(self) -> None:
        """Let a worker run for a while, and kill it: while it trades, or one time in four somewhere in its start."""
        before = self._trading()
        worker = self.start()
        if self._random.random() < 0.75:
            deadline = time.monotonic() + START_SECONDS_MAX
            while self._trading() == before and time.monotonic() < deadline and _runs(worker):
                time.sleep(0.01)
            time.sleep(self._random.uniform(0, TRADING_SECONDS_MAX))
        else:
            time.sleep(self._random.uniform(0, 2 * TRADING_SECONDS_MAX))
        os.kill(worker, signal.SIGKILL)
        self.wait()

    def close(self) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait()

    def _trading(self) -> int:
        return self.log.read_bytes().count(b'"trading"') if self.log.exists() else 0

    def _ask(self, line: str) -> str:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(line + "\n")
        self._nursery.stdin.flush()
        return self._nursery.stdout.readline()


class Witness:
    """Follows the journal with an engine of its own and compares it with what the clients know."""

    def __init__(self, database: Database, log: Path) -> None:
        self.database = database
        self.log = log
        self.exchange = Exchange()
        self.digests: dict[int, str] = {}
        self.fingerprints = {0: self.exchange.fingerprint()}
        self.results: dict[tuple[str, str], str] = {}
        self.orders: dict[int, Order] = {}
        self.fills: dict[int, Filled] = {}
        self.balances: dict[tuple[str, str], Balance] = {}

    def follow(self) -> None:
        """Take in what the journal has got since the last time."""
        journal = Journal(self.database)
        journal.last()
        for stored in recovery.stored_after(journal, self.exchange.sequence):
            batch = recovery.replay_batch(self.exchange, stored)
            self.fingerprints[batch.last] = batch.fingerprint
            for command in batch.commands:
                self.digests[command.sequence] = digest_events([command.events])
                for event in command.events:
                    self._take(event)
        journal.close()

    def check(self) -> int:
        """Compare every line of the log with the journal; return how many acknowledgements there were."""
        acknowledged = 0
        commands: dict[tuple[str, int], Command] = {}
        for line in read_log(self.log):
            if "sent" in line:
                commands[line["account"], line["sent"]] = msgspec.convert(line["command"], Command)
            elif "started" in line:
                assert self.fingerprints[line["started"]] == line["fingerprint"], line
            elif "acknowledged" in line:
                acknowledged += 1
                if line["sequence"]:
                    assert self.digests[line["sequence"]] == line["digest"], line
                if not line["refused"]:
                    command = commands[line["account"], line["acknowledged"]]
                    results = [self.results[line["account"], key] for key in _keys(command)]
                    assert not results or results == [str(answer) for answer in line["answers"]], line
        return acknowledged

    async def check_read_model(self) -> None:
        """Compare the tables with what the events of the whole journal come to."""

        def rows(connection: Any) -> tuple[dict[int, Order], dict[int, tuple[Any, ...]], dict[Any, Balance]]:
            fills = tables.fills.c
            columns = (fills.id, fills.order, fills.price_ticks, fills.lots, fills.value, fills.fee)
            return (
                {row.id: order_of(row) for row in connection.execute(select(tables.orders))},
                {row.id: tuple(row)[1:] for row in connection.execute(select(*columns))},
                {(row.account, row.asset): Balance(*row) for row in connection.execute(select(tables.balances))},
            )

        orders, fills, balances = await self.database.read(rows)
        assert orders == self.orders
        assert fills == {
            number: (fill.order.id, fill.price_ticks, fill.lots, fill.value, fill.fee)
            for number, fill in self.fills.items()
        }
        assert balances == self.balances
        for asset in ("BTC", "USDT"):
            assert sum(one.available + one.held for one in balances.values() if one.asset == asset) == 0

    def _take(self, event: Event) -> None:
        if isinstance(event, KeyUsed):
            key = (event.used.account, event.used.key)
            assert key not in self.results, "applied twice"
            self.results[key] = event.used.result
        elif isinstance(event, OrderUpdated | Filled):
            self.orders[event.order.id] = event.order
            if isinstance(event, Filled):
                number = fill_number(event)
                assert number not in self.fills, "applied twice"
                self.fills[number] = event
        elif isinstance(event, Posted):
            after = Balance(event.account, event.asset, event.available, event.held)
            self.balances[event.account, event.asset] = after


@pytest.fixture
def seed() -> int:
    seed = int(os.environ.get(SEED_VARIABLE) or SystemRandom().getrandbits(32))
    print(f"{SEED_VARIABLE}={seed}")
    return seed


@pytest.fixture
def workers(durable_database_place: DatabasePlace, tmp_path: Path, seed: int) -> Iterator[Workers]:
    workers = Workers(durable_database_place, tmp_path / "clients.log", Random(seed))
    yield workers
    workers.close()


@pytest.fixture
def witness(durable_database_place: DatabasePlace, workers: Workers) -> Iterator[Witness]:
    database = durable_database_place.open()
    yield Witness(database, workers.log)
    database.close()


async def test_twenty_kills_at_random_moments_lose_nothing_and_repeat_nothing(
    workers: Workers, witness: Witness, durable_database_place: DatabasePlace
):
    for _ in range(KILLS):
        workers.kill_at_a_random_moment()
        witness.follow()
        witness.check()
    await check_the_end(witness, durable_database_place)
    print(f"{witness.exchange.sequence} commands, {len(witness.orders)} orders, {len(witness.fills)} fills")
    assert witness.check() > 10 * KILLS, "there was a load"
    assert len(witness.fills) > KILLS
    assert {order.type for order in witness.orders.values()} >= {OrderType.LIMIT, *TRIGGERED_TYPES}


async def test_a_death_at_each_dangerous_point_loses_nothing_and_repeats_nothing(
    workers: Workers, witness: Witness, durable_database_place: DatabasePlace
):
    for point in FAULT_POINTS:
        workers.start(point)
        workers.wait()
        witness.follow()
        witness.check()
    await check_the_end(witness, durable_database_place)


async def check_the_end(witness: Witness, place: DatabasePlace) -> None:
    """Start once more, and compare memory, tables, journal, and what all clients know."""
    core = await Core(place.open()).start()
    try:
        sequence = 0
        while not sequence == witness.exchange.sequence == core.views.sequence:
            # something may come due by itself between two looks
            sequence, fingerprint = await core.sequencer.inspect(lambda engine: (engine.sequence, engine.fingerprint()))
            witness.follow()
        assert fingerprint == witness.exchange.fingerprint() == replayed(core.database).fingerprint()
        for account_and_asset, balance in witness.balances.items():
            assert core.views.balances(account_and_asset[0])[account_and_asset[1]] == balance
    finally:
        await core.stop()
    witness.follow()
    await witness.check_read_model()
    assert recovery.verify(witness.database).problems == []


def _keys(command: Command) -> list[str]:
    if isinstance(command, PlaceOrder):
        return [command.client_order_id or ""]
    if isinstance(command, PlaceOrders):
        return [order.client_order_id or "" for order in command.orders]
    if isinstance(command, PlaceOcoOrder):
        return [command.limit_client_order_id or "", command.stop_client_order_id or ""]
    return [command.key] if isinstance(command, Deposit) else []


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # The nursery has not waited for it yet, so that a dead one is a zombie.
    return ") Z " not in Path(f"/proc/{process}/stat").read_text()
