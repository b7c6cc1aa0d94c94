"""Request ids, health and metrics as a client sees them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import structlog
from litestar import Litestar

from backend.observability.health import (
    Check,
    database_check,
    health_handlers,
    is_near,
    projector_check,
    sequencer_check,
)
from backend.observability.metrics import Metrics
from backend.observability.observers import SequencerMetrics, TransportMetrics
from backend.observability.requests import RequestIds


def client(app: Any, address: str = "127.0.0.1") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://test")


def health(checks: Mapping[str, Check], metrics: Metrics | None = None, **options: Any) -> Litestar:
    handlers = health_handlers(checks, metrics or Metrics(), **options)
    return Litestar(list(handlers), openapi_config=None, logging_config=None)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    bound = structlog.contextvars.get_contextvars()["request_id"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-bound", bound.encode())]})
    await send({"type": "http.response.body", "body": b""})


async def test_a_sane_request_id_is_kept_bound_and_returned() -> None:
    async with client(RequestIds(echo)) as http:
        response = await http.get("/", headers={"X-Request-ID": "abc-123_X.y"})
    assert response.headers["x-request-id"] == response.headers["x-bound"] == "abc-123_X.y"
    assert "request_id" not in structlog.contextvars.get_contextvars()


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", '{"a":1}', "é"])
async def test_a_request_id_that_is_not_sane_is_replaced(given: str) -> None:
    async with client(RequestIds(echo)) as http:
        response = await http.get("/", headers={"X-Request-ID": given.encode()})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 16


async def test_each_request_without_an_id_gets_its_own() -> None:
    async with client(RequestIds(echo)) as http:
        answers = await asyncio.gather(*(http.get("/") for _ in range(20)))
    assert len({answer.headers["x-request-id"] for answer in answers}) == 20


async def test_the_access_log_has_no_query_string() -> None:
    with structlog.testing.capture_logs() as entries:
        async with client(RequestIds(echo, access_log=True)) as http:
            await http.get("/graphql?token=secret")
    (entry,) = entries
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/graphql", 200)
    assert "secret" not in str(entry)


async def test_a_process_that_runs_is_alive_and_one_that_is_well_is_ready() -> None:
    async with client(health({"sequencer": sequencer_check(lambda: True)})) as http:
        assert (await http.get("/livez")).json() == {"status": "alive"}
        ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_what_is_not_well_is_named() -> None:
    async def broken() -> None:
        raise ConnectionError("no route")

    async def bug() -> str | None:
        raise KeyError("x")

    checks = {
        "sequencer": sequencer_check(lambda: False),
        "projector": projector_check(lambda: False, lambda: 501, lag_max=500),
        "failed projector": projector_check(lambda: True, lambda: 0),
        "well projector": projector_check(lambda: False, lambda: 500, lag_max=500),
        "database": database_check(broken),
        "bug": bug,
    }
    async with client(health(checks)) as http:
        answer = await http.get("/readyz")
        assert (await http.get("/livez")).status_code == 200
    assert answer.status_code == 503
    assert set(answer.json()["reasons"]) == {"sequencer", "projector", "failed projector", "database", "bug"}
    assert "501 commands behind" in answer.json()["reasons"]["projector"]


async def test_a_check_that_hangs_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.observability.health.CHECK_SECONDS_MAX", 0.01)

    async def hang() -> str | None:
        await asyncio.Event().wait()
        return None

    async with client(health({"database": hang})) as http:
        answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert "no answer" in answer.json()["reasons"]["database"]


async def test_metrics_are_for_near_addresses_unless_they_are_public() -> None:
    async with client(health({}), "8.8.8.8") as http:
        assert (await http.get("/metrics")).status_code == 404
    async with client(health({}, metrics_public=True), "8.8.8.8") as http:
        assert (await http.get("/metrics")).status_code == 200
    async with client(health({}), "10.1.2.3") as http:
        assert (await http.get("/metrics")).headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:10.0.0.1", True),
        ("192.168.1.5", True),
        ("fe80::1%eth0", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("2600::1", False),
        ("", False),
        ("unix", False),
    ],
)
def test_loopback_and_private_addresses_are_near(address: str, near: bool) -> None:
    assert is_near(address) is near


async def test_what_the_parts_report_is_in_the_metrics() -> None:
    metrics = Metrics()
    sequencer, transport = SequencerMetrics(metrics), TransportMetrics(metrics)
    sequencer.answered("PlaceOrder", "ACCEPTED")
    sequencer.answered("PlaceOrder", "ACCEPTED")
    sequencer.answered("PlaceOrder", "INSUFFICIENT_BALANCE")
    metrics.queue_length.set_function(lambda: 4)
    sequencer.committed(250, 0.004)
    sequencer.commit_failed()
    sequencer.rebuilt(0.5)
    sequencer.poisoned("Deposit")
    metrics.projector_lag.set_function(lambda: 17)
    transport.operation_started("query", "markets")
    transport.operation_finished("query", "markets", "ok", 0.02)
    transport.operation_started("subscription", "trades")
    transport.subscribers("trades", 3)
    transport.sockets_open(2)
    transport.socket_closed(4408)
    transport.request_refused("RATE_LIMITED")
    transport.document_looked_up(True)
    transport.reader_conflated("orderBook")
    async with client(health({"sequencer": sequencer_check(lambda: False)}, metrics)) as http:
        text = (await http.get("/metrics")).text
    for line in (
        'rialto_commands_total{kind="PlaceOrder",outcome="ACCEPTED"} 2.0',
        'rialto_commands_total{kind="PlaceOrder",outcome="INSUFFICIENT_BALANCE"} 1.0',
        "rialto_command_queue_length 4.0",
        'rialto_batch_commands_bucket{le="500.0"} 1.0',
        'rialto_batch_commands_bucket{le="200.0"} 0.0',
        'rialto_commit_seconds_bucket{le="0.005"} 1.0',
        "rialto_commits_failed_total 1.0",
        "rialto_engine_rebuilds_total 1.0",
        'rialto_poison_commands_total{kind="Deposit"} 1.0',
        "rialto_projector_lag_commands 17.0",
        'rialto_graphql_operations_total{field="markets",kind="query",outcome="ok"} 1.0',
        'rialto_graphql_operations_active{kind="query"} 0.0',
        'rialto_graphql_operations_active{kind="subscription"} 1.0',
        'rialto_subscribers{field="trades"} 3.0',
        "rialto_sockets_open 2.0",
        'rialto_sockets_closed_total{code="4408"} 1.0',
        "rialto_ready 0.0",
        "process_cpu_seconds_total",
    ):
        assert line in text


def test_two_exchanges_in_one_process_have_metrics_of_their_own() -> None:
    first, second = Metrics(), Metrics()
    first.sequence.set(5)
    assert b"rialto_sequence 5.0" in first.text()
    assert b"rialto_sequence 0.0" in second.text()
