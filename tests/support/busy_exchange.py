"""An exchange in the middle of everything at once: what a start must find again, to the last bit."""

from collections.abc import Iterator
from typing import Any

from backend.engine.commands import (
    AmendOrder,
    CancelAllAfter,
    Command,
    CreateAsset,
    CreateMarket,
    OpenAccount,
    PlaceOcoOrder,
    PlaceOrder,
    PlaceOrders,
    SetAccountFrozen,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
    UpdateMarket,
)
from backend.engine.values import (
    TRIGGERED_TYPES,
    AccountId,
    FeeTier,
    MarketStatus,
    Order,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    State,
    TimeInForce,
    TimeUs,
)
from tests.support.trading import PLENTY, deposit

ANN, BOB, CLEO, HOUSE, FROZEN = map(AccountId, ("ann", "bob", "cleo", "house", "frozen"))
ASSETS = ("BTC", "ETH", "SOL", "ADA", "USDT")
BUSY, BREAKING, CASCADING, COLLECTING = (f"{base}-USDT" for base in ASSETS[:4])
"""Markets: with every kind of order, in the breaker's auction, in the middle of a cascade, in an operator's auction."""

DAY_US = 24 * 3_600_000_000
PAUSE_S = 3_600
"""How long the breaker's auction lasts."""
STOPS = 250
"""So many orders fire at once, of which one command activates a hundred."""
TIERS = SetFeeTiers("USDT", (FeeTier("Gold", 1, 50_000, 150_000), FeeTier("Unreached", 10**30, 0, 0)))


def commands(now: TimeUs) -> Iterator[Command]:
    """Yield what leads there from nothing, but for the cascade; each command is accepted whole."""
    yield from _opening()
    yield from _volumes()
    yield from _every_order(now)
    yield from _breaker()
    yield from _auction()
    yield from _stops()
    yield CancelAllAfter(ANN, 86_400)
    yield SetAccountFrozen(FROZEN, True)


def cascade() -> Command:
    """Return the sale that fires all the stops: the exchange is in the middle of the cascade after it."""
    return _limit(ANN, CASCADING, Side.SELL, 1, 900)


def check(state: State) -> None:
    """Assert that a state has all of it."""
    orders = [order for order in state.orders if order.market == BUSY]
    waiting = [order for order in orders if order.status is OrderStatus.UNTRIGGERED]
    assert {order.type for order in waiting} == set(TRIGGERED_TYPES)
    trailing = [order for order in waiting if order.type is OrderType.TRAILING_STOP]
    assert [(order.side, order.peak_ticks, order.stop_ticks) for order in trailing] == [
        (Side.SELL, 510_000, 490_000), (Side.SELL, 510_000, 459_000), (Side.BUY, 500_000, 520_000),
        (Side.BUY, 500_000, 550_000),
    ]  # fmt: skip
    (iceberg,) = (order for order in orders if order.visible_lots)
    assert (iceberg.slice_lots, iceberg.remaining_lots, iceberg.visible_lots) == (6, 46, 10)
    (ending,) = (order for order in orders if order.expire_at)
    assert (ending.price_ticks, ending.quantity_lots) == (440_000, 2)
    assert sum(order.linked_order is not None for order in orders) == 4
    assert len(fired(state)) == STOPS - 100
    markets = {market.symbol: (market.status, market.auction_ends_at is not None) for market in state.markets}
    assert markets[BREAKING] == (MarketStatus.AUCTION, True)
    assert markets[COLLECTING] == (MarketStatus.AUCTION, False)
    assert [order.slice_lots for order in state.orders if order.market == COLLECTING] == [7, None, None]
    accounts = {account.id: account for account in state.accounts}
    assert accounts[HOUSE].house
    assert accounts[FROZEN].frozen
    assert accounts[ANN].cancels_at is not None
    assert accounts[ANN].tier == accounts[BOB].tier == "Gold"
    assert {volume.account for volume in state.volumes} == {ANN, BOB, CLEO}
    assert state.rules.tiers == TIERS.tiers
    assert {tape.market for tape in state.tapes if tape.minutes} == {BUSY, BREAKING}
    assert max(balance.available for balance in state.balances) > 2**64


def fired(state: State) -> list[Order]:
    """Return the orders whose trigger fired and that wait for their turn."""
    return [order for order in state.orders if order.triggered_at and order.status is OrderStatus.UNTRIGGERED]


def _order(account: AccountId, market: str, side: Side, kind: OrderType, lots: int | None, **values: Any) -> PlaceOrder:
    fields: dict[str, Any] = {
        "account": account,
        "market": market,
        "side": side,
        "type": kind,
        "time_in_force": TimeInForce.GTC if "price_ticks" in values else TimeInForce.IOC,
        "post_only": False,
        "self_trade_prevention": SelfTradePrevention.CANCEL_OLDEST,
        "price_ticks": None,
        "quantity_lots": lots,
        "quote_amount": None,
        "client_order_id": None,
    }
    return PlaceOrder(**{**fields, **values})


def _limit(account: AccountId, market: str, side: Side, lots: int, price: int, **values: Any) -> PlaceOrder:
    return _order(account, market, side, OrderType.LIMIT, lots, price_ticks=price, **values)


def _opening() -> Iterator[Command]:
    for code in ASSETS:
        yield CreateAsset(code, f"The {code}", 8)
    for market in (BUSY, BREAKING, CASCADING, COLLECTING):
        base, quote = market.split("-")
        yield CreateMarket(base, quote, 1, 2, 10**6, 0, None, 1_000, 100_000, 200_000)
        yield SetMarketStatus(market, MarketStatus.OPEN, "open")
    for account in (ANN, BOB, CLEO, HOUSE, FROZEN):
        yield OpenAccount(account)
        for asset in ASSETS:
            yield deposit(account, asset, PLENTY, f"first {asset}")
    yield deposit(ANN, "BTC", 2**66 + 1, "beyond 64 bits")
    yield SetHouseAccount(HOUSE, True)
    yield TIERS
    yield UpdateMarket(BUSY, {"band_rate": 50_000_000})
    breaker = {"breaker_rate": 5_000_000, "breaker_minutes": 60, "breaker_pause_s": PAUSE_S}
    yield UpdateMarket(BREAKING, {**breaker, "band_rate": 90_000_000})


def _volumes() -> Iterator[Command]:
    """Trade, so that there is a last price, and have the tiers assigned by what was traded."""
    yield _limit(ANN, BUSY, Side.SELL, 10, 500_000)
    yield _limit(BOB, BUSY, Side.BUY, 10, 500_000)
    yield TIERS


def _every_order(now: TimeUs) -> Iterator[Command]:
    for side, sign in ((Side.SELL, -1), (Side.BUY, 1)):
        near, far, opposite = 500_000 + sign * 100_000, 500_000 + sign * 200_000, 500_000 - sign * 100_000
        spend, lots = ({"quote_amount": 10**10}, None) if side is Side.BUY else ({}, 5)
        yield _order(ANN, BUSY, side, OrderType.STOP_LIMIT, 5, price_ticks=far, stop_ticks=near)
        yield _order(ANN, BUSY, side, OrderType.STOP_MARKET, lots, stop_ticks=near, **spend)
        yield _order(ANN, BUSY, side, OrderType.TAKE_PROFIT_LIMIT, 5, price_ticks=opposite, stop_ticks=opposite)
        yield _order(ANN, BUSY, side, OrderType.TAKE_PROFIT_MARKET, lots, stop_ticks=opposite, **spend)
        yield _order(ANN, BUSY, side, OrderType.TRAILING_STOP, lots, trailing_ticks=20_000, **spend)
        yield _order(ANN, BUSY, side, OrderType.TRAILING_STOP, lots, trailing_rate=10_000_000, **spend)
        price = 500_000 - sign * 90_000
        yield PlaceOcoOrder(BOB, BUSY, side, 4, price, near, far, f"{side.name} limit", f"{side.name} stop")
    yield _limit(CLEO, BUSY, Side.SELL, 50, 510_000, visible_lots=10)
    yield _limit(BOB, BUSY, Side.BUY, 4, 510_000)
    until = {"time_in_force": TimeInForce.GTD, "expire_at": TimeUs(now + DAY_US)}
    yield _limit(CLEO, BUSY, Side.BUY, 3, 450_000, client_order_id="ending", **until)
    yield AmendOrder(CLEO, None, "ending", 440_000, 2, None)
    yield _limit(FROZEN, BUSY, Side.BUY, 3, 450_000)


def _breaker() -> Iterator[Command]:
    yield _limit(ANN, BREAKING, Side.SELL, 5, 1_000)
    yield _limit(ANN, BREAKING, Side.SELL, 5, 1_100)
    yield _limit(BOB, BREAKING, Side.BUY, 8, 1_200)
    yield _limit(CLEO, BREAKING, Side.BUY, 7, 1_150)


def _auction() -> Iterator[Command]:
    yield SetMarketStatus(COLLECTING, MarketStatus.AUCTION, "collecting")
    yield _limit(CLEO, COLLECTING, Side.SELL, 40, 1_000, visible_lots=7)
    yield _limit(BOB, COLLECTING, Side.BUY, 25, 1_010)
    yield _limit(ANN, COLLECTING, Side.BUY, 5, 990)


def _stops() -> Iterator[Command]:
    yield _limit(CLEO, CASCADING, Side.BUY, 1_000, 900)
    for first in range(0, STOPS, 50):
        yield PlaceOrders(
            tuple(
                _order(BOB, CASCADING, Side.SELL, OrderType.STOP_MARKET, 1, stop_ticks=900 + number % 7)
                for number in range(first, first + 50)
            )
        )
