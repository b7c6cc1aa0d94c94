"""Orders and fills as the API shows them."""

from collections.abc import Callable

import strawberry
from strawberry import ID

from backend.engine import events, values
from backend.engine.values import TimeUs
from backend.graphql.amounts import percent
from backend.graphql.catalogue import Listed
from backend.graphql.enums import (
    Liquidity,
    OrderReason,
    OrderSide,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
)
from backend.graphql.info import Info
from backend.graphql.markets import Market
from backend.graphql.refusals import UserError
from backend.graphql.scalars import Long, Plain
from backend.persistence.rows import FillRow, fill_number

Moment = tuple[int, float]
"""A sequence, and the last trade in it that counts; infinity for all of them."""


@strawberry.type
class Fill:
    """One order's part of a trade."""

    id: ID
    sequence: Long
    trade_id: ID
    order_id: ID
    market: str
    side: OrderSide
    price: Plain
    quantity: Plain
    fee: Plain = strawberry.field(description="Negative for a rebate.")
    fee_asset: str
    liquidity: Liquidity
    time: TimeUs

    @classmethod
    def of_row(cls, row: FillRow, listed: Listed) -> "Fill":
        """Return a fill of the tables as the API shows it."""
        scale = listed.scale
        return cls(
            id=ID(str(row.id)),
            sequence=Long(row.sequence),
            trade_id=ID(str(row.trade)),
            order_id=ID(str(row.order)),
            market=row.market,
            side=row.side,
            price=scale.price(row.price_ticks),
            quantity=scale.quantity(row.lots),
            fee=scale.fee(row.fee, row.fee_asset),
            fee_asset=row.fee_asset,
            liquidity=Liquidity(row.liquidity.value),
            time=row.time,
        )

    @classmethod
    def of_event(cls, filled: events.Filled, sequence: int, time: TimeUs, listed: Listed) -> "Fill":
        """Return a fill of the stream as the API shows it."""
        order, scale = filled.order, listed.scale
        return cls(
            id=ID(str(fill_number(filled))),
            sequence=Long(sequence),
            trade_id=ID(str(filled.trade)),
            order_id=ID(str(order.id)),
            market=order.market,
            side=order.side,
            price=scale.price(filled.price_ticks),
            quantity=scale.quantity(filled.lots),
            fee=scale.fee(filled.fee, filled.fee_asset),
            fee_asset=filled.fee_asset,
            liquidity=Liquidity(filled.liquidity.value),
            time=time,
        )


@strawberry.type
class Order:
    """An order as it is."""

    id: ID
    account_id: ID
    client_order_id: str | None
    market: Market
    side: OrderSide
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    price: Plain | None
    stop_price: Plain | None
    trailing_offset: Plain | None
    trailing_percent: Plain | None
    quantity: Plain | None
    quote_quantity: Plain | None = strawberry.field(
        description="Only on a market buy that was given an amount to spend."
    )
    visible_quantity: Plain | None = strawberry.field(description="The part shown in the book, on an iceberg order.")
    filled_quantity: Plain
    filled_quote_quantity: Plain
    remaining_quantity: Plain | None = strawberry.field(
        description="Null where it cannot be known: a market order by amount."
    )
    average_price: Plain | None
    status: OrderStatus
    reason: OrderReason | None
    linked_order_id: ID | None = strawberry.field(description="The other leg of a one-cancels-the-other pair.")
    expire_at: TimeUs | None
    triggered_at: TimeUs | None
    created_at: TimeUs
    updated_at: TimeUs
    known_fills: strawberry.Private[list[Fill] | None] = None
    """All of its fills, where who made this object has them at hand."""
    fills_until: strawberry.Private["Moment | None"] = None
    """The moment that this object shows, where it is not now."""

    @strawberry.field(description="The newest 100; all of them by `viewer.fills(order:)`.")
    async def fills(self, info: Info) -> list[Fill]:
        """Return what is known already, else what the tables have once they have everything that is committed."""
        if self.known_fills is not None:
            return self.known_fills
        found = await info.context.fills_of(values.OrderId(int(self.id)))
        until = self.fills_until
        return found if until is None else [fill for fill in found if (fill.sequence, int(fill.trade_id)) <= until]

    @classmethod
    def of(cls, order: values.Order, listed: Listed, known_fills: list[Fill] | None = None) -> "Order":
        """Return an order as the API shows it."""
        scale = listed.scale
        lots = order.quantity_lots
        if known_fills is None and order.filled_lots == 0:
            known_fills = []
        return cls(
            id=ID(str(order.id)),
            account_id=ID(order.account),
            client_order_id=order.client_order_id,
            market=listed.shown,
            side=order.side,
            type=order.type,
            time_in_force=order.time_in_force,
            post_only=order.post_only,
            self_trade_prevention=order.self_trade_prevention,
            price=None if order.price_ticks is None else scale.price(order.price_ticks),
            stop_price=None if order.stop_ticks is None else scale.price(order.stop_ticks),
            trailing_offset=None if order.trailing_ticks is None else scale.price(order.trailing_ticks),
            trailing_percent=None if order.trailing_rate is None else percent(order.trailing_rate),
            quantity=None if lots is None else scale.quantity(lots),
            quote_quantity=None if order.quote_amount is None else scale.value(order.quote_amount),
            visible_quantity=None if order.visible_lots is None else scale.quantity(order.visible_lots),
            filled_quantity=scale.quantity(order.filled_lots),
            filled_quote_quantity=scale.value(order.filled_quote),
            remaining_quantity=None if lots is None else scale.quantity(lots - order.filled_lots),
            average_price=scale.average(order.filled_quote, order.filled_lots),
            status=order.status,
            reason=order.reason,
            linked_order_id=None if order.linked_order is None else ID(str(order.linked_order)),
            expire_at=order.expire_at,
            triggered_at=order.triggered_at,
            created_at=order.created_at,
            updated_at=order.updated_at,
            known_fills=known_fills,
        )


@strawberry.type(
    description=(
        "`order` is null exactly when `errors` is not empty. An order that was accepted and ended at once "
        "(IOC, FOK, self-trade) is an order with a reason."
    )
)
class OrderPayload:
    """The answer to one order."""

    order: Order | None
    errors: list[UserError]

    @classmethod
    def refused(cls, error: UserError) -> "OrderPayload":
        """Return the answer of a refusal."""
        return cls(order=None, errors=[error])


@strawberry.type
class OrderListPayload:
    """The answer where several orders are changed at once."""

    errors: list[UserError]
    show_orders: strawberry.Private[Callable[[], list[Order]]] = list

    @strawberry.field
    def orders(self) -> list[Order]:
        """The orders that were changed."""
        return self.show_orders()


@strawberry.type
class CancelAllAfterPayload:
    """When the dead man's switch cancels all orders; null when it is off."""

    cancels_at: TimeUs | None
    errors: list[UserError]


@strawberry.type(
    description="From the live book: `slippage` is the fraction between the best price and the average one."
)
class OrderPreview:
    """What an order would do now."""

    filled_quantity: Plain
    average_price: Plain | None
    slippage: Plain | None
    fee: Plain
    fee_asset: str
    total: Plain
    available_after: Plain


@strawberry.type
class OrderPreviewPayload:
    """The answer to a preview."""

    preview: OrderPreview | None
    errors: list[UserError]


@strawberry.type(description="Several updates may share a sequence; (sequence, index) is unique and grows.")
class OrderUpdate:
    """An order as one event left it."""

    sequence: Long
    index: int
    order: Order
    fill: Fill | None
