"""The wheel alone, in an empty virtual environment, is the whole exchange."""

import subprocess
import sys
import venv
from pathlib import Path

import httpx
import pytest

from frontend import build
from tests.support.parts import missing
from tests.support.server import ROOT, Server

INSTALL_SECONDS_MAX = 300


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the Python of a virtual environment that has the wheel and the locked dependencies, and nothing else."""
    try:
        build.build()
    except build.BuildError as problem:
        missing(f"The web app cannot be compiled: {problem}")
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    venv.create(folder / "env")
    python = folder / "env" / "bin" / "python"
    uv = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python))
    _run(*uv, "--require-hashes", "-r", "deploy/requirements.txt")
    _run(*uv, "--no-deps", *map(str, folder.glob("rialto-*.whl")))
    return python


def test_the_wheel_serves_the_site_and_the_api(installed: Path, tmp_path: Path) -> None:
    server = Server(tmp_path, command=[str(installed.with_name("rialto"))], cwd=tmp_path)
    server.start()
    page = httpx.get(f"{server.url}/")
    assert page.status_code == 200
    assert "Rialto" in page.text
    symbols = [market["symbol"] for market in server.ask("{ markets { symbol status } }")["markets"]]
    assert symbols == ["BTC-USDT", "ETH-USDT", "SOL-USDT", "ETH-BTC"]
    server.stop()
    assert not (tmp_path / "requirements.txt").exists()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT, timeout=INSTALL_SECONDS_MAX)
