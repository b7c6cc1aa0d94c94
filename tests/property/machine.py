"""A random exchange: step by step it asks random things of the engine and its judges."""

from collections import Counter
from collections.abc import Callable
from random import Random

import msgspec

from backend.engine.commands import (
    AdvanceTime,
    Command,
    PlaceOrder,
    PlaceOrders,
    SetAccountFrozen,
    SetExchangeHalted,
    SetHouseAccount,
    SetMarketStatus,
)
from backend.engine.outcome import Outcome
from backend.engine.values import (
    AccountId,
    MarketStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from tests.property.generators import SECOND_US, Generator
from tests.property.judge import Judge
from tests.property.mistakes import CATALOGUE, UPDATES
from tests.property.reference_accounts import DAY_US
from tests.property.worlds import ACCOUNTS, MARKETS, WORLDS, opening_commands

WEIGHTS = {
    "place_limit": 16,
    "place_resting": 8,
    "place_many": 8,
    "place_immediate": 8,
    "place_market": 12,
    "place_spend": 10,
    "place_trigger": 16,
    "place_iceberg": 8,
    "place_until": 4,
    "place_twisted": 14,
    "place_batch": 4,
    "place_pair": 12,
    "amend": 26,
    "repeat": 4,
    "cancel": 6,
    "cancel_all": 1,
    "cancel_all_after": 3,
    "deposit": 4,
    "transfer": 3,
    "freeze": 2,
    "change_the_catalogue": 12,
    "update_a_market": 4,
    "change_status": 4,
    "hold_an_auction": 4,
    "halt": 1,
    "change_tiers": 2,
    "change_house_accounts": 1,
    "let_time_pass": 8,
    "jump": 4,
    "jump_minutes": 5,
    "restart": 2,
}
"""How often each step is taken, of their sum."""
AVALANCHE_ONE_IN = 400
"""A step that fires more stops than one command may activate is dear: it comes once in so many."""
STEPS = [name for name, weight in WEIGHTS.items() for _ in range(weight)]


class RandomExchange:
    """One exchange and what people ask of it, drawn from a `Random`."""

    def __init__(self, random: Random) -> None:
        self.judge = Judge(Counter())
        self.given: list[Command] = []
        self.refused_in_a_row = 0
        self.frozen: list[AccountId] = []
        self.world = WORLDS[random.randrange(len(WORLDS))]
        self.make = Generator(random, self.world)
        self.make.now = self.judge.now

    def open(self, met: Counter[str]) -> None:
        """Build the world and place the first orders; `met` counts what is met from now on."""
        self.judge.met = self.judge.observer.met = met
        for command in opening_commands(self.world, self.make.rules()):
            assert self.give(command).sequence, f"{command} builds the world"
        for symbol, units in zip(MARKETS, self.world.units, strict=True):
            assert self.judge.observer.markets[symbol].value_units == units.value_units
        if self.make.chance(50):
            self.give(self.make.tiers())
        self.give(self.make.book())

    def step(self, random: Random) -> None:
        """Take one step: one command, seldom a few."""
        self.make.random = random
        if random.randrange(AVALANCHE_ONE_IN) == AVALANCHE_ONE_IN - 1:
            self.avalanche()
            return
        take: Callable[[], None] = getattr(self, self.make.any_of(STEPS))
        take()

    def give(self, command: Command, time: int | None = None) -> Outcome:
        self.given.append(command)
        outcome = self.judge.apply(command, time)
        self.make.now = self.judge.now
        self.make.last = {market: tape.last_ticks for market, tape in self.judge.observer.tapes.items()}
        return outcome

    def place(self, kind: str) -> None:
        self.place_order(self.make.order(kind))

    def place_order(self, order: PlaceOrder) -> None:
        """Place an order; a market or exchange that refused two is opened again."""
        outcome = self.give(order)
        code = outcome.refusal.code.value if outcome.refusal else ""
        self.refused_in_a_row = self.refused_in_a_row + 1 if code in ("MARKET_NOT_OPEN", "EXCHANGE_HALTED") else 0
        if self.refused_in_a_row >= 2 and code == "EXCHANGE_HALTED":
            self.give(SetExchangeHalted(False, "on again"))
        elif self.refused_in_a_row >= 2:
            self.give(SetMarketStatus(order.market, MarketStatus.OPEN, "again"))

    def place_limit(self) -> None:
        self.place("limit")

    def place_resting(self) -> None:
        self.place("resting")

    def place_immediate(self) -> None:
        self.place("immediate")

    def place_market(self) -> None:
        self.place("market")

    def place_spend(self) -> None:
        self.place("spend")

    def place_iceberg(self) -> None:
        self.place("iceberg")

    def place_until(self) -> None:
        self.place("until")

    def place_trigger(self) -> None:
        self.place(self.make.one("stop", "stop", "profit", "trailing"))

    def place_twisted(self) -> None:
        self.place_order(self.make.twisted())

    def place_batch(self) -> None:
        self.give(self.make.batch())

    def place_many(self) -> None:
        self.give(self.make.book())

    def place_pair(self) -> None:
        self.give(self.make.pair())

    def amend(self) -> None:
        orders = self.judge.observer.orders
        if orders:
            self.give(self.make.amendment(orders))

    def repeat(self) -> None:
        """Send an earlier command again, or the same from another account."""
        command = self.given[-min(self.make.random.randrange(1, 31), len(self.given))]
        if self.make.chance(50) and hasattr(command, "account"):
            command = msgspec.structs.replace(command, account=self.make.any_of(ACCOUNTS))
        self.give(command)

    def cancel(self) -> None:
        self.give(self.make.cancellation(self.judge.observer.orders))

    def cancel_all(self) -> None:
        self.give(self.make.cancel_all())

    def cancel_all_after(self) -> None:
        self.give(self.make.cancel_all_after())

    def deposit(self) -> None:
        self.give(self.make.deposit())

    def transfer(self) -> None:
        self.give(self.make.transfer())

    def freeze(self) -> None:
        """Freeze an account, mostly not for long."""
        switched = [account.id for account in self.judge.observer.accounts.values() if account.cancels_at]
        account = self.make.any_of(switched) if switched and self.make.chance(50) else self.make.account()
        self.give(SetAccountFrozen(account, self.make.chance(70)))
        self.frozen.append(account)
        if self.make.chance(60):
            for account in self.frozen:
                self.give(SetAccountFrozen(account, False))
            self.frozen = []

    def change_the_catalogue(self) -> None:
        self.give(self.make.any_of(CATALOGUE))

    def update_a_market(self) -> None:
        self.give(self.make.any_of(UPDATES) if self.make.chance(60) else self.make.update())

    def change_status(self) -> None:
        status = self.make.one(*MarketStatus, MarketStatus.OPEN, MarketStatus.OPEN)
        self.give(SetMarketStatus(self.make.any_of(MARKETS), status, "as drawn"))

    def hold_an_auction(self) -> None:
        """Let an auction collect orders, and mostly end it."""
        symbol = self.make.one(MARKETS[0], *MARKETS)
        self.give(SetMarketStatus(symbol, MarketStatus.AUCTION, "an auction"))
        self.give(self.make.crossing_book())
        if self.make.chance(30):
            self.give(self.make.crossing_book())
        if self.make.chance(5):
            self.give(SetExchangeHalted(True, "in an auction"))
            self.give(SetMarketStatus(symbol, MarketStatus.OPEN, "not while halted"))
            self.give(SetExchangeHalted(False, "on again"))
        if self.make.chance(80):
            statuses = (MarketStatus.OPEN, MarketStatus.OPEN, MarketStatus.OPEN, MarketStatus.POST_ONLY)
            self.give(SetMarketStatus(symbol, self.make.one(*statuses, MarketStatus.CANCEL_ONLY), "the auction ends"))

    def halt(self) -> None:
        halted = self.make.chance(60)
        self.give(SetExchangeHalted(halted, "halted" if halted else "not halted"))

    def change_tiers(self) -> None:
        self.give(self.make.tiers())

    def change_house_accounts(self) -> None:
        self.give(SetHouseAccount(self.make.any_of(ACCOUNTS), self.make.chance(50)))

    def time_to_come(self) -> int:
        """Return a time that matters: mostly the next deadline."""
        now, keys = self.judge.now, self.judge.reference.keys
        deadline = self.judge.reference.next_deadline() or now
        forgotten = keys[0]["used_at"] + DAY_US if keys else now
        seconds = (1, 20, 40, 60, 180, 240, 300, 3_600)
        times = [now + second * SECOND_US for second in seconds]
        times += [deadline] * 8 + [deadline - 1, deadline + SECOND_US, forgotten, forgotten - 1]
        times += [now - 10**9, now + DAY_US // 2, now + 2 * DAY_US, now + self.make.one(1, 29, 30, 31) * DAY_US]
        return self.make.any_of(times)

    def let_time_pass(self) -> None:
        self.give(AdvanceTime(), self.time_to_come())

    def jump(self) -> None:
        """Let time pass that nobody is told of: what was due waits."""
        self.judge.now = self.make.now = TimeUs(max(self.judge.now, self.time_to_come()))

    def jump_minutes(self) -> None:
        """Let as many minutes pass as a band or a breaker looks back, or one more or less."""
        minutes = self.make.one(1, 1, 1, 2, 4, 5, 6, 59, 60)
        self.judge.now = self.make.now = TimeUs(self.judge.now + minutes * 60 * SECOND_US)

    def restart(self) -> None:
        self.judge.restart()

    def avalanche(self) -> None:
        """Fire more stops than one command may activate, and a few elsewhere: while they wait, or after a halt."""
        first, second = self.hang(0, self.make.random.randrange(90, 130)), self.hang(1, 3)
        self.give(first)
        if self.make.chance(50):
            self.give(SetExchangeHalted(True, "an avalanche"))
            self.give(AdvanceTime())
            self.give(SetExchangeHalted(False, "on again"))
        self.give(second)

    def hang(self, number: int, count: int) -> PlaceOrder:
        """Place many stops at one price, and a buyer there; return the sale that sets them off."""
        market, units = MARKETS[number], self.world.units[number]
        price = max(2, self.make.last.get(market, units.price) - units.step)
        stop = PlaceOrder(
            account=ACCOUNTS[0],
            market=market,
            side=Side.SELL,
            type=OrderType.STOP_MARKET,
            time_in_force=TimeInForce.IOC,
            post_only=False,
            self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
            price_ticks=None,
            quantity_lots=1,
            quote_amount=None,
            client_order_id=None,
            stop_ticks=price,
        )
        replace = msgspec.structs.replace
        self.give(PlaceOrders(tuple(replace(stop, account=ACCOUNTS[each % 3]) for each in range(count))))
        limit = replace(stop, type=OrderType.LIMIT, price_ticks=price, stop_ticks=None)
        buyer, lots = ACCOUNTS[3], units.lots
        self.give(replace(limit, account=buyer, side=Side.BUY, time_in_force=TimeInForce.GTC, quantity_lots=2 * lots))
        return replace(limit, quantity_lots=9 * lots)

    def finish(self) -> None:
        if self.judge.agrees:
            self.judge.finish()
