"""Matching by price and time: what an incoming order trades, and how each trade is settled."""

from copy import copy

from backend import money
from backend.engine.book import Book, Level, Resting
from backend.engine.commands import PlaceOrder
from backend.engine.events import Filled, Traded
from backend.engine.fingerprint import Fingerprint
from backend.engine.ledger import Ledger
from backend.engine.turn import Turn
from backend.engine.values import (
    HOUSE_FEES,
    AccountId,
    Liquidity,
    Market,
    Order,
    OrderId,
    OrderStatus,
    PostingKind,
    Side,
    TimeInForce,
    TradeId,
)
from backend.engine.walk import End, Want, ended_short, measure, next_take


class AccountOrders:
    """The open orders of one account, by id (ascending), by client order id, and counted by market."""

    __slots__ = ("by_client_id", "by_id", "count")

    def __init__(self) -> None:
        self.by_id: dict[OrderId, Resting] = {}
        self.by_client_id: dict[str, Resting] = {}
        self.count: dict[str, int] = {}

    def add(self, resting: Resting) -> None:
        """Take in an order that rests."""
        order = resting.order
        self.by_id[order.id] = resting
        if order.client_order_id is not None:
            self.by_client_id[order.client_order_id] = resting
        self.count[order.market] = self.count.get(order.market, 0) + 1

    def remove(self, order: Order) -> None:
        """Leave out an order that has ended."""
        del self.by_id[order.id]
        if order.client_order_id is not None:
            del self.by_client_id[order.client_order_id]
        self.count[order.market] -= 1


class Matcher:
    """Trades incoming orders with the books and settles them in the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        fingerprint: Fingerprint,
        books: dict[str, Book],
        accounts: dict[AccountId, AccountOrders],
    ) -> None:
        self._ledger = ledger
        self._fingerprint = fingerprint
        self._books = books
        self._accounts = accounts
        self.next_trade_id = 1

    def match(self, turn: Turn, place: PlaceOrder, market: Market, taker: Order) -> End:
        """Trade an accepted order as far as it reaches and return why it went no further."""
        side = self._books[market.symbol].opposite(place.side)
        if place.time_in_force is TimeInForce.FOK:
            end = measure(place, market, side).end
            if ended_short(end):
                return end
        want = Want(place)
        while True:
            maker = side.best.first if side.best else None
            step = next_take(place, market, want, side, maker)
            if isinstance(step, End):
                return step
            assert maker is not None
            assert maker.level is not None
            want.took(step, self._trade(turn, market, maker, maker.level, taker, step))

    def _trade(self, turn: Turn, market: Market, maker: Resting, level: Level, taker: Order, lots: int) -> int:
        """Trade lots of a resting order with the taker at the maker's price; return their value."""
        price_ticks = level.price_ticks
        value = price_ticks * lots * market.value_units
        trade = TradeId(self.next_trade_id)
        self.next_trade_id += 1
        turn.events.append(Traded(trade, market.symbol, price_ticks, lots, value, taker.side, maker.order.id, taker.id))
        buying = taker.side is Side.BUY
        buyer, seller = (taker, maker.order) if buying else (maker.order, taker)
        self._settle(turn, market, buyer, seller, lots, value, str(trade))
        buyer_rate, seller_rate = (
            (market.taker_rate, market.maker_rate) if buying else (market.maker_rate, market.taker_rate)
        )
        buyer_fee = self._charge(turn, buyer.account, market.base, lots * market.lot_units, buyer_rate, trade)
        seller_fee = self._charge(turn, seller.account, market.quote, value, seller_rate, trade)
        if buying and taker.price_ticks is not None and taker.price_ticks > price_ticks:
            better = (taker.price_ticks - price_ticks) * lots * market.value_units
            self._ledger.release(turn.events, taker.account, market.quote, better, str(taker.id))
            taker.held -= better
        book_side = self._books[market.symbol].side(maker.order.side)
        _count_fill(maker.order, lots, value, turn)
        _count_fill(taker, lots, value, turn)
        book_side.reduce(maker, lots)
        turn.touch_level(market.symbol, maker.order.side, price_ticks)
        self._fingerprint.touch(maker)
        if maker.order.status is OrderStatus.FILLED:
            assert maker.order.held == 0
            book_side.remove(maker)
            self._accounts[maker.order.account].remove(maker.order)
        maker_fee, maker_asset = (seller_fee, market.quote) if buying else (buyer_fee, market.base)
        taker_fee, taker_asset = (buyer_fee, market.base) if buying else (seller_fee, market.quote)
        for order, fee, asset, liquidity in (
            (maker.order, maker_fee, maker_asset, Liquidity.MAKER),
            (taker, taker_fee, taker_asset, Liquidity.TAKER),
        ):
            turn.events.append(Filled(copy(order), trade, price_ticks, lots, value, fee, asset, liquidity))
        return value

    def _settle(
        self, turn: Turn, market: Market, buyer: Order, seller: Order, lots: int, value: int, reference: str
    ) -> None:
        """Move the quote to the seller and the base to the buyer, both out of what the orders held."""
        units = lots * market.lot_units
        post, events = self._ledger.post, turn.events
        post(events, buyer.account, market.quote, PostingKind.TRADE, 0, -value, reference)
        post(events, seller.account, market.quote, PostingKind.TRADE, value, 0, reference)
        post(events, seller.account, market.base, PostingKind.TRADE, 0, -units, reference)
        post(events, buyer.account, market.base, PostingKind.TRADE, units, 0, reference)
        buyer.held -= value
        seller.held -= units

    def _charge(self, turn: Turn, account: AccountId, asset: str, received: int, rate: int, trade: TradeId) -> int:
        fee = money.fee(received, rate)
        if fee:
            post, reference = self._ledger.post, str(trade)
            post(turn.events, account, asset, PostingKind.TRADING_FEE, -fee, 0, reference)
            post(turn.events, HOUSE_FEES, asset, PostingKind.TRADING_FEE, fee, 0, reference)
        return fee


def held_asset(order: Order, market: Market) -> str:
    """Return the asset that an order holds while it is open."""
    return market.quote if order.side is Side.BUY else market.base


def _count_fill(order: Order, lots: int, value: int, turn: Turn) -> None:
    order.filled_lots += lots
    order.filled_quote += value
    order.updated_at = turn.time
    done = order.quantity_lots is not None and order.remaining_lots == 0
    order.status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
