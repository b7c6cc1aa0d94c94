"""A flow of commands as markets have it: 60 % limit orders that rest, 33 % cancellations, 7 % that trade."""

import random
from collections.abc import Sequence

from backend.engine.commands import CancelOrder, Command, PlaceOrder
from backend.engine.exchange import Exchange
from backend.engine.values import AccountId, OrderId, Side, TimeUs
from tests.support.trading import limit, opening

ACCOUNTS = tuple(AccountId(f"trader{number}") for number in range(50))
MIDDLE_TICKS = 1_000_000
LEVELS = 200
START = TimeUs(1_700_000_000_000_000)
SEED = 20


def opened() -> Exchange:
    """Return an exchange with an open market and rich accounts."""
    exchange = Exchange()
    for command in opening(*ACCOUNTS):
        assert exchange.apply(command, START).sequence
    return exchange


def flow(length: int) -> list[Command]:
    """Return so many commands, all of which will be accepted in this order by an `opened` exchange."""
    chance, exchange = random.Random(SEED), opened()
    commands: list[Command] = []
    open_orders: list[tuple[AccountId, OrderId]] = []
    while len(commands) < length:
        command = _next(chance, open_orders)
        outcome = exchange.apply(command, TimeUs(START + len(commands)))
        if not outcome.sequence:
            # The order that was to be cancelled has been filled meanwhile.
            continue
        commands.append(command)
        if isinstance(command, PlaceOrder):
            (answer,) = outcome.answers
            assert isinstance(answer, int)
            open_orders.append((command.account, OrderId(answer)))
    return commands


def _next(chance: random.Random, open_orders: list[tuple[AccountId, OrderId]]) -> Command:
    kind = chance.random()
    if kind < 0.33 and open_orders:
        index = chance.randrange(len(open_orders))
        open_orders[index], open_orders[-1] = open_orders[-1], open_orders[index]
        account, order = open_orders.pop()
        return CancelOrder(account, order, None)
    side = chance.choice((Side.BUY, Side.SELL))
    away = chance.randrange(1, LEVELS) if kind < 0.93 else -3
    price = MIDDLE_TICKS - away if side is Side.BUY else MIDDLE_TICKS + away
    # Who buys never sells, so that a toy without accounts trades the same.
    accounts = ACCOUNTS[::2] if side is Side.BUY else ACCOUNTS[1::2]
    return limit(chance.choice(accounts), side, price, chance.randrange(1, 1_000))


def plain(commands: Sequence[Command]) -> list[tuple[int, int, int, int]]:
    """Return the commands as a toy understands them: (order to cancel or 0, side 1 or -1, price, lots)."""
    small = []
    for command in commands:
        if isinstance(command, PlaceOrder):
            assert command.price_ticks is not None
            assert command.quantity_lots is not None
            sign = 1 if command.side is Side.BUY else -1
            small.append((0, sign, command.price_ticks, command.quantity_lots))
        else:
            assert isinstance(command, CancelOrder)
            assert command.order is not None
            small.append((command.order, 0, 0, 0))
    return small
