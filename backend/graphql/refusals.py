"""Refusals as data: `UserError`, and the words for each way in which the edge says no."""

from collections.abc import Sequence
from typing import Final

import strawberry

from backend.engine.keys import KEY_LENGTH_MAX
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.values import Asset, OrderStatus
from backend.graphql.amounts import Scale, echo, spoken_amount
from backend.graphql.enums import ErrorCode

Path = Sequence[str]

CANCEL_AFTER_SECONDS_MAX: Final = 86_400
"""The dead man's switch waits at most so long."""


@strawberry.type
class UserError:
    """Why something was refused."""

    code: ErrorCode
    message: str = strawberry.field(description="For a person, in plain words, with the limit that was broken.")
    path: list[str] = strawberry.field(
        description=("The path of the input that it is about, outermost first; empty when it is about no single input.")
    )


class Refused(Exception):
    """An input is refused at the edge, before any command is made of it.

    Args:
        code: What a program acts upon.
        message: What a person reads.
        path: The input that it is about, outermost first.
    """

    def __init__(self, code: ErrorCode, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.error = UserError(code=code, message=message, path=list(path))


FIELD_NAMES: Final = {
    "account": "accountId",
    "market": "market",
    "asset": "asset",
    "amount": "amount",
    "price_ticks": "price",
    "quantity_lots": "quantity",
    "quote_amount": "quoteQuantity",
    "stop_ticks": "stopPrice",
    "stop_limit_ticks": "stopLimitPrice",
    "trailing_ticks": "trailingOffset",
    "trailing_rate": "trailingPercent",
    "visible_lots": "visibleQuantity",
    "time_in_force": "timeInForce",
    "expire_at": "expireAt",
    "post_only": "postOnly",
    "client_order_id": "clientOrderId",
    "limit_client_order_id": "limitClientOrderId",
    "stop_client_order_id": "stopClientOrderId",
    "key": "idempotencyKey",
    "order": "id",
    "seconds": "seconds",
}
"""A command's field → the input that it came from."""


def no_such_market(symbol: str, path: Path) -> Refused:
    """Return the refusal of a market that there is not."""
    return Refused(ErrorCode.UNKNOWN_MARKET, f"There is no market {echo(symbol)}.", path)


def no_such_asset(code: str, path: Path) -> Refused:
    """Return the refusal of an asset that there is not."""
    return Refused(ErrorCode.UNKNOWN_ASSET, f"There is no asset {echo(code)}.", path)


def not_positive(what: str, path: Path) -> Refused:
    """Return the refusal of an amount of zero or less."""
    return Refused(ErrorCode.AMOUNT_OUT_OF_RANGE, f"{what} must be more than zero.", path)


def not_on_tick(scale: Scale, nearest: int, what: str, path: Path) -> Refused:
    """Return the refusal of a price, or a distance, between two ticks."""
    nearest = max(nearest, 1)
    message = f"{what} move in steps of {scale.spoken_price(1)}. Nearest: {scale.spoken_price(nearest)}."
    return Refused(ErrorCode.PRICE_NOT_ON_TICK, message, path)


def not_on_lot(scale: Scale, path: Path) -> Refused:
    """Return the refusal of a quantity between two lots."""
    return Refused(ErrorCode.QUANTITY_NOT_ON_LOT, f"Amounts move in lots of {scale.spoken_quantity(1)}.", path)


def too_fine(asset: Asset, path: Path) -> Refused:
    """Return the refusal of an amount that has more decimals than its asset."""
    message = f"{asset.code} has {asset.decimals} decimals, the amount has more."
    return Refused(ErrorCode.AMOUNT_OUT_OF_RANGE, message, path)


def invalid(message: str, path: Path) -> Refused:
    """Return the refusal of an input that contradicts another or has no sense."""
    return Refused(ErrorCode.INVALID_INPUT, message, path)


def bad_key(path: Path) -> Refused:
    """Return the refusal of an idempotency key of the wrong length."""
    return invalid(f"A key has 1 to {KEY_LENGTH_MAX} printable characters.", path)


def no_such_order(path: Path) -> Refused:
    """Return the refusal of an order that the account never had."""
    return Refused(ErrorCode.UNKNOWN_ORDER, "This account has no such order.", path)


def order_ended(status: OrderStatus, path: Path) -> Refused:
    """Return the refusal to cancel an order that has ended."""
    word = _ENDED.get(status, "closed")
    return Refused(ErrorCode.ORDER_NOT_OPEN, f"The order is {word} already.", path)


def faucet_too_much(limit_units: int, asset: Asset, path: Path) -> Refused:
    """Return the refusal of a faucet request above the limit."""
    message = f"One request gives at most {spoken_amount(limit_units, asset)}."
    return Refused(ErrorCode.AMOUNT_OUT_OF_RANGE, message, path)


def of_deposit(refusal: Refusal, asset: Asset, path: Path) -> UserError:
    """Put the engine's refusal of a deposit into words."""
    words = {
        RefusalCode.AMOUNT_OUT_OF_RANGE: f"The balance would be more {asset.code} than this exchange can keep.",
        RefusalCode.DUPLICATE_KEY: "This idempotency key belongs to another request. Use a new one.",
        RefusalCode.INVALID_INPUT: f"A key has 1 to {KEY_LENGTH_MAX} characters.",
        RefusalCode.UNKNOWN_ASSET: f"There is no asset {asset.code}.",
        RefusalCode.UNKNOWN_ACCOUNT: "There is no such account.",
    }
    return user_error(refusal, words[refusal.code], path)


def of_cancellation(refusal: Refusal, path: Path) -> UserError:
    """Put the engine's refusal to cancel into words."""
    seconds = f"The switch waits 1 to {CANCEL_AFTER_SECONDS_MAX:,} seconds; 0 turns it off."
    words = {
        RefusalCode.INVALID_INPUT: seconds
        if refusal.field == "seconds"
        else "Say which order: by id or by clientOrderId, one of the two.",
        RefusalCode.UNKNOWN_ACCOUNT: "There is no such account.",
        RefusalCode.ACCOUNT_FROZEN: "This account is frozen and has no open orders. Ask the operators.",
        RefusalCode.UNKNOWN_MARKET: "There is no such market.",
        RefusalCode.UNKNOWN_ORDER: "This account has no such order.",
    }
    return user_error(refusal, words[refusal.code], path)


def user_error(refusal: Refusal, message: str, path: Path) -> UserError:
    """Return the engine's refusal with its words; its field becomes the last part of the path."""
    where = [*path, FIELD_NAMES[refusal.field]] if refusal.field else []
    return UserError(code=ErrorCode(refusal.code.value), message=message, path=where)


_ENDED: Final = {
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected",
}
