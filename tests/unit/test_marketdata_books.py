"""Order books as market data shows them: snapshots, deltas, sequences and checksums."""

import zlib

import pytest

from backend.engine.commands import AdvanceTime, CreateMarket
from backend.engine.events import LevelChanged
from backend.engine.values import Asset, Market, MarketStatus, Side, TimeInForce, TimeUs
from backend.marketdata import WINDOW_DEPTHS, Level, MarketData, UnknownMarket
from backend.marketdata.books import Book, level_printer
from tests.support.market_world import BTC, ETH, MAKER, TAKER, Heard, MarketWorld, together
from tests.support.trading import order


@pytest.fixture
def world() -> MarketWorld:
    return MarketWorld()


def test_an_empty_book_has_the_checksum_of_the_contract(world: MarketWorld) -> None:
    book = world.data.book(BTC, 10)
    assert (book.bids, book.asks, book.checksum) == ((), (), 749160980)


def cents_book() -> Book:
    """A book with ticks of 0.01 and lots of 0.00001."""
    market = Market("BTC-USDT", "BTC", "USDT", 1, 2, 1000, 10, 0, None, 10, 0, 0, MarketStatus.OPEN, None)
    return Book("BTC-USDT", level_printer(market, Asset("BTC", "Bitcoin", 8)), 0, TimeUs(0))


def test_the_checksum_is_that_of_the_contracts_example() -> None:
    book = cents_book()
    levels = ((Side.BUY, 5_000_000, 50_000), (Side.BUY, 4_999_950, 120_000), (Side.SELL, 5_000_050, 90_000))
    book.change(1, TimeUs(1), [LevelChanged("BTC-USDT", *level, 1) for level in levels], ())
    assert book.checksum == 3748556057


def test_a_book_says_best_first_whole_levels_with_their_number_of_orders(world: MarketWorld) -> None:
    for side, price, lots in ((Side.BUY, 99, 3), (Side.BUY, 100, 1), (Side.BUY, 100, 2), (Side.SELL, 101, 7)):
        world.rest(side, price, lots)
    book = world.data.book(BTC, 10)
    assert book.bids == (Level(100, 3, 2), Level(99, 3, 1))
    assert book.asks == (Level(101, 7, 1),)
    assert book.checksum == zlib.crc32(b"b10.0:0.00003;9.9:0.00003;a10.1:0.00007;")


def test_a_delta_tells_what_changed_and_which_message_came_before(world: MarketWorld) -> None:
    heard = Heard()
    world.data.listen_book(BTC, 10, heard.append)
    joined = world.data.book(BTC, 10)
    world.rest(Side.BUY, 100, 5)
    world.rest(Side.SELL, 90, 2, market=ETH)
    world.wait(1_000)
    world.send(order(TAKER, BTC, Side.SELL, 100, 2))
    first, second = heard
    assert not first.is_snapshot
    assert first.previous_sequence == joined.sequence
    assert first.bids == (Level(100, 5, 1),)
    assert first.asks == ()
    assert second.previous_sequence == first.sequence
    assert second.sequence == world.exchange.sequence
    assert second.time == world.time
    assert second.bids == (Level(100, 3, 1),)
    assert world.data.book(BTC, 10).sequence == second.sequence


def test_several_orders_in_one_command_make_one_message(world: MarketWorld) -> None:
    heard = Heard()
    world.data.listen_book(BTC, 50, heard.append)
    world.send(together(*(order(MAKER, BTC, Side.SELL, 200 + n, 1) for n in range(3))))
    (message,) = heard
    assert [level.price_ticks for level in message.asks] == [200, 201, 202]


def test_a_command_that_leaves_the_window_as_it_was_says_nothing(world: MarketWorld) -> None:
    world.rest(Side.SELL, 100, 1)
    for price in range(10):
        world.rest(Side.BUY, 90 - price, 1)
    heard = Heard()
    world.data.listen_book(BTC, 10, heard.append)
    before = world.data.book(BTC, 10)
    world.rest(Side.BUY, 50, 1)
    world.send(AdvanceTime())
    assert heard == []
    assert world.data.book(BTC, 10) == before
    assert world.data.book(BTC, 50).sequence > before.sequence


def test_a_level_that_changes_in_its_number_of_orders_alone_is_told() -> None:
    book = cents_book()
    book.change(1, TimeUs(1), [LevelChanged("BTC-USDT", Side.BUY, 100, 5, 1)], ())
    (message,) = book.change(2, TimeUs(2), [LevelChanged("BTC-USDT", Side.BUY, 100, 5, 2)], (10,))
    assert message.bids == (Level(100, 5, 2),)


def test_a_level_that_a_command_touched_and_left_as_it_was_is_not_told(world: MarketWorld) -> None:
    world.rest(Side.BUY, 100, 5)
    heard = Heard()
    world.data.listen_book(BTC, 10, heard.append)
    world.send(
        together(order(MAKER, BTC, Side.BUY, 100, 5), order(TAKER, BTC, Side.SELL, 100, 5, TimeInForce.IOC)),
    )
    assert heard == []


def test_who_has_stopped_listening_hears_nothing_and_may_stop_twice(world: MarketWorld) -> None:
    heard, other = Heard(), Heard()
    stop = world.data.listen_book(BTC, 10, heard.append)
    world.data.listen_book(BTC, 10, other.append)
    stop()
    stop()
    world.rest(Side.BUY, 100, 2)
    assert heard == []
    assert len(other) == 1


def test_a_listener_that_fails_harms_nobody_else(world: MarketWorld, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("broken reader")

    heard = Heard()
    world.data.listen_book(BTC, 10, fail)
    world.data.listen_book(BTC, 10, heard.append)
    world.rest(Side.BUY, 100, 2)
    assert len(heard) == 1
    assert "broken reader" in caplog.text


def test_market_data_that_starts_from_a_state_has_the_same_books(world: MarketWorld) -> None:
    for n in range(30):
        world.rest(Side.BUY, 100 - n, n + 1)
        world.rest(Side.SELL, 101 + n % 7, 2)
    world.send(order(TAKER, BTC, Side.SELL, 99, 2))
    restarted = MarketData(world.exchange.state())
    for depth in WINDOW_DEPTHS:
        was, now = world.data.book(BTC, depth), restarted.book(BTC, depth)
        assert (was.bids, was.asks, was.checksum) == (now.bids, now.asks, now.checksum)
        assert now.sequence == world.exchange.sequence
    assert restarted.ticker(BTC).bid == 99


def test_a_market_that_is_created_later_has_a_book_at_once(world: MarketWorld) -> None:
    with pytest.raises(UnknownMarket):
        world.data.book("ETH-BTC", 10)
    with pytest.raises(UnknownMarket):
        world.data.listen_book("ETH-BTC", 10, Heard().append)
    world.send(CreateMarket("ETH", "BTC", 1, 5, 10**15, 0, None, 10, 0, 0))
    assert world.data.book("ETH-BTC", 10).sequence == world.exchange.sequence
    assert [ticker.market for ticker in world.data.tickers()] == [BTC, ETH, "ETH-BTC"]


def test_a_depth_that_nobody_can_follow_is_refused(world: MarketWorld) -> None:
    with pytest.raises(ValueError, match="10, 50, 200, 1000"):
        world.data.book(BTC, 11)
    with pytest.raises(ValueError, match="10, 50, 200, 1000"):
        world.data.listen_book(BTC, 0, Heard().append)
