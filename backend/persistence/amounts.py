"""The SQL type of amounts: whole numbers of up to 38 digits, which no integer type of either database holds."""

from typing import Any

from sqlalchemy import Dialect, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

AMOUNT_DIGITS = 38
"""What a balance, a price in ticks, a quantity in lots or a value may have."""

TURNOVER_DIGITS = 60
"""What a sum of many values may have."""


class Amount(TypeDecorator[int]):
    """A whole number, an `int` in Python.

    `NUMERIC(digits, 0)` on PostgreSQL. Text on SQLite, whose integers end at 64 bits and whose floats round: padded
    with zeros to `digits`, with a minus sign before it where it is negative, so that numbers of one sign are in order.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, digits: int = AMOUNT_DIGITS) -> None:
        super().__init__(digits, 0)
        self.digits = digits
        self._limit = 10**digits

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the column is on this database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(Numeric(self.digits, 0))

    def bind_processor(self, dialect: Dialect) -> Any:
        """Return what turns an int into the driver's value; the base class would call two functions for each."""
        digits, limit = self.digits, self._limit

        def to_text(value: int | None) -> str | None:
            if value is None:
                return None
            if not -limit < value < limit:
                raise ValueError(f"an amount has at most {digits} digits")
            return f"{value:0{digits}d}" if value >= 0 else f"-{-value:0{digits}d}"

        def to_digits(value: int | None) -> str | None:
            # As a text of no type, which the server takes for what the column is. For an int the driver would name the
            # smallest type that holds it, and each mixture of types in a row is another statement to be planned.
            if value is not None and not -limit < value < limit:
                raise ValueError(f"an amount has at most {digits} digits")
            return None if value is None else str(value)

        return to_text if dialect.name == "sqlite" else to_digits

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what turns the driver's value into an int."""

        def to_int(value: Any) -> int | None:
            return None if value is None else int(value)

        return to_int
