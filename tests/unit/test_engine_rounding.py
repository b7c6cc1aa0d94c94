"""Rounding: whatever the fees and rebates are, dust that goes to and fro never makes its owners richer."""

import random
from collections import Counter

import pytest

from backend.engine.commands import (
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
)
from backend.engine.events import Filled
from backend.engine.exchange import Exchange
from backend.engine.values import HOUSE_FEES, WORLD_DEMONSTRATION, AccountId, FeeTier, MarketStatus, Side, TimeUs
from tests.support.engine_desk import order

ROUND_TRIPS = 10_000
RATES = (
    (0, 0),
    (1, 1),
    (-1, 1),
    (100_000, 200_000),
    (-100_000, 100_000),
    (-99_999_999, 99_999_999),
    (33_333_333, 66_666_667),
    (-10_000_000, 50_000_000),
)
"""Of makers and takers, in 10 ** -8: none, the least, usual ones, and such that round with every trade."""
MARKET, OWNED_AT_FIRST = "GRAIN-MITE", 10**9
TRADERS = ("ann", "bob", "the house's own")


class Dust:
    """A market of whole grains for whole mites, so that every fee rounds; all pay what their tier asks."""

    def __init__(self, maker_rate: int, taker_rate: int) -> None:
        self.exchange = Exchange()
        self.fees: Counter[str] = Counter()
        for asset in ("GRAIN", "MITE"):
            self.do(CreateAsset(asset, asset, 0))
        self.do(CreateMarket("GRAIN", "MITE", 1, 0, 1, 0, None, 100, 10**8, 10**8))
        for trader in TRADERS:
            self.do(OpenAccount(AccountId(trader)))
            for asset in ("GRAIN", "MITE"):
                self.do(Deposit(AccountId(trader), asset, OWNED_AT_FIRST, WORLD_DEMONSTRATION, asset))
        self.do(SetHouseAccount(AccountId(TRADERS[-1]), True))
        self.do(SetFeeTiers("MITE", (FeeTier("all", 0, maker_rate, taker_rate),)))

    def do(self, command: Command) -> None:
        """Apply a command that must be accepted, and check that none of its trades costs the house a unit."""
        outcome = self.exchange.apply(command, TimeUs(0))
        assert outcome.sequence, outcome
        earned: Counter[tuple[int, str]] = Counter()
        for event in outcome.events:
            if isinstance(event, Filled):
                earned[(event.trade, event.fee_asset)] += event.fee
        for (trade, asset), fee in earned.items():
            assert fee >= 0, f"trade {trade} gave away {-fee} {asset}"
            self.fees[asset] += fee

    def users_lost(self) -> dict[str, int]:
        """Return how much less of each asset the users together have than at first."""
        lost = dict.fromkeys(("GRAIN", "MITE"), OWNED_AT_FIRST * len(TRADERS))
        for each in self.exchange.state().balances:
            if each.account not in (HOUSE_FEES, WORLD_DEMONSTRATION):
                lost[each.asset] -= each.available + each.held
        return lost


@pytest.mark.parametrize(("maker_rate", "taker_rate"), RATES)
def test_ten_thousand_round_trips_of_dust_never_leave_users_better_off(maker_rate: int, taker_rate: int) -> None:
    dust, chance = Dust(maker_rate, taker_rate), random.Random(maker_rate * 3 + taker_rate)
    for _ in range(ROUND_TRIPS // len(RATES)):
        lots, price = chance.randint(1, 9), chance.randint(1, 30)
        one, other = chance.sample(TRADERS, 2)
        way = chance.choice([(Side.BUY, Side.SELL), (Side.SELL, Side.BUY)])
        in_auction = chance.random() < 0.1
        for mine, theirs in (way, way[::-1]):
            dust.do(SetMarketStatus(MARKET, MarketStatus.AUCTION if in_auction else MarketStatus.OPEN, ""))
            first, second = chance.sample([(one, mine), (other, theirs)], 2)
            dust.do(order(*first, lots, price, market=MARKET))
            dust.do(order(*second, lots, price, market=MARKET))
            dust.do(SetMarketStatus(MARKET, MarketStatus.OPEN, ""))
    assert dust.exchange.state().orders == [], "everything traded"
    assert dust.users_lost() == {asset: dust.fees[asset] for asset in ("GRAIN", "MITE")}
    if (maker_rate, taker_rate) != (0, 0):
        assert min(dust.fees.values()) > 0
