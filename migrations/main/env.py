"""Alembic's entry to the lineage of the main database."""

from migrations.environment import run

run("main")
