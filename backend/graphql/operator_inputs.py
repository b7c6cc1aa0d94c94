"""What operators send, made into commands: decimals become ticks, lots, smallest units and rates, or a refusal."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from backend import money
from backend.engine.commands import CreateMarket, SetFeeTiers, UpdateMarket
from backend.engine.values import Asset, FeeTier
from backend.graphql import steps
from backend.graphql.amounts import Scale
from backend.graphql.enums import ErrorCode
from backend.graphql.refusals import Path, Refused, invalid, no_such_asset

PATH: Final[Path] = ("input",)
OPEN_ORDERS_PER_ACCOUNT: Final = 200
"""What a market that is created without a limit lets one account have."""


@strawberry.input
class CreateAssetInput:
    """A new asset."""

    code: str
    name: str
    decimals: int


@strawberry.input(description="A new market starts HALTED.")
class CreateMarketInput:
    """The rules of a new market."""

    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    minimum_notional: Decimal
    maker_fee: Decimal
    taker_fee: Decimal
    maximum_quantity: Decimal | None = None
    price_band: Decimal | None = None
    open_orders_per_account: int = OPEN_ORDERS_PER_ACCOUNT
    breaker_move: Decimal | None = strawberry.field(
        default=None,
        description=(
            "A move by more than this fraction within `breakerWindow` minutes begins an auction of `breakerPause` "
            "seconds; all three or none."
        ),
    )
    breaker_window: int | None = None
    breaker_pause: int | None = None


@strawberry.input(description="Absent: as it was. Null: without it, where a market can be without it.")
class UpdateMarketInput:
    """Rules of a market that change."""

    market: str
    minimum_notional: Decimal | None = UNSET
    maximum_quantity: Decimal | None = UNSET
    price_band: Decimal | None = UNSET
    open_orders_per_account: int | None = UNSET
    maker_fee: Decimal | None = UNSET
    taker_fee: Decimal | None = UNSET
    breaker_move: Decimal | None = UNSET
    breaker_window: int | None = UNSET
    breaker_pause: int | None = UNSET


@strawberry.input
class FeeTierInput:
    """Rates for those who traded at least `volume30d` in 30 days."""

    name: str
    volume30d: Decimal
    maker_fee: Decimal
    taker_fee: Decimal


def creation(given: CreateMarketInput, assets: Mapping[str, Asset]) -> CreateMarket:
    """Return the command that creates a market.

    Raises:
        Refused: UNKNOWN_ASSET; AMOUNT_OUT_OF_RANGE, a number is negative, zero where it cannot be, or too fine.
    """
    base, quote = _known(given.base, "base", assets), _known(given.quote, "quote", assets)
    steps.refuse_not_positive(
        {
            "tickSize": (given.tick_size, "The tick size"),
            "lotSize": (given.lot_size, "The lot size"),
            "maximumQuantity": (given.maximum_quantity, "The largest quantity"),
        },
        PATH,
    )
    tick_points, tick_decimals = money.split(given.tick_size)
    lot_units = steps.units(given.lot_size, base, [*PATH, "lotSize"])
    maximum = given.maximum_quantity
    return CreateMarket(
        base=base.code,
        quote=quote.code,
        tick_points=tick_points,
        tick_decimals=tick_decimals,
        lot_units=lot_units,
        minimum_notional=steps.units(given.minimum_notional, quote, [*PATH, "minimumNotional"]),
        maximum_lots=None if maximum is None else _maximum_lots(maximum, lot_units, base),
        open_orders_per_account=given.open_orders_per_account,
        maker_rate=steps.rate(given.maker_fee, "A fee", [*PATH, "makerFee"]),
        taker_rate=steps.rate(given.taker_fee, "A fee", [*PATH, "takerFee"]),
        band_rate=_fraction(given.price_band, "priceBand"),
        breaker_rate=_fraction(given.breaker_move, "breakerMove"),
        breaker_minutes=given.breaker_window,
        breaker_pause_s=given.breaker_pause,
    )


def change(given: UpdateMarketInput, scale: Scale) -> UpdateMarket:
    """Return the command that changes rules of a market, with the rules that were given.

    Raises:
        Refused: INVALID_INPUT, nothing is to change, or null for a rule that every market has; AMOUNT_OUT_OF_RANGE.
    """
    changes: dict[str, int | None] = {}
    for rule in _RULES:
        value, path = getattr(given, rule.name), [*PATH, rule.member]
        if value is UNSET:
            continue
        if value is None and not rule.is_optional:
            raise invalid("Every market has this rule: give a value, or leave it out to keep it.", path)
        changes[rule.field] = None if value is None else rule.convert(value, scale, path)
    if not changes:
        raise invalid("Say what is to change.", PATH)
    return UpdateMarket(given.market, changes)


def tiers(given: list[FeeTierInput], volume_asset: Asset) -> SetFeeTiers:
    """Return the command that replaces the fee tiers.

    Raises:
        Refused: AMOUNT_OUT_OF_RANGE, a number is too fine.
    """

    def tier(one: FeeTierInput, path: Path) -> FeeTier:
        volume = steps.units(one.volume30d, volume_asset, [*path, "volume30d"])
        maker = steps.rate(one.maker_fee, "A fee", [*path, "makerFee"])
        return FeeTier(one.name, volume, maker, steps.rate(one.taker_fee, "A fee", [*path, "takerFee"]))

    return SetFeeTiers(volume_asset.code, tuple(tier(one, ["tiers", str(number)]) for number, one in enumerate(given)))


def as_given(given: object) -> dict[str, Any]:
    """Return an input as the audit log keeps it: the members that were given, under the names that the API has."""
    names = given.__dataclass_fields__  # type: ignore[attr-defined]  # inputs are dataclasses
    members = ((name, getattr(given, name)) for name in names)
    return {
        to_camel_case(name): str(value) if isinstance(value, Decimal) else value
        for name, value in members
        if value is not UNSET
    }


def _known(code: str, member: str, assets: Mapping[str, Asset]) -> Asset:
    asset = assets.get(code)
    if asset is None:
        raise no_such_asset(code, [*PATH, member])
    return asset


def _fraction(value: Decimal | None, member: str) -> int | None:
    return None if value is None else steps.rate(value, "A fraction", [*PATH, member])


def _maximum_lots(quantity: Decimal, lot_units: int, base: Asset) -> int:
    try:
        return money.to_steps(quantity, lot_units, base.decimals)
    except money.TooFine:
        raise _not_whole_lots(lot_units, base) from None


def _not_whole_lots(lot_units: int, base: Asset) -> Refused:
    lot = money.plain(*money.shortest_scale(lot_units, base.decimals))
    message = f"The largest quantity must be a whole number of lots of {lot} {base.code}."
    return Refused(ErrorCode.QUANTITY_NOT_ON_LOT, message, [*PATH, "maximumQuantity"])


def _amount(value: Decimal, scale: Scale, path: Path) -> int:
    return steps.units(value, scale.quote, path)


def _lots(value: Decimal, scale: Scale, _path: Path) -> int:
    return _maximum_lots(value, scale.market.lot_units, scale.base)


def _fee(value: Decimal, _scale: Scale, path: Path) -> int:
    return steps.rate(value, "A fee", path)


def _part(value: Decimal, _scale: Scale, path: Path) -> int:
    return steps.rate(value, "A fraction", path)


def _count(value: int, _scale: Scale, _path: Path) -> int:
    return value


class _Rule(NamedTuple):
    """A rule that can change: the input's member, its name in Python, the engine's field, and how it is counted."""

    member: str
    name: str
    field: str
    is_optional: bool
    convert: Callable[[Any, Scale, Path], int]


_RULES: Final = (
    _Rule("minimumNotional", "minimum_notional", "minimum_notional", False, _amount),
    _Rule("maximumQuantity", "maximum_quantity", "maximum_lots", True, _lots),
    _Rule("priceBand", "price_band", "band_rate", True, _part),
    _Rule("openOrdersPerAccount", "open_orders_per_account", "open_orders_per_account", False, _count),
    _Rule("makerFee", "maker_fee", "maker_rate", False, _fee),
    _Rule("takerFee", "taker_fee", "taker_rate", False, _fee),
    _Rule("breakerMove", "breaker_move", "breaker_rate", True, _part),
    _Rule("breakerWindow", "breaker_window", "breaker_minutes", True, _count),
    _Rule("breakerPause", "breaker_pause", "breaker_pause_s", True, _count),
)
