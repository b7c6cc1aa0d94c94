"""How a trade is settled: the postings, the fees and rebates, and what it does to both orders, the tape and volumes."""

from copy import copy

from backend import money
from backend.engine.book import OpenOrder
from backend.engine.events import Filled, Traded
from backend.engine.fees import DAY_US, maker_rate, taker_rate
from backend.engine.floor import Floor
from backend.engine.turn import Turn
from backend.engine.values import (
    HOUSE_FEES,
    Account,
    AccountId,
    Liquidity,
    Market,
    Order,
    OrderStatus,
    PostingKind,
    Side,
    TradeId,
)


class Settlement:
    """Settles trades between two open orders."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def match(self, turn: Turn, market: Market, maker: OpenOrder, taker: OpenOrder, lots: int) -> int:
        """Trade lots of a resting order with an incoming one at the resting one's price; return their value."""
        assert maker.order.price_ticks is not None
        price_ticks, side = maker.order.price_ticks, taker.order.side
        buyer, seller = (taker, maker) if side is Side.BUY else (maker, taker)
        trade, value = self._exchange(turn, market, buyer, seller, price_ticks, lots, side)
        fees = self._charge(turn, market, maker.order, taker.order, lots, value, trade)
        self._improve(turn, market, buyer.order, price_ticks, lots)
        for opened, fee, liquidity in ((maker, fees[0], Liquidity.MAKER), (taker, fees[1], Liquidity.TAKER)):
            self._count_fill(turn, opened, lots, value)
            turn.events.append(Filled(copy(opened.order), trade, price_ticks, lots, value, *fee, liquidity))
        self._after(turn, market, (maker, taker), price_ticks, lots, value)
        return value

    def cross(
        self, turn: Turn, market: Market, buyer: OpenOrder, seller: OpenOrder, price_ticks: int, lots: int
    ) -> None:
        """Trade lots of two resting orders at the price of an auction."""
        trade, value = self._exchange(turn, market, buyer, seller, price_ticks, lots, None)
        units, fees = lots * market.lot_units, []
        for opened, asset, received in ((buyer, market.base, units), (seller, market.quote, value)):
            rate = max(0, maker_rate(market, self._account(opened.order), self._floor.rules))
            fees.append((self._pay(turn, opened.order.account, asset, money.fee(received, rate), trade), asset))
        self._improve(turn, market, buyer.order, price_ticks, lots)
        for opened, fee in ((buyer, fees[0]), (seller, fees[1])):
            self._count_fill(turn, opened, lots, value)
            turn.events.append(Filled(copy(opened.order), trade, price_ticks, lots, value, *fee, Liquidity.AUCTION))
        self._after(turn, market, (buyer, seller), price_ticks, lots, value)

    def _exchange(
        self,
        turn: Turn,
        market: Market,
        buyer: OpenOrder,
        seller: OpenOrder,
        price_ticks: int,
        lots: int,
        taker_side: Side | None,
    ) -> tuple[TradeId, int]:
        """Move the quote to the seller and the base to the buyer, both out of what the orders held."""
        floor = self._floor
        trade = TradeId(floor.next_trade_id)
        floor.next_trade_id += 1
        value, units, reference = price_ticks * lots * market.value_units, lots * market.lot_units, str(trade)
        buy, sell = buyer.order, seller.order
        maker, taker = (sell, buy) if taker_side is Side.BUY else (buy, sell)
        turn.events.append(Traded(trade, market.symbol, price_ticks, lots, value, taker_side, maker.id, taker.id))
        post, events = floor.ledger.post, turn.events
        post(events, buy.account, market.quote, PostingKind.TRADE, 0, -value, reference)
        post(events, sell.account, market.quote, PostingKind.TRADE, value, 0, reference)
        post(events, sell.account, market.base, PostingKind.TRADE, 0, -units, reference)
        post(events, buy.account, market.base, PostingKind.TRADE, units, 0, reference)
        buy.held -= value
        sell.held -= units
        return trade, value

    def _charge(
        self, turn: Turn, market: Market, maker: Order, taker: Order, lots: int, value: int, trade: TradeId
    ) -> tuple[tuple[int, str], tuple[int, str]]:
        """Charge both sides, the buyer first, and pay the maker's rebate; return the maker's fee and the taker's."""
        rules, units = self._floor.rules, lots * market.lot_units
        earns = maker_rate(market, self._account(maker), rules)
        costs = taker_rate(market, self._account(taker), rules)
        bought, sold = (units, market.base), (value, market.quote)
        maker_got, taker_got = (sold, bought) if taker.side is Side.BUY else (bought, sold)
        maker_fee = (money.fee(maker_got[0], max(0, earns)), maker_got[1])
        taker_fee = (money.fee(taker_got[0], costs), taker_got[1])
        parties = (
            ((taker, taker_fee), (maker, maker_fee))
            if taker.side is Side.BUY
            else (
                (maker, maker_fee),
                (taker, taker_fee),
            )
        )
        for order, (fee, asset) in parties:
            self._pay(turn, order.account, asset, fee, trade)
        if earns >= 0:
            return maker_fee, taker_fee
        rebate = min(money.rebate(taker_got[0], -earns), taker_fee[0])
        if rebate:
            post, asset, reference = self._floor.ledger.post, taker_fee[1], str(trade)
            post(turn.events, HOUSE_FEES, asset, PostingKind.TRADING_FEE, -rebate, 0, reference)
            post(turn.events, maker.account, asset, PostingKind.TRADING_FEE, rebate, 0, reference)
        return (-rebate, taker_fee[1]), taker_fee

    def _pay(self, turn: Turn, account: AccountId, asset: str, fee: int, trade: TradeId) -> int:
        if fee:
            post, reference = self._floor.ledger.post, str(trade)
            post(turn.events, account, asset, PostingKind.TRADING_FEE, -fee, 0, reference)
            post(turn.events, HOUSE_FEES, asset, PostingKind.TRADING_FEE, fee, 0, reference)
        return fee

    def _improve(self, turn: Turn, market: Market, buy: Order, price_ticks: int, lots: int) -> None:
        """Give back what a buyer held for a worse price."""
        if buy.price_ticks is not None:
            self._floor.release(turn, buy, (buy.price_ticks - price_ticks) * lots * market.value_units)

    def _count_fill(self, turn: Turn, opened: OpenOrder, lots: int, value: int) -> None:
        """Take the lots off an order; a resting one leaves the book when it is done, or shows its next slice."""
        order, floor = opened.order, self._floor
        level = opened.level
        order.filled_lots += lots
        order.filled_quote += value
        order.updated_at = turn.time
        done = order.quantity_lots is not None and order.remaining_lots == 0
        order.status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
        floor.fingerprint.touch(opened)
        if level is not None:
            level.lots -= lots
            turn.touch_level(order.market, order.side, level.price_ticks)
            if order.slice_lots is not None:
                order.slice_lots -= lots
                if order.slice_lots == 0 and not done:
                    level.unlink(opened)
                    order.slice_lots = min(order.visible_lots or 0, order.remaining_lots)
                    order.place = floor.take_place()
                    level.append(opened)
        if done:
            assert order.held == 0, "a filled order holds nothing"
            if level is not None:
                floor.leave_book(turn, opened)
            floor.forget(opened)

    def _after(
        self,
        turn: Turn,
        market: Market,
        parties: tuple[OpenOrder, OpenOrder],
        price_ticks: int,
        lots: int,
        value: int,
    ) -> None:
        """Cancel linked orders, and keep the tape, the volumes and the prints."""
        floor = self._floor
        for opened in parties:
            floor.cancel_linked(turn, opened.order)
        tape = floor.tapes[market.symbol]
        tape.add(market, price_ticks, lots, turn.time)
        floor.fingerprint.touch(tape)
        turn.tapes[market.symbol] = None
        if floor.waiting[market.symbol]:
            turn.prints.append((market.symbol, price_ticks))
        amount = self._volume_of(market, value)
        if amount:
            day = turn.time // DAY_US
            for opened in parties:
                account = self._account(opened.order)
                if not account.house:
                    floor.volumes.add(account.id, day, amount)
                    turn.volumes[(account.id, day)] = None

    def _volume_of(self, market: Market, value: int) -> int:
        """Return a trade's value in the volume asset, 0 where it cannot be told."""
        floor, asset = self._floor, self._floor.rules.volume_asset
        if asset is None or market.quote == asset:
            return value if asset else 0
        pair = floor.markets.get(f"{market.quote}-{asset}")
        last_ticks = floor.tapes[pair.symbol].last_ticks if pair else None
        if pair is None or last_ticks is None:
            return 0
        return value * last_ticks * pair.value_units // pair.lot_units

    def _account(self, order: Order) -> Account:
        return self._floor.accounts[order.account].account
