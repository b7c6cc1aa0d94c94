"""Window deltas against the naive difference of whole windows, under random changes of the book."""

import zlib
from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.engine.events import LevelChanged
from backend.engine.values import Asset, Market, MarketStatus, Side, TimeUs
from backend.marketdata import WINDOW_DEPTHS, BookMessage, Level
from backend.marketdata.books import Book, level_printer
from backend.marketdata.side import BookSide

MARKET = Market("A-B", "A", "B", 10, 2, 100, 1, 0, None, 1000, 0, 0, MarketStatus.OPEN, None)
ASSET = Asset("A", "A", 8)


class Naive:
    """Two dicts of levels by price, sorted anew for each window."""

    def __init__(self) -> None:
        self.levels: dict[Side, dict[int, Level]] = {Side.BUY: {}, Side.SELL: {}}

    def change(self, changes: list[LevelChanged]) -> None:
        for change in changes:
            side = self.levels[change.side]
            side.pop(change.price_ticks, None)
            if change.orders:
                side[change.price_ticks] = Level(change.price_ticks, change.lots, change.orders)

    def window(self, side: Side, depth: int) -> list[Level]:
        prices = sorted(self.levels[side], reverse=side is Side.BUY)
        return [self.levels[side][price] for price in prices[:depth]]

    def checksum(self) -> int:
        text = "".join(
            letter + "".join(f"{_printed(price, 10, 2)}:{_printed(lots, 100, 8)};" for price, lots, _ in window)
            for letter, window in (("b", self.window(Side.BUY, 10)), ("a", self.window(Side.SELL, 10)))
        )
        return zlib.crc32(text.encode())


def _printed(steps: int, points: int, decimals: int) -> str:
    """Print as many decimals as one step needs: 0.10 has one, 0.00000100 has six."""
    places = {(10, 2): 1, (100, 8): 6}[points, decimals]
    return f"{steps // 10**places}.{steps % 10**places:0{places}}"


def difference(before: list[Level], after: list[Level], side: Side) -> list[Level]:
    """The contract's words, taken literally."""
    was, now = ({level.price_ticks: level for level in window} for window in (before, after))
    changed = [level for price, level in now.items() if was.get(price) != level]
    left = [Level(price, 0, 0) for price in was if price not in now]
    return sorted(changed + left, reverse=side is Side.BUY)


class Change(NamedTuple):
    side: Side
    price: int
    lots: int
    orders: int


def changes(prices: int) -> st.SearchStrategy[list[list[Change]]]:
    """Commands with level changes; small numbers, so that levels come back, vanish, and change in one part only."""
    one = st.tuples(st.sampled_from(Side), st.integers(1, prices), st.integers(0, 3), st.integers(1, 2)).map(
        lambda t: Change(t[0], t[1], t[2], t[3] if t[2] else 0)
    )
    return st.lists(st.lists(one, min_size=1, max_size=6, unique_by=lambda c: (c.side, c.price)), max_size=60)


def check(commands: list[list[Change]], depths: tuple[int, ...], every: int = 1) -> None:
    """Feed a book and a naive one; compare each delta, and the whole windows after each `every` commands."""
    book = Book("A-B", level_printer(MARKET, ASSET), 0, TimeUs(0), depths)
    naive = Naive()
    last = dict.fromkeys(depths, (0, 0))
    for sequence, command in enumerate(commands, 1):
        before = {side: naive.window(side, max(depths)) for side in Side}
        events = [LevelChanged("A-B", *change) for change in command]
        naive.change(events)
        after = {side: naive.window(side, max(depths)) for side in Side}
        messages = {message.depth: message for message in book.change(sequence, TimeUs(sequence * 10), events, depths)}
        for depth in depths:
            bids, asks = (difference(before[side][:depth], after[side][:depth], side) for side in Side)
            if bids or asks:
                assert messages.pop(depth) == BookMessage(
                    market="A-B",
                    depth=depth,
                    is_snapshot=False,
                    sequence=sequence,
                    previous_sequence=last[depth][0],
                    bids=tuple(bids),
                    asks=tuple(asks),
                    checksum=naive.checksum(),
                    time=TimeUs(sequence * 10),
                )
                last[depth] = (sequence, sequence * 10)
            if sequence % every == 0:
                snapshot = book.snapshot(depth)
                assert list(snapshot.bids) == after[Side.BUY][:depth]
                assert list(snapshot.asks) == after[Side.SELL][:depth]
                assert (snapshot.sequence, snapshot.time) == last[depth]
                assert snapshot.previous_sequence == snapshot.sequence
                assert snapshot.checksum == naive.checksum()
        assert not messages, "a window that did not change sends nothing"


@settings(max_examples=400, deadline=None)
@given(changes(prices=16))
def test_each_delta_is_the_difference_of_the_windows_before_and_after_the_command(
    commands: list[list[Change]],
) -> None:
    check(commands, depths=(1, 2, 4, 10))


def test_the_windows_of_the_contract_keep_their_edges_in_a_book_of_thousands_of_levels() -> None:
    random = Random(20)
    fill = [[Change(side, random.randint(1, 3000), 5, 1) for side in Side] for _ in range(1500)]
    churn = [
        [
            Change(side, random.randint(1, 3000), lots, 1 if lots else 0)
            for side in random.sample(list(Side), random.randint(1, 2))
            for lots in (random.choice([0, 0, 3, 4]),)
        ]
        for _ in range(1000)
    ]
    sweep = [[Change(Side.SELL, price, 0, 0) for price in range(start, start + 300)] for start in range(1, 3000, 300)]
    check([*fill, *churn, *sweep], WINDOW_DEPTHS, every=50)


def test_a_window_remembers_its_last_change_also_while_nobody_listens() -> None:
    book = Book("A-B", level_printer(MARKET, ASSET), 7, TimeUs(70))
    assert book.change(8, TimeUs(80), [LevelChanged("A-B", Side.BUY, 5, 1, 1)], ()) == []
    (delta,) = book.change(9, TimeUs(90), [LevelChanged("A-B", Side.BUY, 6, 1, 1)], (50,))
    assert (delta.previous_sequence, delta.sequence, delta.depth) == (8, 9, 50)


def test_a_better_level_pushes_exactly_one_out_of_each_full_window() -> None:
    side = BookSide(Side.SELL)
    side.change({price: Level(price, 1, 1) for price in range(2, 3002)})
    change = side.change({1: Level(1, 1, 1)})
    assert change is not None
    for window, depth in enumerate(WINDOW_DEPTHS):
        assert side.difference(change, window) == (Level(1, 1, 1), Level(depth + 1, 0, 0))
