"""The mutations of traders and operators in a word: `await do(client, "amendOrder", input={...})`."""

from typing import Any, Final

from tests.support.exchange import ERRORS, Client

ORDER: Final = """
    id accountId clientOrderId side type timeInForce postOnly selfTradePrevention price stopPrice trailingOffset
    trailingPercent quantity quoteQuantity visibleQuantity filledQuantity remainingQuantity averagePrice status reason
    linkedOrderId expireAt triggeredAt market { symbol } fills { price quantity fee feeAsset liquidity }
"""
MARKET: Final = """
    symbol status statusReason tickSize lotSize minimumNotional maximumQuantity priceBand openOrdersPerAccount makerFee
    takerFee breakerMove breakerWindow breakerPause auctionEndsAt
"""
MUTATIONS: Final = {
    "placeOrder": ("input: PlaceOrderInput!", f"order {{ {ORDER} }}"),
    "placeOcoOrder": ("input: PlaceOcoOrderInput!", f"orders {{ {ORDER} }}"),
    "amendOrder": ("input: AmendOrderInput!", f"order {{ {ORDER} }}"),
    "cancelOrder": ("accountId: ID, id: ID, clientOrderId: String", f"order {{ {ORDER} }}"),
    "cancelAllOrders": ("accountId: ID, market: String", f"orders {{ {ORDER} }}"),
    "cancelAllAfter": ("accountId: ID, seconds: Int!", "cancelsAt"),
    "requestFaucet": ("input: FaucetInput!", ""),
    "createAsset": ("input: CreateAssetInput!", "asset { code name decimals }"),
    "createMarket": ("input: CreateMarketInput!", f"market {{ {MARKET} }}"),
    "updateMarket": ("input: UpdateMarketInput!", f"market {{ {MARKET} }}"),
    "setMarketStatus": ("market: String!, status: MarketStatus!, reason: String!", f"market {{ {MARKET} }}"),
    "setExchangeHalted": ("halted: Boolean!, reason: String!", ""),
    "setFeeTiers": ("tiers: [FeeTierInput!]!", ""),
    "setHouseAccount": ("accountId: ID!, house: Boolean!, reason: String!", ""),
    "setUserFrozen": ("userId: ID!, frozen: Boolean!, reason: String!", "user { id frozen }"),
    "cancelUserOrders": ("userId: ID!, market: String, reason: String!", f"orders {{ {ORDER} }}"),
}
"""A mutation → its arguments with their types, and what is asked of its payload besides `errors`."""
PREVIEW: Final = f"""query($i: PlaceOrderInput!) {{ previewOrder(input: $i) {{
    preview {{ filledQuantity averagePrice slippage fee feeAsset total availableAfter }} {ERRORS} }} }}"""


def text(name: str) -> str:
    """Return the document of a mutation."""
    arguments, selection = MUTATIONS[name]
    names = [argument.partition(":")[0] for argument in arguments.split(", ")]
    declared = ", ".join(f"${argument}" for argument in arguments.split(", "))
    passed = ", ".join(f"{argument}: ${argument}" for argument in names)
    return f"mutation({declared}) {{ {name}({passed}) {{ {selection} {ERRORS} }} }}"


async def do(client: Client, name: str, **variables: object) -> dict[str, Any]:
    """Return the payload of a mutation that must be accepted."""
    payload: dict[str, Any] = (await client.get(text(name), **variables))[name]
    assert payload["errors"] == [], payload
    return payload


async def refusal(client: Client, name: str, **variables: object) -> dict[str, Any]:
    """Return the only refusal of a mutation that must be refused."""
    payload = (await client.get(text(name), **variables))[name]
    (error,) = payload.pop("errors")
    assert not any(payload.values()), payload
    result: dict[str, Any] = error
    return result


async def preview(client: Client, **given: object) -> dict[str, Any]:
    """Return the payload of a preview of an order of BTC-USDT."""
    payload: dict[str, Any] = (await client.get(PREVIEW, i={"market": "BTC-USDT", **given}))["previewOrder"]
    return payload


async def order_now(client: Client, order_id: str) -> dict[str, Any]:
    """Return an order as it is now."""
    query = f"query($id: ID!) {{ viewer {{ order(id: $id) {{ {ORDER} }} }} }}"
    order: dict[str, Any] = (await client.get(query, id=order_id))["viewer"]["order"]
    return order
