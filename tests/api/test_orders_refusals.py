"""Refusals of orders: the code, the path of the input, and words that say the limit and the way out."""

import pytest

from backend.engine.commands import CreateMarket, SetMarketStatus
from backend.engine.values import MarketStatus
from tests.support.exchange import ERRORS, Client, RunningExchange


async def test_an_order_that_is_worth_too_little_says_both_values(alice: Client) -> None:
    error = await alice.error(side="BUY", price="31.3", quantity="0.1")
    assert error == {
        "code": "NOTIONAL_TOO_SMALL",
        "message": "Worth 3.13 USDT. The minimum is 5.00 USDT.",
        "path": ["input", "quantity"],
    }


async def test_values_in_words_are_never_rounded(alice: Client) -> None:
    error = await alice.error(side="BUY", price="49.9", quantity="0.10002")
    assert error["message"] == "Worth 4.990998 USDT. The minimum is 5.00 USDT."


async def test_a_spend_that_buys_nothing_says_what_the_least_is(alice: Client, bob: Client) -> None:
    await bob.order(side="SELL", price="900000000", quantity="1")
    error = await alice.error(side="BUY", type="MARKET", quoteQuantity="8999.99")
    assert error == {
        "code": "NOTIONAL_TOO_SMALL",
        "message": "8,999.99 USDT buys nothing now. The least is 9,000.00 USDT.",
        "path": ["input", "quoteQuantity"],
    }


async def test_a_balance_that_does_not_suffice_says_what_is_needed(exchange: RunningExchange) -> None:
    alice = await exchange.trader(USDT="24816.32", BTC="0.5")
    error = await alice.error(side="BUY", price="31290.1", quantity="1")
    assert error == {
        "code": "INSUFFICIENT_BALANCE",
        "message": "Needs 31,290.10 USDT; 24,816.32 is available.",
        "path": ["input", "quantity"],
    }
    error = await alice.error(side="SELL", price="31290.1", quantity="1.00001")
    assert error["message"] == "Needs 1.00001 BTC; 0.50 is available."


async def test_a_spend_above_the_balance_is_about_the_amount_to_spend(exchange: RunningExchange, bob: Client) -> None:
    await bob.order(side="SELL", price="100", quantity="1")
    alice = await exchange.trader(USDT="50")
    error = await alice.error(side="BUY", type="MARKET", quoteQuantity="60")
    assert (error["code"], error["path"]) == ("INSUFFICIENT_BALANCE", ["input", "quoteQuantity"])
    error = await alice.error(side="BUY", type="MARKET", quantity="0.6")
    assert (error["code"], error["path"]) == ("INSUFFICIENT_BALANCE", ["input", "quantity"])


async def test_post_only_says_where_it_would_take_and_what_to_use(alice: Client, bob: Client) -> None:
    await bob.order(side="SELL", price="104218.5", quantity="1")
    error = await alice.error(side="BUY", price="104300", quantity="0.1", postOnly=True)
    assert error == {
        "code": "WOULD_TAKE_LIQUIDITY",
        "message": "Would take liquidity at 104,218.5. Use 104,218.4 or turn off post-only.",
        "path": ["input", "price"],
    }
    await bob.order(side="BUY", price="104000.0", quantity="1")
    error = await alice.error(side="SELL", price="1", quantity="5", postOnly=True)
    assert error["message"] == "Would take liquidity at 104,000.0. Use 104,000.1 or turn off post-only."


@pytest.mark.parametrize(("side", "other"), [("BUY", "sell"), ("SELL", "buy")])
async def test_a_market_order_with_nobody_on_the_other_side_is_refused(alice: Client, side: str, other: str) -> None:
    error = await alice.error(side=side, type="MARKET", quantity="1")
    assert error == {
        "code": "INSUFFICIENT_LIQUIDITY",
        "message": f"There are no {other} orders in BTC-USDT now. A limit order can wait for one.",
        "path": ["input", "quantity"],
    }


async def test_a_market_that_is_not_open_says_why(exchange: RunningExchange, alice: Client) -> None:
    order = await alice.order(side="BUY", price="100", quantity="1")
    await exchange.submit(SetMarketStatus("BTC-USDT", MarketStatus.CANCEL_ONLY, "Wallet maintenance."))
    error = await alice.error(side="BUY", price="100", quantity="1")
    assert error == {
        "code": "MARKET_NOT_OPEN",
        "message": "BTC-USDT is cancel-only: Wallet maintenance. You can cancel, not place.",
        "path": ["input", "market"],
    }
    cancel = f"mutation($id: ID!) {{ cancelOrder(id: $id) {{ order {{ status }} {ERRORS} }} }}"
    assert (await alice.get(cancel, id=order["id"]))["cancelOrder"]["order"] == {"status": "CANCELED"}
    data = await alice.get('{ market(symbol: "BTC-USDT") { status statusReason } }')
    assert data["market"] == {"status": "CANCEL_ONLY", "statusReason": "Wallet maintenance."}


async def test_too_many_open_orders_are_refused_with_the_limit(exchange: RunningExchange, alice: Client) -> None:
    await exchange.submit(
        CreateMarket("SOL", "BTC", 1, 5, 10**6, 0, None, 2, 0, 0),
        SetMarketStatus("SOL-BTC", MarketStatus.OPEN, "open"),
    )
    for _ in range(2):
        await alice.order(market="SOL-BTC", side="BUY", price="0.01", quantity="1")
    error = await alice.error(market="SOL-BTC", side="BUY", price="0.01", quantity="1")
    assert error == {
        "code": "TOO_MANY_OPEN_ORDERS",
        "message": "You have 2 open orders in SOL-BTC, the most that is allowed. Cancel one first.",
        "path": [],
    }


async def test_an_order_above_the_largest_is_refused_with_the_limit(exchange: RunningExchange, alice: Client) -> None:
    await exchange.submit(
        CreateMarket("SOL", "BTC", 1, 5, 10**6, 0, 5_000, 2, 0, 0),
        SetMarketStatus("SOL-BTC", MarketStatus.OPEN, "open"),
    )
    error = await alice.error(market="SOL-BTC", side="BUY", price="0.01", quantity="5.001")
    assert (error["code"], error["message"]) == ("AMOUNT_OUT_OF_RANGE", "The largest order is 5.000 SOL.")
    data = await alice.get('{ market(symbol: "SOL-BTC") { maximumQuantity } }')
    assert data["market"]["maximumQuantity"] == "5.000"


async def test_a_market_that_nobody_knows_is_a_code_in_payloads(exchange: RunningExchange, alice: Client) -> None:
    before = exchange.sequence
    error = await alice.error(market="XRP-USDT", side="BUY", price="100", quantity="1")
    assert error == {
        "code": "UNKNOWN_MARKET",
        "message": "There is no market XRP-USDT.",
        "path": ["input", "market"],
    }
    error = await alice.error(market="x" * 1_000, side="BUY", price="100", quantity="1")
    assert len(error["message"]) < 100
    assert exchange.sequence == before


@pytest.mark.parametrize(
    ("given", "member", "message"),
    [
        ({"quantity": "1"}, "price", "A limit order needs a price."),
        ({"price": "100"}, "quantity", "A limit order needs a quantity."),
        (
            {"price": "100", "quantity": "1", "quoteQuantity": "1"},
            "quoteQuantity",
            "A limit order has a quantity, no amount to spend.",
        ),
        ({"type": "MARKET", "quantity": "1", "price": "100.05"}, "price", "A market order takes no price."),
        ({"type": "MARKET"}, "quantity", "A market order needs either a quantity or an amount to spend."),
        (
            {"type": "MARKET", "quantity": "1", "quoteQuantity": "1"},
            "quantity",
            "A market order needs either a quantity or an amount to spend.",
        ),
        (
            {"type": "MARKET", "side": "SELL", "quoteQuantity": "1"},
            "quoteQuantity",
            "Only a market buy can be given an amount to spend.",
        ),
        ({"type": "MARKET", "quantity": "1", "timeInForce": "GTC"}, "timeInForce", "A market order cannot be GTC."),
        (
            {"type": "MARKET", "quantity": "1", "postOnly": True},
            "postOnly",
            "A market order takes liquidity: turn off post-only.",
        ),
        (
            {"price": "100", "quantity": "1", "timeInForce": "IOC", "postOnly": True},
            "postOnly",
            "Post-only needs an order that can rest; IOC cannot.",
        ),
    ],
)
async def test_members_that_contradict_each_other_are_refused(
    exchange: RunningExchange, alice: Client, given: dict[str, object], member: str, message: str
) -> None:
    before = exchange.sequence
    error = await alice.error(**{"side": "BUY", **given})
    assert error == {"code": "INVALID_INPUT", "message": message, "path": ["input", member]}
    assert exchange.sequence == before


@pytest.mark.parametrize("key", ["", "x" * 37, "nul\0", "lone\ud800", "bell\a"])
async def test_a_client_order_id_has_1_to_36_characters_and_no_control_characters(
    exchange: RunningExchange, alice: Client, key: str
) -> None:
    before = exchange.sequence
    answer = await alice.ask(
        f"mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ order {{ id }} {ERRORS} }} }}",
        i={"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "1", "clientOrderId": key},
    )
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        (error,) = answer["data"]["placeOrder"]["errors"]
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "clientOrderId"])
        assert "36" in error["message"]
    assert exchange.sequence == before


async def test_the_longest_key_and_any_alphabet_are_kept(alice: Client) -> None:
    key = "ключ 🗝 " + "é" * 29
    assert len(key) == 36
    order = await alice.order(side="BUY", price="100", quantity="1", clientOrderId=key)
    assert order["clientOrderId"] == key
    data = await alice.get("query($k: String!) { viewer { order(clientOrderId: $k) { id } } }", k=key)
    assert data["viewer"]["order"] == {"id": order["id"]}
