"""Where two states of the exchange differ, in words for an operator."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

import msgspec

from backend.engine.values import Balance, State

T = TypeVar("T")


def differences(read_model: State, journal: State) -> Iterator[str]:
    """Name each item in which the read model's state differs from the one that a replay of the journal gave."""
    for name in ("sequence", "time", "next_order_id", "next_trade_id", "next_place"):
        ours, theirs = getattr(read_model, name), getattr(journal, name)
        if ours != theirs:
            yield f"{name}: the read model says {ours}, the journal says {theirs}"
    yield from _items("asset", read_model.assets, journal.assets, lambda asset: asset.code)
    yield from _items("market", read_model.markets, journal.markets, lambda market: market.symbol)
    yield from _items("account", read_model.accounts, journal.accounts, lambda account: account.id)
    yield from _items("the rules", [read_model.rules], [journal.rules], lambda _: "of the whole exchange")
    yield from _items(
        "balance of", _counted(read_model), _counted(journal), lambda b: f"account {b.account}, asset {b.asset}"
    )
    yield from _items("order", read_model.orders, journal.orders, lambda order: str(order.id))
    yield from _items(
        "key", read_model.keys, journal.keys, lambda used: f"{used.key!r} ({used.kind.value}) of account {used.account}"
    )
    yield from _items("tape of", read_model.tapes, journal.tapes, lambda tape: tape.market)
    yield from _items(
        "volume of",
        read_model.volumes,
        journal.volumes,
        lambda volume: f"account {volume.account}, day {volume.day}",
    )
    if not _in_same_order(read_model.orders, journal.orders, lambda order: order.id):
        yield "the places of the open orders in the queue"
    if not _in_same_order(read_model.keys, journal.keys, lambda used: (used.account, used.kind, used.key)):
        yield "the order in which the keys were used"


def _items(kind: str, ours: Iterable[T], theirs: Iterable[T], name: Callable[[T], str]) -> Iterator[str]:
    ours_by_name = {name(item): item for item in ours}
    theirs_by_name = {name(item): item for item in theirs}
    for key in dict.fromkeys([*ours_by_name, *theirs_by_name]):
        mine, other = ours_by_name.get(key), theirs_by_name.get(key)
        if mine != other:
            yield f"{kind} {key}: {_fields(mine, other)}"


def _fields(mine: object, other: object) -> str:
    if not isinstance(mine, msgspec.Struct) or not isinstance(other, msgspec.Struct):
        return f"the read model says {_whole(mine)}, the journal says {_whole(other)}"
    return ", ".join(
        f"{field} (the read model says {getattr(mine, field)}, the journal says {getattr(other, field)})"
        for field in mine.__struct_fields__
        if getattr(mine, field) != getattr(other, field)
    )


def _whole(item: object) -> str:
    if isinstance(item, Balance):
        return f"available {item.available}, held {item.held}"
    return "that there is none" if item is None else str(item)


def _counted(state: State) -> list[Balance]:
    """Leave out what counts for nothing: a balance of 0 and 0 is the same as none."""
    return [balance for balance in state.balances if balance.available or balance.held]


def _in_same_order(ours: Iterable[T], theirs: Iterable[T], name: Callable[[T], Hashable]) -> bool:
    """Compare the order of the items that both have."""
    mine, other = [name(item) for item in ours], [name(item) for item in theirs]
    common = set(mine) & set(other)
    return [key for key in mine if key in common] == [key for key in other if key in common]
