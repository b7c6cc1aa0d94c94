"""A reader of nothing but events: it keeps what they say and checks after each command what must always be true."""

from collections import Counter, defaultdict

from backend.engine import events
from backend.engine.outcome import Outcome
from backend.engine.values import OPEN_STATUSES, Balance, Market, Order, OrderReason, OrderStatus, Side


class Observer:
    """Balances, open orders and levels as events tell them, with the laws of the exchange."""

    def __init__(self) -> None:
        self.sequence = 0
        self.markets: dict[str, Market] = {}
        self.balances: dict[tuple[str, str], Balance] = {}
        self.orders: dict[int, Order] = {}
        self.levels: dict[tuple[str, Side, int], tuple[int, int]] = {}
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
            match event:
                case events.MarketChanged(market):
                    self.markets[market.symbol] = market
                case events.Posted():
                    self.met[f"posting {event.kind.value}"] += 1
                    sums[event.asset] += event.available_change + event.held_change
                    self.post(event)
                case events.Traded():
                    self.check_priority(event)
                case events.OrderUpdated(order) | events.Filled(order):
                    self.update(order)
                case events.LevelChanged():
                    self.levels[event.market, event.side, event.price_ticks] = (event.lots, event.orders)
        assert not any(sums.values()), f"the postings of a command sum to zero per asset: {dict(sums)}"
        self.check_holds()
        self.check_books()

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
        if order.status in OPEN_STATUSES:
            self.orders[order.id] = order
            return
        assert order.held == 0, f"an ended order holds nothing: {order}"
        del self.orders[order.id]
        if order.reason:
            self.met[f"reason {order.reason.value}"] += 1
        if order.reason is OrderReason.SELF_TRADE and order.filled_lots:
            self.met["self-trade after fills"] += 1
        if order.quote_amount is not None and order.status is OrderStatus.FILLED:
            spent = order.filled_quote == order.quote_amount
            self.met["amount spent to the last unit" if spent else "amount with a leftover"] += 1
        elif order.time_in_force.value == "FOK":
            self.met["FOK filled" if order.status is OrderStatus.FILLED else "FOK killed"] += 1

    def queue(self, market: str, side: Side) -> list[Order]:
        """Return the open orders of a side by price, then time; those without a price never rest."""
        orders = [order for order in self.orders.values() if order.market == market and order.side is side]
        sign = 1 if side is Side.SELL else -1
        resting = [order for order in orders if order.price_ticks is not None]
        return sorted(resting, key=lambda order: (sign * (order.price_ticks or 0), order.place))

    def check_priority(self, trade: events.Traded) -> None:
        """A trade is with the best order of the other side, at its price, between two accounts."""
        taker = self.orders[trade.taker_order]
        assert taker.side is trade.taker_side
        first = self.queue(trade.market, Side.SELL if taker.side is Side.BUY else Side.BUY)[0]
        assert trade.maker_order == first.id, f"{trade} passes over {first}"
        assert trade.price_ticks == first.price_ticks, f"{trade} is not at the maker's price"
        assert first.account != taker.account, f"{trade} is a self-trade"
        if taker.price_ticks is not None:
            worse = trade.price_ticks - taker.price_ticks
            assert worse <= 0 if taker.side is Side.BUY else worse >= 0, f"{trade} is beyond the taker's limit"
            self.met["better price than asked" if worse else "price as asked"] += 1

    def check_holds(self) -> None:
        """What accounts hold is what their open orders need."""
        needs: Counter[tuple[str, str]] = Counter()
        for order in self.orders.values():
            market = self.markets[order.market]
            assert order.price_ticks is not None, f"only an order with a price rests: {order}"
            buy = order.side is Side.BUY
            per_lot = order.price_ticks * market.value_units if buy else market.lot_units
            assert order.held == order.remaining_lots * per_lot > 0, f"{order} does not hold what it needs"
            needs[order.account, market.quote if buy else market.base] += order.held
        held = {key: balance.held for key, balance in self.balances.items() if balance.held}
        assert held == dict(needs), "accounts hold what their open orders need"

    def check_books(self) -> None:
        """The levels told are those of the open orders, and no book is crossed."""
        levels: dict[tuple[str, Side, int], tuple[int, int]] = {}
        best: dict[tuple[str, Side], int] = {}
        for order in self.orders.values():
            assert order.price_ticks is not None
            lots, orders = levels.get((order.market, order.side, order.price_ticks), (0, 0))
            levels[order.market, order.side, order.price_ticks] = (lots + order.remaining_lots, orders + 1)
            better = max if order.side is Side.BUY else min
            at = (order.market, order.side)
            best[at] = better(best.get(at, order.price_ticks), order.price_ticks)
        self.levels = {key: level for key, level in self.levels.items() if level != (0, 0)}
        assert levels == self.levels, "the levels are those of the open orders"
        for market in self.markets:
            bid, ask = best.get((market, Side.BUY)), best.get((market, Side.SELL))
            assert bid is None or ask is None or bid < ask, f"the book of {market} is crossed: {bid} and {ask}"
