"""What the demonstration trader decides: ladders that do not cross, sizes that are accepted, orders that stay few."""

import random
from decimal import Decimal

import pytest

from backend.demo.exchange import ASSETS, MARKETS
from backend.demo.paths import DISTANCE_MAX, PARTS, START_PRICES, PricePaths
from backend.demo.quotes import DEEP, NEAR, Book, Decider, Habit, Quote, Rules
from backend.demo.takers import Takers

RULES = [
    Rules(
        market.symbol,
        market.base,
        market.quote,
        Decimal(market.tick_size),
        Decimal(market.lot_size),
        Decimal(market.minimum_notional),
    )
    for market in MARKETS
]


def usdt(asset: str) -> Decimal:
    return START_PRICES.get(asset, Decimal(1))


def fair_of(rules: Rules) -> Decimal:
    return usdt(rules.base) / usdt(rules.quote)


def filled(rules: Rules, fair: Decimal) -> Book:
    """Return a book that has the whole ladder of the maker and nothing else."""
    book = Book()
    orders = Decider(rules, random.Random(1)).missing(book, fair, usdt(rules.quote))
    for number, order in enumerate(orders):
        book.quotes[str(number)] = Quote(str(number), order.is_buy, order.ticks)
    book.bids = sorted(((o.ticks, o.lots) for o in orders if o.is_buy), reverse=True)
    book.asks = sorted((o.ticks, o.lots) for o in orders if not o.is_buy)
    return book


def test_the_demonstration_markets_trade_whole_units_exactly() -> None:
    decimals = {asset.code: asset.decimals for asset in ASSETS}
    for rules in RULES:
        value = rules.tick_size * rules.lot_size * 10 ** decimals[rules.quote]
        assert value == int(value) >= 1
        assert rules.minimum_notional * usdt(rules.quote) <= 5


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.symbol)
def test_an_empty_market_gets_a_whole_ladder_on_both_sides_around_the_fair_price(rules: Rules) -> None:
    book = filled(rules, fair_of(rules))
    fair_ticks = fair_of(rules) / rules.tick_size
    assert (len(book.bids), len(book.asks)) == (NEAR.levels, NEAR.levels)
    assert book.bids[0][0] < fair_ticks < book.asks[0][0]
    assert len({ticks for ticks, _ in book.bids + book.asks}) == 2 * NEAR.levels
    for ticks, lots in book.bids + book.asks:
        assert ticks * rules.tick_size * lots * rules.lot_size >= rules.minimum_notional


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.symbol)
def test_a_full_ladder_needs_nothing(rules: Rules) -> None:
    book, decider = filled(rules, fair_of(rules)), Decider(rules, random.Random(2))
    assert decider.missing(book, fair_of(rules), usdt(rules.quote)) == []
    assert decider.stray(book, fair_of(rules)) is None
    assert Takers(rules, random.Random(2)).arbitrage(book, fair_of(rules), usdt(rules.quote)) is None


@pytest.mark.parametrize("percent", [99, 101])
def test_when_the_price_moves_what_is_on_its_wrong_side_is_taken_and_the_rest_strays(percent: int) -> None:
    rules = RULES[0]
    book, decider = filled(rules, fair_of(rules)), Decider(rules, random.Random(3))
    moved = fair_of(rules) * percent / 100
    sweep = Takers(rules, random.Random(3)).arbitrage(book, moved, Decimal(1))
    assert sweep is not None
    assert sweep.is_buy is (percent > 100)
    levels = book.asks if sweep.is_buy else book.bids
    assert sweep.ticks == levels[-1][0]
    assert sweep.lots == sum(lots for _, lots in levels)
    assert decider.stray(book, moved) is not None


def test_nothing_is_quoted_through_the_orders_of_others() -> None:
    rules = RULES[0]
    fair = fair_of(rules)
    wall = int(fair / rules.tick_size) + 40
    book = Book(bids=[(wall, 1_000_000)])
    orders = Decider(rules, random.Random(4)).missing(book, fair, Decimal(1))
    assert all(order.ticks > wall for order in orders if not order.is_buy)


def test_a_scrap_on_the_wrong_side_is_taken_with_an_order_that_is_large_enough() -> None:
    rules = RULES[0]
    cheap = int(fair_of(rules) / rules.tick_size) - 10
    sweep = Takers(rules, random.Random(5)).arbitrage(Book(asks=[(cheap, 1)]), fair_of(rules), Decimal(1))
    assert sweep is not None
    assert sweep.ticks * rules.tick_size * sweep.lots * rules.lot_size >= rules.minimum_notional


@pytest.mark.parametrize("habit", [NEAR, DEEP], ids=["near", "deep"])
@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.symbol)
def test_along_a_path_the_maker_never_has_too_many_orders(rules: Rules, habit: Habit) -> None:
    paths, chance = PricePaths(7), random.Random(7)
    decider, book, ids = Decider(rules, chance, habit), Book(), 0
    for _ in range(500):
        paths.step()
        fair = paths.price(rules.base, rules.quote)
        for order in decider.missing(book, fair, usdt(rules.quote)):
            ids += 1
            book.quotes[str(ids)] = Quote(str(ids), order.is_buy, order.ticks)
        stray = decider.stray(book, fair)
        if stray is not None:
            del book.quotes[stray.id]
        for is_buy in (True, False):
            assert sum(quote.is_buy is is_buy for quote in book.quotes.values()) <= habit.orders_max


def test_the_same_seed_gives_the_same_path_and_another_seed_another() -> None:
    def path(seed: int) -> list[Decimal]:
        paths, prices = PricePaths(seed), []
        for _ in range(100):
            paths.step()
            prices.append(paths.price("BTC", "USDT"))
        return prices

    assert path(1) == path(1) != path(2)


def test_prices_move_and_stay_near_their_start_for_a_week() -> None:
    paths = PricePaths(11)
    seen = set()
    for _ in range(7 * 24 * 3600 // 4):
        paths.step()
        seen.add(paths.price("ETH", "USDT"))
    assert len(seen) > 100_000
    assert START_PRICES["ETH"] * Decimal("0.8") < min(seen) < max(seen) < START_PRICES["ETH"] * Decimal("1.2")


def test_a_path_goes_on_from_the_last_price_and_keeps_the_cross_price_consistent() -> None:
    paths = PricePaths(1, {"BTC": Decimal("100000"), "ETH": Decimal("3500")})
    assert paths.price("BTC", "USDT") == Decimal("100000").quantize(Decimal("0.0001")) or abs(
        paths.price("BTC", "USDT") - 100_000
    ) < Decimal("0.001")
    assert paths.price("ETH", "BTC") == paths.price("ETH", "USDT") / paths.price("BTC", "USDT")
    assert paths.price("SOL", "USDT") == START_PRICES["SOL"]
    assert PricePaths(1, {"BTC": Decimal(10**9)}).price("BTC", "USDT") == START_PRICES["BTC"] * (
        PARTS + DISTANCE_MAX
    ) / Decimal(PARTS)
