"""One plain form, dicts and lists, in which the engine's answers and the reference's are compared."""

import enum
from typing import Any, NamedTuple

import msgspec

from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import State

PlainEvent = tuple[str, dict[str, Any]]
PlainRefusal = dict[str, Any]


class Answered(NamedTuple):
    """What an exchange answered to one command."""

    sequence: int
    events: list[PlainEvent]
    answers: list[Any]


def refusal(code: str, field: str, facts: dict[str, Any]) -> PlainRefusal:
    """Return the plain form of a refusal."""
    return {"code": code, "field": field, "facts": facts}


def plain_outcome(outcome: Outcome) -> Answered:
    """Return the plain form of what the engine answered."""
    events = [(type(event).__name__, plain(event)) for event in outcome.events]
    return Answered(outcome.sequence, events, [plain(answer) for answer in outcome.answers])


def plain_state(state: State) -> dict[str, Any]:
    """Return the plain form of a state; what has no order of its own is sorted, empty balances are left out."""
    form = plain(state)
    form["assets"].sort(key=lambda asset: asset["code"])
    form["markets"].sort(key=lambda market: market["symbol"])
    form["accounts"].sort(key=lambda account: account["id"])
    form["tapes"].sort(key=lambda tape: tape["market"])
    form["volumes"].sort(key=lambda volume: (volume["account"], volume["day"]))
    form["balances"] = [balance for balance in form["balances"] if balance["available"] or balance["held"]]
    form["balances"].sort(key=lambda balance: (balance["account"], balance["asset"]))
    return form


def plain(value: Any) -> Any:
    """Return structs as dicts and enums as their values, all the way down."""
    if isinstance(value, Refusal):
        return refusal(value.code.value, value.field, dict(value.facts))
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def first_difference(engine: Answered, reference: Answered) -> str:
    """Say where two answers part, in a few lines."""
    if engine.answers != reference.answers:
        return f"answers differ\n  engine    {engine.answers}\n  reference {reference.answers}"
    if engine.sequence != reference.sequence:
        return f"sequences differ: engine {engine.sequence}, reference {reference.sequence}"
    for index, (mine, theirs) in enumerate(zip(engine.events, reference.events, strict=False)):
        if mine[0] != theirs[0]:
            return f"event {index} differs\n  engine    {mine}\n  reference {theirs}"
        for name in mine[1].keys() | theirs[1].keys():
            if mine[1].get(name) != theirs[1].get(name):
                values = f"{mine[1].get(name)}\n  reference {theirs[1].get(name)}"
                return f"event {index}, {mine[0]}.{name} differs\n  engine    {values}"
    return f"the engine has {len(engine.events)} events, the reference {len(reference.events)}: " + str(
        engine.events[len(reference.events) :] or reference.events[len(engine.events) :]
    )
