"""A reader of nothing but events: it keeps what they say and checks after each command what must always be true."""

from collections import Counter, defaultdict

from backend.engine import events
from backend.engine.outcome import Outcome
from backend.engine.values import (
    LIMIT_TYPES,
    OPEN_STATUSES,
    Account,
    Balance,
    Market,
    MarketStatus,
    Order,
    OrderReason,
    OrderStatus,
    OrderType,
    Rules,
    Side,
    Tape,
    TimeInForce,
    Volume,
)

UNCROSSED = (MarketStatus.OPEN, MarketStatus.POST_ONLY)


class Observer:
    """All of the state as events tell it, with the laws of the exchange."""

    def __init__(self) -> None:
        self.sequence = 0
        self.markets: dict[str, Market] = {}
        self.accounts: dict[str, Account] = {}
        self.balances: dict[tuple[str, str], Balance] = {}
        self.orders: dict[int, Order] = {}
        self.levels: dict[tuple[str, Side, int], tuple[int, int]] = {}
        self.rules = Rules()
        self.tapes: dict[str, Tape] = {}
        self.volumes: dict[tuple[str, int], Volume] = {}
        self.indicative: dict[str, tuple[int | None, int]] = {}
        self.met: Counter[str] = Counter()

    def fold(self, outcome: Outcome) -> None:
        """Take in one outcome and check every law; an AssertionError names the one that is broken."""
        if not outcome.sequence:
            assert not outcome.events, "a refusal or repetition has no events"
            return
        assert outcome.sequence == self.sequence + 1, "sequences have no holes"
        self.sequence = outcome.sequence
        sums: defaultdict[str, int] = defaultdict(int)
        for event in outcome.events:
            self.met[type(event).__name__] += 1
            if isinstance(event, events.Posted):
                self.met[f"posting {event.kind.value}"] += 1
                sums[event.asset] += event.available_change + event.held_change
                self.post(event)
            else:
                self.take(event)
        assert not any(sums.values()), f"the postings of a command sum to zero per asset: {dict(sums)}"
        self.check_holds()
        self.check_books()

    def take(self, event: events.Event) -> None:
        """Take in what is not a posting."""
        match event:
            case events.MarketChanged(market):
                self.met[f"status {market.status.value}"] += 1
                self.markets[market.symbol] = market
            case events.AccountOpened(account) | events.AccountChanged(account):
                self.accounts[account.id] = account
            case events.RulesChanged(rules):
                self.rules = rules
            case events.TapeChanged(tape):
                self.tapes[tape.market] = tape
            case events.VolumeChanged(volume):
                self.volumes[volume.account, volume.day] = volume
            case events.IndicativeChanged(market, price, lots):
                self.indicative[market] = (price, lots)
            case events.Traded():
                self.check_priority(event)
            case events.Filled(order):
                self.met[f"liquidity {event.liquidity.value}"] += 1
                self.met["rebate"] += event.fee < 0
                self.update(order)
            case events.OrderUpdated(order):
                self.update(order)
            case events.LevelChanged():
                self.levels[event.market, event.side, event.price_ticks] = (event.lots, event.orders)

    def post(self, event: events.Posted) -> None:
        """Take in a posting, which must lead from the balance before to the balance after."""
        before = self.balances.get((event.account, event.asset), Balance(event.account, event.asset, 0, 0))
        after = (before.available + event.available_change, before.held + event.held_change)
        assert after == (event.available, event.held), f"{event} does not follow from {before}"
        if not event.account.startswith("world:"):
            assert event.available >= 0 <= event.held, f"{event.account} is below zero: {event}"
        self.balances[event.account, event.asset] = Balance(event.account, event.asset, *after)

    def update(self, order: Order) -> None:
        """Take in an order as it is now."""
        before = self.orders.get(order.id)
        if before and before.status is OrderStatus.UNTRIGGERED and order.triggered_at and not before.triggered_at:
            self.met[f"fired {order.type.value}"] += 1
        self.met[f"status of an order {order.status.value}"] += 1
        if order.status in OPEN_STATUSES:
            self.orders[order.id] = order
            return
        assert order.held == 0, f"an ended order holds nothing: {order}"
        del self.orders[order.id]
        self.count_ended(order)

    def count_ended(self, order: Order) -> None:
        """Note how an order has ended."""
        if order.reason:
            self.met[f"reason {order.reason.value}"] += 1
            self.met[f"{order.status.value} {order.reason.value}"] += 1
        if order.reason is OrderReason.SELF_TRADE and order.filled_lots:
            self.met["self-trade after fills"] += 1
        if order.quote_amount is not None and order.status is OrderStatus.FILLED:
            spent = order.filled_quote == order.quote_amount
            self.met["amount spent to the last unit" if spent else "amount with a leftover"] += 1
        elif order.time_in_force.value == "FOK":
            self.met["FOK filled" if order.status is OrderStatus.FILLED else "FOK killed"] += 1

    def queue(self, market: str, side: Side) -> list[Order]:
        """Return the resting orders of a side by price, then place."""
        orders = [order for order in self.orders.values() if order.market == market and order.side is side]
        sign = 1 if side is Side.SELL else -1
        resting = [order for order in orders if rests(order)]
        return sorted(resting, key=lambda order: (sign * (order.price_ticks or 0), order.place))

    def check_priority(self, trade: events.Traded) -> None:
        """A trade is with the best order of the other side, at its price, between two accounts."""
        if trade.taker_side is None:
            bid, ask = self.queue(trade.market, Side.BUY)[0], self.queue(trade.market, Side.SELL)[0]
            assert (trade.maker_order, trade.taker_order) == (bid.id, ask.id), f"{trade} passes over {bid} or {ask}"
            assert bid.account != ask.account, f"{trade} is a self-trade"
            assert (ask.price_ticks or 0) <= trade.price_ticks <= (bid.price_ticks or 0), f"{trade} is beyond a limit"
            return
        taker = self.orders[trade.taker_order]
        open_now = self.markets[trade.market].status is MarketStatus.OPEN or taker.time_in_force is TimeInForce.FOK
        assert open_now, f"{trade} while the market is not open"
        assert taker.side is trade.taker_side
        first = self.queue(trade.market, Side.SELL if taker.side is Side.BUY else Side.BUY)[0]
        assert trade.maker_order == first.id, f"{trade} passes over {first}"
        assert trade.price_ticks == first.price_ticks, f"{trade} is not at the maker's price"
        assert trade.lots <= first.shown_lots, f"{trade} takes what is not shown"
        assert first.account != taker.account, f"{trade} is a self-trade"
        if taker.price_ticks is not None:
            worse = trade.price_ticks - taker.price_ticks
            assert worse <= 0 if taker.side is Side.BUY else worse >= 0, f"{trade} is beyond the taker's limit"
            self.met["better price than asked" if worse else "price as asked"] += 1

    def need(self, order: Order) -> int:
        """Return what an open order alone needs to hold."""
        market = self.markets[order.market]
        if order.side is Side.SELL:
            return order.remaining_lots * market.lot_units
        if order.type in LIMIT_TYPES:
            return order.remaining_lots * (order.price_ticks or 0) * market.value_units
        return (order.quote_amount or 0) - order.filled_quote

    def check_holds(self) -> None:
        """What accounts hold is what their open orders need; a pair holds the larger need of its two orders."""
        sums: Counter[tuple[str, str]] = Counter()
        for order in self.orders.values():
            market = self.markets[order.market]
            sums[order.account, market.quote if order.side is Side.BUY else market.base] += order.held
            need = self.need(order)
            assert need > 0, f"an open order has something left: {order}"
            linked = self.orders.get(order.linked_order or 0)
            if linked is not None and order.type is not OrderType.LIMIT:
                need = max(0, need - self.need(linked))
            assert order.held == need, f"{order} does not hold what it needs, {need}"
        held = {key: balance.held for key, balance in self.balances.items() if balance.held}
        assert held == {key: amount for key, amount in sums.items() if amount}, "accounts hold what their orders need"

    def check_books(self) -> None:
        """The levels told are those of the resting orders, and no book is crossed where people trade."""
        levels: dict[tuple[str, Side, int], tuple[int, int]] = {}
        best: dict[tuple[str, Side], int] = {}
        for order in self.orders.values():
            if not rests(order):
                continue
            assert order.price_ticks is not None
            assert 0 < order.shown_lots <= order.remaining_lots, f"a resting order shows something: {order}"
            assert (order.slice_lots is None) == (order.visible_lots is None), f"an iceberg shows a slice: {order}"
            lots, orders = levels.get((order.market, order.side, order.price_ticks), (0, 0))
            levels[order.market, order.side, order.price_ticks] = (lots + order.shown_lots, orders + 1)
            better = max if order.side is Side.BUY else min
            at = (order.market, order.side)
            best[at] = better(best.get(at, order.price_ticks), order.price_ticks)
        self.levels = {key: level for key, level in self.levels.items() if level != (0, 0)}
        assert levels == self.levels, "the levels are those of the resting orders"
        for symbol, market in self.markets.items():
            bid, ask = best.get((symbol, Side.BUY)), best.get((symbol, Side.SELL))
            crossed = bid is not None and ask is not None and bid >= ask
            assert not (crossed and market.status in UNCROSSED), f"the book of {symbol} is crossed: {bid} and {ask}"
            self.met["crossed book"] += crossed


def rests(order: Order) -> bool:
    """Tell whether an open order is in the book."""
    return order.status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED) and order.type is not OrderType.MARKET
