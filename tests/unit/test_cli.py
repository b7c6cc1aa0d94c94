"""The command line: help, version, settings, schema, and words instead of tracebacks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import graphql
import pytest

from backend.settings import Settings, variable_of
from tests.conftest import DatabasePlace
from tests.support.server import ROOT

PORT_THAT_IS_NONE = {"RIALTO_PORT": "ninety"}


def rialto(
    *arguments: str, environment: dict[str, str] | None = None, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RIALTO_")}
    return subprocess.run(
        [sys.executable, "-m", "backend", *arguments],
        cwd=ROOT,
        env={**clean, **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_every_command_without_importing_what_is_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "backend", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("serve", "migrate", "schema", "settings", "verify", "admin", "--version"):
        assert command in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {"litestar", "sqlalchemy", "strawberry", "reflex", "pydantic", "uvicorn"}


def test_each_command_explains_itself() -> None:
    for command in ("serve", "migrate", "schema", "settings", "verify"):
        done = rialto(command, "--help")
        assert done.returncode == 0
        assert f"{command} [OPTIONS]" in done.stdout
        assert len(done.stdout.splitlines()) >= 5


def test_the_version_is_shown() -> None:
    done = rialto("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("rialto ")


def test_settings_are_listed_for_people_and_for_programs() -> None:
    environment = {"RIALTO_PORT": "9000", "RIALTO_SECRET_KEY": "s" * 40, "RIALTO_PROT": "1"}
    people = rialto("settings", environment=environment)
    assert people.returncode == 0
    assert "RIALTO_PORT = 9000   (changed)" in people.stdout
    assert "Port to listen on. Default: 8000." in people.stdout
    assert "RIALTO_PROT is no setting" in people.stderr
    programs = {
        entry["variable"]: entry for entry in json.loads(rialto("settings", "--json", environment=environment).stdout)
    }
    assert (programs["RIALTO_PORT"]["value"], programs["RIALTO_PORT"]["default"]) == (9000, 8000)
    assert set(programs) == {variable_of(name) for name in Settings.model_fields}
    assert all(entry["help"] for entry in programs.values())
    listed = {line.partition(" = ")[0] for line in people.stdout.splitlines() if not line.startswith(" ")}
    assert listed == set(programs)
    assert "s" * 40 not in people.stdout + str(programs)


@pytest.mark.parametrize("command", ["serve", "migrate", "settings", "verify"])
def test_a_value_that_does_not_fit_is_one_message_and_exit_code_two(command: str) -> None:
    done = rialto(command, environment=PORT_THAT_IS_NONE)
    assert done.returncode == 2
    assert done.stderr.startswith("RIALTO_PORT: ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_schema_is_printed_and_nothing_else() -> None:
    done = rialto("schema")
    assert done.returncode == 0
    schema = graphql.build_schema(done.stdout)
    assert {"markets", "viewer"} <= set(schema.query_type.fields if schema.query_type else {})
    assert done.stdout.endswith("\n")


def test_migrate_makes_the_databases_and_then_has_nothing_to_do(empty_place: DatabasePlace) -> None:
    environment = empty_place.settings
    first, second = rialto("migrate", environment=environment), rialto("migrate", environment=environment)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout.endswith(": created\n")
    assert second.stdout.endswith(": is up to date already\n")
    verified = rialto("verify", environment=environment)
    assert verified.returncode == 0, verified.stderr
    assert "all is well" in verified.stdout


def test_there_is_nothing_to_verify_where_nothing_is(empty_place: DatabasePlace) -> None:
    done = rialto("verify", environment=empty_place.settings)
    assert done.returncode == 1
    assert "nothing to verify" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["migrate", "verify", "serve"])
def test_a_database_that_does_not_answer_is_one_message(command: str, tmp_path: Path) -> None:
    environment = {
        "RIALTO_DATA_DIR": str(tmp_path / "data"),
        "RIALTO_PORT": "0",
        "RIALTO_DATABASE_URL": "postgresql://user:hunter2@127.0.0.1:1/rialto",
    }
    done = rialto(command, environment=environment)
    assert done.returncode == 1
    assert "The database does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_admin_create_explains_itself() -> None:
    done = rialto("admin", "create", "--help")
    assert done.returncode == 0
    assert "RIALTO_ADMIN_PASSWORD" in done.stdout
    assert "--email" in done.stdout
    assert "create" in rialto("admin", "--help").stdout


def test_administrators_are_refused_in_words(tmp_path: Path) -> None:
    environment = {"RIALTO_DATA_DIR": str(tmp_path / "data")}
    early = rialto("admin", "create", "--email", "boss@example.org", environment=environment)
    assert (early.returncode, early.stdout) == (1, "")
    assert "Run `rialto migrate` first." in early.stderr
    assert rialto("migrate", environment=environment).returncode == 0
    for email, password, word in (("boss", "correct horse battery", "e-mail"), ("boss@example.org", "short", "12")):
        done = rialto("admin", "create", "--email", email, environment=environment, stdin=f"{password}\n")
        assert (done.returncode, done.stdout) == (1, "")
        assert word in done.stderr
        assert password not in done.stderr
        assert "Traceback" not in done.stderr
