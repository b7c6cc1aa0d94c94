"""A user's own things across restarts of the real program: sessions, keys, coins, and a demonstration switched off."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import DatabasePlace
from tests.support.server import Server

REGISTER = """
mutation($e: String!) { register(input: {email: $e, password: "correct horse battery"}) { token errors { code } } }
"""
FAUCET = """
mutation { requestFaucet(input: {asset: "BTC", amount: "5", idempotencyKey: "coins"}) { errors { code } } }
"""
PLACE = """
mutation($price: Decimal!) {
  placeOrder(input: {market: "BTC-USDT", side: SELL, price: $price, quantity: "0.5", clientOrderId: "mine"}) {
    order { id status createdAt updatedAt remainingQuantity } errors { code }
  }
}
"""
COINS = "{ viewer { balances { asset { code } available held } } }"
EMAIL = "{ viewer { user { email } } }"


@pytest.fixture
def server(empty_place: DatabasePlace) -> Iterator[Server]:
    """Give a server that does not run yet, on each of the two databases."""
    server = Server(empty_place.data_dir.parent / "server", **empty_place.settings)
    yield server
    server.kill()


def raw(server: Server, query: str, token: str) -> dict[str, Any]:
    response = httpx.post(
        f"{server.url}/graphql", json={"query": query}, headers={"Authorization": f"Bearer {token}"}, timeout=20
    )
    answer: dict[str, Any] = response.json()
    return answer


def test_sessions_keys_and_coins_survive_a_kill(server: Server) -> None:
    server.start()
    anna, other = (server.ask(REGISTER, {"e": f"{name}@example.com"})["register"]["token"] for name in ("anna", "b"))
    server.ask(FAUCET, token=anna)
    placed = server.ask(PLACE, {"price": "70000"}, anna)
    coins = server.ask(COINS, token=anna)
    server.ask("mutation { logOut { errors { code } } }", token=other)
    server.kill()
    server.start()
    assert server.ask(EMAIL, token=anna) == {"viewer": {"user": {"email": "anna@example.com"}}}
    assert raw(server, EMAIL, other)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert server.ask(PLACE, {"price": "70000.00"}, anna) == placed
    refused = server.ask(PLACE, {"price": "70000.1"}, anna)["placeOrder"]
    assert refused == {"order": None, "errors": [{"code": "DUPLICATE_CLIENT_ORDER_ID"}]}
    assert server.ask(FAUCET, token=anna) == {"requestFaucet": {"errors": []}}
    assert server.ask(COINS, token=anna) == coins
    assert anna not in server.log()


def test_an_exchange_that_is_no_demonstration_gives_nothing_away(empty_place: DatabasePlace) -> None:
    server = Server(empty_place.data_dir.parent / "server", RIALTO_DEMO="0", **empty_place.settings)
    server.start()
    try:
        token = server.ask(REGISTER, {"e": "anna@example.com"})["register"]["token"]
        assert server.ask("{ status { demonstration } markets { symbol } assets { code } tickers { market } }") == {
            "status": {"demonstration": False},
            "markets": [],
            "assets": [],
            "tickers": [],
        }
        assert raw(server, FAUCET, token)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        page = httpx.get(f"{server.url}/graphql", headers={"Accept": "text/html"})
        assert (page.status_code, page.json()["errors"][0]["extensions"]["code"]) == (405, "BAD_USER_INPUT")
        for path in server.data_dir.iterdir():
            if path.is_file():
                assert path.stat().st_mode & 0o077 == 0, path
    finally:
        server.kill()
