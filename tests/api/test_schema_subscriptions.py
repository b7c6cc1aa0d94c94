"""Subscriptions of the exchange: public feeds, and what happens to the own orders and balances."""

from typing import Any

import pytest

from backend.engine.values import TimeUs
from backend.graphql.transport import TransportLimits
from tests.conftest import DatabasePlace
from tests.support.exchange import Client, RunningExchange, running_exchange
from tests.support.transport_world import SocketClient

BOOK = """subscription($m: String!, $d: Int!) { orderBook(market: $m, depth: $d) { market isSnapshot sequence
    previousSequence checksum bids { price quantity orders } asks { price quantity orders } } }"""
ORDERS = """subscription($a: ID, $m: String) { orderUpdates(accountId: $a, market: $m) { sequence index
    order { id status reason filledQuantity fills { id } } fill { id price quantity fee feeAsset liquidity } } }"""
BALANCES = """subscription { balanceUpdates { sequence accountId
    balances { asset { code } available held total } } }"""


async def following(socket: SocketClient, query: str, **variables: object) -> None:
    socket.subscribe("1", query, variables)


async def heard(socket: SocketClient) -> dict[str, Any]:
    message = await socket.hear()
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    (value,) = message["payload"]["data"].values()
    result: dict[str, Any] = value
    return result


async def refused(socket: SocketClient, query: str, **variables: object) -> str:
    socket.subscribe("r", query, variables)
    message = await socket.hear()
    assert message["type"] == "error", message
    return str(message["payload"][0]["extensions"]["code"])


async def test_a_book_is_followed_by_a_snapshot_and_deltas(exchange: RunningExchange, alice: Client) -> None:
    await alice.order(side="BUY", price="100", quantity="1")
    at = exchange.sequence
    async with exchange.visitor().socket() as socket:
        await socket.sign_in()
        await following(socket, BOOK, m="BTC-USDT", d=10)
        snapshot = await heard(socket)
        assert (snapshot["isSnapshot"], snapshot["sequence"], snapshot["previousSequence"]) == (True, at, at)
        assert snapshot["bids"] == [{"price": "100.0", "quantity": "1.00000", "orders": 1}]
        await alice.order(market="ETH-USDT", side="BUY", price="100", quantity="1")
        await alice.order(side="SELL", price="101", quantity="2")
        delta = await heard(socket)
        assert (delta["isSnapshot"], delta["sequence"], delta["previousSequence"]) == (False, exchange.sequence, at)
        assert (delta["bids"], delta["asks"]) == ([], [{"price": "101.0", "quantity": "2.00000", "orders": 1}])
        assert delta["checksum"] == exchange.services.marketdata.book("BTC-USDT", 10).checksum


async def test_trades_tickers_and_candles_arrive_as_they_happen(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    async with exchange.visitor().socket() as socket:
        await socket.sign_in()
        socket.subscribe("t", 'subscription { trades(market: "BTC-USDT") { id price quantity takerSide time } }')
        socket.subscribe("k", 'subscription { tickers(market: "BTC-USDT") { market last baseVolume24h } }')
        socket.subscribe("c", 'subscription { candles(market: "BTC-USDT", interval: H1) { close trades closed } }')
        assert (await socket.hear())["payload"]["data"] == {
            "tickers": {"market": "BTC-USDT", "last": None, "baseVolume24h": "0.00000"}
        }
        await socket.settle()
        await alice.order(side="SELL", price="100", quantity="1")
        await bob.order(side="BUY", price="100", quantity="0.5")
        found: dict[str, Any] = {}
        while not {"t", "c"} <= found.keys() or found["k"]["last"] is None:
            message = await socket.hear()
            (found[message["id"]],) = message["payload"]["data"].values()
        assert found["t"].pop("time").endswith("Z")
        assert found == {
            "t": {"id": "1", "price": "100.0", "quantity": "0.50000", "takerSide": "BUY"},
            "k": {"market": "BTC-USDT", "last": "100.0", "baseVolume24h": "0.50000"},
            "c": {"close": "100.0", "trades": 1, "closed": False},
        }


async def test_a_candle_that_has_closed_is_not_told_again_to_who_comes_later(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    await bob.order(side="BUY", price="100", quantity="1")
    an_hour_us = 3_600 * 1_000_000
    exchange.services.marketdata.tick(TimeUs(exchange.services.clock.now() + an_hour_us))
    async with bob.socket() as socket:
        await socket.sign_in()
        await following(socket, 'subscription { candles(market: "BTC-USDT", interval: M1) { closed } }')
        await socket.settle()
        socket.subscribe("2", "{ status { halted } }")
        assert (await socket.hear())["id"] == "2"


async def test_all_tickers_are_told_without_a_market(exchange: RunningExchange) -> None:
    async with exchange.visitor().socket() as socket:
        await socket.sign_in()
        await following(socket, "subscription { tickers { market } }")
        told = [(await heard(socket))["market"] for _ in range(4)]
        assert told == ["BTC-USDT", "ETH-USDT", "SOL-USDT", "ETH-BTC"]


async def test_a_public_feed_of_nothing_is_refused(exchange: RunningExchange) -> None:
    async with exchange.visitor().socket() as socket:
        await socket.sign_in()
        for query, variables in (
            (BOOK, {"m": "XRP-USDT", "d": 10}),
            (BOOK, {"m": "BTC-USDT", "d": 11}),
            ('subscription { trades(market: "XRP-USDT") { id } }', {}),
            ('subscription { tickers(market: "XRP-USDT") { last } }', {}),
            ('subscription { candles(market: "XRP-USDT", interval: M1) { open } }', {}),
        ):
            assert await refused(socket, query, **variables) == "BAD_USER_INPUT"


async def test_private_feeds_are_for_their_owner(exchange: RunningExchange, alice: Client, bob: Client) -> None:
    own = (await bob.get("{ viewer { accounts { id } } }"))["viewer"]["accounts"][0]["id"]
    async with exchange.visitor().socket() as socket:
        await socket.sign_in()
        assert await refused(socket, ORDERS) == "UNAUTHENTICATED"
        assert await refused(socket, BALANCES) == "UNAUTHENTICATED"
    async with alice.socket() as socket:
        await socket.sign_in(alice.token)
        assert await refused(socket, ORDERS, a=own) == "FORBIDDEN"
        assert await refused(socket, ORDERS, a="nobody") == "FORBIDDEN"
        assert await refused(socket, ORDERS, m="XRP-USDT") == "BAD_USER_INPUT"


async def test_each_change_of_an_order_is_told_in_the_order_of_the_engine(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    for price in ("100", "101"):
        await alice.order(side="SELL", price=price, quantity="1")
    async with bob.socket() as socket:
        await socket.sign_in(bob.token)
        await following(socket, ORDERS)
        await socket.settle()
        order = await bob.order(side="BUY", type="MARKET", quantity="3")
        updates = [await heard(socket) for _ in range(4)]
        assert [
            (one["order"]["status"], one["order"]["reason"], one["order"]["filledQuantity"]) for one in updates
        ] == [
            ("OPEN", None, "0.00000"),
            ("PARTIALLY_FILLED", None, "1.00000"),
            ("PARTIALLY_FILLED", None, "2.00000"),
            ("CANCELED", "NOT_FILLED_IMMEDIATELY", "2.00000"),
        ]
        assert {one["order"]["id"] for one in updates} == {order["id"]}
        assert [[fill["id"] for fill in one["order"]["fills"]] for one in updates] == [
            [],
            ["2"],
            ["4", "2"],
            ["4", "2"],
        ]
        assert {one["sequence"] for one in updates} == {exchange.sequence}
        indexes = [one["index"] for one in updates]
        assert indexes == sorted(set(indexes))
        assert [one["fill"] for one in updates] == [
            None,
            {
                "id": "2",
                "price": "100.0",
                "quantity": "1.00000",
                "fee": "0.00200000",
                "feeAsset": "BTC",
                "liquidity": "TAKER",
            },
            {
                "id": "4",
                "price": "101.0",
                "quantity": "1.00000",
                "fee": "0.00200000",
                "feeAsset": "BTC",
                "liquidity": "TAKER",
            },
            None,
        ]


async def test_updates_can_be_those_of_one_market(alice: Client) -> None:
    async with alice.socket() as socket:
        await socket.sign_in(alice.token)
        await following(socket, ORDERS, m="ETH-USDT")
        await socket.settle()
        await alice.order(side="BUY", price="100", quantity="1")
        second = await alice.order(market="ETH-USDT", side="BUY", price="100", quantity="1")
        assert (await heard(socket))["order"]["id"] == second["id"]


async def test_balances_are_told_as_they_are_after_each_change(
    exchange: RunningExchange, alice: Client, bob: Client
) -> None:
    await alice.order(side="SELL", price="100", quantity="1")
    async with bob.socket() as socket:
        await socket.sign_in(bob.token)
        await following(socket, BALANCES)
        await socket.settle()
        await bob.order(side="BUY", price="100", quantity="1")
        update = await heard(socket)
        assert update["sequence"] == exchange.sequence
        balances = {one["asset"]["code"]: (one["available"], one["held"]) for one in update["balances"]}
        assert balances == {"USDT": ("999900.000000", "0.000000"), "BTC": ("10.99800000", "0.00000000")}
        everything = await bob.balances()
        assert balances == {code: everything[code] for code in balances}


@pytest.mark.parametrize("query", [ORDERS, BALANCES])
async def test_who_does_not_read_their_own_updates_is_closed_with_4408(
    database_place: DatabasePlace, query: str
) -> None:
    place = database_place
    impatient = TransportLimits(send_queue_messages_max=3, slow_reader_seconds_max=0.01)
    async with running_exchange(place.data_dir, place.url, limits=impatient) as exchange:
        alice = await exchange.trader(USDT="1000")
        async with alice.socket() as socket:
            await socket.sign_in(alice.token)
            await following(socket, query)
            await socket.settle()
            socket.stop_reading()
            for _ in range(10):
                await alice.order(side="BUY", price="100", quantity="0.05")
            socket.read_on()
            assert (await socket.closed())[0] == 4408


async def test_who_logs_out_loses_the_sockets_of_that_session(exchange: RunningExchange, alice: Client) -> None:
    async with alice.socket() as socket:
        await socket.sign_in(alice.token)
        await following(socket, BALANCES)
        await socket.settle()
        await alice.get("mutation { logOut { errors { code } } }")
        assert (await socket.closed())[0] == 4401
