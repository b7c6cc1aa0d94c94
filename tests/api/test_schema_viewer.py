"""What the signed-in user sees: one sequence, pages of history, and nothing of anybody else."""

import asyncio
import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from backend.persistence.database import Database
from tests.support.exchange import Client, RunningExchange

PAGES = {
    "orders": "edges { cursor node { id } } pageInfo { hasNextPage endCursor }",
    "fills": "edges { cursor node { id } } pageInfo { hasNextPage endCursor }",
    "ledger": "edges { cursor node { id } } pageInfo { hasNextPage endCursor }",
}


async def page(client: Client, what: str, first: int, after: str | None = None, more: str = "") -> dict[str, Any]:
    query = f"query($f: Int!, $a: String) {{ viewer {{ {what}(first: $f, after: $a{more}) {{ {PAGES[what]} }} }} }}"
    connection: dict[str, Any] = (await client.get(query, f=first, a=after))["viewer"][what]
    return connection


async def test_a_visitor_is_no_viewer(exchange: RunningExchange) -> None:
    assert await exchange.visitor().get("{ viewer { sequence } }") == {"viewer": None}


async def test_the_viewer_is_the_user_with_a_main_account(exchange: RunningExchange) -> None:
    alice = await exchange.trader()
    viewer = (
        await alice.get(
            """{ viewer { sequence accounts { id name main createdAt } user { id email emailVerified totpEnabled roles
            verificationLevel frozen createdAt } balances { total } openOrders { id } } }"""
        )
    )["viewer"]
    assert viewer["sequence"] == exchange.sequence
    (account,) = viewer["accounts"]
    assert (account["name"], account["main"]) == ("Main", True)
    user = viewer["user"]
    assert user.pop("createdAt").endswith("Z")
    assert user == {
        **alice.user,
        "emailVerified": False,
        "totpEnabled": False,
        "roles": ["TRADER"],
        "verificationLevel": 0,
        "frozen": False,
    }
    assert (viewer["balances"], viewer["openOrders"]) == ([], [])


async def test_balances_and_open_orders_are_at_the_viewers_sequence(exchange: RunningExchange, alice: Client) -> None:
    order = await alice.order(side="BUY", price="100", quantity="2")
    viewer = await alice.get(
        """{ first: viewer { sequence balances { asset { code name decimals networks { network } } available held
            total } } second: viewer { sequence openOrders { id remainingQuantity } } }"""
    )
    assert viewer["first"]["sequence"] == viewer["second"]["sequence"] == exchange.sequence
    assert viewer["second"]["openOrders"] == [{"id": order["id"], "remainingQuantity": "2.00000"}]
    assert viewer["first"]["balances"][-1] == {
        "asset": {"code": "USDT", "name": "Tether", "decimals": 6, "networks": []},
        "available": "999800.000000",
        "held": "200.000000",
        "total": "1000000.000000",
    }


async def test_balances_of_zero_are_shown_when_asked_for(exchange: RunningExchange) -> None:
    alice = await exchange.trader(SOL="1")
    query = "query($z: Boolean!) { viewer { balances(includeZero: $z) { asset { code } total } } }"
    some = (await alice.get(query, z=False))["viewer"]["balances"]
    assert some == [{"asset": {"code": "SOL"}, "total": "1.000000000"}]
    every = (await alice.get(query, z=True))["viewer"]["balances"]
    assert [one["asset"]["code"] for one in every] == ["BTC", "ETH", "SOL", "USDT"]
    assert every[1]["total"] == "0.000000000000000000"


async def test_open_orders_can_be_those_of_one_market(alice: Client) -> None:
    await alice.order(side="BUY", price="100", quantity="1")
    second = await alice.order(market="ETH-USDT", side="BUY", price="100", quantity="1")
    query = "query($m: String) { viewer { openOrders(market: $m) { id } } }"
    assert (await alice.get(query, m="ETH-USDT"))["viewer"]["openOrders"] == [{"id": second["id"]}]
    assert [order["id"] for order in (await alice.get(query, m=None))["viewer"]["openOrders"]] == ["2", "1"]


async def test_history_is_never_older_than_the_sequence(alice: Client, bob: Client) -> None:
    query = """{ viewer { orders { edges { node { id status } } } fills { edges { node { tradeId } } }
    ledger(asset: "USDT", first: 1) { edges { node { amount balanceAfter kind reference } } } } }"""
    for trade in range(1, 11):
        await alice.order(side="SELL", price="100", quantity="0.1")
        order = await bob.order(side="BUY", price="100", quantity="0.1")
        viewer = (await bob.get(query))["viewer"]
        assert viewer["orders"]["edges"][0]["node"] == {"id": order["id"], "status": "FILLED"}
        assert viewer["fills"]["edges"][0]["node"] == {"tradeId": str(trade)}
        assert viewer["ledger"]["edges"][0]["node"] == {
            "amount": "-10.000000",
            "balanceAfter": f"{1_000_000 - 10 * trade}.000000",
            "kind": "TRADE",
            "reference": str(trade),
        }


@pytest.mark.parametrize("what", ["orders", "fills", "ledger"])
async def test_pages_follow_each_other_newest_first_without_a_gap(alice: Client, bob: Client, what: str) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    for _ in range(7):
        await bob.order(side="BUY", price="100", quantity="0.1")
    whole = [edge["node"]["id"] for edge in (await page(bob, what, 100))["edges"]]
    assert len(whole) >= 7
    found: list[str] = []
    after = None
    while True:
        connection = await page(bob, what, 3, after)
        found += [edge["node"]["id"] for edge in connection["edges"]]
        after = connection["pageInfo"]["endCursor"]
        assert after == connection["edges"][-1]["cursor"]
        if not connection["pageInfo"]["hasNextPage"]:
            break
        assert len(connection["edges"]) == 3
        await bob.order(side="BUY", price="90", quantity="1")  # what is new does not move the pages
    assert found == whole
    empty = await page(bob, what, 3, after)
    assert empty == {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


async def test_a_cursor_of_no_list_is_refused(alice: Client) -> None:
    encoded = [base64.b64encode(text).decode() for text in (b"-1", b"01", b"1-2-3", b"\xff", b"9" * 40, b"1;2")]
    for what in PAGES:
        query = f"query($a: String) {{ viewer {{ {what}(after: $a) {{ pageInfo {{ hasNextPage }} }} }} }}"
        for after in ("", "x", "MQ", "MQ===", "é", "MQ==\n", *encoded):
            assert await alice.refused(query, a=after) == "BAD_USER_INPUT", (what, after)


async def test_a_page_has_1_to_100_items(alice: Client) -> None:
    for what in PAGES:
        query = f"query($f: Int!) {{ viewer {{ {what}(first: $f) {{ pageInfo {{ hasNextPage }} }} }} }}"
        for first in (0, -1, 101, 2**31 - 1):
            assert await alice.refused(query, f=first) == "BAD_USER_INPUT", (what, first)


async def test_histories_can_be_narrowed(alice: Client, bob: Client) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    filled = await bob.order(side="BUY", price="100", quantity="0.5")
    other = await bob.order(market="ETH-USDT", side="BUY", price="100", quantity="1")
    query = """query($m: String, $s: [OrderStatus!], $o: ID, $a: String) { viewer {
        orders(market: $m, status: $s) { edges { node { id } } }
        fills(market: $m, order: $o) { edges { node { orderId } } }
        ledger(asset: $a) { edges { node { asset } } } } }"""

    async def ids(**given: object) -> tuple[list[str], list[str], set[str]]:
        viewer = (await bob.get(query, **given))["viewer"]
        return (
            [edge["node"]["id"] for edge in viewer["orders"]["edges"]],
            [edge["node"]["orderId"] for edge in viewer["fills"]["edges"]],
            {edge["node"]["asset"] for edge in viewer["ledger"]["edges"]},
        )

    every = {"BTC", "ETH", "SOL", "USDT"}
    assert await ids() == ([other["id"], filled["id"]], [filled["id"]], every)
    assert await ids(m="ETH-USDT", a="ETH") == ([other["id"]], [], {"ETH"})
    assert (await ids(s=["FILLED", "CANCELED"]))[0] == [filled["id"]]
    assert (await ids(s=["OPEN"]))[0] == [other["id"]]
    assert (await ids(s=[]))[0] == []
    assert (await ids(o=filled["id"]))[1] == [filled["id"]]
    assert (await ids(o="not an id"))[1] == []
    for unknown in ({"m": "XRP-USDT"}, {"a": "XRP"}):
        answer = await bob.ask(query, **unknown)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}


async def test_an_order_is_found_by_either_id_and_by_nobody_else(alice: Client, bob: Client) -> None:
    order = await alice.order(side="BUY", price="100", quantity="1", clientOrderId="mine")
    query = "query($id: ID, $key: String) { viewer { order(id: $id, clientOrderId: $key) { id status } } }"
    for given in ({"id": order["id"]}, {"key": "mine"}):
        assert (await alice.get(query, **given))["viewer"]["order"] == {"id": order["id"], "status": "OPEN"}
        assert (await bob.get(query, **given))["viewer"]["order"] is None
    for given in ({"id": "77"}, {"id": "x"}, {"key": "other"}, {"key": ""}, {"key": "\0"}):
        assert (await alice.get(query, **given))["viewer"]["order"] is None
    for given in ({}, {"id": order["id"], "key": "mine"}):
        assert await alice.refused(query, **given) == "BAD_USER_INPUT"


async def test_the_ledger_tells_where_everything_came_from(alice: Client, bob: Client) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    await bob.order(side="BUY", price="100", quantity="1")
    query = """{ viewer { ledger { edges { node { id sequence asset amount balanceAfter kind reference time } } } } }"""
    entries = [edge["node"] for edge in (await bob.get(query))["viewer"]["ledger"]["edges"]]
    told = [(entry["asset"], entry["amount"], entry["balanceAfter"], entry["kind"]) for entry in entries]
    assert told[:4] == [
        ("BTC", "-0.00200000", "10.99800000", "TRADING_FEE"),
        ("BTC", "1.00000000", "11.00000000", "TRADE"),
        ("USDT", "-100.000000", "999900.000000", "TRADE"),
        ("USDT", "1000000.000000", "1000000.000000", "DEPOSIT"),
    ]
    assert entries[0]["reference"] == "1"
    assert entries[3]["reference"].startswith("D")
    assert len({entry["id"] for entry in entries}) == len(entries)


async def test_balances_fit_the_open_orders_in_every_answer_while_orders_come_and_go(alice: Client) -> None:
    query = """{ viewer { openOrders { price remainingQuantity fills { id } } orders(first: 3) { edges { cursor } }
        balances { asset { code } held } sequence } }"""

    async def trade() -> None:
        for number in range(20):
            await alice.order(side="BUY", price=f"{100 + number}.3", quantity="0.7")
            if number % 4 == 3:
                await alice.get("mutation { cancelAllOrders { errors { code } } }")

    trading = asyncio.create_task(trade())
    answers = 0
    while not trading.done() or answers < 3:
        viewer = (await alice.get(query))["viewer"]
        held = {one["asset"]["code"]: Decimal(one["held"]) for one in viewer["balances"]}
        needed = sum(Decimal(order["price"]) * Decimal(order["remainingQuantity"]) for order in viewer["openOrders"])
        assert held["USDT"] == needed, viewer["sequence"]
        answers += 1
    await trading


async def test_the_fills_of_all_orders_of_a_page_are_read_together(
    exchange: RunningExchange, alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    for _ in range(5):
        await bob.order(side="BUY", price="100", quantity="0.1")
    await bob.get("{ viewer { sequence } }")  # the session is known from now on
    database = exchange.services.database
    reads = []

    async def counted(work: Callable[[Connection], object]) -> object:
        reads.append(work)
        return await Database.read(database, work)

    monkeypatch.setattr(database, "read", counted)
    query = "{ viewer { orders { edges { node { fills { quantity order: orderId } } } } } }"
    edges = (await bob.get(query))["viewer"]["orders"]["edges"]
    assert [[fill["quantity"] for fill in edge["node"]["fills"]] for edge in edges] == [["0.10000"]] * 5
    assert len(reads) == 2, "the page of orders, and their fills"


async def test_a_filled_order_shows_its_newest_100_fills_and_the_history_shows_all(alice: Client, bob: Client) -> None:
    big = await alice.order(side="SELL", price="100", quantity="10")
    place = "mutation($i: [PlaceOrderInput!]!) { placeOrders(inputs: $i) { errors { code } } }"
    for _ in range(2):
        await bob.get(place, i=[{"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "0.05"}] * 60)
    query = """query($id: ID!, $a: String) { viewer { order(id: $id) { fills { tradeId } }
        fills(order: $id, first: 100, after: $a) {
            edges { node { tradeId } } pageInfo { hasNextPage endCursor } } } }"""
    viewer = (await alice.get(query, id=big["id"]))["viewer"]
    assert [fill["tradeId"] for fill in viewer["order"]["fills"]] == [str(number) for number in range(120, 20, -1)]
    assert viewer["fills"]["pageInfo"]["hasNextPage"]
    rest = (await alice.get(query, id=big["id"], a=viewer["fills"]["pageInfo"]["endCursor"]))["viewer"]["fills"]
    assert [edge["node"]["tradeId"] for edge in rest["edges"]] == [str(number) for number in range(20, 0, -1)]


async def test_a_cursor_of_another_list_is_refused(alice: Client, bob: Client) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    await bob.order(side="BUY", price="100", quantity="1")
    after = (await page(bob, "fills", 1))["pageInfo"]["endCursor"]
    query = "query($a: String) { viewer { orders(after: $a) { pageInfo { hasNextPage } } } }"
    assert await bob.refused(query, a=after) == "BAD_USER_INPUT"
