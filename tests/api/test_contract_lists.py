"""Histories through the API: each filter and page size shows exactly what filtering the whole list by hand does."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.exchange import Client, RunningExchange

BATCH = "mutation($i: [PlaceOrderInput!]!) { placeOrders(inputs: $i) { order { id } errors { code } } }"
CANCEL = "mutation($k: String!) { cancelOrder(clientOrderId: $k) { errors { code } } }"
NODES = {
    "orders": "id clientOrderId status createdAt filledQuantity market { symbol }",
    "fills": "id sequence orderId market quantity time",
    "ledger": "id sequence asset amount time",
}
TIMES = {"orders": "createdAt", "fills": "time", "ledger": "time"}

Item = dict[str, Any]


async def whole(client: Client, what: str, arguments: str = "", first: int = 100) -> list[Item]:
    """Return all pages of a list, one after the other."""
    items: list[Item] = []
    after, more = None, True
    while more:
        query = (
            f"query($after: String) {{ viewer {{ {what}({arguments} first: {first}, after: $after) "
            f"{{ edges {{ cursor node {{ {NODES[what]} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        )
        page = (await client.get(query, after=after))["viewer"][what]
        assert len(page["edges"]) <= first
        assert page["pageInfo"]["endCursor"] == (page["edges"][-1]["cursor"] if page["edges"] else None)
        items += [edge["node"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert page["edges"] or not more
    return items


@pytest.fixture
async def trader(exchange: RunningExchange) -> Client:
    """Give a trader with a history in two markets: orders of every end, fills and ledger entries."""
    chance = random.Random(1)
    clients = [await exchange.trader(ETH="1000", BTC="100", USDT="1000000") for _ in range(2)]
    for batch in range(8):
        for client in clients:
            orders = [
                {
                    "market": market,
                    "side": chance.choice(["BUY", "SELL"]),
                    "price": str(level + chance.randint(-5, 5)) if level else f"0.0500{chance.randint(0, 9)}",
                    "quantity": f"0.{chance.randint(100, 900)}",
                    "timeInForce": chance.choice(["GTC", "GTC", "GTC", "IOC"]),
                    "clientOrderId": f"{batch}-{number}",
                }
                for number in range(10)
                for market, level in [chance.choice([("ETH-USDT", 2_000), ("ETH-BTC", 0)])]
            ]
            await client.get(BATCH, i=orders)
            await client.get(CANCEL, k=f"{batch}-0")
    return clients[0]


async def test_pages_of_any_size_are_the_whole_list_newest_first(trader: Client) -> None:
    for what, time in TIMES.items():
        items = await whole(trader, what)
        assert len(items) > 20
        assert len({item["id"] for item in items}) == len(items)
        assert [item[time] for item in items] == sorted((item[time] for item in items), reverse=True)
        for first in (1, 7, len(items) // 2 if len(items) % 2 == 0 else 11):
            assert await whole(trader, what, first=first) == items


async def test_orders_are_narrowed_by_status_market_and_time(trader: Client) -> None:
    orders = await whole(trader, "orders")
    since, until = orders[50]["createdAt"], orders[20]["createdAt"]
    kept: dict[str, Callable[[Item], bool]] = {
        "status: [OPEN, CANCELED]": lambda order: order["status"] in ("OPEN", "CANCELED"),
        "status: [FILLED]": lambda order: order["status"] == "FILLED",
        "status: [PARTIALLY_FILLED]": lambda order: order["status"] == "PARTIALLY_FILLED",
        "status: [REJECTED, EXPIRED, UNTRIGGERED]": lambda order: False,
        "status: null": lambda order: True,
        'market: "ETH-BTC", status: [FILLED, CANCELED]': lambda order: (
            order["market"]["symbol"] == "ETH-BTC" and order["status"] in ("FILLED", "CANCELED")
        ),
        f'since: "{since}", until: "{until}"': lambda order: since <= order["createdAt"] < until,
    }
    for arguments, keep in kept.items():
        assert await whole(trader, "orders", arguments + ",", 9) == [order for order in orders if keep(order)], (
            arguments
        )
    assert {order["status"] for order in orders} == {"OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELED"}


async def test_fills_and_ledger_are_narrowed_by_what_they_are_about(trader: Client) -> None:
    fills, ledger = await whole(trader, "fills"), await whole(trader, "ledger")
    since, until = fills[12]["time"], fills[3]["time"]
    of_market = await whole(trader, "fills", f'market: "ETH-USDT", since: "{since}", until: "{until}",', 4)
    assert of_market == [one for one in fills if one["market"] == "ETH-USDT" and since <= one["time"] < until]
    for order in await whole(trader, "orders"):
        of_order = await whole(trader, "fills", f'order: "{order["id"]}",', 3)
        assert of_order == [one for one in fills if one["orderId"] == order["id"]]
    for asset in ("ETH", "BTC", "USDT", "SOL"):
        assert await whole(trader, "ledger", f'asset: "{asset}",', 6) == [
            one for one in ledger if one["asset"] == asset
        ]


async def test_no_list_takes_the_cursor_of_another(trader: Client) -> None:
    lists = {
        "trades": 'trades(market: "ETH-USDT", first: 1, after: $a) { pageInfo { endCursor } }',
        **{
            what: f"viewer {{ {what}(first: 1, after: $a) {{ pageInfo {{ endCursor }} }} }}"
            for what in ("orders", "fills", "ledger")
        },
    }
    cursors = {}
    for what, field in lists.items():
        data = await trader.get(f"query($a: String) {{ {field} }}")
        cursors[what] = data.get("viewer", data)[what]["pageInfo"]["endCursor"]
    for what, field in lists.items():
        for other, cursor in cursors.items():
            if other != what:
                assert await trader.refused(f"query($a: String) {{ {field} }}", a=cursor) == "BAD_USER_INPUT"
