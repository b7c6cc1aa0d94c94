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
from backend.engine.commands import CancelOrder, Command, PlaceOrder, PlaceOrders
from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import AccountId, Side
from backend.persistence.database import Database
from tests.support.core import Core
from tests.support.trading import deposit, limit, opening

ACCOUNTS = [AccountId(f"client-{number}") for number in range(8)]
"""Each is one client, which has one command under way at a time."""

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
        """Choose what to do: mostly orders that meet others, some cancellations, batches and deposits."""
        choice = self.random.random()
        if choice < 0.1:
            return deposit(self.account, "USDT", self.random.randrange(1, 2**80), key)
        if choice < 0.3:
            orders = self.core.views.open_orders(self.account)
            if orders:
                return CancelOrder(self.account, self.random.choice(orders).id, None)
        if choice < 0.4:
            return PlaceOrders(tuple(self.order(f"{key}/{part}") for part in range(3)))
        return self.order(key)

    def order(self, key: str) -> PlaceOrder:
        """Return an order near the middle."""
        side = self.random.choice([Side.BUY, Side.SELL])
        return limit(self.account, side, self.random.randrange(499_990, 500_010), self.random.randrange(1, 50), key)

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
        name for name, line in answered.items() if not line["refused"] and not isinstance(commands[name], CancelOrder)
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
    writer.write(started=core.views.sequence, fingerprint=await core.fingerprint())
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
