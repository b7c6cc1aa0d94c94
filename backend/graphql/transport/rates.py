"""Rate limits by address and by account, kept in memory."""

import time
from collections.abc import Callable, Mapping
from typing import Final, Literal, Protocol

from backend.graphql.errors import rate_limited
from backend.graphql.transport.settings import TransportLimits

ROUNDING_SECONDS: Final = 1e-6
"""Sums of many short times are not exact; nobody is refused for that."""

RateKind = Literal["address", "account", "document"]
"""Operations by address, operations by account, and documents by address that are not in the cache."""


class RateLimiter(Protocol):
    """Decides whether somebody may go on now."""

    def check(self, kind: RateKind, key: str, cost: int = 1) -> None:
        """Count `cost` for `key`.

        Raises:
            ApiError: RATE_LIMITED with `retryAfter` in seconds; then nothing was counted.
        """
        ...


class MemoryRateLimiter:
    """Token buckets, each kept as the one moment at which it will be full again (the "generic cell rate algorithm").

    Args:
        per_second: The rate of each kind.
        burst_seconds: How many seconds' worth may come at once after a pause.
        keys_max: How many keys are remembered; past it, the full buckets are forgotten, then the oldest.
        clock: Seconds; tests give their own.
    """

    def __init__(
        self,
        per_second: Mapping[RateKind, float],
        burst_seconds: float,
        keys_max: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds_per_unit = {kind: 1.0 / rate for kind, rate in per_second.items()}
        self._burst_seconds = burst_seconds
        self._keys_max = keys_max
        self._clock = clock
        self._full_at: dict[tuple[str, str], float] = {}

    @classmethod
    def of(cls, limits: TransportLimits) -> "MemoryRateLimiter":
        """Return the limiter for the settings."""
        rates: dict[RateKind, float] = {
            "address": limits.operations_per_address_per_second,
            "account": limits.operations_per_account_per_second,
            "document": limits.uncached_documents_per_address_per_second,
        }
        return cls(rates, limits.rate_burst_seconds, limits.rate_keys_max)

    def check(self, kind: RateKind, key: str, cost: int = 1) -> None:
        """See `RateLimiter.check`."""
        now = self._clock()
        used = max(self._full_at.get((kind, key), now), now) + cost * self._seconds_per_unit[kind]
        # A full bucket takes even what costs more than the whole burst, or that could never pass.
        wait = used - now - max(self._burst_seconds, cost * self._seconds_per_unit[kind])
        if wait > ROUNDING_SECONDS:
            raise rate_limited(round(wait + 0.0005, 3))
        if (kind, key) not in self._full_at and len(self._full_at) >= self._keys_max:
            self._forget(now)
        self._full_at[(kind, key)] = used

    def _forget(self, now: float) -> None:
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        for key in list(self._full_at)[: len(self._full_at) - self._keys_max + 1]:
            del self._full_at[key]
