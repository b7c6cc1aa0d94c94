"""The rules that an order must keep before it is accepted, in the order of docs/engine.md."""

from dataclasses import dataclass

from backend.engine.book import Book
from backend.engine.commands import PlaceOrder
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.values import (
    AMOUNT_MAX,
    Market,
    MarketStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from backend.engine.walk import measure


@dataclass(slots=True, frozen=True)
class Hold:
    """What an order reserves: smallest units of the asset that it pays with."""

    asset: str
    amount: int


def wrong_market(market: Market) -> Refusal | None:
    """Refuse where the market takes no orders now."""
    if market.status is MarketStatus.OPEN:
        return None
    facts: dict[str, int | str | None] = {"status": market.status.value, "reason": market.status_reason}
    return Refusal(RefusalCode.MARKET_NOT_OPEN, "market", facts)


def wrong_shape(place: PlaceOrder) -> Refusal | None:
    """Refuse combinations of fields that make no sense or are not offered."""
    field = _wrong_option(place) or (
        _wrong_limit(place) if place.type is OrderType.LIMIT else _wrong_market_order(place)
    )
    return Refusal(RefusalCode.INVALID_INPUT, field) if field else None


def _wrong_option(place: PlaceOrder) -> str | None:
    if place.type not in (OrderType.LIMIT, OrderType.MARKET):
        return "type"
    if place.self_trade_prevention is not SelfTradePrevention.CANCEL_NEWEST:
        return "self_trade_prevention"
    if place.time_in_force is TimeInForce.GTD:
        return "time_in_force"
    if place.time_in_force is TimeInForce.GTC and place.type is OrderType.MARKET:
        return "time_in_force"
    if place.post_only and (place.type is OrderType.MARKET or place.time_in_force is not TimeInForce.GTC):
        return "post_only"
    return None


def _wrong_limit(place: PlaceOrder) -> str | None:
    if place.price_ticks is None:
        return "price_ticks"
    if place.quantity_lots is None:
        return "quantity_lots"
    return "quote_amount" if place.quote_amount is not None else None


def _wrong_market_order(place: PlaceOrder) -> str | None:
    if place.price_ticks is not None:
        return "price_ticks"
    if (place.quantity_lots is None) == (place.quote_amount is None):
        return "quantity_lots"
    return "quote_amount" if place.quote_amount is not None and place.side is Side.SELL else None


def out_of_range(place: PlaceOrder, market: Market) -> Refusal | None:
    """Refuse numbers below one, above the market's largest order, or beyond what the ledger keeps."""
    code = RefusalCode.AMOUNT_OUT_OF_RANGE
    for field in ("price_ticks", "quantity_lots", "quote_amount"):
        number = getattr(place, field)
        if number is not None and number < 1:
            return Refusal(code, field)
    lots, ticks = place.quantity_lots, place.price_ticks
    if lots is not None and market.maximum_lots is not None and lots > market.maximum_lots:
        return Refusal(code, "quantity_lots", {"maximum_lots": market.maximum_lots})
    if lots is not None and lots * market.lot_units >= AMOUNT_MAX:
        return Refusal(code, "quantity_lots")
    if lots is not None and ticks is not None and lots * ticks * market.value_units >= AMOUNT_MAX:
        return Refusal(code, "price_ticks")
    if place.quote_amount is not None and place.quote_amount >= AMOUNT_MAX:
        return Refusal(code, "quote_amount")
    return None


def no_liquidity(place: PlaceOrder, book: Book) -> Refusal | None:
    """Refuse a market order that has nobody to trade with."""
    if place.type is OrderType.MARKET and book.opposite(place.side).best is None:
        return Refusal(RefusalCode.INSUFFICIENT_LIQUIDITY, amount_field(place))
    return None


def too_small(place: PlaceOrder, market: Market, book: Book) -> Refusal | None:
    """Refuse an order whose value is below the market's minimum, or a spend that buys nothing."""
    minimum = market.minimum_notional
    if place.quote_amount is not None:
        notional = place.quote_amount
        best = book.opposite(place.side).best
        assert best is not None
        minimum = max(minimum, best.price_ticks * market.value_units)
    else:
        price_ticks = place.price_ticks
        if price_ticks is None:
            best = book.opposite(place.side).best
            assert best is not None
            price_ticks = best.price_ticks
        assert place.quantity_lots is not None
        notional = price_ticks * place.quantity_lots * market.value_units
    if notional >= minimum:
        return None
    facts: dict[str, int | str | None] = {"notional": notional, "minimum": minimum}
    return Refusal(RefusalCode.NOTIONAL_TOO_SMALL, amount_field(place), facts)


def takes_liquidity(place: PlaceOrder, book: Book) -> Refusal | None:
    """Refuse a post-only order whose price reaches the other side."""
    side = book.opposite(place.side)
    if not place.post_only or side.best is None:
        return None
    assert place.price_ticks is not None
    if not side.reaches(place.price_ticks, side.best):
        return None
    return Refusal(RefusalCode.WOULD_TAKE_LIQUIDITY, "price_ticks", {"best_ticks": side.best.price_ticks})


def hold_of(place: PlaceOrder, market: Market, book: Book) -> Hold:
    """Return what the order must be able to pay."""
    if place.side is Side.SELL:
        assert place.quantity_lots is not None
        return Hold(market.base, place.quantity_lots * market.lot_units)
    if place.quote_amount is not None:
        return Hold(market.quote, place.quote_amount)
    if place.price_ticks is None:
        return Hold(market.quote, measure(place, market, book.asks).value)
    assert place.quantity_lots is not None
    return Hold(market.quote, place.price_ticks * place.quantity_lots * market.value_units)


def amount_field(place: PlaceOrder) -> str:
    """Return the name of the field that says how much is ordered."""
    return "quantity_lots" if place.quote_amount is None else "quote_amount"
