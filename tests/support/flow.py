"""A repeatable flow of commands in two markets, with amounts beyond 64 bits, and its committed batches."""

import random
from collections.abc import Iterator, Sequence

import msgspec

from backend.engine.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAllAfter,
    CancelAllOrders,
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    PlaceOcoOrder,
    PlaceOrder,
    PlaceOrders,
    SetAccountFrozen,
    SetExchangeHalted,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
    Transfer,
    UpdateMarket,
)
from backend.engine.exchange import Exchange
from backend.engine.values import (
    LIMIT_TYPES,
    TRIGGERED_TYPES,
    WORLD_DEMONSTRATION,
    AccountId,
    FeeTier,
    MarketStatus,
    OrderId,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from backend.sequencer.stream import Committed, CommittedBatch
from tests.support.committed import batch_of
from tests.support.trading import funded, order

ACCOUNTS = [AccountId(f"account{number}") for number in range(4)]
MARKETS = {"ETH-USDT": 300_000, "ETH-BTC": 5_000}
"""Each with the price in ticks around which it trades."""
START = TimeUs(1_760_000_000_000_000)
STEP_US = 250_000


def world() -> list[Command]:
    """Return what opens the markets and gives the accounts money: of ETH more wei than 64 bits hold."""
    commands: list[Command] = [
        CreateAsset("BTC", "Bitcoin", 8),
        CreateAsset("ETH", "Ether", 18),
        CreateAsset("USDT", "Tether", 6),
        CreateMarket("ETH", "USDT", 1, 2, 10**14, 0, None, 1_000, 100_000, 200_000),
        CreateMarket("ETH", "BTC", 1, 5, 10**15, 0, None, 1_000, 0, 100_000),
    ]
    commands += [SetMarketStatus(market, MarketStatus.OPEN, "open") for market in MARKETS]
    return [*commands, *funded(ACCOUNTS, BTC=10**12, ETH=10**22, USDT=10**14)]


def trading(seed: int, count: int) -> Iterator[Command]:
    """Return random orders and cancellations; some are refused, as they are in life."""
    rng = random.Random(seed)
    for number in range(count):
        kind = rng.random()
        account = rng.choice(ACCOUNTS)
        if kind < 0.70:
            yield _order(rng, account, f"{seed}-{number}")
        elif kind < 0.78:
            yield PlaceOrders(tuple(_order(rng, account, f"{seed}-{number}-{n}") for n in range(rng.randint(1, 5))))
        elif kind < 0.95:
            yield CancelOrder(account, OrderId(rng.randint(1, number + 1)), None)
        elif kind < 0.97:
            yield CancelAllOrders(account, rng.choice([None, *MARKETS]))
        else:
            yield Deposit(account, "ETH", rng.randint(1, 10**20), WORLD_DEMONSTRATION, f"{seed}-{number}")


def everything(seed: int, count: int) -> Iterator[Command]:
    """Return random commands of every kind; many are refused, and the markets are in every state now and then."""
    rng = random.Random(seed)
    for number in range(count):
        account, market, key = rng.choice(ACCOUNTS), rng.choice(list(MARKETS)), f"{seed}-{number}"
        kind = rng.random()
        if kind < 0.40:
            yield _order(rng, account, key)
        elif kind < 0.66:
            yield _special_order(rng, account, key, now=TimeUs(START + number * STEP_US))
        elif kind < 0.71:
            yield _pair(rng, account, market, key)
        elif kind < 0.80:
            new_price = MARKETS[market] + rng.randint(-30, 30) if rng.random() < 0.5 else None
            new_lots = rng.randint(1, 2_000) if rng.random() < 0.6 else None
            new_stop = MARKETS[market] + rng.randint(-30, 30) if rng.random() < 0.2 else None
            yield AmendOrder(account, OrderId(rng.randint(1, number + 1)), None, new_price, new_lots, new_stop)
        elif kind < 0.85:
            yield CancelOrder(account, OrderId(rng.randint(1, number + 1)), None)
        elif kind < 0.87:
            yield CancelAllAfter(account, rng.choice([0, 2, 60]))
        elif kind < 0.90:
            yield AdvanceTime()
        elif kind < 0.92:
            yield Transfer(account, rng.choice(ACCOUNTS), "ETH", rng.randint(1, 10**20), key)
        else:
            yield _operation(rng, account, market)


def _special_order(rng: random.Random, account: AccountId, key: str, now: TimeUs) -> PlaceOrder:
    """Return an order that waits for a price, an iceberg, or one that ends by itself."""
    order = _order(rng, account, key)
    near = MARKETS[order.market]
    kind = rng.choice([*TRIGGERED_TYPES, OrderType.LIMIT, OrderType.LIMIT])
    is_limit = kind in LIMIT_TYPES
    lots = rng.randint(1, 2_000)
    spends = not is_limit and order.side is Side.BUY
    force = rng.choice([TimeInForce.GTC, TimeInForce.GTD]) if is_limit else TimeInForce.IOC
    trails, by_rate = kind is OrderType.TRAILING_STOP, rng.random() < 0.5
    return msgspec.structs.replace(
        order,
        type=kind,
        time_in_force=force,
        post_only=is_limit and rng.random() < 0.2,
        self_trade_prevention=rng.choice(list(SelfTradePrevention)),
        price_ticks=near + rng.randint(-20, 20) if is_limit else None,
        quantity_lots=None if spends else lots,
        quote_amount=rng.randint(10**5, 10**9) if spends else None,
        stop_ticks=near + rng.randint(-15, 15) if kind in TRIGGERED_TYPES and not trails else None,
        trailing_ticks=rng.randint(1, 15) if trails and not by_rate else None,
        trailing_rate=rng.randint(1, 10_000) if trails and by_rate else None,
        visible_lots=max(1, lots // rng.randint(2, 50)) if is_limit and rng.random() < 0.6 else None,
        expire_at=TimeUs(now + rng.randint(1, 400) * STEP_US) if force is TimeInForce.GTD else None,
    )


def _pair(rng: random.Random, account: AccountId, market: str, key: str) -> PlaceOcoOrder:
    """Return a pair around the price of the market."""
    side, near = rng.choice(list(Side)), MARKETS[market]
    sign = 1 if side is Side.SELL else -1
    stop = near - sign * rng.randint(1, 15)
    stop_limit = stop - sign * rng.randint(0, 5) if side is Side.BUY or rng.random() < 0.5 else None
    lots, price = rng.randint(1, 500), near + sign * rng.randint(1, 20)
    return PlaceOcoOrder(account, market, side, lots, price, stop, stop_limit, f"{key}-l", f"{key}-s")


def _operation(rng: random.Random, account: AccountId, market: str) -> Command:
    """Return what an operator does."""
    kind = rng.random()
    if kind < 0.5:
        status = rng.choice([*[MarketStatus.OPEN] * 10, MarketStatus.AUCTION, MarketStatus.AUCTION, *MarketStatus])
        return SetMarketStatus(market, status, "as it pleases")
    if kind < 0.65:
        minutes = rng.choice([None, 1, 60])
        breaker = (None, None) if minutes is None else (rng.randint(50, 5_000), rng.randint(1, 5))
        rules: dict[str, int | None] = {"breaker_rate": breaker[0], "breaker_pause_s": breaker[1]}
        band = rng.choice([None, rng.randint(1_000, 10**6)])
        return UpdateMarket(market, {**rules, "breaker_minutes": minutes, "band_rate": band})
    if kind < 0.75:
        return SetExchangeHalted(rng.random() < 0.1, "for a while")
    if kind < 0.9:
        tiers = tuple(FeeTier(f"Tier {n}", n * 10**8, 50_000 - n, 150_000 - n) for n in range(rng.randint(1, 4)))
        return SetFeeTiers(rng.choice(["USDT", "USDT", "BTC"]), tiers)
    if kind < 0.95:
        return SetHouseAccount(account, rng.random() < 0.2)
    return SetAccountFrozen(account, rng.random() < 0.2)


def batches(exchange: Exchange, commands: Sequence[Command], size: int = 7) -> Iterator[CommittedBatch]:
    """Apply commands, a step of time apart, and return the accepted ones in batches of `size`."""
    committed: list[Committed] = []
    for command in commands:
        outcome = exchange.apply(command, TimeUs(max(START, exchange.time + STEP_US)))
        if outcome.sequence:
            committed.append(Committed(outcome.sequence, exchange.time, command, outcome.events))
        if len(committed) == size:
            yield batch_of(exchange, committed)
            committed = []
    if committed:
        yield batch_of(exchange, committed)


def _order(rng: random.Random, account: AccountId, key: str) -> PlaceOrder:
    market = rng.choice(list(MARKETS))
    side = rng.choice(list(Side))
    is_limit = rng.random() < 0.85
    spends = not is_limit and side is Side.BUY and rng.random() < 0.5
    return order(
        account,
        market,
        side,
        MARKETS[market] + rng.randint(-20, 20) if is_limit else None,
        None if spends else rng.randint(1, 2_000),
        rng.choice([TimeInForce.GTC] * 4 + [TimeInForce.IOC]) if is_limit else TimeInForce.IOC,
        quote_amount=rng.randint(10**5, 10**9) if spends else None,
        key=key if rng.random() < 0.7 else None,
    )
