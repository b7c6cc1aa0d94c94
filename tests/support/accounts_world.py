"""A service of users over a real database and a real engine, with a clock that tests turn."""

import threading
from dataclasses import dataclass, field

from backend.accounts.passwords import PasswordHasher, Verdict
from backend.accounts.service import Accounts
from backend.accounts.sessions import SessionLimits
from backend.engine.commands import Command
from backend.engine.events import AccountOpened
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import AccountId, TimeUs
from backend.persistence.database import Database

SESSION_KEY = b"k" * 32
PASSWORD = "correct horse battery"
SECOND_US = 1_000_000
START_US = 1_700_000_000 * SECOND_US


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.us = START_US

    def __call__(self) -> int:
        return self.us

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self.us += int(seconds * SECOND_US)


class EngineSequencer:
    """Applies commands to an engine at once, without a journal; it can be made to fail."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.accounts: set[AccountId] = set()
        self.failure: Exception | None = None

    async def submit(self, command: Command) -> Outcome:
        """Apply a command."""
        if self.failure is not None:
            raise self.failure
        outcome = self.exchange.apply(command, TimeUs(START_US))
        self.accounts.update(event.account.id for event in outcome.events if isinstance(event, AccountOpened))
        return outcome


class CountingHasher(PasswordHasher):
    """A cheap argon2id that counts what it does, and does nothing while it is not `open`."""

    def __init__(self, queue_max: int = 200, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_kib=64, parallelism=1, queue_max=queue_max)
        self.hashed = 0
        self.verified = 0
        self.open = threading.Event()
        self.open.set()

    def _hash(self, password: bytes) -> str:
        self.hashed += 1
        return super()._hash(password)

    def _verify(self, stored_hash: str | None, password: bytes) -> Verdict:
        self.verified += 1
        self.open.wait()
        return super()._verify(stored_hash, password)


@dataclass
class World:
    """The service, and what is around it."""

    database: Database
    limits: SessionLimits = SessionLimits()  # noqa: RUF009 - immutable
    clock: TurnedClock = field(default_factory=TurnedClock)
    sequencer: EngineSequencer = field(default_factory=EngineSequencer)
    hasher: CountingHasher = field(default_factory=CountingHasher)
    revoked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.accounts = self.service()

    def service(self, hasher: PasswordHasher | None = None) -> Accounts:
        """Return a service on the same database, as after a restart."""
        accounts = Accounts(
            self.database,
            self.sequencer,
            self.sequencer.accounts.__contains__,
            SESSION_KEY,
            hasher or self.hasher,
            self.limits,
            now=self.clock,
        )
        accounts.on_revoked(self.revoked.append)
        return accounts
