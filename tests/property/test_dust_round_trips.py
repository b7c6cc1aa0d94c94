"""Rounding never pays: people who trade dust to and fro, with every fee and rebate, only ever lose by it together."""

import itertools
from collections import Counter
from random import Random

import pytest

from backend.engine.commands import (
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOrder,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
    UpdateMarket,
)
from backend.engine.events import Event, Filled, Posted, Traded
from backend.engine.exchange import Exchange
from backend.engine.values import (
    AccountId,
    FeeTier,
    MarketStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from tests.property.worlds import FEE_RATES, REBATES

ROUND_TRIPS = 10_000
SEED = 20_261_122
RATES = (*itertools.product(FEE_RATES, FEE_RATES), *REBATES, *REBATES, *REBATES)
"""Maker's and taker's rates; those with a rebate come more often."""
RATES_BESIDE_TIERS = tuple((maker, taker) for maker, taker in RATES if maker >= -1 and taker >= 1)
"""Those that a market may have while there are tiers that pay a rebate of 1."""
PEOPLE = tuple(AccountId(name) for name in ("ann", "bob", "cleo", "house of the exchange"))
MARKETS = {
    "AAA-QQQ": CreateMarket("AAA", "QQQ", 1, 8, 1, 0, None, 100, 0, 0),
    "BBB-QQQ": CreateMarket("BBB", "QQQ", 7, 3, 10**11, 0, None, 100, 0, 0),
    "AAA-BBB": CreateMarket("AAA", "BBB", 1, 16, 1, 0, None, 100, 0, 0),
}
"""One lot at one tick is worth 1, 7 and 1 smallest units of the quote asset."""
TIERS = (FeeTier("first", 0, 10**8, 10**8), FeeTier("second", 500, 100, 10**6), FeeTier("third", 5_000, -1, 1))


class DustExchange:
    """An engine, and what its people have together of each asset, as the postings tell it."""

    def __init__(self, random: Random) -> None:
        self.random, self.engine, self.now = random, Exchange(), 1_700_000_000_000_000
        self.people: Counter[str] = Counter()
        self.house: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        for code, decimals in (("AAA", 0), ("BBB", 16), ("QQQ", 8)):
            self.do(CreateAsset(code, code, decimals))
        for symbol, market in MARKETS.items():
            self.do(market)
            self.do(SetMarketStatus(symbol, MarketStatus.OPEN, "open"))
        for person in PEOPLE:
            self.do(OpenAccount(person))
            for code in ("AAA", "BBB", "QQQ"):
                self.do(Deposit(person, code, 10**20, AccountId("world:dust"), code))
        self.do(SetHouseAccount(PEOPLE[-1], True))
        self.rates = RATES

    def do(self, command: Command) -> tuple[Event, ...]:
        """Apply a command that must be accepted; nothing but a deposit makes people richer together."""
        self.now += 1_000_000
        people, house = Counter(self.people), Counter(self.house)
        outcome = self.engine.apply(command, TimeUs(self.now))
        assert outcome.sequence, f"{command}: {outcome.answers}"
        for event in outcome.events:
            if isinstance(event, Posted) and not event.account.startswith("world:"):
                owners = self.house if event.account == "house:fees" else self.people
                owners[event.asset] += event.available_change + event.held_change
            elif isinstance(event, Traded):
                self.met["trade of an auction" if event.taker_side is None else "trade"] += 1
            elif isinstance(event, Filled):
                self.met["rebate"] += event.fee < 0
                self.met["fee"] += event.fee > 0
                self.met["fee that takes all"] += event.fee in (event.lots, event.value)
        if not isinstance(command, Deposit):
            for code in ("AAA", "BBB", "QQQ"):
                assert self.people[code] <= people[code], f"people are richer in {code} after {outcome.events}"
                assert self.house[code] >= house[code] >= 0, f"the house has paid {code}: {outcome.events}"
        return outcome.events

    def order(self, account: AccountId, market: str, side: Side, ticks: int, lots: int, rests: bool) -> PlaceOrder:
        """Return an order for dust: a limit order that rests, or one of any kind that takes."""
        random = self.random
        at_market = not rests and random.random() < 0.5
        spend = at_market and side is Side.BUY and random.random() < 0.5
        value = ticks * lots * (7 if market == "BBB-QQQ" else 1)
        return PlaceOrder(
            account=account,
            market=market,
            side=side,
            type=OrderType.MARKET if at_market else OrderType.LIMIT,
            time_in_force=TimeInForce.GTC if rests else TimeInForce.IOC,
            post_only=False,
            self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
            price_ticks=None if at_market else ticks,
            quantity_lots=None if spend else lots,
            quote_amount=value + random.randrange(ticks) if spend else None,
            client_order_id=None,
            visible_lots=1 if rests and random.random() < 0.3 else None,
        )

    def trade(self, market: str, maker: AccountId, taker: AccountId, side: Side, ticks: int, lots: int) -> None:
        """Let the taker trade with the maker at a price: in the book, or in an auction."""
        other = Side.SELL if side is Side.BUY else Side.BUY
        auction = self.random.random() < 0.15
        if auction:
            self.do(SetMarketStatus(market, MarketStatus.AUCTION, "an auction"))
        self.do(self.order(maker, market, other, ticks, lots, rests=True))
        self.do(self.order(taker, market, side, ticks, lots, rests=auction))
        if auction:
            self.do(SetMarketStatus(market, MarketStatus.OPEN, "it ends"))
        assert not self.engine.state().orders, "all of the dust has traded"

    def assign_tiers(self) -> None:
        """Assign everybody the tier that they have traded enough for."""
        self.rates = RATES_BESIDE_TIERS
        for symbol in MARKETS:
            self.do(UpdateMarket(symbol, {"maker_rate": 0, "taker_rate": 1}))
        self.do(SetFeeTiers("QQQ", TIERS))

    def go_there_and_back(self) -> None:
        """Let two people trade dust, and trade it back at the same price, as makers or as takers."""
        random, market = self.random, self.random.choice(list(MARKETS))
        first, second = random.sample(PEOPLE, 2)
        ticks, lots = random.choice((1, 2, 3, 10, 99)), random.randrange(1, 4)
        if random.random() < 0.5:
            maker_rate, taker_rate = random.choice(self.rates)
            self.do(UpdateMarket(market, {"maker_rate": maker_rate, "taker_rate": taker_rate}))
        before = dict(self.people)
        self.trade(market, first, second, Side.BUY, ticks, lots)
        maker, taker = (first, second) if random.random() < 0.5 else (second, first)
        self.trade(market, maker, taker, Side.SELL if taker == second else Side.BUY, ticks, lots)
        for code, amount in before.items():
            assert self.people[code] <= amount, f"a round trip in {market} has made people richer in {code}"


@pytest.mark.timeout(0)
def test_ten_thousand_round_trips_of_dust_leave_users_together_no_unit_better_off() -> None:
    exchange = DustExchange(Random(SEED))
    for trip in range(ROUND_TRIPS):
        if trip >= ROUND_TRIPS // 2 and trip % 500 == 0:
            exchange.assign_tiers()
        exchange.go_there_and_back()
    seldom = {
        name: exchange.met[name] for name in ("trade", "trade of an auction", "fee", "rebate", "fee that takes all")
    }
    assert min(seldom.values()) >= 1_000, f"each kind of trade has happened often: {seldom}"
