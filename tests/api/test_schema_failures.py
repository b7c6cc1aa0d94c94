"""What a client is told when something behind the API fails: the code says what to do."""

import pytest

from backend.persistence.errors import ProjectorBehind, StorageUnavailable
from backend.sequencer.errors import PoisonCommand, QueueFull, Unavailable
from tests.conftest import DatabasePlace
from tests.support.exchange import ERRORS, Client, RunningExchange, running_exchange

PLACE = f"mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ order {{ id }} {ERRORS} }} }}"
ORDER = {"market": "BTC-USDT", "side": "BUY", "price": "100", "quantity": "1"}


@pytest.mark.parametrize("failure", [Unavailable("gone"), QueueFull("full")])
async def test_an_unknown_outcome_is_unavailable_and_asks_for_the_same_key(
    exchange: RunningExchange, alice: Client, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def fail(_: object) -> None:
        raise failure

    monkeypatch.setattr(exchange.services.sequencer, "submit", fail)
    (error,) = (await alice.ask(PLACE, i=ORDER))["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "same key" in error["message"]


async def test_a_poison_command_is_internal_with_the_reference_of_the_log(
    exchange: RunningExchange, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise PoisonCommand("abc123")

    monkeypatch.setattr(exchange.services.sequencer, "submit", fail)
    (error,) = (await alice.ask(PLACE, i=ORDER))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["reference"]) == ("INTERNAL", "abc123")


@pytest.mark.parametrize("failure", [ProjectorBehind("late"), StorageUnavailable("away")])
async def test_a_history_that_cannot_be_read_is_unavailable_and_the_rest_is_answered(
    exchange: RunningExchange, alice: Client, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def fail(_: int) -> None:
        raise failure

    monkeypatch.setattr(exchange.services.projector, "reached", fail)
    answer = await alice.ask(
        '{ trades(market: "BTC-USDT") { edges { cursor } } market(symbol: "BTC-USDT") { symbol } }'
    )
    assert answer["data"] == {"trades": None, "market": {"symbol": "BTC-USDT"}}
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert await alice.refused("{ viewer { orders { edges { cursor } } } }") == "UNAVAILABLE"


async def test_only_a_demonstration_exchange_has_a_faucet(database_place: DatabasePlace) -> None:
    place = database_place
    async with running_exchange(place.data_dir, place.url, demonstration=False) as exchange:
        alice = await exchange.trader()
        before = exchange.sequence
        query = f"mutation($i: FaucetInput!) {{ requestFaucet(input: $i) {{ {ERRORS} }} }}"
        given = {"asset": "BTC", "amount": "1", "idempotencyKey": "k"}
        assert await alice.refused(query, i=given) == "FORBIDDEN"
        assert (await alice.get("{ status { demonstration } }"))["status"] == {"demonstration": False}
        assert exchange.sequence == before
