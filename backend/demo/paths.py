"""Seeded price paths: random walks that come back to where they began; the same seed gives the same path."""

import random
from collections.abc import Mapping
from decimal import Decimal

QUOTE = "USDT"
START_PRICES = {"BTC": Decimal("96000"), "ETH": Decimal("3400"), "SOL": Decimal("180")}
"""In USDT."""

PARTS = 10**9
"""A path's distance from its start counts parts of this."""
COMMON_STEP_MAX = 45_000
OWN_STEP_MAX = 55_000
"""Each second moves every price by a step of the first size and each by one of the second: about 0.25 % in an hour."""
HOME_SECONDS = 50_000
"""How slowly a price comes back: it loses this share of its distance each second."""
DISTANCE_MAX = PARTS // 2


class PricePaths:
    """The fair prices of all assets, in USDT, second by second.

    Args:
        seed: Which path.
        last: Prices to go on from, by asset; the others begin at their start price.
    """

    def __init__(self, seed: int, last: Mapping[str, Decimal] | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a price path is no secret
        self._distances = {asset: _distance(asset, (last or {}).get(asset)) for asset in START_PRICES}

    def step(self) -> None:
        """Let one second pass."""
        common = self._random.randint(-COMMON_STEP_MAX, COMMON_STEP_MAX)
        for asset, distance in self._distances.items():
            own = self._random.randint(-OWN_STEP_MAX, OWN_STEP_MAX)
            moved = distance - distance // HOME_SECONDS + common + own
            self._distances[asset] = max(-DISTANCE_MAX, min(DISTANCE_MAX, moved))

    def price(self, base: str, quote: str) -> Decimal:
        """Return the fair price of one asset in another."""
        return self._in_usdt(base) / self._in_usdt(quote)

    def _in_usdt(self, asset: str) -> Decimal:
        if asset == QUOTE:
            return Decimal(1)
        return START_PRICES[asset] * (PARTS + self._distances[asset]) / PARTS


def _distance(asset: str, last: Decimal | None) -> int:
    if last is None:
        return 0
    distance = int((last / START_PRICES[asset] - 1) * PARTS)
    return max(-DISTANCE_MAX, min(DISTANCE_MAX, distance))
