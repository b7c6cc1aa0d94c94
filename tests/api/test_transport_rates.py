"""Token buckets of the rate limits."""

import pytest

from backend.graphql.errors import ApiError
from backend.graphql.transport.rates import MemoryRateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def limiter(clock: Clock, keys_max: int = 100) -> MemoryRateLimiter:
    return MemoryRateLimiter({"address": 10, "account": 1}, burst_seconds=2, keys_max=keys_max, clock=clock)


def allowed(limits: MemoryRateLimiter, times: int, key: str = "a") -> int:
    count = 0
    for _ in range(times):
        try:
            limits.check("address", key)
        except ApiError:
            continue
        count += 1
    return count


def test_a_burst_passes_and_then_the_rate_rules() -> None:
    clock = Clock()
    limits = limiter(clock)
    assert allowed(limits, 100) == 20
    clock.now += 1
    assert allowed(limits, 100) == 10
    clock.now += 100
    assert allowed(limits, 100) == 20


def test_a_refusal_says_when_it_will_pass_and_counts_nothing() -> None:
    clock = Clock()
    limits = limiter(clock)
    limits.check("address", "a", 20)
    with pytest.raises(ApiError) as caught:
        limits.check("address", "a", 5)
    assert caught.value.code == "RATE_LIMITED"
    assert caught.value.extensions["retryAfter"] == pytest.approx(0.5, abs=0.01)
    clock.now += float(str(caught.value.extensions["retryAfter"]))
    limits.check("address", "a", 5)


def test_keys_and_kinds_do_not_share() -> None:
    limits = limiter(Clock())
    assert allowed(limits, 100, "a") == 20
    assert allowed(limits, 100, "b") == 20
    limits.check("account", "a")


def test_what_costs_more_than_the_whole_burst_passes_a_full_bucket_and_empties_it() -> None:
    clock = Clock()
    limits = limiter(clock)
    limits.check("address", "a", 50)
    assert allowed(limits, 1) == 0
    clock.now += 3.2
    assert allowed(limits, 100) == 2


def test_only_so_many_keys_are_remembered() -> None:
    clock = Clock()
    limits = limiter(clock, keys_max=10)
    for number in range(1_000):
        limits.check("address", str(number))
    assert len(limits._full_at) <= 10
    assert allowed(limits, 100, "999") == 19
