"""The trading floor: markets, books, open orders and balances, with the moves that every rule of trading is made of."""

from copy import copy

from sortedcontainers import SortedList

from backend.engine.book import Book, OpenOrder
from backend.engine.events import LevelChanged, OrderUpdated, TapeChanged, VolumeChanged
from backend.engine.fees import Volumes
from backend.engine.fingerprint import Fingerprint
from backend.engine.keys import KeyMemory
from backend.engine.ledger import Ledger
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.tape import Band, TapeCell
from backend.engine.triggers import Waiting
from backend.engine.turn import Turn
from backend.engine.values import (
    LIMIT_TYPES,
    Account,
    AccountId,
    Market,
    MarketStatus,
    Order,
    OrderId,
    OrderReason,
    OrderStatus,
    Rules,
    Side,
    Tape,
    TimeUs,
)


class AccountOrders:
    """An account with its open orders: by id (ascending), by client order id, and counted by market."""

    __slots__ = ("account", "by_client_id", "by_id", "count")

    def __init__(self, account: Account) -> None:
        self.account = account
        self.by_id: dict[OrderId, OpenOrder] = {}
        self.by_client_id: dict[str, OpenOrder] = {}
        self.count: dict[str, int] = {}

    def add(self, opened: OpenOrder) -> None:
        """Take in an order that was accepted."""
        order = opened.order
        self.by_id[order.id] = opened
        if order.client_order_id is not None:
            self.by_client_id[order.client_order_id] = opened
        self.count[order.market] = self.count.get(order.market, 0) + 1

    def remove(self, order: Order) -> None:
        """Leave out an order that has ended."""
        del self.by_id[order.id]
        if order.client_order_id is not None:
            del self.by_client_id[order.client_order_id]
        self.count[order.market] -= 1


class Floor:
    """All of the state that trading changes."""

    def __init__(self, ledger: Ledger, keys: KeyMemory, fingerprint: Fingerprint) -> None:
        self.ledger = ledger
        self.keys = keys
        self.fingerprint = fingerprint
        self.rules = Rules()
        self.markets: dict[str, Market] = {}
        self.books: dict[str, Book] = {}
        self.tapes: dict[str, TapeCell] = {}
        self.waiting: dict[str, Waiting] = {}
        self.queues: dict[str, Waiting] = {}
        """Those of the markets that have fired orders in their queue."""
        self.auctions: set[str] = set()
        """Markets in AUCTION."""
        self.accounts: dict[AccountId, AccountOrders] = {}
        self.volumes = Volumes(fingerprint)
        self.expiries: SortedList[tuple[TimeUs, OrderId, AccountId]] = SortedList()
        """Open orders that end by themselves."""
        self.switches: SortedList[tuple[TimeUs, AccountId]] = SortedList()
        """Dead man's switches by deadline."""
        self.next_order_id = 1
        self.next_place = 1
        self.next_trade_id = 1

    def add_market(self, market: Market) -> None:
        """Make a new market's books."""
        self.books[market.symbol] = Book()
        self.tapes[market.symbol] = TapeCell(market.symbol)
        self.waiting[market.symbol] = Waiting(market.symbol, self.queues)
        self._put_market(market)

    def replace_market(self, market: Market) -> None:
        """Give a market other rules."""
        self.fingerprint.remove("market", self.markets[market.symbol])
        self._put_market(market)

    def _put_market(self, market: Market) -> None:
        self.markets[market.symbol] = market
        self.fingerprint.add("market", market)
        if market.status is MarketStatus.AUCTION:
            self.auctions.add(market.symbol)
        else:
            self.auctions.discard(market.symbol)

    def take_place(self) -> int:
        """Return the next place in a queue."""
        place = self.next_place
        self.next_place += 1
        return place

    def parties(self, account: AccountId, market: str) -> tuple[AccountOrders, Market] | Refusal:
        """Return who wants to trade and where, or why they cannot."""
        owner = self.accounts.get(account)
        if owner is None:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        if owner.account.frozen:
            return Refusal(RefusalCode.ACCOUNT_FROZEN, "account")
        known = self.markets.get(market)
        return (owner, known) if known is not None else Refusal(RefusalCode.UNKNOWN_MARKET, "market")

    def linked(self, order: Order) -> OpenOrder | None:
        """Return the other leg of a pair while it is open."""
        if order.linked_order is None:
            return None
        return self.accounts[order.account].by_id.get(order.linked_order)

    def band(self, market: Market, time: TimeUs) -> Band | None:
        """Return the prices that are allowed in a market now; None when all are."""
        if market.band_rate is None:
            return None
        reference = self.tapes[market.symbol].reference_ticks(time)
        return None if reference is None else Band(reference, market.band_rate)

    def open(self, opened: OpenOrder) -> None:
        """Count an accepted order, or one of a stored state, among the open ones."""
        order = opened.order
        self.accounts[order.account].add(opened)
        if order.expire_at is not None:
            self.expiries.add((order.expire_at, order.id, order.account))
        self.fingerprint.touch(opened)

    def rest(self, turn: Turn, opened: OpenOrder) -> None:
        """Put what is left of an order into the book; an iceberg shows its first slice and says so."""
        order = opened.order
        assert order.price_ticks is not None
        if order.visible_lots is not None:
            order.slice_lots = min(order.visible_lots, order.remaining_lots)
            turn.events.append(OrderUpdated(copy(order)))
        self.books[order.market].side(order.side).add(opened)
        self.fingerprint.touch(opened)
        turn.touch_level(order.market, order.side, order.price_ticks)

    def tell(self, turn: Turn, opened: OpenOrder) -> None:
        """Report an open order as it is after a change that is no fill."""
        self.fingerprint.touch(opened)
        turn.events.append(OrderUpdated(copy(opened.order)))

    def leave_book(self, turn: Turn, opened: OpenOrder) -> None:
        """Take an order out of the book."""
        order = opened.order
        assert order.price_ticks is not None
        self.books[order.market].side(order.side).remove(opened)
        turn.touch_level(order.market, order.side, order.price_ticks)

    def forget(self, opened: OpenOrder) -> None:
        """Leave out an order that has ended and rests nowhere."""
        order = opened.order
        self.accounts[order.account].remove(order)
        if order.expire_at is not None:
            self.expiries.remove((order.expire_at, order.id, order.account))
        self.fingerprint.touch(opened)

    def close(
        self,
        turn: Turn,
        opened: OpenOrder,
        status: OrderStatus,
        reason: OrderReason | None,
        *,
        cancels_linked: bool = True,
    ) -> None:
        """End an order wherever it is, release what it holds, and cancel the order that is linked with it."""
        order = opened.order
        if opened.level is not None:
            self.leave_book(turn, opened)
        elif order.status is OrderStatus.UNTRIGGERED:
            self.waiting[order.market].remove(opened)
        self.release(turn, order, order.held)
        order.status = status
        order.reason = reason
        order.updated_at = turn.time
        self.forget(opened)
        turn.events.append(OrderUpdated(copy(order)))
        if cancels_linked:
            self.cancel_linked(turn, order)

    def cancel_linked(self, turn: Turn, order: Order) -> None:
        """Cancel the other leg of a pair, if there is one."""
        linked = self.linked(order)
        if linked is not None:
            self.close(turn, linked, OrderStatus.CANCELED, OrderReason.BY_LINKED_ORDER, cancels_linked=False)

    def release(self, turn: Turn, order: Order, amount: int) -> None:
        """Give back a part of what an order holds."""
        if amount:
            asset = held_asset(order, self.markets[order.market])
            self.ledger.release(turn.events, order.account, asset, amount, str(order.id))
            order.held -= amount

    def report(self, turn: Turn) -> None:
        """Append the values of what was touched, as they are after the command."""
        for symbol, side, price_ticks in turn.levels:
            level = self.books[symbol].side(side).level(price_ticks)
            lots, orders = (level.lots, level.orders) if level else (0, 0)
            turn.events.append(LevelChanged(symbol, side, price_ticks, lots, orders))
        for symbol in turn.tapes:
            turn.events.append(TapeChanged(self.tapes[symbol].tape()))
        for account, day in turn.volumes:
            turn.events.append(VolumeChanged(self.volumes.on(account, day)))

    def runnable(self) -> list[Waiting]:
        """Return the fired orders, by market, that may be activated now."""
        if self.rules.halted:
            return []
        return [queue for symbol, queue in self.queues.items() if self.markets[symbol].status is MarketStatus.OPEN]

    def restore_tape(self, tape: Tape) -> None:
        """Take over the tape of a stored state."""
        cell = self.tapes[tape.market]
        cell.last_ticks, cell.minutes = tape.last_ticks, tape.minutes
        self.fingerprint.touch(cell)

    def restore(self, orders: list[Order]) -> None:
        """Take over the open orders of a stored state."""
        opened = {order.id: OpenOrder(copy(order)) for order in sorted(orders, key=lambda order: order.id)}
        for entry in opened.values():
            self.open(entry)
        for order in sorted(orders, key=lambda order: order.place):
            if order.status is OrderStatus.UNTRIGGERED:
                self.waiting[order.market].add(opened[order.id])
            else:
                self.books[order.market].side(order.side).add(opened[order.id])


def held_asset(order: Order, market: Market) -> str:
    """Return the asset that an order holds while it is open."""
    return market.quote if order.side is Side.BUY else market.base


def need_of(order: Order, market: Market) -> int:
    """Return what an open order must hold on its own: what it may still have to pay."""
    if order.quote_amount is not None:
        return order.quote_amount - order.filled_quote
    if order.side is Side.SELL:
        return order.remaining_lots * market.lot_units
    assert order.type in LIMIT_TYPES
    assert order.price_ticks is not None
    return order.price_ticks * order.remaining_lots * market.value_units
