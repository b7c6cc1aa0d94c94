"""The baseline of the engine: price-time matching with a dict and two heaps, and nothing else.

No accounts, money, events, checks or fingerprint; only what any matching in Python has to do.
"""

from heapq import heappop, heappush


def match(commands: list[tuple[int, int, int, int]]) -> int:
    """Run a flow (see `flow.plain`) and return the number of trades."""
    heaps: dict[int, list[tuple[int, int]]] = {1: [], -1: []}
    remaining: dict[int, int] = {}
    trades = last = 0
    for cancel, side, price, wanted in commands:
        if cancel:
            remaining.pop(cancel, None)
            continue
        last += 1
        lots = wanted
        opposite = heaps[-side]
        while lots and opposite:
            key, maker = opposite[0]
            there = remaining.get(maker)
            if there is None:
                heappop(opposite)
                continue
            if key > side * price:
                break
            step = min(there, lots)
            lots -= step
            trades += 1
            if there == step:
                del remaining[maker]
                heappop(opposite)
            else:
                remaining[maker] = there - step
        if lots:
            remaining[last] = lots
            heappush(heaps[side], (-side * price, last))
    return trades
