"""Seeded price paths: calm and wild hours follow each other, and all prices share most of what moves them."""

import random
from collections.abc import Mapping
from decimal import Decimal
from math import isqrt

from backend.demo.chance import THOUSAND, bell

QUOTE = "USDT"
START_PRICES = {"BTC": Decimal("96000"), "ETH": Decimal("3400"), "SOL": Decimal("180")}
"""In USDT."""

PARTS = 10**9
"""A path's distance from its start counts parts of this."""
STEP_PARTS = 38_000
"""The standard deviation of the common shock of one second in normal times: about 1 % in a day."""
SHARES = {"BTC": (1_000, 350), "ETH": (1_200, 550), "SOL": (1_600, 1_000)}
"""How strongly the common shock and the asset's own one move its price, in thousandths."""
HOME_SECONDS = 400_000
"""How slowly a price comes back to its start: it loses this share of its distance each second."""
DISTANCE_MAX = PARTS // 2

MILLION = 1_000_000
MOOD_SECONDS = 60
MOOD_BASE, MOOD_OF_SHOCK, MOOD_OF_MOOD = 12_000, 108, 880
"""The variance of the next minute: a base in millionths, and thousandths of what the last minute did and had. That is
GARCH(1,1) after Bollerslev (1986): large moves follow large ones."""
MOOD_MIN, MOOD_MAX = 150_000, 9_000_000


class PricePaths:
    """The fair prices of all assets, in USDT, second by second; the same seed and steps give the same prices.

    Args:
        seed: Which path.
        last: Prices to go on from, by asset; the others begin at their start price.
    """

    def __init__(self, seed: int, last: Mapping[str, Decimal] | None = None) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a price path is no secret
        self._distances = {asset: _distance(asset, (last or {}).get(asset)) for asset in START_PRICES}
        self._variance = MILLION
        self._minute_move = 0
        self._minute_seconds = 0

    @property
    def mood(self) -> int:
        """Return how wild the market is, in thousandths of its normal volatility."""
        return isqrt(self._variance)

    def step(self, seconds: int = 1) -> None:
        """Let so many seconds pass."""
        width = isqrt(self._variance * seconds)
        common = STEP_PARTS * width * bell(self._chance) // MILLION
        for asset, distance in self._distances.items():
            of_common, of_own = SHARES[asset]
            own = STEP_PARTS * width * bell(self._chance) // MILLION
            moved = distance - distance * seconds // HOME_SECONDS + (of_common * common + of_own * own) // THOUSAND
            self._distances[asset] = max(-DISTANCE_MAX, min(DISTANCE_MAX, moved))
        self._minute_move += common
        self._minute_seconds += seconds
        if self._minute_seconds >= MOOD_SECONDS:
            self._change_mood()

    def price(self, base: str, quote: str) -> Decimal:
        """Return the fair price of one asset in another; cross prices are those of arbitrage."""
        return self._in_usdt(base) / self._in_usdt(quote)

    def _in_usdt(self, asset: str) -> Decimal:
        if asset == QUOTE:
            return Decimal(1)
        return START_PRICES[asset] * (PARTS + self._distances[asset]) / PARTS

    def _change_mood(self) -> None:
        shock = self._minute_move**2 * MILLION // (STEP_PARTS**2 * self._minute_seconds)
        variance = MOOD_BASE + (MOOD_OF_SHOCK * shock + MOOD_OF_MOOD * self._variance) // THOUSAND
        self._variance = max(MOOD_MIN, min(MOOD_MAX, variance))
        self._minute_move = self._minute_seconds = 0


def _distance(asset: str, last: Decimal | None) -> int:
    if last is None:
        return 0
    distance = int((last / START_PRICES[asset] - 1) * PARTS)
    return max(-DISTANCE_MAX, min(DISTANCE_MAX, distance))
