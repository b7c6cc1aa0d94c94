"""Every type of order through the API: what it takes, what it waits for, and what the order then says of itself."""

from typing import Any

import pytest

from tests.support.exchange import Client, RunningExchange
from tests.support.mutations import ORDER, do, order_now, preview, refusal

FAR = "2090-01-01T00:00:00.000000Z"


async def trade_at(alice: Client, bob: Client, price: str, quantity: str = "0.1") -> None:
    """Have the two trade at a price, so that it is the last one."""
    await alice.order(side="SELL", price=price, quantity=quantity)
    order = await bob.order(side="BUY", price=price, quantity=quantity)
    assert order["status"] == "FILLED"


def some(order: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return these members of an order."""
    return {name: order[name] for name in names}


async def test_a_stop_limit_order_waits_for_its_price_and_then_rests_at_its_limit(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    stop = await alice.order(ORDER, side="SELL", type="STOP_LIMIT", stopPrice="95", price="94", quantity="1")
    assert some(stop, "status", "type", "timeInForce", "stopPrice", "price", "quantity", "triggeredAt") == {
        "status": "UNTRIGGERED",
        "type": "STOP_LIMIT",
        "timeInForce": "GTC",
        "stopPrice": "95.0",
        "price": "94.0",
        "quantity": "1.00000",
        "triggeredAt": None,
    }
    assert (await alice.balances())["BTC"] == ("8.90000000", "1.00000000")
    data = await alice.get("{ viewer { openOrders { id status } } }")
    assert data["viewer"]["openOrders"] == [{"id": stop["id"], "status": "UNTRIGGERED"}]

    await trade_at(bob, alice, "95")

    now = await order_now(alice, stop["id"])
    assert some(now, "status", "remainingQuantity") == {"status": "OPEN", "remainingQuantity": "1.00000"}
    assert now["triggeredAt"] is not None
    book = (await bob.get('{ orderBook(market: "BTC-USDT", depth: 10) { asks { price quantity } } }'))["orderBook"]
    assert book["asks"] == [{"price": "94.0", "quantity": "1.00000"}]


async def test_a_stop_market_buy_spends_its_amount_when_the_price_rises(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    stop = await bob.order(ORDER, side="BUY", type="STOP_MARKET", stopPrice="110", quoteQuantity="550")
    assert some(stop, "status", "timeInForce", "quoteQuantity", "quantity") == {
        "status": "UNTRIGGERED",
        "timeInForce": "IOC",
        "quoteQuantity": "550.000000",
        "quantity": None,
    }
    await alice.order(side="SELL", price="110", quantity="6")
    await bob.order(side="BUY", price="110", quantity="1")
    now = await order_now(bob, stop["id"])
    assert some(now, "status", "filledQuantity", "averagePrice") == {
        "status": "FILLED",
        "filledQuantity": "5.00000",
        "averagePrice": "110.000000",
    }


@pytest.mark.parametrize(("side", "stop", "meets"), [("SELL", "110", "110"), ("BUY", "90", "90")])
async def test_take_profit_fires_on_the_other_side_of_the_price(
    alice: Client, bob: Client, side: str, stop: str, meets: str
) -> None:
    await trade_at(alice, bob, "100")
    given = {"quantity": "1"} if side == "SELL" else {"quoteQuantity": "90"}
    order = await alice.order(ORDER, side=side, type="TAKE_PROFIT_MARKET", stopPrice=stop, **given)
    limit = await alice.order(
        ORDER, side=side, type="TAKE_PROFIT_LIMIT", stopPrice=stop, price="100", quantity="1", postOnly=True
    )
    assert (order["status"], limit["status"], limit["postOnly"]) == ("UNTRIGGERED", "UNTRIGGERED", True)
    await bob.order(side="BUY", price=meets if side == "SELL" else "80", quantity="2.1")
    await bob.order(side="SELL", price="120" if side == "SELL" else meets, quantity="2")
    carol = await alice.exchange.trader(BTC="5", USDT="10000")
    await carol.order(side="SELL" if side == "SELL" else "BUY", price=meets, quantity="0.1")
    assert (await order_now(alice, order["id"]))["status"] == "FILLED"
    assert (await order_now(alice, limit["id"]))["triggeredAt"] is not None


async def test_a_trailing_stop_shows_its_stop_as_it_moves(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    by_offset = await alice.order(ORDER, side="SELL", type="TRAILING_STOP", trailingOffset="5", quantity="1")
    by_percent = await alice.order(ORDER, side="SELL", type="TRAILING_STOP", trailingPercent="2.5", quantity="1")
    assert some(by_offset, "stopPrice", "trailingOffset", "trailingPercent") == {
        "stopPrice": "95.0",
        "trailingOffset": "5.0",
        "trailingPercent": None,
    }
    assert some(by_percent, "stopPrice", "trailingOffset", "trailingPercent") == {
        "stopPrice": "97.5",
        "trailingOffset": None,
        "trailingPercent": "2.5",
    }
    await trade_at(bob, alice, "120")
    assert (await order_now(alice, by_offset["id"]))["stopPrice"] == "115.0"
    assert (await order_now(alice, by_percent["id"]))["stopPrice"] == "117.0"
    await trade_at(bob, alice, "116")
    fallen = await order_now(alice, by_percent["id"])
    assert some(fallen, "status", "reason") == {"status": "CANCELED", "reason": "NOT_FILLED_IMMEDIATELY"}
    assert (await order_now(alice, by_offset["id"]))["status"] == "UNTRIGGERED"


async def test_an_iceberg_shows_a_part_of_itself(alice: Client, bob: Client) -> None:
    iceberg = await alice.order(ORDER, side="SELL", price="100", quantity="5", visibleQuantity="1")
    assert some(iceberg, "visibleQuantity", "remainingQuantity") == {
        "visibleQuantity": "1.00000",
        "remainingQuantity": "5.00000",
    }
    query = '{ orderBook(market: "BTC-USDT", depth: 10) { asks { price quantity orders } } }'
    assert (await bob.get(query))["orderBook"]["asks"] == [{"price": "100.0", "quantity": "1.00000", "orders": 1}]
    await bob.order(side="BUY", price="100", quantity="2.4")
    assert (await bob.get(query))["orderBook"]["asks"] == [{"price": "100.0", "quantity": "0.60000", "orders": 1}]
    assert (await order_now(alice, iceberg["id"]))["remainingQuantity"] == "2.60000"


async def test_an_order_with_an_expiry_is_gtd_by_itself(alice: Client) -> None:
    order = await alice.order(ORDER, side="BUY", price="100", quantity="1", expireAt="2090-01-01T02:00:00+02:00")
    assert some(order, "timeInForce", "expireAt", "status") == {
        "timeInForce": "GTD",
        "expireAt": FAR,
        "status": "OPEN",
    }


@pytest.mark.parametrize(
    ("mode", "resting", "incoming"),
    [
        ("CANCEL_NEWEST", ("OPEN", "3.00000"), ("CANCELED", "1.00000")),
        ("CANCEL_OLDEST", ("CANCELED", "3.00000"), ("OPEN", "1.00000")),
        ("CANCEL_BOTH", ("CANCELED", "3.00000"), ("CANCELED", "1.00000")),
        ("DECREMENT_AND_CANCEL", ("OPEN", "2.00000"), ("CANCELED", "1.00000")),
    ],
)
async def test_each_self_trade_prevention_decides_which_order_gives_way(
    alice: Client, mode: str, resting: tuple[str, str], incoming: tuple[str, str]
) -> None:
    old = await alice.order(side="SELL", price="100", quantity="3")
    new = await alice.order(ORDER, side="BUY", price="100", quantity="1", selfTradePrevention=mode)
    assert (new["status"], new["quantity"], new["selfTradePrevention"]) == (*incoming, mode)
    old = await order_now(alice, old["id"])
    assert (old["status"], old["quantity"]) == resting


async def test_a_pair_holds_once_and_one_order_cancels_the_other(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    payload = await do(
        alice,
        "placeOcoOrder",
        input={
            "market": "BTC-USDT",
            "side": "SELL",
            "quantity": "2",
            "price": "110",
            "stopPrice": "90",
            "limitClientOrderId": "profit",
            "stopClientOrderId": "loss",
        },
    )
    limit, stop = payload["orders"]
    names = ("clientOrderId", "type", "status", "price", "stopPrice", "postOnly")
    assert [some(order, *names) for order in (limit, stop)] == [
        dict(zip(names, ("profit", "LIMIT", "OPEN", "110.0", None, True), strict=True)),
        dict(zip(names, ("loss", "STOP_MARKET", "UNTRIGGERED", None, "90.0", False), strict=True)),
    ]
    assert (limit["linkedOrderId"], stop["linkedOrderId"]) == (stop["id"], limit["id"])
    assert (await alice.balances())["BTC"] == ("7.90000000", "2.00000000")

    await bob.order(side="BUY", price="110", quantity="0.5")

    ended = await order_now(alice, stop["id"])
    assert some(ended, "status", "reason") == {"status": "CANCELED", "reason": "BY_LINKED_ORDER"}
    assert (await order_now(alice, limit["id"]))["remainingQuantity"] == "1.50000"


async def test_a_repeated_pair_is_the_same_pair_as_it_is_now(exchange: RunningExchange, alice: Client) -> None:
    given = {"market": "BTC-USDT", "side": "BUY", "quantity": "1", "price": "90", "stopPrice": "110"}
    given |= {"stopLimitPrice": "111", "limitClientOrderId": "a", "stopClientOrderId": "b"}
    first = (await do(alice, "placeOcoOrder", input=given))["orders"]
    assert (await alice.balances())["USDT"] == ("999889.000000", "111.000000")
    await do(alice, "cancelOrder", clientOrderId="b")
    before = exchange.sequence
    again = (await do(alice, "placeOcoOrder", input={**given, "price": "90.0"}))["orders"]
    assert [order["id"] for order in again] == [order["id"] for order in first]
    assert [order["reason"] for order in again] == ["BY_LINKED_ORDER", "BY_USER"]
    other = await refusal(alice, "placeOcoOrder", input={**given, "quantity": "2"})
    assert (other["code"], other["path"]) == ("DUPLICATE_CLIENT_ORDER_ID", ["input", "limitClientOrderId"])
    assert exchange.sequence == before


async def test_amending_changes_an_order_in_its_place(alice: Client, bob: Client) -> None:
    order = await alice.order(side="BUY", price="100", quantity="2", clientOrderId="mine")
    less = (await do(alice, "amendOrder", input={"id": order["id"], "quantity": "1.5"}))["order"]
    assert some(less, "id", "quantity", "price", "status") == {
        "id": order["id"],
        "quantity": "1.50000",
        "price": "100.0",
        "status": "OPEN",
    }
    assert (await alice.balances())["USDT"] == ("999850.000000", "150.000000")
    await bob.order(side="SELL", price="110", quantity="1")
    more = (await do(alice, "amendOrder", input={"clientOrderId": "mine", "price": "110", "quantity": "3"}))["order"]
    assert some(more, "status", "filledQuantity", "remainingQuantity") == {
        "status": "PARTIALLY_FILLED",
        "filledQuantity": "1.00000",
        "remainingQuantity": "2.00000",
    }
    assert [fill["liquidity"] for fill in more["fills"]] == ["TAKER"]
    same = (await do(alice, "amendOrder", input={"clientOrderId": "mine", "price": "110.0"}))["order"]
    assert same["remainingQuantity"] == "2.00000"


async def test_amending_moves_the_stop_of_an_order_that_waits(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    stop = await alice.order(side="SELL", type="STOP_MARKET", stopPrice="90", quantity="1")
    moved = (await do(alice, "amendOrder", input={"id": stop["id"], "stopPrice": "95.5"}))["order"]
    assert some(moved, "status", "stopPrice") == {"status": "UNTRIGGERED", "stopPrice": "95.5"}
    too_far = await refusal(alice, "amendOrder", input={"id": stop["id"], "stopPrice": "100"})
    assert too_far == {
        "code": "WOULD_TRIGGER_IMMEDIATELY",
        "message": "Would trigger at once: the last price is 100.0. Use a stop price below it.",
        "path": ["input", "stopPrice"],
    }


async def test_cancelling_takes_what_has_not_been_triggered(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    stop = await alice.order(side="SELL", type="STOP_MARKET", stopPrice="90", quantity="1")
    trailing = await alice.order(side="SELL", type="TRAILING_STOP", trailingOffset="1", quantity="1")
    assert (await do(alice, "cancelOrder", id=stop["id"]))["order"]["reason"] == "BY_USER"
    rest = await alice.order(side="BUY", price="50", quantity="1")
    gone = (await do(alice, "cancelAllOrders", market="BTC-USDT"))["orders"]
    assert [(order["id"], order["status"]) for order in gone] == [
        (trailing["id"], "CANCELED"),
        (rest["id"], "CANCELED"),
    ]
    assert (await alice.balances())["BTC"] == ("9.90000000", "0.00000000")


async def test_the_dead_mans_switch_says_when_it_cancels_and_can_be_turned_off(alice: Client) -> None:
    assert (await do(alice, "cancelAllAfter", seconds=60))["cancelsAt"].endswith("Z")
    assert (await do(alice, "cancelAllAfter", seconds=0))["cancelsAt"] is None
    for seconds in (-1, 86_401):
        error = await refusal(alice, "cancelAllAfter", seconds=seconds)
        assert error == {
            "code": "INVALID_INPUT",
            "message": "The switch waits 1 to 86,400 seconds; 0 turns it off.",
            "path": ["seconds"],
        }


async def test_a_preview_of_an_order_that_waits_fills_nothing_and_shows_what_it_holds(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    await trade_at(alice, bob, "100")
    await bob.order(side="BUY", price="99", quantity="5")
    before = exchange.sequence
    shown = await preview(alice, side="SELL", type="STOP_MARKET", stopPrice="90", quantity="2")
    assert shown["errors"] == []
    assert some(shown["preview"], "filledQuantity", "averagePrice", "fee", "availableAfter") == {
        "filledQuantity": "0.00000",
        "averagePrice": None,
        "fee": "0.000000",
        "availableAfter": "7.90000000",
    }
    refused = await preview(alice, side="SELL", type="STOP_MARKET", stopPrice="101", quantity="2")
    assert (refused["preview"], refused["errors"][0]["code"]) == (None, "WOULD_TRIGGER_IMMEDIATELY")
    assert exchange.sequence == before


@pytest.mark.parametrize(
    ("given", "code", "path", "message"),
    [
        (
            {"type": "STOP_LIMIT", "price": "90", "stopPrice": "90.05"},
            "PRICE_NOT_ON_TICK",
            "stopPrice",
            "Prices move in steps of 0.1. Nearest: 90.1.",
        ),
        (
            {"type": "TRAILING_STOP", "trailingOffset": "0.04"},
            "PRICE_NOT_ON_TICK",
            "trailingOffset",
            "Offsets move in steps of 0.1. Nearest: 0.1.",
        ),
        (
            {"price": "90", "visibleQuantity": "0.000015"},
            "QUANTITY_NOT_ON_LOT",
            "visibleQuantity",
            "Amounts move in lots of 0.00001 BTC.",
        ),
        (
            {"price": "90", "visibleQuantity": "0"},
            "AMOUNT_OUT_OF_RANGE",
            "visibleQuantity",
            "The visible quantity must be more than zero.",
        ),
        (
            {"price": "90", "visibleQuantity": "1.1"},
            "AMOUNT_OUT_OF_RANGE",
            "visibleQuantity",
            "The visible quantity cannot be more than the quantity.",
        ),
        (
            {"price": "90", "visibleQuantity": "0.0009"},
            "AMOUNT_OUT_OF_RANGE",
            "visibleQuantity",
            "The visible quantity is too small: an order is shown in at most 1,000 parts.",
        ),
        (
            {"type": "TRAILING_STOP", "trailingPercent": "100"},
            "AMOUNT_OUT_OF_RANGE",
            "trailingPercent",
            "The percentage must be less than 100.",
        ),
        (
            {"type": "TRAILING_STOP", "trailingPercent": "1.0000001"},
            "AMOUNT_OUT_OF_RANGE",
            "trailingPercent",
            "A percentage has at most 6 decimals.",
        ),
        (
            {"type": "TRAILING_STOP", "trailingPercent": "-1"},
            "AMOUNT_OUT_OF_RANGE",
            "trailingPercent",
            "The percentage must be more than zero.",
        ),
        (
            {"type": "STOP_MARKET", "stopPrice": "0"},
            "AMOUNT_OUT_OF_RANGE",
            "stopPrice",
            "The stop price must be more than zero.",
        ),
    ],
)
async def test_numbers_of_the_wrong_size_are_refused_with_the_step_or_the_limit(
    alice: Client, given: dict[str, str], code: str, path: str, message: str
) -> None:
    error = await alice.error(**{"side": "SELL", "quantity": "1", **given})
    assert error == {"code": code, "message": message, "path": ["input", path]}


MEMBERS = [
    ({"type": "STOP_LIMIT", "price": "90"}, "stopPrice", "A stop-limit order needs a stop price."),
    ({"type": "STOP_LIMIT", "stopPrice": "90"}, "price", "A stop-limit order needs a price."),
    (
        {"type": "TAKE_PROFIT_MARKET", "stopPrice": "90", "price": "1"},
        "price",
        "A take-profit market order takes no price.",
    ),
    ({"type": "TRAILING_STOP"}, "trailingOffset", "A trailing stop needs either an offset or a percentage."),
    (
        {"type": "TRAILING_STOP", "trailingOffset": "1", "trailingPercent": "1"},
        "trailingOffset",
        "A trailing stop needs either an offset or a percentage.",
    ),
    (
        {"type": "STOP_MARKET", "stopPrice": "110", "side": "BUY"},
        "quantity",
        "A stop-market order to buy is given the amount to spend, so that exactly this can be held.",
    ),
    (
        {"type": "STOP_MARKET", "stopPrice": "90", "timeInForce": "GTC"},
        "timeInForce",
        "A stop-market order cannot be GTC.",
    ),
    ({"price": "90", "timeInForce": "GTD"}, "expireAt", "A GTD order needs the time when it expires."),
    ({"price": "90", "timeInForce": "IOC", "expireAt": FAR}, "expireAt", "Only a GTD order expires; this one is IOC."),
    (
        {"price": "90", "expireAt": "2020-01-01T00:00:00Z"},
        "expireAt",
        "The time when the order expires must be in the future.",
    ),
    (
        {"type": "MARKET", "visibleQuantity": "0.1"},
        "visibleQuantity",
        "A visible quantity needs an order that can rest; a market order cannot.",
    ),
    (
        {"price": "90", "timeInForce": "FOK", "visibleQuantity": "0.1"},
        "visibleQuantity",
        "A visible quantity needs an order that can rest; FOK cannot.",
    ),
]


async def test_members_that_make_no_sense_together_are_refused_with_the_rule(
    exchange: RunningExchange, alice: Client
) -> None:
    before = exchange.sequence
    for given, member, message in MEMBERS:
        error = await alice.error(**{"side": "SELL", "quantity": "1", **given})
        assert error == {"code": "INVALID_INPUT", "message": message, "path": ["input", member]}, given
    assert exchange.sequence == before


async def test_what_cannot_be_amended_is_refused_with_the_rule(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    limit = await alice.order(side="BUY", price="90", quantity="1")
    spend = await alice.order(side="BUY", type="STOP_MARKET", stopPrice="120", quoteQuantity="10")
    pair = (
        await do(
            alice,
            "placeOcoOrder",
            input={"market": "BTC-USDT", "side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90"},
        )
    )["orders"]
    cases = [
        ({"id": limit["id"]}, ["input"], "Say what is to change: price, quantity or stopPrice."),
        ({"price": "1"}, ["input"], "Say which order: by id or by clientOrderId, one of the two."),
        (
            {"id": limit["id"], "stopPrice": "80"},
            ["input", "stopPrice"],
            "This limit order has no stop price to amend.",
        ),
        ({"id": spend["id"], "price": "80"}, ["input", "price"], "A stop-market order has no price to amend."),
        (
            {"id": spend["id"], "quantity": "8"},
            ["input", "quantity"],
            "The order has an amount to spend and no quantity to amend.",
        ),
        (
            {"id": pair[0]["id"], "quantity": "0.5"},
            ["input", "quantity"],
            "The quantity of linked orders stays as it is: cancel them and place a new pair.",
        ),
        (
            {"id": pair[0]["id"], "price": "90"},
            ["input", "price"],
            "In a pair to sell the limit price must be above the stop price.",
        ),
    ]
    for given, path, message in cases:
        error = await refusal(alice, "amendOrder", input=given)
        assert error == {"code": "INVALID_INPUT", "message": message, "path": path}, given
    await bob.order(side="SELL", price="90", quantity="0.4")
    error = await refusal(alice, "amendOrder", input={"id": limit["id"], "quantity": "0.4"})
    assert error == {
        "code": "AMOUNT_OUT_OF_RANGE",
        "message": "0.40000 BTC is filled already: the new quantity must be more.",
        "path": ["input", "quantity"],
    }
    error = await refusal(alice, "amendOrder", input={"id": limit["id"], "price": "90.05"})
    assert (error["code"], error["path"]) == ("PRICE_NOT_ON_TICK", ["input", "price"])
    error = await refusal(alice, "amendOrder", input={"id": limit["id"], "quantity": "1000000"})
    assert error["message"].startswith("Needs ")
    assert " more; " in error["message"]


async def test_pairs_that_make_no_sense_are_refused_with_the_rule(alice: Client, bob: Client) -> None:
    await trade_at(alice, bob, "100")
    given = {"market": "BTC-USDT", "side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90"}
    cases = [
        (
            {"side": "BUY", "price": "90", "stopPrice": "110"},
            "stopLimitPrice",
            "A pair to buy needs a limit price for its stop order, so that the hold is exact.",
        ),
        ({"stopPrice": "115"}, "price", "In a pair to sell the limit price must be above the stop price."),
        (
            {"limitClientOrderId": "x", "stopClientOrderId": "x"},
            "stopClientOrderId",
            "The two orders need different client order ids.",
        ),
    ]
    for more, member, message in cases:
        error = await refusal(alice, "placeOcoOrder", input={**given, **more})
        assert error == {"code": "INVALID_INPUT", "message": message, "path": ["input", member]}, more
    error = await refusal(alice, "placeOcoOrder", input={**given, "stopLimitPrice": "89.95"})
    assert (error["code"], error["path"]) == ("PRICE_NOT_ON_TICK", ["input", "stopLimitPrice"])
    error = await refusal(alice, "placeOcoOrder", input={**given, "market": "XRP-USDT"})
    assert (error["code"], error["path"]) == ("UNKNOWN_MARKET", ["input", "market"])
    error = await refusal(alice, "placeOcoOrder", input={**given, "quantity": "10"})
    assert error["message"] == "Needs 10.00 BTC; 9.90 is available."
