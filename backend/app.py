"""The composition root: settings in, a running exchange and one ASGI app out; the only module that knows everything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import metadata
from pathlib import Path

import structlog
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from sqlalchemy import select

import frontend
from backend import demonstration, wiring
from backend.accounts.keys import derive, server_secret
from backend.accounts.service import Accounts
from backend.engine.exchange import RULES_VERSION
from backend.graphql.context import SESSION_COOKIE, context_maker
from backend.graphql.schema import build
from backend.graphql.services import Services
from backend.graphql.subscriptions import public_feeds
from backend.graphql.transport import GraphQLTransport
from backend.marketdata import MarketData
from backend.marketdata.history import History
from backend.marketdata.loading import load as load_candles
from backend.observability.health import Check, database_check, health_handlers, projector_check, sequencer_check
from backend.observability.metrics import Metrics
from backend.observability.observers import SequencerMetrics, TransportMetrics
from backend.observability.requests import RequestIds
from backend.persistence import histories, migrate
from backend.persistence.lock import WriterLock
from backend.sequencer import recovery
from backend.sequencer.clock import Clock
from backend.sequencer.errors import Unavailable
from backend.sequencer.journal import Journal
from backend.sequencer.keys import KnownKeys
from backend.sequencer.projector import Projector
from backend.sequencer.sequencer import Sequencer
from backend.sequencer.views import LiveViews
from backend.settings import Settings
from backend.storage import open_database
from backend.web import compose

SITE = Path(frontend.__file__).parent / "site"

logger = structlog.get_logger(__name__)


@asynccontextmanager
async def running(settings: Settings, on_fatal: Callable[[BaseException], None]) -> AsyncIterator[ASGIApp]:
    """Run the whole exchange behind one ASGI app; it stops when the context ends.

    Args:
        settings: All choices.
        on_fatal: Called when the exchange cannot go on; the process should end.

    Raises:
        RefusesToStart, AlreadyRunning, SchemaRefused, StorageUnavailable, UnusableUrl, UnreadableSecret: The data and
            this process do not fit together; the message says what to do.
    """
    metrics = Metrics()
    secret = server_secret(settings.data_dir, settings.secret_key)
    async with exchange(settings, secret, metrics=metrics, on_fatal=on_fatal) as services, AsyncExitStack() as stack:
        transport = GraphQLTransport(
            build(),
            context_maker(services),
            public_feeds(services),
            wiring.transport_limits(settings),
            session_cookie=SESSION_COOKIE,
            graphiql=settings.demo,
            observer=TransportMetrics(metrics),
        )
        services.accounts.on_revoked(transport.close_session)
        api = Litestar(
            route_handlers=[*transport.handlers, *_health(settings, services, metrics)],
            on_shutdown=[transport.shutdown],
            openapi_config=None,
            logging_config=None,
        )
        app = compose(
            api,
            site=SITE,
            workdir=settings.data_dir / "web",
            allowed_origins=settings.allowed_origins,
            gate=wiring.socket_gate(settings),
            tabs=wiring.tab_limits(settings),
        )
        if settings.demo:
            await demonstration.set_up(services, with_history=settings.demo_rate > 0)
            password = derive(secret, "demonstration traders").hex()
            await stack.enter_async_context(demonstration.traders(api, settings.demo_rate, password))
        yield RequestIds(app, settings.access_log)  # type: ignore[arg-type, misc]


@asynccontextmanager
async def exchange(
    settings: Settings,
    secret: bytes,
    *,
    metrics: Metrics | None = None,
    on_fatal: Callable[[BaseException], None] | None = None,
) -> AsyncIterator[Services]:
    """Run the exchange without its doors: databases, engine, sequencer, market data, accounts.

    Args:
        settings: All choices.
        secret: What the server's keys are derived from.
        metrics: Where what happens is counted.
        on_fatal: Called when the exchange cannot go on.

    Raises:
        The same as `running`.
    """
    metrics = metrics or Metrics()
    async with AsyncExitStack() as stack:
        database = open_database(settings)
        stack.callback(database.close)
        stack.enter_context(WriterLock.take(database))
        await asyncio.to_thread(migrate.prepare, database, settings.migrate)
        journal = Journal(database)
        stack.callback(journal.close)
        epoch = await asyncio.to_thread(journal.open_epoch)

        loaded = await recovery.load(database, journal)
        state = loaded.state
        symbols = [market.symbol for market in state.markets]
        recent = await database.read(lambda connection: load_candles(connection, symbols, settings.candles_cached_max))
        clock = Clock(loaded.last_time)
        views, known_keys = LiveViews(state, settings.ended_orders_cached_max), KnownKeys(state.keys)
        marketdata = MarketData(state, recent, settings.candles_cached_max)
        projector = Projector(
            database,
            epoch=epoch,
            checkpoint=state.sequence,
            rules_version=RULES_VERSION,
            candle_rows=marketdata.candle_rows,
            limits=wiring.projector_limits(settings),
        )
        projector.start()
        stack.push_async_callback(projector.close)
        sequencer = Sequencer(
            journal=journal,
            load=lambda: recovery.load(database, journal),
            readers=(views, marketdata, known_keys, projector),
            clock=clock,
            room=projector.room,
            limits=wiring.sequencer_limits(settings),
            observer=SequencerMetrics(metrics),
            on_fatal=on_fatal,
        )
        await sequencer.start(loaded)
        stack.push_async_callback(sequencer.stop)
        metrics.queue_length.set_function(lambda: sequencer.queue_length)
        metrics.sequence.set_function(lambda: views.sequence)
        metrics.projector_lag.set_function(lambda: projector.lag)

        accounts = Accounts(
            database,
            sequencer,
            views.accounts.__contains__,
            derive(secret, "sessions"),
            wiring.password_hasher(settings),
            wiring.session_limits(settings),
            settings.password_length_min,
            clock.now,
        )
        stack.push_async_callback(accounts.close)
        services = Services(
            sequencer=sequencer,
            views=views,
            known_keys=known_keys,
            marketdata=marketdata,
            history=History(marketdata, database, projector),
            projector=projector,
            database=database,
            accounts=accounts,
            clock=clock,
            version=metadata.version("rialto"),
            demonstration=settings.demo,
            fee_volume_asset=settings.fee_volume_asset,
            session_seconds=settings.session_lifetime_hours * 3600,
            cookies_over_https=settings.cookie_secure,
            feed_items_max=settings.feed_items_max,
        )
        stack.enter_context(_background(_tick(services, settings.ticker_seconds), "tick"))
        stack.enter_context(_background(_fill_known_keys(services), "known keys"))
        yield services


def _health(settings: Settings, services: Services, metrics: Metrics) -> Sequence[HTTPRouteHandler]:
    projector = services.projector
    checks: dict[str, Check] = {
        "sequencer": sequencer_check(lambda: services.sequencer.ready),
        "projector": projector_check(
            lambda: projector.failed or projector.fenced, lambda: projector.lag, settings.ready_lag_max
        ),
        "database": database_check(lambda: services.database.read(lambda connection: connection.scalar(select(1)))),
    }
    return health_handlers(checks, metrics, settings.metrics_public, settings.ready_check_seconds_max)


async def _tick(services: Services, seconds: float) -> None:
    """Let time pass for market data: closed candles and rolling tickers."""
    while True:
        await asyncio.sleep(seconds)
        now = services.clock.now()
        with contextlib.suppress(Unavailable):
            # every command older than `now` has been folded after this
            await services.sequencer.inspect(lambda _: None)
            services.marketdata.tick(now)


async def _fill_known_keys(services: Services) -> None:
    """Take the keys of the read model into the Bloom filter; until then every key is looked up."""

    def fill() -> None:
        with services.database.reader.connect() as connection:
            services.known_keys.fill(histories.all_keys(connection))

    await asyncio.to_thread(fill)


@contextlib.contextmanager
def _background(work: Coroutine[None, None, None], name: str) -> Iterator[None]:
    task = asyncio.create_task(work, name=name)

    def report(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and done.exception() is not None:
            logger.error("a background task has ended", task=name, exc_info=done.exception())

    task.add_done_callback(report)
    try:
        yield
    finally:
        task.cancel()
