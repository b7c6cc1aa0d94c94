"""Random orders in BTC-USDT around a price that wanders: levels come, change, are swept, and leave on both sides."""

from random import Random

from backend.engine.commands import CancelOrder, Command, PlaceOrder
from backend.engine.outcome import Outcome
from backend.engine.values import AccountId, OrderId, Side, TimeInForce
from tests.support.market_world import BTC, together
from tests.support.trading import order

SWEEP_TICKS = 40
"""A taker accepts prices so far beyond the wandering one."""


class BookFlow:
    """A maker who fills and thins out the book, and a taker who sweeps it; neither needs to know what they hold."""

    def __init__(self, random: Random, maker: AccountId, taker: AccountId, away: float = 60) -> None:
        """Begin with an empty book; single orders come so many ticks away from the wandering price on average."""
        self._away = away
        self._random = random
        self._maker = maker
        self._taker = taker
        self._middle = 1_000_000
        self._resting: list[int] = []

    def filled(self, levels: int) -> list[Command]:
        """Return what puts one order on each of so many levels a side."""
        commands: list[Command] = []
        for first in range(1, levels, 50):
            steps = [(side, step) for step in range(first, first + 50) for side in Side]
            commands.append(together(*(self._resting_order(side, step) for side, step in steps)))
        return commands

    def next(self) -> Command:
        """Return one random command."""
        random = self._random
        self._middle += random.choice([-1, 0, 0, 1])
        side = random.choice(list(Side))
        kind = random.random()
        if kind < 0.35 and self._resting:
            index = random.randrange(len(self._resting))
            self._resting[index], self._resting[-1] = self._resting[-1], self._resting[index]
            return CancelOrder(self._maker, OrderId(self._resting.pop()), None)
        if kind < 0.45:
            price = self._middle + (SWEEP_TICKS if side is Side.BUY else -SWEEP_TICKS)
            return order(self._taker, BTC, side, price, random.randint(10, 250), TimeInForce.IOC)
        if kind < 0.6:
            steps = random.sample(range(-5, 1200), random.randint(2, 8))
            return together(*(self._resting_order(side, step) for step in steps))
        return self._resting_order(side, int(random.expovariate(1 / self._away)))

    def learn(self, outcome: Outcome) -> None:
        """Take in the answer to a command: the orders that may rest now."""
        self._resting += [answer for answer in outcome.answers if isinstance(answer, int)]

    def _resting_order(self, side: Side, step: int) -> PlaceOrder:
        away = -1 if side is Side.BUY else 1
        return order(self._maker, BTC, side, self._middle + away * step, self._random.randint(10, 90))
