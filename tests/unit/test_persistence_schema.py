"""The migrated schema, and how a database's schema is judged."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, select, text

from backend.engine.exchange import RULES_VERSION
from backend.persistence import tables
from backend.persistence.database import Database
from backend.persistence.errors import RulesRefused, SchemaRefused
from backend.persistence.migrate import VERSION_TABLES, SchemaState, _config, prepare, script, state, upgrade
from tests.conftest import DatabasePlace


@pytest.fixture
def empty(empty_place: DatabasePlace) -> Any:
    database = empty_place.open()
    yield database
    database.close()


@pytest.mark.parametrize(
    ("lineage", "metadata", "other"),
    [("main", tables.main, tables.journal_log), ("journal", tables.journal_log, tables.main)],
)
def test_the_migrated_schema_is_what_the_program_believes_it_to_be(
    database: Database, lineage: str, metadata: MetaData, other: MetaData
) -> None:
    begin: Callable[[], Any] = database.begin_main if lineage == "main" else database.begin_journal
    foreign = set(other.tables) | set(VERSION_TABLES.values())
    with begin() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name not in foreign,
                "version_table": VERSION_TABLES[lineage],
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_comparison_would_see_a_missing_index(database: Database) -> None:
    with database.begin_main() as connection:
        connection.execute(text("DROP INDEX ix_orders_account_id"))
        foreign = set(tables.journal_log.tables) | set(VERSION_TABLES.values())
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name not in foreign}
        )
        assert [difference[0] for difference in compare_metadata(context, tables.main)] == ["add_index"]


@pytest.mark.parametrize("lineage", ["main", "journal"])
def test_a_lineage_has_one_end(lineage: str) -> None:
    assert len(script(lineage).get_heads()) == 1


def test_an_empty_database_is_created(empty: Database) -> None:
    assert state(empty) is SchemaState.EMPTY
    prepare(empty)
    assert state(empty) is SchemaState.CURRENT
    prepare(empty)


def test_an_older_database_keeps_what_is_in_it(empty: Database) -> None:
    with empty.begin_journal() as connection:
        command.upgrade(_config("journal", connection), "head")
    with empty.begin_main() as connection:
        command.upgrade(_config("main", connection), "0001")
        for statement in (
            "INSERT INTO accounts (account, sequence, opened_at) VALUES ('ann', 1, 2)",
            "INSERT INTO trades (id, market, price_ticks, lots, value, taker_side, maker_order, taker_order, sequence,"
            f" time) VALUES (7, 'BTC-USDT', '{5:038d}', '{6:038d}', '{7:038d}', 'BUY', 1, 2, 3, 4)",
            "INSERT INTO users (id, email, password_hash, email_verified, created_at)"
            " VALUES ('u1', 'ann@example.org', 'hash', true, 5)",
        ):
            connection.execute(text(statement))
    assert state(empty) is SchemaState.OLDER
    prepare(empty, upgrade_older=True)
    assert state(empty) is SchemaState.CURRENT
    with empty.begin_main() as connection:
        assert tuple(connection.execute(select(tables.accounts)).one()) == ("ann", False, None, None, False, 1, 2)
        trade = connection.execute(select(tables.trades)).one()
        assert (trade.id, trade.price_ticks, trade.lots, trade.taker_side, trade.time) == (7, 5, 6, "BUY", 4)
        assert connection.scalar(select(tables.users.c.email)) == "ann@example.org"


@pytest.mark.parametrize("written", [RULES_VERSION - 1, RULES_VERSION + 1])
@pytest.mark.parametrize("revision", ["0001", "head"])
def test_a_journal_written_under_other_rules_is_refused_before_anything_is_changed(
    empty: Database, written: int, revision: str
) -> None:
    with empty.begin_journal() as connection:
        command.upgrade(_config("journal", connection), "head")
        batch = {"time": 0, "epoch": 1, "commands": b"[]"}
        texts = {"digest": "", "fingerprint": ""}
        for version, first in ((RULES_VERSION, 1), (written, 2)):
            numbers = {"first_sequence": first, "last_sequence": first, "rules_version": version}
            connection.execute(tables.journal.insert().values({**batch, **texts, **numbers}))
    with empty.begin_main() as connection:
        command.upgrade(_config("main", connection), revision)
    before = state(empty)
    versions = f"rules version {written}, .*rules version {RULES_VERSION}, "
    words = f"{re.escape(empty.name)} .*{versions}.*start the version .*begin anew"
    for refused in (lambda: prepare(empty), lambda: prepare(empty, upgrade_older=True), lambda: upgrade(empty)):
        with pytest.raises(RulesRefused, match=words):
            refused()
    assert state(empty) is before


def test_migrating_twice_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert state(database) is SchemaState.CURRENT


def test_migrating_does_not_depend_on_the_working_directory(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    upgrade(empty)
    assert state(empty) is SchemaState.CURRENT


def test_a_start_interrupted_between_the_two_schemas_goes_on(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(empty, "begin_main", crash)
        with pytest.raises(KeyboardInterrupt):
            upgrade(empty)
    assert state(empty) is SchemaState.EMPTY
    prepare(empty)
    assert state(empty) is SchemaState.CURRENT


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    def crash(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "execute", crash)
        with pytest.raises(RuntimeError):
            upgrade(empty)
    assert state(empty) is SchemaState.EMPTY


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.begin_main() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert state(database) is SchemaState.UNKNOWN
    with pytest.raises(SchemaRefused, match="newer version"):
        prepare(database)


def test_tables_that_are_not_ours_are_refused(empty: Database) -> None:
    with empty.begin_main() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER)"))
    assert state(empty) is SchemaState.UNKNOWN
    with pytest.raises(SchemaRefused):
        prepare(empty)


def test_a_main_database_that_has_lost_its_journal_is_refused(database: Database) -> None:
    with database.begin_journal() as connection:
        for table in ("journal", "journal_epoch", "alembic_version_journal"):
            connection.execute(text(f"DROP TABLE {table}"))
    assert state(database) is SchemaState.UNKNOWN
    with pytest.raises(SchemaRefused, match="journal is missing"):
        prepare(database)


def test_an_older_database_is_refused_with_the_command_that_migrates_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic.script import ScriptDirectory

    # This program's newest revision is one that the database has not seen yet.
    monkeypatch.setattr(ScriptDirectory, "get_heads", lambda self: ["9999"])
    assert state(database) is SchemaState.OLDER
    with pytest.raises(SchemaRefused, match="rialto migrate"):
        prepare(database)


def test_a_lost_read_model_can_be_made_again_from_its_journal(database: Database) -> None:
    with database.begin_journal() as connection:
        connection.execute(
            text(
                "INSERT INTO journal (first_sequence, last_sequence, time, rules_version, epoch, commands, digest,"
                " fingerprint) VALUES (1, 1, 0, :rules, 1, :commands, '', '')"
            ),
            {"commands": b"[]", "rules": RULES_VERSION},
        )
    with database.begin_main() as connection:
        for table in reversed(tables.main.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
        connection.execute(text("DROP TABLE alembic_version"))
    assert state(database) is SchemaState.OLDER
    with pytest.raises(SchemaRefused, match="rialto migrate"):
        prepare(database)
    prepare(database, upgrade_older=True)
    assert state(database) is SchemaState.CURRENT
