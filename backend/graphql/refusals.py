"""Refusals as data: `UserError`, and the words for each way in which the engine or the edge says no."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import strawberry

from backend.engine.commands import PlaceOrder
from backend.engine.keys import KEY_LENGTH_MAX
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.values import Asset, MarketStatus, OrderStatus, OrderType, Side
from backend.graphql.amounts import Scale, echo, grouped, spoken_amount
from backend.graphql.enums import ErrorCode

Path = Sequence[str]


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
    "type": "type",
    "price_ticks": "price",
    "quantity_lots": "quantity",
    "quote_amount": "quoteQuantity",
    "time_in_force": "timeInForce",
    "post_only": "postOnly",
    "self_trade_prevention": "selfTradePrevention",
    "client_order_id": "clientOrderId",
    "key": "idempotencyKey",
    "order": "id",
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


def not_on_tick(scale: Scale, nearest: int, path: Path) -> Refused:
    """Return the refusal of a price between two ticks."""
    nearest = max(nearest, 1)
    message = f"Prices move in steps of {scale.spoken_price(1)}. Nearest: {scale.spoken_price(nearest)}."
    return Refused(ErrorCode.PRICE_NOT_ON_TICK, message, path)


def not_on_lot(scale: Scale, path: Path) -> Refused:
    """Return the refusal of a quantity between two lots."""
    return Refused(ErrorCode.QUANTITY_NOT_ON_LOT, f"Amounts move in lots of {scale.spoken_quantity(1)}.", path)


def too_fine(asset: Asset, path: Path) -> Refused:
    """Return the refusal of an amount that has more decimals than its asset."""
    message = f"{asset.code} has {asset.decimals} decimals, the amount has more."
    return Refused(ErrorCode.AMOUNT_OUT_OF_RANGE, message, path)


def not_built_yet(what: str, path: Path) -> Refused:
    """Return the refusal of a member of the contract that this version does not offer."""
    return Refused(ErrorCode.INVALID_INPUT, f"{what} not available on this exchange yet.", path)


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


def of_order(refusal: Refusal, command: PlaceOrder, scale: Scale, path: Path) -> UserError:
    """Put the engine's refusal of an order into words.

    Args:
        refusal: What the engine said.
        command: The order that it refused.
        scale: Of the order's market.
        path: The path of the order's input; the refused member is added to it.
    """
    return _error(refusal, _ORDER_WORDS[refusal.code](refusal, command, scale), path)


def of_deposit(refusal: Refusal, asset: Asset, path: Path) -> UserError:
    """Put the engine's refusal of a deposit into words."""
    words = {
        RefusalCode.AMOUNT_OUT_OF_RANGE: f"The balance would be more {asset.code} than this exchange can keep.",
        RefusalCode.DUPLICATE_KEY: "This idempotency key belongs to another request. Use a new one.",
        RefusalCode.INVALID_INPUT: f"A key has 1 to {KEY_LENGTH_MAX} characters.",
        RefusalCode.UNKNOWN_ASSET: f"There is no asset {asset.code}.",
        RefusalCode.UNKNOWN_ACCOUNT: "There is no such account.",
    }
    return _error(refusal, words[refusal.code], path)


def of_cancellation(refusal: Refusal, path: Path) -> UserError:
    """Put the engine's refusal to cancel into words."""
    words = {
        RefusalCode.INVALID_INPUT: "Say which order: by id or by clientOrderId, one of the two.",
        RefusalCode.UNKNOWN_ACCOUNT: "There is no such account.",
        RefusalCode.UNKNOWN_MARKET: "There is no such market.",
        RefusalCode.UNKNOWN_ORDER: "This account has no such order.",
    }
    return _error(refusal, words[refusal.code], path)


def _error(refusal: Refusal, message: str, path: Path) -> UserError:
    where = [*path, FIELD_NAMES[refusal.field]] if refusal.field else []
    return UserError(code=ErrorCode(refusal.code.value), message=message, path=where)


def _invalid_order(refusal: Refusal, command: PlaceOrder, scale: Scale) -> str:
    kind = "market" if command.type is OrderType.MARKET else "limit"
    match refusal.field:
        case "client_order_id":
            return f"A client order id has 1 to {KEY_LENGTH_MAX} characters."
        case "time_in_force":
            return f"A {kind} order cannot be {command.time_in_force.value}."
        case "post_only":
            if command.type is OrderType.MARKET:
                return "A market order takes liquidity: turn off post-only."
            return f"Post-only needs an order that can rest; {command.time_in_force.value} cannot."
        case "price_ticks":
            return "A limit order needs a price." if command.price_ticks is None else "A market order takes no price."
        case "quantity_lots":
            if command.type is OrderType.LIMIT:
                return "A limit order needs a quantity."
            return "A market order needs either a quantity or an amount to spend."
        case "quote_amount":
            if command.type is OrderType.LIMIT:
                return "A limit order has a quantity, no amount to spend."
            return "Only a market buy can be given an amount to spend."
        case "self_trade_prevention":
            return "This kind of self-trade prevention is not available on this exchange yet."
        case _:
            return "This order type is not available on this exchange yet."


def _out_of_range(refusal: Refusal, _command: PlaceOrder, scale: Scale) -> str:
    maximum = refusal.facts.get("maximum_lots")
    if isinstance(maximum, int):
        return f"The largest order is {scale.spoken_quantity(maximum)}."
    return "The order is larger than this exchange can keep."


def _not_open(refusal: Refusal, command: PlaceOrder, _scale: Scale) -> str:
    status = _CLOSED.get(str(refusal.facts.get("status")), "not open")
    reason = str(refusal.facts.get("reason") or "").rstrip(" .")
    why = f": {reason}" if reason else ""
    return f"{command.market} is {status}{why}. You can cancel, not place."


def _no_liquidity(_refusal: Refusal, command: PlaceOrder, _scale: Scale) -> str:
    side = "sell" if command.side is Side.BUY else "buy"
    return f"There are no {side} orders in {command.market} now. A limit order can wait for one."


def _too_small(refusal: Refusal, command: PlaceOrder, scale: Scale) -> str:
    notional = spoken_amount(_number(refusal, "notional"), scale.quote)
    minimum = _number(refusal, "minimum")
    least = spoken_amount(minimum, scale.quote)
    if command.quote_amount is not None and minimum > scale.market.minimum_notional:
        return f"{notional} buys nothing now. The least is {least}."
    return f"Worth {notional}. The minimum is {least}."


def _too_many(refusal: Refusal, command: PlaceOrder, _scale: Scale) -> str:
    maximum = grouped(str(_number(refusal, "maximum")))
    return f"You have {maximum} open orders in {command.market}, the most that is allowed. Cancel one first."


def _would_take(refusal: Refusal, command: PlaceOrder, scale: Scale) -> str:
    best = _number(refusal, "best_ticks")
    behind = best - 1 if command.side is Side.BUY else best + 1
    way_out = f"Use {scale.spoken_price(behind)} or turn off post-only." if behind > 0 else "Turn off post-only."
    return f"Would take liquidity at {scale.spoken_price(best)}. {way_out}"


def _insufficient(refusal: Refusal, _command: PlaceOrder, scale: Scale) -> str:
    asset = scale.base if refusal.facts.get("asset") == scale.base.code else scale.quote
    needed, available = _number(refusal, "needed"), _number(refusal, "available")
    return f"Needs {spoken_amount(needed, asset)}; {spoken_amount(available, asset, with_code=False)} is available."


def _number(refusal: Refusal, fact: str) -> int:
    value: Any = refusal.facts[fact]
    assert isinstance(value, int)
    return value


_ORDER_WORDS: Final[dict[RefusalCode, Callable[[Refusal, PlaceOrder, Scale], str]]] = {
    RefusalCode.INVALID_INPUT: _invalid_order,
    RefusalCode.UNKNOWN_ACCOUNT: lambda *_: "There is no such account.",
    RefusalCode.UNKNOWN_MARKET: lambda _refusal, command, _scale: f"There is no market {command.market}.",
    RefusalCode.NOTIONAL_TOO_SMALL: _too_small,
    RefusalCode.AMOUNT_OUT_OF_RANGE: _out_of_range,
    RefusalCode.INSUFFICIENT_BALANCE: _insufficient,
    RefusalCode.INSUFFICIENT_LIQUIDITY: _no_liquidity,
    RefusalCode.WOULD_TAKE_LIQUIDITY: _would_take,
    RefusalCode.DUPLICATE_CLIENT_ORDER_ID: lambda *_: "This client order id belongs to another order. Use a new one.",
    RefusalCode.TOO_MANY_OPEN_ORDERS: _too_many,
    RefusalCode.MARKET_NOT_OPEN: _not_open,
}

_CLOSED: Final = {
    MarketStatus.POST_ONLY.value: "post-only",
    MarketStatus.CANCEL_ONLY.value: "cancel-only",
    MarketStatus.AUCTION.value: "in auction",
    MarketStatus.HALTED.value: "halted",
}
_ENDED: Final = {
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected",
}
