"""What an operator's tests need again and again: a market of their own with the rules that a test is about."""

from typing import Any

from tests.support.exchange import Client
from tests.support.mutations import do

SOL_BTC = {
    "base": "SOL",
    "quote": "BTC",
    "tickSize": "0.0001",
    "lotSize": "0.01",
    "minimumNotional": "0",
    "makerFee": "0",
    "takerFee": "0",
}
"""A market with simple numbers: ticks of 0.0001 BTC, lots of 0.01 SOL, no fees."""


async def open_market(operator: Client, **rules: object) -> dict[str, Any]:
    """Create SOL-BTC with these rules besides, and open it; return the market."""
    await do(operator, "createMarket", input={**SOL_BTC, **rules})
    market: dict[str, Any] = await set_status(operator, "OPEN", "It begins.")
    return market


async def set_status(operator: Client, status: str, reason: str, market: str = "SOL-BTC") -> dict[str, Any]:
    """Change the status of a market; return the market."""
    payload = await do(operator, "setMarketStatus", market=market, status=status, reason=reason)
    market_now: dict[str, Any] = payload["market"]
    return market_now
