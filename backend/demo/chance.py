"""Chance that repeats itself on every machine: whole numbers and exact decimals, no mathematics of the C library."""

import random
from decimal import Decimal

THOUSAND = 1_000
_BELL_CENTRE = 2 * 0xFFFF
_BELL_WIDTH = 37_837
"""The standard deviation of the sum of four numbers of 16 bits."""


def bell(chance: random.Random) -> int:
    """Return a number in thousandths of a standard deviation; about normal, never beyond 3.5 of them."""
    bits = chance.getrandbits(64)
    total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (total - _BELL_CENTRE) * THOUSAND // _BELL_WIDTH


def lognormal(chance: random.Random, median: Decimal, spread: Decimal) -> Decimal:
    """Return a number whose logarithm is normal: many small ones, now and then a large one."""
    return median * (spread * bell(chance) / THOUSAND).exp()


def happens(chance: random.Random, thousandths: int) -> bool:
    """Return True in so many of a thousand cases."""
    return chance.getrandbits(20) * THOUSAND < thousandths << 20
