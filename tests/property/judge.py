"""The engine, the reference and the observer side by side: each command goes to all, and all must agree."""

import re
import traceback
from collections import Counter
from typing import Any

from backend.engine.codec import decode_commands, digest_events, encode_commands
from backend.engine.commands import (
    Command,
    PlaceOrder,
    PlaceOrders,
)
from backend.engine.events import Event, Filled, MarketChanged, OrderUpdated
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import TRIGGERED_TYPES, Liquidity, MarketStatus, OrderReason, OrderStatus, TimeUs
from tests.property.observer import Observer
from tests.property.plain import first_difference, plain, plain_outcome, plain_state
from tests.property.reference import ReferenceExchange

START = TimeUs(1_700_000_000_000_000)
ACTIVATIONS_MAX = 100
STATE_CHECK_EVERY = 20
"""Commands between two comparisons of the whole state."""

Script = list[tuple[TimeUs, Command] | None]
"""Commands with their times; None is a restart of the engine."""


class Judge:
    """The engine and its judges, and what they have met."""

    def __init__(self, met: Counter[str]) -> None:
        global LAST
        LAST = self
        self.engine, self.reference, self.observer = Exchange(), ReferenceExchange(), Observer()
        self.observer.met = self.met = met
        self.accepted: list[tuple[TimeUs, Command]] = []
        self.happened: list[tuple[Event, ...]] = []
        self.now = START
        self.commands = 0
        self.script: Script = []
        self.agrees = True

    def apply(self, command: Command, time: int | None = None) -> Outcome:
        """Apply a command to all and compare; AssertionError says where they part."""
        if time is None:
            self.now = TimeUs(self.now + 1)
        at = self.now if time is None else TimeUs(time)
        self.commands += 1
        self.script.append((at, command))
        self.agrees = False
        before = self.engine.fingerprint()
        preview = self.engine.preview(command, at) if isinstance(command, PlaceOrder) else None
        assert self.engine.fingerprint() == before, "a preview changes nothing"
        outcome = self.engine.apply(command, at)
        mine, theirs = plain_outcome(outcome), self.reference.apply(command, at)
        assert mine == theirs, first_difference(mine, theirs)
        deadlines = (self.engine.next_deadline(), self.reference.next_deadline())
        assert deadlines[0] == deadlines[1], f"the engine's next deadline is {deadlines[0]}, the reference's {deadlines[1]}"
        self.observer.fold(outcome)
        assert (self.engine.fingerprint() == before) == (outcome.sequence == 0), "the fingerprint follows the state"
        if isinstance(command, PlaceOrder):
            self.check_preview(preview, command, outcome)
        if outcome.sequence:
            self.accepted.append((at, command))
            self.happened.append(outcome.events)
            self.now = max(self.now, self.engine.time)
        self.count(command, outcome)
        if self.commands % STATE_CHECK_EVERY == 0:
            self.check_state()
        self.agrees = True
        return outcome

    def restart(self) -> None:
        """Go on with an engine restored from the state of the one before."""
        self.script.append(None)
        self.check_state()
        self.engine = Exchange.restore(self.engine.state())

    def finish(self) -> None:
        """Check what is checked at the end of a run."""
        self.check_state()
        self.check_replay()

    def count(self, command: Command, outcome: Outcome) -> None:
        """Note which rules were met."""
        refused = [answer for answer in outcome.answers if isinstance(answer, Refusal)]
        self.met.update(f"{refusal.code.value} {refusal.field}" for refusal in refused)
        if not outcome.sequence and outcome.answers and not refused:
            self.met["repeated key"] += 1
        if isinstance(command, PlaceOrders) and outcome.sequence and refused:
            self.met["batch with a refusal"] += 1
        takes = [event for event in outcome.events if isinstance(event, Filled) and event.liquidity is Liquidity.TAKER]
        if len({event.price_ticks for event in takes}) > 1:
            self.met["several levels at once"] += 1
        if any(event.fee == event.lots for event in takes) or any(event.fee == event.value for event in takes):
            self.met["fee takes all"] += 1
        if any(event.fee == 0 for event in takes):
            self.met["no fee"] += 1
        self.count_situations(outcome)

    def count_situations(self, outcome: Outcome) -> None:
        """Note what only several events together tell."""
        updates = [event.order for event in outcome.events if isinstance(event, OrderUpdated)]
        opened = [order for order in updates if order.triggered_at and order.status is OrderStatus.OPEN]
        ended = [order for order in updates if order.status is OrderStatus.REJECTED]
        activated = len({order.id for order in opened} | {order.id for order in ended})
        self.met["cascade"] += activated > 1
        self.met["as many activations as one command may"] += activated == ACTIVATIONS_MAX
        waiting = [order for order in self.observer.orders.values() if order.triggered_at]
        self.met["fired orders wait"] += any(order.status is OrderStatus.UNTRIGGERED for order in waiting)
        self.met["iceberg shows its next slice"] += any(
            isinstance(event, Filled) and event.order.slice_lots and event.order.slice_lots > event.order.visible_lots / 2
            for event in outcome.events
        )
        self.met["decrement"] += any(
            order.reason is None and order.self_trade_prevention.value == "DECREMENT_AND_CANCEL" and order.filled_lots
            for order in updates
        )

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
            fills = [each for each in outcome.events if isinstance(each, Filled) and each.order.id == outcome.answers[0]]
            takes = [fill for fill in fills if fill.liquidity is Liquidity.TAKER]
            assert preview.filled_lots == sum(fill.lots for fill in takes), preview
            assert preview.filled_value == sum(fill.value for fill in takes), preview
            assert preview.fee == sum(fill.fee for fill in takes), preview

    def check_state(self) -> None:
        """The engine's whole state is the reference's, and a restored engine is the same engine."""
        state = self.engine.state()
        mine, theirs = plain_state(state), self.reference.state()
        for part, value in theirs.items():
            assert mine[part] == value, f"state.{part} differs\n  engine    {mine[part]}\n  reference {value}"
        told = [plain(order) for order in sorted(self.observer.orders.values(), key=lambda order: order.place)]
        assert told == mine["orders"], "the events tell all of the open orders"
        balances = {(each.account, each.asset): each for each in state.balances if each.available or each.held}
        known = {key: each for key, each in self.observer.balances.items() if each.available or each.held}
        assert balances == known, "the events tell all balances"
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


def why_it_fails(script: Script) -> str | None:
    """Return what goes wrong when a script is played, None when all agree."""
    judge = Judge(Counter())
    try:
        for step in script:
            if step is None:
                judge.restart()
            else:
                judge.apply(step[1], step[0])
        judge.finish()
    except Exception as error:
        return "".join(traceback.format_exception(error, limit=-3, chain=False))
    return None


def shortest_failing(script: Script) -> Script:
    """Leave out of a failing script whatever it fails without, in the same way."""
    kind = kind_of(why_it_fails(script))
    piece = len(script)
    while piece:
        start = 0
        while start < len(script):
            shorter = script[:start] + script[start + piece :]
            if kind_of(why_it_fails(shorter)) == kind:
                script = shorter
            else:
                start += piece
        piece //= 2
    for index, step in enumerate(script):
        if step and isinstance(step[1], PlaceOrders):
            for order in step[1].orders:
                fewer = PlaceOrders(tuple(each for each in script[index][1].orders if each is not order))
                shorter = [*script[:index], (step[0], fewer), *script[index + 1 :]]
                if kind_of(why_it_fails(shorter)) == kind:
                    script = shorter
    return script


def kind_of(why: str | None) -> str:
    """Return the line that says what went wrong, without its numbers; "" where nothing did."""
    lines = [line for line in (why or "").splitlines() if re.match(r"[\w.]*Error|KeyError|StopIteration", line)]
    return re.sub(r"\d+", "", lines[0])[:60] if lines else ""
