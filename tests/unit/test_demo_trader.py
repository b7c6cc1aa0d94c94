"""The demonstration trader against a whole exchange in process, in virtual time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.demo.quotes import DEEP, NEAR
from backend.demo.trader import DemoTrader
from backend.engine.commands import SetMarketStatus
from backend.engine.values import MarketStatus
from tests.support.exchange import RunningExchange, running_exchange

QUOTES_PER_SIDE_MAX = NEAR.orders_max + DEEP.orders_max
PASSWORD = "a password of the traders"
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "ETH-BTC")
COMMANDS = ("placeOrders", "cancelOrder", "requestFaucet")


class VirtualTime:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self._end = 0.0
        self._reached = asyncio.Event()

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds >= self._end:
            self._reached.set()
        await asyncio.sleep(0)

    async def passed(self, seconds: float) -> None:
        """Wait until others have slept for so long."""
        self._end = self.seconds + seconds
        self._reached.clear()
        await self._reached.wait()


Fault = Callable[[httpx.Request, str], httpx.Response | None]


class Wire(httpx.AsyncBaseTransport):
    """Carries requests to the exchange in process, counts commands, and can answer in its place."""

    def __init__(self, exchange: RunningExchange) -> None:
        self._inner = httpx.ASGITransport(exchange.app)
        self.commands: Counter[str] = Counter()
        self.fault: Fault = lambda request, field: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = request.content.decode()
        field = next((name for name in (*COMMANDS, "register", "logIn", "orderBook") if name in body), "other")
        answer = self.fault(request, field)
        if answer is not None:
            return answer
        if field in COMMANDS:
            self.commands[field] += 1
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Stay usable for the next client."""


class Stage:
    """An exchange, a wire to it, and traders that trade on it for a while."""

    def __init__(self, exchange: RunningExchange) -> None:
        self.exchange = exchange
        self.wire = Wire(exchange)
        self.time = VirtualTime()

    def trader(self, rate: float = 10, password: str = PASSWORD, seed: int = 1) -> DemoTrader:
        return DemoTrader(
            lambda: httpx.AsyncClient(transport=self.wire, base_url="http://rialto.test"),
            rate,
            password,
            seed,
            self.time.now,
            self.time.sleep,
        )

    async def trade(self, seconds: float, trader: DemoTrader | None = None, **options: Any) -> DemoTrader:
        """Let a trader trade for so many virtual seconds."""
        trader = trader or self.trader(**options)
        trader.start()
        await self.time.passed(seconds)
        await trader.stop()
        return trader

    async def book(self, symbol: str) -> tuple[list[Any], list[Any]]:
        sides = "bids { price quantity } asks { price quantity }"
        query = f"query($m: String!) {{ orderBook(market: $m, depth: 50) {{ {sides} }} }}"
        book = (await self.exchange.visitor().get(query, m=symbol))["orderBook"]
        return book["bids"], book["asks"]

    async def trades(self, symbol: str) -> int:
        query = "query($m: String!) { trades(market: $m, first: 100) { edges { node { id } } } }"
        return len((await self.exchange.visitor().get(query, m=symbol))["trades"]["edges"])

    def quoting(self) -> set[str]:
        """Return the accounts that have open orders: the makers."""
        views = self.exchange.services.views
        return {account for account in views.accounts if views.open_orders(account)}

    def open_orders(self) -> Counter[tuple[str, str]]:
        views = self.exchange.services.views
        return Counter(
            (order.market, order.side.value) for account in views.accounts for order in views.open_orders(account)
        )


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running_exchange(tmp_path / "data") as exchange:
        yield Stage(exchange)


async def test_every_market_becomes_live(stage: Stage) -> None:
    await stage.trade(40)
    for symbol in SYMBOLS:
        bids, asks = await stage.book(symbol)
        assert min(len(bids), len(asks)) >= 20, symbol
        bid, ask = Decimal(bids[0]["price"]), Decimal(asks[0]["price"])
        assert 0 < (ask - bid) / bid < Decimal("0.001"), symbol
        assert await stage.trades(symbol) > 0, symbol


async def test_several_users_of_different_habits_trade(stage: Stage) -> None:
    trader = stage.trader()
    while len(stage.exchange.services.views.accounts) < 4:
        await stage.trade(10, trader)
    assert len(stage.quoting()) == 2


async def test_sizes_in_the_books_change(stage: Stage) -> None:
    trader = await stage.trade(20)
    before = {symbol: await stage.book(symbol) for symbol in SYMBOLS}
    await stage.trade(10, trader)
    for symbol in SYMBOLS:
        assert await stage.book(symbol) != before[symbol], symbol


async def test_the_cross_price_stays_that_of_arbitrage(stage: Stage) -> None:
    await stage.trade(30)
    middle = {}
    for symbol in SYMBOLS:
        bids, asks = await stage.book(symbol)
        middle[symbol] = (Decimal(bids[0]["price"]) + Decimal(asks[0]["price"])) / 2
    implied = middle["ETH-USDT"] / middle["BTC-USDT"]
    assert abs(middle["ETH-BTC"] / implied - 1) < Decimal("0.002")


async def test_the_trader_keeps_its_rate_and_a_bounded_number_of_orders(stage: Stage) -> None:
    await stage.trade(40, rate=5)
    assert 100 <= stage.wire.commands.total() <= 40 * 5 + 6
    assert max(stage.open_orders().values()) <= QUOTES_PER_SIDE_MAX


async def test_at_rate_zero_nothing_starts(stage: Stage) -> None:
    trader = stage.trader(rate=0)
    trader.start()
    await asyncio.sleep(0.05)
    await trader.stop()
    assert not stage.exchange.services.views.accounts


async def test_after_a_restart_the_same_users_go_on_with_their_orders(stage: Stage) -> None:
    await stage.trade(15)
    accounts, orders = set(stage.exchange.services.views.accounts), stage.open_orders().total()
    assert orders > 50
    await stage.trade(15)
    assert set(stage.exchange.services.views.accounts) == accounts
    assert max(stage.open_orders().values()) <= QUOTES_PER_SIDE_MAX


async def test_with_another_password_the_trader_takes_new_addresses(stage: Stage) -> None:
    await stage.trade(10)
    before = stage.quoting()
    assert len(before) == 2
    await stage.trade(10, password="quite another password")
    assert len(stage.quoting()) == 4


async def test_a_halted_market_is_left_alone_and_the_others_go_on(stage: Stage) -> None:
    await stage.trade(10)
    await stage.exchange.submit(SetMarketStatus("BTC-USDT", MarketStatus.HALTED, "a test"))
    sequence, trades = stage.exchange.sequence, await stage.trades("BTC-USDT")
    trader = await stage.trade(15)
    assert stage.exchange.sequence > sequence + 30
    assert await stage.trades("BTC-USDT") == trades
    await stage.exchange.submit(SetMarketStatus("BTC-USDT", MarketStatus.OPEN, "a test"))
    while await stage.trades("BTC-USDT") == trades:
        await stage.trade(5, trader)


def _answer(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def _error(code: str, **more: object) -> httpx.Response:
    return _answer({"data": None, "errors": [{"message": "no", "extensions": {"code": code, **more}}]})


def _unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _bug(request: httpx.Request) -> httpx.Response:
    raise RuntimeError("a bug of the app behind the transport")


@pytest.mark.parametrize(
    "fail",
    [
        lambda request: _error("UNAVAILABLE"),
        lambda request: _error("INTERNAL", reference="x"),
        lambda request: _error("RATE_LIMITED", retryAfter=3),
        lambda request: _error("UNAUTHENTICATED"),
        lambda request: httpx.Response(502, text="<html>Bad Gateway</html>"),
        lambda request: _answer({"data": {"placeOrders": None, "viewer": None, "logIn": None}}),
        lambda request: _answer([]),
        _unreachable,
        _bug,
    ],
    ids=["unavailable", "internal", "rate limited", "signed out", "no json", "nulls", "list", "unreachable", "bug"],
)
async def test_the_trader_outlives_whatever_the_server_answers(
    stage: Stage, fail: Callable[[httpx.Request], httpx.Response]
) -> None:
    faults = 0

    def fault(request: httpx.Request, field: str) -> httpx.Response | None:
        nonlocal faults
        if faults < 6 and stage.wire.commands.total() >= 12 * faults:
            faults += 1
            return fail(request)
        return None

    stage.wire.fault = fault
    trader = stage.trader()
    while faults < 6 or stage.wire.commands.total() < 100:
        await stage.trade(5, trader)
    assert sum(stage.open_orders().values()) > 0


async def test_pauses_grow_while_the_server_is_away_and_begin_small_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.demo.trader.WELL_SECONDS", 1.0)
    away = 0

    def fault(request: httpx.Request, field: str) -> httpx.Response | None:
        nonlocal away
        away += 1
        return _unreachable(request)

    stage.wire.fault = fault
    trader = await stage.trade(300)
    # At most ten seconds apart, and not a storm.
    assert 30 <= away <= 300
    stage.wire.fault = lambda request, field: None
    await stage.trade(20, trader)
    assert stage.wire.commands["placeOrders"] > 50


async def test_the_trader_fills_its_accounts_up_when_they_run_low(stage: Stage) -> None:
    trader = await stage.trade(3)
    asked = stage.wire.commands["requestFaucet"]
    assert asked > 0
    # Somebody sells far more below the price than the taker can pay for, so that it runs out of money.
    other = await stage.exchange.trader(BTC="1000")
    await other.order(side="SELL", type="LIMIT", price="90000", quantity="900")
    while stage.wire.commands["requestFaucet"] == asked:
        await stage.trade(10, trader)


async def test_stopping_is_immediate_also_while_a_request_is_under_way(stage: Stage) -> None:
    entered = asyncio.Event()
    never: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()

    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            entered.set()
            waiting: Awaitable[httpx.Response] = never
            return await waiting

    trader = DemoTrader(lambda: httpx.AsyncClient(transport=Hanging(), base_url="http://x"), 10, PASSWORD)
    trader.start()
    await entered.wait()
    await trader.stop()
    assert never.cancelled()
