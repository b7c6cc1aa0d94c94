"""What a command and the engine's answer to it have met: names of rules and situations, to be counted."""

from collections.abc import Iterator

from backend.engine.commands import AmendOrder, Command, PlaceOrders
from backend.engine.events import (
    AccountChanged,
    Event,
    Filled,
    IndicativeChanged,
    MarketChanged,
    OrderUpdated,
    Traded,
    VolumeChanged,
)
from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import LIMIT_TYPES, Liquidity, Order, OrderReason, OrderStatus, OrderType

ACTIVATIONS_MAX = 100


def situations(command: Command, outcome: Outcome, before: dict[int, Order], after: dict[int, Order]) -> Iterator[str]:
    """Name what was met; `before` and `after` are the open orders by id."""
    refused = [answer for answer in outcome.answers if isinstance(answer, Refusal)]
    for refusal in refused:
        yield f"{refusal.code.value} {refusal.field}"
    if not outcome.sequence and outcome.answers and not refused:
        yield "amended to what it is" if isinstance(command, AmendOrder) else "repeated key"
    if isinstance(command, PlaceOrders) and outcome.sequence and refused:
        yield "batch with a refusal"
    for event in outcome.events:
        yield from of_event(event)
    yield from of_fills([event for event in outcome.events if isinstance(event, Filled)])
    yield from of_updates([event.order for event in outcome.events if isinstance(event, OrderUpdated)], before)
    if any(order.triggered_at and order.status is OrderStatus.UNTRIGGERED for order in after.values()):
        yield "fired orders wait"
    if isinstance(command, AmendOrder) and outcome.sequence:
        yield from of_amendment(outcome, before, after)


def of_event(event: Event) -> Iterator[str]:
    """Name what one event tells."""
    match event:
        case MarketChanged(market) if market.status_reason and market.status_reason.startswith("The circuit breaker"):
            yield "breaker trips"
        case MarketChanged(market) if market.status_reason and market.status_reason.startswith("The auction after"):
            yield "auction of the breaker ends"
        case AccountChanged(account):
            for name, value in (("tier", account.tier), ("switch", account.cancels_at), ("house", account.house)):
                if value:
                    yield f"account with a {name}"
        case VolumeChanged(volume):
            yield "volume counted" if volume.amount else "volume forgotten"
        case IndicativeChanged():
            yield "indicative price" if event.lots else "no indicative price"
        case Traded() if event.taker_side is None:
            yield "trade of an auction"


def of_fills(fills: list[Filled]) -> Iterator[str]:
    """Name what the fills of a command tell together."""
    takes = [fill for fill in fills if fill.liquidity is Liquidity.TAKER]
    if len({fill.price_ticks for fill in takes}) > 1:
        yield "several levels at once"
    if any(fill.fee in (fill.lots, fill.value) for fill in takes):
        yield "fee takes all"
    if any(fill.fee == 0 for fill in takes):
        yield "no fee"
    makers = [fill.order for fill in fills if fill.liquidity is Liquidity.MAKER]
    if any(
        order.visible_lots and order.slice_lots == min(order.visible_lots, order.remaining_lots) for order in makers
    ):
        yield "iceberg shows its next slice"
    if len({order.id for order in makers if order.visible_lots}) < len(
        [order for order in makers if order.visible_lots]
    ):
        yield "iceberg met twice"
    if any(fill.order.visible_lots for fill in fills if fill.liquidity is Liquidity.AUCTION):
        yield "iceberg in an auction"


def of_updates(updates: list[Order], before: dict[int, Order]) -> Iterator[str]:
    """Name what the updates of a command tell together."""
    activated = {order.id for order in updates if order.triggered_at and order.status is OrderStatus.OPEN}
    activated |= {order.id for order in updates if order.status is OrderStatus.REJECTED}
    if len(activated) > 1:
        yield "cascade"
    if len(activated) == ACTIVATIONS_MAX:
        yield "as many activations as one command may"
    for order in updates:
        was = before.get(order.id)
        if was is None or order.status is not was.status:
            continue
        if order.type is OrderType.TRAILING_STOP and order.peak_ticks != was.peak_ticks and was.peak_ticks:
            yield "trailing stop moves"
        if order.linked_order and order.triggered_at and not was.triggered_at:
            yield "pair fires"
    smaller = [order for order in updates if order.status is OrderStatus.PARTIALLY_FILLED and order.id in before]
    ended = any(order.reason is OrderReason.SELF_TRADE for order in updates)
    if ended and any(order.quantity_lots != before[order.id].quantity_lots for order in smaller):
        yield "decrement of a partly filled order"


def of_amendment(outcome: Outcome, before: dict[int, Order], after: dict[int, Order]) -> Iterator[str]:
    """Name what an amended order did."""
    number = outcome.answers[0]
    assert isinstance(number, int)
    was, now = before[number], after.get(number)
    if any(isinstance(event, Filled) and event.order.id == number for event in outcome.events):
        yield "amended order trades"
    if now is None:
        yield "amended order ends"
    elif now.status is OrderStatus.UNTRIGGERED:
        yield "amended while it waits"
    else:
        yield "amended in its place" if now.place == was.place else "amended to a new place"
    if was.linked_order in after:
        yield "amended leg of a pair"
    if was.type is not OrderType.LIMIT and was.type in LIMIT_TYPES and was.status is not OrderStatus.UNTRIGGERED:
        yield "amended after its trigger"
