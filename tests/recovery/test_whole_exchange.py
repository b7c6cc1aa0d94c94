"""The whole program over HTTP: killed under load, started again, and asked whether everything is still there."""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.conftest import DatabasePlace
from tests.support.server import Server

LIVES = 3
CLIENTS = 4
ORDERS_PER_LIFE_MAX = 30
"""Of each client: what was acknowledged is asked for one by one afterwards."""
REGISTER = "mutation R($input: RegisterInput!) { register(input: $input) { token errors { code } } }"
FAUCET = "mutation F($input: FaucetInput!) { requestFaucet(input: $input) { errors { code } } }"
PLACE = """
mutation P($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    order { id clientOrderId status price quantity filledQuantity fills { tradeId quantity price } } errors { code }
  }
}
"""
ORDER = """
query O($key: String!) {
  viewer { order(clientOrderId: $key) { id status price quantity filledQuantity fills { tradeId quantity price } } }
}
"""
BALANCES = "{ viewer { sequence balances { asset { code } available held total } } }"
OPEN = "{ viewer { openOrders { side price remainingQuantity } } }"


@dataclass
class Trader:
    """A user with what the server has acknowledged to them."""

    token: str
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Orders as they were answered, by client order id."""
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was sent, acknowledged or not."""


@pytest.fixture
def server(durable_database_place: DatabasePlace) -> Iterator[Server]:
    """Give a server that does not run yet, on each of the two databases."""
    place = durable_database_place
    server = Server(place.data_dir.parent / "server", **place.settings)
    yield server
    server.kill()


def test_nothing_acknowledged_over_http_is_lost_by_kill_9(server: Server) -> None:
    """Places orders from several clients, kills at a random moment, and finds every answer again."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    server.start()
    traders = [_new_trader(server) for _ in range(CLIENTS)]
    for _ in range(LIVES):
        asyncio.run(_trade_until_killed(server, traders, chance))
        server.start()
        for trader in traders:
            _check_acknowledged(server, trader)
            _send_again(server, trader)
        _check_sums(server, traders)
    server.stop()
    verified = server.command("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_second_process_on_the_same_data_is_refused_and_the_first_goes_on(
    server: Server, durable_database_place: DatabasePlace
) -> None:
    server.start()
    second = Server(server.data_dir.parent / "second", **durable_database_place.settings)
    refused = second.command("serve")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "another process runs an exchange on" in refused.stderr
    assert server.ask("{ status { halted } }") == {"status": {"halted": False}}


def _new_trader(server: Server) -> Trader:
    person = {"email": f"{secrets.token_hex(4)}@example.org", "password": "correct horse battery"}
    token = server.ask(REGISTER, {"input": person})["register"]["token"]
    for asset, amount in (("BTC", "100"), ("USDT", "1000000")):
        request = {"asset": asset, "amount": amount, "idempotencyKey": asset}
        assert server.ask(FAUCET, {"input": request}, token)["requestFaucet"]["errors"] == []
    return Trader(token)


async def _trade_until_killed(server: Server, traders: list[Trader], chance: random.Random) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as http:
        work = [asyncio.create_task(_trade(http, trader, chance)) for trader in traders]
        await asyncio.sleep(chance.uniform(0.3, 1.0))
        server.kill()
        await asyncio.gather(*work)


async def _trade(http: httpx.AsyncClient, trader: Trader, chance: random.Random) -> None:
    """Place orders at a few prices around one, until the server does not answer any more."""
    with contextlib.suppress(httpx.HTTPError):
        for _ in range(ORDERS_PER_LIFE_MAX):
            key = secrets.token_hex(8)
            trader.sent[key] = {
                "market": "BTC-USDT",
                "side": chance.choice(["BUY", "SELL"]),
                "price": str(50000 + chance.randrange(-5, 6)),
                "quantity": f"0.{chance.randrange(1, 100):05d}",
                "clientOrderId": key,
            }
            body = {"query": PLACE, "variables": {"input": trader.sent[key]}}
            answer = await http.post("/graphql", json=body, headers={"Authorization": f"Bearer {trader.token}"})
            order = answer.json()["data"]["placeOrder"]["order"]
            if order is None:
                del trader.sent[key]
            else:
                trader.acknowledged[key] = order


def _check_acknowledged(server: Server, trader: Trader) -> None:
    assert trader.acknowledged, "a life without one acknowledged order proves nothing"
    for key, then in trader.acknowledged.items():
        now = server.ask(ORDER, {"key": key}, trader.token)["viewer"]["order"]
        assert now is not None, f"order {key} was acknowledged and is gone"
        assert (now["id"], now["price"], now["quantity"]) == (then["id"], then["price"], then["quantity"])
        assert Decimal(now["filledQuantity"]) >= Decimal(then["filledQuantity"])
        trades = {fill["tradeId"]: fill for fill in now["fills"]}
        assert all(trades[fill["tradeId"]] == fill for fill in then["fills"])


def _send_again(server: Server, trader: Trader) -> None:
    """Send everything once more: what was acknowledged is the same order, what was not is placed once now."""
    for key, order in trader.sent.items():
        payload = server.ask(PLACE, {"input": order}, trader.token)["placeOrder"]
        if payload["order"] is None:
            assert key not in trader.acknowledged, payload
            continue
        first = trader.acknowledged.setdefault(key, payload["order"])
        assert payload["order"]["id"] == first["id"]
    ids = [order["id"] for order in trader.acknowledged.values()]
    assert len(ids) == len(set(ids))


def _check_sums(server: Server, traders: list[Trader]) -> None:
    """Nobody gained a coin: the traders have what they were given, less fees, and hold what their orders need."""
    totals = {"BTC": Decimal(0), "USDT": Decimal(0)}
    for trader in traders:
        balances = server.ask(BALANCES, token=trader.token)["viewer"]["balances"]
        held = {balance["asset"]["code"]: Decimal(balance["held"]) for balance in balances}
        needs = {"BTC": Decimal(0), "USDT": Decimal(0)}
        for order in server.ask(OPEN, token=trader.token)["viewer"]["openOrders"]:
            quantity = Decimal(order["remainingQuantity"])
            if order["side"] == "BUY":
                needs["USDT"] += quantity * Decimal(order["price"])
            else:
                needs["BTC"] += quantity
        assert held == needs
        for balance in balances:
            totals[balance["asset"]["code"]] += Decimal(balance["total"])
    assert Decimal("99") * CLIENTS < totals["BTC"] <= Decimal("100") * CLIENTS
    assert Decimal("990000") * CLIENTS < totals["USDT"] <= Decimal("1000000") * CLIENTS
