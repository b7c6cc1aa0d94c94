"""Assets, markets, accounts, market status and deposits."""

from typing import Any

import pytest

from backend.engine.commands import CreateAsset, CreateMarket, Deposit, OpenAccount, SetMarketStatus
from backend.engine.events import AccountOpened, AssetCreated, MarketChanged
from backend.engine.exchange import Exchange
from backend.engine.values import WORLD_DEMONSTRATION, AccountId, MarketStatus, TimeUs
from tests.support.engine_desk import MARKET, Desk, refused

NOW = TimeUs(0)
EUR_MARKET: dict[str, Any] = {
    "base": "BTC",
    "quote": "EUR",
    "tick_points": 5,
    "tick_decimals": 1,
    "lot_units": 10**4,
    "minimum_notional": 0,
    "maximum_lots": None,
    "open_orders_per_account": 10,
    "maker_rate": 0,
    "taker_rate": 0,
}


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.do(CreateAsset("EUR", "Euro", 5))
    return desk


def test_an_asset_becomes_known_once(desk: Desk) -> None:
    outcome = desk.do(CreateAsset("SOL", "Solana", 9))
    assert isinstance(outcome.events[0], AssetCreated)
    assert outcome.answers == ()
    assert refused(desk.apply(CreateAsset("SOL", "Solana", 9))) == ("ALREADY_EXISTS", "code")


@pytest.mark.parametrize("code", ["", "sol", "SÖL", "S L", "SOL-X", "A" * 13, "SOL\n"])
def test_a_code_is_capital_letters_and_digits(desk: Desk, code: str) -> None:
    assert refused(desk.apply(CreateAsset(code, "", 8))) == ("INVALID_INPUT", "code")


@pytest.mark.parametrize("decimals", [-1, 19])
def test_an_asset_has_0_to_18_decimals(desk: Desk, decimals: int) -> None:
    assert refused(desk.apply(CreateAsset("SOL", "", decimals))) == ("INVALID_INPUT", "decimals")


def test_a_new_market_is_halted_and_knows_what_a_lot_is_worth_at_a_tick(desk: Desk) -> None:
    outcome = desk.do(CreateMarket(**EUR_MARKET))
    assert isinstance(outcome.events[0], MarketChanged)
    market = outcome.events[0].market
    assert (market.symbol, market.status, market.status_reason) == ("BTC-EUR", MarketStatus.HALTED, None)
    assert market.value_units == 5, "0.5 EUR x 0.0001 BTC = 0.00005 EUR, of which a unit is 0.00001"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("base", "DOGE", "UNKNOWN_ASSET"),
        ("quote", "DOGE", "UNKNOWN_ASSET"),
        ("tick_points", 0, "AMOUNT_OUT_OF_RANGE"),
        ("tick_points", 10**37, "AMOUNT_OUT_OF_RANGE"),
        ("tick_points", 10**36, "AMOUNT_OUT_OF_RANGE"),
        ("lot_units", 0, "AMOUNT_OUT_OF_RANGE"),
        ("tick_decimals", -1, "AMOUNT_OUT_OF_RANGE"),
        ("tick_decimals", 31, "AMOUNT_OUT_OF_RANGE"),
        ("minimum_notional", -1, "AMOUNT_OUT_OF_RANGE"),
        ("maximum_lots", 0, "AMOUNT_OUT_OF_RANGE"),
        ("open_orders_per_account", 0, "AMOUNT_OUT_OF_RANGE"),
        ("open_orders_per_account", 2**31, "AMOUNT_OUT_OF_RANGE"),
        ("maker_rate", -(10**8) - 1, "AMOUNT_OUT_OF_RANGE"),
        ("maker_rate", 10**8 + 1, "AMOUNT_OUT_OF_RANGE"),
        ("taker_rate", 10**8 + 1, "AMOUNT_OUT_OF_RANGE"),
    ],
)
def test_a_market_with_a_wrong_rule_is_refused(desk: Desk, field: str, value: Any, code: str) -> None:
    rules = EUR_MARKET | ({"lot_units": 10**8} if value == 10**36 else {}) | {field: value}
    assert refused(desk.apply(CreateMarket(**rules))) == (code, field)


def test_a_market_whose_trades_would_not_come_out_even_is_refused(desk: Desk) -> None:
    finer = EUR_MARKET | {"tick_decimals": 2}
    assert refused(desk.apply(CreateMarket(**finer))) == ("INVALID_INPUT", "tick_points")
    assert refused(desk.apply(CreateMarket(**(finer | {"tick_points": 19})))) == ("INVALID_INPUT", "tick_points")
    assert desk.apply(CreateMarket(**(finer | {"tick_points": 20}))).sequence


def test_a_market_exists_once_and_has_two_assets(desk: Desk) -> None:
    desk.do(CreateMarket(**EUR_MARKET))
    assert refused(desk.apply(CreateMarket(**EUR_MARKET))) == ("ALREADY_EXISTS", "base")
    assert refused(desk.apply(CreateMarket(**(EUR_MARKET | {"quote": "BTC"})))) == ("INVALID_INPUT", "quote")


def test_a_market_that_is_not_open_takes_no_orders_and_says_why(desk: Desk) -> None:
    for status in (MarketStatus.HALTED, MarketStatus.CANCEL_ONLY):
        desk.do(SetMarketStatus(MARKET, status, "The chain has stopped."))
        outcome = desk.buy("ann", 1, at=100)
        assert refused(outcome) == ("MARKET_NOT_OPEN", "market")
        assert outcome.refusal is not None
        assert outcome.refusal.facts == {"status": status.value, "reason": "The chain has stopped."}
    desk.do(SetMarketStatus(MARKET, MarketStatus.OPEN, "It goes on."))
    assert desk.buy("ann", 1, at=100).sequence


def test_open_orders_wait_while_a_market_is_halted(desk: Desk) -> None:
    desk.buy("ann", 1, at=100)
    desk.do(SetMarketStatus(MARKET, MarketStatus.HALTED, "A pause."))
    assert desk.open_orders() == [1]


def test_a_market_takes_any_status_with_a_reason_also_the_one_that_it_has(desk: Desk) -> None:
    for status in (*MarketStatus, MarketStatus.HALTED):
        event = desk.status(status, f"Now {status.value}.").events[0]
        assert isinstance(event, MarketChanged)
        assert (event.market.status, event.market.status_reason) == (status, f"Now {status.value}.")
    assert refused(desk.apply(SetMarketStatus("BTC-XXX", MarketStatus.OPEN, ""))) == ("UNKNOWN_MARKET", "market")


def test_an_account_is_opened_once(desk: Desk) -> None:
    assert isinstance(desk.do(OpenAccount(AccountId("dora"))).events[0], AccountOpened)
    assert refused(desk.apply(OpenAccount(AccountId("dora")))) == ("ALREADY_EXISTS", "account")


@pytest.mark.parametrize("account", ["", "a" * 65, "house:fees", "world:bank", ":"])
def test_nobody_opens_an_account_of_the_house_or_of_the_world(desk: Desk, account: str) -> None:
    assert refused(desk.apply(OpenAccount(AccountId(account)))) == ("INVALID_INPUT", "account")


def test_a_deposit_comes_from_the_world_which_owes_it(desk: Desk) -> None:
    desk.open_account("dora")
    assert desk.deposit("dora", "BTC", "0.00000001", key="one satoshi").sequence
    assert desk.balance("dora", "BTC") == ("0.00000001", "0.00000000")
    assert desk.balance(WORLD_DEMONSTRATION, "BTC") == ("-300.00000001", "0.00000000")


def test_a_wrong_deposit_changes_nothing(desk: Desk) -> None:
    ann = AccountId("ann")
    assert refused(desk.deposit("zoe", "BTC", "1")) == ("UNKNOWN_ACCOUNT", "account")
    assert refused(desk.apply(Deposit(ann, "XXX", 1, WORLD_DEMONSTRATION, "k"))) == ("UNKNOWN_ASSET", "asset")
    assert refused(desk.apply(Deposit(ann, "BTC", 0, WORLD_DEMONSTRATION, "k"))) == ("AMOUNT_OUT_OF_RANGE", "amount")
    assert refused(desk.apply(Deposit(ann, "BTC", 1, AccountId("bob"), "k"))) == ("INVALID_INPUT", "source")


def test_all_that_is_inside_stays_below_10_to_the_37(desk: Desk) -> None:
    ann, room = AccountId("ann"), 10**37 - 300 * 10**8
    too_much = Deposit(ann, "BTC", room, AccountId("world:elsewhere"), "k")
    assert refused(desk.apply(too_much)) == ("AMOUNT_OUT_OF_RANGE", "amount")
    assert desk.apply(Deposit(ann, "BTC", room - 1, AccountId("world:elsewhere"), "k")).sequence
    assert refused(desk.apply(Deposit(ann, "BTC", 1, WORLD_DEMONSTRATION, "j"))) == ("AMOUNT_OUT_OF_RANGE", "amount")


def test_sequences_count_accepted_commands_only() -> None:
    exchange = Exchange()
    assert exchange.apply(CreateAsset("BTC", "Bitcoin", 8), NOW).sequence == 1
    assert exchange.apply(CreateAsset("BTC", "Bitcoin", 8), NOW).sequence == 0
    assert exchange.apply(OpenAccount(AccountId("ann")), NOW).sequence == 2
    assert exchange.sequence == 2
