"""Makes this a demonstration exchange: sets up the markets and the day that `demo` describes, and runs its traders."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress

import httpx
from litestar.types import ASGIApp

from backend import money
from backend.demo import history
from backend.demo.exchange import ASSETS, MARKETS, TIERS, VOLUME_ASSET, DemoMarket
from backend.demo.trader import DemoTrader
from backend.engine.commands import (
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOrder,
    PlaceOrders,
    SetFeeTiers,
    SetMarketStatus,
)
from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    AccountId,
    FeeTier,
    MarketStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from backend.graphql.services import Services
from backend.persistence.errors import ProjectorBehind

OPENING = "The demonstration market opens."
COMMANDS_AT_ONCE = 500
"""So many commands of the history wait in the sequencer's queue."""
TRADER_ADDRESS = ("127.0.0.1", 0)
"""What the API sees as the traders' address: they call it in process."""


async def set_up(services: Services, *, with_history: bool) -> None:
    """Submit what the exchange lacks of its assets, markets and fee tiers; what an operator changed stays.

    Args:
        services: Those of an exchange whose doors are still closed.
        with_history: Give an exchange on which nothing has happened yet the day before. Time only goes forward, so that
            no other can have one: a start that is killed in the middle of it leaves a shorter day, whose every
            command is whole, and the next start goes on from there in the present.
    """
    if with_history and services.views.sequence == 0:
        await _submit_history(services)
    for command in list(_missing(services)):
        _assert_accepted(command, await services.sequencer.submit(command))
    for market in MARKETS:
        known = services.views.markets[market.symbol]
        if known.status is MarketStatus.HALTED and known.status_reason is None:
            await services.sequencer.submit(SetMarketStatus(market.symbol, MarketStatus.OPEN, OPENING))
    if services.views.rules.volume_asset is None:
        # refused where the rebates of an operator's own markets leave no room for them
        await services.sequencer.submit(_tiers())


def past_commands(seed: int = history.SEED) -> Iterator[tuple[int, Command]]:
    """Return the day before as commands, with their times in microseconds since it began."""
    for asset in ASSETS:
        yield 0, CreateAsset(asset.code, asset.name, asset.decimals)
    for market in MARKETS:
        yield 0, _creation(market)
        yield 0, SetMarketStatus(market.symbol, MarketStatus.OPEN, OPENING)
    for account in history.ACCOUNTS:
        yield 0, OpenAccount(AccountId(account))
    decimals = {asset.code: asset.decimals for asset in ASSETS}
    for deposit in history.deposits():
        units = money.to_units(money.parse(deposit.amount), decimals[deposit.asset])
        key = f"history-{deposit.asset}"
        yield 0, Deposit(AccountId(deposit.account), deposit.asset, units, WORLD_DEMONSTRATION, key)
    for moment in history.moments(seed):
        yield moment.time_us, PlaceOrders(tuple(_past_order(moment.market, order) for order in moment.orders))


async def _submit_history(services: Services) -> None:
    began = services.clock.now() - history.HISTORY_SECONDS * 1_000_000
    commands = past_commands()
    while some := list(itertools.islice(commands, COMMANDS_AT_ONCE)):
        await _submit_all(services, ((TimeUs(began + time_us), command) for time_us, command in some))
    await _tables_have(services, services.views.sequence)


async def _tables_have(services: Services, sequence: int) -> None:
    """Wait for the tables, however slow the disk is, so that whoever comes first can read the history."""
    while services.projector.checkpoint < sequence and not services.projector.failed:
        with suppress(ProjectorBehind):
            await services.projector.reached(sequence)


async def _submit_all(services: Services, timed: Iterable[tuple[TimeUs, Command]]) -> None:
    """Submit commands in their order without waiting for each one's commit."""
    waiting = [(command, services.sequencer.submit(command, time=time)) for time, command in timed]
    outcomes = await asyncio.gather(*(outcome for _, outcome in waiting))
    for (command, _), outcome in zip(waiting, outcomes, strict=True):
        _assert_accepted(command, outcome)


def _assert_accepted(command: Command, outcome: Outcome) -> None:
    refusals = [answer for answer in outcome.answers if isinstance(answer, Refusal)]
    assert not refusals, f"{command} was refused: {refusals}"


def _past_order(market: str, order: history.PastOrder) -> PlaceOrder:
    return PlaceOrder(
        account=AccountId(order.account),
        market=market,
        side=Side.BUY if order.is_buy else Side.SELL,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC if order.rests else TimeInForce.IOC,
        post_only=order.rests,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=order.ticks,
        quantity_lots=order.lots,
        quote_amount=None,
        client_order_id=None,
    )


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


def _tiers() -> SetFeeTiers:
    decimals = {asset.code: asset.decimals for asset in ASSETS}

    def rate(fee: str) -> int:
        return money.to_units(money.parse(fee), money.RATE_DECIMALS)

    return SetFeeTiers(
        VOLUME_ASSET,
        tuple(
            FeeTier(
                tier.name,
                money.to_units(money.parse(tier.volume), decimals[VOLUME_ASSET]),
                rate(tier.maker_fee),
                rate(tier.taker_fee),
            )
            for tier in TIERS
        ),
    )


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
