"""Where Rialto differs from the judge by design, each with the reason and the shortest trace that shows it."""

from typing import Any, NamedTuple

from tracebook.conformance import ConformanceConfig
from tracebook.events import MarketEvent

SYMBOL = "TEST"


class Deviation(NamedTuple):
    """What differs first: the judge's word and Rialto's, at a path of what the last event of the trace led to."""

    reason: str
    trace: tuple[MarketEvent, ...]
    path: str
    judge: Any
    rialto: Any


def new(
    number: int, side: str, quantity: float, price: float | None = None, *, owner: int | None = None
) -> MarketEvent:
    """Return a new limit order, or a market order without a price."""
    return MarketEvent.from_mapping(
        {
            "op": "new",
            "symbol": SYMBOL,
            "order_id": number,
            "side": side,
            "order_type": "MARKET" if price is None else "LIMIT",
            "price": price,
            "quantity": quantity,
            "owner": number if owner is None else owner,
        }
    )


def change(op: str, number: int, quantity: float | None = None, price: float | None = None) -> MarketEvent:
    """Return the cancellation, reduction or replacement of an order."""
    return MarketEvent(op, SYMBOL, number, quantity=quantity, price=price)


REASON, FIRST_BID = "$.observation.outcome.reason", "$.state.books[0].bids[0].order_id"

DEVIATIONS = {
    "a market order that finds nobody": Deviation(
        reason="It is refused with INSUFFICIENT_LIQUIDITY: who trades at any price should hear that there is none.",
        trace=(new(1, "BUY", 1),),
        path=REASON,
        judge=None,
        rialto="INVALID_ORDER",
    ),
    "the same order twice": Deviation(
        reason="A request that comes again under its client order id is answered with the order that it first made: a "
        "client that lost an answer may ask again without harm.",
        trace=(new(1, "BUY", 1, 100), new(1, "BUY", 1, 100)),
        path=REASON,
        judge="DUPLICATE_ORDER_ID",
        rialto=None,
    ),
    "the number of an order that has ended": Deviation(
        reason="A client order id names one order for ever, so that nobody mistakes an old fill for a new one.",
        trace=(new(1, "BUY", 1, 100), change("cancel", 1), new(1, "BUY", 2, 100)),
        path=REASON,
        judge=None,
        rialto="DUPLICATE_ORDER_ID",
    ),
    "a reduction to nothing": Deviation(
        reason="Amending never ends an order: cancelling does, with a reason of its own in the order's history.",
        trace=(new(1, "BUY", 1, 100), change("reduce", 1, 1)),
        path=REASON,
        judge=None,
        rialto="INVALID_ORDER",
    ),
    "a replacement with less at the same price": Deviation(
        reason="An order that only becomes smaller keeps its place: it takes nothing from those behind it.",
        trace=(new(1, "BUY", 2, 100), new(2, "BUY", 2, 100), change("replace", 1, 1)),
        path=FIRST_BID,
        judge=2,
        rialto=1,
    ),
    "a replacement that changes nothing": Deviation(
        reason="An amendment to what is changes nothing, so that it may be sent again without loss of the place.",
        trace=(new(1, "BUY", 2, 100), new(2, "BUY", 2, 100), change("replace", 1, 2, 100)),
        path=FIRST_BID,
        judge=2,
        rialto=1,
    ),
    "an owner who trades with himself": Deviation(
        reason="Self-trade prevention cannot be switched off: a wash trade would set the price that triggers, the band "
        "and the breaker go by.",
        trace=(new(1, "SELL", 1, 100, owner=7), new(2, "BUY", 1, 100, owner=7)),
        path="$.observation.trades",
        judge=1,
        rialto=0,
    ),
}
"""They are shown with an adapter that takes the judge at its word; the campaigns run with one that translates."""

FIXTURE_DEVIATIONS = {
    "tick-grid": Deviation(
        reason="A price that is not on the tick is refused, never rounded: nobody gets a price that he did not name.",
        trace=(new(1, "BUY", 1, 100.004),),
        path=REASON,
        judge=None,
        rialto="INVALID_ORDER",
    ),
    "pro-rata-allocation": Deviation(
        reason="Rialto's markets match by price and time alone; pro rata is not offered.",
        trace=(new(1, "SELL", 6, 100), new(2, "SELL", 3, 100), new(3, "SELL", 1, 100), new(4, "BUY", 5, 100)),
        path="$.observation.trades[0].quantity",
        judge="3",
        rialto="5",
    ),
}
"""The judge's own fixtures that fail, with what fails first in them."""

CONFIGS = {"pro-rata-allocation": ConformanceConfig(matching_algorithm="pro_rata")}
"""The judge's configuration for a trace, where it is not the usual one."""
