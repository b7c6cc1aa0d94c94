"""The three scalars of the contract: `Decimal`, `DateTime` and `Long`."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from backend import money
from backend.engine.values import TimeUs

Plain = NewType("Plain", str)
"""A decimal number as it goes out: a plain text at the scale of what it counts. `Decimal` is how it comes in."""

Long = NewType("Long", int)
"""A whole number below 2^53."""

LONG_END = 2**53

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)"
    r"(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


def instant(time: TimeUs) -> str:
    """Return a time as ISO 8601 in UTC with microseconds."""
    moment = _EPOCH + timedelta(microseconds=time)
    return f"{moment.isoformat(timespec='microseconds')}Z"


def parse_instant(text: object) -> TimeUs:
    """Return the time that an ISO 8601 text with a UTC offset and at most six decimals stands for.

    Raises:
        GraphQLError: It is no such text, or there is no such day or hour.
    """
    found = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise GraphQLError('DateTime: an instant is a string such as "2026-11-22T11:37:28.123456Z".')
    local, sign, hours, minutes = found.groups()
    try:
        time = (datetime.fromisoformat(_six_decimals(local)) - _EPOCH) // _MICROSECOND
    except ValueError as error:
        raise GraphQLError("DateTime: there is no such day or hour.") from error
    offset = (int(hours) * 3600 + int(minutes) * 60) * 1_000_000 if sign else 0
    return TimeUs(time + offset if sign == "-" else time - offset)


def _six_decimals(local: str) -> str:
    whole, _, decimals = local.partition(".")
    return f"{whole}.{decimals.ljust(6, '0')}"


def _parse_decimal(value: object) -> Decimal:
    try:
        return money.parse(value)  # type: ignore[arg-type]  # it refuses what is no text
    except money.MalformedDecimal as error:
        raise GraphQLError(
            'Decimal: an amount is a string such as "0.00150000", with at most 30 digits on each side of the point.'
        ) from error


def _decimal_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> Decimal:
    return _parse_decimal(node.value if isinstance(node, StringValueNode) else None)


def _instant_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> TimeUs:
    return parse_instant(node.value if isinstance(node, StringValueNode) else None)


def _serialize_decimal(value: object) -> str:
    assert isinstance(value, str), "amounts are printed where their scale is known"
    return value


def _serialize_long(value: object) -> int:
    assert isinstance(value, int)
    assert -LONG_END < value < LONG_END
    return value


def _parse_long(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -LONG_END < value < LONG_END:
        raise GraphQLError("Long: a whole number below 2^53.")
    return value


_DECIMAL = strawberry.scalar(
    name="Decimal",
    description='An exact decimal number as a string, such as "0.00150000".',
    serialize=_serialize_decimal,
    parse_value=_parse_decimal,
    parse_literal=_decimal_literal,
)
_DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="An instant in UTC, ISO 8601 with microseconds.",
    serialize=instant,
    parse_value=parse_instant,
    parse_literal=_instant_literal,
)
_LONG = strawberry.scalar(
    name="Long",
    description="A 64-bit integer below 2^53, a JSON number.",
    serialize=_serialize_long,
    parse_value=_parse_long,
)

SCALARS: dict[object, ScalarDefinition] = {Plain: _DECIMAL, Decimal: _DECIMAL, TimeUs: _DATE_TIME, Long: _LONG}
"""Python type → scalar, for the schema's configuration."""
