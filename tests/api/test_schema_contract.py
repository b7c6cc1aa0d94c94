"""The exported schema: it is the committed one, and what is built keeps the public contract."""

import importlib.util
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLObjectType, build_schema

from backend.graphql.schema import FIELD_COSTS, build, export
from tests.support.parts import missing

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT.parent / "shared" / "api" / "contract.graphql"

BUILT = """
    Decimal DateTime Long ExchangeStatus Asset AssetNetwork Market MarketStatus Ticker PriceLevel OrderBook Trade
    TradeEdge TradeConnection PageInfo CandleInterval Candle User Role Account Balance OrderSide OrderType TimeInForce
    SelfTradePrevention OrderStatus Liquidity OrderReason Order OrderEdge OrderConnection Fill FillEdge FillConnection
    LedgerEntryKind LedgerEntry LedgerEntryEdge LedgerEntryConnection UserError ErrorCode ActionPayload RegisterInput
    LogInInput SessionPayload PlaceOrderInput OrderPayload OrderListPayload OrderPreview OrderPreviewPayload FaucetInput
    OrderBookUpdate OrderUpdate BalanceUpdate PlaceOcoOrderInput AmendOrderInput CancelAllAfterPayload FeeTier UserEdge
    UserConnection AuditEntry AuditEntryEdge AuditEntryConnection CreateAssetInput AssetPayload CreateMarketInput
    UpdateMarketInput MarketPayload FeeTierInput UserPayload
"""
"""The types that are complete."""
BEGUN = {
    "Query": """status assets asset markets market orderBook trades candles tickers previewOrder viewer operator""",
    "Viewer": "sequence user accounts balances openOrders orders order fills ledger feeTier",
    "Mutation": """
        register logIn logOut placeOrder placeOrders placeOcoOrder cancelOrder cancelAllOrders amendOrder cancelAllAfter
        requestFaucet createAsset createMarket updateMarket setMarketStatus setExchangeHalted setFeeTiers
        setUserFrozen cancelUserOrders
    """,
    "Operator": "users user auditLog feeTiers",
    "OperatorUser": "user accounts balances openOrders ledger",
    "Subscription": "orderBook trades tickers candles orderUpdates balanceUpdates",
}
"""The types that later versions add to, with the fields that are there."""


def contract() -> Path:
    """Return where the contract is; without it the test is skipped on a user's machine and fails in CI."""
    if not CONTRACT.exists():
        missing("The contract is missing: ../shared/api/contract.graphql")
    return CONTRACT


def test_the_committed_schema_is_what_the_program_exports() -> None:
    committed = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert committed == export(), "run `rialto schema > schema.graphql` and look at what has changed"


def test_the_types_that_are_built_keep_the_contract() -> None:
    path = contract().with_name("check_contract.py")
    spec = importlib.util.spec_from_file_location("check_contract", path)
    assert spec is not None
    assert spec.loader is not None
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    owed, exported = build_schema(contract().read_text(encoding="utf-8")), build_schema(export())
    assert list(checker.differences(owed, exported, set(BUILT.split()))) == []
    later = list(checker.differences(owed, exported, set(BEGUN)))
    assert [line for line in later if not line.endswith(": missing")] == []
    absent = {line.removesuffix(": missing") for line in later}
    there = {f"{name}.{field}" for name, fields in BEGUN.items() for field in fields.split()}
    assert not absent & there


def test_every_enum_is_complete_from_the_start() -> None:
    owed, exported = build_schema(contract().read_text(encoding="utf-8")), build_schema(export())
    for name, found in exported.type_map.items():
        if isinstance(found, GraphQLEnumType) and not name.startswith("__"):
            definition = owed.type_map[name]
            assert isinstance(definition, GraphQLEnumType)
            assert set(found.values) == set(definition.values), name


def test_the_words_of_the_contract_are_in_the_schema() -> None:
    owed, exported = build_schema(contract().read_text(encoding="utf-8")), build_schema(export())
    for name, definition in owed.type_map.items():
        found = exported.type_map.get(name)
        if not isinstance(definition, GraphQLObjectType) or not isinstance(found, GraphQLObjectType):
            continue
        if name.startswith("__"):
            continue
        assert found.description == definition.description, name
        for field in definition.fields.keys() & found.fields.keys():
            assert found.fields[field].description == definition.fields[field].description, f"{name}.{field}"


def test_costs_are_those_of_fields_that_exist() -> None:
    schema = build()._schema
    for place in FIELD_COSTS:
        parent, field = place.split(".")
        found = schema.type_map[parent]
        assert isinstance(found, GraphQLObjectType)
        assert field in found.fields, place
