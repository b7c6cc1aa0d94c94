"""The reference's books: walking through them, trading, resting, ending, and the uncrossing of an auction."""

from decimal import Decimal
from typing import Any

from tests.property.reference_accounts import DAY_US, RATE_ONE, ReferenceAccounts
from tests.property.reference_orders import LIMIT, LIMITED, MINUTE_US, OPEN, Market, Order, other

ENDED = ("FILLED", "CANCELED", "EXPIRED", "REJECTED")
EVERY_TICK_WITHIN = 100
"""An auction's price is looked for at every tick of a range that is no wider than this."""


class ReferenceTrading(ReferenceAccounts):
    """The open orders of all markets, and what happens when they meet."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Order] = []
        self.placed = self.places = self.trades = 0
        self.touched: list[tuple[Market, str, int]] = []
        self.auctions_changed: list[Market] = []
        self.changed_tapes: list[Market] = []
        self.changed_volumes: list[dict[str, Any]] = []

    # Looking things up

    def open_orders(self, account: str | None = None, market: Market | None = None) -> list[Order]:
        orders = [order for order in self.orders if order.status in OPEN and account in (None, order.account)]
        return [order for order in orders if market in (None, order.market)]

    def order(self, number: int | None) -> Order | None:
        return next((order for order in self.open_orders() if order.id == number), None)

    def queue(self, market: Market, side: str) -> list[Order]:
        orders = [order for order in self.orders if order.resting and order.market is market and order.side == side]
        return sorted(orders, key=lambda order: (order.price if side == "SELL" else -order.price, order.place))

    def best(self, market: Market, side: str) -> Order | None:
        return next(iter(self.queue(market, side)), None)

    def next_place(self) -> int:
        self.places += 1
        return self.places

    def touch(self, order: Order) -> None:
        if (order.market, order.side, order.price) not in self.touched:
            self.touched.append((order.market, order.side, order.price))

    def asset(self, order: Order) -> str:
        """Return the asset that an order holds."""
        return order.market.quote if order.side == "BUY" else order.market.base

    def tell(self, order: Order) -> None:
        self.event("OrderUpdated", order=order.plain(self.units))

    # Walks

    def walk(self, order: Order) -> str:
        """Trade an incoming order as far as it goes, and return why it went no further."""
        market = order.market
        reference = market.reference_price(self.now)
        while True:
            rest = None if order.amount is None else order.amount - order.filled_value
            if rest == 0 or (rest is None and order.remaining == 0):
                return "DONE"
            maker = self.best(market, other(order.side))
            if maker is None or not order.reaches(maker.price):
                return "NO_MORE_ORDERS"
            if order.price is None and market.out_of_band(maker.price, reference):
                return "BAND"
            wanted = order.remaining if rest is None else int(rest // market.value(maker.price, 1))
            if wanted == 0:
                return "SPENT"
            if maker.account == order.account:
                if self.prevent_self_trade(order, maker, wanted):
                    return "SELF_TRADE"
                continue
            self.trade(maker, order, min(maker.shown, wanted), maker.price, "MAKER", "TAKER")
            if market.status == "OPEN" and market.breaker_trips(maker.price, self.now):
                self.trip(market)
                if order.force != "FOK":
                    return "BREAKER"

    def measure(self, order: Order) -> tuple[Decimal, int, str]:
        """Return the value and the lots that an order would take, and why it would go no further; nothing changes."""
        market, side = order.market, other(order.side)
        reference = market.reference_price(self.now)
        book = [[maker, maker.remaining, maker.shown] for maker in self.queue(market, side)]
        value, lots, left, given_up = Decimal(0), 0, order.remaining, Decimal(0)
        while True:
            rest = None if order.amount is None else order.amount - order.filled_value - value - given_up
            if rest == 0 or (rest is None and left == 0):
                return value, lots, "DONE"
            if not book or not order.reaches(book[0][0].price):
                return value, lots, "NO_MORE_ORDERS"
            maker, remaining, shown = book.pop(0)
            if order.price is None and market.out_of_band(maker.price, reference):
                return value, lots, "BAND"
            wanted = left if rest is None else int(rest // market.value(maker.price, 1))
            if wanted == 0:
                return value, lots, "SPENT"
            if maker.account == order.account:
                if order.prevention == "CANCEL_OLDEST":
                    continue
                passes = order.prevention == "DECREMENT_AND_CANCEL" and wanted > remaining
                if order.force == "FOK" or not passes:
                    return value, lots, "SELF_TRADE"
                left -= remaining
                given_up += market.value(maker.price, remaining)
                continue
            taken = min(shown, wanted)
            left -= taken
            lots += taken
            value += market.value(maker.price, taken)
            if taken < shown:
                book.insert(0, [maker, remaining - taken, shown - taken])
            elif taken < remaining:
                same = sum(1 for each in book if each[0].price == maker.price)
                book.insert(same, [maker, remaining - taken, min(maker.visible, remaining - taken)])

    def come_in(self, order: Order) -> None:
        """Let an order that is new to the book trade, rest or end, and work off what it printed."""
        if order.market.status == "AUCTION":
            self.rest(order)
            return
        ended = self.measure(order)[2] if order.force == "FOK" else "DONE"
        if ended in ("DONE", "SPENT"):
            ended = self.walk(order)
        self.end(order, ended)
        self.work_off_prints(order.market)

    def end(self, order: Order, ended: str) -> None:
        if order.status == "FILLED":
            self.release(order, order.held)
        elif ended == "SELF_TRADE":
            self.close(order, "CANCELED", "SELF_TRADE")
        elif order.amount is not None and (ended == "SPENT" or order.amount == order.filled_value):
            if order.filled:
                self.close(order, "FILLED", None)
            else:
                self.close(order, "CANCELED", "SELF_TRADE")
        elif ended == "BAND":
            self.close(order, "CANCELED", "PRICE_BAND")
        elif order.can_rest:
            self.rest(order)
        elif ended == "BREAKER":
            self.close(order, "CANCELED", "MARKET_CLOSED")
        else:
            self.close(order, "CANCELED", "NOT_FILLED_IMMEDIATELY")

    def rest(self, order: Order) -> None:
        order.resting = True
        self.touch(order)
        if order.visible is not None:
            order.slice = min(order.visible, order.remaining)
            self.tell(order)

    def release(self, order: Order, amount: Decimal) -> None:
        if amount > 0:
            order.held -= amount
            self.post("RELEASE", order.account, self.asset(order), amount, -amount, str(order.id))

    def close(self, order: Order, status: str, reason: str | None) -> None:
        self.release(order, order.held)
        self.close_alone(order, status, reason)
        self.cancel_linked(order)

    def close_alone(self, order: Order, status: str, reason: str | None) -> None:
        if order.resting:
            self.touch(order)
        order.held, order.status, order.reason, order.updated_at = Decimal(0), status, reason, self.now
        order.resting = False
        self.tell(order)

    def cancel_linked(self, order: Order) -> None:
        linked = self.order(order.linked)
        if linked is not None:
            self.release(linked, linked.held)
            self.close_alone(linked, "CANCELED", "BY_LINKED_ORDER")

    # Self-trade prevention

    def prevent_self_trade(self, newer: Order, older: Order, wanted: int) -> bool:
        """Do what the newer order's mode says; return whether the newer order is to end."""
        offered = older.remaining
        if newer.prevention == "CANCEL_NEWEST":
            return True
        if newer.prevention == "DECREMENT_AND_CANCEL" and wanted != offered:
            if wanted < offered:
                self.decrement(older, wanted, older.price)
                return True
            self.decrement(newer, offered, older.price)
        self.close(older, "CANCELED", "SELF_TRADE")
        return newer.prevention == "CANCEL_BOTH" or (newer.prevention == "DECREMENT_AND_CANCEL" and wanted == offered)

    def decrement(self, order: Order, lots: int, price: int) -> None:
        market = order.market
        if order.amount is not None:
            less = market.value(price, lots)
            order.amount -= less
        else:
            order.lots -= lots
            less = lots * market.lot if order.side == "SELL" else Decimal(0)
            if order.side == "BUY" and order.price is not None:
                less = market.value(order.price, lots)
        if order.slice is not None:
            order.slice = min(order.slice, order.remaining)
        order.updated_at = self.now
        if order.resting:
            self.touch(order)
        self.release(order, less)
        self.tell(order)
        self.cancel_linked(order)

    # Trades

    def trade(self, maker: Order, taker: Order, lots: int, price: int, *liquidities: str) -> None:
        """Let two orders trade; in an auction the buyer is the maker."""
        market, self.trades = maker.market, self.trades + 1
        number, auction = str(self.trades), liquidities[0] == "AUCTION"
        quantity, value = lots * market.lot, market.value(price, lots)
        part = {"price_ticks": price, "lots": lots, "value": self.units(value, market.quote)}
        sides = {"taker_side": None if auction else taker.side, "maker_order": maker.id, "taker_order": taker.id}
        self.event("Traded", trade=self.trades, market=market.symbol, **part, **sides)
        buyer, seller = (taker, maker) if taker.side == "BUY" else (maker, taker)
        self.post("TRADE", buyer.account, market.quote, 0, -value, number)
        self.post("TRADE", seller.account, market.quote, value, 0, number)
        self.post("TRADE", seller.account, market.base, 0, -quantity, number)
        self.post("TRADE", buyer.account, market.base, quantity, 0, number)
        buyer.held -= value
        seller.held -= quantity
        fees = self.charge(maker, taker, buyer, quantity, value, auction)
        if buyer.price is not None and buyer.price > price:
            self.release(buyer, market.value(buyer.price, lots) - value)
        for order in (maker, taker):
            order.filled += lots
            order.filled_value += value
            order.status = "FILLED" if order.lots == order.filled else "PARTIALLY_FILLED"
            order.updated_at = self.now
            if order.resting:
                self.touch(order)
                self.use_slice(order, lots)
                order.resting = order.status != "FILLED"
        for order, liquidity in ((maker, liquidities[0]), (taker, liquidities[1])):
            fee = fees[order.id] | {"liquidity": liquidity}
            self.event("Filled", order=order.plain(self.units), trade=self.trades, **part, **fee)
        self.cancel_linked(maker)
        self.cancel_linked(taker)
        self.remember(market, price, lots)
        for account in (maker.account, taker.account):
            self.add_volume(account, market, value)

    def use_slice(self, order: Order, lots: int) -> None:
        if order.slice is not None:
            order.slice -= lots
            if order.slice == 0 and order.remaining:
                order.slice, order.place = min(order.visible, order.remaining), self.next_place()

    def charge(
        self, maker: Order, taker: Order, buyer: Order, quantity: Decimal, value: Decimal, auction: bool
    ) -> dict[int, dict[str, Any]]:
        """Charge both fees and pay the rebate; return what the fills say of them, by order id."""
        market, number = maker.market, str(self.trades)
        rates = {taker.id: self.rates(taker.account, market)[1], maker.id: self.rates(maker.account, market)[0]}
        if auction:
            rates = {order.id: max(0, self.rates(order.account, market)[0]) for order in (maker, taker)}
        received = {"BUY": (market.base, quantity), "SELL": (market.quote, value)}
        fees, told = {}, {}
        for order in (buyer, taker if buyer is maker else maker):
            asset, amount = received[order.side]
            fee = fees[order.id] = self.up(amount * max(0, rates[order.id]) / RATE_ONE, asset)
            told[order.id] = {"fee": self.units(fee, asset), "fee_asset": asset}
            if fee > 0:
                self.post("TRADING_FEE", order.account, asset, -fee, 0, number)
                self.post("TRADING_FEE", "house:fees", asset, fee, 0, number)
        asset, amount = received[taker.side]
        rebate = min(fees[taker.id], self.down(amount * max(0, -rates[maker.id]) / RATE_ONE, asset))
        if rebate > 0:
            self.post("TRADING_FEE", "house:fees", asset, -rebate, 0, number)
            self.post("TRADING_FEE", maker.account, asset, rebate, 0, number)
        if rates[maker.id] < 0:
            told[maker.id] = {"fee": -self.units(rebate, asset), "fee_asset": asset}
        return told

    def remember(self, market: Market, price: int, lots: int) -> None:
        """Note a trade's price on the tape and for the triggers."""
        market.last = price
        market.prints.append(price)
        if market.rules["band_rate"] is not None or market.rules["breaker_rate"] is not None:
            market.trades = [*market.since(60, self.now), (self.now // MINUTE_US, price, lots)]
        self.change_tape(market)

    def change_tape(self, market: Market) -> None:
        if market not in self.changed_tapes:
            self.changed_tapes.append(market)

    def add_volume(self, account: str, market: Market, value: Decimal) -> None:
        asset, day = self.rules["volume_asset"], self.now // DAY_US
        if asset is None or self.account(account)["house"]:
            return
        if asset != market.quote:
            way = next((each for each in self.markets if each.symbol == f"{market.quote}-{asset}"), None)
            value = Decimal(0) if way is None or way.last is None else self.down(value * way.last * way.tick, asset)
        amount = self.units(value, asset)
        if amount == 0:
            return
        mine = [each for each in self.volumes if (each["account"], each["day"]) == (account, day)]
        if not mine:
            mine = [{"account": account, "day": day, "amount": 0}]
            self.volumes += mine
        mine[0]["amount"] = min(mine[0]["amount"] + amount, LIMIT - 1)
        if mine[0] not in self.changed_volumes:
            self.changed_volumes.append(mine[0])

    def trip(self, market: Market) -> None:
        """Move a market to the auction of its circuit breaker."""
        percent = format((Decimal(market.rules["breaker_rate"]).scaleb(-6)).normalize(), "f")
        minutes = market.rules["breaker_minutes"]
        within = "1 minute" if minutes == 1 else f"{minutes} minutes"
        market.status = "AUCTION"
        market.reason = f"The circuit breaker tripped: the price moved by more than {percent} % within {within}"
        market.auction_ends_at = self.now + market.rules["breaker_pause_s"] * 1_000_000
        self.event("MarketChanged", market=market.plain())
        self.change_auction(market)

    # Auctions

    def auction_price(self, market: Market) -> tuple[int, int] | None:
        """Return the price at which a crossed book trades, and how many lots; None if it is not crossed."""
        bids, asks = self.queue(market, "BUY"), self.queue(market, "SELL")
        if not bids or not asks or bids[0].price < asks[0].price:
            return None
        found = []
        for price in self.possible_prices(market, asks[0].price, bids[0].price):
            demand = sum(order.remaining for order in bids if order.price >= price)
            supply = sum(order.remaining for order in asks if order.price <= price)
            far = price if market.last is None else abs(price - market.last)
            found.append((-min(demand, supply), abs(demand - supply), far, price))
        best = min(found)
        return best[3], -best[0]

    def possible_prices(self, market: Market, lowest: int, highest: int) -> list[int]:
        if highest - lowest <= EVERY_TICK_WITHIN:
            return list(range(lowest, highest + 1))
        near = [order.price + step for order in self.orders if order.resting for step in (-1, 0, 1)]
        near += [market.last] if market.last is not None else []
        return [price for price in near if lowest <= price <= highest]

    def uncross(self, market: Market) -> None:
        while (found := self.auction_price(market)) is not None:
            price = found[0]
            while True:
                bid, ask = self.best(market, "BUY"), self.best(market, "SELL")
                if bid is None or ask is None or bid.price < price or ask.price > price:
                    break
                if bid.account != ask.account:
                    self.trade(bid, ask, min(bid.shown, ask.shown), price, "AUCTION", "AUCTION")
                    continue
                older, newer = sorted((bid, ask), key=lambda order: order.place)
                if self.prevent_self_trade(newer, older, newer.remaining):
                    self.close(newer, "CANCELED", "SELF_TRADE")
        self.work_off_prints(market)

    def change_auction(self, market: Market) -> None:
        """Note that a market is in AUCTION now, or no longer."""
        if market not in self.auctions_changed:
            self.auctions_changed.append(market)

    def work_off_prints(self, market: Market) -> None:
        """Let the triggers see the prices of the trades; `ReferenceTriggers` does."""
        raise NotImplementedError

    def need(self, order: Order) -> Decimal:
        """Return what an order needs to hold for what remains of it."""
        if order.side == "SELL":
            return order.remaining * order.market.lot
        if order.type in LIMITED:
            return order.market.value(order.price, order.remaining)
        return order.amount - order.filled_value
