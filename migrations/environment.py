"""What the two lineages share: how Alembic gets its connection, and which tables are whose."""

from pathlib import Path

from alembic import context
from sqlalchemy import Connection, MetaData

from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.migrate import VERSION_TABLES


def run(lineage: str) -> None:
    """Migrate over the program's own connection, or, from Alembic's command line, `-x url=…` or `-x data_dir=…`."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(lineage, connection)
        return
    arguments = context.get_x_argument(as_dictionary=True)
    if not arguments.keys() & {"url", "data_dir"}:
        raise SystemExit("say which database: alembic -n main -x url=postgresql://… (or -x data_dir=…) …")
    database = Database.open(arguments.get("url"), Path(arguments.get("data_dir", ".")))
    with database.begin_main() if lineage == "main" else database.begin_journal() as connection:
        _migrate(lineage, connection)
    database.close()


def _migrate(lineage: str, connection: Connection) -> None:
    metadata, other = (tables.main, tables.journal_log) if lineage == "main" else (tables.journal_log, tables.main)
    foreign = set(other.tables) | set(VERSION_TABLES.values())

    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLES[lineage],
        include_name=lambda name, kind, _: kind != "table" or name not in foreign,
        render_as_batch=connection.dialect.name == "sqlite",
        # The caller's transaction holds the whole migration, on SQLite too.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def metadata_of(lineage: str) -> MetaData:
    """Return the tables of a lineage."""
    return tables.main if lineage == "main" else tables.journal_log
