"""The day before the first start, as data: repeatable, within its limits, and like a day of a real market."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pytest

from backend.demo import history
from backend.demo.exchange import MARKETS
from backend.demo.history import HISTORY_SECONDS, MOMENTS_MAX, Moment, moments
from backend.demonstration import past_commands
from backend.engine.events import Traded
from backend.engine.exchange import Exchange
from backend.engine.outcome import Refusal
from backend.engine.values import TimeUs

SYMBOLS = [market.symbol for market in MARKETS]
MINUTES = HISTORY_SECONDS // 60
MINUTE_US = 60_000_000
COMMANDS_MAX = 20_000


class Day:
    """What the engine makes of a day's commands."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.commands = 0
        self.times: list[int] = []
        self.prices: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.lots: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for time_us, command in past_commands():
            outcome = self.exchange.apply(command, TimeUs(time_us))
            assert outcome.sequence
            assert not any(isinstance(answer, Refusal) for answer in outcome.answers), outcome
            self.commands += 1
            self.times.append(time_us)
            for event in outcome.events:
                if isinstance(event, Traded):
                    self.prices[event.market].append((time_us // MINUTE_US, event.price_ticks))
                    self.lots[event.market][time_us // MINUTE_US] += event.lots

    def closes(self, symbol: str) -> list[int]:
        """Return the last price of each minute; a minute without a trade has the one before."""
        last_of = dict(self.prices[symbol])
        last, closes = self.prices[symbol][0][1], []
        for minute in range(MINUTES):
            last = last_of.get(minute, last)
            closes.append(last)
        return closes

    def returns(self, symbol: str, minutes: int = 1) -> list[float]:
        """Return how the price changed, as shares."""
        return [after / before - 1 for before, after in pairwise(self.closes(symbol)[::minutes])]


def correlation(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.correlation(ours, theirs)


@pytest.fixture(scope="module")
def day() -> Day:
    return Day()


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    def first(seed: int) -> list[Moment]:
        return [moment for moment, _ in zip(moments(seed), range(300), strict=False)]

    assert first(3) == first(3) != first(4)


@pytest.mark.parametrize("seed", [history.SEED, 1, 2])
def test_a_day_has_a_bounded_number_of_moments_in_the_order_of_time(seed: int) -> None:
    times = [moment.time_us for moment in moments(seed)]
    assert MOMENTS_MAX // 2 < len(times) <= MOMENTS_MAX + MOMENTS_MAX // 24 + len(MARKETS) + 1
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] == HISTORY_SECONDS * 1_000_000


def test_the_engine_accepts_the_whole_day_and_it_is_short_enough(day: Day) -> None:
    assert day.commands <= COMMANDS_MAX
    assert day.times == sorted(day.times)
    assert day.times[0] == 0
    assert day.times[-1] <= HISTORY_SECONDS * 1_000_000


def test_most_minutes_have_a_candle(day: Day) -> None:
    minutes = {symbol: len({minute for minute, _ in day.prices[symbol]}) for symbol in SYMBOLS}
    assert minutes["BTC-USDT"] >= MINUTES * 0.8
    assert min(minutes.values()) >= MINUTES * 0.5


def test_candles_have_bodies_and_wicks(day: Day) -> None:
    by_minute: dict[int, list[int]] = defaultdict(list)
    for minute, price in day.prices["BTC-USDT"]:
        by_minute[minute].append(price)
    bodies = sum(prices[0] != prices[-1] for prices in by_minute.values())
    wicks = sum(max(prices) > max(prices[0], prices[-1]) for prices in by_minute.values())
    assert bodies > len(by_minute) * 0.6
    assert wicks > len(by_minute) * 0.2


def test_large_moves_follow_large_moves(day: Day) -> None:
    for symbol in ("BTC-USDT", "ETH-USDT", "SOL-USDT"):
        sizes = [abs(change) for change in day.returns(symbol)]
        assert statistics.mean(correlation(sizes[:-lag], sizes[lag:]) for lag in range(1, 11)) > 0.06, symbol


def test_more_is_traded_when_prices_move(day: Day) -> None:
    sizes = [abs(change) for change in day.returns("BTC-USDT", 30)]
    lots = [sum(day.lots["BTC-USDT"][minute] for minute in range(start, start + 30)) for start in range(0, MINUTES, 30)]
    assert correlation(sizes, lots[1:]) > 0.1


def test_related_assets_move_together_and_their_cross_price_is_that_of_arbitrage(day: Day) -> None:
    assert correlation(day.returns("BTC-USDT", 10), day.returns("ETH-USDT", 10)) > 0.6
    assert correlation(day.returns("BTC-USDT", 10), day.returns("SOL-USDT", 10)) > 0.5
    in_usdt = zip(day.closes("ETH-USDT"), day.closes("BTC-USDT"), day.closes("ETH-BTC"), strict=True)
    for ether, bitcoin, cross in list(in_usdt)[5:]:
        implied = (ether / 100) / (bitcoin / 10)
        assert abs(cross / 100_000 / implied - 1) < 0.004


def test_the_day_ends_with_books_that_are_deep_and_tight_and_with_nothing_else(day: Day) -> None:
    orders = day.exchange.state().orders
    for symbol in SYMBOLS:
        bids = {order.price_ticks or 0 for order in orders if order.market == symbol and order.side.value == "BUY"}
        asks = {order.price_ticks or 0 for order in orders if order.market == symbol and order.side.value == "SELL"}
        assert min(len(bids), len(asks)) >= 20
        assert 0 < min(asks) - max(bids) <= max(2, min(asks) // 20_000)
    assert len(orders) == 2 * history.BOOK_LEVELS * len(MARKETS)


def test_after_any_moment_nothing_is_left_in_the_books() -> None:
    exchange = Exchange()
    for number, (time_us, command) in enumerate(past_commands()):
        exchange.apply(command, TimeUs(time_us))
        if number == 1_000:
            break
    assert exchange.state().orders == []
