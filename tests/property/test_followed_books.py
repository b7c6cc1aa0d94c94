"""Clients that know an order book from messages alone, through thousands of random commands of a real engine."""

import zlib
from collections import deque
from random import Random
from typing import Any

import pytest

from backend.engine.commands import Command
from backend.marketdata import WINDOW_DEPTHS, BookMessage, Level, MarketData
from tests.support.book_client import BrokenBook, FollowedBook, Gap, Message, window_of
from tests.support.book_flow import BookFlow
from tests.support.market_world import BTC, MAKER, TAKER, MarketWorld

CHANGES = 5_000
QUEUE_MAX = 20
"""A slow reader's queue: past it the backlog is dropped, and a fresh snapshot comes when it reads again."""


def in_json(message: BookMessage) -> Message:
    """Return a message as a client reads it: BTC-USDT has ticks of 0.1 and lots of 0.00001."""

    def levels(side: tuple[Level, ...]) -> list[dict[str, Any]]:
        return [
            {
                "price": f"{level.price_ticks // 10}.{level.price_ticks % 10}",
                "quantity": f"{level.lots // 100_000}.{level.lots % 100_000:05}",
                "orders": level.orders,
            }
            for level in side
        ]

    return {
        "market": message.market,
        "isSnapshot": message.is_snapshot,
        "sequence": message.sequence,
        "previousSequence": message.previous_sequence,
        "bids": levels(message.bids),
        "asks": levels(message.asks),
        "checksum": message.checksum,
    }


class Reader:
    """A subscriber with a bounded queue, served as the transport serves one."""

    def __init__(self, data: MarketData, depth: int) -> None:
        self.book = FollowedBook(BTC, depth)
        self.conflations = 0
        self._data = data
        self._waiting: deque[Message] = deque()
        self._conflated = False
        self.join()

    def join(self) -> None:
        """Begin anew, as after a broken line."""
        depth = self.book.depth
        self.book = FollowedBook(BTC, depth)
        self._waiting = deque([in_json(self._data.book(BTC, depth))])
        self._conflated = False
        self._stop = self._data.listen_book(BTC, depth, self._deliver)

    def break_off(self) -> None:
        """Lose the line."""
        self._stop()

    def read(self) -> None:
        """Take in all that waits."""
        while self._waiting:
            self.book.take(self._waiting.popleft())
        if self._conflated:
            self._conflated = False
            self.book.take(in_json(self._data.book(BTC, self.book.depth)))

    def _deliver(self, message: BookMessage) -> None:
        if self._conflated:
            return
        self._waiting.append(in_json(message))
        if len(self._waiting) > QUEUE_MAX:
            self._waiting.clear()
            self._conflated = True
            self.conflations += 1


@pytest.mark.parametrize("levels", [0, 1300], ids=["thin", "deep"])
def test_followers_at_each_depth_have_the_servers_window_after_reconnects_and_conflation_too(levels: int) -> None:
    random = Random(levels + 1)
    world = MarketWorld()
    flow = BookFlow(random, MAKER, TAKER)

    def send(command: Command) -> None:
        (outcome,) = world.send(command)
        flow.learn(outcome)

    for command in flow.filled(levels):
        send(command)
    steady, broken, slow = ([Reader(world.data, depth) for depth in WINDOW_DEPTHS] for _ in range(3))
    for change in range(CHANGES):
        send(flow.next())
        for reader in steady:
            reader.read()
        for reader in broken:
            if random.random() < 0.01:
                reader.break_off()
                for _ in range(random.randrange(3)):
                    send(flow.next())
                reader.join()
            reader.read()
        for reader in slow:
            if random.random() < (0.3 if change % 500 < 250 else 0.02):
                reader.read()
    for reader in (*steady, *broken, *slow):
        reader.read()
        asked = world.data.book(BTC, reader.book.depth)
        assert reader.book.window() == window_of(in_json(asked))
        assert reader.book.sequence == asked.sequence
        assert reader.book.ignored == 0
    assert all(reader.book.snapshots == 1 for reader in steady)
    assert steady[-1].book.deltas > CHANGES * 0.8
    assert all(reader.conflations > 3 for reader in slow)


def delta(sequence: int, previous: int, **fields: object) -> Message:
    """Return a delta that puts one level of 1 lot at 10.0, with the checksum of a book that has nothing else."""
    level = {"price": "10.0", "quantity": "0.00001", "orders": 1}
    message = {"market": BTC, "isSnapshot": False, "sequence": sequence, "previousSequence": previous}
    return {**message, "bids": [level], "asks": [], "checksum": zlib.crc32(b"b10.0:0.00001;a"), **fields}


@pytest.fixture
def joined() -> FollowedBook:
    """A client that has an empty window at sequence 7."""
    book = FollowedBook(BTC, 10)
    book.take(delta(7, 7, isSnapshot=True, bids=[], checksum=749160980))
    return book


def test_a_client_ignores_what_it_has_and_sees_a_gap(joined: FollowedBook) -> None:
    assert not joined.take(delta(7, 6))
    assert not joined.take(delta(5, 4))
    assert joined.window() == ([], [])
    with pytest.raises(Gap):
        joined.take(delta(10, 9))
    assert joined.take(delta(9, 7))
    assert joined.sequence == 9


@pytest.mark.parametrize(
    "wrong",
    [
        {"checksum": 1},
        {"bids": []},
        {"bids": [{"price": "10.0", "quantity": "0.00000", "orders": 0}], "checksum": 749160980},
        {"bids": [{"price": "10.0", "quantity": "0.00001", "orders": 0}]},
        {"market": "ETH-USDT"},
        {"bids": [{"price": f"{n}.0", "quantity": "0.00001", "orders": 1} for n in range(11)]},
    ],
    ids=["checksum", "no change", "a level leaves that was not there", "no orders", "market", "too many levels"],
)
def test_a_client_does_not_accept_what_breaks_the_contract(joined: FollowedBook, wrong: dict[str, object]) -> None:
    with pytest.raises(BrokenBook):
        joined.take(delta(8, 7, **wrong))
