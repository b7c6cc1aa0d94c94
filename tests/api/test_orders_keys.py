"""Idempotency keys: the same content gives what it first made, as it is now; other content is refused, for ever."""

import asyncio
from typing import Any

import pytest

from backend.engine.keys import KEY_AGE_US_MAX
from backend.sequencer.clock import Clock, wall_us
from tests.conftest import DatabasePlace
from tests.support.exchange import ERRORS, ORDER_FIELDS, Client, RunningExchange, running_exchange

ORDER = {"side": "BUY", "price": "100", "quantity": "1", "clientOrderId": "mine"}
FAUCET = f"mutation($i: FaucetInput!) {{ requestFaucet(input: $i) {{ {ERRORS} }} }}"


async def test_the_same_key_100_times_in_parallel_is_one_order(exchange: RunningExchange, alice: Client) -> None:
    answers = await asyncio.gather(*(alice.order(**ORDER) for _ in range(100)))
    assert all(answer == answers[0] for answer in answers)
    data = await alice.get("{ viewer { openOrders { id } } }")
    assert data["viewer"]["openOrders"] == [{"id": answers[0]["id"]}]


async def test_equal_numbers_written_otherwise_are_the_same_content(alice: Client) -> None:
    first = await alice.order(**ORDER)
    again = await alice.order(
        **{**ORDER, "price": "100.000", "quantity": "01.0", "type": "LIMIT", "timeInForce": "GTC", "postOnly": False},
        accountId=(await alice.get("{ viewer { accounts { id } } }"))["viewer"]["accounts"][0]["id"],
    )
    assert again == first


async def test_another_content_under_the_same_key_is_refused_and_changes_nothing(
    exchange: RunningExchange, alice: Client
) -> None:
    first = await alice.order(**ORDER)
    before = exchange.sequence
    for change in ({"price": "100.1"}, {"quantity": "2"}, {"side": "SELL"}, {"timeInForce": "IOC"}, {"postOnly": True}):
        error = await alice.error(**{**ORDER, **change})
        assert error == {
            "code": "DUPLICATE_CLIENT_ORDER_ID",
            "message": "This client order id belongs to another order. Use a new one.",
            "path": ["input", "clientOrderId"],
        }
    assert exchange.sequence == before
    assert (await alice.order(**ORDER))["id"] == first["id"]


async def test_a_repeated_key_gives_the_order_as_it_is_now(alice: Client, bob: Client) -> None:
    first = await alice.order(**ORDER)
    assert first["status"] == "OPEN"
    await bob.order(side="SELL", price="100", quantity="0.4")
    again = await alice.order(f"{ORDER_FIELDS} fills {{ quantity }}", **ORDER)
    assert (again["id"], again["status"]) == (first["id"], "PARTIALLY_FILLED")
    assert again["fills"] == [{"quantity": "0.40000"}]
    await bob.order(side="SELL", price="100", quantity="0.6")
    assert (await alice.order(**ORDER))["status"] == "FILLED"


async def test_a_refusal_does_not_use_a_key_up(alice: Client) -> None:
    await alice.error(**{**ORDER, "quantity": "0.00001"})
    assert (await alice.order(**ORDER))["status"] == "OPEN"


async def test_keys_of_two_users_have_nothing_to_do_with_each_other(alice: Client, bob: Client) -> None:
    first, second = await alice.order(**ORDER), await bob.order(**ORDER)
    assert first["id"] != second["id"]


async def test_a_faucet_key_gives_its_coins_once(exchange: RunningExchange) -> None:
    alice = await exchange.trader()
    given: dict[str, Any] = {"asset": "BTC", "amount": "1", "idempotencyKey": "coins"}
    answers = await asyncio.gather(*(alice.get(FAUCET, i=given) for _ in range(20)))
    assert all(answer["requestFaucet"]["errors"] == [] for answer in answers)
    assert await alice.balances() == {"BTC": ("1.00000000", "0.00000000")}
    for change in ({"amount": "2"}, {"asset": "ETH"}):
        (error,) = (await alice.get(FAUCET, i={**given, **change}))["requestFaucet"]["errors"]
        assert (error["code"], error["path"]) == ("DUPLICATE_KEY", ["input", "idempotencyKey"])
    (error,) = (await alice.get(FAUCET, i={**given, "idempotencyKey": ""}))["requestFaucet"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "idempotencyKey"])


async def test_keys_deduplicate_after_a_restart_and_after_the_engine_forgot_them(
    database_place: DatabasePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir, url = database_place.data_dir, database_place.url
    coins = {"asset": "BTC", "amount": "1", "idempotencyKey": "coins"}
    async with running_exchange(data_dir, url) as exchange:
        alice = await exchange.trader(USDT="1000")
        first = await alice.order(**ORDER)
        await alice.get(FAUCET, i=coins)
        email = alice.user["email"]
    async with running_exchange(data_dir, url) as exchange:
        await _deduplicates(exchange, await exchange.log_in(email), first, coins)
    monkeypatch.setattr("backend.app.Clock", lambda last: Clock(last, wall=lambda: wall_us() + KEY_AGE_US_MAX + 1))
    async with running_exchange(data_dir, url) as exchange:
        assert (await exchange.services.inspect(lambda engine: engine.state().keys)) == []
        await _deduplicates(exchange, await exchange.log_in(email), first, coins)


async def _deduplicates(exchange: RunningExchange, alice: Client, first: dict[str, Any], coins: dict[str, str]) -> None:
    before = exchange.sequence
    assert await alice.order(**ORDER) == first
    assert (await alice.error(**{**ORDER, "quantity": "2"}))["code"] == "DUPLICATE_CLIENT_ORDER_ID"
    many = f"mutation($i: [PlaceOrderInput!]!) {{ placeOrders(inputs: $i) {{ order {{ id }} {ERRORS} }} }}"
    inputs = [{**ORDER, "market": "BTC-USDT"}, {**ORDER, "market": "BTC-USDT", "quantity": "2"}]
    same, other = (await alice.get(many, i=inputs))["placeOrders"]
    assert same == {"order": {"id": first["id"]}, "errors": []}
    assert other["order"] is None
    assert other["errors"][0]["path"] == ["inputs", "1", "clientOrderId"]
    assert (await alice.get(FAUCET, i=coins))["requestFaucet"]["errors"] == []
    (error,) = (await alice.get(FAUCET, i={**coins, "amount": "2"}))["requestFaucet"]["errors"]
    assert error["code"] == "DUPLICATE_KEY"
    assert exchange.sequence == before
    assert (await alice.balances())["BTC"] == ("1.00000000", "0.00000000")
