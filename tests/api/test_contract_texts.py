"""Odd texts in every argument that takes one: a typed answer on both databases, never an internal error."""

from tests.support.exchange import Client, RunningExchange

TEXTS = {
    "empty": "",
    "NUL": "a\x00b",
    "control": "a\x1fb\x7f",
    "long": "x" * 5_000,
    "more digits than 64 bits": "99999999999999999999",
    "negative": "-1",
    "digits of another script": "١٢",
    "direction and width": "\u202ea\u200b\ufeff",
    "no character": "\uffff\U0010ffff",
    "SQL": "%_'\";--",
}
READING = (
    "orderBook(market: $x) { sequence }",
    "trades(market: $x) { edges { cursor } }",
    'trades(market: "BTC-USDT", after: $x) { edges { cursor } }',
    "candles(market: $x, interval: M1) { open }",
    "viewer { openOrders(market: $x) { id } }",
    "viewer { orders(market: $x) { edges { cursor } } }",
    "viewer { orders(after: $x) { edges { cursor } } }",
    "viewer { fills(market: $x) { edges { cursor } } }",
    "viewer { fills(after: $x) { edges { cursor } } }",
    "viewer { ledger(asset: $x) { edges { cursor } } }",
    "viewer { ledger(after: $x) { edges { cursor } } }",
)
FOREIGN = (
    "query($x: ID!) { viewer { balances(accountId: $x) { held } } }",
    "query($x: ID!) { viewer { orders(accountId: $x) { edges { cursor } } } }",
    "mutation($x: ID!) { cancelAllOrders(accountId: $x) { errors { code } } }",
)
NOTHING_FOUND = {
    "query($x: String!) { market(symbol: $x) { symbol } }": {"market": None},
    "query($x: String!) { asset(code: $x) { code } }": {"asset": None},
    "query($x: ID!) { viewer { order(id: $x) { id } } }": {"viewer": {"order": None}},
    "query($x: String!) { viewer { order(clientOrderId: $x) { id } } }": {"viewer": {"order": None}},
    "query($x: ID!) { viewer { fills(order: $x) { edges { cursor } } } }": {"viewer": {"fills": {"edges": []}}},
}
ORDER = 'side: BUY, price: "1", quantity: "10"'
REFUSED = {
    f"placeOrder(input: {{market: $x, {ORDER}}})": "UNKNOWN_MARKET",
    "cancelOrder(clientOrderId: $x)": "UNKNOWN_ORDER",
    "cancelAllOrders(market: $x)": "UNKNOWN_MARKET",
    'requestFaucet(input: {asset: $x, amount: "1", idempotencyKey: "k"})': "UNKNOWN_ASSET",
    'register(input: {email: $x, password: "correct horse battery"})': "INVALID_INPUT",
    'logIn(input: {email: $x, password: "correct horse battery"})': "INVALID_CREDENTIALS",
    'logIn(input: {email: "nobody@example.com", password: $x})': "INVALID_CREDENTIALS",
}


async def test_an_odd_text_in_any_argument_gets_a_typed_answer(exchange: RunningExchange) -> None:
    client = await exchange.trader(USDT="1000")
    for name, text in TEXTS.items():
        for field in READING:
            assert await client.refused(f"query($x: String!) {{ {field} }}", x=text) == "BAD_USER_INPUT", (name, field)
        for query in FOREIGN:
            assert await client.refused(query, x=text) == "FORBIDDEN", (name, query)
        for query, nothing in NOTHING_FOUND.items():
            assert await client.get(query, x=text) == nothing, (name, query)
        for field, code in REFUSED.items():
            data = await client.get(f"mutation($x: String!) {{ result: {field} {{ errors {{ code }} }} }}", x=text)
            assert data["result"]["errors"] == [{"code": code}], (name, field)


async def test_an_odd_text_is_a_key_or_a_typed_refusal_and_is_kept_as_it_is(exchange: RunningExchange) -> None:
    client = await exchange.trader(USDT="1000")
    for name, text in TEXTS.items():
        payload = await client.place("id clientOrderId", side="BUY", price="1", quantity="10", clientOrderId=text)
        if name in ("empty", "NUL", "control", "long"):
            assert [error["code"] for error in payload["errors"]] == ["INVALID_INPUT"], name
            continue
        assert payload["errors"] == [], name
        assert payload["order"]["clientOrderId"] == text
        found = await client.get("query($x: String!) { viewer { order(clientOrderId: $x) { id } } }", x=text)
        assert found["viewer"]["order"] == {"id": payload["order"]["id"]}, name


async def test_half_a_character_is_no_text(alice: Client) -> None:
    query = "query($x: String!) { market(symbol: $x) { symbol } }"
    assert await alice.refused(query, x="a\ud800b") == "BAD_USER_INPUT"
