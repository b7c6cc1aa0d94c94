"""Lists without a page limit: a long one is made in pieces, so that it does not keep everybody else waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")
Shown = TypeVar("Shown")

ITEMS_AT_ONCE_MAX: Final = 50
"""So many items are made and completed before the event loop gets its turn."""


def shown(items: Sequence[T], show: Callable[[T], Shown]) -> Any:
    """Return what the API shows of each item: a list, or where it is long a stream of them."""
    return [show(item) for item in items] if len(items) <= ITEMS_AT_ONCE_MAX else _in_pieces(items, show)


async def _in_pieces(items: Sequence[T], show: Callable[[T], Shown]) -> AsyncIterator[Shown]:
    for number, item in enumerate(items):
        if number % ITEMS_AT_ONCE_MAX == 0:
            await asyncio.sleep(0)
        yield show(item)
