"""Rows of the orders table as the engine's orders."""

from typing import Any

from sqlalchemy import Row

from backend.engine.values import (
    AccountId,
    Order,
    OrderId,
    OrderReason,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)


def order_of(row: Row[Any]) -> Order:
    """Return the order that a row of the orders table holds."""
    return Order(
        id=OrderId(row.id),
        account=AccountId(row.account),
        client_order_id=row.client_order_id,
        market=row.market,
        side=Side(row.side),
        type=OrderType(row.type),
        time_in_force=TimeInForce(row.time_in_force),
        post_only=bool(row.post_only),
        self_trade_prevention=SelfTradePrevention(row.self_trade_prevention),
        price_ticks=row.price_ticks,
        quantity_lots=row.quantity_lots,
        quote_amount=row.quote_amount,
        filled_lots=row.filled_lots,
        filled_quote=row.filled_quote,
        held=row.held,
        place=row.place,
        status=OrderStatus(row.status),
        reason=None if row.reason is None else OrderReason(row.reason),
        created_at=TimeUs(row.created_at),
        updated_at=TimeUs(row.updated_at),
        stop_ticks=row.stop_ticks,
        trailing_ticks=row.trailing_ticks,
        trailing_rate=row.trailing_rate,
        peak_ticks=row.peak_ticks,
        visible_lots=row.visible_lots,
        slice_lots=row.slice_lots,
        expire_at=row.expire_at,
        triggered_at=row.triggered_at,
        linked_order=row.linked_order,
    )
