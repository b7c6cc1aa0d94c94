"""The day before the first start, as data: who had what, and which orders they placed when.

Each moment is one batch of orders: makers quote around the fair price, and one taker takes exactly what they quoted. So
a moment leaves nothing behind, and the day may end after any of them. The last moments are the books that the
exchange opens with. The accounts are those of the traders of that day; no user can sign in to them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from backend.demo.chance import THOUSAND, bell, happens, lognormal
from backend.demo.exchange import ASSETS, MARKETS, DemoMarket
from backend.demo.paths import QUOTE, START_PRICES, PricePaths

SEED = 20_240_227
HISTORY_SECONDS = 24 * 3600
MOMENTS_MAX = 15_000
"""No more moments than this and their share of an hour, whatever chance says."""
STEP_SECONDS = 5
MILLION = 1_000_000

MAKERS = ("history-maker-1", "history-maker-2", "history-maker-3")
TAKERS = ("history-taker-1", "history-taker-2")
TREND_FOLLOWER = "history-trend-follower"
WHALE = "history-whale"
ACCOUNTS = (*MAKERS, *TAKERS, TREND_FOLLOWER, WHALE)
FUNDS_USDT = 100_000_000
"""What each account has of each asset at first, in USDT; far more than it can spend in a day."""

MOMENTS_PER_HOUR = {"BTC-USDT": 230, "ETH-USDT": 150, "SOL-USDT": 115, "ETH-BTC": 60}
"""In normal times; more when prices move."""
MEDIAN_USDT = {"BTC-USDT": 8_000, "ETH-USDT": 6_500, "SOL-USDT": 5_000, "ETH-BTC": 3_000}
SIZE_SPREAD = Decimal("1.1")
WHALE_THOUSANDTHS = 4
WHALE_TIMES = 12
TREND_THOUSANDTHS = 120
"""So many moments are a whale's (so many times larger), and the trend follower's."""
HALF_SPREAD_MILLIONTHS = 12
LEVEL_MILLIONTHS = 30
"""Quotes are the half spread away from the fair price, each further one about this behind it."""
NOISE_MILLIONTHS = 60
"""The quotes of a moment are around a price that is so far from the fair one, about: what makes wicks."""
BOOK_LEVELS = 40


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order of limit type, in ticks and lots; one that does not rest takes at once what it can."""

    account: str
    is_buy: bool
    ticks: int
    lots: int
    rests: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """Orders that came one after the other at the same time, in microseconds since the day began."""

    time_us: int
    market: str
    orders: tuple[PastOrder, ...]


@dataclass(frozen=True, slots=True)
class PastDeposit:
    """What came in before the first order; a decimal text."""

    account: str
    asset: str
    amount: str


def deposits() -> Iterator[PastDeposit]:
    """Return what the traders of the day began with."""
    for account in ACCOUNTS:
        for asset in ASSETS:
            amount = int(FUNDS_USDT / START_PRICES.get(asset.code, Decimal(1)))
            yield PastDeposit(account, asset.code, str(amount))


def moments(seed: int = SEED) -> Iterator[Moment]:
    """Return the day, in the order of time; the same seed gives the same day."""
    chance, paths = random.Random(seed), PricePaths(seed)  # noqa: S311 - no secret
    before = {market.symbol: paths.price(market.base, market.quote) for market in MARKETS}
    made = 0
    for second in range(0, HISTORY_SECONDS, STEP_SECONDS):
        paths.step(STEP_SECONDS)
        for market in MARKETS:
            per_hour = MOMENTS_PER_HOUR[market.symbol] * min(3 * THOUSAND, max(THOUSAND // 2, paths.mood))
            too_many = made * HISTORY_SECONDS > MOMENTS_MAX * (second + 3600)
            if too_many or not happens(chance, per_hour * STEP_SECONDS // 3600):
                continue
            fair = paths.price(market.base, market.quote)
            seen = fair + fair * bell(chance) * paths.mood * NOISE_MILLIONTHS / (THOUSAND * THOUSAND * MILLION)
            orders = _trade(chance, market, seen, before[market.symbol], paths.price(market.quote, QUOTE))
            # An exponential average of some minutes: what a trend follower compares with.
            before[market.symbol] += (fair - before[market.symbol]) / 20
            made += 1
            # The markets follow each other within the step, so that time only goes forward.
            share_us = STEP_SECONDS * MILLION // len(MARKETS)
            within = MARKETS.index(market) * share_us + chance.randrange(share_us)
            yield Moment(second * MILLION + within, market.symbol, orders)
    for market in MARKETS:
        fair = paths.price(market.base, market.quote)
        orders = _book(chance, market, fair, paths.price(market.quote, QUOTE))
        yield Moment(HISTORY_SECONDS * MILLION, market.symbol, orders)


def _trade(
    chance: random.Random, market: DemoMarket, fair: Decimal, before: Decimal, usdt_per_quote: Decimal
) -> tuple[PastOrder, ...]:
    """Return some quotes of one side and the order that takes them all."""
    is_buy = happens(chance, 560 if fair > before else 440)
    notional = lognormal(chance, Decimal(MEDIAN_USDT[market.symbol]), SIZE_SPREAD)
    taker, levels = chance.choice(TAKERS), 1
    if happens(chance, WHALE_THOUSANDTHS):
        taker, levels, notional = WHALE, 6, notional * WHALE_TIMES
    elif happens(chance, TREND_THOUSANDTHS):
        taker, is_buy = TREND_FOLLOWER, fair > before
    elif notional > 5 * MEDIAN_USDT[market.symbol]:
        levels = 2
    quotes: list[PastOrder] = []
    away = HALF_SPREAD_MILLIONTHS
    for number in range(levels):
        share = notional / levels * (70 + 20 * number + chance.randrange(40)) / 100
        lots = _lots(market, fair, share / usdt_per_quote)
        quotes.append(PastOrder(chance.choice(MAKERS), not is_buy, _ticks(market, fair, away, not is_buy), lots, True))
        away += LEVEL_MILLIONTHS + abs(bell(chance)) * LEVEL_MILLIONTHS // THOUSAND
    taken = sum(quote.lots for quote in quotes)
    return (*quotes, PastOrder(taker, is_buy, quotes[-1].ticks, taken, False))


def _book(chance: random.Random, market: DemoMarket, fair: Decimal, usdt_per_quote: Decimal) -> tuple[PastOrder, ...]:
    """Return the quotes of both sides that a market opens with: finer and smaller near the fair price."""
    orders: list[PastOrder] = []
    for is_buy in (True, False):
        away, last = HALF_SPREAD_MILLIONTHS, None
        for number in range(BOOK_LEVELS):
            ticks = _ticks(market, fair, away, is_buy)
            if last is not None:
                ticks = min(ticks, last - 1) if is_buy else max(ticks, last + 1)
            notional = lognormal(chance, Decimal(500 + 150 * number), Decimal("0.8"))
            lots = _lots(market, fair, notional / usdt_per_quote)
            orders.append(PastOrder(chance.choice(MAKERS), is_buy, ticks, lots, True))
            last = ticks
            away += LEVEL_MILLIONTHS + chance.randrange(4 * (number + 3))
    return tuple(orders)


def _ticks(market: DemoMarket, fair: Decimal, millionths: int, is_bid: bool) -> int:
    """Return a price so far away from the fair one, on the side of bids or of asks."""
    away = fair * millionths / MILLION
    price = (fair - away if is_bid else fair + away) / Decimal(market.tick_size)
    return int(price.to_integral_value(ROUND_FLOOR if is_bid else ROUND_CEILING))


def _lots(market: DemoMarket, fair: Decimal, notional: Decimal) -> int:
    """Return about so many lots, at least what the market's smallest order needs."""
    lot = fair * Decimal(market.lot_size)
    least = Decimal(market.minimum_notional) * 2 / lot
    return max(int(notional / lot), int(least) + 1)
