"""The process that the kill tests kill: a core under the load of several clients that write down what they know.

Run as `python -m tests.recovery.worker`, it forks a worker for each line of its input, a JSON list of the arguments of
`run`; it answers with the worker's process id, and with how that ended when the next line, an empty one, comes. So the
imports are paid for once. With those arguments on the command line it is itself the worker.

Each line of the log is JSON, written by one `write` to a file opened for appending: what a client is about to send,
what it was answered, and where the process began.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from backend.engine.codec import digest_events
from backend.engine.commands import (
    AmendOrder,
    CancelAllAfter,
    CancelOrder,
    Command,
    Deposit,
    PlaceOcoOrder,
    PlaceOrder,
    PlaceOrders,
    SetFeeTiers,
    SetMarketStatus,
    UpdateMarket,
)
from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import (
    LIMIT_TYPES,
    TRIGGERED_TYPES,
    AccountId,
    FeeTier,
    MarketStatus,
    OrderId,
    OrderType,
    Side,
    TimeInForce,
    TimeUs,
)
from backend.persistence.database import Database
from tests.support.core import Core
from tests.support.trading import BTC_USDT, deposit, limit, opening

ACCOUNTS = [AccountId(f"client-{number}") for number in range(8)]
"""Each is one client, which has one command under way at a time."""

KEYED_COMMANDS = (Deposit, PlaceOrder, PlaceOrders, PlaceOcoOrder)

RESENT_OLD_KEYS = 20
"""So many keys that were answered before are sent again at each start, besides all that were not."""


class Log:
    """What the clients know, in a file that survives them."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def write(self, **line: object) -> None:
        """Append a line, whole or not at all."""
        os.write(self._file, json.dumps(line).encode() + b"\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a log."""
    return list(map(json.loads, path.read_bytes().splitlines())) if path.exists() else []


class Client:
    """A trader that sends one command after the other and remembers its open orders."""

    def __init__(self, core: Core, log: Log, account: AccountId, sent: int, random: Random) -> None:
        self.core, self.log, self.account, self.sent, self.random = core, log, account, sent, random

    async def trade(self) -> None:
        """Send commands for ever."""
        while True:
            self.sent += 1
            await self.send(self.sent, self.next_command(f"{self.account}/{self.sent}"))

    def next_command(self, key: str) -> Command:
        """Choose what to do: mostly orders that meet others, and some of everything else."""
        choice = self.random.random()
        if choice < 0.1:
            return deposit(self.account, "USDT", self.random.randrange(1, 2**80), key)
        if choice < 0.3:
            orders = self.core.views.open_orders(self.account)
            if orders:
                return CancelOrder(self.account, self.random.choice(orders).id, None)
        if choice < 0.4:
            return PlaceOrders(tuple(self.order(f"{key}/{part}") for part in range(3)))
        if choice < 0.6:
            return self.special_order(key)
        if choice < 0.65:
            return self.pair(key)
        if choice < 0.75:
            orders = self.core.views.open_orders(self.account)
            if orders:
                return self.amendment(self.random.choice(orders).id)
        if choice < 0.77:
            return self.operation()
        return self.order(key)

    def order(self, key: str) -> PlaceOrder:
        """Return an order near the middle."""
        side = self.random.choice([Side.BUY, Side.SELL])
        return limit(self.account, side, self.random.randrange(499_990, 500_010), self.random.randrange(1, 50), key)

    def special_order(self, key: str) -> PlaceOrder:
        """Return an order that waits for a price, an iceberg, or one that ends by itself."""
        order, stop = self.order(key), self.random.randrange(499_980, 500_020)
        kind = self.random.choice([*TRIGGERED_TYPES, OrderType.LIMIT])
        trails = kind is OrderType.TRAILING_STOP
        changes: dict[str, Any] = {"type": kind, "stop_ticks": None if kind is OrderType.LIMIT or trails else stop}
        if kind in LIMIT_TYPES:
            changes |= {"visible_lots": self.random.choice([None, 5]), "quantity_lots": self.random.randrange(5, 50)}
            if self.random.random() < 0.3:
                expire_at = TimeUs(self.core.views.time + self.random.randrange(10**4, 10**6))
                changes |= {"time_in_force": TimeInForce.GTD, "expire_at": expire_at}
        else:
            changes |= {"time_in_force": TimeInForce.IOC, "price_ticks": None}
            changes |= {"trailing_ticks": self.random.randrange(1, 20)} if trails else {}
            changes |= {"quantity_lots": None, "quote_amount": 10**8} if order.side is Side.BUY else {}
        return msgspec.structs.replace(order, **changes)

    def pair(self, key: str) -> PlaceOcoOrder:
        """Return a pair around the middle."""
        side = self.random.choice([Side.BUY, Side.SELL])
        sign = 1 if side is Side.SELL else -1
        price, stop = 500_000 + sign * self.random.randrange(20), 500_000 - sign * self.random.randrange(1, 20)
        return PlaceOcoOrder(self.account, BTC_USDT, side, 9, price, stop, stop, f"{key}/limit", f"{key}/stop")

    def amendment(self, order: OrderId) -> AmendOrder:
        """Return other values for an open order."""
        price = self.random.choice([None, self.random.randrange(499_990, 500_010)])
        return AmendOrder(self.account, order, None, price, self.random.randrange(1, 60), None)

    def operation(self) -> Command:
        """Return what an operator does, or a dead man's switch; the market is open again before long."""
        tiers = SetFeeTiers("USDT", (FeeTier("Some", self.random.randrange(1, 10**12), 50_000, 150_000),))
        breaker = {"breaker_rate": self.random.randrange(500, 5_000), "breaker_minutes": 1, "breaker_pause_s": 1}
        status = self.random.choice([MarketStatus.OPEN, MarketStatus.OPEN, MarketStatus.AUCTION])
        operations: list[Command] = [
            SetMarketStatus(BTC_USDT, status, "as it pleases"),
            SetMarketStatus(BTC_USDT, MarketStatus.OPEN, "go on"),
            CancelAllAfter(self.account, self.random.randrange(3)),
            UpdateMarket(BTC_USDT, {**breaker, "band_rate": self.random.randrange(1_000, 10_000)}),
            tiers,
        ]
        return self.random.choice(operations)

    async def send(self, number: int, command: Command) -> None:
        """Write down what is sent, send it, and write down the answer."""
        self.log.write(sent=number, account=self.account, command=msgspec.to_builtins(command))
        outcome = await self.core.sequencer.submit(command)
        self.log.write(acknowledged=number, account=self.account, **summary(outcome))


def summary(outcome: Outcome) -> dict[str, object]:
    """Return what an answer says: ids, whether anything was refused, and the events of a new command as a digest."""
    return {
        "sequence": outcome.sequence,
        "digest": digest_events([outcome.events]),
        "answers": [answer if isinstance(answer, int | str) else answer.code.name for answer in outcome.answers],
        "refused": any(isinstance(answer, Refusal) for answer in outcome.answers),
    }


async def resend(clients: dict[str, Client], lines: list[dict[str, Any]], random: Random) -> None:
    """Send again what was never answered, and some of what was; a key that was answered gives the same answer."""
    sent = {(line["account"], line["sent"]): line["command"] for line in lines if "sent" in line}
    answered = {(line["account"], line["acknowledged"]): line for line in lines if "acknowledged" in line}
    commands = {name: msgspec.convert(command, Command) for name, command in sent.items()}
    old = [
        name for name, line in answered.items() if not line["refused"] and isinstance(commands[name], KEYED_COMMANDS)
    ]
    for name in random.sample(old, min(RESENT_OLD_KEYS, len(old))):
        outcome = await clients[name[0]].core.sequencer.submit(commands[name])
        answers = [*outcome.answers]
        assert (outcome.sequence, answers) == (0, answered[name]["answers"]), (name, outcome, answered[name])
    for name in sent.keys() - answered.keys():
        await clients[name[0]].send(name[1], commands[name])


def die_at(point_and_count: str) -> Any:
    """Return a fault that kills this process when a point is passed so often."""
    wanted, _, count = point_and_count.partition(":")
    left = [int(count or 0)]

    def fault(point: str) -> None:
        if point == wanted:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return fault


async def run(url: str, data_dir: str, log: str, seed: int, death: str = "") -> None:
    """Start, send again what must be, and trade until somebody kills us.

    Args:
        url: Of the database; empty for SQLite in `data_dir`.
        data_dir: The data directory.
        log: The file that says what the clients know.
        seed: Of all that is random here.
        death: POINT:COUNT, to die by our own hand when a fault point is passed for the COUNTth time.
    """
    random = Random(seed)
    lines = read_log(Path(log))
    writer = Log(Path(log))
    fault = die_at(death)
    core = await Core(Database.open(url or None, Path(data_dir)), journal_fault=fault, projector_fault=fault).start()
    started, fingerprint = await core.committed()
    writer.write(started=started, fingerprint=fingerprint)
    await core.send(*opening(*ACCOUNTS))  # What was there before is refused or repeated.
    clients = {}
    for account in ACCOUNTS:
        sent = max((line["sent"] for line in lines if line.get("account") == account and "sent" in line), default=0)
        clients[account] = Client(core, writer, account, sent, Random(random.random()))
    await resend(clients, lines, random)
    writer.write(trading=core.views.sequence)
    await asyncio.gather(*(client.trade() for client in clients.values()))


def fork_workers() -> None:
    """Fork one worker after the other, as the input says."""
    for line in sys.stdin:
        arguments = json.loads(line)
        worker = os.fork()
        if worker == 0:
            asyncio.run(run(*arguments))
            os._exit(0)
        print(worker, flush=True)
        sys.stdin.readline()
        print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(run(*sys.argv[1:4], int(sys.argv[4])))
    else:
        fork_workers()
