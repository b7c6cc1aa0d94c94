"""The engine and a naive exchange get the same random commands and must answer the same, event by event."""

import itertools
import os
from collections import Counter
from random import Random, SystemRandom
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from msgspec.structs import replace

from backend.engine.commands import AdvanceTime, CancelAllAfter, PlaceOrder, PlaceOrders
from backend.engine.events import OrderUpdated
from backend.engine.outcome import Outcome
from backend.engine.values import OrderReason, OrderType, PostingKind, SelfTradePrevention, Side, TimeInForce, TimeUs
from tests.property.judge import Judge, Script
from tests.property.machine import RandomExchange
from tests.property.shrinking import shortest_failing, why_it_fails
from tests.property.worlds import ACCOUNTS, MARKETS, WORLDS, Rules, opening_commands

SOAK = bool(os.environ.get("RIALTO_SOAK"))
COMMANDS = int(os.environ.get("RIALTO_TEST_COMMANDS", "1000000" if SOAK else "20000"))
SEED = int(os.environ.get("RIALTO_TEST_SEED", "0")) or SystemRandom().randrange(1, 2**32)
STEPS = 150
"""Steps of one random exchange; most give one command, and those that open it come on top."""
FIXED_SEED = 1
"""Where the seeds begin whose commands must meet every rule."""
AT_LEAST = 2
"""How often each rule must be met at the fixed seeds."""
MORE_COMMANDS = 60_000
"""How many more there may be until every rule was met so often."""
EXAMPLES = 1_000 if SOAK else 40
"""Exchanges that hypothesis makes."""
EXAMPLE_STEPS = 40

REFUSALS = {
    "INVALID_INPUT": "code decimals quote tick_points account source key client_order_id order post_only reason "
    "time_in_force name price_ticks quantity_lots quote_amount expire_at stop_ticks trailing_ticks trailing_rate "
    "visible_lots breaker_rate maker_rate changes tiers to_account seconds stop_client_order_id stop_limit_ticks "
    "limit_client_order_id",
    "UNKNOWN_ACCOUNT": "account from_account to_account",
    "UNKNOWN_MARKET": "market",
    "UNKNOWN_ASSET": "base quote asset volume_asset",
    "UNKNOWN_ORDER": "order client_order_id",
    "NOTIONAL_TOO_SMALL": "quantity_lots quote_amount price_ticks stop_ticks",
    "AMOUNT_OUT_OF_RANGE": "tick_points lot_units tick_decimals minimum_notional maximum_lots open_orders_per_account "
    "maker_rate taker_rate amount price_ticks quantity_lots quote_amount stop_ticks stop_limit_ticks trailing_ticks "
    "trailing_rate visible_lots band_rate breaker_rate breaker_minutes breaker_pause_s tiers",
    "PRICE_OUT_OF_BAND": "price_ticks",
    "INSUFFICIENT_BALANCE": "quantity_lots quote_amount price_ticks amount",
    "INSUFFICIENT_LIQUIDITY": "quantity_lots quote_amount",
    "WOULD_TAKE_LIQUIDITY": "price_ticks",
    "WOULD_TRIGGER_IMMEDIATELY": "stop_ticks",
    "DUPLICATE_CLIENT_ORDER_ID": "client_order_id limit_client_order_id stop_client_order_id",
    "DUPLICATE_KEY": "key",
    "MARKET_NOT_OPEN": "market",
    "ACCOUNT_FROZEN": "account from_account to_account",
    "ALREADY_EXISTS": "code base account",
}
EVENTS = (
    "AssetCreated MarketChanged AccountOpened AccountChanged RulesChanged Posted KeyUsed OrderUpdated Traded Filled "
)
EVENTS += "LevelChanged TapeChanged VolumeChanged IndicativeChanged TimeAdvanced"
ENDS = {
    "CANCELED": "BY_USER BY_OPERATOR BY_DEAD_MANS_SWITCH BY_LINKED_ORDER SELF_TRADE NOT_FILLED_IMMEDIATELY PRICE_BAND "
    "MARKET_CLOSED ACCOUNT_FROZEN",
    "REJECTED": "PRICE_BAND WOULD_TAKE_LIQUIDITY",
    "EXPIRED": "EXPIRED",
}
TYPES = "STOP_LIMIT STOP_MARKET TAKE_PROFIT_LIMIT TAKE_PROFIT_MARKET TRAILING_STOP"
SITUATIONS = (
    "repeated key",
    "batch with a refusal",
    "several levels at once",
    "fee takes all",
    "no fee",
    "rebate",
    "self-trade after fills",
    "amount spent to the last unit",
    "amount with a leftover",
    "FOK filled",
    "FOK killed",
    "better price than asked",
    "price as asked",
    "iceberg shows its next slice",
    "iceberg met twice",
    "iceberg in an auction",
    "decrement of a partly filled order",
    "breaker trips",
    "auction of the breaker ends",
    "crossed book",
    "trade of an auction",
    "indicative price",
    "no indicative price",
    "cascade",
    "as many activations as one command may",
    "fired orders wait",
    "trailing stop moves",
    "pair fires",
    "amended to what it is",
    "amended in its place",
    "amended to a new place",
    "amended while it waits",
    "amended leg of a pair",
    "amended after its trigger",
    "amended order trades",
    "amended order ends",
    "account with a tier",
    "account with a switch",
    "account with a house",
    "volume counted",
    "volume forgotten",
)
MUST_BE_MET = {
    *(f"{code} {field}" for code, fields in REFUSALS.items() for field in fields.split()),
    "TOO_MANY_OPEN_ORDERS ",
    "EXCHANGE_HALTED ",
    "EXCHANGE_HALTED status",
    *EVENTS.split(),
    *(f"posting {kind.value}" for kind in PostingKind),
    *(f"{status} {reason}" for status, reasons in ENDS.items() for reason in reasons.split()),
    *(f"status {status}" for status in ("OPEN", "POST_ONLY", "CANCEL_ONLY", "AUCTION", "HALTED")),
    *(f"liquidity {liquidity}" for liquidity in ("MAKER", "TAKER", "AUCTION")),
    *(f"fired {kind}" for kind in TYPES.split()),
    *SITUATIONS,
}


@pytest.mark.timeout(0)
def test_the_engine_answers_random_commands_like_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    met: Counter[str] = Counter()
    with capsys.disabled():
        print(f"\n{COMMANDS} random commands; to run the same again: RIALTO_TEST_SEED={SEED}", flush=True)
    for seed in itertools.count(SEED):
        if met["commands"] >= COMMANDS:
            break
        play(seed, met)


@pytest.mark.timeout(0)
def test_random_commands_meet_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    met: Counter[str] = Counter()
    commands = min(COMMANDS, 20_000)
    for seed in itertools.count(FIXED_SEED):
        seldom = sorted((met[name], name) for name in MUST_BE_MET if met[name] < AT_LEAST)
        if met["commands"] >= commands and (not seldom or met["commands"] >= commands + MORE_COMMANDS):
            break
        play(seed, met)
    assert not seldom, f"{met['commands']} random commands met too seldom: {seldom}"
    with capsys.disabled():
        rarest = sorted((met[name], name) for name in MUST_BE_MET)[:5]
        print(f"\n{met['commands']} commands agreed; met most rarely: {rarest}", flush=True)


def play(seed: int, met: Counter[str]) -> None:
    """Let one random exchange live; where the engine and the reference part, fail with the shortest way there."""
    random = Random(seed)
    exchange = RandomExchange(random)
    try:
        exchange.open(met)
        for _ in range(STEPS):
            exchange.step(random)
        exchange.finish()
    except Exception:
        script = exchange.judge.script
    else:
        met["commands"] += exchange.judge.commands
        return
    fail(f"RIALTO_TEST_SEED={seed}", script)


def fail(where: str, script: Script) -> None:
    """Fail with the shortest way to what went wrong."""
    script = shortest_failing(script)
    steps = "\n".join(f"  {step}" for step in script)
    pytest.fail(f"{where}: {why_it_fails(script)}\n{steps}", pytrace=False)


class Shrinking(RuleBasedStateMachine):
    """The same random exchange with a `Random` of hypothesis, which shrinks what it draws."""

    last: ClassVar[RandomExchange]

    @initialize(random=st.randoms(use_true_random=False))
    def open(self, random: Random) -> None:
        self.exchange = Shrinking.last = RandomExchange(random)
        self.exchange.open(Counter())

    @rule(random=st.randoms(use_true_random=False))
    def step(self, random: Random) -> None:
        self.exchange.step(random)

    def teardown(self) -> None:
        if hasattr(self, "exchange"):
            self.exchange.finish()


@pytest.mark.timeout(0)
def test_hypothesis_finds_no_commands_that_the_engine_answers_otherwise() -> None:
    run = settings(
        max_examples=EXAMPLES,
        stateful_step_count=EXAMPLE_STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    try:
        run_state_machine_as_test(Shrinking, settings=run)
    except Exception:
        script = Shrinking.last.judge.script
    else:
        return
    fail("found by hypothesis", script)


ORDER = PlaceOrder(
    account=ACCOUNTS[0],
    market=MARKETS[0],
    side=Side.SELL,
    type=OrderType.LIMIT,
    time_in_force=TimeInForce.GTC,
    post_only=False,
    self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
    price_ticks=20,
    quantity_lots=1,
    quote_amount=None,
    client_order_id=None,
)


@pytest.mark.timeout(0)
def test_what_is_due_beyond_one_command_is_done_by_the_next() -> None:
    judge = Judge(Counter())
    for command in opening_commands(WORLDS[0], Rules(0, 0, 0, None, 2_000, None, None, 1, 1)):
        judge.apply(command)
    ann, bob, cleo = ACCOUNTS[:3]
    expire_at = TimeUs(judge.now + 10**6)
    until = replace(ORDER, account=ann, time_in_force=TimeInForce.GTD, expire_at=expire_at)
    judge.apply(PlaceOrders((until,) * 600))
    judge.apply(PlaceOrders((replace(ORDER, account=bob),) * 450))
    for account in (bob, cleo):
        judge.apply(CancelAllAfter(account, 1))

    first = judge.apply(AdvanceTime(), expire_at + 10**7)
    assert ended(first) == {OrderReason.EXPIRED: 600, OrderReason.BY_DEAD_MANS_SWITCH: 400}
    assert judge.engine.next_deadline() is not None, "bob's last orders and both switches are still due"
    assert ended(judge.apply(AdvanceTime())) == {OrderReason.BY_DEAD_MANS_SWITCH: 50}
    assert judge.engine.next_deadline() is None
    judge.finish()


def ended(outcome: Outcome) -> Counter[OrderReason | None]:
    """Count the orders that a command ended, by reason."""
    return Counter(event.order.reason for event in outcome.events if isinstance(event, OrderUpdated))
