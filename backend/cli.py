"""The command `rialto`. What is heavy is imported inside the commands, so that its help is there at once."""

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from backend.settings import Settings

EXIT_REFUSED = 1
EXIT_USAGE = 2

admin = typer.Typer(no_args_is_help=True, help="Give people the right to run the exchange.")
app = typer.Typer(
    name="rialto",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Rialto, a self-hosted spot crypto exchange. Settings are RIALTO_… variables: see `rialto settings`.",
)

app.add_typer(admin, name="admin")


def main() -> None:
    """Run the command line."""
    app()


def program_version() -> str:
    """Return the version of the installed package; that of a checkout that is not installed is unknown."""
    try:
        return version("rialto")
    except PackageNotFoundError:
        return "0+unknown"


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rialto {program_version()}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def serve() -> None:
    """Start the exchange: web app, GraphQL API and engine in one process. Ctrl-C stops it.

    An empty database is created; one of an older version is refused until `rialto migrate` has run.
    """
    settings = _settings(warn=True)
    from backend.serving import ServingRefused, run

    try:
        run(settings)
    except ServingRefused as error:
        _fail(str(error))


@app.command()
def migrate() -> None:
    """Create the databases, or bring them up to this version. Stop the exchange and make a backup before."""
    settings = _settings()
    from backend.persistence.errors import AlreadyRunning, SchemaRefused, UnusableUrl
    from backend.persistence.lock import WriterLock
    from backend.persistence.migrate import SchemaState, state, upgrade
    from backend.storage import open_database

    try:
        database = open_database(settings)
        try:
            with WriterLock.take(database):
                before = state(database)
                upgrade(database)
        finally:
            database.close()
    except (AlreadyRunning, SchemaRefused, UnusableUrl) as error:
        _fail(str(error))
    except _database_errors() as error:
        _fail(f"The database does not answer: {_first_line(error)}")
    done = {SchemaState.EMPTY: "created", SchemaState.CURRENT: "is up to date already"}.get(before, "upgraded")
    typer.echo(f"{database.name}: {done}")


@app.command()
def schema() -> None:
    """Print the schema of the GraphQL API."""
    from backend.graphql.schema import export

    typer.echo(export(), nl=False)


@app.command("settings")
def list_settings(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List every setting: its variable, value, default and meaning. Secrets are not shown."""
    settings = _settings(warn=True)
    from backend.settings import describe

    rows = list(describe(settings))
    if as_json:
        import json

        entries = [{"variable": r.variable, "value": r.value, "default": r.default, "help": r.help} for r in rows]
        typer.echo(json.dumps(entries, indent=2))
        return
    from textwrap import fill

    for row in rows:
        typer.echo(f"{row.variable} = {_shown(row.value)}" + ("   (changed)" if row.changed else ""))
        typer.echo(
            fill(f"{row.help} Default: {_shown(row.default)}.", 100, initial_indent="    ", subsequent_indent="    ")
        )


@app.command()
def verify() -> None:
    """Replay the whole journal and compare it with what was recorded and with the SQL tables; changes nothing."""
    settings = _settings()
    from backend.persistence.errors import RulesRefused, UnusableUrl
    from backend.persistence.migrate import SchemaState, state
    from backend.sequencer import recovery
    from backend.storage import open_database

    try:
        database = open_database(settings)
        try:
            found = state(database)
            if found is not SchemaState.CURRENT:
                _fail(f"{database.name}: there is nothing to verify, the schema is {found.name.lower()}.")
            report = recovery.verify(database)
        finally:
            database.close()
    except (RulesRefused, UnusableUrl) as error:
        _fail(str(error))
    except _database_errors() as error:
        _fail(f"The database does not answer: {_first_line(error)}")
    typer.echo(f"journal: {report.batches} batches up to sequence {report.sequence}, fingerprint {report.fingerprint}")
    typer.echo(f"SQL tables: compared at sequence {report.checkpoint}")
    if report.problems:
        _fail("\n".join(report.problems))
    typer.echo("all is well")


@admin.command("create")
def create_admin(
    email: Annotated[str, typer.Option(help="Address with which the administrator signs in.", show_default=False)],
) -> None:
    """Make an administrator, who may do everything that operators do.

    A user who has registered keeps the password and gets the role; sessions that are open know it within half a
    minute. A new user's password is asked for, or comes from RIALTO_ADMIN_PASSWORD or from stdin. The exchange may be
    running or stopped.
    """
    settings = _settings()
    from backend.accounts.administrators import Administrators
    from backend.accounts.passwords import PasswordHasher
    from backend.accounts.refusals import AccountsRefusal
    from backend.persistence.errors import UnusableUrl
    from backend.persistence.migrate import SchemaState, state
    from backend.storage import open_database

    hasher = PasswordHasher(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism)
    try:
        database = open_database(settings)
        try:
            found = state(database)
            if found is not SchemaState.CURRENT:
                _fail(f"{database.name}: the schema is {found.name.lower()}. Run `rialto migrate` first.")
            done = Administrators(database, hasher, settings.password_length_min).create(
                email, lambda: settings.admin_password or _asked_password()
            )
        finally:
            hasher.close()
            database.close()
    except AccountsRefusal as refusal:
        _fail(refusal.message)
    except UnusableUrl as error:
        _fail(str(error))
    except _database_errors() as error:
        _fail(f"The database does not answer: {_first_line(error)}")
    typer.echo(done)


def _asked_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _settings(warn: bool = False) -> "Settings":
    from backend.settings import BadSettings, load, unknown_variables

    try:
        settings = load()
    except BadSettings as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_USAGE) from None
    for name in unknown_variables() if warn else ():
        typer.echo(f"warning: {name} is no setting of this version (see `rialto settings`)", err=True)
    return settings


def _database_errors() -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import SQLAlchemyError

    from backend.persistence.errors import StorageUnavailable

    return (SQLAlchemyError, StorageUnavailable, OSError)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "(none)" if value is None or value == "" else str(value)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(EXIT_REFUSED)
