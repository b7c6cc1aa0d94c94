"""Pages of a list that the API gives piece by piece, and the filters that the person chooses."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from frontend.locale import Reader, reader

ROWS_PER_PAGE = 25
PAGES_MAX = 400
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
CODE = re.compile(r"[A-Z0-9]{1,20}(?:-[A-Z0-9]{1,20})?")


@dataclass
class Pager:
    """Where in a list somebody is: the cursors of the pages before, and of the next."""

    behind: list[str | None] = field(default_factory=list)
    here: str | None = None
    ahead: str | None = None

    def variables(self) -> dict[str, Any]:
        """What to ask for."""
        return {"first": ROWS_PER_PAGE, "after": self.here}

    def arrived(self, info: dict[str, Any]) -> None:
        """Take the next page's cursor."""
        self.ahead = info["endCursor"] if info["hasNextPage"] else None

    def forward(self) -> None:
        """Go to older entries."""
        if self.ahead is not None and len(self.behind) < PAGES_MAX:
            self.behind.append(self.here)
            self.here, self.ahead = self.ahead, None

    def back(self) -> None:
        """Go to newer entries."""
        if self.behind:
            self.here, self.ahead = self.behind.pop(), None


def period(since: str, until: str) -> dict[str, str | None]:
    """The instants between two days of the reader's zone, both included."""
    return {"since": _midnight(since, 0), "until": _midnight(until, 1)}


def is_code(value: object) -> bool:
    """Whether a value from outside looks like an asset or a market, or is nothing."""
    return isinstance(value, str) and (value == "" or CODE.fullmatch(value) is not None)


def is_day(value: object) -> bool:
    """Whether a value from outside is a day, or nothing."""
    if not isinstance(value, str) or (value and not DATE.fullmatch(value)):
        return False
    try:
        return value == "" or date.fromisoformat(value).year >= 2000
    except ValueError:
        return False


def _midnight(day: str, days_later: int) -> str | None:
    if not day:
        return None
    zone = (reader() or Reader()).zone
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days_later), time(), zone).isoformat()
