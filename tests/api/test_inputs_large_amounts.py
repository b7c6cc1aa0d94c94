"""Amounts beyond 64 bits survive every layer: input, engine, journal, tables, live views, feeds, and a restart."""

from decimal import Decimal

from tests.conftest import DatabasePlace
from tests.support.exchange import Client, running_exchange

FUNDED = 30
"""Faucet requests of a million ETH each: 3e25 wei; 64 bits end at 1.8e19."""


async def test_eth_amounts_beyond_2_to_the_64_wei_survive_every_layer(database_place: DatabasePlace) -> None:
    data_dir, url = database_place.data_dir, database_place.url
    async with running_exchange(data_dir, url) as exchange:
        alice = await exchange.trader(USDT="1000000")
        bob = await exchange.trader(ETH="999999.999999999999999999", USDT="1")
        for _ in range(FUNDED):
            await bob.faucet(ETH="1000000")
        everything = f"{30_999_999}.999999999999999999"
        assert (await bob.balances())["ETH"] == (everything, "0.000000000000000000")

        order = await bob.order(market="ETH-USDT", side="SELL", price="0.01", quantity="30999999.9999")
        assert order["quantity"] == "30999999.9999"
        held = ("0.000099999999999999", "30999999.999900000000000000")
        assert (await bob.balances())["ETH"] == held
        taken = await alice.order(
            "status filledQuantity filledQuoteQuantity averagePrice fills { quantity fee }",
            market="ETH-USDT",
            side="BUY",
            price="0.02",
            quantity="30000000.1234",
        )
        fee = Decimal("30000000.1234") * 2 / 1000
        assert taken == {
            "status": "FILLED",
            "filledQuantity": "30000000.1234",
            "filledQuoteQuantity": "300000.001234",
            "averagePrice": "0.010000",
            "fills": [{"quantity": "30000000.1234", "fee": f"{fee:.18f}"}],
        }
        shown = await _shown(alice), await _shown(bob)
        assert shown[0]["balances"]["ETH"] == (f"{Decimal('30000000.1234') - fee:.18f}", "0.000000000000000000")
        emails = alice.user["email"], bob.user["email"]
    async with running_exchange(data_dir, url) as exchange:
        alice, bob = [await exchange.log_in(email) for email in emails]
        assert (await _shown(alice), await _shown(bob)) == shown
        assert await exchange.visitor().get('{ orderBook(market: "ETH-USDT") { asks { quantity } } }') == {
            "orderBook": {"asks": [{"quantity": "999999.8765"}]}
        }


async def _shown(client: Client) -> dict[str, object]:
    query = """{ viewer { orders { edges { node { id status quantity filledQuantity remainingQuantity } } }
        fills { edges { node { id quantity fee } } }
        ledger(first: 100) { edges { node { id asset amount balanceAfter kind } } } } }"""
    return {**(await client.get(query))["viewer"], "balances": await client.balances()}
