"""Every amount that a client may send: no decimal fails the operation, a broken rule is a typed refusal."""

import json
from typing import Any

import pytest

from tests.support.exchange import ERRORS, Client, RunningExchange

MALFORMED: tuple[object, ...] = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e-30",
    "1e30",
    "1E5",
    "",
    " ",
    "1 ",
    "+1",
    ".5",
    "5.",
    "1,5",
    "0x10",
    "١",
    "1_000",
    "9" * 10_000,
    "9" * 31,
    "0." + "1" * 31,
    1,
    0,
    -1,
    1.5,
    True,
    ["1"],
    {"value": "1"},
)
NOT_POSITIVE = ("0", "-0", "-1", "0.000", "-0.00001", "-" + "9" * 30)

PLACE = f"mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ order {{ id }} {ERRORS} }} }}"
PREVIEW = f"query($i: PlaceOrderInput!) {{ previewOrder(input: $i) {{ preview {{ total }} {ERRORS} }} }}"
FAUCET = f"mutation($i: FaucetInput!) {{ requestFaucet(input: $i) {{ {ERRORS} }} }}"

LIMIT = {"market": "BTC-USDT", "side": "BUY", "price": "100.0", "quantity": "1"}
SPEND = {"market": "BTC-USDT", "side": "BUY", "type": "MARKET", "quoteQuantity": "100"}
COINS = {"asset": "USDT", "amount": "1", "idempotencyKey": "one"}

FIELDS = [
    pytest.param(PLACE, LIMIT, "price", id="price"),
    pytest.param(PLACE, LIMIT, "quantity", id="quantity"),
    pytest.param(PLACE, SPEND, "quoteQuantity", id="quoteQuantity"),
    pytest.param(PREVIEW, LIMIT, "price", id="previewed price"),
    pytest.param(PREVIEW, LIMIT, "quantity", id="previewed quantity"),
    pytest.param(FAUCET, COINS, "amount", id="faucet"),
]
OF_OTHER_TYPES = ("stopPrice", "trailingOffset", "trailingPercent")


@pytest.fixture
async def maker(exchange: RunningExchange) -> Client:
    """Give somebody who sells, so that a market order has something to buy."""
    maker = await exchange.trader(BTC="10")
    await maker.order(side="SELL", price="100.0", quantity="1")
    return maker


@pytest.mark.parametrize(("query", "good", "field"), FIELDS)
async def test_a_malformed_amount_fails_the_whole_operation_and_changes_nothing(
    exchange: RunningExchange, maker: Client, alice: Client, query: str, good: dict[str, Any], field: str
) -> None:
    before = exchange.sequence, await alice.balances()
    for amount in MALFORMED:
        answer = await alice.ask(query, i={**good, field: amount})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"], amount
        assert not answer.get("data"), amount
    assert (exchange.sequence, await alice.balances()) == before


@pytest.mark.parametrize("literal", ["1", "1.5", "-1", "1e3", "true", "null", "NaN", '"NaN"', '"1e3"', '""', '["1"]'])
async def test_an_amount_written_into_the_document_must_be_a_string_too(
    exchange: RunningExchange, alice: Client, literal: str
) -> None:
    before = exchange.sequence
    query = (
        f'mutation {{ requestFaucet(input: {{asset: "BTC", amount: {literal}, idempotencyKey: "k"}}) {{ {ERRORS} }} }}'
    )
    assert await alice.refused(query) == "BAD_USER_INPUT"
    assert exchange.sequence == before


@pytest.mark.parametrize(("query", "good", "field"), FIELDS)
async def test_zero_or_less_is_out_of_range_and_changes_nothing(
    exchange: RunningExchange, maker: Client, alice: Client, query: str, good: dict[str, Any], field: str
) -> None:
    before = exchange.sequence, await alice.balances()
    for amount in NOT_POSITIVE:
        (payload,) = (await alice.get(query, i={**good, field: amount})).values()
        (error,) = payload["errors"]
        assert (error["code"], error["path"]) == ("AMOUNT_OUT_OF_RANGE", ["input", field]), amount
        assert "more than zero" in error["message"]
    assert (exchange.sequence, await alice.balances()) == before


async def test_zero_comes_before_ticks_and_lots(exchange: RunningExchange, alice: Client) -> None:
    error = await alice.error(side="BUY", price="100.05", quantity="0")
    assert (error["code"], error["path"]) == ("AMOUNT_OUT_OF_RANGE", ["input", "quantity"])


@pytest.mark.parametrize(
    ("market", "given", "code", "message"),
    [
        ("BTC-USDT", {"price": "104218.44"}, "PRICE_NOT_ON_TICK", "Prices move in steps of 0.1. Nearest: 104,218.4."),
        ("BTC-USDT", {"price": "0.01"}, "PRICE_NOT_ON_TICK", "Prices move in steps of 0.1. Nearest: 0.1."),
        ("BTC-USDT", {"quantity": "0.000011"}, "QUANTITY_NOT_ON_LOT", "Amounts move in lots of 0.00001 BTC."),
        ("ETH-BTC", {"price": "0.000011"}, "PRICE_NOT_ON_TICK", "Prices move in steps of 0.00001. Nearest: 0.00001."),
        ("ETH-BTC", {"quantity": "0.0001"}, "QUANTITY_NOT_ON_LOT", "Amounts move in lots of 0.001 ETH."),
        (
            "BTC-USDT",
            {"price": "0." + "0" * 29 + "1"},
            "PRICE_NOT_ON_TICK",
            "Prices move in steps of 0.1. Nearest: 0.1.",
        ),
    ],
)
async def test_numbers_between_two_steps_are_refused_with_the_step(
    exchange: RunningExchange, alice: Client, market: str, given: dict[str, str], code: str, message: str
) -> None:
    before = exchange.sequence
    error = await alice.error(market=market, side="BUY", **{"price": "100", "quantity": "1", **given})
    assert error == {"code": code, "message": message, "path": ["input", *given]}
    assert exchange.sequence == before


async def test_trailing_zeros_are_not_too_many_decimals(exchange: RunningExchange, alice: Client) -> None:
    order = await alice.order(side="BUY", price="0000100.10000", quantity="1.000000000000000000000000000000")
    assert (order["price"], order["quantity"]) == ("100.1", "1.00000")


async def test_an_amount_to_spend_finer_than_the_smallest_unit_is_out_of_range(
    exchange: RunningExchange, maker: Client, alice: Client
) -> None:
    error = await alice.error(side="BUY", type="MARKET", quoteQuantity="10.0000001")
    assert error == {
        "code": "AMOUNT_OUT_OF_RANGE",
        "message": "USDT has 6 decimals, the amount has more.",
        "path": ["input", "quoteQuantity"],
    }


@pytest.mark.parametrize(("price", "quantity", "member"), [("9" * 30, "100", "price"), ("1", "9" * 30, "quantity")])
async def test_an_order_larger_than_the_exchange_can_keep_is_out_of_range(
    exchange: RunningExchange, alice: Client, price: str, quantity: str, member: str
) -> None:
    before = exchange.sequence
    error = await alice.error(side="BUY", price=price, quantity=quantity)
    assert error == {
        "code": "AMOUNT_OUT_OF_RANGE",
        "message": "The order is larger than this exchange can keep.",
        "path": ["input", member],
    }
    assert exchange.sequence == before


async def test_the_faucet_gives_a_million_and_no_more(exchange: RunningExchange) -> None:
    alice = await exchange.trader(ETH="1000000")
    assert await alice.balances() == {"ETH": ("1000000.000000000000000000", "0.000000000000000000")}
    before = exchange.sequence
    for amount in ("1000000.000000000000000001", "9" * 30):
        given = {"asset": "ETH", "amount": amount, "idempotencyKey": "more"}
        payload = (await alice.get(FAUCET, i=given))["requestFaucet"]
        assert payload["errors"] == [
            {
                "code": "AMOUNT_OUT_OF_RANGE",
                "message": "One request gives at most 1,000,000.00 ETH.",
                "path": ["input", "amount"],
            }
        ]
    too_fine = {"asset": "BTC", "amount": "0.000000001", "idempotencyKey": "more"}
    (error,) = (await alice.get(FAUCET, i=too_fine))["requestFaucet"]["errors"]
    assert (error["code"], error["path"]) == ("AMOUNT_OUT_OF_RANGE", ["input", "amount"])
    assert exchange.sequence == before


@pytest.mark.parametrize("field", OF_OTHER_TYPES)
async def test_an_amount_of_another_order_type_is_refused_and_never_ignored(
    exchange: RunningExchange, alice: Client, field: str
) -> None:
    before = exchange.sequence
    for amount in ("1", "0", "-1"):
        error = await alice.error(side="BUY", price="100", quantity="1", **{field: amount})
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", field])
        assert error["message"].startswith("A limit order takes no ")
    answer = await alice.ask(PLACE, i={**LIMIT, field: 1})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert exchange.sequence == before


async def test_an_instant_of_another_form_fails_the_operation(exchange: RunningExchange) -> None:
    query = 'query($t: DateTime) { trades(market: "BTC-USDT", since: $t) { edges { cursor } } }'
    for text in (
        *("2026-11-22", "2026-11-22T11:37:28", "2026-13-01T00:00:00Z", "2026-11-22T11:37:28.1234567Z", "now", "", 0),
        *("2026-11-22T11:37:28+24:00", "2026-02-30T00:00:00Z", "2026-11-22 11:37:28Z", "2026-11-22T11:37:60Z", 1.5),
    ):
        assert await exchange.visitor().refused(query, t=text) == "BAD_USER_INPUT", text


async def test_an_instant_may_have_any_offset_and_six_decimals(exchange: RunningExchange, alice: Client) -> None:
    order = await alice.order("id createdAt", side="BUY", price="100", quantity="1")
    created = order["createdAt"]
    assert created.endswith("Z")
    assert len(created) == len("2026-11-22T11:37:28.123456Z")
    query = "query($s: DateTime, $u: DateTime) { viewer { orders(since: $s, until: $u) { edges { node { id } } } } }"

    async def count(since: str | None, until: str | None) -> int:
        return len((await alice.get(query, s=since, u=until))["viewer"]["orders"]["edges"])

    local = created.removesuffix("Z")
    assert await count(created, None) == 1, "since is inclusive"
    assert await count(None, created) == 0, "until is not"
    assert await count(f"{local}+00:00", None) == 1
    assert await count(f"{local}-00:01", None) == 0, "west of Greenwich it is later"
    assert await count(f"{local}+23:59", None) == 1, "east of Greenwich it was earlier"
    assert await count(None, f"{local}+14:00") == 0
    assert await count("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59") == 1


async def test_a_body_that_is_no_object_of_variables_is_refused(exchange: RunningExchange, alice: Client) -> None:
    response = await alice.post({"query": PLACE, "variables": json.dumps({"i": LIMIT})})
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
