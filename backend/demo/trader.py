"""The demonstration traders: makers and takers of different habits, ordinary users of the public API."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from backend.demo.client import ApiClient, ApiFailure
from backend.demo.member import Member
from backend.demo.paths import QUOTE, START_PRICES, PricePaths
from backend.demo.quotes import DEEP, NEAR, Book, Decider, NewOrder, Quote, Rules
from backend.demo.takers import Taker, Takers

MAKERS = {"demo-maker": (NEAR, 1.5), "demo-deep-maker": (DEEP, 6.0)}
"""How each quotes, and after how many seconds it reads the book and its orders again; the first does so as well when
somebody has taken. The takers see what the first has seen."""
HALTED_SECONDS = 5.0
"""A market that takes no orders is left alone for so long."""
BEHIND_SECONDS_MAX = 1.0
"""Commands that were late by more than this are not made up for."""
PAUSE_SECONDS_MAX = 10.0
WELL_SECONDS = 30.0
SEED = 20_240_229

MARKETS = """
query Markets {
  markets {
    symbol status tickSize lotSize minimumNotional
    base { code } quote { code }
    ticker { last }
  }
}
"""
LOOK = """
query Look($market: String!) {
  orderBook(market: $market, depth: 10) { bids { price quantity } asks { price quantity } }
  viewer { openOrders(market: $market) { id side price } }
}
"""
PLACE = """
mutation Place($inputs: [PlaceOrderInput!]!) {
  placeOrders(inputs: $inputs) { order { id side price status } errors { code message } }
}
"""
CANCEL = "mutation Cancel($id: ID!) { cancelOrder(id: $id) { errors { code message } } }"
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Desk:
    """One maker in one market."""

    maker: Member
    decider: Decider
    look_seconds: float
    book: Book = field(default_factory=Book)
    looked_at: float = 0.0
    """0: the maker must look before anything else."""


@dataclass(slots=True)
class _Market:
    rules: Rules
    desks: list[_Desk]
    takers: Takers
    closed_until: float = 0.0


class DemoTrader:
    """Trades until it is stopped, whatever the server answers.

    Args:
        make_http: Makes the HTTP client; its base URL is the server's.
        rate: Commands per second of all accounts together; 0 or less trades nothing.
        password: The password of all users; the same after a restart.
        seed: Which prices, and which chance.
        now: A clock in seconds that never goes back.
        sleep: Waits for so many seconds of that clock.
    """

    def __init__(
        self,
        make_http: Callable[[], httpx.AsyncClient],
        rate: float,
        password: str,
        seed: int = SEED,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._make_http = make_http
        self._rate = rate
        self._password = password
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._seed = seed
        self._now = now
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._next_command_at = 0.0
        self._members: dict[str, Member] = {}
        self._paths: PricePaths | None = None
        self._path_at = 0.0

    def start(self) -> None:
        """Begin to trade in a task of the running event loop."""
        if self._rate > 0 and self._task is None:
            self._task = asyncio.create_task(self.run(), name="demonstration traders")

    async def stop(self) -> None:
        """Stop at once; orders stay in the books and are found again after the next start."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def run(self) -> None:
        """Trade for ever; after a failure sign in and look at everything again, after a growing pause."""
        while True:
            # Ends only after it has gone well for a while: then the pauses begin small again.
            async for attempt in AsyncRetrying(sleep=self._sleep, wait=_pause, before_sleep=_tell):
                with attempt:
                    await self._session()

    async def _session(self) -> None:
        """Trade until something fails; what fails after a while of good trade is no reason to pause."""
        async with self._make_http() as http:
            names = [*MAKERS, *(taker.value for taker in Taker)]
            clients = {name: ApiClient(http, name, self._password) for name in names}
            self._members = {
                name: Member(client, self._turn, self._worth, self._now) for name, client in clients.items()
            }
            began = self._now()
            try:
                await self._trade(await self._markets(clients[names[0]]))
            except ApiFailure as failure:
                if self._now() < began + WELL_SECONDS:
                    raise
                logger.warning("the demonstration traders begin again: %s", failure)

    async def _trade(self, markets: Sequence[_Market]) -> None:
        if not markets:
            raise ApiFailure("UNKNOWN_MARKET", "there is no market to trade in yet")
        # Each has its turn at first, in the order of the API: visitors look at the first one first.
        unseen = list(markets)
        while True:
            self._follow_path()
            open_markets = unseen[:1] or [market for market in markets if market.closed_until <= self._now()]
            unseen = unseen[1:]
            if not open_markets or not await self._act(self._chance.choice(open_markets)):
                # Nothing to do costs its turn too, so that a quiet market is not asked again and again.
                await self._turn()

    async def _act(self, market: _Market) -> bool:
        """Send the command that the market needs most; False when there is none."""
        await self._look_again(market, market.desks[0])
        fair, usdt_per_quote = self._fair(market), self._worth(market.rules.quote)
        book = market.desks[0].book
        if not book.quotes and await self._tend(market, market.desks[0], fair, usdt_per_quote):
            return True
        arbitrage = market.takers.arbitrage(book, fair, usdt_per_quote)
        if arbitrage is not None:
            return await self._take(market, Taker.ARBITRAGEUR, arbitrage)
        assert self._paths is not None, "the markets are read first"
        arrival = market.takers.arrival(book, fair, usdt_per_quote, self._paths.mood)
        if arrival is not None:
            return await self._take(market, *arrival)
        for desk in self._chance.sample(market.desks, len(market.desks)):
            if await self._tend(market, desk, fair, usdt_per_quote):
                return True
        return False

    async def _tend(self, market: _Market, desk: _Desk, fair: Decimal, usdt_per_quote: Decimal) -> bool:
        """Bring a maker's quotes nearer to what it wants, by one command."""
        await self._look_again(market, desk)
        stray = desk.decider.stray(desk.book, fair)
        missing = desk.decider.missing(desk.book, fair, usdt_per_quote)
        if missing and (stray is None or self._chance.random() < 0.6):
            return await self._quote(market, desk, missing)
        tired = stray or desk.decider.refreshed(desk.book)
        return tired is not None and await self._cancel(market, desk, tired)

    async def _quote(self, market: _Market, desk: _Desk, orders: Sequence[NewOrder]) -> bool:
        payloads = await self._place(market, desk.maker, orders, {"timeInForce": "GTC", "postOnly": True})
        for payload in payloads:
            if payload["order"] and payload["order"]["status"] in ("OPEN", "PARTIALLY_FILLED"):
                quote = _quote_of(market.rules, payload["order"])
                desk.book.quotes[quote.id] = quote
        return True

    async def _take(self, market: _Market, taker: Taker, order: NewOrder) -> bool:
        await self._place(market, self._members[taker.value], [order], {"timeInForce": "IOC"})
        market.desks[0].looked_at = 0.0
        return True

    async def _cancel(self, market: _Market, desk: _Desk, quote: Quote) -> bool:
        await self._turn()
        payload = (await desk.maker.execute(CANCEL, {"id": quote.id}))["cancelOrder"]
        desk.book.quotes.pop(quote.id, None)
        self._heed(market, desk.maker, payload["errors"])
        return True

    async def _place(
        self, market: _Market, member: Member, orders: Sequence[NewOrder], how: dict[str, object]
    ) -> list[dict[str, Any]]:
        await self._turn()
        rules = market.rules
        inputs = [
            {
                "market": rules.symbol,
                "side": "BUY" if order.is_buy else "SELL",
                "type": "LIMIT",
                "price": format(order.ticks * rules.tick_size, "f"),
                "quantity": format(order.lots * rules.lot_size, "f"),
                **how,
            }
            for order in orders
        ]
        payloads: list[dict[str, Any]] = (await member.execute(PLACE, {"inputs": inputs}))["placeOrders"]
        for payload in payloads:
            self._heed(market, member, payload["errors"])
        return payloads

    def _heed(self, market: _Market, member: Member, errors: Sequence[dict[str, str]]) -> None:
        """Act upon a refusal: what the traders believed of this market is not so any more."""
        for error in errors:
            for desk in market.desks:
                desk.looked_at = 0.0
            if error["code"] in ("MARKET_NOT_OPEN", "EXCHANGE_HALTED"):
                market.closed_until = self._now() + HALTED_SECONDS
            elif error["code"] == "INSUFFICIENT_BALANCE":
                member.lacks_money()
            elif error["code"] not in ("WOULD_TAKE_LIQUIDITY", "ORDER_NOT_OPEN", "UNKNOWN_ORDER"):
                logger.warning("a demonstration trader was refused: %s %s", error["code"], error["message"])
                market.closed_until = self._now() + HALTED_SECONDS

    async def _look_again(self, market: _Market, desk: _Desk) -> None:
        if desk.looked_at and self._now() - desk.looked_at <= desk.look_seconds:
            return
        answer = await desk.maker.execute(LOOK, {"market": market.rules.symbol})
        quotes = [_quote_of(market.rules, order) for order in answer["viewer"]["openOrders"] if order["price"]]
        desk.book.quotes = {quote.id: quote for quote in quotes}
        for other in market.desks:
            other.book.bids = _levels(market.rules, answer["orderBook"]["bids"])
            other.book.asks = _levels(market.rules, answer["orderBook"]["asks"])
        desk.looked_at = self._now()

    async def _markets(self, client: ApiClient) -> list[_Market]:
        """Return the markets whose assets have a price path; prices go on from the last trades."""
        found = (await client.execute(MARKETS))["markets"]
        known = {QUOTE, *START_PRICES}
        if self._paths is None:
            last = {
                market["base"]["code"]: Decimal(market["ticker"]["last"])
                for market in found
                if market["quote"]["code"] == QUOTE and market["ticker"]["last"]
            }
            self._paths = PricePaths(self._seed, last)
            self._path_at = self._now()
        return [self._market(rules) for rules in map(_rules_of, found) if {rules.base, rules.quote} <= known]

    def _market(self, rules: Rules) -> _Market:
        desks = [
            _Desk(self._members[name], Decider(rules, self._chance, habit), look_seconds)
            for name, (habit, look_seconds) in MAKERS.items()
        ]
        return _Market(rules, desks, Takers(rules, self._chance))

    def _follow_path(self) -> None:
        assert self._paths is not None, "the markets are read first"
        while self._path_at + 1 <= self._now():
            self._path_at = max(self._path_at + 1, self._now() - 60)
            self._paths.step()

    def _fair(self, market: _Market) -> Decimal:
        assert self._paths is not None, "the markets are read first"
        return self._paths.price(market.rules.base, market.rules.quote)

    def _worth(self, asset: str) -> Decimal:
        assert self._paths is not None, "the markets are read first"
        return self._paths.price(asset, QUOTE)

    async def _turn(self) -> None:
        """Wait for the next command's time."""
        now = self._now()
        self._next_command_at = max(self._next_command_at, now - BEHIND_SECONDS_MAX) + 1 / self._rate
        await self._sleep(max(0.0, self._next_command_at - now))


def _rules_of(market: dict[str, Any]) -> Rules:
    return Rules(
        symbol=market["symbol"],
        base=market["base"]["code"],
        quote=market["quote"]["code"],
        tick_size=Decimal(market["tickSize"]),
        lot_size=Decimal(market["lotSize"]),
        minimum_notional=Decimal(market["minimumNotional"]),
    )


def _quote_of(rules: Rules, order: dict[str, Any]) -> Quote:
    return Quote(order["id"], order["side"] == "BUY", int(Decimal(order["price"]) / rules.tick_size))


def _levels(rules: Rules, levels: Sequence[dict[str, str]]) -> list[tuple[int, int]]:
    return [
        (int(Decimal(level["price"]) / rules.tick_size), int(Decimal(level["quantity"]) / rules.lot_size))
        for level in levels
    ]


_growing = wait_random_exponential(multiplier=0.5, max=PAUSE_SECONDS_MAX)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_seconds if isinstance(error, ApiFailure) else None
    return min(PAUSE_SECONDS_MAX, max(asked or 0.0, 0.2 + _growing(state)))


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ApiFailure):
        logger.warning("the demonstration traders begin again: %s", error)
    else:
        logger.error("the demonstration traders failed and begin again", exc_info=error)
