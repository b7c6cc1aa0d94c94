"""An engine with one market in a trader's words: prices in whole USDT, quantities in whole BTC, balances as printed."""

from typing import Any

from backend import money
from backend.engine.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAllAfter,
    CancelAllOrders,
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOcoOrder,
    PlaceOrder,
    PlaceOrders,
    SetExchangeHalted,
    SetMarketStatus,
    UpdateMarket,
)
from backend.engine.events import Event, Filled, LevelChanged, OrderUpdated, Posted, Traded
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import (
    OPEN_STATUSES,
    WORLD_DEMONSTRATION,
    AccountId,
    Market,
    MarketStatus,
    Order,
    OrderId,
    OrderStatus,
    OrderType,
    PostingKind,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)

MARKET = "BTC-USDT"
DECIMALS = {"BTC": 8, "USDT": 2}
NOON = TimeUs(1_700_000_000_000_000)
SECOND_US = 1_000_000


class Desk:
    """BTC-USDT with a tick of 1 USDT and a lot of 1 BTC; ann, bob and cleo have 100 BTC and 10,000.00 USDT each."""

    def __init__(self, **rules: Any) -> None:
        self.exchange = Exchange()
        self.now = NOON
        market = {"minimum_notional": 0, "maximum_lots": None, "open_orders_per_account": 100}
        market |= {"maker_rate": 0, "taker_rate": 0} | rules
        self.do(CreateAsset("BTC", "Bitcoin", DECIMALS["BTC"]))
        self.do(CreateAsset("USDT", "Tether", DECIMALS["USDT"]))
        self.do(CreateMarket(base="BTC", quote="USDT", tick_points=1, tick_decimals=0, lot_units=10**8, **market))
        self.do(SetMarketStatus(MARKET, MarketStatus.OPEN, "Let us begin."))
        for account in ("ann", "bob", "cleo"):
            self.open_account(account, BTC="100.00000000", USDT="10000.00")

    def apply(self, command: Command) -> Outcome:
        """Return the outcome of any command."""
        return self.exchange.apply(command, self.now)

    def do(self, command: Command) -> Outcome:
        """Return the outcome of a command that must be accepted."""
        outcome = self.apply(command)
        assert outcome.sequence, outcome
        assert outcome.refusal is None, outcome
        return outcome

    def wait(self, hours: int = 0, minutes: int = 0, seconds: int = 0, microseconds: int = 0) -> None:
        """Let time pass before the next command."""
        passed = (60 * (60 * hours + minutes) + seconds) * SECOND_US + microseconds
        self.now = TimeUs(self.now + passed)

    def advance(self) -> Outcome:
        """Let the engine do what is due."""
        return self.do(AdvanceTime())

    def status(self, status: MarketStatus, reason: str = "Because.") -> Outcome:
        """Change what the market lets people do."""
        return self.do(SetMarketStatus(MARKET, status, reason))

    def halt(self, halted: bool = True, reason: str = "A fire.") -> Outcome:
        """Halt the whole exchange, or let it go on."""
        return self.do(SetExchangeHalted(halted, reason))

    def rules(self, **changes: int | None) -> Outcome:
        """Change rules of the market."""
        return self.do(UpdateMarket(MARKET, changes))

    def market(self) -> Market:
        """Return the market as it is."""
        return next(each for each in self.exchange.state().markets if each.symbol == MARKET)

    def open_account(self, account: str, **amounts: str) -> None:
        """Open an account with amounts of assets, written as they are printed."""
        self.do(OpenAccount(AccountId(account)))
        for asset, amount in amounts.items():
            assert self.deposit(account, asset, amount).sequence

    def deposit(self, account: str, asset: str, amount: str, key: str | None = None) -> Outcome:
        """Give an account an amount, written as it is printed."""
        units = units_of(amount, asset)
        key = f"first {asset}" if key is None else key
        return self.apply(Deposit(AccountId(account), asset, units, WORLD_DEMONSTRATION, key))

    def buy(self, account: str, lots: int, at: int, **options: Any) -> Outcome:
        """Place a limit order to buy so many BTC."""
        return self.apply(order(account, Side.BUY, lots, at, **options))

    def sell(self, account: str, lots: int, at: int, **options: Any) -> Outcome:
        """Place a limit order to sell so many BTC."""
        return self.apply(order(account, Side.SELL, lots, at, **options))

    def buy_at_market(self, account: str, lots: int, **options: Any) -> Outcome:
        """Buy so many BTC at what they cost."""
        return self.apply(order(account, Side.BUY, lots, None, **options))

    def sell_at_market(self, account: str, lots: int, **options: Any) -> Outcome:
        """Sell so many BTC for what they bring."""
        return self.apply(order(account, Side.SELL, lots, None, **options))

    def spend(self, account: str, amount: str, **options: Any) -> Outcome:
        """Buy BTC for so many USDT."""
        return self.apply(order(account, Side.BUY, None, None, quote_amount=units_of(amount, "USDT"), **options))

    def stop(
        self, account: str, side: Side, lots: int | None, at: int, limit: int | None = None, **options: Any
    ) -> Outcome:
        """Place a stop order: a limit order in waiting when it has a limit, otherwise a market order."""
        kind = OrderType.STOP_MARKET if limit is None else OrderType.STOP_LIMIT
        return self.apply(order(account, side, lots, limit, kind=kind, stop=at, **options))

    def take_profit(
        self, account: str, side: Side, lots: int | None, at: int, limit: int | None = None, **options: Any
    ) -> Outcome:
        """Place a take-profit order: a limit order in waiting when it has a limit, otherwise a market order."""
        kind = OrderType.TAKE_PROFIT_MARKET if limit is None else OrderType.TAKE_PROFIT_LIMIT
        return self.apply(order(account, side, lots, limit, kind=kind, stop=at, **options))

    def trail(self, account: str, side: Side, lots: int | None, **options: Any) -> Outcome:
        """Place a trailing stop, `by` so many USDT or at a `rate`."""
        return self.apply(order(account, side, lots, None, kind=OrderType.TRAILING_STOP, **options))

    def oco(
        self,
        account: str,
        side: Side,
        lots: int,
        limit: int,
        stop: int,
        stop_limit: int | None = None,
        keys: tuple[str | None, str | None] = (None, None),
    ) -> Outcome:
        """Place a limit order and a stop order of which one cancels the other."""
        return self.apply(PlaceOcoOrder(AccountId(account), MARKET, side, lots, limit, stop, stop_limit, *keys))

    def amend(
        self,
        account: str,
        order_id: int | None,
        at: int | None = None,
        lots: int | None = None,
        stop: int | None = None,
        key: str | None = None,
    ) -> Outcome:
        """Change an open order."""
        number = None if order_id is None else OrderId(order_id)
        return self.apply(AmendOrder(AccountId(account), number, key, at, lots, stop))

    def print_trade(self, at: int, lots: int = 1) -> Outcome:
        """Let two strangers trade at a price; nobody else may stand there."""
        for stranger in ("mia", "tom"):
            if stranger not in {account.id for account in self.exchange.state().accounts}:
                self.open_account(stranger, BTC="100000.00000000", USDT="10000000.00")
        assert self.sell("mia", lots, at=at).sequence
        outcome = self.buy("tom", lots, at=at)
        assert trades(outcome)[0] == (at, lots), outcome
        return outcome

    def batch(self, *orders: PlaceOrder) -> Outcome:
        """Place several orders with one command."""
        return self.apply(PlaceOrders(orders))

    def cancel(self, account: str, order_id: int | None = None, client_order_id: str | None = None) -> Outcome:
        """Cancel one order."""
        number = None if order_id is None else OrderId(order_id)
        return self.apply(CancelOrder(AccountId(account), number, client_order_id))

    def cancel_all(self, account: str, market: str | None = None) -> Outcome:
        """Cancel all orders of an account."""
        return self.apply(CancelAllOrders(AccountId(account), market))

    def cancel_all_after(self, account: str, seconds: int) -> Outcome:
        """Set or turn off a dead man's switch."""
        return self.apply(CancelAllAfter(AccountId(account), seconds))

    def balance(self, account: str, asset: str) -> tuple[str, str]:
        """Return what is available and what is held, as it is printed."""
        for each in self.exchange.state().balances:
            if (each.account, each.asset) == (account, asset):
                return money.plain(each.available, DECIMALS[asset]), money.plain(each.held, DECIMALS[asset])
        return money.plain(0, DECIMALS[asset]), money.plain(0, DECIMALS[asset])

    def open_orders(self) -> list[int]:
        """Return the ids of all open orders."""
        return [each.id for each in self.exchange.state().orders]

    def order(self, order_id: int) -> Order:
        """Return an open order."""
        return next(each for each in self.exchange.state().orders if each.id == order_id)

    def book(self) -> dict[str, list[tuple[int, int]]]:
        """Return (price, lots) of the orders in the book, best first, then by their place."""
        orders = [each for each in self.exchange.state().orders if each.status is not OrderStatus.UNTRIGGERED]
        bids = [(each.price_ticks or 0, each.remaining_lots) for each in orders if each.side is Side.BUY]
        asks = [(each.price_ticks or 0, each.remaining_lots) for each in orders if each.side is Side.SELL]
        return {"bids": sorted(bids, key=lambda bid: -bid[0]), "asks": sorted(asks, key=lambda ask: ask[0])}


def order(
    account: str,
    side: Side,
    lots: int | None,
    at: int | None,
    *,
    kind: OrderType | None = None,
    quote_amount: int | None = None,
    time_in_force: TimeInForce | None = None,
    post_only: bool = False,
    key: str | None = None,
    market: str = MARKET,
    prevent: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST,
    stop: int | None = None,
    by: int | None = None,
    rate: int | None = None,
    visible: int | None = None,
    until: TimeUs | None = None,
) -> PlaceOrder:
    """Return an order: without a kind a limit order when it has a price, otherwise a market order."""
    default = TimeInForce.IOC if at is None else TimeInForce.GTC if until is None else TimeInForce.GTD
    return PlaceOrder(
        account=AccountId(account),
        market=market,
        side=side,
        type=kind or (OrderType.MARKET if at is None else OrderType.LIMIT),
        time_in_force=time_in_force or default,
        post_only=post_only,
        self_trade_prevention=prevent,
        price_ticks=at,
        quantity_lots=lots,
        quote_amount=quote_amount,
        client_order_id=key,
        stop_ticks=stop,
        trailing_ticks=by,
        trailing_rate=rate,
        visible_lots=visible,
        expire_at=until,
    )


def units_of(amount: str, asset: str) -> int:
    """Return an amount in smallest units."""
    return money.to_units(money.parse(amount), DECIMALS[asset])


def placed(outcome: Outcome) -> OrderId:
    """Return the id of the order that was placed, the limit order's for a pair."""
    answer = outcome.answers[0]
    assert isinstance(answer, int), outcome
    return OrderId(answer)


def trades(outcome: Outcome) -> list[tuple[int, int]]:
    """Return (price, lots) of what was traded, in order."""
    return [(event.price_ticks, event.lots) for event in outcome.events if isinstance(event, Traded)]


def fills(outcome: Outcome) -> list[Filled]:
    """Return the fills, in order."""
    return [event for event in outcome.events if isinstance(event, Filled)]


def levels(outcome: Outcome) -> list[tuple[str, int, int, int]]:
    """Return (side, price, lots, orders) of the levels that changed, in order."""
    changed = [event for event in outcome.events if isinstance(event, LevelChanged)]
    return [(event.side.value, event.price_ticks, event.lots, event.orders) for event in changed]


def postings(outcome: Outcome, kind: PostingKind) -> list[tuple[str, str, str]]:
    """Return (account, asset, change of what is available) of the postings of a kind, in order."""
    posted = [event for event in outcome.events if isinstance(event, Posted) and event.kind is kind]
    return [(each.account, each.asset, money.plain(each.available_change, DECIMALS[each.asset])) for each in posted]


def last_order(outcome: Outcome) -> Order:
    """Return the order that a command placed or cancelled, as it is after it."""
    placed = next(event.order.id for event in outcome.events if isinstance(event, OrderUpdated))
    after = [event.order for event in outcome.events if isinstance(event, OrderUpdated | Filled)]
    return [each for each in after if each.id == placed][-1]


def ended(outcome: Outcome) -> list[tuple[int, str, str | None]]:
    """Return (id, status, reason) of the orders that a command ended otherwise than by a fill, in order."""
    over = [event.order for event in outcome.events if isinstance(event, OrderUpdated)]
    return [
        (each.id, each.status.value, each.reason.value if each.reason else None)
        for each in over
        if each.status not in OPEN_STATUSES
    ]


def fired(outcome: Outcome) -> list[int]:
    """Return the ids of the orders whose trigger a command fired, in order."""
    updated = [event.order for event in outcome.events if isinstance(event, OrderUpdated)]
    return [each.id for each in updated if each.status is OrderStatus.UNTRIGGERED and each.triggered_at is not None]


def facts(outcome: Outcome) -> dict[str, int | str | None]:
    """Return what a refusal explains itself with."""
    assert outcome.refusal is not None, outcome
    return outcome.refusal.facts


def names(events: tuple[Event, ...]) -> list[str]:
    """Return what kinds of events happened, in order."""
    return [type(event).__name__ for event in events]


def refused(outcome: Outcome) -> tuple[str, str]:
    """Return the code and the field of a refusal, which must have changed nothing."""
    assert (outcome.sequence, outcome.events) == (0, ())
    assert outcome.refusal is not None, outcome
    return outcome.refusal.code.value, outcome.refusal.field
