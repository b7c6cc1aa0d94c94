"""A user of the demonstration traders, who signs in and asks for money when it is first needed."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from backend.demo.client import ApiClient, ApiFailure
from backend.demo.paths import QUOTE, START_PRICES

FUNDS_SECONDS = 20.0
FUNDS_USDT = 1_000_000
"""What each member has of each asset at first, in USDT; when less than a quarter is available, it asks again."""

BALANCES = "query Balances { viewer { balances(includeZero: true) { asset { code } available } } }"
FAUCET = "mutation Faucet($input: FaucetInput!) { requestFaucet(input: $input) { errors { code message } } }"


class Member:
    """One trader's user.

    Args:
        client: Talks to the API for it.
        turn: Waits for the time of the next command.
        worth: Returns what an asset is worth in USDT.
        now: A clock in seconds.
    """

    def __init__(
        self,
        client: ApiClient,
        turn: Callable[[], Awaitable[None]],
        worth: Callable[[str], Decimal],
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._turn = turn
        self._worth = worth
        self._now = now
        self._signed_in = False
        self._funds_at = 0.0

    async def execute(self, document: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return the data of one operation; sign in and see to the money before, where it is time to.

        Raises:
            ApiFailure: There is an error instead, or no answer.
        """
        if not self._signed_in:
            await self._client.sign_in()
            self._signed_in = True
        if self._now() >= self._funds_at:
            await self._fill_up()
            self._funds_at = self._now() + FUNDS_SECONDS
        return await self._client.execute(document, variables)

    def lacks_money(self) -> None:
        """Look at the money before the next operation."""
        self._funds_at = 0.0

    async def _fill_up(self) -> None:
        for balance in (await self._client.execute(BALANCES))["viewer"]["balances"]:
            code = balance["asset"]["code"]
            if code != QUOTE and code not in START_PRICES:
                continue
            enough = int(FUNDS_USDT / self._worth(code))
            if Decimal(balance["available"]) * 4 < enough:
                await self._turn()
                request = {"asset": code, "amount": str(enough), "idempotencyKey": uuid.uuid4().hex}
                payload = (await self._client.execute(FAUCET, {"input": request}))["requestFaucet"]
                for error in payload["errors"]:
                    raise ApiFailure(error["code"], error["message"])
