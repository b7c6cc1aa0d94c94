"""The engine behind the judge's interface: its events become commands, and what happened becomes its observations.

Where the judge and Rialto differ by design, the adapter says in Rialto's words what the judge means, so that all the
rest can be compared. `literal=True` leaves such help away: the tests show with it that each listed difference is there.
"""

from decimal import Decimal

from tracebook.conformance import (
    BookSnapshot,
    BookState,
    ConformanceConfig,
    ConformanceError,
    EngineMetadata,
    Observation,
    Outcome,
    RestingOrder,
    TradeFill,
    canonical_decimal,
)
from tracebook.core.order import OrderSide, OrderType, SelfTradePolicy
from tracebook.events import MarketEvent

from backend.engine import commands
from backend.engine import outcome as engine_outcome
from backend.engine.events import Traded
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    AccountId,
    MarketStatus,
    Order,
    OrderId,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from backend.engine.values import OrderType as EngineType

QUOTE, QUOTE_DECIMALS = "USD", 18
LOT = Decimal("1e-16")
"""Small enough for sixteen halvings of an order, which is how the judge reduces; and a lot at a tick is one unit."""
TICK = Decimal("0.01")
FUNDS = 10**33
"""The judge knows no money, so nobody runs out of it."""

MODES = {
    SelfTradePolicy.NONE: SelfTradePrevention.CANCEL_NEWEST,
    SelfTradePolicy.CANCEL_INCOMING: SelfTradePrevention.CANCEL_NEWEST,
    SelfTradePolicy.CANCEL_RESTING: SelfTradePrevention.CANCEL_OLDEST,
}
TIMES = {
    OrderType.LIMIT: TimeInForce.GTC,
    OrderType.MARKET: TimeInForce.IOC,
    OrderType.IOC: TimeInForce.IOC,
    OrderType.FOK: TimeInForce.FOK,
}
REASONS = {
    RefusalCode.UNKNOWN_ORDER: "ORDER_NOT_ACTIVE",
    RefusalCode.DUPLICATE_CLIENT_ORDER_ID: "DUPLICATE_ORDER_ID",
}
APPLIED = Outcome("applied")
NOT_ACTIVE = Outcome("rejected", "ORDER_NOT_ACTIVE")


class RialtoAdapter:
    """One exchange with a market for each symbol of the judge."""

    metadata = EngineMetadata("rialto", f"rules {RULES_VERSION}", "Python")

    def __init__(self, config: ConformanceConfig, *, literal: bool = False) -> None:
        if Decimal(str(config.tick_size)) != TICK:
            raise ConformanceError(f"the adapter's markets have a tick of {TICK}")
        self._config = config
        self._literal = literal
        self._exchange = Exchange()
        self._time = 0
        self._markets: dict[str, str] = {}
        self._sources: dict[OrderId, int] = {}
        """The judge's number of each of our orders."""
        self._active: dict[tuple[str, int], OrderId] = {}
        """The last order of each of the judge's numbers, by symbol; it may have ended."""
        self._owners: dict[AccountId, int] = {}
        self._trades: list[TradeFill] = []
        self._do(commands.CreateAsset(QUOTE, "Dollar", QUOTE_DECIMALS))

    def apply(self, event: MarketEvent, index: int) -> Observation:
        """Apply one event and tell what a client of the exchange would see."""
        self._trades = []
        outcome = self._obey(event)
        state = self.snapshot()
        return Observation(index, outcome, tuple(self._trades), state.digest(), state.order_count)

    def snapshot(self) -> BookState:
        """Return every resting order, best price first, then by place."""
        orders = self._exchange.state().orders
        books = []
        for symbol, market in sorted(self._markets.items()):
            bids = [each for each in orders if each.market == market and each.side is Side.BUY]
            asks = [each for each in orders if each.market == market and each.side is Side.SELL]
            bids.sort(key=lambda order: -(order.price_ticks or 0))
            asks.sort(key=lambda order: order.price_ticks or 0)
            books.append(BookSnapshot(symbol, tuple(map(self._resting, bids)), tuple(map(self._resting, asks))))
        return BookState(tuple(books))

    def close(self) -> None:
        """End; there is nothing to give back."""

    def _obey(self, event: MarketEvent) -> Outcome:
        if event.op in ("new", "clear") and event.symbol not in self._markets:
            self._open_market(event.symbol)
        if event.op == "clear":
            return self._clear(event)
        if event.op == "new":
            return self._new(event)
        order = self._order_of(event)
        if order is None:
            return NOT_ACTIVE
        if event.op == "cancel":
            return self._answer(self._do(commands.CancelOrder(order.account, order.id, None)))
        return self._reduce(event, order) if event.op == "reduce" else self._replace(event, order)

    def _new(self, event: MarketEvent) -> Outcome:
        market = event.order_type is OrderType.MARKET
        price_ticks = None if market else _whole(event.price, TICK)
        lots = _whole(event.quantity, LOT)
        if lots is None or (price_ticks is None and not market):
            return Outcome("rejected", "INVALID_ORDER", "not a whole number of ticks or lots")
        account = self._account(event.symbol, event.order_id or 0, event.owner)
        placed = self._place(
            event, account, TIMES[event.order_type], price_ticks, lots, f"{event.symbol} {event.order_id}"
        )
        answer = placed.answers[0]
        if isinstance(answer, Refusal):
            if answer.code is RefusalCode.INSUFFICIENT_LIQUIDITY and not self._literal:
                return APPLIED
        elif not placed.sequence and not self._literal:
            return Outcome("rejected", "DUPLICATE_ORDER_ID")
        return self._answer(placed)

    def _reduce(self, event: MarketEvent, order: Order) -> Outcome:
        less = _whole(event.quantity, LOT)
        assert less is not None
        assert order.quantity_lots is not None
        if less == order.remaining_lots and not self._literal:
            return self._answer(self._do(commands.CancelOrder(order.account, order.id, None)))
        return self._answer(self._amend(order, None, order.quantity_lots - less))

    def _replace(self, event: MarketEvent, order: Order) -> Outcome:
        """Amend an order; where that would keep its place, cancel it and place another one."""
        price_ticks = order.price_ticks if event.price is None else _whole(event.price, TICK)
        lots = order.remaining_lots if event.quantity is None else _whole(event.quantity, LOT)
        if price_ticks is None or lots is None:
            return Outcome("rejected", "INVALID_REPLACEMENT", "not a whole number of ticks or lots")
        if price_ticks != order.price_ticks or lots > order.remaining_lots or self._literal:
            return self._answer(self._amend(order, price_ticks, order.filled_lots + lots))
        self._do(commands.CancelOrder(order.account, order.id, None))
        return self._answer(self._place(event, order.account, TimeInForce.GTC, price_ticks, lots, None, order.side))

    def _clear(self, event: MarketEvent) -> Outcome:
        market = self._markets[event.symbol]
        for account in sorted({order.account for order in self._exchange.state().orders}):
            self._do(commands.CancelAllOrders(account, market))
        return APPLIED

    def _place(
        self,
        event: MarketEvent,
        account: AccountId,
        time_in_force: TimeInForce,
        price_ticks: int | None,
        lots: int,
        key: str | None,
        side: Side | None = None,
    ) -> engine_outcome.Outcome:
        assert event.order_id is not None
        placed = self._do(
            commands.PlaceOrder(
                account=account,
                market=self._markets[event.symbol],
                side=side or (Side.BUY if event.side is OrderSide.BUY else Side.SELL),
                type=EngineType.MARKET if price_ticks is None else EngineType.LIMIT,
                time_in_force=time_in_force,
                post_only=False,
                self_trade_prevention=MODES[self._config.self_trade_policy],
                price_ticks=price_ticks,
                quantity_lots=lots,
                quote_amount=None,
                client_order_id=key,
            ),
            (event.symbol, event.order_id),
        )
        return placed

    def _amend(self, order: Order, price_ticks: int | None, quantity_lots: int) -> engine_outcome.Outcome:
        return self._do(commands.AmendOrder(order.account, order.id, None, price_ticks, quantity_lots, None))

    def _do(self, command: commands.Command, placed: tuple[str, int] | None = None) -> engine_outcome.Outcome:
        """Apply a command and keep what it traded."""
        self._time += 1
        done = self._exchange.apply(command, TimeUs(self._time))
        if placed is not None and done.sequence and isinstance(done.answers[0], int):
            number = OrderId(done.answers[0])
            self._active[placed] = number
            self._sources[number] = placed[1]
        symbols = {market: symbol for symbol, market in self._markets.items()}
        for event in done.events:
            if isinstance(event, Traded):
                maker, taker = self._sources[event.maker_order], self._sources[event.taker_order]
                buyer, seller = (taker, maker) if event.taker_side is Side.BUY else (maker, taker)
                price, lots = TICK * event.price_ticks, self._printed(event.lots)
                self._trades.append(TradeFill(symbols[event.market], buyer, seller, canonical_decimal(price), lots))
        return done

    def _answer(self, done: engine_outcome.Outcome) -> Outcome:
        """Return what the judge calls an answer of the engine."""
        if done.refusal is None:
            return APPLIED
        return Outcome("rejected", REASONS.get(done.refusal.code, "INVALID_ORDER"), done.refusal.code.value)

    def _order_of(self, event: MarketEvent) -> Order | None:
        """Return the open order that an event names."""
        number = self._active.get((event.symbol, event.order_id or 0))
        return next((order for order in self._exchange.state().orders if order.id == number), None)

    def _account(self, symbol: str, order_id: int, owner: int) -> AccountId:
        """Return who places an order: its owner, or one for each order where owners may trade with themselves."""
        alone = self._config.self_trade_policy is SelfTradePolicy.NONE and not self._literal
        account = AccountId(f"{symbol} {order_id}" if alone else f"owner {owner}")
        if account not in self._owners:
            self._do(commands.OpenAccount(account))
            self._fund(account, QUOTE)
            for market in self._markets.values():
                self._fund(account, market.split("-")[0])
        self._owners[account] = owner
        return account

    def _open_market(self, symbol: str) -> None:
        base = f"B{len(self._markets)}"
        self._do(commands.CreateAsset(base, symbol, 16))
        self._do(
            commands.CreateMarket(
                base=base,
                quote=QUOTE,
                tick_points=1,
                tick_decimals=2,
                lot_units=1,
                minimum_notional=0,
                maximum_lots=None,
                open_orders_per_account=10_000,
                maker_rate=0,
                taker_rate=0,
            )
        )
        self._markets[symbol] = f"{base}-{QUOTE}"
        self._do(commands.SetMarketStatus(self._markets[symbol], MarketStatus.OPEN, ""))
        for account in self._owners:
            self._fund(account, base)

    def _fund(self, account: AccountId, asset: str) -> None:
        self._do(commands.Deposit(account, asset, FUNDS, WORLD_DEMONSTRATION, f"funds {asset}"))

    def _resting(self, order: Order) -> RestingOrder:
        assert order.price_ticks is not None
        return RestingOrder(
            order_id=self._sources[order.id],
            price=canonical_decimal(TICK * order.price_ticks),
            remaining_quantity=self._printed(order.remaining_lots),
            owner=self._owners[order.account],
        )

    def _printed(self, lots: int) -> str:
        return canonical_decimal(LOT * lots, self._config.quantity_decimal_places)


def _whole(number: float | None, step: Decimal) -> int | None:
    """Return how many steps a number is; None for one that is no whole number of them."""
    assert number is not None
    steps = Decimal(str(number)) / step
    return int(steps) if steps == steps.to_integral_value() else None
