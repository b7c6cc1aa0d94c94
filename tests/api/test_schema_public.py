"""What everybody may ask: status, assets, markets, tickers, books, trades and candles."""

import zlib

from tests.support.exchange import Client, RunningExchange


async def test_the_status_says_what_runs_and_how_far_it_is(exchange: RunningExchange) -> None:
    status = (await exchange.visitor().get("{ status { version time sequence halted demonstration } }"))["status"]
    assert status.pop("time").endswith("Z")
    version = exchange.services.version
    assert status == {"version": version, "sequence": exchange.sequence, "halted": False, "demonstration": True}


async def test_assets_and_markets_show_their_rules(exchange: RunningExchange) -> None:
    data = await exchange.visitor().get(
        """{ assets { code name decimals networks { network } } asset(code: "ETH") { decimals }
        markets { symbol } market(symbol: "ETH-BTC") { symbol base { code } quote { code } status statusReason tickSize
        lotSize minimumNotional maximumQuantity priceBand openOrdersPerAccount makerFee takerFee } }"""
    )
    assert [asset["code"] for asset in data["assets"]] == ["BTC", "ETH", "SOL", "USDT"]
    assert data["asset"] == {"decimals": 18}
    assert [market["symbol"] for market in data["markets"]] == ["BTC-USDT", "ETH-USDT", "SOL-USDT", "ETH-BTC"]
    assert data["market"] == {
        "symbol": "ETH-BTC",
        "base": {"code": "ETH"},
        "quote": {"code": "BTC"},
        "status": "OPEN",
        "statusReason": "The market opens.",
        "tickSize": "0.00001",
        "lotSize": "0.001",
        "minimumNotional": "0.00000000",
        "maximumQuantity": None,
        "priceBand": None,
        "openOrdersPerAccount": 100_000,
        "makerFee": "0.001",
        "takerFee": "0.002",
    }


async def test_what_does_not_exist_is_null_from_market_and_asset_alone(exchange: RunningExchange) -> None:
    visitor = exchange.visitor()
    assert await visitor.get('{ market(symbol: "XRP-USDT") { symbol } asset(code: "") { code } }') == {
        "market": None,
        "asset": None,
    }
    for field in (
        'orderBook(market: "XRP-USDT") { sequence }',
        'trades(market: "btc-usdt") { edges { cursor } }',
        'candles(market: "", interval: M1) { open }',
    ):
        assert await visitor.refused(f"{{ {field} }}") == "BAD_USER_INPUT"


async def test_the_order_book_has_the_contracts_checksum(exchange: RunningExchange, alice: Client) -> None:
    query = """query($d: Int!) { orderBook(market: "BTC-USDT", depth: $d) { market sequence checksum time
        bids { price quantity orders } asks { price quantity orders } } }"""
    empty = (await exchange.visitor().get(query, d=10))["orderBook"]
    assert (empty["checksum"], empty["bids"], empty["asks"]) == (749160980, [], [])
    for number in range(12):
        await alice.order(side="BUY", price=str(100 - number), quantity="0.5")
        await alice.order(side="SELL", price=str(200 + number), quantity="0.25")
    await alice.order(side="BUY", price="100", quantity="0.1")
    book = (await exchange.visitor().get(query, d=10))["orderBook"]
    assert book["sequence"] == exchange.sequence
    assert book["bids"][0] == {"price": "100.0", "quantity": "0.60000", "orders": 2}
    assert book["asks"][-1] == {"price": "209.0", "quantity": "0.25000", "orders": 1}
    assert len(book["bids"]) == len(book["asks"]) == 10
    sides = ("".join(f"{level['price']}:{level['quantity']};" for level in book[side]) for side in ("bids", "asks"))
    assert book["checksum"] == zlib.crc32("b{}a{}".format(*sides).encode())
    deeper = (await exchange.visitor().get(query, d=50))["orderBook"]
    assert len(deeper["bids"]) == 12
    assert deeper["checksum"] == book["checksum"]


async def test_a_book_has_four_depths(exchange: RunningExchange) -> None:
    query = 'query($d: Int!) { orderBook(market: "BTC-USDT", depth: $d) { sequence } }'
    for depth in (0, 1, 11, 49, 500, -50, 2**31 - 1):
        assert await exchange.visitor().refused(query, d=depth) == "BAD_USER_INPUT", depth
    for depth in (10, 50, 200, 1000):
        assert (await exchange.visitor().get(query, d=depth))["orderBook"] is not None


async def test_trades_tickers_and_candles_tell_the_same_story(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    for price, quantity in (("100", "1"), ("110", "2"), ("90", "0.5"), ("99", "1")):
        await alice.order(side="SELL", price=price, quantity=quantity)
        await bob.order(side="BUY", price=price, quantity=quantity)
    data = await exchange.visitor().get(
        """{ trades(market: "BTC-USDT", first: 2) {
             edges { cursor node { id sequence market price quantity takerSide } } pageInfo { hasNextPage endCursor } }
        candles(market: "BTC-USDT", interval: D1) { market interval start open high low close baseVolume quoteVolume
             trades closed }
        market(symbol: "BTC-USDT") { ticker { last bid ask open24h high24h low24h baseVolume24h quoteVolume24h change24h
             indicativePrice indicativeQuantity sequence } }
        tickers { market last } }"""
    )
    nodes = [edge["node"] for edge in data["trades"]["edges"]]
    assert nodes[0] == {
        "id": "4",
        "sequence": exchange.sequence,
        "market": "BTC-USDT",
        "price": "99.0",
        "quantity": "1.00000",
        "takerSide": "BUY",
    }
    assert data["trades"]["pageInfo"] == {"hasNextPage": True, "endCursor": data["trades"]["edges"][1]["cursor"]}
    rest = await exchange.visitor().get(
        """query($a: String) { trades(market: "BTC-USDT", after: $a) {
            edges { node { id } } pageInfo { hasNextPage } } }""",
        a=data["trades"]["pageInfo"]["endCursor"],
    )
    assert rest["trades"] == {
        "edges": [{"node": {"id": "2"}}, {"node": {"id": "1"}}],
        "pageInfo": {"hasNextPage": False},
    }
    candles = data["candles"]
    assert candles[-1]["start"].endswith("T00:00:00.000000Z")
    assert sum(candle["trades"] for candle in candles) == 4
    ticker = data["market"]["ticker"]
    assert ticker == {
        "last": "99.0",
        "bid": None,
        "ask": None,
        "open24h": "100.0",
        "high24h": "110.0",
        "low24h": "90.0",
        "baseVolume24h": "4.50000",
        "quoteVolume24h": "464.000000",
        "change24h": "-1.00",
        "indicativePrice": None,
        "indicativeQuantity": None,
        "sequence": exchange.sequence,
    }
    assert [one["last"] for one in data["tickers"]] == ["99.0", None, None, None]


async def test_candles_come_in_bounded_numbers(exchange: RunningExchange) -> None:
    query = 'query($l: Int!) { candles(market: "BTC-USDT", interval: M1, limit: $l) { open } }'
    for limit in (0, -1, 1001):
        assert await exchange.visitor().refused(query, l=limit) == "BAD_USER_INPUT", limit


async def test_a_cursor_of_another_list_is_refused(exchange: RunningExchange) -> None:
    query = 'query($a: String) { trades(market: "BTC-USDT", after: $a) { edges { cursor } } }'
    for after in ("x", "MS0y", ""):
        assert await exchange.visitor().refused(query, a=after) == "BAD_USER_INPUT", after
