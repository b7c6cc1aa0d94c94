"""The audit log, which the database itself keeps from being changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_TRIGGERS = (
    """
    CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_log_is_settled_once BEFORE UPDATE ON audit_log
    WHEN OLD.outcome IS NOT NULL OR NEW.outcome IS NULL
      OR (OLD.id, OLD.actor, OLD.action, OLD.subject, OLD.details, OLD.time)
        IS NOT (NEW.id, NEW.actor, NEW.action, NEW.subject, NEW.details, NEW.time)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
)
POSTGRESQL_TRIGGERS = (
    """
    CREATE OR REPLACE FUNCTION audit_log_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_stays()
    """,
    """
    CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stays()
    """,
    """
    CREATE TRIGGER audit_log_is_settled_once BEFORE UPDATE ON audit_log FOR EACH ROW
    WHEN (OLD.outcome IS NOT NULL OR NEW.outcome IS NULL
      OR (OLD.id, OLD.actor, OLD.action, OLD.subject, OLD.details, OLD.time)
        IS DISTINCT FROM (NEW.id, NEW.actor, NEW.action, NEW.subject, NEW.details, NEW.time))
    EXECUTE FUNCTION audit_log_stays()
    """,
)


def upgrade() -> None:
    """Create the table and what keeps its rows as they are."""
    op.create_table(
        "audit_log",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    for trigger in SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_TRIGGERS:
        op.execute(trigger)
