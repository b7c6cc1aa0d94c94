"""Market data of the whole exchange: a reader of committed commands that answers queries and tells listeners."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.engine.auction import indicative
from backend.engine.events import AssetCreated, IndicativeChanged, LevelChanged, MarketChanged, Traded
from backend.engine.values import OPEN_STATUSES, Asset, Market, MarketStatus, Order, OrderStatus, State, TimeUs
from backend.marketdata.books import Book, BookMessage, level_printer
from backend.marketdata.candles import (
    CANDLES_REMEMBERED_MAX,
    MINUTE_US,
    Candle,
    CandleFold,
    CandleInterval,
    CandleSeries,
    Recent,
    interval_end,
)
from backend.marketdata.listeners import Listeners, Unsubscribe
from backend.marketdata.side import WINDOW_DEPTHS
from backend.marketdata.tickers import DayWindow, Ticker, ticker_of
from backend.persistence.rows import CandleRow, TradeRow
from backend.sequencer.stream import Committed, CommittedBatch


class UnknownMarket(LookupError):
    """No market has this symbol."""


@dataclass(slots=True)
class _MarketView:
    book: Book
    day: DayWindow
    sequence: int
    """Of the last command that changed the last price, the bid, the ask or what is indicative."""
    best: tuple[int | None, int | None]
    indicative: tuple[int | None, int]
    """The price and lots at which an auction would trade now; None and 0 for nothing."""


class MarketData:
    """Books, tickers, candles and trades at the last committed sequence.

    It reads no clock: time passes with the committed commands and by `tick`. Listeners are called in the order of
    the commands; within one command trades come first, then the book; tickers and candles come once per batch.
    """

    def __init__(
        self, state: State, recent: Recent | None = None, candles_remembered_max: int = CANDLES_REMEMBERED_MAX
    ) -> None:
        """Begin at a state of the engine, with the candles that the tables have at the same sequence."""
        self.sequence = state.sequence
        self.time = state.time
        self._minute = state.time // MINUTE_US
        self._assets: dict[str, Asset] = {asset.code: asset for asset in state.assets}
        self._views: dict[str, _MarketView] = {}
        self._candles = CandleFold(state.time, recent or {}, candles_remembered_max)
        self._candles_folded = state.sequence
        self._candles_ended: list[CandleRow] = []
        self._candles_touched: dict[str, None] = {}
        self._book_listeners: Listeners[tuple[str, int], BookMessage] = Listeners()
        self._trade_listeners: Listeners[str, TradeRow] = Listeners()
        self._ticker_listeners: Listeners[str | None, Ticker] = Listeners()
        self._candle_listeners: Listeners[tuple[str, CandleInterval], Candle] = Listeners()
        resting: dict[str, list[Order]] = {}
        for order in state.orders:
            if order.status in OPEN_STATUSES and order.status is not OrderStatus.UNTRIGGERED:
                resting.setdefault(order.market, []).append(order)
        last = {tape.market: tape.last_ticks for tape in state.tapes}
        for market in state.markets:
            orders, in_auction = resting.get(market.symbol, ()), market.status is MarketStatus.AUCTION
            found = indicative(orders, last.get(market.symbol)) if in_auction else (None, 0)
            self._open(market, orders, found)

    # ------------------------------------------------------------------------------------ queries

    def book(self, market: str, depth: int) -> BookMessage:
        """Return the window of `depth` best levels a side.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        return self._view(market).book.snapshot(_checked_depth(depth))

    def ticker(self, market: str) -> Ticker:
        """Return a market's ticker.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        view = self._view(market)
        view.day.roll(self.time)
        return ticker_of(market, view.day, view.best, view.indicative, view.sequence, self.time)

    def tickers(self) -> list[Ticker]:
        """Return the tickers of all markets, the oldest market first."""
        return [self.ticker(market) for market in self._views]

    def candle(self, market: str, interval: CandleInterval) -> Candle | None:
        """Return the newest candle, None before the first trade.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        series = self.candle_series(market, interval)
        return Candle(series.rows[-1], series.closed(self.time)) if series.rows else None

    def candle_series(self, market: str, interval: CandleInterval) -> CandleSeries:
        """Return the newest candles in memory, to be read and not changed.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        self._view(market)
        return self._candles.of(market)[interval]

    def with_closed(self, row: CandleRow) -> Candle:
        """Return a candle with the knowledge whether its interval is over."""
        return Candle(row, interval_end(row) <= self.time)

    # ---------------------------------------------------------------------------------- listeners

    def listen_book(self, market: str, depth: int, deliver: Callable[[BookMessage], None]) -> Unsubscribe:
        """Hear of each change of a window from now on; `book()` in the same breath gives the window before it.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        self._view(market)
        return self._book_listeners.add((market, _checked_depth(depth)), deliver)

    def listen_trades(self, market: str, deliver: Callable[[TradeRow], None]) -> Unsubscribe:
        """Hear of each trade of a market.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        self._view(market)
        return self._trade_listeners.add(market, deliver)

    def listen_tickers(self, market: str | None, deliver: Callable[[Ticker], None]) -> Unsubscribe:
        """Hear of changed tickers, of one market or of all; at most one per market and committed batch.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        if market is not None:
            self._view(market)
        return self._ticker_listeners.add(market, deliver)

    def listen_candles(self, market: str, interval: CandleInterval, deliver: Callable[[Candle], None]) -> Unsubscribe:
        """Hear of the candle in progress, at most once per committed batch, and of each one that closes.

        Raises:
            UnknownMarket: No market has this symbol.
        """
        self._view(market)
        return self._candle_listeners.add((market, interval), deliver)

    # ------------------------------------------------------------------------------------- stream

    def fold(self, batch: CommittedBatch) -> None:
        """Take in a committed batch, command by command, and tell the listeners."""
        changed: dict[str, None] = {}
        for command in batch.commands:
            self._fold_command(command, changed)
        self._fold_candles(batch)
        for row in self._candles_ended:
            self._candle_listeners.tell((row.market, CandleInterval(row.interval)), Candle(row, closed=True))
        for market in self._candles_touched:
            self._tell_current_candles(market)
        self._pass_time(self.time, changed)

    def candle_rows(self, batch: CommittedBatch) -> list[CandleRow]:
        """Return the candles that a batch changed, as they are after it; `fold` may come before or after this.

        Batches come in order, and each is asked about before the next one is folded.
        """
        self._fold_candles(batch)
        current = [series.rows[-1] for market in self._candles_touched for series in self._candles.of(market).values()]
        return [*self._candles_ended, *current]

    def tick(self, now: TimeUs) -> None:
        """Let time pass where there are no commands: close candles whose interval has ended, roll the 24 hours.

        Every command with a time before `now` must have been folded.
        """
        if now > self.time:
            self._pass_time(now, {})

    def _fold_command(self, command: Committed, changed: dict[str, None]) -> None:
        self.sequence = command.sequence
        self.time = TimeUs(max(self.time, command.time))
        levels: dict[str, list[LevelChanged]] = {}
        for event in command.events:
            if isinstance(event, LevelChanged):
                levels.setdefault(event.market, []).append(event)
            elif isinstance(event, Traded):
                self._trade(event, command)
                changed[event.market] = None
            elif isinstance(event, IndicativeChanged):
                self._change_indicative(event, command, changed)
            elif isinstance(event, MarketChanged):
                if event.market.symbol not in self._views:
                    self._open(event.market, (), (None, 0))
            elif isinstance(event, AssetCreated):
                self._assets[event.asset.code] = event.asset
        for market, changes in levels.items():
            self._change_book(market, changes, command, changed)

    def _trade(self, event: Traded, command: Committed) -> None:
        view = self._views[event.market]
        view.day.trade(command.time, event.price_ticks, event.lots, event.value)
        view.sequence = command.sequence
        if event.market in self._trade_listeners:
            trade = TradeRow(
                id=event.trade,
                sequence=command.sequence,
                market=event.market,
                price_ticks=event.price_ticks,
                lots=event.lots,
                value=event.value,
                taker_side=event.taker_side,
                maker_order=event.maker_order,
                taker_order=event.taker_order,
                time=command.time,
            )
            self._trade_listeners.tell(event.market, trade)

    def _change_book(
        self, market: str, changes: list[LevelChanged], command: Committed, changed: dict[str, None]
    ) -> None:
        view = self._views[market]
        wanted = [depth for depth in WINDOW_DEPTHS if (market, depth) in self._book_listeners]
        for message in view.book.change(command.sequence, command.time, changes, wanted):
            self._book_listeners.tell((market, message.depth), message)
        best = (view.book.bid_ticks, view.book.ask_ticks)
        if best != view.best:
            view.best = best
            view.sequence = command.sequence
            changed[market] = None

    def _change_indicative(self, event: IndicativeChanged, command: Committed, changed: dict[str, None]) -> None:
        view = self._views[event.market]
        now = (event.price_ticks, event.lots)
        if now != view.indicative:
            view.indicative = now
            view.sequence = command.sequence
            changed[event.market] = None

    def _fold_candles(self, batch: CommittedBatch) -> None:
        if batch.last <= self._candles_folded:
            assert batch.last == self._candles_folded, "a batch is asked about before the next one is folded"
            return
        self._candles_folded = batch.last
        self._candles_ended = []
        self._candles_touched = {}
        for command in batch.commands:
            for event in command.events:
                if isinstance(event, Traded):
                    self._candles_ended += self._candles.trade(
                        event.market, event.price_ticks, event.lots, event.value, command.time
                    )
                    self._candles_touched[event.market] = None

    def _tell_current_candles(self, market: str) -> None:
        for interval, series in self._candles.of(market).items():
            if (market, interval) in self._candle_listeners and not series.closed(self.time):
                self._candle_listeners.tell((market, interval), Candle(series.rows[-1], closed=False))

    def _pass_time(self, now: TimeUs, changed: dict[str, None]) -> None:
        """Close the candles that have ended, roll the 24 hours on, and tell of the tickers that changed."""
        self.time = TimeUs(max(self.time, now))
        minute = self.time // MINUTE_US
        if minute != self._minute:
            # intervals end and trades leave the 24 hours with whole minutes only
            self._minute = minute
            for row in self._candles.close_until(self.time):
                self._candle_listeners.tell((row.market, CandleInterval(row.interval)), Candle(row, closed=True))
            for market, view in self._views.items():
                if view.day.roll(self.time):
                    changed[market] = None
        if self._ticker_listeners:
            for market in changed:
                self._tell_ticker(market)

    def _tell_ticker(self, market: str) -> None:
        if market in self._ticker_listeners or None in self._ticker_listeners:
            ticker = self.ticker(market)
            self._ticker_listeners.tell(market, ticker)
            self._ticker_listeners.tell(None, ticker)

    def _open(self, market: Market, resting: Iterable[Order], found: tuple[int | None, int]) -> None:
        book = Book(market.symbol, level_printer(market, self._assets[market.base]), self.sequence, self.time)
        book.rest(resting)
        day = DayWindow(self._candles.of(market.symbol)[CandleInterval.M1].rows)
        day.roll(self.time)
        best = (book.bid_ticks, book.ask_ticks)
        self._views[market.symbol] = _MarketView(book, day, self.sequence, best, found)

    def _view(self, market: str) -> _MarketView:
        view = self._views.get(market)
        if view is None:
            raise UnknownMarket(market)
        return view


def _checked_depth(depth: int) -> int:
    if depth not in WINDOW_DEPTHS:
        raise ValueError(f"the depth of a book is one of {WINDOW_DEPTHS}")
    return depth
