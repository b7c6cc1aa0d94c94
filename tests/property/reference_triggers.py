"""The reference's waiting orders: triggers and their queue, expiry, dead man's switches, auctions that end, tiers."""

from typing import Any

from tests.property.reference_orders import Market, Order, other
from tests.property.reference_trading import ReferenceTrading

ACTIVATIONS_MAX = 100
DUE_MAX = 1_000


class ReferenceTriggers(ReferenceTrading):
    """What happens by itself: because of a price, or because its time has come."""

    time = 0
    """When the last accepted command was."""

    def work_off_prints(self, market: Market) -> None:
        prints, market.prints = market.prints, []
        for number, price in enumerate(prints):
            if number == 0 or prints[number - 1] != price:
                self.follow(market, price)
                self.fire(market, price)

    def waiting(self, market: Market) -> list[Order]:
        orders = [order for order in self.open_orders(market=market) if order.waits]
        return sorted(orders, key=lambda order: order.place)

    def follow(self, market: Market, price: int) -> None:
        for order in self.waiting(market):
            if order.type != "TRAILING_STOP":
                continue
            buy = order.side == "BUY"
            if order.peak is None or (order.peak > price if buy else order.peak < price):
                order.follow(price)
                order.updated_at = self.now
                self.tell(order)

    def fire(self, market: Market, price: int) -> None:
        for order in self.waiting(market):
            if not order.is_triggered_by(price):
                continue
            order.triggered_at = order.updated_at = self.now
            linked = self.order(order.linked)
            if linked is not None:
                order.held += linked.held
                self.close_alone(linked, "CANCELED", "BY_LINKED_ORDER")
                self.release(order, order.held - self.need(order))
            order.place = self.next_place()
            self.tell(order)

    def activate(self) -> None:
        """Let fired orders into the book, as many as one command may."""
        for _ in range(ACTIVATIONS_MAX):
            fired = [order for order in self.open_orders() if order.fired and order.market.status == "OPEN"]
            if not fired or self.rules["halted"]:
                return
            order = min(fired, key=lambda order: order.place)
            market, best = order.market, self.best(order.market, other(order.side))
            if order.price is not None and market.out_of_band(order.price, market.reference_price(self.now)):
                self.close(order, "REJECTED", "PRICE_BAND")
            elif order.post_only and best is not None and order.reaches(best.price):
                self.close(order, "REJECTED", "WOULD_TAKE_LIQUIDITY")
            else:
                order.place, order.status, order.updated_at = self.next_place(), "OPEN", self.now
                self.tell(order)
                self.come_in(order)

    # Time

    def AdvanceTime(self, command: Any) -> list[Any]:
        self.event("TimeAdvanced")
        left = DUE_MAX
        while left > 0:
            done = self.expire_one() or self.switch_one() or self.end_one_auction()
            if not done:
                break
            left -= done
        if self.rules["tiers_due_at"] is not None and self.rules["tiers_due_at"] <= self.now:
            self.change_rules(tiers_due_at=self.next_midnight())
            self.assign_tiers()
        return []

    def expire_one(self) -> int:
        """Do the first of what is due of this kind; return how much was done."""
        due = [(order.expire_at, order.id, order) for order in self.open_orders() if order.expire_at is not None]
        due = sorted(each for each in due if each[0] <= self.now)
        if due:
            self.close(due[0][2], "EXPIRED", "EXPIRED")
        return min(1, len(due))

    def switch_one(self) -> int:
        """Cancel one order, with the one that is linked to it, of the first account that is due, or note the last."""
        due = [account for account in self.accounts if account["cancels_at"] is not None]
        due = [account for account in due if account["cancels_at"] <= self.now]
        if not due:
            return 0
        account = min(due, key=lambda account: (account["cancels_at"], account["id"]))
        orders = self.open_orders(account["id"])
        if not orders:
            self.change_account(account, cancels_at=None)
            return 1
        self.close(min(orders, key=lambda order: order.id), "CANCELED", "BY_DEAD_MANS_SWITCH")
        return len(orders) - len(self.open_orders(account["id"]))

    def end_one_auction(self) -> int:
        due = [] if self.rules["halted"] else self.timed_auctions()
        due = [market for market in due if market.auction_ends_at <= self.now]
        if not due:
            return 0
        market = min(due, key=lambda market: (market.auction_ends_at, market.symbol))
        market.auction_ends_at = None
        self.change_status(market, "OPEN", "The auction after the circuit breaker has ended")
        return 1

    def timed_auctions(self) -> list[Market]:
        return [each for each in self.markets if each.status == "AUCTION" and each.auction_ends_at is not None]

    def change_status(self, market: Market, status: str, reason: str) -> None:
        before = market.status
        market.status, market.reason, market.auction_ends_at = status, reason, None
        self.event("MarketChanged", market=market.plain())
        if "AUCTION" in (before, status) and before != status:
            self.change_auction(market)
        if status in ("OPEN", "POST_ONLY"):
            if before == "AUCTION" and market.trades:
                market.trades = []
                self.change_tape(market)
            self.uncross(market)

    def cancel_all(self, orders: list[Order], reason: str) -> list[Any]:
        for order in sorted(orders, key=lambda order: order.id):
            if order.status in ("UNTRIGGERED", "OPEN", "PARTIALLY_FILLED"):
                self.close(order, "CANCELED", reason)
        return sorted(order.id for order in orders)

    def next_deadline(self) -> int | None:
        times = [order.expire_at for order in self.open_orders()]
        times += [account["cancels_at"] for account in self.accounts]
        times.append(self.rules["tiers_due_at"])
        if not self.rules["halted"]:
            if any(order.fired and order.market.status == "OPEN" for order in self.open_orders()):
                return self.time
            times += [market.auction_ends_at for market in self.timed_auctions()]
        return min((time for time in times if time is not None), default=None)
