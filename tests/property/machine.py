"""A hypothesis state machine that asks random things of an exchange."""

from collections import Counter
from typing import Any, ClassVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from backend.engine.commands import (
    AdvanceTime,
    CancelAllOrders,
    CancelOrder,
    Command,
    PlaceOrder,
    PlaceOrders,
    SetMarketStatus,
)
from backend.engine.outcome import Outcome
from backend.engine.values import MarketStatus, OrderId
from tests.property import generators as make
from tests.property.judge import Judge
from tests.property.reference import DAY_US
from tests.property.worlds import ACCOUNTS, MARKETS, Rules, World, opening_commands, order_value

CANCELS = ("id", "id", "client id", "both", "neither", "unknown", "unknown client id", "stranger", "foreign")
TIMES = ("a second", "half a day", "back", "key forgotten", "key just remembered", "key long forgotten")

ARGUMENTS: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "let_time_pass": st.tuples(st.sampled_from(TIMES)),
    "place_limit": st.tuples(make.orders["limit"]),
    "place_many_limits": st.tuples(make.books),
    "place_immediate": st.tuples(make.orders["immediate"]),
    "place_market": st.tuples(make.orders["market"]),
    "place_spend": st.tuples(make.orders["spend"]),
    "place_any": st.tuples(make.orders["any"]),
    "place_twisted": st.tuples(make.orders["any"], make.order_twists),
    "place_batch": st.tuples(st.lists(st.tuples(make.orders["any"], make.batch_twists), max_size=5)),
    "repeat": st.tuples(st.integers(1, 30), st.sampled_from((None, None, *ACCOUNTS))),
    "cancel": st.tuples(st.integers(0, 30), st.sampled_from(CANCELS)),
    "cancel_all": st.tuples(st.sampled_from((*ACCOUNTS, make.STRANGER)), st.sampled_from((None, *MARKETS, "ZZZ-QQQ"))),
    "deposit": st.tuples(make.deposits, make.deposit_twists),
    "change_the_catalogue": st.tuples(make.catalogue),
    "change_status": st.tuples(st.sampled_from(MARKETS), make.statuses),
    "restart": st.tuples(),
}
"""The steps of the machine, each a method of its own, with what it is given."""

WEIGHTS = {
    "place_limit": 24,
    "place_many_limits": 8,
    "place_immediate": 8,
    "place_market": 8,
    "place_spend": 10,
    "place_any": 6,
    "place_twisted": 10,
    "place_batch": 5,
    "repeat": 4,
    "cancel": 7,
    "cancel_all": 1,
    "deposit": 5,
    "change_the_catalogue": 6,
    "change_status": 2,
    "let_time_pass": 3,
    "restart": 1,
}
steps = st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)]).flatmap(
    lambda name: st.tuples(st.just(name), ARGUMENTS[name])
)
"""One rule takes all steps, since hypothesis leaves some rules out of each run: half of its books would stay empty."""


class RandomCommands(RuleBasedStateMachine):
    """One exchange and what people ask of it."""

    met: ClassVar[Counter[str]] = Counter()
    last: ClassVar[Judge]

    def __init__(self) -> None:
        super().__init__()
        self.judge = RandomCommands.last = Judge(RandomCommands.met)
        self.given: list[Command] = []
        self.refused_in_a_row = 0
        self.world: World

    def give(self, command: Command, time: int | None = None) -> Outcome:
        self.given.append(command)
        return self.judge.apply(command, time)

    def place(self, order: PlaceOrder) -> None:
        """Place an order; a market that refused three is opened again."""
        outcome = self.give(order)
        closed = outcome.refusal and outcome.refusal.code.value == "MARKET_NOT_OPEN"
        self.refused_in_a_row = self.refused_in_a_row + 1 if closed else 0
        if self.refused_in_a_row == 3:
            self.give(SetMarketStatus(order.market, MarketStatus.OPEN, "again"))

    @initialize(world=make.worlds, rules=make.rules, book=make.books)
    def open_exchange(self, world: World, rules: Rules, book: Any) -> None:
        self.world = world
        for command in opening_commands(world, rules):
            assert self.give(command).sequence, f"{command} builds the world"
        for symbol, units in zip(MARKETS, world.units, strict=True):
            assert self.judge.observer.markets[symbol].value_units == units.value_units
        self.give(PlaceOrders(tuple(make.order(world, recipe) for recipe in book)))

    @rule(step=steps)
    def take(self, step: tuple[str, tuple[Any, ...]]) -> None:
        """Take one step: a method's name and its arguments."""
        name, arguments = step
        before = self.judge.commands
        getattr(self, name)(*arguments)
        self.met["commands"] += self.judge.commands - before

    def place_many_limits(self, book: Any) -> None:
        self.give(PlaceOrders(tuple(make.order(self.world, recipe) for recipe in book)))

    def place_limit(self, recipe: Any) -> None:
        self.place(make.order(self.world, recipe))

    def place_immediate(self, recipe: Any) -> None:
        self.place(make.order(self.world, recipe))

    def place_market(self, recipe: Any) -> None:
        self.place(make.order(self.world, recipe))

    def place_spend(self, recipe: Any) -> None:
        self.place(make.order(self.world, recipe))

    def place_any(self, recipe: Any) -> None:
        self.place(make.order(self.world, recipe))

    def place_twisted(self, recipe: Any, twist: dict[str, Any]) -> None:
        self.place(msgspec.structs.replace(make.order(self.world, recipe), **twist))

    def place_batch(self, recipes: Any) -> None:
        orders = [msgspec.structs.replace(make.order(self.world, recipe), **twist) for recipe, twist in recipes]
        self.give(PlaceOrders(tuple(orders)))

    def repeat(self, back: int, other_account: Any) -> None:
        """Send an earlier command again, or the same from another account."""
        command = self.given[-min(back, len(self.given))]
        if other_account and hasattr(command, "account"):
            command = msgspec.structs.replace(command, account=other_account)
        self.give(command)

    def cancel(self, number: int, how: str) -> None:
        orders = sorted(self.judge.observer.orders)
        if not orders:
            self.give(CancelOrder(ACCOUNTS[0], OrderId(number), None))
            return
        order = self.judge.observer.orders[orders[number % len(orders)]]
        foreign = next(each for each in ACCOUNTS if each != order.account)
        account = {"foreign": foreign, "stranger": make.STRANGER}.get(how, order.account)
        order_id = {"client id": None, "neither": None, "unknown": OrderId(99999), "unknown client id": None}
        client_id = {"client id": order.client_order_id or "none", "both": "key 1", "unknown client id": "other"}
        self.give(CancelOrder(account, order_id.get(how, order.id), client_id.get(how)))

    def cancel_all(self, account: Any, market: str | None) -> None:
        self.give(CancelAllOrders(account, market))

    def deposit(self, recipe: Any, twist: dict[str, Any]) -> None:
        self.give(make.deposit(order_value(self.world, recipe[1]), recipe, twist))

    def change_the_catalogue(self, command: Command) -> None:
        self.give(command)

    def change_status(self, market: str, status: MarketStatus) -> None:
        self.give(SetMarketStatus(market, status, "as drawn"))

    def let_time_pass(self, how: str) -> None:
        """Move time on, mostly to the moment at which the oldest key is about to be forgotten."""
        now, keys = self.judge.now, self.judge.reference.keys
        forgotten = keys[0]["used_at"] + DAY_US if keys else now
        times = {
            "a second": now + 10**6,
            "half a day": now + DAY_US // 2,
            "back": now - 10**9,
            "key forgotten": forgotten,
            "key just remembered": forgotten - 1,
            "key long forgotten": now + 2 * DAY_US,
        }
        self.give(AdvanceTime(), times[how])

    def restart(self) -> None:
        self.judge.restart()

    def teardown(self) -> None:
        if self.judge.agrees:
            self.judge.finish()
