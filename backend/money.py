"""Decimal ↔ int: exact conversion of amounts, prices and rates, and the only place that rounds."""

import re
from decimal import Decimal

RATE_DECIMALS = 8
RATE_SCALE = 10**8
"""A fee rate is an integer of this many parts: 0.001 is 100,000."""

DECIMAL_PATTERN = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
"""What an amount may look like at the edge."""


class MalformedDecimal(ValueError):
    """A text is not a plain decimal number of at most 30 digits on each side of the point."""


class TooFine(ValueError):
    """A number has more decimal places than the unit that it is counted in.

    Attributes:
        nearest: The nearest whole number of units (half away from zero).
    """

    def __init__(self, nearest: int) -> None:
        super().__init__(f"the nearest whole number of units is {nearest}")
        self.nearest = nearest


def parse(text: str) -> Decimal:
    """Return the exact number that a text of the contract's form stands for.

    Raises:
        MalformedDecimal: The text has another form (an exponent, a sign +, spaces, more than 30 digits a side).
    """
    if not isinstance(text, str) or DECIMAL_PATTERN.fullmatch(text) is None:
        raise MalformedDecimal('a decimal number is a string such as "0.00150000"')
    return Decimal(text)


def to_units(value: Decimal, decimals: int) -> int:
    """Return how many units of 10 ** -decimals a number is.

    Raises:
        TooFine: It is no whole number of units.
    """
    return to_steps(value, 1, decimals)


def to_steps(value: Decimal, points: int, decimals: int) -> int:
    """Return how many steps of `points` / 10 ** decimals a number is (a price in ticks, a quantity in lots).

    Raises:
        TooFine: It is no whole number of steps.
    """
    numerator, denominator = _fraction(value)
    numerator *= _power_of_ten(decimals)
    denominator *= points
    steps, rest = divmod(numerator, denominator)
    if rest:
        raise TooFine(divide_half_up(numerator, denominator))
    return steps


def plain(units: int, decimals: int) -> str:
    """Return units of 10 ** -decimals as a plain number with exactly that many decimal places."""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if units < 0 else text


def to_decimal(units: int, decimals: int) -> Decimal:
    """Return units of 10 ** -decimals as a Decimal that prints with exactly that many places."""
    sign = 1 if units < 0 else 0
    return Decimal((sign, tuple(int(digit) for digit in str(abs(units))), -decimals))


def shortest_scale(points: int, decimals: int) -> tuple[int, int]:
    """Return the same number `points` / 10 ** decimals with as few decimal places as it needs."""
    while decimals > 0 and points % 10 == 0:
        points //= 10
        decimals -= 1
    return points, decimals


def split(value: Decimal) -> tuple[int, int]:
    """Return a number that is not negative as (points, decimals) with as few decimal places as it needs."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    assert not sign
    points = int("".join(map(str, digits)))
    if exponent > 0:
        return points * _power_of_ten(exponent), 0
    return shortest_scale(points, -exponent)


def fee(received: int, rate: int) -> int:
    """Return the fee on an amount received, rounded up to the house; `rate` counts parts of RATE_SCALE."""
    assert received >= 0
    assert rate >= 0
    return -(-received * rate // RATE_SCALE)


def rebate(received: int, rate: int) -> int:
    """Return the rebate on what the taker received, rounded down; `rate` counts parts of RATE_SCALE."""
    assert received >= 0
    assert rate >= 0
    return received * rate // RATE_SCALE


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest whole number, halves away from zero; the denominator is positive."""
    assert denominator > 0
    quotient, rest = divmod(abs(numerator), denominator)
    quotient += 2 * rest >= denominator
    return -quotient if numerator < 0 else quotient


def _fraction(value: Decimal) -> tuple[int, int]:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "the edge accepts finite numbers only"
    whole = int("".join(map(str, digits)))
    whole = -whole if sign else whole
    return (whole * _power_of_ten(exponent), 1) if exponent >= 0 else (whole, _power_of_ten(-exponent))


def _power_of_ten(exponent: int) -> int:
    assert exponent >= 0
    power: int = 10**exponent
    return power
