"""Fees: tiers by the volume of thirty days, rebates, house accounts."""

import pytest

from backend.engine.commands import (
    CreateAsset,
    CreateMarket,
    Deposit,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
    UpdateMarket,
)
from backend.engine.events import AccountChanged, RulesChanged, VolumeChanged
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import WORLD_DEMONSTRATION, AccountId, FeeTier, MarketStatus, Side, TimeUs
from tests.support.engine_desk import MARKET, Desk, fills, order, refused

DAY_US = 86_400_000_000
REGULAR, BUSY = FeeTier("regular", 0, 100_000, 200_000), FeeTier("busy", 1_000_00, 50_000, 400_000)
ANN, BOB = AccountId("ann"), AccountId("bob")


@pytest.fixture
def desk() -> Desk:
    """The market asks 0.2 % of makers and 0.3 % of takers."""
    desk = Desk(maker_rate=200_000, taker_rate=300_000)
    desk.do(SetFeeTiers("USDT", (REGULAR, BUSY)))
    return desk


def until_midnight(desk: Desk) -> None:
    """Let it become the next midnight, and the engine do what is due."""
    desk.now = TimeUs((desk.now // DAY_US + 1) * DAY_US)
    desk.advance()


def tier_of(desk: Desk, account: str) -> str | None:
    return next(each.tier for each in desk.exchange.state().accounts if each.id == account)


def volumes(desk: Desk, account: str) -> list[int]:
    """Return what an account traded, by day, in cents."""
    return [each.amount for each in desk.exchange.state().volumes if each.account == account]


def rates(outcome: Outcome) -> list[int]:
    """Return the rates, in 10 ** -8, that the buyer's and the seller's fees of the first trade come to."""
    by_side = {fill.order.side: fill for fill in fills(outcome)[:2]}
    buyer, seller = by_side[Side.BUY], by_side[Side.SELL]
    return [buyer.fee * 10**8 // (buyer.lots * 10**8), seller.fee * 10**8 // seller.value]


def test_the_lower_rate_of_the_market_and_the_tier_applies(desk: Desk) -> None:
    desk.sell("bob", 1, at=1_000)
    assert rates(desk.buy("ann", 1, at=1_000)) == [200_000, 100_000], "both are regular"
    until_midnight(desk)
    desk.sell("bob", 1, at=1_000)
    assert rates(desk.buy("ann", 1, at=1_000)) == [300_000, 50_000], "both are busy, but no taker pays more than 0.3 %"


def test_tiers_are_assigned_at_once_and_then_at_midnight(desk: Desk) -> None:
    assert tier_of(desk, "ann") == "regular"
    desk.sell("bob", 10, at=100)
    desk.buy("ann", 10, at=100)
    assert tier_of(desk, "ann") == "regular"
    assert desk.exchange.next_deadline() == (desk.now // DAY_US + 1) * DAY_US
    until_midnight(desk)
    assert (tier_of(desk, "ann"), tier_of(desk, "bob"), tier_of(desk, "cleo")) == ("busy", "busy", "regular")
    assert desk.exchange.next_deadline() == desk.now + DAY_US


def test_a_cent_less_is_not_enough() -> None:
    desk = Desk()
    desk.do(SetFeeTiers("USDT", (FeeTier("busy", 1_000_01, 0, 0),)))
    desk.sell("bob", 10, at=100)
    desk.buy("ann", 10, at=100)
    until_midnight(desk)
    assert tier_of(desk, "ann") is None


def test_an_account_without_a_tier_pays_the_market_s_rates() -> None:
    desk = Desk(maker_rate=200_000, taker_rate=300_000)
    desk.do(SetFeeTiers("USDT", (FeeTier("busy", 10**9, 0, 0),)))
    desk.sell("bob", 1, at=1_000)
    assert rates(desk.buy("ann", 1, at=1_000)) == [300_000, 200_000]


def test_a_volume_counts_for_thirty_days_and_is_forgotten_then(desk: Desk) -> None:
    desk.sell("bob", 10, at=100)
    desk.buy("ann", 10, at=100)
    for _ in range(30):
        until_midnight(desk)
        assert tier_of(desk, "ann") == "busy"
    again = Exchange.restore(desk.exchange.state())
    assert again.fingerprint() == desk.exchange.fingerprint()
    until_midnight(desk)
    assert tier_of(desk, "ann") == "regular"
    assert volumes(desk, "ann") == []
    assert Exchange.restore(desk.exchange.state()).fingerprint() == desk.exchange.fingerprint()


def test_forgetting_and_assigning_are_told_in_their_order(desk: Desk) -> None:
    desk.sell("bob", 10, at=100)
    desk.buy("ann", 10, at=100)
    until_midnight(desk)
    desk.wait(hours=24 * 31)
    told = [event for event in desk.advance().events if not isinstance(event, RulesChanged)]
    gone = [(each.volume.account, each.volume.amount) for each in told if isinstance(each, VolumeChanged)]
    back = [(each.account.id, each.account.tier) for each in told if isinstance(each, AccountChanged)]
    assert gone == [("ann", 0), ("bob", 0)]
    assert back == [("ann", "regular"), ("bob", "regular")]


def test_a_volume_in_another_currency_counts_at_the_last_price() -> None:
    desk = Desk()
    desk.do(SetFeeTiers("USDT", ()))
    desk.do(CreateAsset("ETH", "Ether", 8))
    desk.do(CreateMarket("ETH", "BTC", 1, 0, 10**8, 0, None, 100, 0, 0))
    desk.do(SetMarketStatus("ETH-BTC", MarketStatus.OPEN, "Let us begin."))
    desk.do(Deposit(BOB, "ETH", 10 * 10**8, WORLD_DEMONSTRATION, "ether"))

    def buy_two_ether_for_six_bitcoin() -> None:
        desk.do(order("bob", Side.SELL, 2, 3, market="ETH-BTC"))
        desk.do(order("ann", Side.BUY, 2, 3, market="ETH-BTC"))

    buy_two_ether_for_six_bitcoin()
    assert volumes(desk, "ann") == [], "nobody knows yet what a bitcoin costs"
    desk.print_trade(at=100)
    buy_two_ether_for_six_bitcoin()
    assert volumes(desk, "ann") == volumes(desk, "bob") == [600_00]


def test_another_volume_asset_begins_to_count_anew(desk: Desk) -> None:
    desk.sell("bob", 10, at=100)
    desk.buy("ann", 10, at=100)
    desk.do(SetFeeTiers("USDT", (BUSY,)))
    assert tier_of(desk, "ann") == "busy"
    outcome = desk.do(SetFeeTiers("BTC", (BUSY,)))
    assert [each.volume.amount for each in outcome.events if isinstance(each, VolumeChanged)] == [0, 0]
    assert tier_of(desk, "ann") is None


def test_a_house_account_pays_nothing_and_counts_nothing(desk: Desk) -> None:
    desk.do(SetHouseAccount(ANN, True))
    desk.sell("bob", 1, at=1_000)
    assert rates(desk.buy("ann", 1, at=1_000)) == [0, 100_000]
    assert (volumes(desk, "ann"), volumes(desk, "bob")) == ([], [1_000_00])
    desk.do(SetHouseAccount(ANN, False))
    desk.sell("ann", 1, at=1_000)
    assert rates(desk.buy("bob", 1, at=1_000)) == [200_000, 100_000]
    assert refused(desk.apply(SetHouseAccount(AccountId("zoe"), True))) == ("UNKNOWN_ACCOUNT", "account")


def test_a_rebate_is_paid_out_of_the_takers_fee_in_its_asset() -> None:
    desk = Desk(maker_rate=-50_000, taker_rate=100_000)
    desk.sell("bob", 2, at=100)
    maker, taker = fills(desk.buy("ann", 2, at=100))
    assert (taker.fee, taker.fee_asset) == (200_000, "BTC")
    assert (maker.fee, maker.fee_asset) == (-100_000, "BTC")
    assert desk.balance("bob", "USDT") == ("10200.00", "0.00"), "a maker with a rebate pays nothing"
    assert desk.balance("bob", "BTC") == ("98.00100000", "0.00000000")
    assert desk.balance("house:fees", "BTC") == ("0.00100000", "0.00000000")


def test_a_rebate_is_never_more_than_the_takers_fee() -> None:
    desk = Desk(maker_rate=-100_000, taker_rate=100_000)
    desk.do(SetHouseAccount(ANN, True))
    desk.sell("bob", 2, at=100)
    maker, taker = fills(desk.buy("ann", 2, at=100))
    assert (maker.fee, taker.fee) == (0, 0)
    desk.sell("bob", 1, at=1)
    maker, taker = fills(desk.buy("cleo", 1, at=1))
    assert (maker.fee, taker.fee) == (-100_000, 100_000)


def test_a_house_account_gets_no_rebate() -> None:
    desk = Desk(maker_rate=-50_000, taker_rate=100_000)
    desk.do(SetHouseAccount(BOB, True))
    desk.sell("bob", 2, at=100)
    maker, _ = fills(desk.buy("ann", 2, at=100))
    assert maker.fee == 0


def test_a_fee_rounds_up_and_a_rebate_down_to_the_last_cent() -> None:
    desk = Desk(maker_rate=-1, taker_rate=1)
    desk.buy("bob", 1, at=100)
    maker, taker = fills(desk.sell("ann", 1, at=100))
    assert (taker.fee, maker.fee) == (1, 0)
    assert desk.balance("house:fees", "USDT") == ("0.01", "0.00")


def test_rebates_that_no_taker_would_pay_for_are_refused(desk: Desk) -> None:
    changes: dict[str, int | None] = {"maker_rate": -200_001}
    assert refused(desk.apply(UpdateMarket(MARKET, changes))) == ("INVALID_INPUT", "maker_rate")
    assert desk.rules(maker_rate=-200_000).sequence
    low = FeeTier("low", 10**9, 0, 199_999)
    assert refused(desk.apply(SetFeeTiers("USDT", (REGULAR, low)))) == ("INVALID_INPUT", "tiers")


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        ((FeeTier("", 0, 0, 0),), ("INVALID_INPUT", "tiers")),
        ((FeeTier("x" * 37, 0, 0, 0),), ("INVALID_INPUT", "tiers")),
        ((FeeTier("a", 0, 0, 0), FeeTier("a", 1, 0, 0)), ("INVALID_INPUT", "tiers")),
        ((FeeTier("a", 1, 0, 0), FeeTier("b", 1, 0, 0)), ("AMOUNT_OUT_OF_RANGE", "tiers")),
        ((FeeTier("a", 10**37, 0, 0),), ("AMOUNT_OUT_OF_RANGE", "tiers")),
        ((FeeTier("a", 0, 10**8 + 1, 0),), ("AMOUNT_OUT_OF_RANGE", "tiers")),
        ((FeeTier("a", 0, 0, -1),), ("AMOUNT_OUT_OF_RANGE", "tiers")),
    ],
)
def test_tiers_that_cannot_be_are_refused(desk: Desk, tiers: tuple[FeeTier, ...], expected: tuple[str, str]) -> None:
    assert refused(desk.apply(SetFeeTiers("USDT", tiers))) == expected
    assert refused(desk.apply(SetFeeTiers("DOGE", ()))) == ("UNKNOWN_ASSET", "volume_asset")


def test_a_preview_names_the_fee_of_the_account_s_own_tier(desk: Desk) -> None:
    desk.sell("bob", 1, at=1_000)
    preview = desk.exchange.preview(order("ann", Side.BUY, 1, 1_000))
    assert getattr(preview, "fee", None) == 200_000
