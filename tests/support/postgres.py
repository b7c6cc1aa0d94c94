"""A private PostgreSQL cluster for tests: its own folder, a unix socket, no TCP port, stopped by its process id."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

USER = "rialto"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
SYSTEM_USERS = ("postgres", "nobody")
"""Who runs the server when the tests run as root, which PostgreSQL refuses."""


class PostgresMissing(Exception):
    """This machine has no PostgreSQL server."""


def find_binaries() -> Path:
    """Return the folder of `initdb` and `postgres`: Debian's newest, or the one on PATH.

    Raises:
        PostgresMissing: There is none.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).resolve().parent
    raise PostgresMissing("PostgreSQL is not installed (Debian: apt-get install postgresql)")


class PostgresCluster:
    """A running server; `url` names a database of it, `create` makes one."""

    def __init__(self, folder: Path, server: subprocess.Popen[bytes], demote: dict[str, Any]) -> None:
        self.folder = folder
        self.server = server
        self._demote = demote
        self._template: str | None = None

    @classmethod
    def start(cls, *, durable: bool = False) -> "PostgresCluster":
        """Make and start a cluster; one that is not durable skips fsync and must not be used for tests of durability.

        Raises:
            PostgresMissing: There is no PostgreSQL on this machine.
        """
        binaries = find_binaries()
        demote = _demotion()
        # Not below pytest's folder: its name is too long for a socket, and the server's user may not enter it.
        folder = Path(tempfile.mkdtemp(prefix="rialto-pg-"))
        if demote:
            os.chown(folder, demote["user"], demote["group"])
        try:
            subprocess.run(
                [binaries / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale"]
                + ([] if durable else ["--no-sync"]),
                check=True,
                capture_output=True,
                cwd=folder,
                **demote,
            )
            with (folder / "log").open("wb") as log:
                server = subprocess.Popen(
                    [binaries / "postgres", "-D", folder / "data", "-k", folder, *_options(durable)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    **demote,
                )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        cluster = cls(folder, server, demote)
        try:
            cluster._wait_until_it_answers()
        except BaseException:
            cluster.stop()
            raise
        return cluster

    def url(self, database: str) -> str:
        """Return the URL of a database, as a user would give it."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def create(self, template: str | None = None) -> str:
        """Create a database, empty or a copy of another, and return its name."""
        name = f"t{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def create_migrated(self, migrate: Callable[[str], None]) -> str:
        """Create a database that `migrate`, called once with the URL of the model, has given a schema."""
        if self._template is None:
            template = self.create()
            migrate(self.url(template))
            self._template = template
        return self.create(self._template)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run a statement of the administrator."""
        with self._connect() as connection:
            connection.execute(statement)

    def stop(self) -> None:
        """Stop the server at once and remove its folder."""
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)  # an immediate shutdown: the data are thrown away anyhow
            try:
                self.server.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user=USER, dbname="postgres", autocommit=True, connect_timeout=5)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError as error:
                if self.server.poll() is not None or time.monotonic() > deadline:
                    words = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"PostgreSQL did not start:\n{words}") from error
                time.sleep(0.05)


def _options(durable: bool) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "fsync": "on" if durable else "off",
        "max_connections": "100",
        "shared_buffers": "64MB",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _demotion() -> dict[str, Any]:
    """Return what runs a process as a system user when the tests run as root."""
    if os.geteuid() != 0:
        return {}
    for name in SYSTEM_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise PostgresMissing("PostgreSQL does not run as root, and there is no user to run it as")
