"""What the demonstration takers decide: who comes how often, how much they take, and how deep they reach."""

import random
from collections import Counter
from decimal import Decimal

from backend.demo.chance import bell, happens, lognormal
from backend.demo.quotes import Book, NewOrder, Rules
from backend.demo.takers import Taker, Takers

RULES = Rules("BTC-USDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.00001"), Decimal(1))
FAIR = Decimal(96_000)
TICKS = 960_000
LOTS = 10_000
"""A tenth of a bitcoin on each level: 9,600 USDT."""
TURNS = 20_000


def deep_book() -> Book:
    bids = [(TICKS - 10 * number, LOTS) for number in range(1, 11)]
    asks = [(TICKS + 10 * number, LOTS) for number in range(1, 11)]
    return Book(bids=bids, asks=asks)


def arrivals(fair: Decimal = FAIR, mood: int = 1_000, book: Book | None = None) -> list[tuple[Taker, NewOrder]]:
    """Return who comes in many turns after the price was 96,000."""
    takers, book = Takers(RULES, random.Random(1)), book or deep_book()
    takers.arrival(book, FAIR, Decimal(1), mood)
    return [one for _ in range(TURNS) if (one := takers.arrival(book, fair, Decimal(1), mood)) is not None]


def test_small_takers_come_often_and_a_whale_now_and_then() -> None:
    came = Counter(taker for taker, _ in arrivals())
    assert TURNS // 6 < came[Taker.SMALL] < TURNS // 4
    assert 10 < came[Taker.WHALE] < TURNS // 200
    assert came[Taker.TREND_FOLLOWER] == 0


def test_more_takers_come_when_the_market_is_wild() -> None:
    assert len(arrivals(mood=2_000)) > 1.5 * len(arrivals(mood=1_000))


def test_the_trend_follower_buys_while_the_price_is_above_its_average_and_sells_below() -> None:
    for fair, is_buy in ((FAIR * Decimal("1.01"), True), (FAIR * Decimal("0.99"), False)):
        orders = [order for taker, order in arrivals(fair) if taker is Taker.TREND_FOLLOWER]
        assert len(orders) > 10
        assert {order.is_buy for order in orders} == {is_buy}


def test_a_whale_reaches_through_many_levels_and_a_small_taker_stays_at_the_best() -> None:
    reached: dict[Taker, list[int]] = {Taker.WHALE: [], Taker.SMALL: []}
    for taker, order in arrivals():
        reached[taker].append(abs(order.ticks - TICKS) // 10)
    assert sorted(reached[Taker.WHALE])[len(reached[Taker.WHALE]) // 2] >= 5
    assert sorted(reached[Taker.SMALL])[len(reached[Taker.SMALL]) // 2] == 1


def test_sizes_are_many_small_ones_and_a_few_large_ones_and_never_too_small() -> None:
    lots = sorted(order.lots for taker, order in arrivals() if taker is Taker.SMALL)
    middle, mean = lots[len(lots) // 2], sum(lots) / len(lots)
    assert mean > 1.5 * middle
    assert lots[0] * RULES.lot_size * FAIR >= RULES.minimum_notional


def test_nobody_takes_from_an_empty_side() -> None:
    asks = deep_book().asks
    assert all(order.is_buy for _, order in arrivals(book=Book(asks=asks)))
    assert arrivals(book=Book()) == []


def test_chance_repeats_itself_and_has_the_shape_it_should() -> None:
    chance = random.Random(5)
    bells = [bell(chance) for _ in range(20_000)]
    again = random.Random(5)
    assert bells[:50] == [bell(again) for _ in range(50)]
    assert abs(sum(bells) / len(bells)) < 30
    assert 960 < (sum(number**2 for number in bells) / len(bells)) ** 0.5 < 1_040
    assert 2_700 < sum(happens(chance, 150) for _ in range(20_000)) < 3_300
    sizes = sorted(lognormal(chance, Decimal(100), Decimal(1)) for _ in range(5_001))
    assert 93 < sizes[2_500] < 107
