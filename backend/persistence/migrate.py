"""Brings the schema of both databases up to date, and says how it stands."""

import enum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select

import migrations
from backend.engine.exchange import RULES_VERSION
from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.errors import RulesRefused, SchemaRefused

VERSION_TABLES = {"main": "alembic_version", "journal": "alembic_version_journal"}
"""The two lineages and where each keeps its revision."""

MIGRATE_COMMAND = "rialto migrate"


class SchemaState(enum.Enum):
    """How a database's schema stands to this version of the program."""

    EMPTY = "EMPTY"
    CURRENT = "CURRENT"
    OLDER = "OLDER"
    UNKNOWN = "UNKNOWN"
    """Of a newer version, not ours, or torn apart: nothing that a migration could mend."""


def state(database: Database) -> SchemaState:
    """Return how the schema of the two databases together stands."""
    with database.begin_main() as connection:
        main = _lineage_state(connection, "main")
    with database.begin_journal() as connection:
        journal = _lineage_state(connection, "journal")
        unused = journal is not SchemaState.CURRENT or _is_unused(connection)
    match main, journal:
        case (SchemaState.UNKNOWN, _) | (_, SchemaState.UNKNOWN):
            return SchemaState.UNKNOWN
        case SchemaState.EMPTY, SchemaState.EMPTY:
            return SchemaState.EMPTY
        case SchemaState.EMPTY, SchemaState.CURRENT if unused:
            # The first start was interrupted between the two.
            return SchemaState.EMPTY
        case _, SchemaState.EMPTY:
            # The journal is what everything else follows from: one that is lost is not made anew.
            return SchemaState.UNKNOWN
        case SchemaState.CURRENT, SchemaState.CURRENT:
            return SchemaState.CURRENT
    return SchemaState.OLDER


def upgrade(database: Database) -> None:
    """Migrate both databases, each in one transaction; the caller holds the writer's lock.

    Raises:
        RulesRefused: This version could not go on with the journal; nothing is changed.
    """
    check_rules(database)
    with database.begin_journal() as connection:
        command.upgrade(_config("journal", connection), "head")
    with database.begin_main() as connection:
        command.upgrade(_config("main", connection), "head")


def prepare(database: Database, upgrade_older: bool = False) -> None:
    """Create the schema of an empty database, and accept only the current one otherwise.

    Args:
        database: Nobody else writes it.
        upgrade_older: Bring an older schema up to date instead of refusing it.

    Raises:
        SchemaRefused: The schema is older, newer, not ours, the journal is missing, or it was written under other
            rules; the words say what to do.
    """
    found = state(database)
    if found in (SchemaState.CURRENT, SchemaState.OLDER):
        check_rules(database)
    match found:
        case SchemaState.EMPTY:
            upgrade(database)
        case SchemaState.OLDER if upgrade_older:
            upgrade(database)
        case SchemaState.OLDER:
            raise SchemaRefused(
                f"the database {database.name} is of an older version: back it up, then run `{MIGRATE_COMMAND}`"
            )
        case SchemaState.UNKNOWN:
            raise SchemaRefused(
                f"the database {database.name} is of a newer version of Rialto, or not one of Rialto, or its journal is"
                " missing: start the version that wrote it last, or restore both databases from one backup"
            )


def check_rules(database: Database) -> None:
    """Refuse a journal that other rules than this program's have written: replayed, it would come to something else.

    Raises:
        RulesRefused: The words name both versions and say what to do.
    """
    with database.begin_journal() as connection:
        if not {"journal", VERSION_TABLES["journal"]} <= set(inspect(connection).get_table_names()):
            return
        batches = tables.journal.c
        written = connection.scalar(select(batches.rules_version).order_by(batches.first_sequence.desc()).limit(1))
    if written is not None and written != RULES_VERSION:
        raise RulesRefused(
            f"the journal of {database.name} was written under rules version {written}, and this program has rules"
            f" version {RULES_VERSION}, under which the same commands may come to something else: start the version of"
            " Rialto that wrote it last, or begin anew with an empty database"
        )


def script(lineage: str) -> ScriptDirectory:
    """Return the revisions of a lineage."""
    return ScriptDirectory.from_config(_config(lineage, None))


def _config(lineage: str, connection: Connection | None) -> Config:
    config = Config()
    # The package's own folder: an installed wheel and any working directory find it alike.
    folder = Path(migrations.__file__ or "").parent / lineage
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _lineage_state(connection: Connection, lineage: str) -> SchemaState:
    heads = set(
        MigrationContext.configure(connection, opts={"version_table": VERSION_TABLES[lineage]}).get_current_heads()
    )
    if not heads:
        ours = tables.main if lineage == "main" else tables.journal_log
        present = set(inspect(connection).get_table_names())
        return SchemaState.UNKNOWN if present & set(ours.tables) else SchemaState.EMPTY
    revisions = script(lineage)
    if heads == set(revisions.get_heads()):
        return SchemaState.CURRENT
    known = {revision.revision for revision in revisions.walk_revisions()}
    return SchemaState.OLDER if heads <= known else SchemaState.UNKNOWN


def _is_unused(connection: Connection) -> bool:
    return connection.scalar(select(func.count()).select_from(tables.journal)) == 0
