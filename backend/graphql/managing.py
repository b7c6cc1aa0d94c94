"""Cancelling and amending open orders, and the dead man's switch: arguments to commands, outcomes to payloads."""

from typing import Final, cast

from backend.engine.commands import CancelAllAfter, CancelAllOrders, CancelOrder
from backend.engine.events import AccountChanged
from backend.engine.outcome import Outcome, Refusal, RefusalCode
from backend.engine.values import OPEN_STATUSES, AccountId, OrderId
from backend.engine.values import Order as EngineOrder
from backend.graphql import lists
from backend.graphql.context import Context
from backend.graphql.found import Made, as_it_is_now, find_order
from backend.graphql.inputs import AmendOrderInput, amend_command, usable_key
from backend.graphql.orders import CancelAllAfterPayload, Order, OrderListPayload, OrderPayload
from backend.graphql.pages import id_number
from backend.graphql.refusals import (
    Path,
    Refused,
    invalid,
    no_such_market,
    no_such_order,
    of_cancellation,
    order_ended,
)
from backend.graphql.words import of_amendment

PATH: Final[Path] = ("input",)


async def cancel(
    context: Context, account_id: str | None, order_id: str | None, client_order_id: str | None
) -> OrderPayload:
    """Cancel one open order by one of its two ids."""
    account = context.account(account_id)
    try:
        order, path = _named(order_id, client_order_id, [])
    except Refused as refused:
        return OrderPayload.refused(refused.error)
    outcome = await context.services.submit(CancelOrder(account, order, client_order_id))
    answer = outcome.answers[0]
    if not isinstance(answer, Refusal):
        made = Made(outcome)
        return OrderPayload(order=made.shown(context, made.orders[OrderId(int(answer))]), errors=[])
    if answer.code is not RefusalCode.UNKNOWN_ORDER:
        return OrderPayload.refused(of_cancellation(answer, []))
    return await _not_open(context, account, order, client_order_id, path)


async def amend(context: Context, given: AmendOrderInput) -> OrderPayload:
    """Change price, quantity or stop price of an open order, which is named by one of its two ids."""
    account = context.account(given.account_id)
    try:
        number, path = _named(given.id, given.client_order_id, PATH)
        order = await find_order(context, account, number, given.client_order_id)
        if order is None:
            raise no_such_order(path)
        if order.status not in OPEN_STATUSES:
            raise order_ended(order.status, path)
        listed = context.services.catalogue.listed(order.market)
        command = amend_command(given, order, listed.scale, PATH)
    except Refused as refused:
        return OrderPayload.refused(refused.error)
    outcome = await context.services.submit(command)
    answer = outcome.answers[0]
    if isinstance(answer, Refusal):
        if answer.code is RefusalCode.UNKNOWN_ORDER:
            return await _not_open(context, account, order.id, None, path)
        return OrderPayload.refused(of_amendment(answer, order, listed.scale, PATH))
    made = Made(outcome)
    amended = made.orders.get(order.id)
    if amended is None:
        return await as_it_is_now(context, account, order.id)
    return OrderPayload(order=made.shown(context, amended), errors=[])


async def cancel_all(context: Context, account_id: str | None, market: str | None) -> OrderListPayload:
    """Cancel all open orders of an account, or those of one market."""
    account = context.account(account_id)
    if market is not None and context.services.catalogue.find(market) is None:
        return OrderListPayload(errors=[no_such_market(market, ["market"]).error])
    outcome = await context.services.submit(CancelAllOrders(account, market))
    refusal = outcome.refusal
    if refusal is not None:
        return OrderListPayload(errors=[of_cancellation(refusal, [])])
    return cancelled(context, [outcome])


def cancelled(context: Context, outcomes: list[Outcome]) -> OrderListPayload:
    """Return the orders that one or more commands have cancelled."""
    orders: list[tuple[Made, EngineOrder]] = []
    for outcome in outcomes:
        made = Made(outcome)
        orders += [(made, made.orders[OrderId(answer)]) for answer in outcome.answers if isinstance(answer, int)]

    def show() -> list[Order]:
        return cast(list[Order], lists.shown(orders, lambda one: one[0].shown(context, one[1])))

    return OrderListPayload(errors=[], show_orders=show)


async def cancel_all_after(context: Context, account_id: str | None, seconds: int) -> CancelAllAfterPayload:
    """Set the dead man's switch of an account, or turn it off."""
    account = context.account(account_id)
    outcome = await context.services.submit(CancelAllAfter(account, seconds))
    refusal = outcome.refusal
    if refusal is not None:
        return CancelAllAfterPayload(cancels_at=None, errors=[of_cancellation(refusal, [])])
    changed = [event.account for event in outcome.events if isinstance(event, AccountChanged)]
    return CancelAllAfterPayload(cancels_at=changed[-1].cancels_at, errors=[])


def _named(order_id: str | None, client_order_id: str | None, path: Path) -> tuple[OrderId | None, Path]:
    """Return the order's number, where it is named by its id, and the path of the id that was given."""
    if (order_id is None) == (client_order_id is None):
        raise invalid("Say which order: by id or by clientOrderId, one of the two.", path)
    where = [*path, "id" if order_id is not None else "clientOrderId"]
    number = None if order_id is None else id_number(order_id)
    if number is None and (client_order_id is None or not usable_key(client_order_id)):
        raise no_such_order(where)
    return None if number is None else OrderId(number), where


async def _not_open(
    context: Context, account: AccountId, order: OrderId | None, client_order_id: str | None, path: Path
) -> OrderPayload:
    """Say of an order that is not open whether it was ever there."""
    ended = await find_order(context, account, order, client_order_id)
    why = no_such_order(path) if ended is None else order_ended(ended.status, path)
    return OrderPayload.refused(why.error)
