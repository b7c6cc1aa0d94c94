"""From decimals to ticks, lots, smallest units and rates, or a refusal that names the step or the limit."""

from decimal import Decimal
from typing import Final

from backend import money
from backend.engine.values import Asset
from backend.graphql.amounts import Scale
from backend.graphql.enums import ErrorCode
from backend.graphql.refusals import Path, Refused, not_on_lot, not_on_tick, not_positive, too_fine

PERCENT_DECIMALS: Final = money.RATE_DECIMALS - 2
"""A percentage has at most so many decimals: then it is a whole number of parts of `money.RATE_SCALE`."""


def ticks(price: Decimal | None, scale: Scale, what: str, path: Path) -> int | None:
    """Return a price, or a distance of prices, in ticks.

    Raises:
        Refused: PRICE_NOT_ON_TICK.
    """
    if price is None:
        return None
    try:
        return money.to_steps(price, scale.market.tick_points, scale.market.tick_decimals)
    except money.TooFine as error:
        raise not_on_tick(scale, error.nearest, what, path) from None


def lots(quantity: Decimal | None, scale: Scale, path: Path) -> int | None:
    """Return a quantity in lots.

    Raises:
        Refused: QUANTITY_NOT_ON_LOT.
    """
    if quantity is None:
        return None
    try:
        return money.to_steps(quantity, scale.market.lot_units, scale.base.decimals)
    except money.TooFine:
        raise not_on_lot(scale, path) from None


def units(amount: Decimal, asset: Asset, path: Path) -> int:
    """Return an amount in smallest units of its asset.

    Raises:
        Refused: AMOUNT_OUT_OF_RANGE, it has too many decimals.
    """
    try:
        return money.to_units(amount, asset.decimals)
    except money.TooFine:
        raise too_fine(asset, path) from None


def rate_of_percent(percent: Decimal | None, path: Path) -> int | None:
    """Return a percentage between 0 and 100 as a rate.

    Raises:
        Refused: AMOUNT_OUT_OF_RANGE.
    """
    if percent is None:
        return None
    if percent >= 100:
        raise Refused(ErrorCode.AMOUNT_OUT_OF_RANGE, "The percentage must be less than 100.", path)
    return _rate(percent, PERCENT_DECIMALS, "A percentage", path)


def rate(fraction: Decimal, what: str, path: Path) -> int:
    """Return a fraction, such as a fee of 0.001, as a rate.

    Raises:
        Refused: AMOUNT_OUT_OF_RANGE, it has too many decimals.
    """
    return _rate(fraction, money.RATE_DECIMALS, what, path)


def refuse_not_positive(values: dict[str, tuple[Decimal | None, str]], path: Path) -> None:
    """Refuse the first of these members that is zero or less: it is asked before tick and lot.

    Args:
        values: The members of the input with their values and names in words.
        path: Of the input.

    Raises:
        Refused: AMOUNT_OUT_OF_RANGE.
    """
    for member, (value, what) in values.items():
        if value is not None and value <= 0:
            raise not_positive(what, [*path, member])


def _rate(number: Decimal, decimals: int, what: str, path: Path) -> int:
    try:
        return money.to_units(number, decimals)
    except money.TooFine:
        message = f"{what} has at most {decimals} decimals."
        raise Refused(ErrorCode.AMOUNT_OUT_OF_RANGE, message, path) from None
