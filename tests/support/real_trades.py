"""An evening of real trades from a public feed, and the commands that make the exchange repeat it."""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from backend.engine.commands import (
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOrder,
    SetMarketStatus,
)
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    AccountId,
    MarketStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from tests.support.parts import missing

RECORD = Path(__file__).parents[3] / "shared" / "data" / "kraken_xbtusdt_trades_2025-11-10.json.gz"
MARKET = "XBT-USDT"
MAKER, TAKER = AccountId("maker"), AccountId("taker")
PLENTY = 10**30


class RealTrade(NamedTuple):
    """One recorded trade, its numbers as they were printed."""

    price: Decimal
    quantity: Decimal
    taker_side: Side
    at_market: bool
    time: TimeUs

    @property
    def ticks(self) -> int:
        """The price in steps of 0.1."""
        return int(self.price * 10)

    @property
    def lots(self) -> int:
        """The quantity in steps of 0.00000001."""
        return int(self.quantity * 10**8)


def recorded_trades() -> list[RealTrade]:
    """Return the recorded trades, oldest first; a machine without the record skips the test."""
    if not RECORD.exists():
        missing(f"the recorded trades are missing: {RECORD.name} in ../shared/data")
    record = json.loads(gzip.decompress(RECORD.read_bytes()), parse_float=Decimal)
    trades = []
    for price, quantity, time, side, order_type, *_ in record["result"]["XBTUSDT"]:
        taker_side = Side.BUY if side == "b" else Side.SELL
        at = TimeUs(int(time * 1_000_000))
        trades.append(RealTrade(Decimal(price), Decimal(quantity), taker_side, order_type == "m", at))
    return trades


def opening() -> tuple[Command, ...]:
    """Return what opens a market as fine as the recorded one: tick 0.1, lot 1e-8, a quote asset with 9 decimals."""
    return (
        CreateAsset("XBT", "Bitcoin", 8),
        CreateAsset("USDT", "Tether", 9),
        CreateMarket("XBT", "USDT", 1, 1, 1, 0, None, 100, 0, 0),
        SetMarketStatus(MARKET, MarketStatus.OPEN, "An evening in November."),
        *(OpenAccount(account) for account in (MAKER, TAKER)),
        *(
            Deposit(account, asset, PLENTY, WORLD_DEMONSTRATION, asset)
            for account in (MAKER, TAKER)
            for asset in ("XBT", "USDT")
        ),
    )


def replayed(trade: RealTrade) -> tuple[PlaceOrder, PlaceOrder]:
    """Return the order that rested and the one that took it, of the type that was recorded."""
    maker_side = Side.SELL if trade.taker_side is Side.BUY else Side.BUY
    return _order(MAKER, maker_side, trade, False), _order(TAKER, trade.taker_side, trade, trade.at_market)


def expected_candles(trades: list[RealTrade], interval: str) -> list[dict[str, object]]:
    """Return the candles of the trades, worked out from the record with the calendar alone."""
    candles: dict[datetime, dict[str, object]] = {}
    for start, same in _by_start(trades, interval).items():
        prices = [trade.price for trade in same]
        candles[start] = {
            "start": start,
            "open": prices[0],
            "high": max(prices),
            "low": min(prices),
            "close": prices[-1],
            "base_volume": sum((trade.quantity for trade in same), Decimal(0)),
            "quote_volume": sum((trade.price * trade.quantity for trade in same), Decimal(0)),
            "trades": len(same),
        }
    return [candles[start] for start in sorted(candles)]


def _by_start(trades: list[RealTrade], interval: str) -> dict[datetime, list[RealTrade]]:
    groups: dict[datetime, list[RealTrade]] = {}
    for trade in trades:
        groups.setdefault(_start(trade.time, interval), []).append(trade)
    return groups


def _start(time: TimeUs, interval: str) -> datetime:
    moment = datetime.fromtimestamp(time // 1_000_000, UTC).replace(microsecond=0, second=0)
    unit, length = interval[0], int(interval[1:])
    if unit == "M":
        return moment.replace(minute=moment.minute - moment.minute % length)
    if unit == "H":
        return moment.replace(minute=0, hour=moment.hour - moment.hour % length)
    midnight = moment.replace(minute=0, hour=0)
    if unit == "D":
        return midnight
    monday = midnight.toordinal() - midnight.weekday()
    return datetime.fromordinal(monday).replace(tzinfo=UTC)


def _order(account: AccountId, side: Side, trade: RealTrade, at_market: bool) -> PlaceOrder:
    return PlaceOrder(
        account=account,
        market=MARKET,
        side=side,
        type=OrderType.MARKET if at_market else OrderType.LIMIT,
        time_in_force=TimeInForce.IOC if at_market else TimeInForce.GTC,
        post_only=False,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=None if at_market else trade.ticks,
        quantity_lots=trade.lots,
        quote_amount=None,
        client_order_id=None,
    )
