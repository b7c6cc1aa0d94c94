"""The browser's order book against a naive one, message by message: `book.js` runs under bun, without a browser."""

import json
import subprocess
import zlib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from frontend import build
from tests.ui.conftest import missing

WIDGETS = Path(build.__file__).parent / "widgets"
DEPTH = 10
SCRIPT = """
import { Book, crc32, depthFor, grouped } from "%s";
import { cut, decimal, group, percent, places, units } from "%s";
const { messages, numbers, groups = [] } = JSON.parse(await Bun.stdin.text());
const book = new Book();
const side = (levels) => levels.map(({ price, quantity }) => [price, quantity]);
const steps = messages.map((message) => {
  if (message.reset) { book.reset(); return null; }
  const fits = book.apply(message);
  return { fits, sequence: book.sequence, bids: side(book.bids), asks: side(book.asks) };
});
const printed = numbers.map((text) => [group(text), cut(text, 4), decimal(units(text, 8), 8)]);
const percents = ["0.1432", "-12.5", "-0.001", null].map(percent);
const steps_of = ["0.1", "0.00001", "1"].map(places);
const gathered = groups.map(({ levels, side, size, most, whole }) => {
  const exact = levels.map(([price, quantity]) => ({ price: BigInt(price), quantity: BigInt(quantity) }));
  const rows = grouped(exact, side, BigInt(size), most, whole);
  return rows.map((row) => [row.price, row.quantity, row.value].map(String));
});
const depths = [1n, 2n, 10n, 20n, 10000n].map(depthFor);
const answer = { steps, gathered, depths, printed, empty: crc32("ba"), percent: percents, places: steps_of };
console.log(JSON.stringify(answer));
"""


def run_in_bun(payload: dict[str, Any]) -> dict[str, Any]:
    try:
        bun = build.find_bun()
    except build.BuildError as problem:
        missing(str(problem))
    script = SCRIPT % (WIDGETS / "book.js", WIDGETS / "numbers.js")
    done = subprocess.run(
        [bun, "-e", script],
        input=json.dumps(payload),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Market:
    """A naive market: all levels in two dicts; it says what a follower of the best ten must be told."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.levels: dict[str, dict[int, int]] = {"bids": {}, "asks": {}}
        self.sequence = 7

    def window(self, side: str) -> list[tuple[str, str]]:
        prices = sorted(self.levels[side], reverse=side == "bids")[:DEPTH]
        return [(f"{price / 10:.1f}", f"{self.levels[side][price] / 10000:.4f}") for price in prices]

    def checksum(self) -> int:
        text = {side: "".join(f"{p}:{q};" for p, q in self.window(side)) for side in ("bids", "asks")}
        return zlib.crc32(f"b{text['bids']}a{text['asks']}".encode())

    def snapshot(self) -> dict[str, Any]:
        return self._message(True, self.sequence, {side: self.window(side) for side in ("bids", "asks")})

    def change(self) -> dict[str, Any] | None:
        """One random change, as a delta; None when the window did not notice."""
        before = {side: dict(self.window(side)) for side in ("bids", "asks")}
        side = self.random.choice(["bids", "asks"])
        price = self.random.randint(9_950, 10_000) if side == "bids" else self.random.randint(10_001, 10_050)
        if price in self.levels[side] and self.random.random() < 0.5:
            del self.levels[side][price]
        else:
            self.levels[side][price] = self.random.randint(1, 99_999)
        previous, self.sequence = self.sequence, self.sequence + self.random.randint(1, 5)
        after = {side: dict(self.window(side)) for side in ("bids", "asks")}
        if before == after:
            self.sequence = previous
            return None
        changed = {
            side: [(p, q) for p, q in after[side].items() if before[side].get(p) != q]
            + [(p, "0.0000") for p in before[side] if p not in after[side]]
            for side in ("bids", "asks")
        }
        return self._message(False, previous, changed)

    def _message(self, snapshot: bool, previous: int, sides: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
        levels = {side: [{"price": p, "quantity": q, "orders": 1} for p, q in sides[side]] for side in sides}
        sequences = {"sequence": self.sequence, "previousSequence": previous, "checksum": self.checksum()}
        return {"isSnapshot": snapshot, **sequences, **levels}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_browser_keeps_the_servers_window_through_thousands_of_changes(seed: int) -> None:
    market = Market(Random(seed))
    messages, expected = [market.snapshot()], [{side: market.window(side) for side in ("bids", "asks")}]
    while len(messages) < 3000:
        delta = market.change()
        if delta is None:
            continue
        # Now and then the server sends a snapshot instead, as it does to a slow reader.
        messages.append(market.snapshot() if len(messages) % 500 == 499 else delta)
        expected.append({side: market.window(side) for side in ("bids", "asks")})
    steps = run_in_bun({"messages": messages, "numbers": []})["steps"]
    assert len(steps) == len(messages)
    for step, message, window in zip(steps, messages, expected, strict=True):
        assert step["fits"], f"seed {seed}, sequence {message['sequence']}"
        assert step["sequence"] == message["sequence"]
        assert [tuple(level) for level in step["bids"]] == window["bids"]
        assert [tuple(level) for level in step["asks"]] == window["asks"]


def some_changes(market: Market, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < count:
        if (delta := market.change()) is not None:
            found.append(delta)
    return found


def test_a_missing_message_a_wrong_checksum_and_a_delta_without_a_snapshot_ask_for_a_fresh_book() -> None:
    market = Market(Random(3))
    first, *_ = some_changes(market, 3)
    fresh = market.snapshot()
    [early] = some_changes(market, 1)
    wrong = early | {"checksum": early["checksum"] ^ 1}
    messages = [first, fresh, {"reset": True}, fresh, wrong, {"reset": True}, fresh, early]
    steps = run_in_bun({"messages": messages, "numbers": []})["steps"]
    assert [step and step["fits"] for step in steps] == [False, True, None, True, False, None, True, True]

    market = Market(Random(4))
    start = market.snapshot()
    first, _, third = some_changes(market, 3)
    steps = run_in_bun({"messages": [start, first, third], "numbers": []})["steps"]
    assert [step["fits"] for step in steps] == [True, True, False], "the second message is missing"


def test_what_was_seen_already_is_ignored() -> None:
    market = Market(Random(5))
    start = market.snapshot()
    first, second = some_changes(market, 2)
    window = {side: market.window(side) for side in ("bids", "asks")}
    steps = run_in_bun({"messages": [start, first, second, first, start], "numbers": []})["steps"]
    assert all(step["fits"] for step in steps)
    assert [tuple(level) for level in steps[-1]["bids"]] == window["bids"]
    assert [tuple(level) for level in steps[-1]["asks"]] == window["asks"]


def test_numbers_are_printed_exactly_and_checksums_are_those_of_the_contract() -> None:
    answer = run_in_bun({"messages": [], "numbers": ["1234567.12345678", "0.00000001", "999", "12.5", "-1000.5"]})
    assert [grouped for grouped, _, _ in answer["printed"]] == [
        "1,234,567.12345678",
        "0.00000001",
        "999",
        "12.5",
        "\u22121,000.5",
    ]
    assert answer["printed"][0][1:] == ["1234567.1234", "1234567.12345678"]
    assert answer["printed"][1][1:] == ["0.0000", "0.00000001"]
    assert answer["printed"][3][2] == "12.50000000"
    assert answer["empty"] == 749160980
    assert answer["percent"] == ["+0.14\u2009%", "\u221212.50\u2009%", "0.00\u2009%", "–"]
    assert answer["places"] == [1, 5, 0]


def gather(levels: list[tuple[int, int]], side: str, size: int) -> list[list[str]]:
    """The groups of a naive ladder, best first: a bid belongs to the multiple below it, an ask to the one above."""
    sums: dict[int, tuple[int, int]] = {}
    for price, quantity in levels:
        key = price // size * size if side == "bids" else -(-price // size) * size
        amount, value = sums.get(key, (0, 0))
        sums[key] = (amount + quantity, value + price * quantity)
    return [[str(key), *map(str, sums[key])] for key in sorted(sums, reverse=side == "bids")]


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_groups_hold_exactly_what_their_levels_hold(side: str) -> None:
    random = Random(6)
    prices = sorted(random.sample(range(1, 10**6), 400), reverse=side == "bids")
    levels = [(price, random.randint(1, 10**13)) for price in prices]
    wanted = [(size, most) for size in (1, 2, 10, 500, 10**7) for most in (1, 7, 1000)]
    groups = [{"levels": [[str(p), str(q)] for p, q in levels], "side": side, "whole": True} for _ in wanted]
    asked = [group | {"size": str(size), "most": most} for group, (size, most) in zip(groups, wanted, strict=True)]
    gathered = run_in_bun({"messages": [], "numbers": [], "groups": asked})["gathered"]
    for found, (size, most) in zip(gathered, wanted, strict=True):
        assert found == gather(levels, side, size)[:most]


def test_a_group_in_which_the_window_ends_is_not_shown_as_if_it_were_whole() -> None:
    levels = [["109", "1"], ["108", "2"], ["99", "4"]]
    group = {"levels": levels, "side": "bids", "size": "10", "most": 9}
    cut, whole = (group | {"whole": known} for known in (False, True))
    answer = run_in_bun({"messages": [], "numbers": [], "groups": [cut, whole]})
    assert answer["gathered"] == [[["100", "3", "325"]], [["100", "3", "325"], ["90", "4", "396"]]]
    assert answer["depths"] == [50, 200, 200, 1000, 1000], "a window that the contract has"
