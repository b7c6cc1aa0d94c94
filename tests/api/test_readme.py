"""The README keeps its word: its programs are run as they are printed there, against a real server."""

import ast
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.parts import program
from tests.support.server import ROOT, Server

README = ROOT / "README.md"
EXAMPLE = ROOT / "docs" / "examples" / "order_book.py"
ADDRESS = "127.0.0.1:8000"
MARKET_SECONDS_MAX = 60
LINES_MAX = 10
ASKS = '{ orderBook(market: "BTC-USDT", depth: 10) { asks { price } bids { price } } }'


def block(language: str) -> str:
    """Return the README's program in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a demonstration exchange whose trader has quoted both sides of BTC-USDT."""
    server = Server(tmp_path_factory.mktemp("lively"), RIALTO_DEMO_RATE="20")
    server.start()
    give_up = time.monotonic() + MARKET_SECONDS_MAX
    while not all(server.ask(ASKS)["orderBook"].values()):
        assert time.monotonic() < give_up, f"no market has come up:\n{server.log()[-2000:]}"
        time.sleep(0.2)
    yield server
    server.stop()


def test_the_first_trade_with_curl_fills(lively: Server, tmp_path: Path) -> None:
    program("curl", "curl")
    script = tmp_path / "first-trade.sh"
    script.write_text("set -e\n" + block("sh").replace(ADDRESS, f"127.0.0.1:{lively.port}"))
    done = subprocess.run(["bash", str(script)], capture_output=True, text=True, timeout=60, check=True)
    assert '"requestFaucet":{"errors":[]}' in done.stdout
    assert '"status":"FILLED"' in done.stdout
    assert '"code":"BTC"' in done.stdout


def test_the_live_order_book_is_the_example_in_docs_and_has_ten_lines_after_its_imports() -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    assert block("python") == source
    _, *statements = ast.parse(source).body  # the first one is the docstring
    first = next(node.lineno for node in statements if not isinstance(node, ast.Import | ast.ImportFrom))
    assert len(source.splitlines()[first - 1 :]) <= LINES_MAX


def test_the_live_order_book_prints_bids_and_asks(lively: Server, tmp_path: Path) -> None:
    client = tmp_path / "order_book.py"
    client.write_text(block("python").replace(ADDRESS, f"127.0.0.1:{lively.port}"))
    with subprocess.Popen([sys.executable, "-u", str(client)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(3)]
        running.terminate()
    assert all(re.fullmatch(r"\d+\.\d / \d+\.\d\n", line) for line in lines), lines
