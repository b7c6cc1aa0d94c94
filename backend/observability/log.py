"""Structured logs: JSON lines, or readable lines on a terminal; the one place where logging is configured."""

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN_KEYS = frozenset(
    {
        "api_key",
        "apikey",
        "authorization",
        "cookie",
        "cookies",
        "email",
        "headers",
        "password",
        "password_hash",
        "secret",
        "secret_key",
        "set-cookie",
        "token",
        "token_hash",
        "totp_code",
        "x-api-key",
        "x-api-signature",
    }
)
HIDDEN = "[hidden]"

QUIETED = {
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "engineio": logging.ERROR,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "multipart": logging.WARNING,
    "socketio": logging.ERROR,
    "sqlalchemy": logging.WARNING,
    # The transport answers errors of GraphQL itself and logs those that are bugs, with their reference.
    "strawberry.execution": logging.CRITICAL,
    # Below INFO the WebSocket library logs the content of frames, and tokens are among it.
    "uvicorn.error": logging.INFO,
    "websockets": logging.WARNING,
}
"""Libraries that would say too much."""

_SOCKET_LINES = ('%s - "WebSocket ', "connection open", "connection closed", "connection rejected")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_PASSWORD_HASH = re.compile(r"\$argon2\w{1,2}\$[\w$=,+/.-]+")
_PASSWORD_IN_URL = re.compile(r"(://[^/\s:@]*:)[^@/\s]+@")


def configure(log_format: str = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log record of the process, ours and the libraries', to one stream in one form.

    Args:
        log_format: "json", "console", or "auto": readable when the stream is a terminal, JSON otherwise.
        level: The least level that is logged: debug, info, warning or error.
        stream: Where to; standard error when None.
    """
    stream = stream or sys.stderr
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_library_extras,
    ]
    if console:
        # A processor of its own writes the traceback, so that `hide` sees it here too.
        renderer: Processor = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    else:
        renderer = structlog.processors.JSONRenderer(default=str)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                hide,
                renderer,
            ],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    for name, least in QUIETED.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    uvicorn_logger = logging.getLogger("uvicorn.error")
    if not any(isinstance(old, _DropSocketLines) for old in uvicorn_logger.filters):
        uvicorn_logger.addFilter(_DropSocketLines())


def hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what must not be in a log: values under telling names, e-mail addresses, credentials in texts."""
    return {
        key: HIDDEN if key.lower() in HIDDEN_KEYS and value is not None else _hide_value(value)
        for key, value in event.items()
    }


def _hide_value(value: Any) -> Any:
    if isinstance(value, str):
        value = _BEARER.sub(rf"\1 {HIDDEN}", value)
        value = _PASSWORD_HASH.sub(HIDDEN, value)
        value = _PASSWORD_IN_URL.sub(rf"\1{HIDDEN}@", value)
        return _EMAIL.sub(HIDDEN, value) if "@" in value else value
    if isinstance(value, dict):
        return {
            key: HIDDEN if str(key).lower() in HIDDEN_KEYS and item is not None else _hide_value(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_hide_value(item) for item in value]
    return value


def _drop_library_extras(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)
    event.pop("websocket", None)
    return event


class _DropSocketLines(logging.Filter):
    """Drops the lines per WebSocket: some have the query string, and with it the token of a tab of the web app."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or not str(record.msg).startswith(_SOCKET_LINES)
