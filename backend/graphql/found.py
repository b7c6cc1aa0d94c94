"""Orders as a command left them, and as they are now: from outcomes, from the live views, else from the tables."""

from collections.abc import Iterable
from typing import Final

from backend.engine.events import Event, Filled, OrderUpdated
from backend.engine.outcome import Outcome
from backend.engine.values import AccountId, Order, OrderId
from backend.graphql import orders
from backend.graphql.context import Context
from backend.graphql.inputs import usable_key
from backend.persistence import histories

FILLS_SHOWN_MAX: Final = 100
"""So many of the newest fills come with an order."""


class Made:
    """The orders of an outcome as it left them, and their fills in it."""

    def __init__(self, outcome: Outcome) -> None:
        self.sequence = outcome.sequence
        self.orders: dict[OrderId, Order] = {}
        self._fills: dict[OrderId, list[Filled]] = {}
        self._read(outcome.events)

    def shown(self, context: Context, order: Order) -> orders.Order:
        """Return an order as the API shows it; earlier fills than those of the outcome are looked up in the tables."""
        listed = context.services.catalogue.listed(order.market)
        fills = self._fills.get(order.id, [])
        if sum(fill.lots for fill in fills) != order.filled_lots:
            return orders.Order.of(order, listed)
        newest = fills[: -FILLS_SHOWN_MAX - 1 : -1]
        return orders.Order.of(
            order, listed, [orders.Fill.of_event(fill, self.sequence, fill.order.updated_at, listed) for fill in newest]
        )

    def _read(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, OrderUpdated | Filled):
                self.orders[event.order.id] = event.order
            if isinstance(event, Filled):
                self._fills.setdefault(event.order.id, []).append(event)


async def find_order(
    context: Context, account: AccountId, order: OrderId | None, client_order_id: str | None
) -> Order | None:
    """Return an order of the account as it is now: from the live views, else from the tables."""
    services = context.services
    if order is not None:
        live = services.views.order(order)
        if live is not None:
            return live if live.account == account else None
        number = order
        return await services.read(
            lambda connection: histories.order(connection, account, number), services.views.sequence
        )
    if client_order_id is None or not usable_key(client_order_id):
        return None
    key = client_order_id
    stored = await services.read(
        lambda connection: histories.order_by_client_id(connection, account, key), services.views.sequence
    )
    # The tables may have an older state than the live views by the time that they answer, never a newer one.
    return None if stored is None else services.views.order(stored.id) or stored


async def as_it_is_now(context: Context, account: AccountId, order_id: OrderId) -> orders.OrderPayload:
    """Return the answer to a repeated request: the order that the first one made, as it is now."""
    order = await find_order(context, account, order_id, None)
    assert order is not None, "a key that was used names an order of the account"
    return orders.OrderPayload(order=orders.Order.of(order, context.services.catalogue.listed(order.market)), errors=[])
