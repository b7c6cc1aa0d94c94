"""The engine alone, in one process without any I/O."""

from time import process_time

from backend.engine.codec import digest_events
from backend.engine.events import Traded
from backend.engine.values import TimeUs
from tests.bench import toy
from tests.bench.flow import START, flow, opened, plain
from tests.bench.measure import Result, in_turns

COMMANDS = 20_000
ROUNDS = 3
BATCH = 100
"""Commands of a journal batch, after which the fingerprint and the digest of events are taken."""


def measure() -> list[Result]:
    """Measure `apply`, and `apply` with what each journal batch needs of the engine."""
    commands = flow(COMMANDS)
    small = plain(commands)
    exchange = opened()
    trades = sum(isinstance(event, Traded) for command in commands for event in exchange.apply(command, START).events)
    assert toy.match(small) == trades, "the toy matches the same flow"

    def toy_alone() -> float:
        begun = process_time()
        toy.match(small)
        return COMMANDS / (process_time() - begun)

    def engine_alone() -> float:
        exchange = opened()
        begun = process_time()
        for number, command in enumerate(commands):
            exchange.apply(command, TimeUs(START + number))
        return COMMANDS / (process_time() - begun)

    def engine_with_fingerprints() -> float:
        exchange = opened()
        begun = process_time()
        for first in range(0, COMMANDS, BATCH):
            batch = commands[first : first + BATCH]
            events = [exchange.apply(command, TimeUs(START + first)).events for command in batch]
            digest_events(events)
            exchange.fingerprint()
        return COMMANDS / (process_time() - begun)

    bare, alone, marked = in_turns(ROUNDS, toy_alone, engine_alone, engine_with_fingerprints)
    return [
        Result("engine alone", alone, "commands/s", "toy: a dict and two heaps, no money", bare),
        Result("engine, digest and fingerprint per 100", marked, "commands/s", "engine alone", alone),
    ]
