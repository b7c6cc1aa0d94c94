"""The shortest way to what went wrong: whatever a failing script fails without is left out of it."""

import re
import traceback
from collections import Counter
from collections.abc import Iterator

import msgspec

from backend.engine.commands import AmendOrder, CancelOrder, PlaceOcoOrder, PlaceOrder, PlaceOrders
from backend.engine.values import OrderId
from tests.property.judge import Judge, Script, Step

PLACES = (PlaceOrder, PlaceOrders, PlaceOcoOrder)


def why_it_fails(script: Script) -> str | None:
    """Return what goes wrong when a script is played, None when all agree."""
    return played(script)[1]


def played(script: Script) -> tuple[Judge, str | None]:
    """Play a script; return the judge, and what went wrong."""
    judge = Judge(Counter())
    try:
        for step in script:
            if step is None:
                judge.restart()
            else:
                judge.apply(step[1], step[0])
        judge.finish()
    except Exception as error:
        return judge, "".join(traceback.format_exception(error, limit=-3, chain=False))
    return judge, None


def shortest_failing(script: Script) -> Script:
    """Leave out of a failing script whatever it fails without, in the same way."""
    judge, why = played(script)
    kind = kind_of(why)
    for first, count in pieces(script):
        if first >= len(script):
            continue
        shorter = without(script, judge, first, count)
        other, why = played(shorter)
        while kind_of(why) == kind and len(shorter) < len(script):
            script, judge = shorter, other
            if first < len(script):
                shorter = without(script, judge, first, count)
                other, why = played(shorter)
    for index, step in enumerate(script):
        if step and isinstance(step[1], PlaceOrders):
            for order in step[1].orders:
                shorter = without_order(script, judge, index, order)
                other, why = played(shorter)
                if kind_of(why) == kind:
                    script, judge = shorter, other
    return script


def pieces(script: Script) -> Iterator[tuple[int, int]]:
    """Yield where to cut and how many steps: first large pieces, then small ones."""
    count = len(script)
    while count:
        yield from ((first, count) for first in range(0, len(script), count))
        count //= 2


def without(script: Script, judge: Judge, first: int, count: int) -> Script:
    """Return a script without some of its steps; orders placed later get other ids then, and are named by them."""
    gone: list[int] = []
    for step, answers in zip(script[first : first + count], judge.answers[first : first + count], strict=False):
        if step and isinstance(step[1], PLACES):
            gone += [answer for answer in answers if isinstance(answer, int)]
    return script[:first] + [renamed(step, gone) for step in script[first + count :]]


def without_order(script: Script, judge: Judge, index: int, order: PlaceOrder) -> Script:
    """Return a script with one order less in the batch at an index."""
    step = script[index]
    assert step is not None
    assert isinstance(step[1], PlaceOrders)
    answers = judge.answers[index] if index < len(judge.answers) else ()
    gone = [
        answer
        for each, answer in zip(step[1].orders, answers, strict=False)
        if each is order and isinstance(answer, int)
    ]
    fewer = PlaceOrders(tuple(each for each in step[1].orders if each is not order))
    return [*script[:index], (step[0], fewer), *(renamed(each, gone) for each in script[index + 1 :])]


def renamed(step: Step, gone: list[int]) -> Step:
    """Return a step that names an order by the id that it has when the orders that are gone were never placed."""
    if step is None or not isinstance(step[1], AmendOrder | CancelOrder) or step[1].order is None:
        return step
    order = OrderId(step[1].order - sum(1 for number in gone if number < step[1].order))
    return step[0], msgspec.structs.replace(step[1], order=order)


def kind_of(why: str | None) -> str:
    """Return the beginning of what went wrong, without its numbers; "" where nothing did."""
    errors = [line for line in (why or "").splitlines() if re.match(r"[\w.]+: ", line)]
    return re.sub(r"\d+", "", errors[0])[:60] if errors else ""
