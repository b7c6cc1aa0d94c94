"""The audit log as it is stored: begun before the command, settled once, and never lost."""

from backend.engine.values import TimeUs
from backend.persistence import audit
from backend.persistence.database import Database


def begin(database: Database, action: str) -> int:
    with database.begin_main() as connection:
        return audit.begin(
            connection, actor="boss@example.org", action=action, subject="BTC-USDT", details="{}", time=TimeUs(1)
        )


def settle(database: Database, entry: int, outcome: str, sequence: int | None) -> None:
    with database.begin_main() as connection:
        audit.settle(connection, entry, outcome, sequence)


def actions(
    database: Database, before: int | None = None, limit: int = 10
) -> tuple[list[tuple[str, str | None]], bool]:
    with database.begin_main() as connection:
        page = audit.entries(connection, before, limit)
    return [(row.action, row.outcome) for row in page.items], page.more


def test_what_has_begun_is_in_the_log_until_it_is_known_to_be_refused(database: Database) -> None:
    accepted, refused, unknown = (begin(database, action) for action in ("accepted", "refused", "unknown"))
    settle(database, accepted, audit.ACCEPTED, 7)
    settle(database, refused, audit.REFUSED, None)
    assert unknown > refused > accepted
    assert actions(database) == ([("unknown", None), ("accepted", "ACCEPTED")], False)


def test_an_outcome_that_is_known_stays(database: Database) -> None:
    entry = begin(database, "accepted")
    settle(database, entry, audit.ACCEPTED, 7)
    settle(database, entry, audit.REFUSED, None)
    assert actions(database) == ([("accepted", "ACCEPTED")], False)


def test_the_log_has_pages(database: Database) -> None:
    entries = [begin(database, str(number)) for number in range(5)]
    assert actions(database, limit=2) == ([("4", None), ("3", None)], True)
    assert actions(database, before=entries[3], limit=3) == ([("2", None), ("1", None), ("0", None)], False)
