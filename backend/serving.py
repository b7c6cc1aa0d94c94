"""Runs the exchange under uvicorn: one process, one worker; a refusal to start is one message, a stop is quick."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop

from backend.observability import log
from backend.settings import Settings

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ServingRefused(Exception):
    """The exchange did not start, or could not go on; the message says why and what to do."""


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; a second one does not wait for what is under way.

    Raises:
        ServingRefused: The address is taken, or the data and this program do not fit together.
    """
    log.configure(settings.log_format, settings.log_level)
    # First of all, so that the commonest refusal comes at once.
    listener = _bind(settings.host, settings.port)
    with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_Serving(settings, listener).run())
        finally:
            # The interpreter would look through a million objects for cycles before it ends: seconds on a busy machine.
            gc.freeze()


class _Serving:
    """One life of the exchange: start, serve, stop."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._server: _Server | None = None
        self._failure: BaseException | None = None

    async def run(self) -> None:
        """Run it to its end."""
        work = asyncio.create_task(self._run(), name="serving")
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._stop, work)
        try:
            await work
        except asyncio.CancelledError:
            # Stopped before it served.
            pass
        except _refusals() as error:
            raise ServingRefused(_words(error, self._settings)) from None
        finally:
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)
        if self._failure is not None:
            raise ServingRefused(f"The exchange cannot go on: {self._failure}") from self._failure

    async def _run(self) -> None:
        from backend.app import running

        async with running(self._settings, self._give_up) as app:
            self._server = _Server(_config(app, self._settings), self._listener, self._settings)
            try:
                await self._server.serve(sockets=[self._listener])
            except SystemExit:
                # uvicorn's way to say that the app's own start failed; it has logged why.
                raise ServingRefused("The web app did not start; the log says why.") from None

    def _stop(self, work: "asyncio.Task[None]") -> None:
        if self._server is None:
            work.cancel()
        else:
            self._server.stop()

    def _give_up(self, failure: BaseException) -> None:
        self._failure = self._failure or failure
        if self._server is not None:
            self._server.stop()


class _Server(uvicorn.Server):
    """uvicorn's server with an announcement of ours; signals are the business of `_Serving`."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, settings: Settings) -> None:
        super().__init__(config)
        self._listener = listener
        self._settings = settings

    def stop(self) -> None:
        """Stop; called again, stop without waiting for what is under way."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            # What was loaded for good need not be looked through again and again while people trade.
            gc.freeze()
            _announce(self._settings, self._listener.getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=settings.socket_message_bytes_max,
        ws_ping_interval=settings.socket_ping_seconds,
        ws_ping_timeout=settings.socket_ping_seconds,
        # Compressing each message for each socket would cost more than all the rest of the fan-out.
        ws_per_message_deflate=False,
        lifespan="on",
        # The log is configured already; uvicorn's own access log has query strings and with them tokens.
        log_config=None,
        access_log=False,
        interface="asgi3",
        workers=1,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        backlog=settings.connections_waiting_max,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def _bind(host: str, port: int) -> socket.socket:
    """Take the address without listening yet, so that nobody waits in a queue while the exchange starts."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ServingRefused(_why_not_bound(host, port, error)) from None
    return listener


def _why_not_bound(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken. Stop what uses it, or choose another one with RIALTO_PORT."
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} may not be used by this user. Choose another one with RIALTO_PORT."
    return f"{host}:{port} cannot be listened on: {error.strerror or error}. See RIALTO_HOST and RIALTO_PORT."


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors that say in words why the exchange may not start."""
    from sqlalchemy.exc import OperationalError

    from backend.accounts.keys import UnreadableSecret
    from backend.persistence.errors import AlreadyRunning, SchemaRefused, StorageUnavailable, UnusableUrl
    from backend.sequencer.errors import RefusesToStart

    return (
        AlreadyRunning,
        OperationalError,
        OSError,
        RefusesToStart,
        SchemaRefused,
        StorageUnavailable,
        UnreadableSecret,
        UnusableUrl,
    )


def _words(error: BaseException, settings: Settings) -> str:
    from sqlalchemy.exc import OperationalError

    from backend.persistence.errors import StorageUnavailable

    if isinstance(error, OperationalError | StorageUnavailable):
        # The driver says best what is wrong; the error of SQLAlchemy would add the statement and its parameters.
        behind = error if isinstance(error, OperationalError) else error.__cause__
        detail = str(getattr(behind, "orig", None) or behind or error).partition("\n")[0]
        return f"The database does not answer: {detail}"
    if isinstance(error, OSError):
        if error.filename is None:
            # Not about a file: another process began to listen between our taking the address and our listening.
            return _why_not_bound(settings.host, settings.port, error)
        return f"The data folder cannot be used: {error}"
    return str(error)


def _announce(settings: Settings, port: int) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    kind = "a demonstration exchange" if settings.demo else "the exchange"
    sys.stderr.write(f"Rialto is ready: {kind} at {address}, GraphQL at {address}/graphql. Ctrl-C stops it.\n")
    sys.stderr.flush()
