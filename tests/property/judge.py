"""The engine, the reference and the observer side by side: each command goes to all, and all must agree."""

from collections import Counter
from typing import Any

from backend.engine.auction import indicative
from backend.engine.codec import decode_commands, digest_events, encode_commands
from backend.engine.commands import Command, PlaceOrder
from backend.engine.events import Event, Filled, MarketChanged
from backend.engine.exchange import Exchange
from backend.engine.outcome import Answer, Outcome, Refusal
from backend.engine.values import Liquidity, MarketStatus, TimeUs
from tests.property.observer import Observer
from tests.property.plain import first_difference, plain, plain_outcome, plain_state
from tests.property.reference import ReferenceExchange
from tests.property.situations import situations

START = TimeUs(1_700_000_000_000_000)
STATE_CHECK_EVERY = 20
"""Commands between two comparisons of the whole state."""

Step = tuple[TimeUs, Command] | None
"""A command with its time; None is a restart of the engine."""
Script = list[Step]


class Judge:
    """The engine and its judges, and what they have met."""

    def __init__(self, met: Counter[str]) -> None:
        self.engine, self.reference, self.observer = Exchange(), ReferenceExchange(), Observer()
        self.observer.met = self.met = met
        self.accepted: list[tuple[TimeUs, Command]] = []
        self.happened: list[tuple[Event, ...]] = []
        self.now = START
        self.commands = 0
        self.script: Script = []
        self.answers: list[tuple[Answer, ...]] = []
        """Of each step of the script."""
        self.agrees = True

    def apply(self, command: Command, time: int | None = None) -> Outcome:
        """Apply a command to all and compare; AssertionError says where they part."""
        if time is None:
            self.now = TimeUs(self.now + 1)
        at = self.now if time is None else TimeUs(time)
        self.commands += 1
        self.script.append((at, command))
        self.answers.append(())
        self.agrees = False
        before = self.engine.fingerprint()
        preview = self.engine.preview(command, at) if isinstance(command, PlaceOrder) else None
        assert self.engine.fingerprint() == before, "a preview changes nothing"
        outcome = self.engine.apply(command, at)
        self.answers[-1] = outcome.answers
        mine, theirs = plain_outcome(outcome), self.reference.apply(command, at)
        assert mine == theirs, first_difference(mine, theirs)
        due, expected = self.engine.next_deadline(), self.reference.next_deadline()
        assert due == expected, f"the engine's next deadline is {due}, the reference's {expected}"
        orders = dict(self.observer.orders)
        self.observer.fold(outcome)
        assert (self.engine.fingerprint() == before) == (outcome.sequence == 0), "the fingerprint follows the state"
        if isinstance(command, PlaceOrder):
            self.check_preview(preview, command, outcome)
        if outcome.sequence:
            self.accepted.append((at, command))
            self.happened.append(outcome.events)
            self.now = max(self.now, self.engine.time)
        self.met.update(situations(command, outcome, orders, self.observer.orders))
        if self.commands % STATE_CHECK_EVERY == 0:
            self.check_state()
        self.agrees = True
        return outcome

    def restart(self) -> None:
        """Go on with an engine restored from the state of the one before."""
        self.script.append(None)
        self.answers.append(())
        self.check_state()
        self.engine = Exchange.restore(self.engine.state())

    def finish(self) -> None:
        """Check what is checked at the end of a run."""
        self.check_state()
        self.check_replay()

    def check_preview(self, preview: Any, command: PlaceOrder, outcome: Outcome) -> None:
        """What the preview, which looks at no keys, said is what happened."""
        if outcome.refusal and outcome.refusal.field == "client_order_id":
            return
        if any(isinstance(event, MarketChanged) for event in outcome.events):
            return  # The circuit breaker cut the order short, which no preview foresees.
        if isinstance(preview, Refusal):
            repeated = not outcome.sequence and not outcome.refusal
            assert repeated or outcome.answers == (preview,), f"the preview said {preview}"
        elif outcome.sequence:
            fills = [
                each for each in outcome.events if isinstance(each, Filled) and each.order.id == outcome.answers[0]
            ]
            takes = [fill for fill in fills if fill.liquidity is Liquidity.TAKER]
            assert preview.filled_lots == sum(fill.lots for fill in takes), preview
            assert preview.filled_value == sum(fill.value for fill in takes), preview
            assert preview.fee == sum(fill.fee for fill in takes), preview

    def check_state(self) -> None:
        """The engine's whole state is the reference's, and a restored engine is the same engine."""
        state, told = self.engine.state(), self.observer
        mine, theirs = plain_state(state), self.reference.state()
        for part, value in theirs.items():
            assert mine[part] == value, f"state.{part} differs\n  engine    {mine[part]}\n  reference {value}"
        assert mine.keys() == theirs.keys()
        orders = [plain(order) for order in sorted(told.orders.values(), key=lambda order: order.place)]
        assert orders == mine["orders"], "the events tell all of the open orders"
        balances = {(each.account, each.asset): each for each in state.balances if each.available or each.held}
        known = {key: each for key, each in told.balances.items() if each.available or each.held}
        assert balances == known, "the events tell all balances"
        assert {each.symbol: each for each in state.markets} == told.markets, "the events tell all markets"
        assert {each.id: each for each in state.accounts} == told.accounts, "the events tell all accounts"
        assert state.rules == told.rules, "the events tell the rules"
        assert {each.market: each for each in state.tapes} == told.tapes, "the events tell all tapes"
        volumes = {key: each for key, each in told.volumes.items() if each.amount}
        assert {(each.account, each.day): each for each in state.volumes} == volumes, "the events tell all volumes"
        for symbol, market in told.markets.items():
            orders_there = [order for order in state.orders if order.market == symbol]
            last_ticks = told.tapes[symbol].last_ticks if symbol in told.tapes else None
            now = indicative(orders_there, last_ticks) if market.status is MarketStatus.AUCTION else (None, 0)
            assert told.indicative.get(symbol, (None, 0)) == now, f"the events tell what an auction of {symbol} gives"
        assert Exchange.restore(state).fingerprint() == self.engine.fingerprint(), "a restored engine is the same"

    def check_replay(self) -> None:
        """The accepted commands alone, through the journal's encoding, give the same events and state."""
        replayed = Exchange()
        journal = decode_commands(encode_commands(self.accepted))
        assert journal == self.accepted
        happened = [replayed.apply(command, time).events for time, command in journal]
        assert happened == self.happened, "a replay gives the same events"
        assert digest_events(happened) == digest_events(self.happened)
        assert replayed.fingerprint() == self.engine.fingerprint(), "a replay gives the same state"
