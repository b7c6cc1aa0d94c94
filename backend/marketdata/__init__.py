"""Level books, tickers, candles and trades, built once from committed commands for memory, tables and feeds."""

from backend.marketdata.books import BookMessage
from backend.marketdata.candles import Candle, CandleInterval
from backend.marketdata.market_data import MarketData, UnknownMarket
from backend.marketdata.side import WINDOW_DEPTHS, Level
from backend.marketdata.tickers import Ticker

__all__ = [
    "WINDOW_DEPTHS",
    "BookMessage",
    "Candle",
    "CandleInterval",
    "Level",
    "MarketData",
    "Ticker",
    "UnknownMarket",
]
