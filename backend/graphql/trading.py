"""Placing and previewing orders: inputs to commands, outcomes to payloads."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backend import money
from backend.engine.codec import content_of
from backend.engine.commands import PlaceOcoOrder, PlaceOrder, PlaceOrders
from backend.engine.outcome import Answer, Refusal, RefusalCode
from backend.engine.trading import Preview
from backend.engine.values import AccountId, KeyKind, OrderId, UsedKey
from backend.engine.values import Order as EngineOrder
from backend.graphql.amounts import amount
from backend.graphql.catalogue import Listed
from backend.graphql.context import Context
from backend.graphql.errors import bad_user_input
from backend.graphql.found import Made, as_it_is_now, find_order
from backend.graphql.inputs import PlaceOcoOrderInput, PlaceOrderInput, order_command, pair_command
from backend.graphql.orders import Order, OrderListPayload, OrderPayload, OrderPreview, OrderPreviewPayload
from backend.graphql.refusals import Path, Refused, no_such_market
from backend.graphql.scalars import Plain
from backend.graphql.words import of_order, of_pair
from backend.persistence import histories

ORDERS_PER_REQUEST_MAX: Final = 100
SLIPPAGE_DECIMALS: Final = 8
PATH: Final[Path] = ("input",)


async def place(context: Context, given: PlaceOrderInput) -> OrderPayload:
    """Place one order."""
    wish = await _wish(context, given, PATH)
    if isinstance(wish, OrderPayload):
        return wish
    outcome = await context.services.submit(wish.command)
    return await _payload(context, wish, outcome.answers[0], Made(outcome))


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
    made = Made(outcome)
    answers = iter(outcome.answers)
    return [
        wish if isinstance(wish, OrderPayload) else await _payload(context, wish, next(answers), made)
        for wish in wishes
    ]


async def place_pair(context: Context, given: PlaceOcoOrderInput) -> OrderListPayload:
    """Place a limit order and a stop order of which one cancels the other; return them in this order."""
    account = context.account(given.account_id)
    listed = context.services.catalogue.find(given.market)
    try:
        if listed is None:
            raise no_such_market(given.market, [*PATH, "market"])
        command = pair_command(given, account, listed.scale, PATH)
    except Refused as refused:
        return OrderListPayload(errors=[refused.error])
    known = await _pair_by_old_keys(context, command, listed)
    if known is not None:
        return known
    outcome = await context.services.submit(command)
    refusal = outcome.refusal
    if refusal is not None:
        return OrderListPayload(errors=[of_pair(refusal, command, listed.scale, PATH)])
    ids = [OrderId(answer) for answer in outcome.answers if isinstance(answer, int)]
    if not outcome.sequence:
        return await _pair_as_it_is_now(context, account, ids)
    made = Made(outcome)
    return OrderListPayload(
        errors=[], show_orders=lambda: [made.shown(context, made.orders[order_id]) for order_id in ids]
    )


async def preview(context: Context, given: PlaceOrderInput) -> OrderPreviewPayload:
    """Say what an order would do now; nothing is placed."""
    wish = await _wish(context, given, PATH)
    if isinstance(wish, OrderPayload) and wish.errors:
        return OrderPreviewPayload(preview=None, errors=wish.errors)
    if isinstance(wish, OrderPayload):
        listed = context.services.catalogue.listed(given.market)
        command = order_command(given, context.account(given.account_id), listed.scale, PATH)
        wish = _Wish(command, listed, PATH)
    command = wish.command
    now = context.services.clock.now()
    found = await context.services.inspect(lambda exchange: exchange.preview(command, now))
    if isinstance(found, Refusal):
        return OrderPreviewPayload(preview=None, errors=[of_order(found, command, wish.listed.scale, wish.path)])
    return OrderPreviewPayload(preview=_shown_preview(found, wish.listed), errors=[])


@dataclass(slots=True, frozen=True)
class _Wish:
    """An order that only the engine can still refuse."""

    command: PlaceOrder
    listed: Listed
    path: Path


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
    """Answer for a key that the engine may have forgotten."""
    command = wish.command
    used = await _old_key(context, command.account, command.client_order_id)
    if used is None:
        return None
    if used.content != content_of(command):
        refusal = Refusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, "client_order_id")
        return OrderPayload.refused(of_order(refusal, command, wish.listed.scale, wish.path))
    return await as_it_is_now(context, command.account, OrderId(int(used.result)))


async def _pair_by_old_keys(context: Context, command: PlaceOcoOrder, listed: Listed) -> OrderListPayload | None:
    """Answer for a pair with a key that the engine may have forgotten."""
    for field in ("limit_client_order_id", "stop_client_order_id"):
        used = await _old_key(context, command.account, getattr(command, field))
        if used is None:
            continue
        if used.content != content_of(command):
            refusal = Refusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, field)
            return OrderListPayload(errors=[of_pair(refusal, command, listed.scale, PATH)])
        order = await find_order(context, command.account, OrderId(int(used.result)), None)
        assert order is not None, "a key that was used names an order of the account"
        assert order.linked_order is not None, "and the whole command says that it is one of a pair"
        return await _pair_as_it_is_now(context, command.account, sorted((order.id, order.linked_order)))
    return None


async def _old_key(context: Context, account: AccountId, key: str | None) -> UsedKey | None:
    """Return what a key first made; the Bloom filter spares nearly all new keys the look into the tables."""
    services = context.services
    if key is None or not services.known_keys.maybe_used(account, KeyKind.ORDER, key):
        return None
    return await services.read(lambda connection: histories.find_key(connection, account, KeyKind.ORDER, key))


async def _pair_as_it_is_now(context: Context, account: AccountId, ids: Sequence[OrderId]) -> OrderListPayload:
    found = [await find_order(context, account, one, None) for one in ids]
    orders = [order for order in found if order is not None]
    assert len(orders) == len(ids), "what a key has made is there"
    return OrderListPayload(errors=[], show_orders=lambda: [_shown(context, order) for order in orders])


def _shown(context: Context, order: EngineOrder) -> Order:
    return Order.of(order, context.services.catalogue.listed(order.market))


async def _payload(context: Context, wish: _Wish, answer: Answer, made: Made) -> OrderPayload:
    if isinstance(answer, Refusal):
        return OrderPayload.refused(of_order(answer, wish.command, wish.listed.scale, wish.path))
    order_id = OrderId(int(answer))
    order = made.orders.get(order_id)
    if order is None:
        return await as_it_is_now(context, wish.command.account, order_id)
    return OrderPayload(order=made.shown(context, order), errors=[])


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
