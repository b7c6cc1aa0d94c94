"""The root of mutations: orders and demonstration coins; users and sessions come from their own module."""

import strawberry
from strawberry import ID

from backend.graphql import faucet, trading
from backend.graphql.accounts import AccountsMutation, ActionPayload
from backend.graphql.info import Info
from backend.graphql.inputs import FaucetInput, PlaceOrderInput
from backend.graphql.orders import OrderListPayload, OrderPayload


@strawberry.type
class Mutation(AccountsMutation):
    """What can be changed."""

    @strawberry.mutation
    async def place_order(self, info: Info, input: PlaceOrderInput) -> OrderPayload | None:
        """Place one order."""
        return await trading.place(info.context, input)

    @strawberry.mutation(
        description="At most 100, one after the other in this order; each succeeds or is refused alone."
    )
    async def place_orders(self, info: Info, inputs: list[PlaceOrderInput]) -> list[OrderPayload] | None:
        """Place many orders as one command."""
        return await trading.place_many(info.context, inputs)

    @strawberry.mutation
    async def cancel_order(
        self, info: Info, account_id: ID | None = None, id: ID | None = None, client_order_id: str | None = None
    ) -> OrderPayload | None:
        """Cancel one open order."""
        return await trading.cancel(info.context, account_id, id, client_order_id)

    @strawberry.mutation(
        description="All open orders of the account, or those of one market; returns the cancelled ones."
    )
    async def cancel_all_orders(
        self, info: Info, account_id: ID | None = None, market: str | None = None
    ) -> OrderListPayload | None:
        """Cancel all open orders."""
        return await trading.cancel_all(info.context, account_id, market)

    @strawberry.mutation(
        description="Demonstration exchanges only (FORBIDDEN elsewhere): coins for the viewer's main account."
    )
    async def request_faucet(self, info: Info, input: FaucetInput) -> ActionPayload | None:
        """Give demonstration coins."""
        return await faucet.request(info.context, input)
