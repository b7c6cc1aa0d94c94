"""The first start of a demonstration exchange: a day of history, once, also when it is killed in the middle."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.demo.exchange import MARKETS
from backend.demo.history import BOOK_LEVELS
from tests.conftest import DATABASE_KINDS, DatabasePlace, new_place
from tests.support.server import ROOT, Server

SYMBOLS = [market.symbol for market in MARKETS]
LITTLE_RATE = "0.001"
"""So low that the traders do nothing within a test."""
CANDLES = """
query($m: String!, $i: CandleInterval!) {
  candles(market: $m, interval: $i) { start trades }
}
"""
BOOK = "query($m: String!) { orderBook(market: $m, depth: 50) { bids { price } asks { price } } }"
LAST_TRADE = "query($m: String!) { trades(market: $m, first: 1) { edges { node { id time } } } }"
TICKERS = "{ tickers { market last open24h baseVolume24h } markets { symbol status } }"


def journal_rows(place: DatabasePlace) -> int:
    """Return how many batches the journal has, without disturbing who makes it."""
    path = place.data_dir / "journal.sqlite"
    if place.url is None and not path.exists():
        return 0
    journal = psycopg.connect(place.url) if place.url else sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with closing(journal):
        try:
            return int(journal.execute("select count(*) from journal").fetchone()[0])  # type: ignore[index]
        except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
            return 0


def last_trade(server: Server, symbol: str) -> dict[str, Any]:
    edges = server.ask(LAST_TRADE, {"m": symbol})["trades"]["edges"]
    assert edges, symbol
    node: dict[str, Any] = edges[0]["node"]
    return node


@pytest.fixture(scope="module", params=DATABASE_KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("history")
    with new_place(request.param, request, folder / "data") as place:
        server = Server(folder, RIALTO_DEMO_RATE=LITTLE_RATE, **place.settings)
        server.start()
        yield server
        server.stop()


def test_charts_are_full_as_soon_as_the_doors_open(server: Server) -> None:
    for symbol in SYMBOLS:
        hours = server.ask(CANDLES, {"m": symbol, "i": "H1"})["candles"]
        assert 24 <= len(hours) <= 25, symbol
        minutes = server.ask(CANDLES, {"m": symbol, "i": "M1"})["candles"]
        assert len(minutes) == 500
    last = datetime.fromisoformat(last_trade(server, "BTC-USDT")["time"])
    assert timedelta() < datetime.now(UTC) - last < timedelta(minutes=10)


def test_tickers_know_the_whole_day_and_all_markets_are_open(server: Server) -> None:
    answer = server.ask(TICKERS)
    assert {market["status"] for market in answer["markets"]} == {"OPEN"}
    assert len(answer["tickers"]) == len(SYMBOLS)
    assert all(
        ticker["last"] and ticker["open24h"] and float(ticker["baseVolume24h"]) > 0 for ticker in answer["tickers"]
    )


def test_who_comes_new_has_no_tier_yet_and_sees_where_the_first_begins(server: Server) -> None:
    register = "mutation($i: RegisterInput!) { register(input: $i) { token } }"
    given = {"email": "new@example.org", "password": "correct horse battery"}
    token = server.ask(register, {"i": given})["register"]["token"]
    query = "{ viewer { feeTier { name volume30d volumeAsset makerFee takerFee nextTierVolume } } }"
    assert server.ask(query, {}, token=token)["viewer"]["feeTier"] == {
        "name": "Base",
        "volume30d": "0.000000",
        "volumeAsset": "USDT",
        "makerFee": "0.0008",
        "takerFee": "0.001",
        "nextTierVolume": "100000.000000",
    }


def test_books_are_deep_as_soon_as_the_doors_open(server: Server) -> None:
    for symbol in SYMBOLS:
        book = server.ask(BOOK, {"m": symbol})["orderBook"]
        assert min(len(book["bids"]), len(book["asks"])) >= BOOK_LEVELS // 2, symbol


def test_a_restart_does_not_repeat_the_day(server: Server) -> None:
    before = [last_trade(server, symbol) for symbol in SYMBOLS]
    server.kill()
    server.start()
    assert [last_trade(server, symbol) for symbol in SYMBOLS] == before


def test_a_start_that_is_killed_in_the_middle_leaves_a_shorter_day_and_the_next_one_goes_on(
    empty_place: DatabasePlace, tmp_path: Path
) -> None:
    server = Server(tmp_path, RIALTO_DEMO_RATE=LITTLE_RATE, **empty_place.settings)
    with (tmp_path / "killed.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend", "serve"],
            cwd=ROOT,
            env=server.environment,
            stdout=log,
            stderr=log,
        )
    while journal_rows(empty_place) < 10 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    rows = journal_rows(empty_place)
    assert rows >= 10
    server.start()
    assert {market["status"] for market in server.ask(TICKERS)["markets"]} == {"OPEN"}
    last = datetime.fromisoformat(last_trade(server, "BTC-USDT")["time"])
    assert datetime.now(UTC) - last > timedelta(minutes=30)
    assert server.ask(BOOK, {"m": "BTC-USDT"})["orderBook"]["asks"] == []
    server.stop()
    assert server.command("verify").returncode == 0


def test_at_rate_zero_there_is_no_history_and_the_open_markets_have_empty_books(
    empty_place: DatabasePlace, tmp_path: Path
) -> None:
    server = Server(tmp_path, RIALTO_DEMO_RATE="0", **empty_place.settings)
    server.start()
    try:
        answer = server.ask(TICKERS)
        assert {market["status"] for market in answer["markets"]} == {"OPEN"}
        assert all(ticker["last"] is None for ticker in answer["tickers"])
        for symbol in SYMBOLS:
            assert server.ask(BOOK, {"m": symbol})["orderBook"] == {"bids": [], "asks": []}
    finally:
        server.stop()
