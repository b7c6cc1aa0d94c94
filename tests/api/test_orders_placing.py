"""Placing, previewing and cancelling orders by the API, and what an order says afterwards."""

import asyncio
from typing import Any

import pytest

from tests.support.exchange import ERRORS, ORDER_FIELDS, Client, RunningExchange

CANCEL = f"""mutation($id: ID, $key: String) {{
    cancelOrder(id: $id, clientOrderId: $key) {{ order {{ {ORDER_FIELDS} }} {ERRORS} }} }}"""
CANCEL_ALL = (
    f"mutation($market: String) {{ cancelAllOrders(market: $market) {{ orders {{ {ORDER_FIELDS} }} {ERRORS} }} }}"
)
PLACE_MANY = (
    f"mutation($i: [PlaceOrderInput!]!) {{ placeOrders(inputs: $i) {{ order {{ {ORDER_FIELDS} }} {ERRORS} }} }}"
)
PREVIEW = f"""query($i: PlaceOrderInput!) {{ previewOrder(input: $i) {{ {ERRORS} preview {{
    filledQuantity averagePrice slippage fee feeAsset total availableAfter }} }} }}"""
EVERYTHING = """id accountId clientOrderId market { symbol base { code decimals } } side type timeInForce postOnly
    selfTradePrevention price stopPrice trailingOffset trailingPercent quantity quoteQuantity visibleQuantity
    filledQuantity filledQuoteQuantity remainingQuantity averagePrice status reason linkedOrderId expireAt triggeredAt
    fills { id sequence tradeId orderId market side price quantity fee feeAsset liquidity time } createdAt updatedAt"""


async def cancel(client: Client, **given: str) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.get(CANCEL, **given))["cancelOrder"]
    return payload


async def preview(client: Client, **given: object) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.get(PREVIEW, i={"market": "BTC-USDT", **given}))["previewOrder"]
    return payload


async def test_a_resting_order_says_everything_about_itself(alice: Client) -> None:
    order = await alice.order(EVERYTHING, side="BUY", price="100.0", quantity="1.5", clientOrderId="mine")
    account = (await alice.get("{ viewer { accounts { id } } }"))["viewer"]["accounts"][0]["id"]
    assert order.pop("createdAt") == order.pop("updatedAt")
    assert order == {
        "id": "1",
        "accountId": account,
        "clientOrderId": "mine",
        "market": {"symbol": "BTC-USDT", "base": {"code": "BTC", "decimals": 8}},
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "postOnly": False,
        "selfTradePrevention": "CANCEL_NEWEST",
        "price": "100.0",
        "stopPrice": None,
        "trailingOffset": None,
        "trailingPercent": None,
        "quantity": "1.50000",
        "quoteQuantity": None,
        "visibleQuantity": None,
        "filledQuantity": "0.00000",
        "filledQuoteQuantity": "0.000000",
        "remainingQuantity": "1.50000",
        "averagePrice": None,
        "status": "OPEN",
        "reason": None,
        "linkedOrderId": None,
        "expireAt": None,
        "triggeredAt": None,
        "fills": [],
    }
    assert (await alice.balances())["USDT"] == ("999850.000000", "150.000000")


async def test_a_taker_pays_the_makers_price_and_each_pays_the_fee_in_what_it_receives(
    alice: Client, bob: Client
) -> None:
    resting = await alice.order(side="SELL", price="100", quantity="1")
    order = await bob.order(EVERYTHING, side="BUY", price="101", quantity="2")
    (fill,) = order["fills"]
    assert fill.pop("time") == order["createdAt"]
    assert fill.pop("sequence") > 0
    assert fill == {
        "id": "2",
        "tradeId": "1",
        "orderId": order["id"],
        "market": "BTC-USDT",
        "side": "BUY",
        "price": "100.0",
        "quantity": "1.00000",
        "fee": "0.00200000",
        "feeAsset": "BTC",
        "liquidity": "TAKER",
    }
    assert (order["status"], order["remainingQuantity"], order["averagePrice"]) == (
        "PARTIALLY_FILLED",
        "1.00000",
        "100.000000",
    )
    query = "query($id: ID!) { viewer { order(id: $id) { status fills { side fee feeAsset liquidity } } } }"
    made = (await alice.get(query, id=resting["id"]))["viewer"]["order"]
    assert made == {
        "status": "FILLED",
        "fills": [{"side": "SELL", "fee": "0.100000", "feeAsset": "USDT", "liquidity": "MAKER"}],
    }
    assert await alice.balances() == {
        "BTC": ("9.00000000", "0.00000000"),
        "ETH": ("10.000000000000000000", "0.000000000000000000"),
        "SOL": ("10.000000000", "0.000000000"),
        "USDT": ("1000099.900000", "0.000000"),
    }
    assert (await bob.balances())["BTC"] == ("10.99800000", "0.00000000")
    assert (await bob.balances())["USDT"] == ("999799.000000", "101.000000")


async def test_fills_come_newest_first_and_the_average_is_rounded_half_up(alice: Client, bob: Client) -> None:
    for price, quantity in (("100.1", "1"), ("100.2", "2"), ("100.3", "4")):
        await alice.order(side="SELL", price=price, quantity=quantity)
    order = await bob.order("averagePrice fills { price }", side="BUY", type="MARKET", quantity="6")
    # (100.1 × 1 + 100.2 × 2 + 100.3 × 3) / 6 = 100.2333…
    assert order == {
        "averagePrice": "100.233333",
        "fills": [{"price": "100.3"}, {"price": "100.2"}, {"price": "100.1"}],
    }


async def test_an_order_by_amount_has_no_quantity_and_no_rest(alice: Client, bob: Client) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    order = await bob.order(
        "status reason timeInForce quantity quoteQuantity filledQuantity filledQuoteQuantity remainingQuantity",
        side="BUY",
        type="MARKET",
        quoteQuantity="50.0005",
    )
    assert order == {
        "status": "FILLED",
        "reason": None,
        "timeInForce": "IOC",
        "quantity": None,
        "quoteQuantity": "50.000500",
        "filledQuantity": "0.50000",
        "filledQuoteQuantity": "50.000000",
        "remainingQuantity": None,
    }


@pytest.mark.parametrize(
    ("given", "status", "reason", "filled"),
    [
        ({"timeInForce": "IOC", "price": "100", "quantity": "3"}, "CANCELED", "NOT_FILLED_IMMEDIATELY", "1.00000"),
        ({"timeInForce": "FOK", "price": "100", "quantity": "3"}, "CANCELED", "NOT_FILLED_IMMEDIATELY", "0.00000"),
        ({"timeInForce": "FOK", "price": "100", "quantity": "1"}, "FILLED", None, "1.00000"),
        ({"type": "MARKET", "quantity": "3"}, "CANCELED", "NOT_FILLED_IMMEDIATELY", "1.00000"),
    ],
)
async def test_an_order_that_ends_at_once_is_an_order_with_a_reason(
    alice: Client, bob: Client, given: dict[str, str], status: str, reason: str | None, filled: str
) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    order = await bob.order(side="BUY", **given)
    assert (order["status"], order["reason"], order["filledQuantity"]) == (status, reason, filled)


async def test_an_order_that_meets_the_own_one_is_cancelled(alice: Client) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    order = await alice.order(side="BUY", price="100", quantity="1")
    assert (order["status"], order["reason"]) == ("CANCELED", "SELF_TRADE")


async def test_many_orders_are_one_command_and_each_succeeds_or_is_refused_alone(
    exchange: RunningExchange, alice: Client
) -> None:
    before = exchange.sequence
    inputs = [
        {"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "1", "clientOrderId": "a"},
        {"market": "BTC-USDT", "side": "BUY", "price": "100.05", "quantity": "1"},
        {"market": "XRP-USDT", "side": "BUY", "price": "100", "quantity": "1"},
        {"market": "ETH-USDT", "side": "SELL", "price": "3000", "quantity": "2"},
        {"market": "ETH-USDT", "side": "SELL", "price": "3000", "quantity": "20"},
        {"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "1", "clientOrderId": "a"},
    ]
    payloads = (await alice.get(PLACE_MANY, i=inputs))["placeOrders"]
    assert exchange.sequence == before + 1
    assert [payload["order"] and payload["order"]["id"] for payload in payloads] == ["1", None, None, "2", None, "1"]
    refused = [(error["code"], error["path"]) for payload in payloads for error in payload["errors"]]
    assert refused == [
        ("PRICE_NOT_ON_TICK", ["inputs", "1", "price"]),
        ("UNKNOWN_MARKET", ["inputs", "2", "market"]),
        ("INSUFFICIENT_BALANCE", ["inputs", "4", "quantity"]),
    ]


async def test_a_hundred_orders_go_in_one_request_and_no_more(exchange: RunningExchange, alice: Client) -> None:
    one = {"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "1"}
    assert len((await alice.get(PLACE_MANY, i=[one] * 100))["placeOrders"]) == 100
    before = exchange.sequence
    assert await alice.refused(PLACE_MANY, i=[one] * 101) == "BAD_USER_INPUT"
    assert (await alice.get(PLACE_MANY, i=[]))["placeOrders"] == []
    assert exchange.sequence == before


async def test_a_cancelled_order_gives_its_money_back(alice: Client) -> None:
    before = await alice.balances()
    order = await alice.order(side="BUY", price="100", quantity="1")
    payload = await cancel(alice, id=order["id"])
    assert payload == {"order": {**order, "status": "CANCELED", "reason": "BY_USER"}, "errors": []}
    assert await alice.balances() == before


async def test_an_order_can_be_cancelled_by_the_clients_id(alice: Client) -> None:
    await alice.order(side="BUY", price="100", quantity="1", clientOrderId="mine")
    assert (await cancel(alice, key="mine"))["order"]["status"] == "CANCELED"


async def test_what_is_not_open_any_more_and_what_never_was_are_told_apart(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    order = await alice.order(side="BUY", price="100", quantity="1", clientOrderId="mine")
    await bob.order(side="SELL", price="100", quantity="1")
    before = exchange.sequence
    for given, path in (({"id": order["id"]}, "id"), ({"key": "mine"}, "clientOrderId")):
        payload = await cancel(alice, **given)
        assert payload["errors"] == [
            {"code": "ORDER_NOT_OPEN", "message": "The order is filled already.", "path": [path]}
        ]
    for given, path in (
        ({"id": "999"}, "id"),
        ({"id": "x"}, "id"),
        ({"id": ""}, "id"),
        ({"id": "-1"}, "id"),
        ({"id": "01"}, "id"),
        ({"id": "9" * 50}, "id"),
        ({"key": "nobody's"}, "clientOrderId"),
        ({"key": ""}, "clientOrderId"),
        ({"key": "x\0"}, "clientOrderId"),
    ):
        (error,) = (await cancel(alice, **given))["errors"]
        assert (error["code"], error["path"]) == ("UNKNOWN_ORDER", [path])
    (error,) = (await cancel(bob, id=order["id"]))["errors"]
    assert error["code"] == "UNKNOWN_ORDER", "another user's order does not exist for anybody else"
    assert exchange.sequence == before


@pytest.mark.parametrize("given", [{}, {"id": "1", "key": "mine"}])
async def test_a_cancellation_names_its_order_in_exactly_one_way(alice: Client, given: dict[str, str]) -> None:
    await alice.order(side="BUY", price="100", quantity="1", clientOrderId="mine")
    (error,) = (await cancel(alice, **given))["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", [])


async def test_all_orders_or_those_of_one_market_are_cancelled(exchange: RunningExchange, alice: Client) -> None:
    first = await alice.order(side="BUY", price="100", quantity="1")
    second = await alice.order(market="ETH-USDT", side="BUY", price="100", quantity="1")
    third = await alice.order(side="BUY", price="101", quantity="1")
    payload = (await alice.get(CANCEL_ALL, market="BTC-USDT"))["cancelAllOrders"]
    assert [(order["id"], order["status"]) for order in payload["orders"]] == [
        (first["id"], "CANCELED"),
        (third["id"], "CANCELED"),
    ]
    payload = (await alice.get(CANCEL_ALL))["cancelAllOrders"]
    assert [order["id"] for order in payload["orders"]] == [second["id"]]
    before = exchange.sequence
    assert (await alice.get(CANCEL_ALL))["cancelAllOrders"] == {"orders": [], "errors": []}
    (error,) = (await alice.get(CANCEL_ALL, market="XRP-USDT"))["cancelAllOrders"]["errors"]
    assert (error["code"], error["path"]) == ("UNKNOWN_MARKET", ["market"])
    assert exchange.sequence == before


async def test_a_preview_says_what_would_happen_and_places_nothing(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    await alice.order(side="SELL", price="102", quantity="1")
    before = exchange.sequence
    assert await preview(bob, side="BUY", type="MARKET", quantity="2") == {
        "errors": [],
        "preview": {
            "filledQuantity": "2.00000",
            "averagePrice": "101.000000",
            "slippage": "0.01",
            "fee": "0.00400000",
            "feeAsset": "BTC",
            "total": "202.000000",
            "availableAfter": "999798.000000",
        },
    }
    assert (await preview(bob, side="BUY", price="99", quantity="2"))["preview"] == {
        "filledQuantity": "0.00000",
        "averagePrice": None,
        "slippage": None,
        "fee": "0.00000000",
        "feeAsset": "BTC",
        "total": "198.000000",
        "availableAfter": "999802.000000",
    }
    (error,) = (await preview(bob, side="BUY", price="99", quantity="0.01"))["errors"]
    assert (error["code"], error["path"]) == ("NOTIONAL_TOO_SMALL", ["input", "quantity"])
    assert exchange.sequence == before


async def test_a_preview_comes_true(alice: Client, bob: Client) -> None:
    for price in ("99.9", "99.5", "98.7"):
        await alice.order(side="BUY", price=price, quantity="0.7")
    told = (await preview(bob, side="SELL", type="MARKET", quantity="1.5"))["preview"]
    order = await bob.order(
        "filledQuantity averagePrice filledQuoteQuantity fills { fee }", side="SELL", type="MARKET", quantity="1.5"
    )
    assert (told["filledQuantity"], told["averagePrice"], told["total"]) == (
        order["filledQuantity"],
        order["averagePrice"],
        order["filledQuoteQuantity"],
    )
    assert (await bob.balances())["BTC"][0] == told["availableAfter"]


async def test_a_visitor_can_neither_trade_nor_preview(exchange: RunningExchange) -> None:
    visitor = exchange.visitor()
    one = {"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "1"}
    coins = {"asset": "BTC", "amount": "1", "idempotencyKey": "k"}
    faucet = f"mutation($i: FaucetInput!) {{ requestFaucet(input: $i) {{ {ERRORS} }} }}"
    place = f"mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ order {{ id }} {ERRORS} }} }}"
    for query, variables in (
        (place, {"i": one}),
        (PLACE_MANY, {"i": [one]}),
        (CANCEL, {"id": "1"}),
        (CANCEL_ALL, {}),
        (PREVIEW, {"i": one}),
        (faucet, {"i": coins}),
        ("mutation { logOut { errors { code } } }", {}),
    ):
        answer = await visitor.ask(query, **variables)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
        assert list(answer["data"].values()) == [None], "one failure hides no other answer"


@pytest.mark.parametrize("account", ["nobody's", "bob's"])
async def test_another_users_account_is_forbidden_whether_or_not_it_exists(
    exchange: RunningExchange, alice: Client, bob: Client, account: str
) -> None:
    own = (await bob.get("{ viewer { accounts { id } } }"))["viewer"]["accounts"][0]["id"]
    given = own if account == "bob's" else "0123456789abcdef"
    before = exchange.sequence
    one = {"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "1", "accountId": given}
    page = "first: 1) { pageInfo { hasNextPage } }"
    for query, variables in (
        ("mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } } }", {"i": one}),
        (PLACE_MANY, {"i": [{**one, "accountId": None}, one]}),
        (PREVIEW, {"i": one}),
        ("mutation($a: ID!) { cancelOrder(accountId: $a, id: 1) { order { id } } }", {"a": given}),
        ("mutation($a: ID!) { cancelAllOrders(accountId: $a) { orders { id } } }", {"a": given}),
        ("query($a: ID!) { viewer { balances(accountId: $a) { total } } }", {"a": given}),
        ("query($a: ID!) { viewer { openOrders(accountId: $a) { id } } }", {"a": given}),
        ("query($a: ID!) { viewer { order(accountId: $a, id: 1) { id } } }", {"a": given}),
        (f"query($a: ID!) {{ viewer {{ orders(accountId: $a, {page} }} }}", {"a": given}),
        (f"query($a: ID!) {{ viewer {{ fills(accountId: $a, {page} }} }}", {"a": given}),
        (f"query($a: ID!) {{ viewer {{ ledger(accountId: $a, {page} }} }}", {"a": given}),
    ):
        assert await alice.refused(query, **variables) == "FORBIDDEN", query
    assert exchange.sequence == before


async def test_parallel_orders_of_many_users_leave_no_amount_unaccounted_for(exchange: RunningExchange) -> None:
    traders = [await exchange.trader(BTC="1", USDT="1000") for _ in range(4)]
    await asyncio.gather(
        *(
            trader.place(side="BUY" if number % 2 else "SELL", price=str(100 + number), quantity="0.3")
            for number, trader in enumerate(traders * 5)
        )
    )
    state = await exchange.services.sequencer.inspect(lambda engine: engine.state())
    for asset in ("BTC", "USDT"):
        assert sum(one.available + one.held for one in state.balances if one.asset == asset) == 0


async def test_a_cancelled_order_shows_the_fills_that_it_had(alice: Client, bob: Client) -> None:
    await alice.order(side="SELL", price="100.0", quantity="5")
    await bob.order(side="BUY", price="100.0", quantity="2")
    query = "mutation { cancelAllOrders { orders { filledQuantity fills { quantity liquidity } } } }"
    assert (await alice.get(query))["cancelAllOrders"]["orders"] == [
        {"filledQuantity": "2.00000", "fills": [{"quantity": "2.00000", "liquidity": "MAKER"}]}
    ]


async def test_a_long_list_of_orders_is_whole_and_lets_others_in_between(alice: Client) -> None:
    given = [{"market": "SOL-USDT", "side": "BUY", "price": str(price), "quantity": "1"} for price in range(10, 90)]
    ids = [payload["order"]["id"] for payload in (await alice.get(PLACE_MANY, i=given))["placeOrders"]]
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(somebody_else())
    listed = (await alice.get("{ viewer { openOrders { id } } }"))["viewer"]["openOrders"]
    cancelled = (await alice.get(CANCEL_ALL))["cancelAllOrders"]
    other.cancel()
    assert [order["id"] for order in listed] == ids[::-1]
    assert [(order["id"], order["status"]) for order in cancelled["orders"]] == [(id, "CANCELED") for id in ids]
    assert turns > 2
