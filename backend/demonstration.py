"""Makes this a demonstration exchange: sets up the markets that `demo` describes and runs its traders."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
from litestar.types import ASGIApp

from backend import money
from backend.demo.exchange import ASSETS, MARKETS, DemoMarket
from backend.demo.trader import DemoTrader
from backend.engine.commands import Command, CreateAsset, CreateMarket, SetMarketStatus
from backend.engine.values import MarketStatus
from backend.graphql.services import Services

OPENING = "The demonstration market opens."
TRADER_ADDRESS = ("127.0.0.1", 0)
"""What the API sees as the traders' address: they call it in process."""


async def set_up(services: Services) -> None:
    """Submit what the exchange lacks of its assets and markets; what an operator changed stays."""
    for command in list(_missing(services)):
        outcome = await services.sequencer.submit(command)
        assert outcome.refusal is None, f"{command} was refused: {outcome.refusal}"
    for market in MARKETS:
        known = services.views.markets[market.symbol]
        if known.status is MarketStatus.HALTED and known.status_reason is None:
            await services.sequencer.submit(SetMarketStatus(market.symbol, MarketStatus.OPEN, OPENING))


@asynccontextmanager
async def traders(api: ASGIApp, rate: float, password: str) -> AsyncIterator[None]:
    """Run the traders, ordinary clients of the API, while the context lasts.

    Args:
        api: The app that serves /graphql.
        rate: Commands per second; 0 runs none.
        password: That of the traders' users.
    """

    def make_http() -> httpx.AsyncClient:
        transport = httpx.ASGITransport(api, client=TRADER_ADDRESS)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    trader = DemoTrader(make_http, rate, password)
    trader.start()
    try:
        yield
    finally:
        await trader.stop()


def _missing(services: Services) -> Iterator[Command]:
    views = services.views
    yield from (CreateAsset(a.code, a.name, a.decimals) for a in ASSETS if a.code not in views.assets)
    yield from (_creation(market) for market in MARKETS if market.symbol not in views.markets)


def _creation(market: DemoMarket) -> CreateMarket:
    decimals = {asset.code: asset.decimals for asset in ASSETS}
    tick_points, tick_decimals = money.split(money.parse(market.tick_size))
    return CreateMarket(
        base=market.base,
        quote=market.quote,
        tick_points=tick_points,
        tick_decimals=tick_decimals,
        lot_units=money.to_units(money.parse(market.lot_size), decimals[market.base]),
        minimum_notional=money.to_units(money.parse(market.minimum_notional), decimals[market.quote]),
        maximum_lots=None,
        open_orders_per_account=market.open_orders_per_account,
        maker_rate=money.to_steps(money.parse(market.maker_fee), 1, money.RATE_DECIMALS),
        taker_rate=money.to_steps(money.parse(market.taker_fee), 1, money.RATE_DECIMALS),
    )
