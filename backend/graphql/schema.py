"""The schema as a whole: its roots, its scalars, what its fields cost, and its export."""

from functools import cache
from typing import Final

import strawberry
from strawberry.schema.config import StrawberryConfig

from backend.graphql.mutations import Mutation
from backend.graphql.queries import Query
from backend.graphql.scalars import SCALARS
from backend.graphql.subscriptions import Subscription
from backend.graphql.transport import FieldCost

FIELD_COSTS: Final = {
    "Query.assets": FieldCost(items=10),
    "Query.markets": FieldCost(items=10),
    "Query.tickers": FieldCost(items=10),
    "Query.previewOrder": FieldCost(cost=20),
    "Viewer.balances": FieldCost(items=10),
    "Viewer.openOrders": FieldCost(cost=10, items=50),
    "Viewer.order": FieldCost(cost=10),
    "Viewer.feeTier": FieldCost(cost=10),
    "Operator.feeTiers": FieldCost(items=10),
    "Operator.user": FieldCost(cost=20),
    "OperatorUser.balances": FieldCost(items=10),
    "OperatorUser.openOrders": FieldCost(cost=10, items=50),
    "Order.fills": FieldCost(cost=2, items=10),
    "Mutation.register": FieldCost(cost=500),
    "Mutation.logIn": FieldCost(cost=500),
    "Mutation.placeOrder": FieldCost(cost=20),
    "Mutation.placeOrders": FieldCost(cost=50, items=50),
    "Mutation.cancelOrder": FieldCost(cost=20),
    "Mutation.placeOcoOrder": FieldCost(cost=40),
    "Mutation.cancelAllOrders": FieldCost(cost=20, items=50),
    "Mutation.amendOrder": FieldCost(cost=20),
    "Mutation.cancelAllAfter": FieldCost(cost=20),
    "Mutation.createAsset": FieldCost(cost=50),
    "Mutation.createMarket": FieldCost(cost=50),
    "Mutation.updateMarket": FieldCost(cost=50),
    "Mutation.setMarketStatus": FieldCost(cost=50),
    "Mutation.setExchangeHalted": FieldCost(cost=50),
    "Mutation.setFeeTiers": FieldCost(cost=50),
    "Mutation.setHouseAccount": FieldCost(cost=50),
    "Mutation.setUserFrozen": FieldCost(cost=50),
    "Mutation.cancelUserOrders": FieldCost(cost=50, items=50),
}
"""What is dearer than a plain field, by `Type.field`; the sizes of pages multiply by themselves."""


@cache
def build() -> strawberry.Schema:
    """Return the schema; it is made and checked once, and belongs to no exchange."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def export() -> str:
    """Return the schema in GraphQL's own language, as it is committed."""
    return f"{build().as_str()}\n"
