"""From what a client sends to commands: decimals become ticks, lots and smallest units, or a typed refusal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import strawberry
from strawberry import ID
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

from backend.engine.checks import wrong_shape
from backend.engine.commands import AmendOrder, Deposit, PlaceOcoOrder, PlaceOrder
from backend.engine.keys import KEY_LENGTH_MAX
from backend.engine.values import LIMIT_TYPES, WORLD_DEMONSTRATION, AccountId, Asset, Order, TimeUs, is_storable
from backend.graphql import steps
from backend.graphql.amounts import Scale
from backend.graphql.enums import OrderSide, OrderType, SelfTradePrevention, TimeInForce
from backend.graphql.refusals import Path, Refused, bad_key, faucet_too_much, invalid, not_positive
from backend.graphql.words import of_order

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
class PlaceOcoOrderInput:
    """A limit order and a stop order on one side, of which one cancels the other."""

    market: str
    side: OrderSide
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    account_id: ID | None = None
    stop_limit_price: Decimal | None = strawberry.field(
        default=None, description="Absent: the stop leg is a market order."
    )
    limit_client_order_id: str | None = None
    stop_client_order_id: str | None = None


@made_directly
@strawberry.input
class AmendOrderInput:
    """What is to change of an open order."""

    account_id: ID | None = None
    id: ID | None = None
    client_order_id: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    stop_price: Decimal | None = None


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
        Refused: Members contradict each other, an amount is not above zero, or falls between two ticks, lots or units.
    """
    check_key(given.client_order_id, [*path, "clientOrderId"])
    _refuse_wrong_shape(given, account, scale, path)
    steps.refuse_not_positive({member: (getattr(given, name), what) for member, name, what in _AMOUNTS}, path)
    spend = given.quote_quantity
    return _command(
        given,
        account,
        price_ticks=steps.ticks(given.price, scale, "Prices", [*path, "price"]),
        quantity_lots=steps.lots(given.quantity, scale, [*path, "quantity"]),
        quote_amount=None if spend is None else steps.units(spend, scale.quote, [*path, "quoteQuantity"]),
        stop_ticks=steps.ticks(given.stop_price, scale, "Prices", [*path, "stopPrice"]),
        trailing_ticks=steps.ticks(given.trailing_offset, scale, "Offsets", [*path, "trailingOffset"]),
        trailing_rate=steps.rate_of_percent(given.trailing_percent, [*path, "trailingPercent"]),
        visible_lots=steps.lots(given.visible_quantity, scale, [*path, "visibleQuantity"]),
    )


def pair_command(given: PlaceOcoOrderInput, account: AccountId, scale: Scale, path: Path) -> PlaceOcoOrder:
    """Return the command of a pair of orders, normalised; arguments and errors as those of `order_command`."""
    check_key(given.limit_client_order_id, [*path, "limitClientOrderId"])
    check_key(given.stop_client_order_id, [*path, "stopClientOrderId"])
    prices = {
        "price": (given.price, "The price"),
        "stopPrice": (given.stop_price, "The stop price"),
        "stopLimitPrice": (given.stop_limit_price, "The stop order's price"),
    }
    steps.refuse_not_positive({"quantity": (given.quantity, "The quantity"), **prices}, path)
    price, stop, stop_limit = (
        steps.ticks(value, scale, "Prices", [*path, member]) for member, (value, _) in prices.items()
    )
    lots = steps.lots(given.quantity, scale, [*path, "quantity"])
    assert lots is not None
    assert price is not None
    assert stop is not None
    return PlaceOcoOrder(
        account=account,
        market=given.market,
        side=given.side,
        quantity_lots=lots,
        price_ticks=price,
        stop_ticks=stop,
        stop_limit_ticks=stop_limit,
        limit_client_order_id=given.limit_client_order_id,
        stop_client_order_id=given.stop_client_order_id,
    )


def amend_command(given: AmendOrderInput, order: Order, scale: Scale, path: Path) -> AmendOrder:
    """Return the command that amends an order, by its id; arguments and errors as those of `order_command`."""
    if given.price is None and given.quantity is None and given.stop_price is None:
        raise invalid("Say what is to change: price, quantity or stopPrice.", path)
    steps.refuse_not_positive(
        {
            "price": (given.price, "The price"),
            "quantity": (given.quantity, "The quantity"),
            "stopPrice": (given.stop_price, "The stop price"),
        },
        path,
    )
    return AmendOrder(
        account=order.account,
        order=order.id,
        client_order_id=None,
        price_ticks=steps.ticks(given.price, scale, "Prices", [*path, "price"]),
        quantity_lots=steps.lots(given.quantity, scale, [*path, "quantity"]),
        stop_ticks=steps.ticks(given.stop_price, scale, "Prices", [*path, "stopPrice"]),
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
    return Deposit(
        account, asset.code, steps.units(given.amount, asset, where), WORLD_DEMONSTRATION, given.idempotency_key
    )


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


_AMOUNTS: Final = (
    ("price", "price", "The price"),
    ("quantity", "quantity", "The quantity"),
    ("quoteQuantity", "quote_quantity", "The amount to spend"),
    ("stopPrice", "stop_price", "The stop price"),
    ("trailingOffset", "trailing_offset", "The offset"),
    ("trailingPercent", "trailing_percent", "The percentage"),
    ("visibleQuantity", "visible_quantity", "The visible quantity"),
)


def _refuse_wrong_shape(given: PlaceOrderInput, account: AccountId, scale: Scale, path: Path) -> None:
    """Say what is missing or too much before looking at numbers: the engine's own rule, on an order of ones."""

    def one(member: Decimal | None) -> int | None:
        return None if member is None else 1

    shape = _command(
        given,
        account,
        price_ticks=one(given.price),
        quantity_lots=one(given.quantity),
        quote_amount=one(given.quote_quantity),
        stop_ticks=one(given.stop_price),
        trailing_ticks=one(given.trailing_offset),
        trailing_rate=one(given.trailing_percent),
        visible_lots=one(given.visible_quantity),
    )
    refusal = wrong_shape(shape)
    if refusal is not None:
        error = of_order(refusal, shape, scale, path)
        raise Refused(error.code, error.message, error.path)


def _command(given: PlaceOrderInput, account: AccountId, **numbers: int | None) -> PlaceOrder:
    time_in_force = given.time_in_force
    if time_in_force is None and given.expire_at is not None:
        time_in_force = TimeInForce.GTD
    if time_in_force is None:
        time_in_force = TimeInForce.GTC if given.type in LIMIT_TYPES else TimeInForce.IOC
    return PlaceOrder(
        account=account,
        market=given.market,
        side=given.side,
        type=given.type,
        time_in_force=time_in_force,
        post_only=given.post_only,
        self_trade_prevention=given.self_trade_prevention,
        client_order_id=given.client_order_id,
        expire_at=given.expire_at,
        **numbers,
    )
