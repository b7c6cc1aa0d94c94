"""Alembic's entry to the lineage of the journal database."""

from migrations.environment import run

run("journal")
