"""What a measurement is, and how the results are printed."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Result:
    """One line of the table: so much of a unit, and the same of the baseline beside it.

    `better` says whether a higher or a lower value is better.
    """

    name: str
    value: float
    unit: str
    baseline: str
    baseline_value: float
    better: str = "higher"
    note: str = ""

    @property
    def ratio(self) -> float:
        """The value per baseline value."""
        return self.value / self.baseline_value


def in_turns(rounds: int, *measured: Callable[[], float]) -> list[float]:
    """Return the median of each measurement; they take turns, so that a noisy moment hits them all."""
    values: list[list[float]] = [[] for _ in measured]
    for _ in range(rounds):
        for number, measure in enumerate(measured):
            values[number].append(measure())
    return [statistics.median(each) for each in values]


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table."""
    rows = [("what", "measured", "baseline", "ratio", "better")]
    for each in results:
        rows.append(
            (
                f"{each.name} ({each.note})" if each.note else each.name,
                f"{_number(each.value)} {each.unit}",
                f"{_number(each.baseline_value)} {each.unit}, {each.baseline}",
                f"{each.ratio:.3g}",
                each.better,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
