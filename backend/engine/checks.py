"""The rules that an order must keep before it is accepted, in the order of docs/engine.md."""

from dataclasses import dataclass

from backend.engine.book import Book
from backend.engine.commands import PlaceOrder
from backend.engine.outcome import Facts, Refusal, RefusalCode
from backend.engine.tape import Band, TapeCell
from backend.engine.triggers import is_reached
from backend.engine.values import (
    AMOUNT_MAX,
    LIMIT_TYPES,
    RESTING_TIMES,
    TRIGGERED_TYPES,
    Market,
    MarketStatus,
    OrderType,
    Rules,
    Side,
    TimeInForce,
    TimeUs,
)
from backend.engine.walk import Want, measure
from backend.money import RATE_SCALE

SLICES_MAX = 1_000
"""An iceberg has no more slices than this, so that one order cannot trade without end."""

_INVALID = RefusalCode.INVALID_INPUT
_RANGE = RefusalCode.AMOUNT_OUT_OF_RANGE


@dataclass(slots=True, frozen=True)
class Hold:
    """What an order reserves: smallest units of the asset that it pays with."""

    asset: str
    amount: int


def can_rest(place: PlaceOrder) -> bool:
    """Tell whether what is left of an order may stay in the book."""
    return place.type in LIMIT_TYPES and place.time_in_force in RESTING_TIMES


def stays_open(place: PlaceOrder) -> bool:
    """Tell whether an order may be open after its command."""
    return place.type in TRIGGERED_TYPES or can_rest(place)


def exchange_halted(rules: Rules) -> Refusal | None:
    """Refuse while an operator has halted the exchange."""
    return Refusal(RefusalCode.EXCHANGE_HALTED, "", {"reason": rules.halt_reason}) if rules.halted else None


def wrong_market(market: Market, *, stays: bool) -> Refusal | None:
    """Refuse where the market takes no orders now, or none that must trade at once."""
    if market.status is MarketStatus.OPEN or (
        stays and market.status in (MarketStatus.POST_ONLY, MarketStatus.AUCTION)
    ):
        return None
    facts: Facts = {"status": market.status.value, "reason": market.status_reason}
    return Refusal(RefusalCode.MARKET_NOT_OPEN, "market", facts)


def wrong_shape(place: PlaceOrder) -> Refusal | None:
    """Refuse combinations of fields that make no sense, whatever the time."""
    field = _wrong_option(place) or _wrong_price(place) or _wrong_amount(place)
    return Refusal(_INVALID, field) if field else None


def wrong_expiry(place: PlaceOrder, time: TimeUs) -> Refusal | None:
    """Refuse an end that has come already."""
    is_past = place.expire_at is not None and place.expire_at <= time
    return Refusal(_INVALID, "expire_at") if is_past else None


def _wrong_option(place: PlaceOrder) -> str | None:
    if place.type not in LIMIT_TYPES and place.time_in_force in RESTING_TIMES:
        return "time_in_force"
    if (place.time_in_force is TimeInForce.GTD) != (place.expire_at is not None):
        return "expire_at"
    if place.post_only and not can_rest(place):
        return "post_only"
    return None


def _wrong_price(place: PlaceOrder) -> str | None:
    if (place.type in LIMIT_TYPES) != (place.price_ticks is not None):
        return "price_ticks"
    trails = place.type is OrderType.TRAILING_STOP
    if (place.type in TRIGGERED_TYPES and not trails) != (place.stop_ticks is not None):
        return "stop_ticks"
    if trails and (place.trailing_ticks is None) == (place.trailing_rate is None):
        return "trailing_ticks"
    if not trails and place.trailing_ticks is not None:
        return "trailing_ticks"
    if not trails and place.trailing_rate is not None:
        return "trailing_rate"
    return "visible_lots" if place.visible_lots is not None and not can_rest(place) else None


def _wrong_amount(place: PlaceOrder) -> str | None:
    if place.type in LIMIT_TYPES:
        if place.quantity_lots is None:
            return "quantity_lots"
        return "quote_amount" if place.quote_amount is not None else None
    if (place.quantity_lots is None) == (place.quote_amount is None):
        return "quantity_lots"
    if place.side is Side.SELL:
        return "quote_amount" if place.quote_amount is not None else None
    return "quantity_lots" if place.type in TRIGGERED_TYPES and place.quantity_lots is not None else None


def out_of_range(place: PlaceOrder, market: Market) -> Refusal | None:
    """Refuse numbers below one, above the market's largest order, or beyond what the ledger keeps."""
    for field in ("price_ticks", "quantity_lots", "quote_amount", "stop_ticks", "trailing_ticks", "visible_lots"):
        number = getattr(place, field)
        if number is not None and number < 1:
            return Refusal(_RANGE, field)
    if place.trailing_rate is not None and not 1 <= place.trailing_rate < RATE_SCALE:
        return Refusal(_RANGE, "trailing_rate")
    refusal = too_large(market, place.quantity_lots, place.price_ticks)
    if refusal is not None:
        return refusal
    for field in ("quote_amount", "stop_ticks", "trailing_ticks"):
        number = getattr(place, field)
        if number is not None and number >= AMOUNT_MAX:
            return Refusal(_RANGE, field)
    if place.visible_lots is None:
        return None
    assert place.quantity_lots is not None
    if place.visible_lots > place.quantity_lots:
        return Refusal(_RANGE, "visible_lots")
    return too_many_slices(place.visible_lots, place.quantity_lots, "visible_lots")


def too_large(market: Market, lots: int | None, price_ticks: int | None, field: str = "price_ticks") -> Refusal | None:
    """Refuse a quantity above the market's largest order, and amounts beyond what the ledger keeps."""
    if lots is None:
        return None
    if market.maximum_lots is not None and lots > market.maximum_lots:
        return Refusal(_RANGE, "quantity_lots", {"maximum_lots": market.maximum_lots})
    if lots * market.lot_units >= AMOUNT_MAX:
        return Refusal(_RANGE, "quantity_lots")
    if price_ticks is not None and lots * price_ticks * market.value_units >= AMOUNT_MAX:
        return Refusal(_RANGE, field)
    return None


def too_many_slices(visible_lots: int, lots: int, field: str) -> Refusal | None:
    """Refuse an iceberg whose quantity makes more slices than an order may have."""
    slices = -(-lots // visible_lots)
    return Refusal(_RANGE, field, {"slices_maximum": SLICES_MAX}) if slices > SLICES_MAX else None


def no_liquidity(place: PlaceOrder, book: Book) -> Refusal | None:
    """Refuse a market order that has nobody to trade with."""
    if place.type is OrderType.MARKET and book.opposite(place.side).best is None:
        return Refusal(RefusalCode.INSUFFICIENT_LIQUIDITY, amount_field(place))
    return None


def too_small(place: PlaceOrder, market: Market, book: Book, tape: TapeCell) -> Refusal | None:
    """Refuse an order whose value is below the market's minimum, or a spend that buys nothing."""
    minimum = market.minimum_notional
    best = book.opposite(place.side).best if place.type is OrderType.MARKET else None
    if place.quote_amount is not None:
        notional = place.quote_amount
        if best is not None:
            minimum = max(minimum, best.price_ticks * market.value_units)
    else:
        price_ticks = place.price_ticks or place.stop_ticks or (best.price_ticks if best else tape.last_ticks)
        if price_ticks is None:
            return None
        assert place.quantity_lots is not None
        notional = price_ticks * place.quantity_lots * market.value_units
    return below_minimum(notional, minimum, amount_field(place))


def below_minimum(notional: int, minimum: int, field: str) -> Refusal | None:
    """Refuse a value that is below a minimum."""
    if notional >= minimum:
        return None
    return Refusal(RefusalCode.NOTIONAL_TOO_SMALL, field, {"notional": notional, "minimum": minimum})


def out_of_band(
    place_type: OrderType, price_ticks: int | None, market: Market, band: Band | None, tape: TapeCell, time: TimeUs
) -> Refusal | None:
    """Refuse a limit price that is too far from the reference price."""
    if band is None or place_type is not OrderType.LIMIT or price_ticks is None or not band.excludes(price_ticks):
        return None
    facts: Facts = {"reference_ticks": tape.reference_ticks(time), "band_rate": market.band_rate}
    return Refusal(RefusalCode.PRICE_OUT_OF_BAND, "price_ticks", facts)


def too_many(opened: int, market: Market) -> Refusal | None:
    """Refuse an order more than an account may have open in a market."""
    maximum = market.open_orders_per_account
    return Refusal(RefusalCode.TOO_MANY_OPEN_ORDERS, "", {"maximum": maximum}) if opened > maximum else None


def takes_liquidity(market: Market, book: Book, side: Side, price_ticks: int, *, post_only: bool) -> Refusal | None:
    """Refuse an order that must not trade at once and whose price reaches the other side."""
    if market.status is MarketStatus.AUCTION or not (post_only or market.status is MarketStatus.POST_ONLY):
        return None
    opposite = book.opposite(side)
    if opposite.best is None or not opposite.reaches(price_ticks, opposite.best):
        return None
    return Refusal(RefusalCode.WOULD_TAKE_LIQUIDITY, "price_ticks", {"best_ticks": opposite.best.price_ticks})


def would_trigger(kind: OrderType, side: Side, stop_ticks: int | None, tape: TapeCell) -> Refusal | None:
    """Refuse a stop that the last price has passed already."""
    last = tape.last_ticks
    if stop_ticks is None or last is None or not is_reached(kind, side, stop_ticks, last):
        return None
    return Refusal(RefusalCode.WOULD_TRIGGER_IMMEDIATELY, "stop_ticks", {"last_ticks": last})


def spends_too_much(place: PlaceOrder, market: Market, book: Book, band: Band | None, tape: TapeCell) -> Refusal | None:
    """Refuse an amount that buys more than the market's largest order: now, or at the stop price."""
    if place.quote_amount is None or market.maximum_lots is None:
        return None
    if place.type is OrderType.MARKET:
        whole = place.time_in_force is TimeInForce.FOK
        lots = measure(Want(place), market, book.opposite(place.side), band, whole=whole).lots
    else:
        price_ticks = place.stop_ticks or tape.last_ticks
        lots = place.quote_amount // (price_ticks * market.value_units) if price_ticks else 0
    return (
        Refusal(_RANGE, "quote_amount", {"maximum_lots": market.maximum_lots}) if lots > market.maximum_lots else None
    )


def hold_of(place: PlaceOrder, market: Market, book: Book, band: Band | None) -> Hold:
    """Return what the order must be able to pay."""
    if place.side is Side.SELL:
        assert place.quantity_lots is not None
        return Hold(market.base, place.quantity_lots * market.lot_units)
    if place.quote_amount is not None:
        return Hold(market.quote, place.quote_amount)
    if place.price_ticks is None:
        whole = place.time_in_force is TimeInForce.FOK
        return Hold(market.quote, measure(Want(place), market, book.asks, band, whole=whole).value)
    assert place.quantity_lots is not None
    return Hold(market.quote, place.price_ticks * place.quantity_lots * market.value_units)


def cannot_pay(hold: Hold, available: int, field: str) -> Refusal | None:
    """Refuse what is more than what is available."""
    if hold.amount <= available:
        return None
    facts: Facts = {"needed": hold.amount, "available": available, "asset": hold.asset}
    return Refusal(RefusalCode.INSUFFICIENT_BALANCE, field, facts)


def amount_field(place: PlaceOrder) -> str:
    """Return the name of the field that says how much is ordered."""
    return "quantity_lots" if place.quote_amount is None else "quote_amount"
