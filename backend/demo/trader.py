"""The demonstration trader: a maker and a taker, ordinary users of the public API, that make every market live."""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from backend.demo.client import ApiClient, ApiFailure
from backend.demo.paths import QUOTE, START_PRICES, PricePaths
from backend.demo.quotes import Book, Decider, NewOrder, Quote, Rules

LOOK_SECONDS = 1.5
"""A market's book is read again after so long, or when the trader's own orders have changed it."""
HALTED_SECONDS = 5.0
"""A market that takes no orders is left alone for so long."""
FUNDS_SECONDS = 20.0
BEHIND_SECONDS_MAX = 1.0
"""Commands that were late by more than this are not made up for."""
PAUSE_SECONDS_MAX = 10.0
WELL_SECONDS = 30.0
STRIKE_SHARE = 0.2
"""Of the commands in a market whose prices are right, so many are small trades at least."""
FUNDS_USDT = 1_000_000
"""What each account has of each asset at first, in USDT; less than a third of it is filled up again."""
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
BALANCES = "query Balances { viewer { balances(includeZero: true) { asset { code } available held } } }"
PLACE = """
mutation Place($inputs: [PlaceOrderInput!]!) {
  placeOrders(inputs: $inputs) { order { id side price status } errors { code message } }
}
"""
CANCEL = "mutation Cancel($id: ID!) { cancelOrder(id: $id) { errors { code message } } }"
FAUCET = "mutation Faucet($input: FaucetInput!) { requestFaucet(input: $input) { errors { code message } } }"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Market:
    rules: Rules
    decider: Decider
    book: Book = field(default_factory=Book)
    looked_at: float = 0.0
    """0: it must be looked at before anything else."""
    closed_until: float = 0.0


class DemoTrader:
    """Trades until it is stopped, whatever the server answers.

    Args:
        make_http: Makes the HTTP client; its base URL is the server's.
        rate: Commands per second of both accounts together; 0 or less trades nothing.
        password: The password of both users; the same after a restart.
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
        self._funds_at = 0.0
        self._paths: PricePaths | None = None
        self._path_at = 0.0

    def start(self) -> None:
        """Begin to trade in a task of the running event loop."""
        if self._rate > 0 and self._task is None:
            self._task = asyncio.create_task(self.run(), name="demonstration trader")

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
        """Sign in and trade until something fails; what fails after a while of good trade is no reason to pause."""
        async with self._make_http() as http:
            maker = ApiClient(http, "demo-maker", self._password)
            taker = ApiClient(http, "demo-taker", self._password)
            await maker.sign_in()
            await taker.sign_in()
            began = self._now()
            try:
                await self._trade(maker, taker)
            except ApiFailure as failure:
                if self._now() < began + WELL_SECONDS:
                    raise
                logger.warning("the demonstration trader begins again: %s", failure)

    async def _trade(self, maker: ApiClient, taker: ApiClient) -> None:
        markets = await self._markets(maker)
        if not markets:
            raise ApiFailure("UNKNOWN_MARKET", "there is no market to trade in yet")
        self._funds_at = 0.0
        while True:
            if self._now() >= self._funds_at:
                await self._fill_up((maker, taker))
                self._funds_at = self._now() + FUNDS_SECONDS
            self._follow_path()
            open_markets = [market for market in markets if market.closed_until <= self._now()]
            if not open_markets or not await self._act(self._chance.choice(open_markets), maker, taker):
                # Nothing to do costs its turn too, so that a quiet market is not asked again and again.
                await self._turn()

    async def _act(self, market: _Market, maker: ApiClient, taker: ApiClient) -> bool:
        """Send the command that the market needs most; False when there is none."""
        if not market.looked_at or self._now() - market.looked_at > LOOK_SECONDS:
            await self._look(market, maker)
        fair = self._fair(market.rules.base, market.rules.quote)
        usdt_per_quote = self._fair(market.rules.quote, QUOTE)
        sweep = market.decider.sweep(market.book, fair, usdt_per_quote)
        if sweep is not None:
            return await self._take(market, taker, sweep)
        if self._chance.random() < STRIKE_SHARE:
            strike = market.decider.strike(market.book, usdt_per_quote)
            if strike is not None:
                return await self._take(market, taker, strike)
        stray = market.decider.stray(market.book, fair)
        missing = market.decider.missing(market.book, fair, usdt_per_quote)
        if missing and (stray is None or self._chance.random() < 0.6):
            return await self._quote(market, maker, missing)
        if stray is not None:
            return await self._cancel(market, maker, stray)
        strike = market.decider.strike(market.book, usdt_per_quote)
        return strike is not None and await self._take(market, taker, strike)

    async def _quote(self, market: _Market, maker: ApiClient, orders: Sequence[NewOrder]) -> bool:
        payloads = await self._place(market, maker, orders, {"timeInForce": "GTC", "postOnly": True})
        for payload in payloads:
            if payload["order"] and payload["order"]["status"] in ("OPEN", "PARTIALLY_FILLED"):
                quote = _quote_of(market.rules, payload["order"])
                market.book.quotes[quote.id] = quote
        return True

    async def _take(self, market: _Market, taker: ApiClient, order: NewOrder) -> bool:
        await self._place(market, taker, [order], {"timeInForce": "IOC"})
        market.looked_at = 0.0
        return True

    async def _cancel(self, market: _Market, maker: ApiClient, quote: Quote) -> bool:
        await self._turn()
        payload = (await maker.execute(CANCEL, {"id": quote.id}))["cancelOrder"]
        market.book.quotes.pop(quote.id, None)
        self._heed(market, payload["errors"])
        return True

    async def _place(
        self, market: _Market, client: ApiClient, orders: Sequence[NewOrder], how: dict[str, object]
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
        payloads: list[dict[str, Any]] = (await client.execute(PLACE, {"inputs": inputs}))["placeOrders"]
        for payload in payloads:
            self._heed(market, payload["errors"])
        return payloads

    def _heed(self, market: _Market, errors: Sequence[dict[str, str]]) -> None:
        """Act upon a refusal: what the trader believed of this market is not so any more."""
        for error in errors:
            market.looked_at = 0.0
            if error["code"] in ("MARKET_NOT_OPEN", "EXCHANGE_HALTED"):
                market.closed_until = self._now() + HALTED_SECONDS
            elif error["code"] == "INSUFFICIENT_BALANCE":
                self._funds_at = 0.0
            elif error["code"] not in ("WOULD_TAKE_LIQUIDITY", "ORDER_NOT_OPEN", "UNKNOWN_ORDER"):
                logger.warning("the demonstration trader was refused: %s %s", error["code"], error["message"])
                market.closed_until = self._now() + HALTED_SECONDS

    async def _look(self, market: _Market, maker: ApiClient) -> None:
        answer = await maker.execute(LOOK, {"market": market.rules.symbol})
        quotes = [_quote_of(market.rules, order) for order in answer["viewer"]["openOrders"] if order["price"]]
        market.book = Book(
            quotes={quote.id: quote for quote in quotes},
            bids=_levels(market.rules, answer["orderBook"]["bids"]),
            asks=_levels(market.rules, answer["orderBook"]["asks"]),
        )
        market.looked_at = self._now()

    async def _fill_up(self, clients: Sequence[ApiClient]) -> None:
        for client in clients:
            balances = (await client.execute(BALANCES))["viewer"]["balances"]
            for balance in balances:
                code = balance["asset"]["code"]
                if code != QUOTE and code not in START_PRICES:
                    continue
                enough = int(FUNDS_USDT / self._fair(code, QUOTE))
                if (Decimal(balance["available"]) + Decimal(balance["held"])) * 3 < enough:
                    await self._turn()
                    request = {"asset": code, "amount": str(enough), "idempotencyKey": uuid.uuid4().hex}
                    payload = (await client.execute(FAUCET, {"input": request}))["requestFaucet"]
                    for error in payload["errors"]:
                        raise ApiFailure(error["code"], error["message"])

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
        return [
            _Market(rules, Decider(rules, self._chance))
            for rules in map(_rules_of, found)
            if {rules.base, rules.quote} <= known
        ]

    def _follow_path(self) -> None:
        assert self._paths is not None, "the markets are read first"
        while self._path_at + 1 <= self._now():
            self._path_at = max(self._path_at + 1, self._now() - 60)
            self._paths.step()

    def _fair(self, base: str, quote: str) -> Decimal:
        assert self._paths is not None, "the markets are read first"
        return self._paths.price(base, quote)

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
        logger.warning("the demonstration trader begins again: %s", error)
    else:
        logger.error("the demonstration trader failed and begins again", exc_info=error)
