"""Placing, previewing and cancelling orders: inputs to commands, outcomes to payloads."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from backend import money
from backend.engine.codec import content_of
from backend.engine.commands import CancelAllOrders, CancelOrder, PlaceOrder, PlaceOrders
from backend.engine.events import Event, Filled, OrderUpdated
from backend.engine.outcome import Answer, Outcome, Refusal, RefusalCode
from backend.engine.trading import Preview
from backend.engine.values import AccountId, KeyKind, OrderId
from backend.engine.values import Order as EngineOrder
from backend.graphql import lists
from backend.graphql.amounts import amount
from backend.graphql.catalogue import Listed
from backend.graphql.context import Context
from backend.graphql.errors import bad_user_input
from backend.graphql.inputs import PlaceOrderInput, order_command, usable_key
from backend.graphql.orders import Fill, Order, OrderListPayload, OrderPayload, OrderPreview, OrderPreviewPayload
from backend.graphql.pages import id_number
from backend.graphql.refusals import (
    Path,
    Refused,
    invalid,
    no_such_market,
    no_such_order,
    of_cancellation,
    of_order,
    order_ended,
)
from backend.graphql.scalars import Plain
from backend.persistence import histories

ORDERS_PER_REQUEST_MAX: Final = 100
SLIPPAGE_DECIMALS: Final = 8
FILLS_SHOWN_MAX: Final = 100
"""So many of the newest fills come with an order."""


async def place(context: Context, given: PlaceOrderInput) -> OrderPayload:
    """Place one order."""
    wish = await _wish(context, given, ["input"])
    if isinstance(wish, OrderPayload):
        return wish
    outcome = await context.services.submit(wish.command)
    return await _payload(context, wish, outcome.answers[0], _Made(outcome))


async def place_many(context: Context, given: Sequence[PlaceOrderInput]) -> list[OrderPayload]:
    """Place orders one after the other, as one command; each succeeds or is refused alone."""
    if len(given) > ORDERS_PER_REQUEST_MAX:
        raise bad_user_input(f"`inputs` has at most {ORDERS_PER_REQUEST_MAX} orders.")
    for one in given:
        context.account(one.account_id)
    wishes = await asyncio.gather(*(_wish(context, one, ["inputs", str(n)]) for n, one in enumerate(given)))
    commands = tuple(wish.command for wish in wishes if isinstance(wish, _Wish))
    if not commands:
        return [wish for wish in wishes if isinstance(wish, OrderPayload)]
    outcome = await context.services.submit(PlaceOrders(commands))
    made = _Made(outcome)
    answers = iter(outcome.answers)
    return [
        wish if isinstance(wish, OrderPayload) else await _payload(context, wish, next(answers), made)
        for wish in wishes
    ]


async def preview(context: Context, given: PlaceOrderInput) -> OrderPreviewPayload:
    """Say what an order would do now; nothing is placed."""
    wish = await _wish(context, given, ["input"])
    if isinstance(wish, OrderPayload) and wish.errors:
        return OrderPreviewPayload(preview=None, errors=wish.errors)
    if isinstance(wish, OrderPayload):
        listed = context.services.catalogue.listed(given.market)
        command = order_command(given, context.account(given.account_id), listed.scale, ["input"])
        wish = _Wish(command, listed, ["input"])
    command = wish.command
    found = await context.services.inspect(lambda exchange: exchange.preview(command))
    if isinstance(found, Refusal):
        return OrderPreviewPayload(preview=None, errors=[of_order(found, command, wish.listed.scale, wish.path)])
    return OrderPreviewPayload(preview=_shown_preview(found, wish.listed), errors=[])


async def cancel(
    context: Context, account_id: str | None, order_id: str | None, client_order_id: str | None
) -> OrderPayload:
    """Cancel one open order by one of its two ids."""
    account = context.account(account_id)
    path = ["id" if order_id is not None else "clientOrderId"]
    try:
        if (order_id is None) == (client_order_id is None):
            raise invalid("Say which order: by id or by clientOrderId, one of the two.", [])
        number = None if order_id is None else id_number(order_id)
        if number is None and (client_order_id is None or not usable_key(client_order_id)):
            raise no_such_order(path)
    except Refused as refused:
        return OrderPayload.refused(refused.error)
    order = None if number is None else OrderId(number)
    outcome = await context.services.submit(CancelOrder(account, order, client_order_id))
    answer = outcome.answers[0]
    if not isinstance(answer, Refusal):
        made = _Made(outcome)
        return OrderPayload(order=made.shown(context, made.orders[OrderId(int(answer))]), errors=[])
    if answer.code is not RefusalCode.UNKNOWN_ORDER:
        return OrderPayload.refused(of_cancellation(answer, []))
    ended = await find_order(context, account, order, client_order_id)
    why = no_such_order(path) if ended is None else order_ended(ended.status, path)
    return OrderPayload.refused(why.error)


async def cancel_all(context: Context, account_id: str | None, market: str | None) -> OrderListPayload:
    """Cancel all open orders of an account, or those of one market."""
    account = context.account(account_id)
    if market is not None and context.services.catalogue.find(market) is None:
        return OrderListPayload(errors=[no_such_market(market, ["market"]).error])
    outcome = await context.services.submit(CancelAllOrders(account, market))
    refusal = outcome.refusal
    if refusal is not None:
        return OrderListPayload(errors=[of_cancellation(refusal, [])])
    made = _Made(outcome)
    orders = [made.orders[OrderId(answer)] for answer in outcome.answers if isinstance(answer, int)]

    def show() -> list[Order]:
        return cast(list[Order], lists.shown(orders, lambda order: made.shown(context, order)))

    return OrderListPayload(errors=[], show_orders=show)


async def find_order(
    context: Context, account: AccountId, order: OrderId | None, client_order_id: str | None
) -> EngineOrder | None:
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


@dataclass(slots=True, frozen=True)
class _Wish:
    """An order that only the engine can still refuse."""

    command: PlaceOrder
    listed: Listed
    path: Path


class _Made:
    """The orders of an outcome as it left them, and their fills in it."""

    def __init__(self, outcome: Outcome) -> None:
        self.sequence = outcome.sequence
        self.orders: dict[OrderId, EngineOrder] = {}
        self._fills: dict[OrderId, list[Filled]] = {}
        self._read(outcome.events)

    def shown(self, context: Context, order: EngineOrder) -> Order:
        """Return an order as the API shows it; earlier fills than those of the outcome are looked up in the tables."""
        listed = context.services.catalogue.listed(order.market)
        fills = self._fills.get(order.id, [])
        if sum(fill.lots for fill in fills) != order.filled_lots:
            return Order.of(order, listed)
        newest = fills[: -FILLS_SHOWN_MAX - 1 : -1]
        return Order.of(
            order, listed, [Fill.of_event(fill, self.sequence, fill.order.updated_at, listed) for fill in newest]
        )

    def _read(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, OrderUpdated | Filled):
                self.orders[event.order.id] = event.order
            if isinstance(event, Filled):
                self._fills.setdefault(event.order.id, []).append(event)


async def _wish(context: Context, given: PlaceOrderInput, path: Path) -> _Wish | OrderPayload:
    """Return the command of an order, or the answer where none is needed: a refusal, or an old key's order."""
    account = context.account(given.account_id)
    listed = context.services.catalogue.find(given.market)
    try:
        if listed is None:
            raise no_such_market(given.market, [*path, "market"])
        command = order_command(given, account, listed.scale, path)
    except Refused as refused:
        return OrderPayload.refused(refused.error)
    wish = _Wish(command, listed, path)
    return await _by_old_key(context, wish) or wish


async def _by_old_key(context: Context, wish: _Wish) -> OrderPayload | None:
    """Answer for a key that the engine may have forgotten; the Bloom filter spares nearly all new keys the look."""
    services, command = context.services, wish.command
    key = command.client_order_id
    if key is None or not services.known_keys.maybe_used(command.account, KeyKind.ORDER, key):
        return None
    account = command.account
    used = await services.read(lambda connection: histories.find_key(connection, account, KeyKind.ORDER, key))
    if used is None:
        return None
    if used.content != content_of(command):
        refusal = Refusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, "client_order_id")
        return OrderPayload.refused(of_order(refusal, command, wish.listed.scale, wish.path))
    return await _as_it_is_now(context, command.account, OrderId(int(used.result)))


async def _payload(context: Context, wish: _Wish, answer: Answer, made: _Made) -> OrderPayload:
    if isinstance(answer, Refusal):
        return OrderPayload.refused(of_order(answer, wish.command, wish.listed.scale, wish.path))
    order_id = OrderId(int(answer))
    order = made.orders.get(order_id)
    if order is None:
        return await _as_it_is_now(context, wish.command.account, order_id)
    return OrderPayload(order=made.shown(context, order), errors=[])


async def _as_it_is_now(context: Context, account: AccountId, order_id: OrderId) -> OrderPayload:
    order = await find_order(context, account, order_id, None)
    assert order is not None, "a key that was used names an order of the account"
    return OrderPayload(order=Order.of(order, context.services.catalogue.listed(order.market)), errors=[])


def _shown_preview(found: Preview, listed: Listed) -> OrderPreview:
    scale = listed.scale
    paid = scale.base if found.paid_asset == scale.base.code else scale.quote
    return OrderPreview(
        filled_quantity=scale.quantity(found.filled_lots),
        average_price=scale.average(found.filled_value, found.filled_lots),
        slippage=_slippage(found, listed),
        fee=scale.fee(found.fee, found.fee_asset),
        fee_asset=found.fee_asset,
        total=scale.value(found.total),
        available_after=amount(found.available_after, paid),
    )


def _slippage(found: Preview, listed: Listed) -> Plain | None:
    """Return how far the average price is from the best, as a fraction of the best: value / (best × lots) − 1."""
    if found.filled_lots == 0 or found.best_ticks is None:
        return None
    at_best = found.best_ticks * found.filled_lots * listed.rules.value_units
    parts = money.divide_half_up(abs(found.filled_value - at_best) * 10**SLIPPAGE_DECIMALS, at_best)
    return Plain(money.plain(*money.shortest_scale(parts, SLIPPAGE_DECIMALS)))
