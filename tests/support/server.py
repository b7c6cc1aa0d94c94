"""The real server as a process of its own: `rialto serve` on one port and one data directory."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS_MAX = 180
STOP_SECONDS_MAX = 30


class Server:
    """A demonstration exchange without traders, unless the settings say otherwise."""

    def __init__(
        self,
        folder: Path,
        *,
        command: Sequence[str] = (sys.executable, "-m", "backend"),
        cwd: Path = ROOT,
        **settings: str,
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self.data_dir = Path(settings.get("RIALTO_DATA_DIR", folder / "data"))
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self.url, timeout=20)
        self._command = list(command)
        self._cwd = cwd
        inherited = {n: value for n, value in os.environ.items() if not n.startswith(("RIALTO_", "REFLEX_"))}
        self.environment = {
            **inherited,
            "RIALTO_DATA_DIR": str(self.data_dir),
            "RIALTO_DEMO": "1",
            "RIALTO_DEMO_RATE": "0",
            "RIALTO_HOST": "127.0.0.1",
            "RIALTO_PORT": str(self.port),
            **settings,
        }

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "serve"], cwd=self._cwd, env=self.environment, stdout=log, stderr=log
            )
        give_up = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < give_up and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        self.kill()
        pytest.fail(f"The server did not start:\n{self.log()[-4000:]}")

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        assert self._process is not None, "it is started first"
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop."""
        self._end(signal.SIGTERM)

    def log(self) -> str:
        """Return what it has written."""
        return self._log.read_text(errors="replace")

    def ask(self, query: str, variables: dict[str, Any] | None = None, token: str | None = None) -> dict[str, Any]:
        """Ask the API as a program would, and return the data."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables or {}}
        answer = self._http.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def command(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run another `rialto` command on the same data, with further settings."""
        return subprocess.run(
            [*self._command, *arguments],
            cwd=self._cwd,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            timeout=START_SECONDS_MAX,
            check=False,
        )

    def _end(self, number: int) -> None:
        self._http.close()
        self._http = httpx.Client(base_url=self.url, timeout=20)
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
