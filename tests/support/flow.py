"""A repeatable flow of commands in two markets, with amounts beyond 64 bits, and its committed batches."""

import random
from collections.abc import Iterator, Sequence

from backend.engine.commands import (
    CancelAllOrders,
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    PlaceOrder,
    PlaceOrders,
    SetMarketStatus,
)
from backend.engine.exchange import Exchange
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    AccountId,
    MarketStatus,
    OrderId,
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
