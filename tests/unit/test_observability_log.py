"""The log: one form for ours and the libraries', with the request id, and without secrets."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from backend.observability import log


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def logged(emit: Any, level: str = "info") -> list[dict[str, Any]]:
    stream = io.StringIO()
    log.configure("json", level, stream)
    emit()
    return lines(stream)


def test_ours_and_the_libraries_lines_have_one_form_and_the_request_id() -> None:
    def emit() -> None:
        with structlog.contextvars.bound_contextvars(request_id="r-1"):
            structlog.get_logger("ours").info("a batch", commands=3)
            logging.getLogger("theirs").warning("a %s", "word", extra={"sequence": 7})

    ours, theirs = logged(emit)
    assert (ours["event"], ours["commands"], ours["level"], ours["logger"]) == ("a batch", 3, "info", "ours")
    assert (theirs["event"], theirs["sequence"], theirs["level"]) == ("a word", 7, "warning")
    assert ours["request_id"] == theirs["request_id"] == "r-1"
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("key", ["password", "token", "Authorization", "cookie", "email", "token_hash", "secret"])
def test_values_under_telling_names_are_hidden(key: str) -> None:
    (line,) = logged(lambda: structlog.get_logger().info("x", **{key: "abc", "inner": {key: "abc"}}))
    assert line[key] == line["inner"][key] == log.HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "mail to jane.doe+x@mail.example.org failed",
        "Authorization: Bearer dGhpcyBpcyBhIHRva2Vu",
        "postgresql://rialto:hunter22@db/rialto",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
    ],
)
def test_credentials_and_addresses_in_texts_are_hidden_also_in_tracebacks(text: str) -> None:
    def emit() -> None:
        logging.getLogger("a").error(text)
        try:
            raise ValueError(text)
        except ValueError:
            logging.getLogger("b").exception("it failed")

    said = json.dumps(logged(emit))
    for secret in ("jane.doe", "dGhpcyBp", "hunter22", "c2FsdHNhbHQ"):
        assert secret not in said
    assert "ValueError" in said


def test_the_lines_per_websocket_are_dropped_since_they_have_the_tokens_of_tabs() -> None:
    def emit() -> None:
        server = logging.getLogger("uvicorn.error")
        server.info('%s - "WebSocket %s" [accepted]', "127.0.0.1:1", "/_event/?token=abc")
        server.info("connection open")
        server.info("Shutting down")

    assert [line["event"] for line in logged(emit)] == ["Shutting down"]


def test_the_content_of_frames_is_never_logged_not_even_at_the_lowest_level() -> None:
    assert logged(lambda: logging.getLogger("uvicorn.error").debug("< TEXT 'token'"), level="debug") == []


def test_what_is_below_the_level_is_left_out() -> None:
    def emit() -> None:
        structlog.get_logger().info("quiet")
        structlog.get_logger().warning("loud")

    assert [line["event"] for line in logged(emit, level="warning")] == ["loud"]


def test_a_stream_that_is_no_terminal_gets_json_and_a_console_readable_lines() -> None:
    automatic, console = io.StringIO(), io.StringIO()
    log.configure("auto", "info", automatic)
    logging.getLogger("x").info("hello")
    assert json.loads(automatic.getvalue())["event"] == "hello"
    log.configure("console", "info", console)
    logging.getLogger("x").info("hello %s", "jane@mail.example")
    assert "hello" in console.getvalue()
    assert not console.getvalue().startswith("{")
    assert "jane" not in console.getvalue()
