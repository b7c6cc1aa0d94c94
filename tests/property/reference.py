"""A naive exchange written from docs/engine.md alone: Decimals, lists, linear searches; it judges the real engine.

It shares no code with the engine. Inside it counts in natural units (a price is quote per base, an amount so many
coins), so that the engine's integers in ticks, lots and smallest units are checked by other arithmetic. What it
answers has the plain form of `plain.py`: event names with dicts of fields, in the engine's units.
"""

import decimal
from decimal import Decimal
from typing import Any

from tests.property.plain import Answered
from tests.property.reference_accounts import LIMIT, ReferenceAccounts, check_text
from tests.property.reference_orders import (
    Market,
    Order,
    Refused,
    amount_field,
    check_form,
    content,
    other,
    reaches,
    walk,
)

EXACT = decimal.Context(prec=600, Emax=9999, Emin=-9999, traps=[decimal.Inexact, decimal.InvalidOperation])
"""No operation of the reference may round; where rounding is the rule, it is done with whole numbers."""

DAY_US = 24 * 60 * 60 * 1_000_000
KEYS_MAX = 1_000_000
OPEN = ("OPEN", "PARTIALLY_FILLED")


class ReferenceExchange(ReferenceAccounts):
    """The whole exchange; `apply` answers (sequence, events, answers) in plain form."""

    def __init__(self) -> None:
        super().__init__()
        self.sequence = self.time = 0
        self.orders: list[Order] = []
        self.placed = self.trades = 0
        self.keys: list[dict[str, Any]] = []
        self.touched: list[tuple[Market, str, Decimal]] = []

    def apply(self, command: Any, time: int) -> Answered:
        with decimal.localcontext(EXACT):
            self.events, self.touched = [], []
            self.now = max(time, self.time)
            try:
                answers = getattr(self, type(command).__name__)(command)
            except Refused as refused:
                assert not self.events, "a refusal has no events"
                return Answered(0, [], [refused.answer])
            if not self.events:
                return Answered(0, [], answers)
            for market, side, price in self.touched:
                self.event("LevelChanged", **self.level(market, side, price))
            self.sequence += 1
            self.time = self.now
            self.keys = [key for key in self.keys if key["used_at"] > self.now - DAY_US][-KEYS_MAX:]
            return Answered(self.sequence, self.events, answers)

    # Deposits and keys

    def Deposit(self, command: Any) -> list[Any]:
        known = self.known_key(command, "DEPOSIT", "key", command.key, "DUPLICATE_KEY")
        if known is not None:
            return [known]
        self.check_account(command.account)
        if not any(asset.code == command.asset for asset in self.assets):
            raise Refused("UNKNOWN_ASSET", "asset")
        if command.amount < 1:
            raise Refused("AMOUNT_OUT_OF_RANGE", "amount")
        if not command.source.startswith("world:"):
            raise Refused("INVALID_INPUT", "source")
        check_text(command, "source")
        amount = self.natural(command.amount, command.asset)
        worlds = [key for key in self.balances if key[0].startswith("world:") and key[1] == command.asset]
        inside = -sum((self.balance(*key)[0] for key in worlds), Decimal(0))
        if inside + amount >= self.natural(LIMIT, command.asset):
            raise Refused("AMOUNT_OUT_OF_RANGE", "amount")
        reference = f"D{self.sequence + 1}"
        self.post("DEPOSIT", command.source, command.asset, -amount, 0, reference)
        self.post("DEPOSIT", command.account, command.asset, amount, 0, reference)
        self.use_key(command, "DEPOSIT", command.key, reference)
        return [reference]

    def known_key(self, command: Any, kind: str, field: str, key: str | None, duplicate: str) -> str | None:
        if key is None:
            return None
        if not 1 <= len(key) <= 36:
            raise Refused("INVALID_INPUT", field)
        check_text(command, field)
        for used in self.keys:
            if (used["account"], used["kind"], used["key"]) == (command.account, kind, key):
                if used["content"] != content(command):
                    raise Refused(duplicate, field)
                return str(used["result"])
        return None

    def use_key(self, command: Any, kind: str, key: str, result: str) -> None:
        used = {"account": command.account, "kind": kind, "key": key, "content": content(command), "result": result}
        self.keys.append(used | {"used_at": self.now})
        self.event("KeyUsed", used=self.keys[-1])

    # Orders

    def PlaceOrders(self, command: Any) -> list[Any]:
        answers: list[Any] = []
        for order in command.orders:
            try:
                answers += self.PlaceOrder(order)
            except Refused as refused:
                answers.append(refused.answer)
        return answers

    def PlaceOrder(self, command: Any) -> list[Any]:
        key = command.client_order_id
        known = self.known_key(command, "ORDER", "client_order_id", key, "DUPLICATE_CLIENT_ORDER_ID")
        if known is not None:
            return [int(known)]
        if key is not None and any(each.command.client_order_id == key for each in self.open_orders(command.account)):
            raise Refused("DUPLICATE_CLIENT_ORDER_ID", "client_order_id")
        self.check_account(command.account)
        market = self.market(command.market)
        if market.status != "OPEN":
            raise Refused("MARKET_NOT_OPEN", "market", status=market.status, reason=market.reason)
        check_form(command)
        order = Order(command, market, self.placed + 1, self.placed + 1, self.now)
        self.check_amounts(order)
        opposite = self.queue(market, other(order.side))
        spend = None if command.quote_amount is None else self.natural(command.quote_amount, market.quote)
        self.check_against_the_market(order, opposite, spend)
        takes, ended = walk(order, opposite, spend)
        asset, hold = self.need(order, takes, spend)
        available = self.balance(order.account, asset)[0]
        if hold > available:
            facts = {"needed": self.units(hold, asset), "available": self.units(available, asset), "asset": asset}
            raise Refused("INSUFFICIENT_BALANCE", amount_field(command), **facts)

        self.placed += 1
        self.orders.append(order)
        order.held = hold
        if hold > 0:
            self.post("HOLD", order.account, asset, -hold, hold, str(order.id))
        if key is not None:
            self.use_key(command, "ORDER", key, str(order.id))
        self.event("OrderUpdated", order=self.plain_order(order))
        if command.time_in_force.value == "FOK" and ended not in ("FILLED", "TOO_DEAR"):
            takes = []
        for maker, quantity in takes:
            self.trade(maker, order, quantity)
        self.end(order, ended)
        return [order.id]

    def check_amounts(self, order: Order) -> None:
        command, market = order.command, order.market
        for field in ("price_ticks", "quantity_lots", "quote_amount"):
            if getattr(command, field) is not None and getattr(command, field) < 1:
                raise Refused("AMOUNT_OUT_OF_RANGE", field)
        if order.quantity is not None:
            maximum = market.rules.maximum_lots
            if maximum is not None and command.quantity_lots > maximum:
                raise Refused("AMOUNT_OUT_OF_RANGE", "quantity_lots", maximum_lots=maximum)
            if order.quantity >= self.natural(LIMIT, market.base):
                raise Refused("AMOUNT_OUT_OF_RANGE", "quantity_lots")
        if order.price is not None and order.price * order.quantity >= self.natural(LIMIT, market.quote):
            raise Refused("AMOUNT_OUT_OF_RANGE", "price_ticks")
        if command.quote_amount is not None and command.quote_amount >= LIMIT:
            raise Refused("AMOUNT_OUT_OF_RANGE", "quote_amount")

    def check_against_the_market(self, order: Order, opposite: list[Order], spend: Decimal | None) -> None:
        command, market = order.command, order.market
        if command.type.value == "MARKET" and not opposite:
            raise Refused("INSUFFICIENT_LIQUIDITY", amount_field(command))

        price = opposite[0].price if order.price is None else order.price
        notional = spend if spend is not None else price * order.quantity
        minimum = self.natural(market.rules.minimum_notional, market.quote)
        if spend is not None:
            minimum = max(minimum, price * market.lot)
        if notional < minimum:
            facts = {"notional": self.units(notional, market.quote), "minimum": self.units(minimum, market.quote)}
            raise Refused("NOTIONAL_TOO_SMALL", amount_field(command), **facts)

        if command.time_in_force.value == "GTC":
            mine = [each for each in self.open_orders(order.account) if each.market is market]
            if len(mine) >= market.rules.open_orders_per_account:
                raise Refused("TOO_MANY_OPEN_ORDERS", maximum=market.rules.open_orders_per_account)
        if command.post_only and opposite and reaches(order, opposite[0].price):
            raise Refused("WOULD_TAKE_LIQUIDITY", "price_ticks", best_ticks=int(opposite[0].price / market.tick))

    def need(self, order: Order, takes: list[tuple[Order, Decimal]], spend: Decimal | None) -> tuple[str, Decimal]:
        if order.side == "SELL":
            return order.market.base, order.quantity
        if spend is not None:
            return order.market.quote, spend
        if order.price is not None:
            return order.market.quote, order.price * order.quantity
        return order.market.quote, sum((maker.price * quantity for maker, quantity in takes), Decimal(0))

    def trade(self, maker: Order, taker: Order, quantity: Decimal) -> None:
        market, self.trades = maker.market, self.trades + 1
        trade, price = str(self.trades), maker.price
        value = price * quantity
        part = {
            "price_ticks": int(price / market.tick),
            "lots": int(quantity / market.lot),
            "value": self.units(value, market.quote),
        }
        sides = {"taker_side": taker.side, "maker_order": maker.id, "taker_order": taker.id}
        self.event("Traded", trade=self.trades, market=market.symbol, **part, **sides)
        buyer, seller = (taker, maker) if taker.side == "BUY" else (maker, taker)
        self.post("TRADE", buyer.account, market.quote, 0, -value, trade)
        self.post("TRADE", seller.account, market.quote, value, 0, trade)
        self.post("TRADE", seller.account, market.base, 0, -quantity, trade)
        self.post("TRADE", buyer.account, market.base, quantity, 0, trade)
        fees = {}
        for order, asset, received in ((buyer, market.base, quantity), (seller, market.quote, value)):
            rate = market.rules.maker_rate if order is maker else market.rules.taker_rate
            fees[order.id] = fee = self.fee(received, asset, rate)
            if fee > 0:
                self.post("TRADING_FEE", order.account, asset, -fee, 0, trade)
                self.post("TRADING_FEE", "house:fees", asset, fee, 0, trade)
        buyer.held -= value
        seller.held -= quantity
        if taker.side == "BUY" and taker.price is not None and taker.price > price:
            better = (taker.price - price) * quantity
            taker.held -= better
            self.post("RELEASE", taker.account, market.quote, better, -better, str(taker.id))
        for order, liquidity in ((maker, "MAKER"), (taker, "TAKER")):
            order.filled += quantity
            order.filled_value += value
            order.status = "FILLED" if order.quantity == order.filled else "PARTIALLY_FILLED"
            order.updated_at = self.now
            asset = market.base if order is buyer else market.quote
            fee = {"fee": self.units(fees[order.id], asset), "fee_asset": asset, "liquidity": liquidity}
            self.event("Filled", order=self.plain_order(order), trade=self.trades, **part, **fee)
        self.touch(maker)

    def end(self, order: Order, ended: str) -> None:
        if order.status == "FILLED":
            assert order.held == 0, "a fill pays with what was held for it"
        elif ended == "OWN_ORDER":
            self.close(order, "CANCELED", "SELF_TRADE")
        elif order.command.quote_amount is not None and ended in ("FILLED", "TOO_DEAR"):
            self.close(order, "FILLED", None)
        elif order.command.time_in_force.value in ("IOC", "FOK"):
            self.close(order, "CANCELED", "NOT_FILLED_IMMEDIATELY")
        else:
            self.touch(order)

    def close(self, order: Order, status: str, reason: str | None) -> None:
        if order.held > 0:
            asset = order.market.quote if order.side == "BUY" else order.market.base
            self.post("RELEASE", order.account, asset, order.held, -order.held, str(order.id))
        order.held, order.status, order.reason, order.updated_at = Decimal(0), status, reason, self.now
        self.event("OrderUpdated", order=self.plain_order(order))

    def CancelOrder(self, command: Any) -> list[Any]:
        if (command.order is None) == (command.client_order_id is None):
            raise Refused("INVALID_INPUT", "order")
        self.check_account(command.account)
        field, name = ("order", "id") if command.order is not None else ("client_order_id", "client_order_id")
        for order in self.open_orders(command.account):
            if getattr(order if name == "id" else order.command, name) == getattr(command, field):
                self.close(order, "CANCELED", "BY_USER")
                self.touch(order)
                return [order.id]
        raise Refused("UNKNOWN_ORDER", field)

    def CancelAllOrders(self, command: Any) -> list[Any]:
        self.check_account(command.account)
        market = None if command.market is None else self.market(command.market)
        orders = [order for order in self.open_orders(command.account) if market in (None, order.market)]
        for order in orders:
            self.close(order, "CANCELED", "BY_USER")
            self.touch(order)
        return [order.id for order in orders]

    # Looking things up

    def open_orders(self, account: str | None = None) -> list[Order]:
        return [order for order in self.orders if order.status in OPEN and account in (None, order.account)]

    def queue(self, market: Market, side: str) -> list[Order]:
        orders = [order for order in self.open_orders() if order.market is market and order.side == side]
        return sorted(orders, key=lambda order: (order.price if side == "SELL" else -order.price, order.place))

    def level(self, market: Market, side: str, price: Decimal) -> dict[str, Any]:
        orders = [order for order in self.queue(market, side) if order.price == price]
        lots = sum((order.remaining for order in orders), Decimal(0)) / market.lot
        place = {"market": market.symbol, "side": side, "price_ticks": int(price / market.tick)}
        return place | {"lots": int(lots), "orders": len(orders)}

    def touch(self, order: Order) -> None:
        if (order.market, order.side, order.price) not in self.touched:
            self.touched.append((order.market, order.side, order.price))

    # Plain forms

    def plain_order(self, order: Order) -> dict[str, Any]:
        given = order.command
        asset = order.market.quote if order.side == "BUY" else order.market.base
        return {
            "id": order.id,
            "account": order.account,
            "client_order_id": given.client_order_id,
            "market": given.market,
            "side": order.side,
            "type": given.type.value,
            "time_in_force": given.time_in_force.value,
            "post_only": given.post_only,
            "self_trade_prevention": given.self_trade_prevention.value,
            "price_ticks": given.price_ticks,
            "quantity_lots": given.quantity_lots,
            "quote_amount": given.quote_amount,
            "filled_lots": int(order.filled / order.market.lot),
            "filled_quote": self.units(order.filled_value, order.market.quote),
            "held": self.units(order.held, asset),
            "place": order.place,
            "status": order.status,
            "reason": order.reason,
            "created_at": order.created_at,
            "updated_at": order.updated_at,
        }

    def state(self) -> dict[str, Any]:
        """Return all of the state, in the form of `plain.plain_state`."""
        with decimal.localcontext(EXACT):
            balances = []
            for (account, asset), (available, held) in self.balances.items():
                amounts = {"available": self.units(available, asset), "held": self.units(held, asset)}
                if available or held:
                    balances.append({"account": account, "asset": asset, **amounts})
            return {
                "sequence": self.sequence,
                "time": self.time,
                "next_order_id": self.placed + 1,
                "next_trade_id": self.trades + 1,
                "next_place": self.placed + 1,
                "assets": sorted((self.plain_asset(asset) for asset in self.assets), key=lambda asset: asset["code"]),
                "markets": sorted((market.plain() for market in self.markets), key=lambda market: market["symbol"]),
                "accounts": sorted(self.accounts),
                "balances": sorted(balances, key=lambda balance: (balance["account"], balance["asset"])),
                "orders": [self.plain_order(order) for order in self.open_orders()],
                "keys": list(self.keys),
            }
