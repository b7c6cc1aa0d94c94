"""What operators do: assets, markets, statuses, halts, tiers, users' orders, and the log of all of it."""

import json
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DatabaseError

from backend.persistence.database import Database
from backend.persistence.errors import StorageUnavailable
from tests.support.exchange import Answered, Client, RunningExchange
from tests.support.mutations import MARKET, do, order_now, preview, refusal
from tests.support.operating import SOL_BTC, open_market, set_status

LOG = "{ operator { auditLog { edges { node { actor action subject details sequence uncertain time } } } } }"


@pytest.fixture
async def operator(exchange: RunningExchange) -> Client:
    return await exchange.with_role()


async def log(operator: Client) -> list[dict[str, Any]]:
    """Return the audit log, oldest first, its details read."""
    entries = [edge["node"] for edge in (await operator.get(LOG))["operator"]["auditLog"]["edges"]]
    return [{**entry, "details": json.loads(entry["details"])} for entry in reversed(entries)]


async def test_an_asset_and_a_market_are_created_and_opened(
    exchange: RunningExchange, operator: Client, alice: Client, bob: Client
) -> None:
    await do(operator, "createAsset", input={"code": "XRP", "name": "XRP", "decimals": 6})
    given = {
        **SOL_BTC,
        "base": "XRP",
        "quote": "USDT",
        "tickSize": "0.0005",
        "lotSize": "0.1",
        "minimumNotional": "5",
        "maximumQuantity": "1000",
        "priceBand": "0.05",
        "makerFee": "-0.0001",
        "takerFee": "0.0026",
        "breakerMove": "0.1",
        "breakerWindow": 5,
        "breakerPause": 120,
    }
    market = (await do(operator, "createMarket", input=given))["market"]
    assert market == {
        "symbol": "XRP-USDT",
        "status": "HALTED",
        "statusReason": None,
        "tickSize": "0.0005",
        "lotSize": "0.1",
        "minimumNotional": "5.000000",
        "maximumQuantity": "1000.0",
        "priceBand": "0.05",
        "openOrdersPerAccount": 200,
        "makerFee": "-0.0001",
        "takerFee": "0.0026",
        "breakerMove": "0.1",
        "breakerWindow": 5,
        "breakerPause": 120,
        "auctionEndsAt": None,
    }
    error = await alice.error(market="XRP-USDT", side="BUY", price="1", quantity="10")
    assert error["message"] == "XRP-USDT is halted. You can cancel, not place."
    opened = await set_status(operator, "OPEN", "Listed.", "XRP-USDT")
    assert (opened["status"], opened["statusReason"]) == ("OPEN", "Listed.")
    await bob.faucet(XRP="100")
    maker = await bob.order(market="XRP-USDT", side="SELL", price="0.5", quantity="10")
    await alice.order(market="XRP-USDT", side="BUY", price="0.5", quantity="10")
    assert (await order_now(bob, maker["id"]))["fills"] == [
        {"price": "0.5000", "quantity": "10.0", "fee": "-0.001000", "feeAsset": "XRP", "liquidity": "MAKER"}
    ]
    entries = await log(operator)
    assert [(one["action"], one["subject"], one["actor"]) for one in entries] == [
        ("createAsset", "XRP", operator.user["email"]),
        ("createMarket", "XRP-USDT", operator.user["email"]),
        ("setMarketStatus", "XRP-USDT", operator.user["email"]),
    ]
    assert entries[1]["details"]["breakerPause"] == 120
    assert entries[2]["details"] == {"status": "OPEN", "reason": "Listed."}
    assert all(one["uncertain"] is False and one["sequence"] > 0 for one in entries)


BAD_MARKETS = [
    ({"quote": "SOL"}, "INVALID_INPUT", "quote"),
    ({"quote": "EUR"}, "UNKNOWN_ASSET", "quote"),
    ({"tickSize": "0"}, "AMOUNT_OUT_OF_RANGE", "tickSize"),
    ({"tickSize": "0.00000001", "lotSize": "0.001"}, "INVALID_INPUT", "tickSize"),
    ({"lotSize": "0.0000000001"}, "AMOUNT_OUT_OF_RANGE", "lotSize"),
    ({"minimumNotional": "-1"}, "AMOUNT_OUT_OF_RANGE", "minimumNotional"),
    ({"maximumQuantity": "0"}, "AMOUNT_OUT_OF_RANGE", "maximumQuantity"),
    ({"maximumQuantity": "0.015"}, "QUANTITY_NOT_ON_LOT", "maximumQuantity"),
    ({"openOrdersPerAccount": 0}, "AMOUNT_OUT_OF_RANGE", "openOrdersPerAccount"),
    ({"makerFee": "1.1"}, "AMOUNT_OUT_OF_RANGE", "makerFee"),
    ({"makerFee": "0.000000001"}, "AMOUNT_OUT_OF_RANGE", "makerFee"),
    ({"makerFee": "-0.001"}, "INVALID_INPUT", "makerFee"),
    ({"takerFee": "-0.001"}, "AMOUNT_OUT_OF_RANGE", "takerFee"),
    ({"priceBand": "1"}, "AMOUNT_OUT_OF_RANGE", "priceBand"),
    ({"breakerMove": "0.1"}, "INVALID_INPUT", "breakerMove"),
    ({"breakerMove": "0.1", "breakerWindow": 61, "breakerPause": 1}, "AMOUNT_OUT_OF_RANGE", "breakerWindow"),
    ({"breakerMove": "0.1", "breakerWindow": 1, "breakerPause": 0}, "AMOUNT_OUT_OF_RANGE", "breakerPause"),
]


async def test_a_market_that_cannot_be_is_refused_with_the_rule(exchange: RunningExchange, operator: Client) -> None:
    before = exchange.sequence
    for given, code, member in BAD_MARKETS:
        error = await refusal(operator, "createMarket", input={**SOL_BTC, **given})
        assert (error["code"], error["path"]) == (code, ["input", member]), given
        assert error["message"].endswith(".")
    error = await refusal(operator, "createMarket", input={**SOL_BTC, "base": "BTC", "quote": "USDT"})
    assert (error["code"], error["message"]) == ("ALREADY_EXISTS", "There is a market BTC-USDT already.")
    for code, name, decimals, member in (("btc", "x", 8, "code"), ("XRP", "x", 19, "decimals"), ("XRP", "", 8, "name")):
        error = await refusal(operator, "createAsset", input={"code": code, "name": name, "decimals": decimals})
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", member])
    assert exchange.sequence == before
    assert await log(operator) == []


async def test_rules_that_are_left_out_stay_and_null_clears(operator: Client) -> None:
    await open_market(operator, maximumQuantity="5", priceBand="0.1")
    changed = (
        await do(
            operator,
            "updateMarket",
            input={"market": "SOL-BTC", "maximumQuantity": None, "openOrdersPerAccount": 7, "takerFee": "0.002"},
        )
    )["market"]
    names = ("maximumQuantity", "priceBand", "openOrdersPerAccount", "makerFee", "takerFee", "status")
    assert [changed[name] for name in names] == [None, "0.1", 7, "0", "0.002", "OPEN"]
    breaker = {"breakerMove": "0.2", "breakerWindow": 10, "breakerPause": 30}
    changed = (await do(operator, "updateMarket", input={"market": "SOL-BTC", **breaker}))["market"]
    assert {name: changed[name] for name in breaker} == breaker
    for given, code, path in (
        ({}, "INVALID_INPUT", ["input"]),
        ({"minimumNotional": None}, "INVALID_INPUT", ["input", "minimumNotional"]),
        ({"breakerMove": None}, "INVALID_INPUT", ["input", "breakerMove"]),
        ({"priceBand": "2"}, "AMOUNT_OUT_OF_RANGE", ["input", "priceBand"]),
        ({"maximumQuantity": "-1"}, "AMOUNT_OUT_OF_RANGE", ["input", "maximumQuantity"]),
    ):
        error = await refusal(operator, "updateMarket", input={"market": "SOL-BTC", **given})
        assert (error["code"], error["path"]) == (code, path), given
    error = await refusal(operator, "updateMarket", input={"market": "XRP-BTC", "takerFee": "0"})
    assert (error["code"], error["path"]) == ("UNKNOWN_MARKET", ["input", "market"])


async def test_each_status_lets_people_do_what_it_says(operator: Client, alice: Client, bob: Client) -> None:
    await open_market(operator)
    order = {"market": "SOL-BTC", "side": "BUY", "price": "0.01", "quantity": "1"}
    resting = await alice.order(**order)
    await set_status(operator, "POST_ONLY", "Warming up.")
    await alice.order(**order)
    assert (await alice.error(**order, timeInForce="IOC"))["message"] == (
        "SOL-BTC is post-only: Warming up. Only orders that can rest are taken."
    )
    assert (await bob.error(**{**order, "side": "SELL"}))["code"] == "WOULD_TAKE_LIQUIDITY"
    for status in ("CANCEL_ONLY", "HALTED"):
        await set_status(operator, status, "Maintenance.")
        assert (await alice.error(**order))["code"] == "MARKET_NOT_OPEN"
        error = await refusal(alice, "amendOrder", input={"id": resting["id"], "price": "0.02"})
        assert error["message"].endswith("You can cancel, not amend.")
    assert (await do(alice, "cancelOrder", id=resting["id"]))["order"]["status"] == "CANCELED"
    for market, reason in (("SOL-BTC", ""), ("SOL-BTC", "x" * 201), ("SOL-BTC", "bell\a")):
        error = await refusal(operator, "setMarketStatus", market=market, status="OPEN", reason=reason)
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["reason"])
    error = await refusal(operator, "setMarketStatus", market="XRP-BTC", status="OPEN", reason="why not")
    assert (error["code"], error["path"]) == ("UNKNOWN_MARKET", ["market"])


async def test_an_auction_shows_what_it_would_give_and_gives_it(
    exchange: RunningExchange, operator: Client, alice: Client, bob: Client
) -> None:
    await open_market(operator)
    await set_status(operator, "AUCTION", "The day begins.")
    query = '{ market(symbol: "SOL-BTC") { status ticker { last indicativePrice indicativeQuantity } } }'
    await alice.order(market="SOL-BTC", side="BUY", price="0.02", quantity="2")
    assert (await bob.get(query))["market"]["ticker"] == {
        "last": None,
        "indicativePrice": None,
        "indicativeQuantity": None,
    }
    crossing = await bob.order(market="SOL-BTC", side="SELL", price="0.01", quantity="3")
    assert crossing["status"] == "OPEN"
    assert (await bob.get(query))["market"]["ticker"] == {
        "last": None,
        "indicativePrice": "0.0100",
        "indicativeQuantity": "2.00",
    }
    shown = await preview(bob, market="SOL-BTC", side="BUY", price="0.02", quantity="1")
    assert (shown["errors"], shown["preview"]["filledQuantity"]) == ([], "0.00")
    await set_status(operator, "OPEN", "Trading.")
    now = await order_now(bob, crossing["id"])
    assert (now["status"], now["filledQuantity"]) == ("PARTIALLY_FILLED", "2.00")
    assert [fill["liquidity"] for fill in now["fills"]] == ["AUCTION"]
    trades = await bob.get('{ trades(market: "SOL-BTC") { edges { node { price quantity takerSide } } } }')
    assert trades["trades"]["edges"] == [{"node": {"price": "0.0100", "quantity": "2.00", "takerSide": None}}]
    assert (await bob.get(query))["market"]["ticker"]["indicativePrice"] is None


async def test_a_halted_exchange_lets_people_cancel_and_nothing_else(
    exchange: RunningExchange, operator: Client, alice: Client
) -> None:
    order = await alice.order(side="BUY", price="100", quantity="1")
    await set_status(operator, "AUCTION", "The evening.", "ETH-USDT")
    await do(operator, "setExchangeHalted", halted=True, reason="Moving house.")
    error = await refusal(operator, "setMarketStatus", market="ETH-USDT", status="OPEN", reason="Morning.")
    assert error == {
        "code": "EXCHANGE_HALTED",
        "message": "The exchange is halted: a market whose orders would trade can only open when it goes on.",
        "path": ["status"],
    }
    assert (await alice.get("{ status { halted } }"))["status"] == {"halted": True}
    given = {"side": "BUY", "price": "100", "quantity": "1"}
    assert (await preview(alice, **given))["errors"][0]["code"] == "EXCHANGE_HALTED"
    error = await refusal(alice, "amendOrder", input={"id": order["id"], "price": "99"})
    assert error["message"] == "The exchange is halted: Moving house. You can cancel, not amend."
    assert (await do(alice, "cancelOrder", id=order["id"]))["order"]["reason"] == "BY_USER"
    await do(operator, "setExchangeHalted", halted=False, reason="Back again.")
    await alice.order(**given)
    assert [one["action"] for one in await log(operator)] == ["setMarketStatus", *["setExchangeHalted"] * 2]


async def test_fee_tiers_are_the_viewers_own_rates(operator: Client, alice: Client, bob: Client) -> None:
    mine = "{ viewer { feeTier { name volume30d volumeAsset makerFee takerFee nextTierVolume } } }"
    assert (await alice.get(mine))["viewer"]["feeTier"] == {
        "name": "Base",
        "volume30d": "0.000000",
        "volumeAsset": "USDT",
        "makerFee": "0.001",
        "takerFee": "0.002",
        "nextTierVolume": None,
    }
    tiers = [
        {"name": "Bronze", "volume30d": "0", "makerFee": "0.0009", "takerFee": "0.0025"},
        {"name": "Silver", "volume30d": "1000", "makerFee": "0", "takerFee": "0.0005"},
    ]
    await do(operator, "setFeeTiers", tiers=tiers)
    await alice.order(side="SELL", price="50000", quantity="0.1")
    await bob.order(side="BUY", price="50000", quantity="0.1")
    assert (await alice.get(mine))["viewer"]["feeTier"] == {
        "name": "Bronze",
        "volume30d": "5000.000000",
        "volumeAsset": "USDT",
        "makerFee": "0.0009",
        "takerFee": "0.0025",
        "nextTierVolume": "1000.000000",
    }
    fees = '{ market(symbol: "BTC-USDT") { makerFee takerFee } }'
    assert (await alice.get(fees))["market"] == {"makerFee": "0.0009", "takerFee": "0.002"}
    assert (await alice.exchange.visitor().get(fees))["market"] == {"makerFee": "0.001", "takerFee": "0.002"}
    await do(operator, "setFeeTiers", tiers=tiers)
    tier = (await bob.get(mine))["viewer"]["feeTier"]
    assert (tier["name"], tier["nextTierVolume"]) == ("Silver", None)
    assert (await bob.get(fees))["market"] == {"makerFee": "0", "takerFee": "0.0005"}
    shown = await operator.get("{ operator { feeTiers { name volume30d nextTierVolume takerFee } } }")
    assert shown["operator"]["feeTiers"] == [
        {"name": "Bronze", "volume30d": "0.000000", "nextTierVolume": "1000.000000", "takerFee": "0.0025"},
        {"name": "Silver", "volume30d": "1000.000000", "nextTierVolume": None, "takerFee": "0.0005"},
    ]
    for wrong, code, path in (
        ([tiers[1], tiers[0]], "AMOUNT_OUT_OF_RANGE", ["tiers"]),
        ([tiers[0], tiers[0]], "INVALID_INPUT", ["tiers"]),
        ([{**tiers[0], "makerFee": "-0.01"}], "INVALID_INPUT", ["tiers"]),
        ([{**tiers[0], "volume30d": "0.0000001"}], "AMOUNT_OUT_OF_RANGE", ["tiers", "0", "volume30d"]),
    ):
        error = await refusal(operator, "setFeeTiers", tiers=wrong)
        assert (error["code"], error["path"]) == (code, path), wrong


async def test_a_house_account_pays_nothing(operator: Client, alice: Client, bob: Client) -> None:
    (account,) = (await alice.get("{ viewer { accounts { id } } }"))["viewer"]["accounts"]
    await do(operator, "setHouseAccount", accountId=account["id"], house=True, reason="Our market maker.")
    order = await alice.order(side="SELL", price="50000", quantity="0.1")
    await bob.order(side="BUY", price="50000", quantity="0.1")
    assert (await order_now(alice, order["id"]))["fills"][0]["fee"] == "0.000000"
    tier = (await alice.get("{ viewer { feeTier { name makerFee takerFee } } }"))["viewer"]["feeTier"]
    assert tier == {"name": "House", "makerFee": "0", "takerFee": "0"}


async def test_a_users_orders_are_cancelled_for_them_and_seen_by_operators(
    operator: Client, alice: Client, bob: Client
) -> None:
    orders = [
        await alice.order(side="BUY", price="100", quantity="1"),
        await alice.order(market="ETH-USDT", side="BUY", price="100", quantity="1"),
    ]
    theirs = await bob.order(side="BUY", price="100", quantity="1")
    search = """query($s: String, $f: Int!, $a: String) { operator { users(search: $s, first: $f, after: $a) {
        edges { node { id email } } pageInfo { hasNextPage endCursor } } } }"""
    found = (await operator.get(search, s="TRADER2@", f=10))["operator"]["users"]["edges"]
    assert [edge["node"] for edge in found] == [{"id": alice.user["id"], "email": alice.user["email"]}]
    (account,) = (await alice.get("{ viewer { accounts { id } } }"))["viewer"]["accounts"]
    for wanted in (alice.user["id"], account["id"]):
        found = (await operator.get(search, s=wanted, f=10))["operator"]["users"]["edges"]
        assert [edge["node"]["id"] for edge in found] == [alice.user["id"]]
    seen, after = [], None
    while True:
        page = (await operator.get(search, f=1, a=after))["operator"]["users"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [bob.user["id"], alice.user["id"], operator.user["id"]], "newest first"
    user = """query($id: ID!) { operator { user(id: $id) { user { email } accounts { id }
        balances { asset { code } held } openOrders { id } ledger(first: 1) { edges { node { kind } } } } } }"""
    shown = (await operator.get(user, id=alice.user["id"]))["operator"]["user"]
    assert shown["user"] == {"email": alice.user["email"]}
    assert shown["accounts"] == [account]
    assert shown["balances"][-1] == {"asset": {"code": "USDT"}, "held": "200.000000"}
    assert [order["id"] for order in shown["openOrders"]] == [orders[1]["id"], orders[0]["id"]]
    assert shown["ledger"]["edges"] == [{"node": {"kind": "DEPOSIT"}}]
    assert (await operator.get(user, id="nobody"))["operator"]["user"] is None
    other = 'query($id: ID!) { operator { user(id: $id) { balances(accountId: "x") { held } } } }'
    assert await operator.refused(other, id=alice.user["id"]) == "FORBIDDEN"

    some = await do(operator, "cancelUserOrders", userId=alice.user["id"], market="ETH-USDT", reason="Asked by phone.")
    assert [(order["id"], order["reason"]) for order in some["orders"]] == [(orders[1]["id"], "BY_OPERATOR")]
    rest = await do(operator, "cancelUserOrders", userId=alice.user["id"], reason="Asked by phone.")
    assert [order["id"] for order in rest["orders"]] == [orders[0]["id"]]
    none = await do(operator, "cancelUserOrders", userId=alice.user["id"], reason="Asked by phone.")
    assert none["orders"] == []
    assert (await order_now(bob, theirs["id"]))["status"] == "OPEN"
    entries = await log(operator)
    assert [one["subject"] for one in entries] == [alice.user["email"]] * 3
    assert [one["sequence"] is None for one in entries] == [False, False, True]


async def test_an_action_that_cannot_be_noted_is_not_done(
    exchange: RunningExchange, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exchange.sequence

    async def fail(_self: Database, _work: object) -> None:
        raise StorageUnavailable("no disk")

    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", fail)
        with pytest.raises(Answered, match="UNAVAILABLE"):
            await do(operator, "setExchangeHalted", halted=True, reason="Will not happen.")
    assert exchange.sequence == before
    assert await log(operator) == []


async def test_an_action_whose_outcome_was_not_noted_is_in_the_log_as_uncertain(
    exchange: RunningExchange, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = Database.write, 0

    async def fail_second(self: Database, work: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StorageUnavailable("no disk")
        return await write(self, work)

    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", fail_second)
        await do(operator, "setExchangeHalted", halted=True, reason="It happens all the same.")
    (entry,) = await log(operator)
    assert (entry["uncertain"], entry["sequence"]) == (True, None)
    assert (await operator.get("{ status { halted } }"))["status"] == {"halted": True}


async def test_nobody_changes_the_audit_log(exchange: RunningExchange, operator: Client) -> None:
    await do(operator, "setExchangeHalted", halted=True, reason="Kept.")
    for statement in (
        "DELETE FROM audit_log",
        "UPDATE audit_log SET actor = 'somebody else'",
        "UPDATE audit_log SET outcome = 'REFUSED'",
        "UPDATE audit_log SET outcome = NULL",
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            await exchange.services.database.write(
                lambda connection, statement=statement: connection.execute(sql(statement))
            )
    (entry,) = await log(operator)
    assert entry["details"] == {"halted": True, "reason": "Kept."}


async def test_a_market_is_delisted_step_by_step(operator: Client, alice: Client) -> None:
    await open_market(operator)
    order = await alice.order(market="SOL-BTC", side="BUY", price="0.01", quantity="1")
    await set_status(operator, "CANCEL_ONLY", "SOL-BTC is delisted on 1 December.")
    await do(operator, "cancelUserOrders", userId=alice.user["id"], market="SOL-BTC", reason="Delisting.")
    halted = await set_status(operator, "HALTED", "Delisted.")
    assert (await order_now(alice, order["id"]))["reason"] == "BY_OPERATOR"
    data = await alice.get(f'{{ market(symbol: "SOL-BTC") {{ {MARKET} }} }}')
    assert (data["market"]["status"], data["market"]["statusReason"]) == (halted["status"], "Delisted.")
