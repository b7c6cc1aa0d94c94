"""The long measurements of `make soak`: what they find is printed as the table of docs/performance.md."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.conftest import browser, compiled_site

__all__ = ["browser", "compiled_site"]

Figure = Callable[[str, str, str], None]
ROWS = pytest.StashKey[list[tuple[str, str, str]]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests out of `make test`: they take a quarter of an hour and depend on the machine's speed."""
    if os.environ.get("RIALTO_SOAK"):
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="runs in `make soak`"))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Takes down what was measured and what its limit is."""
    rows = request.config.stash.setdefault(ROWS, [])
    return lambda what, measured, limit: rows.append((what, measured, limit))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures as a Markdown table."""
    found = config.stash.get(ROWS, [])
    if not found:
        return
    rows = [("what", "measured", "limit"), *found]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in rows]
    lines.insert(1, f"|{'|'.join('-' * (width + 2) for width in widths)}|")
    terminalreporter.write_line("\n" + "\n".join(lines))
