"""Alembic's two lineages: the main database's and the journal's."""
