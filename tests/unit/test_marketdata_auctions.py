"""Icebergs, orders that wait for a price, and auctions, as market data shows them: live and after a start alike."""

import msgspec
import pytest

from backend.engine.commands import PlaceOrder, SetMarketStatus
from backend.engine.exchange import Exchange
from backend.engine.values import MarketStatus, OrderType, Side
from backend.marketdata import WINDOW_DEPTHS, Level, MarketData
from tests.support import flow
from tests.support.market_world import BTC, ETH, MAKER, TAKER, Heard, MarketWorld
from tests.support.trading import order as limit


@pytest.fixture
def world() -> MarketWorld:
    return MarketWorld()


def status(world: MarketWorld, status: MarketStatus) -> None:
    world.send(SetMarketStatus(BTC, status, "as the test wants"))


def iceberg(side: Side, price: int, lots: int, visible: int) -> PlaceOrder:
    return msgspec.structs.replace(limit(MAKER, BTC, side, price, lots), visible_lots=visible)


def stop_limit(side: Side, stop: int, price: int, lots: int) -> PlaceOrder:
    return msgspec.structs.replace(limit(MAKER, BTC, side, price, lots), type=OrderType.STOP_LIMIT, stop_ticks=stop)


def shown(data: MarketData) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    book = data.book(BTC, 50)
    return book.bids, book.asks


def indicative(data: MarketData) -> tuple[int | None, int]:
    ticker = data.ticker(BTC)
    return ticker.indicative_ticks, ticker.indicative_lots


def test_a_book_shows_of_an_iceberg_what_is_left_of_its_slice(world: MarketWorld) -> None:
    world.send(iceberg(Side.SELL, 100, 10, visible=3), limit(MAKER, BTC, Side.SELL, 100, 5))
    assert shown(world.data)[1] == (Level(100, 8, 2),)
    assert shown(MarketData(world.exchange.state()))[1] == (Level(100, 8, 2),)
    world.send(limit(TAKER, BTC, Side.BUY, 100, 2))
    assert shown(world.data)[1] == (Level(100, 6, 2),), "the slice has 1 left"
    world.send(limit(TAKER, BTC, Side.BUY, 100, 1))
    assert shown(world.data)[1] == (Level(100, 8, 2),), "the next slice is behind the other order"
    assert shown(MarketData(world.exchange.state())) == shown(world.data)


def test_an_order_that_waits_for_a_price_is_in_no_book_until_it_rests(world: MarketWorld) -> None:
    world.trade(100, 1)
    world.send(stop_limit(Side.SELL, stop=95, price=96, lots=4))
    assert shown(world.data) == ((), ()) == shown(MarketData(world.exchange.state()))
    world.trade(95, 1)
    assert shown(world.data) == ((), (Level(96, 4, 1),)) == shown(MarketData(world.exchange.state()))


def test_an_auctions_book_is_crossed_and_its_ticker_says_what_would_trade(world: MarketWorld) -> None:
    assert indicative(world.data) == (None, 0)
    status(world, MarketStatus.AUCTION)
    tickers = Heard()
    world.data.listen_tickers(BTC, tickers.append)
    world.rest(Side.BUY, 110, 5)
    assert indicative(world.data) == (None, 0)
    world.rest(Side.SELL, 100, 3)
    assert shown(world.data) == ((Level(110, 5, 1),), (Level(100, 3, 1),))
    assert indicative(world.data) == (100, 3) == indicative(MarketData(world.exchange.state()))
    world.rest(Side.BUY, 110, 2)
    assert indicative(world.data) == (100, 3)
    assert [(ticker.bid, ticker.ask, ticker.indicative_lots) for ticker in tickers.take()] == [
        (110, None, 0), (110, 100, 3),
    ]  # fmt: skip
    assert world.data.ticker(BTC).sequence == world.exchange.sequence - 1


def test_hidden_lots_count_for_what_an_auction_would_trade(world: MarketWorld) -> None:
    status(world, MarketStatus.AUCTION)
    world.send(iceberg(Side.SELL, 100, 10, visible=3), limit(TAKER, BTC, Side.BUY, 100, 8))
    assert shown(world.data)[1] == (Level(100, 3, 1),)
    assert indicative(world.data) == (100, 8) == indicative(MarketData(world.exchange.state()))


def test_the_last_price_decides_an_auction_after_a_start_too(world: MarketWorld) -> None:
    world.trade(104, 1)
    status(world, MarketStatus.AUCTION)
    world.send(limit(MAKER, BTC, Side.SELL, 100, 3), limit(TAKER, BTC, Side.BUY, 110, 3))
    assert indicative(world.data) == (104, 3) == indicative(MarketData(world.exchange.state()))


def test_an_auction_that_ends_trades_without_a_taker_and_is_indicative_no_more(world: MarketWorld) -> None:
    status(world, MarketStatus.AUCTION)
    world.send(limit(MAKER, BTC, Side.SELL, 100, 3), limit(TAKER, BTC, Side.BUY, 100, 5))
    trades, tickers, books = Heard(), Heard(), Heard()
    world.data.listen_trades(BTC, trades.append)
    world.data.listen_tickers(None, tickers.append)
    world.data.listen_book(BTC, 10, books.append)
    status(world, MarketStatus.OPEN)
    (trade,) = trades
    assert (trade.price_ticks, trade.lots, trade.taker_side) == (100, 3, None)
    (ticker,) = tickers
    assert (ticker.last, ticker.bid, ticker.ask) == (100, 100, None)
    assert (ticker.indicative_ticks, ticker.indicative_lots) == (None, 0)
    (book,) = books
    assert (book.bids, book.asks) == ((Level(100, 2, 1),), (Level(100, 0, 0),))


def test_an_auction_that_is_halted_and_goes_on_is_indicative_again(world: MarketWorld) -> None:
    status(world, MarketStatus.AUCTION)
    world.send(limit(MAKER, BTC, Side.SELL, 100, 3), limit(TAKER, BTC, Side.BUY, 100, 5))
    for now, wanted in ((MarketStatus.HALTED, (None, 0)), (MarketStatus.AUCTION, (100, 3))):
        status(world, now)
        assert indicative(world.data) == wanted == indicative(MarketData(world.exchange.state()))
    assert shown(world.data) == ((Level(100, 5, 1),), (Level(100, 3, 1),))


def test_other_markets_are_not_touched_by_an_auction(world: MarketWorld) -> None:
    status(world, MarketStatus.AUCTION)
    tickers = Heard()
    world.data.listen_tickers(ETH, tickers.append)
    world.send(limit(MAKER, BTC, Side.SELL, 100, 3), limit(TAKER, BTC, Side.BUY, 100, 5))
    assert tickers == []
    assert world.data.ticker(ETH).indicative_ticks is None


@pytest.mark.parametrize("seed", range(4))
def test_whoever_followed_and_whoever_starts_anew_see_the_same_books_and_auctions(seed: int) -> None:
    exchange, auctions = Exchange(), 0
    data = MarketData(exchange.state())
    for number, batch in enumerate(flow.batches(exchange, [*flow.world(), *flow.everything(seed, 800)], size=1)):
        data.fold(batch)
        if number % 5:
            continue
        fresh = MarketData(exchange.state())
        for market in exchange.state().markets:
            for depth in WINDOW_DEPTHS:
                ours, theirs = data.book(market.symbol, depth), fresh.book(market.symbol, depth)
                assert (ours.bids, ours.asks, ours.checksum) == (theirs.bids, theirs.asks, theirs.checksum)
            one, other = data.ticker(market.symbol), fresh.ticker(market.symbol)
            assert (one.bid, one.ask, one.indicative_ticks, one.indicative_lots) == (
                other.bid, other.ask, other.indicative_ticks, other.indicative_lots,
            )  # fmt: skip
            auctions += one.indicative_lots > 0
    assert auctions > 5, "the flow must show auctions"
