"""The words for each way in which the engine refuses what an operator asks."""

from collections.abc import Callable
from typing import Any, Final

from backend.engine.commands import Command
from backend.engine.outcome import Refusal, RefusalCode
from backend.graphql.enums import ErrorCode
from backend.graphql.refusals import Path, UserError

_MEMBERS: Final = {
    "code": "code",
    "decimals": "decimals",
    "name": "name",
    "base": "base",
    "quote": "quote",
    "market": "market",
    "status": "status",
    "reason": "reason",
    "account": "accountId",
    "tiers": "tiers",
    "tick_points": "tickSize",
    "tick_decimals": "tickSize",
    "lot_units": "lotSize",
    "minimum_notional": "minimumNotional",
    "maximum_lots": "maximumQuantity",
    "open_orders_per_account": "openOrdersPerAccount",
    "maker_rate": "makerFee",
    "taker_rate": "takerFee",
    "band_rate": "priceBand",
    "breaker_rate": "breakerMove",
    "breaker_minutes": "breakerWindow",
    "breaker_pause_s": "breakerPause",
}
"""A command's field → the member of the input."""

_RANGES: Final = {
    "tick_points": "The tick size is smaller or larger than this exchange can keep.",
    "tick_decimals": "The tick size has at most 30 decimals.",
    "lot_units": "The lot size is smaller or larger than this exchange can keep.",
    "minimum_notional": "The least value of an order is zero or more.",
    "maximum_lots": "The largest quantity is one lot or more.",
    "open_orders_per_account": "An account may have 1 open order or more.",
    "maker_rate": "A maker's fee is a fraction from -1 to 1.",
    "taker_rate": "A taker's fee is a fraction from 0 to 1.",
    "band_rate": "A price band is a fraction between 0 and 1.",
    "breaker_rate": "The breaker's move is a fraction between 0 and 1.",
    "breaker_minutes": "The breaker looks at the last 1 to 60 minutes.",
    "breaker_pause_s": "The breaker's auction lasts 1 to 86,400 seconds.",
    "tiers": "The volumes of tiers ascend from zero or more; a maker's fee is -1 to 1, a taker's 0 to 1.",
}
_INVALID: Final = {
    "code": "An asset's code has 1 to 12 characters of A to Z and 0 to 9.",
    "decimals": "An asset has 0 to 18 decimals.",
    "name": "A name has printable characters only.",
    "quote": "A market needs two different assets.",
    "tick_points": "One lot at one tick must be a whole number of the quote asset's smallest units: "
    "use a larger tick or lot size.",
    "maker_rate": "A rebate is paid out of the taker's fee: the lowest maker fee plus the lowest taker fee, of this "
    "market and of all tiers, must not be below zero.",
    "breaker_rate": "A breaker needs all three: its move, its window and its pause.",
    "tiers": "Each tier has a name of its own with 1 to 36 characters; and a rebate, of a tier or of a market, must "
    "not be more than the lowest taker fee.",
    "reason": "A reason has printable characters only.",
    "changes": "This rule cannot be changed so.",
}


def of_operation(refusal: Refusal, command: Command, path: Path) -> UserError:
    """Put the engine's refusal of an operator's command into words.

    Args:
        refusal: What the engine said.
        command: What it refused.
        path: The path of the input; the refused member is added to it.
    """
    member = _MEMBERS.get(refusal.field)
    where = [] if member is None else [*path, member]
    return UserError(code=ErrorCode(refusal.code.value), message=_WORDS[refusal.code](refusal, command), path=where)


def _exists(_refusal: Refusal, command: Any) -> str:
    symbol = f"{command.base}-{command.quote}" if hasattr(command, "base") else None
    return f"There is a market {symbol} already." if symbol else f"There is an asset {command.code} already."


_WORDS: Final[dict[RefusalCode, Callable[[Refusal, Command], str]]] = {
    RefusalCode.INVALID_INPUT: lambda refusal, _command: _INVALID[refusal.field],
    RefusalCode.AMOUNT_OUT_OF_RANGE: lambda refusal, _command: _RANGES[refusal.field],
    RefusalCode.ALREADY_EXISTS: _exists,
    RefusalCode.UNKNOWN_ASSET: lambda *_: "There is no such asset.",
    RefusalCode.UNKNOWN_MARKET: lambda *_: "There is no such market.",
    RefusalCode.UNKNOWN_ACCOUNT: lambda *_: "There is no such account.",
    RefusalCode.EXCHANGE_HALTED: lambda *_: (
        "The exchange is halted: a market whose orders would trade can only open when it goes on."
    ),
}
