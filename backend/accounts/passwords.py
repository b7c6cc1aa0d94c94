"""argon2id in a thread of its own, with a bounded queue: hashing must never stall the event loop."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from backend.accounts.refusals import TooBusy
from backend.persistence.threads import BoundedThreads, TooManyWaiting

BUSY_RETRY_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password fits, and the hash to store from now on where the old one's parameters are outdated."""

    fits: bool
    new_hash: str | None = None


class PasswordHasher:
    """Hashes and checks passwords, one after the other.

    Args:
        time_cost: Passes over the memory.
        memory_kib: Memory in KiB.
        parallelism: Lanes.
        queue_max: So many may wait or be under way; more are refused.
    """

    def __init__(
        self, time_cost: int = 2, memory_kib: int = 19_456, parallelism: int = 1, queue_max: int = 200
    ) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._threads = BoundedThreads("rialto-passwords", threads_max=1, waiting_max=queue_max - 1)
        self._nobodys_hash = self._argon2.hash(secrets.token_bytes(16))

    async def hash(self, password: bytes) -> str:
        """Return the hash to store.

        Raises:
            TooBusy: The queue is full.
        """
        return await self._run(lambda: self._hash(password))

    async def verify(self, stored_hash: str | None, password: bytes) -> Verdict:
        """Check a password against a stored hash; without one the same work is done and nothing fits.

        Raises:
            TooBusy: The queue is full.
        """
        return await self._run(lambda: self._verify(stored_hash, password))

    def close(self) -> None:
        """Give up what still waits."""
        self._threads.close()

    def _hash(self, password: bytes) -> str:
        return self._argon2.hash(password)

    def _verify(self, stored_hash: str | None, password: bytes) -> Verdict:
        try:
            self._argon2.verify(stored_hash or self._nobodys_hash, password)
        except (VerificationError, InvalidHashError):
            return Verdict(False)
        if stored_hash is None:
            return Verdict(False)
        outdated = self._argon2.check_needs_rehash(stored_hash)
        return Verdict(True, self._hash(password) if outdated else None)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await self._threads.run(work)
        except TooManyWaiting:
            raise TooBusy(BUSY_RETRY_SECONDS) from None
