"""The audit log: what operators did, as plain functions of a connection; nothing in it is ever changed or deleted.

A row is written before the command that it is about, and gets its outcome after it, so that nothing that happened can
be missing, whenever the process dies: what is accepted is in the log, and a row without an outcome says that it may
have happened. Where the row cannot be written, the command is not submitted.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, or_, select, update

from backend.engine.values import TimeUs
from backend.persistence.rows import Page
from backend.persistence.tables import audit_log

ACCEPTED: Final = "ACCEPTED"
REFUSED: Final = "REFUSED"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One action; `details` is JSON text, `sequence` that of its command, None for one without.

    `outcome` is ACCEPTED, or None: it may have happened or not.
    """

    id: int
    actor: str
    action: str
    subject: str
    details: str
    time: TimeUs
    outcome: str | None
    sequence: int | None


def begin(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    details: str,
    time: TimeUs,
) -> int:
    """Note what is about to be done; return the row's id for `settle`."""
    row = insert(audit_log).values(actor=actor, action=action, subject=subject, details=details, time=time)
    key = connection.execute(row).inserted_primary_key
    assert key is not None
    return int(key[0])


def settle(connection: Connection, entry: int, outcome: str, sequence: int | None) -> None:
    """Note the outcome of what has begun; one that is known already stays.

    Args:
        connection: Of the main database.
        entry: What `begin` returned.
        outcome: ACCEPTED or REFUSED.
        sequence: That of the last command that did it.
    """
    open_row = audit_log.c.id == entry, audit_log.c.outcome.is_(None)
    connection.execute(update(audit_log).where(*open_row).values(outcome=outcome, sequence=sequence))


def entries(connection: Connection, before: int | None, limit: int) -> Page[AuditRow]:
    """Return a page of what was done, or may have been, the newest first; refused actions are not in it."""
    columns = (getattr(audit_log.c, name) for name in AuditRow.__dataclass_fields__)
    query = select(*columns).where(or_(audit_log.c.outcome.is_(None), audit_log.c.outcome == ACCEPTED))
    if before is not None:
        query = query.where(audit_log.c.id < before)
    rows = connection.execute(query.order_by(audit_log.c.id.desc()).limit(limit + 1)).all()
    return Page([AuditRow(*row) for row in rows[:limit]], len(rows) > limit)
