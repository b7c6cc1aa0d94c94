"""Who may do what: the roles are declared on each field, and hold for each of them."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLObjectType

from backend.accounts.administrators import Administrators
from backend.accounts.passwords import PasswordHasher
from backend.graphql.operator import Operator, OperatorMutation
from backend.graphql.permissions import Operators, Staff
from backend.graphql.schema import build
from tests.support.exchange import PASSWORD, Client, RunningExchange
from tests.support.mutations import do, text
from tests.support.operating import SOL_BTC

ACTIONS: dict[str, dict[str, Any]] = {
    "createAsset": {"input": {"code": "XRP", "name": "XRP", "decimals": 6}},
    "createMarket": {"input": SOL_BTC},
    "updateMarket": {"input": {"market": "BTC-USDT", "minimumNotional": "1"}},
    "setMarketStatus": {"market": "BTC-USDT", "status": "HALTED", "reason": "no"},
    "setExchangeHalted": {"halted": True, "reason": "no"},
    "setFeeTiers": {"tiers": []},
    "setHouseAccount": {"accountId": "x", "house": True, "reason": "no"},
    "setUserFrozen": {"userId": "x", "frozen": True, "reason": "no"},
    "cancelUserOrders": {"userId": "x", "reason": "no"},
}
LOOKS = ("users { edges { cursor } }", 'user(id: "x") { accounts { id } }', "auditLog { edges { cursor } }")


def fields_of(kind: Any) -> dict[str, list[Any]]:
    """Return the fields of a type with the permissions that they declare."""
    definition = kind.__strawberry_definition__
    return {field.python_name: list(field.permission_classes) for field in definition.fields}


def test_every_field_of_the_operators_side_declares_who_may_use_it() -> None:
    assert all(classes == [Operators] for classes in fields_of(OperatorMutation).values())
    assert all(classes == [Staff] for classes in fields_of(Operator).values())
    mutation = build()._schema.mutation_type
    assert isinstance(mutation, GraphQLObjectType)
    assert len(fields_of(OperatorMutation)) == len(ACTIONS)
    assert ACTIONS.keys() <= mutation.fields.keys()


async def test_visitors_traders_and_support_change_nothing(exchange: RunningExchange) -> None:
    trader, support = await exchange.trader(), await exchange.with_role("SUPPORT")
    before = exchange.sequence
    for name, variables in ACTIONS.items():
        assert await exchange.visitor().refused(text(name), **variables) == "UNAUTHENTICATED", name
        assert await trader.refused(text(name), **variables) == "FORBIDDEN", name
        assert await support.refused(text(name), **variables) == "FORBIDDEN", name
    assert exchange.sequence == before
    for look in LOOKS:
        query = f"{{ operator {{ {look} }} }}"
        assert await exchange.visitor().refused(query) == "UNAUTHENTICATED"
        assert await trader.refused(query) == "FORBIDDEN"
        assert "operator" in await support.get(query)
    assert (await support.get("{ operator { auditLog { edges { cursor } } } }"))["operator"] == {
        "auditLog": {"edges": []}
    }


@pytest.mark.parametrize("role", ["OPERATOR", "ADMIN"])
async def test_operators_and_administrators_may(exchange: RunningExchange, role: str) -> None:
    operator = await exchange.with_role(role)
    data = await operator.get("{ viewer { user { roles } } }")
    assert set(data["viewer"]["user"]["roles"]) == {role, "TRADER"}
    payload = await do(operator, "createAsset", input={"code": "XRP", "name": "XRP", "decimals": 6})
    assert payload["asset"] == {"code": "XRP", "name": "XRP", "decimals": 6}


async def test_an_administrator_made_on_the_console_beside_the_exchange_signs_in_and_operates(
    exchange: RunningExchange,
) -> None:
    hasher = PasswordHasher(time_cost=1, memory_kib=1_024)
    administrators = Administrators(exchange.services.database, hasher, 12)
    await asyncio.to_thread(administrators.create, "boss@example.com", lambda: PASSWORD)
    hasher.close()
    boss = await exchange.log_in("boss@example.com")
    await do(boss, "createAsset", input={"code": "XRP", "name": "XRP", "decimals": 6})
    await boss.faucet(XRP="5")
    assert await boss.balances() == {"XRP": ("5.000000", "0.000000")}
    data = await boss.get("{ operator { auditLog { edges { node { actor action } } } } }")
    assert [edge["node"] for edge in data["operator"]["auditLog"]["edges"]] == [
        {"actor": "boss@example.com", "action": "createAsset"},
        {"actor": "console", "action": "createAdmin"},
    ]


async def test_a_refused_role_hides_no_other_answer(exchange: RunningExchange, alice: Client) -> None:
    answer = await alice.ask("{ status { halted } operator { feeTiers { name } } }")
    assert answer["data"] == {"status": {"halted": False}, "operator": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
