"""The engine and a naive exchange get the same random commands and must answer the same, event by event."""

import contextlib
import itertools
import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from backend.engine.values import PostingKind
from tests.property.judge import shortest_failing, why_it_fails
from tests.property.machine import RandomCommands

COMMANDS = int(os.environ.get("RIALTO_TEST_COMMANDS", "1000000" if os.environ.get("RIALTO_SOAK") else "20000"))
SEED = int(os.environ.get("RIALTO_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
MORE_COMMANDS = 20_000
"""How many more there may be until every rule was met."""
STEPS = 150
"""The most steps of one random exchange; nearly each gives a command, and those that open it do not count."""
EXAMPLES = 10
"""Exchanges in one run of hypothesis: after ten of them it would mostly vary what it had, and meet fewer rules."""

REFUSALS = {
    "INVALID_INPUT": "code decimals quote tick_points status account source key client_order_id type order post_only "
    "self_trade_prevention time_in_force name reason price_ticks quantity_lots quote_amount",
    "UNKNOWN_ACCOUNT": "account",
    "UNKNOWN_MARKET": "market",
    "UNKNOWN_ASSET": "base quote asset",
    "UNKNOWN_ORDER": "order client_order_id",
    "NOTIONAL_TOO_SMALL": "quantity_lots quote_amount",
    "AMOUNT_OUT_OF_RANGE": "tick_points lot_units tick_decimals minimum_notional maximum_lots open_orders_per_account "
    "maker_rate taker_rate amount price_ticks quantity_lots quote_amount",
    "INSUFFICIENT_BALANCE": "quantity_lots quote_amount",
    "INSUFFICIENT_LIQUIDITY": "quantity_lots quote_amount",
    "WOULD_TAKE_LIQUIDITY": "price_ticks",
    "DUPLICATE_CLIENT_ORDER_ID": "client_order_id",
    "DUPLICATE_KEY": "key",
    "MARKET_NOT_OPEN": "market",
    "ALREADY_EXISTS": "code base account",
}
EVENTS = "AssetCreated MarketChanged AccountOpened Posted KeyUsed OrderUpdated Traded Filled LevelChanged TimeAdvanced"
REASONS = ("BY_USER", "SELF_TRADE", "NOT_FILLED_IMMEDIATELY")
SITUATIONS = (
    "repeated key",
    "batch with a refusal",
    "several levels at once",
    "fee takes all",
    "no fee",
    "self-trade after fills",
    "amount spent to the last unit",
    "amount with a leftover",
    "FOK filled",
    "FOK killed",
    "better price than asked",
    "price as asked",
)
MUST_BE_MET = {
    *(f"{code} {field}" for code, fields in REFUSALS.items() for field in fields.split()),
    "TOO_MANY_OPEN_ORDERS ",
    *EVENTS.split(),
    *(f"posting {kind.value}" for kind in PostingKind),
    *(f"reason {reason}" for reason in REASONS),
    *SITUATIONS,
}


@pytest.mark.timeout(0)
def test_the_engine_answers_random_commands_like_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    met = RandomCommands.met = Counter()
    with capsys.disabled():
        print(f"\n{COMMANDS} random commands; to run the same again: RIALTO_TEST_SEED={SEED}", flush=True)
    run = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    for round_number in itertools.count():
        never = sorted(MUST_BE_MET - met.keys())
        if met["commands"] >= COMMANDS and (not never or met["commands"] >= COMMANDS + MORE_COMMANDS):
            break
        failed = True
        with contextlib.suppress(Exception):
            run_state_machine_as_test(seed(SEED + round_number)(RandomCommands), settings=run)
            failed = False
        if failed:
            script = shortest_failing(RandomCommands.last.script)
            steps = "\n".join(f"  {step}" for step in script)
            pytest.fail(f"RIALTO_TEST_SEED={SEED}: {why_it_fails(script)}\n{steps}", pytrace=False)
    assert not never, f"{met['commands']} random commands never met: {never}"
    with capsys.disabled():
        rarest = sorted((met[name], name) for name in MUST_BE_MET)[:5]
        print(f"{met['commands']} commands agreed; met most rarely: {rarest}", flush=True)
