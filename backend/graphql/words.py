"""The words for each way in which the engine refuses to place or to amend an order, with the limit that was broken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from backend import money
from backend.engine.commands import PlaceOcoOrder, PlaceOrder
from backend.engine.keys import KEY_LENGTH_MAX
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.values import LIMIT_TYPES, TRIGGERED_TYPES, MarketStatus, Order, OrderType, Side, TimeInForce
from backend.graphql.amounts import Scale, grouped, percent, spoken_amount
from backend.graphql.refusals import Path, UserError, user_error


@dataclass(slots=True, frozen=True)
class _Asked:
    """What the words of most refusals need to know of the order that is to be placed or amended."""

    market: str
    side: Side
    scale: Scale
    deed: str = "place"
    spends: bool = False
    post_only: bool = False
    takes_profit: bool = False
    pair: bool = False


def of_order(refusal: Refusal, command: PlaceOrder, scale: Scale, path: Path) -> UserError:
    """Put the engine's refusal of an order into words.

    Args:
        refusal: What the engine said.
        command: The order that it refused.
        scale: Of the order's market.
        path: The path of the order's input; the refused member is added to it.
    """
    if refusal.code is RefusalCode.INVALID_INPUT:
        return user_error(refusal, _invalid_order(refusal.field, command), path)
    asked = _Asked(
        command.market,
        command.side,
        scale,
        spends=command.quote_amount is not None,
        post_only=command.post_only,
        takes_profit=command.type in _TAKE_PROFIT,
    )
    return user_error(refusal, _WORDS[refusal.code](refusal, asked), path)


def of_pair(refusal: Refusal, command: PlaceOcoOrder, scale: Scale, path: Path) -> UserError:
    """Put the engine's refusal of a pair of orders into words; see `of_order`."""
    if refusal.code is RefusalCode.INVALID_INPUT:
        return user_error(refusal, _invalid_pair(refusal.field, command), path)
    return user_error(
        refusal, _WORDS[refusal.code](refusal, _Asked(command.market, command.side, scale, pair=True)), path
    )


def of_amendment(refusal: Refusal, order: Order, scale: Scale, path: Path) -> UserError:
    """Put the engine's refusal to amend an order into words; see `of_order`."""
    if refusal.code is RefusalCode.INVALID_INPUT:
        return user_error(refusal, _invalid_amendment(refusal.field, order), path)
    takes_profit = order.type in _TAKE_PROFIT
    asked = _Asked(order.market, order.side, scale, deed="amend", post_only=order.post_only, takes_profit=takes_profit)
    return user_error(refusal, _WORDS[refusal.code](refusal, asked), path)


_TAKE_PROFIT: Final = (OrderType.TAKE_PROFIT_LIMIT, OrderType.TAKE_PROFIT_MARKET)
_KINDS: Final = {
    OrderType.LIMIT: "limit order",
    OrderType.MARKET: "market order",
    OrderType.STOP_LIMIT: "stop-limit order",
    OrderType.STOP_MARKET: "stop-market order",
    OrderType.TAKE_PROFIT_LIMIT: "take-profit limit order",
    OrderType.TAKE_PROFIT_MARKET: "take-profit market order",
    OrderType.TRAILING_STOP: "trailing stop",
}
_STATUSES: Final = {
    MarketStatus.POST_ONLY.value: "post-only",
    MarketStatus.CANCEL_ONLY.value: "cancel-only",
    MarketStatus.AUCTION.value: "in auction",
    MarketStatus.HALTED.value: "halted",
}


def _invalid_order(field: str, command: PlaceOrder) -> str:
    if field in ("quantity_lots", "quote_amount"):
        return _wrong_amount(field, command)
    if field in ("price_ticks", "stop_ticks", "trailing_ticks", "trailing_rate"):
        return _wrong_price(field, command)
    kind, tif = _KINDS[command.type], command.time_in_force.value
    cannot_rest = f"{tif} cannot" if command.type in LIMIT_TYPES else f"a {kind} cannot"
    match field:
        case "client_order_id":
            return f"A client order id has 1 to {KEY_LENGTH_MAX} characters."
        case "time_in_force":
            return f"A {kind} cannot be {tif}."
        case "expire_at":
            return _wrong_expiry(command)
        case "post_only" if command.type not in LIMIT_TYPES:
            return f"A {kind} takes liquidity: turn off post-only."
        case "post_only":
            return f"Post-only needs an order that can rest; {cannot_rest}."
        case _:
            return f"A visible quantity needs an order that can rest; {cannot_rest}."


def _wrong_price(field: str, command: PlaceOrder) -> str:
    kind = f"A {_KINDS[command.type]}"
    match field:
        case "price_ticks":
            return f"{kind} needs a price." if command.type in LIMIT_TYPES else f"{kind} takes no price."
        case "stop_ticks":
            return f"{kind} needs a stop price." if command.stop_ticks is None else f"{kind} takes no stop price."
        case "trailing_ticks" if command.type is OrderType.TRAILING_STOP:
            return f"{kind} needs either an offset or a percentage."
        case "trailing_ticks":
            return f"{kind} takes no offset: only a trailing stop has one."
        case _:
            return f"{kind} takes no percentage: only a trailing stop has one."


def _wrong_amount(field: str, command: PlaceOrder) -> str:
    kind, waits = f"A {_KINDS[command.type]}", command.type in TRIGGERED_TYPES
    if command.type in LIMIT_TYPES:
        return (
            f"{kind} needs a quantity." if field == "quantity_lots" else f"{kind} has a quantity, no amount to spend."
        )
    if field == "quote_amount":
        return f"Only a {'buy' if waits else 'market buy'} can be given an amount to spend."
    if waits and command.side is Side.BUY:
        return f"{kind} to buy is given the amount to spend, so that exactly this can be held."
    return f"{kind} needs either a quantity or an amount to spend."


def _wrong_expiry(command: PlaceOrder) -> str:
    if command.time_in_force is not TimeInForce.GTD:
        return f"Only a GTD order expires; this one is {command.time_in_force.value}."
    return (
        "A GTD order needs the time when it expires."
        if command.expire_at is None
        else ("The time when the order expires must be in the future.")
    )


def _invalid_pair(field: str, command: PlaceOcoOrder) -> str:
    match field:
        case "stop_limit_ticks":
            return "A pair to buy needs a limit price for its stop order, so that the hold is exact."
        case "price_ticks":
            return _wrong_way_round(command.side)
        case "stop_client_order_id" if command.stop_client_order_id == command.limit_client_order_id:
            return "The two orders need different client order ids."
        case _:
            return f"A client order id has 1 to {KEY_LENGTH_MAX} characters."


def _invalid_amendment(field: str, order: Order) -> str:
    kind = _KINDS[order.type]
    match field:
        case "price_ticks" if order.price_ticks is None:
            return f"A {kind} has no price to amend."
        case "quantity_lots" if order.linked_order is not None:
            return "The quantity of linked orders stays as it is: cancel them and place a new pair."
        case "quantity_lots":
            return "The order has an amount to spend and no quantity to amend."
        case "stop_ticks" if order.linked_order is None or order.stop_ticks is None:
            return f"This {kind} has no stop price to amend."
        case "price_ticks" | "stop_ticks":
            return _wrong_way_round(order.side)
        case _:
            return "The order has been triggered and is on its way into the book: it cannot be amended now."


def _wrong_way_round(side: Side) -> str:
    where = "above" if side is Side.SELL else "below"
    return f"In a pair to {side.value.lower()} the limit price must be {where} the stop price."


def _out_of_range(refusal: Refusal, asked: _Asked) -> str:
    facts, scale = refusal.facts, asked.scale
    if "maximum_lots" in facts:
        return f"The largest order is {scale.spoken_quantity(_number(refusal, 'maximum_lots'))}."
    if "filled_lots" in facts:
        filled = scale.spoken_quantity(_number(refusal, "filled_lots"))
        return f"{filled} is filled already: the new quantity must be more."
    if "slices_maximum" in facts:
        slices = grouped(str(_number(refusal, "slices_maximum")))
        return f"The visible quantity is too small: an order is shown in at most {slices} parts."
    if refusal.field == "visible_lots":
        return "The visible quantity cannot be more than the quantity."
    if refusal.field == "trailing_rate":
        return "The percentage must be more than zero and less than 100."
    return "The order is larger than this exchange can keep."


def _not_open(refusal: Refusal, asked: _Asked) -> str:
    status = str(refusal.facts.get("status"))
    reason = str(refusal.facts.get("reason") or "").rstrip(" .")
    why = f": {reason}" if reason else ""
    rest_only = status in (MarketStatus.POST_ONLY.value, MarketStatus.AUCTION.value)
    way_out = "Only orders that can rest are taken." if rest_only else f"You can cancel, not {asked.deed}."
    return f"{asked.market} is {_STATUSES.get(status, 'not open')}{why}. {way_out}"


def _halted(refusal: Refusal, asked: _Asked) -> str:
    reason = str(refusal.facts.get("reason") or "").rstrip(" .")
    why = f": {reason}" if reason else ""
    return f"The exchange is halted{why}. You can cancel, not {asked.deed}."


def _no_liquidity(_refusal: Refusal, asked: _Asked) -> str:
    side = "sell" if asked.side is Side.BUY else "buy"
    return f"There are no {side} orders in {asked.market} now. A limit order can wait for one."


def _too_small(refusal: Refusal, asked: _Asked) -> str:
    notional = spoken_amount(_number(refusal, "notional"), asked.scale.quote)
    minimum = _number(refusal, "minimum")
    least = spoken_amount(minimum, asked.scale.quote)
    if asked.spends and minimum > asked.scale.market.minimum_notional:
        return f"{notional} buys nothing now. The least is {least}."
    return f"Worth {notional}. The minimum is {least}."


def _out_of_band(refusal: Refusal, asked: _Asked) -> str:
    reference, rate = _number(refusal, "reference_ticks"), _number(refusal, "band_rate")
    low = -(-reference * (money.RATE_SCALE - rate) // money.RATE_SCALE)
    high = reference * (money.RATE_SCALE + rate) // money.RATE_SCALE
    price = asked.scale.spoken_price
    return (
        f"Prices from {price(low)} to {price(high)} are taken now: "
        f"within {percent(rate)} % of the reference price {price(reference)}."
    )


def _too_many(refusal: Refusal, asked: _Asked) -> str:
    maximum = grouped(str(_number(refusal, "maximum")))
    if asked.pair:
        return f"At most {maximum} open orders are allowed in {asked.market}, and a pair makes two. Cancel some first."
    return f"You have {maximum} open orders in {asked.market}, the most that is allowed. Cancel one first."


def _would_take(refusal: Refusal, asked: _Asked) -> str:
    best, scale = _number(refusal, "best_ticks"), asked.scale
    behind = best - 1 if asked.side is Side.BUY else best + 1
    would = f"Would take liquidity at {scale.spoken_price(best)}."
    if not asked.post_only:
        # a post-only market, or the limit order of a pair: there is nothing to turn off
        return f"{would} Use {scale.spoken_price(behind)}." if behind > 0 else would
    return (
        f"{would} Use {scale.spoken_price(behind)} or turn off post-only."
        if behind > 0
        else (f"{would} Turn off post-only.")
    )


def _would_trigger(refusal: Refusal, asked: _Asked) -> str:
    last = asked.scale.spoken_price(_number(refusal, "last_ticks"))
    above = (asked.side is Side.BUY) is not asked.takes_profit
    return f"Would trigger at once: the last price is {last}. Use a stop price {'above' if above else 'below'} it."


def _insufficient(refusal: Refusal, asked: _Asked) -> str:
    scale = asked.scale
    asset = scale.base if refusal.facts.get("asset") == scale.base.code else scale.quote
    needed = spoken_amount(_number(refusal, "needed"), asset)
    available = spoken_amount(_number(refusal, "available"), asset, with_code=False)
    return f"Needs {needed}{' more' if asked.deed == 'amend' else ''}; {available} is available."


def _number(refusal: Refusal, fact: str) -> int:
    value: Any = refusal.facts[fact]
    assert isinstance(value, int)
    return value


_WORDS: Final[dict[RefusalCode, Callable[[Refusal, _Asked], str]]] = {
    RefusalCode.UNKNOWN_ACCOUNT: lambda *_: "There is no such account.",
    RefusalCode.ACCOUNT_FROZEN: lambda *_: "This account is frozen: it cannot trade now. Ask the operators.",
    RefusalCode.UNKNOWN_MARKET: lambda _refusal, asked: f"There is no market {asked.market}.",
    RefusalCode.NOTIONAL_TOO_SMALL: _too_small,
    RefusalCode.AMOUNT_OUT_OF_RANGE: _out_of_range,
    RefusalCode.PRICE_OUT_OF_BAND: _out_of_band,
    RefusalCode.INSUFFICIENT_BALANCE: _insufficient,
    RefusalCode.INSUFFICIENT_LIQUIDITY: _no_liquidity,
    RefusalCode.WOULD_TAKE_LIQUIDITY: _would_take,
    RefusalCode.WOULD_TRIGGER_IMMEDIATELY: _would_trigger,
    RefusalCode.DUPLICATE_CLIENT_ORDER_ID: lambda *_: "This client order id belongs to another order. Use a new one.",
    RefusalCode.TOO_MANY_OPEN_ORDERS: _too_many,
    RefusalCode.MARKET_NOT_OPEN: _not_open,
    RefusalCode.EXCHANGE_HALTED: _halted,
}
