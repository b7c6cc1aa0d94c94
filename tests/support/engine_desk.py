"""An engine with one market in a trader's words: prices in whole USDT, quantities in whole BTC, balances as printed."""

from typing import Any

from backend import money
from backend.engine.commands import (
    CancelAllOrders,
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOrder,
    PlaceOrders,
    SetMarketStatus,
)
from backend.engine.events import Event, Filled, LevelChanged, OrderUpdated, Posted, Traded
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    AccountId,
    MarketStatus,
    Order,
    OrderId,
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
HOUR_US = 3_600_000_000


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

    def wait(self, hours: int = 0, microseconds: int = 0) -> None:
        """Let time pass before the next command."""
        self.now = TimeUs(self.now + hours * HOUR_US + microseconds)

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

    def balance(self, account: str, asset: str) -> tuple[str, str]:
        """Return what is available and what is held, as it is printed."""
        for each in self.exchange.state().balances:
            if (each.account, each.asset) == (account, asset):
                return money.plain(each.available, DECIMALS[asset]), money.plain(each.held, DECIMALS[asset])
        return money.plain(0, DECIMALS[asset]), money.plain(0, DECIMALS[asset])

    def open_orders(self) -> list[int]:
        """Return the ids of all open orders."""
        return [each.id for each in self.exchange.state().orders]

    def book(self) -> dict[str, list[tuple[int, int]]]:
        """Return (price, lots) of the open orders, best first, then oldest first."""
        orders = self.exchange.state().orders
        bids = [(each.price_ticks or 0, each.remaining_lots) for each in orders if each.side is Side.BUY]
        asks = [(each.price_ticks or 0, each.remaining_lots) for each in orders if each.side is Side.SELL]
        return {"bids": sorted(bids, key=lambda bid: -bid[0]), "asks": sorted(asks, key=lambda ask: ask[0])}


def order(
    account: str,
    side: Side,
    lots: int | None,
    at: int | None,
    *,
    quote_amount: int | None = None,
    time_in_force: TimeInForce | None = None,
    post_only: bool = False,
    key: str | None = None,
    market: str = MARKET,
) -> PlaceOrder:
    """Return an order: a limit order when it has a price, otherwise a market order."""
    default = TimeInForce.IOC if at is None else TimeInForce.GTC
    return PlaceOrder(
        account=AccountId(account),
        market=market,
        side=side,
        type=OrderType.MARKET if at is None else OrderType.LIMIT,
        time_in_force=time_in_force or default,
        post_only=post_only,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=at,
        quantity_lots=lots,
        quote_amount=quote_amount,
        client_order_id=key,
    )


def units_of(amount: str, asset: str) -> int:
    """Return an amount in smallest units."""
    return money.to_units(money.parse(amount), DECIMALS[asset])


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


def names(events: tuple[Event, ...]) -> list[str]:
    """Return what kinds of events happened, in order."""
    return [type(event).__name__ for event in events]


def refused(outcome: Outcome) -> tuple[str, str]:
    """Return the code and the field of a refusal, which must have changed nothing."""
    assert (outcome.sequence, outcome.events) == (0, ())
    assert outcome.refusal is not None, outcome
    return outcome.refusal.code.value, outcome.refusal.field
