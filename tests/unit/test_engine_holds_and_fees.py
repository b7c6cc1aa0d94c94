"""Money: what is held and released, what is paid, and what the house takes."""

from backend.engine.commands import CreateAsset, CreateMarket, Deposit, OpenAccount, SetMarketStatus
from backend.engine.events import Posted
from backend.engine.exchange import Exchange
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    AccountId,
    MarketStatus,
    PostingKind,
    Side,
    TimeInForce,
    TimeUs,
)
from tests.support.engine_desk import Desk, fills, last_order, names, order, postings, refused


def test_an_open_order_holds_what_it_will_pay() -> None:
    desk = Desk()
    desk.buy("ann", 3, at=100)
    desk.sell("ann", 7, at=200)
    assert desk.balance("ann", "USDT") == ("9700.00", "300.00")
    assert desk.balance("ann", "BTC") == ("93.00000000", "7.00000000")


def test_what_is_held_cannot_be_used_twice() -> None:
    desk = Desk()
    desk.buy("ann", 100, at=99)
    outcome = desk.buy("ann", 2, at=99)
    assert refused(outcome) == ("INSUFFICIENT_BALANCE", "quantity_lots")
    assert outcome.refusal is not None
    assert outcome.refusal.facts == {"needed": 198_00, "available": 100_00, "asset": "USDT"}
    assert desk.buy("ann", 1, at=100).sequence


def test_a_fill_releases_the_rest_of_the_hold_when_the_price_is_better() -> None:
    desk = Desk()
    desk.sell("bob", 2, at=100)
    outcome = desk.buy("ann", 5, at=110)
    assert postings(outcome, PostingKind.RELEASE) == [("ann", "USDT", "20.00")]
    assert last_order(outcome).held == 330_00
    assert desk.balance("ann", "USDT") == ("9470.00", "330.00")


def test_a_filled_order_holds_nothing_any_more() -> None:
    desk = Desk()
    desk.sell("bob", 2, at=100)
    desk.buy("ann", 2, at=110)
    assert desk.balance("ann", "USDT") == ("9800.00", "0.00")
    assert desk.balance("bob", "BTC") == ("98.00000000", "0.00000000")
    assert desk.balance("bob", "USDT") == ("10200.00", "0.00")


def test_maker_and_taker_pay_their_own_rates_out_of_what_they_receive() -> None:
    desk = Desk(maker_rate=100_000, taker_rate=200_000)
    desk.sell("bob", 2, at=100)
    maker, taker = fills(desk.buy("ann", 2, at=100))
    assert (maker.fee, maker.fee_asset) == (20, "USDT"), "0.1 % of 200.00 USDT"
    assert (taker.fee, taker.fee_asset) == (400_000, "BTC"), "0.2 % of 2 BTC"
    assert desk.balance("bob", "USDT") == ("10199.80", "0.00")
    assert desk.balance("ann", "BTC") == ("101.99600000", "0.00000000")
    assert desk.balance("house:fees", "USDT") == ("0.20", "0.00")
    assert desk.balance("house:fees", "BTC") == ("0.00400000", "0.00000000")


def test_a_fee_is_rounded_up_to_the_house() -> None:
    desk = Desk(maker_rate=1, taker_rate=0)
    desk.sell("bob", 1, at=100)
    maker, taker = fills(desk.buy("ann", 1, at=100))
    assert maker.fee == 1, "a ten-thousandth of a cent is a cent"
    assert taker.fee == 0


def test_a_fee_of_nothing_has_no_postings() -> None:
    desk = Desk()
    desk.sell("bob", 1, at=100)
    assert postings(desk.buy("ann", 1, at=100), PostingKind.TRADING_FEE) == []


def test_a_fee_may_be_all_that_is_received() -> None:
    desk = Desk(maker_rate=10**8, taker_rate=10**8)
    desk.sell("bob", 1, at=100)
    desk.buy("ann", 1, at=100)
    assert desk.balance("ann", "BTC") == ("100.00000000", "0.00000000")
    assert desk.balance("bob", "USDT") == ("10000.00", "0.00")
    assert desk.balance("house:fees", "USDT") == ("100.00", "0.00")


def test_the_postings_of_a_trade_come_in_the_order_of_the_rules_and_sum_to_zero() -> None:
    desk = Desk(maker_rate=100_000, taker_rate=200_000)
    desk.sell("bob", 2, at=100)
    outcome = desk.buy("ann", 2, at=101)
    assert names(outcome.events) == [
        "Posted",
        "OrderUpdated",
        "Traded",
        *["Posted"] * 9,
        "Filled",
        "Filled",
        "LevelChanged",
        "TapeChanged",
    ]
    legs = [event for event in outcome.events if isinstance(event, Posted)]
    assert [(leg.account, leg.asset, leg.kind.value, leg.available_change, leg.held_change) for leg in legs] == [
        ("ann", "USDT", "HOLD", -202_00, 202_00),
        ("ann", "USDT", "TRADE", 0, -200_00),
        ("bob", "USDT", "TRADE", 200_00, 0),
        ("bob", "BTC", "TRADE", 0, -2 * 10**8),
        ("ann", "BTC", "TRADE", 2 * 10**8, 0),
        ("ann", "BTC", "TRADING_FEE", -400_000, 0),
        ("house:fees", "BTC", "TRADING_FEE", 400_000, 0),
        ("bob", "USDT", "TRADING_FEE", -20, 0),
        ("house:fees", "USDT", "TRADING_FEE", 20, 0),
        ("ann", "USDT", "RELEASE", 2_00, -2_00),
    ]
    assert [leg.reference for leg in legs] == ["2", *["1"] * 8, "2"]
    for asset in ("BTC", "USDT"):
        assert sum(leg.available_change + leg.held_change for leg in legs if leg.asset == asset) == 0


def test_amounts_far_beyond_64_bits_are_exact_to_the_last_unit() -> None:
    """One wei of 12,345,678,901.234567890123456789 ETH is not lost, nor is one of its fee."""
    exchange, now = Exchange(), TimeUs(0)
    wei = 12_345_678_901_234_567_890_123_456_789
    ann, bob = AccountId("ann"), AccountId("bob")
    for command in (
        CreateAsset("ETH", "Ether", 18),
        CreateAsset("DAI", "Dai", 18),
        CreateMarket("ETH", "DAI", 1, 0, 1, 0, None, 10, 0, 100_000),
        SetMarketStatus("ETH-DAI", MarketStatus.OPEN, "open"),
        OpenAccount(ann),
        OpenAccount(bob),
        Deposit(ann, "DAI", 3 * wei, WORLD_DEMONSTRATION, "key"),
        Deposit(bob, "ETH", wei, WORLD_DEMONSTRATION, "key"),
    ):
        assert exchange.apply(command, now).sequence
    exchange.apply(order("bob", Side.SELL, wei, 3, market="ETH-DAI"), now)
    _, taker = fills(exchange.apply(order("ann", Side.BUY, wei, 3, market="ETH-DAI"), now))
    assert taker.fee == 12_345_678_901_234_567_890_123_457, "0.1 % of it, rounded up"
    balances = {(each.account, each.asset): each.available for each in exchange.state().balances}
    assert balances[bob, "DAI"] == 3 * wei
    assert balances[ann, "ETH"] == wei - taker.fee
    assert balances[AccountId("house:fees"), "ETH"] == taker.fee


def test_an_order_whose_value_does_not_fit_the_ledger_is_refused() -> None:
    desk = Desk()
    assert refused(desk.buy("ann", 10**29, at=1)) == ("AMOUNT_OUT_OF_RANGE", "quantity_lots")
    assert refused(desk.buy("ann", 10**29 - 1, at=1)) == ("INSUFFICIENT_BALANCE", "quantity_lots")
    assert refused(desk.buy("ann", 10**28, at=10**7)) == ("AMOUNT_OUT_OF_RANGE", "price_ticks")
    assert refused(desk.buy("ann", 10**28, at=10**7 - 1)) == ("INSUFFICIENT_BALANCE", "quantity_lots")


def test_an_order_above_the_largest_of_its_market_is_refused() -> None:
    desk = Desk(maximum_lots=5)
    outcome = desk.sell("ann", 6, at=100)
    assert refused(outcome) == ("AMOUNT_OUT_OF_RANGE", "quantity_lots")
    assert outcome.refusal is not None
    assert outcome.refusal.facts == {"maximum_lots": 5}
    assert desk.sell("ann", 5, at=100).sequence


def test_prices_and_quantities_start_at_one() -> None:
    desk = Desk()
    assert refused(desk.buy("ann", 1, at=0)) == ("AMOUNT_OUT_OF_RANGE", "price_ticks")
    assert refused(desk.buy("ann", 0, at=1)) == ("AMOUNT_OUT_OF_RANGE", "quantity_lots")
    assert refused(desk.sell("ann", -1, at=1)) == ("AMOUNT_OUT_OF_RANGE", "quantity_lots")
    assert refused(desk.spend("ann", "0.00")) == ("AMOUNT_OUT_OF_RANGE", "quote_amount")


def test_a_killed_order_gets_everything_back() -> None:
    desk = Desk()
    outcome = desk.buy("ann", 3, at=100, time_in_force=TimeInForce.IOC)
    assert postings(outcome, PostingKind.HOLD) == [("ann", "USDT", "-300.00")]
    assert postings(outcome, PostingKind.RELEASE) == [("ann", "USDT", "300.00")]
    assert last_order(outcome).held == 0
