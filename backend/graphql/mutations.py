"""The root of mutations: orders and demonstration coins; users, sessions and operations come from their own modules."""

import strawberry
from strawberry import ID

from backend.graphql import faucet, managing, trading
from backend.graphql.accounts import AccountsMutation, ActionPayload
from backend.graphql.info import Info
from backend.graphql.inputs import AmendOrderInput, FaucetInput, PlaceOcoOrderInput, PlaceOrderInput
from backend.graphql.operator import OperatorMutation
from backend.graphql.orders import CancelAllAfterPayload, OrderListPayload, OrderPayload


@strawberry.type
class Mutation(AccountsMutation, OperatorMutation):
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

    @strawberry.mutation(description="One cancels the other: a limit order and a stop order on one side.")
    async def place_oco_order(self, info: Info, input: PlaceOcoOrderInput) -> OrderListPayload | None:
        """Place a pair of orders; the limit order is the first of the answer."""
        return await trading.place_pair(info.context, input)

    @strawberry.mutation
    async def cancel_order(
        self, info: Info, account_id: ID | None = None, id: ID | None = None, client_order_id: str | None = None
    ) -> OrderPayload | None:
        """Cancel one open order."""
        return await managing.cancel(info.context, account_id, id, client_order_id)

    @strawberry.mutation(
        description="All open orders of the account, or those of one market; returns the cancelled ones."
    )
    async def cancel_all_orders(
        self, info: Info, account_id: ID | None = None, market: str | None = None
    ) -> OrderListPayload | None:
        """Cancel all open orders."""
        return await managing.cancel_all(info.context, account_id, market)

    @strawberry.mutation(
        description=(
            "`quantity` is the new total, fills included. Keeps its place in the queue when only the quantity falls."
        )
    )
    async def amend_order(self, info: Info, input: AmendOrderInput) -> OrderPayload | None:
        """Change an open order."""
        return await managing.amend(info.context, input)

    @strawberry.mutation(
        description=(
            "Dead man's switch: cancels every open order of the account unless called again within `seconds` "
            "(1 to 86400); 0 turns it off."
        )
    )
    async def cancel_all_after(
        self, info: Info, seconds: int, account_id: ID | None = None
    ) -> CancelAllAfterPayload | None:
        """Set the dead man's switch."""
        return await managing.cancel_all_after(info.context, account_id, seconds)

    @strawberry.mutation(
        description="Demonstration exchanges only (FORBIDDEN elsewhere): coins for the viewer's main account."
    )
    async def request_faucet(self, info: Info, input: FaucetInput) -> ActionPayload | None:
        """Give demonstration coins."""
        return await faucet.request(info.context, input)
