"""Random trading through the API alone: previews come true, and every amount is where arithmetic puts it."""

import random
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from tests.support.exchange import Client, RunningExchange

BASE, QUOTE = "ETH", "BTC"
TICK, LOT, MIDDLE = Decimal("0.00001"), Decimal("0.001"), Decimal("0.035")
UNIT = {BASE: Decimal("1e-18"), QUOTE: Decimal("1e-8")}
TAKER_RATE = Decimal("0.002")
STEPS = 150
OPEN_STATUSES = ("OPEN", "PARTIALLY_FILLED")
FIRST_STEPS: list[tuple[int, dict[str, Any]]] = [
    (0, {"side": "SELL", "quantity": "1"}),
    (1, {"side": "BUY", "quantity": "3"}),
    (2, {"side": "SELL", "quantity": "1", "timeInForce": "FOK"}),
    (0, {"side": "SELL", "quantity": "5", "timeInForce": "IOC"}),
]
"""Who orders what at the middle price: an order that rests, one that trades and rests, one that fills, one cut off."""

ORDER = """
    id side status price filledQuantity filledQuoteQuantity remainingQuantity averagePrice
    fills { quantity price fee feeAsset liquidity }
"""
PREVIEW = """
query($i: PlaceOrderInput!) {
  previewOrder(input: $i) {
    preview { filledQuantity averagePrice fee feeAsset availableAfter } errors { code message path }
  }
}
"""
ACCOUNT = """
{ viewer {
    balances(includeZero: true) { asset { code } available held total }
    openOrders { side price remainingQuantity }
} }
"""
LEDGER = """
query($after: String) {
  viewer {
    ledger(first: 100, after: $after) {
      edges { node { asset amount balanceAfter kind } } pageInfo { hasNextPage endCursor }
    }
  }
}
"""

Balances = dict[str, tuple[Decimal, Decimal]]


def first_order(given: dict[str, Any]) -> dict[str, Any]:
    return {"market": f"{BASE}-{QUOTE}", "price": str(MIDDLE), **given}


def random_order(chance: random.Random) -> dict[str, Any]:
    side = chance.choice(["BUY", "SELL"])
    kind = chance.choice(["GTC", "GTC", "GTC", "IOC", "FOK", "POST", "MARKET", "SPEND"])
    price = MIDDLE + chance.randint(-40, 40) * TICK
    quantity = str(chance.randint(1, 3_000) * LOT)
    order: dict[str, Any] = {"market": f"{BASE}-{QUOTE}", "side": side}
    if kind == "SPEND" and side == "BUY":
        spend = (MIDDLE * chance.randint(1, 3_000) * LOT).quantize(UNIT[QUOTE])
        return {**order, "type": "MARKET", "quoteQuantity": str(spend)}
    if kind in ("MARKET", "SPEND"):
        return {**order, "type": "MARKET", "quantity": quantity, "timeInForce": chance.choice(["IOC", "FOK"])}
    order |= {"price": str(price), "quantity": quantity, "postOnly": kind == "POST"}
    return order | ({"timeInForce": kind} if kind in ("IOC", "FOK") else {})


async def balances_of(client: Client) -> Balances:
    """Return available and held by asset; what is held must be what the open orders need."""
    viewer = (await client.get(ACCOUNT))["viewer"]
    balances = {one["asset"]["code"]: (Decimal(one["available"]), Decimal(one["held"])) for one in viewer["balances"]}
    needed = dict.fromkeys(balances, Decimal(0))
    for order in viewer["openOrders"]:
        rest = Decimal(order["remainingQuantity"])
        needed[QUOTE if order["side"] == "BUY" else BASE] += (
            rest * Decimal(order["price"]) if order["side"] == "BUY" else rest
        )
    assert {asset: held for asset, (_, held) in balances.items()} == needed
    return balances


def expected(before: Balances, order: dict[str, Any]) -> Balances:
    """Return the balances that an accepted order leaves, from its fills and its rest."""
    buying = order["side"] == "BUY"
    quantity = sum((Decimal(fill["quantity"]) for fill in order["fills"]), Decimal(0))
    value = sum((Decimal(fill["quantity"]) * Decimal(fill["price"]) for fill in order["fills"]), Decimal(0))
    fees = sum((Decimal(fill["fee"]) for fill in order["fills"]), Decimal(0))
    rest = Decimal(order["remainingQuantity"]) if order["status"] in OPEN_STATUSES else Decimal(0)
    paid, got, received = (value, quantity, BASE) if buying else (quantity, value, QUOTE)
    reserved = rest * Decimal(order["price"]) if rest and buying else rest
    spent = QUOTE if buying else BASE
    after = dict(before)
    after[spent] = (before[spent][0] - paid - reserved, before[spent][1] + reserved)
    after[received] = (before[received][0] + got - fees, before[received][1])
    return after


def check_fills(order: dict[str, Any]) -> None:
    """Check fees, sums and the average of an order that was just placed."""
    buying = order["side"] == "BUY"
    quantity = value = Decimal(0)
    for fill in order["fills"]:
        traded = Decimal(fill["quantity"])
        quantity += traded
        value += traded * Decimal(fill["price"])
        asset = BASE if buying else QUOTE
        received = traded if buying else traded * Decimal(fill["price"])
        fee = (received * TAKER_RATE).quantize(UNIT[asset], ROUND_CEILING)
        assert (Decimal(fill["fee"]), fill["feeAsset"], fill["liquidity"]) == (fee, asset, "TAKER")
    assert (Decimal(order["filledQuantity"]), Decimal(order["filledQuoteQuantity"])) == (quantity, value)
    average = (value / quantity).quantize(UNIT[QUOTE], ROUND_HALF_UP) if quantity else None
    assert (order["averagePrice"] and Decimal(order["averagePrice"])) == average


async def check_ledger(client: Client) -> None:
    """Check that the entries, added up from the first, give each balance after and the totals of now."""
    entries: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = (await client.get(LEDGER, after=after))["viewer"]["ledger"]
        entries += [edge["node"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    totals: dict[str, Decimal] = {}
    for entry in reversed(entries):
        totals[entry["asset"]] = totals.get(entry["asset"], Decimal(0)) + Decimal(entry["amount"])
        assert totals[entry["asset"]] == Decimal(entry["balanceAfter"])
    assert {entry["kind"] for entry in entries} == {"DEPOSIT", "TRADE", "TRADING_FEE"}
    assert totals == {asset: sum(amounts) for asset, amounts in (await balances_of(client)).items() if any(amounts)}


async def test_previews_come_true_and_every_amount_is_where_arithmetic_puts_it(exchange: RunningExchange) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    traders = [await exchange.trader(ETH="1000", BTC="100") for _ in range(3)]
    steps = [(traders[who], first_order(given)) for who, given in FIRST_STEPS]
    steps += [(chance.choice(traders), random_order(chance)) for _ in range(STEPS)]
    ends: list[str] = []
    for trader, given in steps:
        before = await balances_of(trader)
        told = (await trader.get(PREVIEW, i=given))["previewOrder"]
        answer = await trader.place(ORDER, **given)
        after = await balances_of(trader)
        assert told["errors"] == answer["errors"], given
        if answer["errors"]:
            assert after == before
            continue
        order, preview = answer["order"], told["preview"]
        ends.append(order["status"])
        check_fills(order)
        assert after == expected(before, order), given
        assert (preview["filledQuantity"], preview["averagePrice"]) == (order["filledQuantity"], order["averagePrice"])
        assert Decimal(preview["fee"]) == sum((Decimal(fill["fee"]) for fill in order["fills"]), Decimal(0))
        assert Decimal(preview["availableAfter"]) == after[QUOTE if order["side"] == "BUY" else BASE][0]
    assert ends[: len(FIRST_STEPS)] == ["OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELED"]
    for trader in traders:
        await check_ledger(trader)
