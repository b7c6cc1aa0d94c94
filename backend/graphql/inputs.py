"""From what a client sends to commands: decimals become ticks, lots and smallest units, or a typed refusal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import strawberry
from strawberry import ID
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

from backend import money
from backend.engine.checks import wrong_shape
from backend.engine.commands import Deposit, PlaceOrder
from backend.engine.keys import KEY_LENGTH_MAX
from backend.engine.values import WORLD_DEMONSTRATION, AccountId, Asset, TimeUs, is_storable
from backend.graphql.amounts import Scale
from backend.graphql.enums import OrderSide, OrderType, SelfTradePrevention, TimeInForce
from backend.graphql.refusals import (
    Path,
    Refused,
    bad_key,
    faucet_too_much,
    not_built_yet,
    not_on_lot,
    not_on_tick,
    not_positive,
    of_order,
    too_fine,
)

Input = TypeVar("Input")

FAUCET_WHOLE_COINS_MAX: Final = 1_000_000
"""One faucet request gives at most so much of an asset."""


def made_directly(input_type: type[Input]) -> type[Input]:
    """Have an input made from its coerced members as they are.

    Strawberry's own way asks each member for its type again, which costs a fifth of the CPU of a `placeOrder`; scalars
    and enums, all that such an input may have, are what they shall be already.
    """
    definition: StrawberryObjectDefinition = input_type.__strawberry_definition__  # type: ignore[attr-defined]
    names = {to_camel_case(member.python_name): member.python_name for member in definition.fields}

    def make(_type: type, given: Mapping[str, Any], _context: object) -> Input:
        return input_type(**{names[name]: value for name, value in given.items()})

    definition.from_input = make
    return input_type


@made_directly
@strawberry.input
class PlaceOrderInput:
    """An order as a client asks for it."""

    market: str
    side: OrderSide
    account_id: ID | None = None
    type: OrderType = OrderType.LIMIT
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trailing_offset: Decimal | None = None
    trailing_percent: Decimal | None = None
    visible_quantity: Decimal | None = None
    time_in_force: TimeInForce | None = strawberry.field(
        default=None, description="Absent: GTC where the order can rest, IOC where it cannot."
    )
    expire_at: TimeUs | None = None
    post_only: bool = False
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    client_order_id: str | None = None


@made_directly
@strawberry.input
class FaucetInput:
    """A wish for demonstration coins."""

    asset: str
    amount: Decimal
    idempotency_key: str


def order_command(given: PlaceOrderInput, account: AccountId, scale: Scale, path: Path) -> PlaceOrder:
    """Return the command of an order, normalised: what a client leaves out has its value, equal numbers are equal.

    Args:
        given: What the client sent.
        account: Whose order it is.
        scale: Of the order's market.
        path: Of the input, for refusals.

    Raises:
        Refused: A member is not offered, an amount is not above zero, or falls between two ticks, lots or units.
    """
    _refuse_what_is_not_built(given, path)
    check_key(given.client_order_id, [*path, "clientOrderId"])
    _refuse_wrong_shape(given, account, scale, path)
    amounts = (
        (given.price, "The price", "price"),
        (given.quantity, "The quantity", "quantity"),
        (given.quote_quantity, "The amount to spend", "quoteQuantity"),
    )
    for amount, what, member in amounts:
        if amount is not None and amount <= 0:
            raise not_positive(what, [*path, member])
    return _command(
        given,
        account,
        price_ticks=None if given.price is None else _ticks(given.price, scale, [*path, "price"]),
        quantity_lots=None if given.quantity is None else _lots(given.quantity, scale, [*path, "quantity"]),
        quote_amount=None
        if given.quote_quantity is None
        else _units(given.quote_quantity, scale.quote, [*path, "quoteQuantity"]),
    )


def faucet_command(given: FaucetInput, account: AccountId, asset: Asset, path: Path) -> Deposit:
    """Return the command of a faucet request.

    Raises:
        Refused: The amount is not above zero, too fine or too large, or the key is of the wrong length.
    """
    check_key(given.idempotency_key, [*path, "idempotencyKey"])
    where = [*path, "amount"]
    if given.amount <= 0:
        raise not_positive("The amount", where)
    limit = FAUCET_WHOLE_COINS_MAX * 10**asset.decimals
    if given.amount > FAUCET_WHOLE_COINS_MAX:
        raise faucet_too_much(limit, asset, where)
    return Deposit(account, asset.code, _units(given.amount, asset, where), WORLD_DEMONSTRATION, given.idempotency_key)


def usable_key(key: str) -> bool:
    """Tell whether a text can be an idempotency key: characters that every database and journal keeps as they are."""
    return 1 <= len(key) <= KEY_LENGTH_MAX and is_storable(key)


def check_key(key: str | None, path: Path) -> None:
    """Refuse a key that can be none.

    Raises:
        Refused: INVALID_INPUT.
    """
    if key is not None and not usable_key(key):
        raise bad_key(path)


_NAMES: Final = {
    OrderType.STOP_LIMIT: "Stop orders are",
    OrderType.STOP_MARKET: "Stop orders are",
    OrderType.TAKE_PROFIT_LIMIT: "Take-profit orders are",
    OrderType.TAKE_PROFIT_MARKET: "Take-profit orders are",
    OrderType.TRAILING_STOP: "Trailing stops are",
}


def _refuse_what_is_not_built(given: PlaceOrderInput, path: Path) -> None:
    if given.type in _NAMES:
        raise not_built_yet(_NAMES[given.type], [*path, "type"])
    members = (
        (given.stop_price, "Stop prices are", "stopPrice"),
        (given.trailing_offset, "Trailing stops are", "trailingOffset"),
        (given.trailing_percent, "Trailing stops are", "trailingPercent"),
        (given.visible_quantity, "Iceberg orders are", "visibleQuantity"),
        (given.expire_at, "Orders that expire are", "expireAt"),
    )
    for value, what, member in members:
        if value is not None:
            raise not_built_yet(what, [*path, member])
    if given.time_in_force is TimeInForce.GTD:
        raise not_built_yet("Orders that expire are", [*path, "timeInForce"])
    if given.self_trade_prevention is not SelfTradePrevention.CANCEL_NEWEST:
        what = f"Self-trade prevention {given.self_trade_prevention.value} is"
        raise not_built_yet(what, [*path, "selfTradePrevention"])


def _refuse_wrong_shape(given: PlaceOrderInput, account: AccountId, scale: Scale, path: Path) -> None:
    """Say what is missing or too much before looking at numbers: the engine's own rule, on an order of ones."""
    shape = _command(
        given,
        account,
        price_ticks=None if given.price is None else 1,
        quantity_lots=None if given.quantity is None else 1,
        quote_amount=None if given.quote_quantity is None else 1,
    )
    refusal = wrong_shape(shape)
    if refusal is not None:
        error = of_order(refusal, shape, scale, path)
        raise Refused(error.code, error.message, error.path)


def _command(
    given: PlaceOrderInput,
    account: AccountId,
    *,
    price_ticks: int | None,
    quantity_lots: int | None,
    quote_amount: int | None,
) -> PlaceOrder:
    default = TimeInForce.IOC if given.type is OrderType.MARKET else TimeInForce.GTC
    return PlaceOrder(
        account=account,
        market=given.market,
        side=given.side,
        type=given.type,
        time_in_force=given.time_in_force or default,
        post_only=given.post_only,
        self_trade_prevention=given.self_trade_prevention,
        price_ticks=price_ticks,
        quantity_lots=quantity_lots,
        quote_amount=quote_amount,
        client_order_id=given.client_order_id,
    )


def _ticks(price: Decimal, scale: Scale, path: Path) -> int:
    try:
        return money.to_steps(price, scale.market.tick_points, scale.market.tick_decimals)
    except money.TooFine as error:
        raise not_on_tick(scale, error.nearest, path) from None


def _lots(quantity: Decimal, scale: Scale, path: Path) -> int:
    try:
        return money.to_steps(quantity, scale.market.lot_units, scale.base.decimals)
    except money.TooFine:
        raise not_on_lot(scale, path) from None


def _units(amount: Decimal, asset: Asset, path: Path) -> int:
    try:
        return money.to_units(amount, asset.decimals)
    except money.TooFine:
        raise too_fine(asset, path) from None
