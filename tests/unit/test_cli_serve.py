"""`rialto serve`: refusals to start are words, a stop is clean and quick."""

import json
import logging
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import websockets
from sqlalchemy import text

from backend import serving
from backend.accounts.keys import KEY_FILE, server_secret
from backend.persistence.lock import WriterLock
from backend.serving import ServingRefused
from backend.settings import Settings
from tests.conftest import DatabasePlace
from tests.support.server import Server

BOOK = json.dumps(
    {
        "id": "1",
        "type": "subscribe",
        "payload": {"query": 'subscription { orderBook(market: "BTC-USDT") { sequence } }'},
    }
)


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def refusal(data_dir: Path, **settings: object) -> str:
    with pytest.raises(ServingRefused) as refused:
        serving.run(Settings(data_dir=data_dir, **{"port": 0, **settings}))  # type: ignore[arg-type]
    return str(refused.value)


def test_a_port_that_is_taken_is_named_with_the_setting_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = refusal(tmp_path / "data", port=port)
    assert str(port) in message
    assert "RIALTO_PORT" in message
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_not_ours_is_named(tmp_path: Path) -> None:
    assert "RIALTO_HOST" in refusal(tmp_path, host="192.0.2.1")
    assert "RIALTO_HOST" in refusal(tmp_path, host="no.such.host.invalid")


def test_a_second_exchange_on_the_same_data_is_refused(database_place: DatabasePlace) -> None:
    database = database_place.open()
    with WriterLock.take(database):
        message = refusal(database_place.data_dir, database_url=database_place.url)
    database.close()
    assert "another" in message.lower() or "already" in message.lower()


def test_a_database_of_another_version_is_refused(database_place: DatabasePlace) -> None:
    database = database_place.open()
    with database.begin_main() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of the future'"))
    database.close()
    message = refusal(database_place.data_dir, database_url=database_place.url)
    assert "version" in message or "schema" in message
    assert "Error" not in message


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    server_secret(tmp_path)
    (tmp_path / KEY_FILE).write_text("x")
    assert KEY_FILE in refusal(tmp_path)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert "data" in refusal(tmp_path / "data")


def test_what_an_unusable_url_is_refused_with_is_the_reason(tmp_path: Path) -> None:
    assert "SQLite" in refusal(tmp_path, database_url="sqlite://")


async def test_a_stop_closes_the_sockets_with_1012_and_ends_with_exit_code_zero(
    empty_place: DatabasePlace, tmp_path: Path
) -> None:
    server = Server(tmp_path, RIALTO_DEMO_RATE="10", RIALTO_LOG_LEVEL="debug", **empty_place.settings)
    server.start()
    assert f"http://127.0.0.1:{server.port}" in server.log()
    second = Server(tmp_path, **empty_place.settings)
    refused = second.command("serve")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1

    url = f"ws://127.0.0.1:{server.port}/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as watcher:
        await watcher.send('{"type": "connection_init"}')
        await watcher.recv()
        await watcher.send(BOOK)
        assert json.loads(await watcher.recv())["type"] == "next"
        assert server._process is not None
        server._process.send_signal(signal.SIGINT)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await _read_all(watcher)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert server._process.wait(30) == 0
    assert "Traceback" not in server.log()

    # What was there is there after the next start, and SIGTERM is a clean stop too.
    server.start()
    assert server.ask("{ status { sequence } }")["status"]["sequence"] > 20
    server.stop()
    assert server._process.returncode == 0
    verified = server.command("verify")
    assert verified.returncode == 0, verified.stderr
    assert "all is well" in verified.stdout


async def _read_all(watcher: websockets.ClientConnection) -> None:
    while True:
        await watcher.recv()
