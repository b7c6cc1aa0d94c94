"""Random commands for the engine that meet every rule often.

Everything is drawn from a `random.Random`: the fast tests give one with a seed, hypothesis one that it shrinks.
"""

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

import msgspec

from backend.engine.commands import (
    AmendOrder,
    CancelAllAfter,
    CancelAllOrders,
    CancelOrder,
    Deposit,
    PlaceOcoOrder,
    PlaceOrder,
    PlaceOrders,
    SetFeeTiers,
    Transfer,
    UpdateMarket,
)
from backend.engine.values import (
    AccountId,
    FeeTier,
    Order,
    OrderId,
    OrderReason,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)
from tests.property.mistakes import (
    AMOUNTS_OUT_OF_RANGE,
    DEPOSIT_TWISTS,
    OCO_TWISTS,
    ORDER_TWISTS,
    STRANGER,
    TRANSFER_TWISTS,
)
from tests.property.worlds import ACCOUNTS, FEE_RATES, MARKETS, REBATES, Rules, Units, World, order_value

Thing = TypeVar("Thing")

STOPS = (OrderType.STOP_LIMIT, OrderType.STOP_MARKET)
PROFITS = (OrderType.TAKE_PROFIT_LIMIT, OrderType.TAKE_PROFIT_MARKET)
WITHOUT_PRICE = (OrderType.MARKET, OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET, OrderType.TRAILING_STOP)
GTC, IOC, FOK, GTD = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD
SECOND_US = 1_000_000
KINDS = ("resting", "limit", "immediate", "market", "spend", "iceberg", "until", "stop", "profit", "trailing")
"""The kinds of orders that `Generator.order` makes."""
TWISTED_KINDS = {
    "trailing_ticks": "trailing",
    "trailing_rate": "trailing",
    "stop_ticks": "stop",
    "visible_lots": "iceberg",
}
"""The kind of order that a field belongs to."""


class Generator:
    """Draws commands for one world; `now` and `last` (the last price of each market) are kept by its user."""

    def __init__(self, random: Random, world: World) -> None:
        self.random, self.world = random, world
        self.now = TimeUs(0)
        self.last: dict[str, int] = {}

    def one(self, *things: Thing) -> Thing:
        return things[self.random.randrange(len(things))]

    def any_of(self, things: Sequence[Thing]) -> Thing:
        return things[self.random.randrange(len(things))]

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def account(self) -> AccountId:
        """Return an account, seldom the poor one."""
        return self.any_of((*ACCOUNTS, *ACCOUNTS[:-1], *ACCOUNTS[:-1]))

    def key(self) -> str | None:
        return f"key {self.random.randrange(50)}" if self.chance(30) else None

    # Orders

    def order(self, kind: str | None = None) -> PlaceOrder:
        """Return an order of a kind, whose fields belong together."""
        random, kind = self.random, kind or self.any_of(KINDS)
        number = self.one(0, 0, 1)
        units, market = self.world.units[number], MARKETS[number]
        side = Side.BUY if kind == "spend" else self.one(*Side)
        order_type, force = self.type_and_force(kind)
        price = self.price(units, side, kind)
        lots = random.randrange(1, 8) * units.lots if self.chance(85) else random.randrange(1, 4)
        by_amount = kind == "spend" or (order_type in WITHOUT_PRICE[1:] and side is Side.BUY)
        stop = self.stop(units, market, side, order_type) if order_type in STOPS + PROFITS else None
        trailing_ticks, trailing_rate = self.distance(units) if kind == "trailing" else (None, None)
        rests = order_type not in WITHOUT_PRICE and force in (GTC, GTD)
        return PlaceOrder(
            account=self.account(),
            market=market,
            side=side,
            type=order_type,
            time_in_force=force,
            post_only=rests and kind != "limit" and self.chance(40 if stop else 20),
            self_trade_prevention=self.one(SelfTradePrevention.CANCEL_NEWEST, *SelfTradePrevention),
            price_ticks=None if order_type in WITHOUT_PRICE else price,
            quantity_lots=None if by_amount else lots,
            quote_amount=lots * price * units.value_units + self.one(0, 0, 1, 5) if by_amount else None,
            client_order_id=self.key(),
            stop_ticks=stop,
            trailing_ticks=trailing_ticks,
            trailing_rate=trailing_rate,
            visible_lots=self.slice(units, lots) if rests and (kind == "iceberg" or self.chance(7)) else None,
            expire_at=TimeUs(self.now + self.one(2, 30, SECOND_US, 90 * SECOND_US)) if force is GTD else None,
        )

    def type_and_force(self, kind: str) -> tuple[OrderType, TimeInForce]:
        match kind:
            case "resting" | "iceberg" | "limit":
                return OrderType.LIMIT, GTC
            case "until":
                return OrderType.LIMIT, GTD
            case "immediate":
                return OrderType.LIMIT, self.one(IOC, FOK)
            case "market" | "spend":
                return OrderType.MARKET, self.one(IOC, FOK)
            case "trailing":
                return OrderType.TRAILING_STOP, self.one(IOC, IOC, FOK)
        order_type = self.one(*(STOPS if kind == "stop" else PROFITS))
        if order_type in WITHOUT_PRICE:
            return order_type, self.one(IOC, IOC, FOK)
        return order_type, self.one(GTC, GTC, GTC, GTD, IOC, FOK)

    def price(self, units: Units, side: Side, kind: str) -> int:
        """Return a price near the middle, for a resting order on its own side of it."""
        level = self.random.randrange(-3, 4)
        if kind == "resting" or (kind in ("iceberg", "until") and self.chance(60)):
            level = -abs(level) if side is Side.BUY else abs(level) + 1
        off = self.one(-1, 1) if self.chance(10) else 0
        return max(1, units.price + level * units.step + off)

    def stop(self, units: Units, market: str, side: Side, order_type: OrderType) -> int:
        """Return a stop that the last price mostly has yet to reach."""
        above = (side is Side.BUY) == (order_type in STOPS)
        away = self.random.randrange(1, 4) if self.chance(90) else -self.random.randrange(4)
        last = self.last.get(market, units.price)
        return max(1, last + (away if above else -away) * units.step)

    def distance(self, units: Units) -> tuple[int | None, int | None]:
        """Return how far a trailing stop stays behind: in ticks, or as a rate."""
        levels = self.random.randrange(1, 4)
        if self.chance(50):
            return levels * units.step, None
        return None, levels * min(10**7, units.step * 10**8 // units.price)

    def slice(self, units: Units, lots: int) -> int:
        visible = self.one(1, 1, 2, 3) * (units.lots if lots >= units.lots else 1)
        return min(visible, lots) if self.chance(95) else visible

    def twisted(self) -> PlaceOrder:
        """Return an order with a change that breaks a rule, or just does not; mostly one of a kind that it fits."""
        twist = self.any_of(ORDER_TWISTS)
        kinds = [kind for field, kind in TWISTED_KINDS.items() if field in twist]
        return self.with_twist(self.order(kinds[0] if kinds and self.chance(70) else None), twist)

    def with_twist(self, order: PlaceOrder, twist: dict[str, Any]) -> PlaceOrder:
        if twist == {"expire_at": "now"}:
            twist = {"time_in_force": GTD, "expire_at": self.now}
        return msgspec.structs.replace(order, **twist)

    def batch(self) -> PlaceOrders:
        """Return a batch; a half character would not get into the journal with what was refused of it."""
        orders = [self.order() for _ in range(self.random.randrange(6))]
        twists = [twist for twist in ORDER_TWISTS if "\ud800" not in (twist.get("client_order_id") or "")]
        return PlaceOrders(
            tuple(self.with_twist(order, self.any_of(twists)) if self.chance(40) else order for order in orders)
        )

    def book(self, orders_max: int = 14) -> PlaceOrders:
        """Return many orders, most of which rest."""
        kinds = ("resting", "resting", "resting", "iceberg", "until")
        return PlaceOrders(tuple(self.order(self.any_of(kinds)) for _ in range(self.random.randrange(orders_max + 1))))

    def crossing_book(self) -> PlaceOrders:
        """Return orders that an auction collects: on both sides of the middle."""
        return PlaceOrders(
            tuple(self.order(self.one("limit", "iceberg", "until")) for _ in range(self.random.randrange(2, 12)))
        )

    def pair(self) -> PlaceOcoOrder:
        """Return a pair, seldom a wrong one."""
        number = self.one(0, 0, 1)
        units, market, side = self.world.units[number], MARKETS[number], self.one(*Side)
        way = 1 if side is Side.SELL else -1
        last = self.last.get(market, units.price)
        stop = max(1, last - way * self.random.randrange(1, 4) * units.step)
        limited = side is Side.BUY or self.chance(50)
        beyond = self.random.randrange(-1, 3) if self.chance(75) else -self.random.randrange(2, 8)
        pair = PlaceOcoOrder(
            account=self.account(),
            market=market,
            side=side,
            quantity_lots=self.random.randrange(1, 6) * units.lots,
            price_ticks=max(1, last + way * self.random.randrange(1, 4) * units.step),
            stop_ticks=stop,
            stop_limit_ticks=max(1, stop - way * beyond * units.step) if limited else None,
            limit_client_order_id=self.key(),
            stop_client_order_id=self.key(),
        )
        return msgspec.structs.replace(pair, **self.any_of(OCO_TWISTS)) if self.chance(20) else pair

    # Open orders

    def amendment(self, orders: dict[int, Order]) -> AmendOrder:
        """Return a change of an open order: mostly one that fits it."""
        rare = [order for order in orders.values() if order.filled_lots or order.triggered_at or order.stop_ticks]
        pairs = [order for order in orders.values() if order.linked_order in orders]
        order = self.any_of(rare if rare and self.chance(40) else list(orders.values()))
        if pairs and self.chance(20):
            order = self.any_of(pairs)
        number = MARKETS.index(order.market)
        units = self.world.units[number]
        price = lots = stop = None
        if order.price_ticks is not None and self.chance(50):
            price = max(1, order.price_ticks + self.random.randrange(-3, 4) * units.step)
        if order.quantity_lots is not None and order.linked_order is None and self.chance(60):
            lots = order.quantity_lots + self.random.randrange(-3, 3) * self.one(1, units.lots)
        if order.stop_ticks is not None and order.status.value == "UNTRIGGERED" and self.chance(70):
            stop = max(1, order.stop_ticks + self.random.randrange(-2, 3) * units.step)
        if self.chance(15):
            price, stop = (
                None if value is None else max(1, self.one(value * 30, value * 3, value // 3, value // 30))
                for value in (price, stop)
            )
        if self.chance(15):
            field = self.random.randrange(3)
            amount = self.one(*AMOUNTS_OUT_OF_RANGE, order.filled_lots, 5, 10**27, 10**36 + 1)
            price, lots, stop = (amount if field == n else old for n, old in enumerate((price, lots, stop)))
        order_id, client_id = self.ids(order)
        return AmendOrder(self.owner(order), order_id, client_id, price, lots, stop)

    def cancellation(self, orders: dict[int, Order]) -> CancelOrder:
        if not orders:
            return CancelOrder(ACCOUNTS[0], OrderId(1), None)
        order = self.any_of(list(orders.values()))
        return CancelOrder(self.owner(order), *self.ids(order))

    def owner(self, order: Order) -> AccountId:
        return order.account if self.chance(95) else self.one(STRANGER, *ACCOUNTS)

    def ids(self, order: Order) -> tuple[OrderId | None, str | None]:
        """Return one of the two ids of an order, seldom both, neither or a wrong one."""
        if self.chance(90):
            by_key = order.client_order_id is not None and self.chance(50)
            return (None, order.client_order_id) if by_key else (order.id, None)
        return self.one((order.id, "key 1"), (None, None), (OrderId(99_999), None), (None, "other"), (None, ""))

    def cancel_all(self) -> CancelAllOrders:
        reason = self.one(OrderReason.BY_USER, OrderReason.BY_OPERATOR)
        if self.chance(15):
            reason = self.any_of(list(OrderReason))
        market = self.one(None, None, *MARKETS) if self.chance(90) else "ZZZ-QQQ"
        return CancelAllOrders(self.account() if self.chance(90) else STRANGER, market, reason)

    def cancel_all_after(self) -> CancelAllAfter:
        seconds = self.one(0, 1, 1, 30, 86_400) if self.chance(80) else self.one(-1, 86_401, 10**40)
        return CancelAllAfter(self.account() if self.chance(90) else STRANGER, seconds)

    # Money and rules

    def deposit(self) -> Deposit:
        asset = self.one("AAA", "BBB", "QQQ")
        source = self.one("world:demonstration", "world:elsewhere")
        amount = self.random.randrange(1, 8) * order_value(self.world, asset)
        key = f"key {self.random.randrange(6)}"
        deposit = Deposit(self.account(), asset, amount, AccountId(source), key)
        return msgspec.structs.replace(deposit, **self.any_of(DEPOSIT_TWISTS)) if self.chance(50) else deposit

    def transfer(self) -> Transfer:
        asset = self.one("AAA", "BBB", "QQQ")
        amount = self.random.randrange(1, 40) * order_value(self.world, asset)
        transfer = Transfer(self.account(), self.account(), asset, amount, f"key {self.random.randrange(13)}")
        return msgspec.structs.replace(transfer, **self.any_of(TRANSFER_TWISTS)) if self.chance(40) else transfer

    def rules(self) -> Rules:
        """Return what a new exchange of this world is like."""
        maker, taker = self.rates()
        return Rules(
            maker_rate=maker,
            taker_rate=taker,
            minimum_orders=self.one(0, 0, 0, 50, 50, 150),
            maximum_orders=self.one(None, None, None, 6),
            open_orders=self.one(1000, 1000, 1000, 1000, 4, 8),
            band_levels=self.one(None, None, None, 2, 3, 4),
            breaker_levels=self.one(None, None, 1, 2, 3),
            breaker_minutes=self.one(1, 1, 2, 5, 60),
            breaker_pause_s=self.one(1, 30, 600),
        )

    def rates(self) -> tuple[int, int]:
        return self.any_of(REBATES) if self.chance(40) else (self.any_of(FEE_RATES), self.any_of(FEE_RATES))

    def update(self) -> UpdateMarket:
        """Return a change of a market's rules that mostly leaves it usable."""
        number = self.one(0, 0, 1)
        units = self.world.units[number]
        small = units.price * units.lots * units.value_units
        maker, taker = self.rates()
        breaker = {"breaker_rate": units.step * 10**8 // units.price, "breaker_minutes": 2, "breaker_pause_s": 5}
        no_breaker = {"breaker_rate": None, "breaker_minutes": None, "breaker_pause_s": None}
        changes: dict[str, int | None] = self.one(
            {"minimum_notional": self.one(0, small // 2, small)},
            {"maximum_lots": self.one(None, 5 * units.lots)},
            {"open_orders_per_account": self.one(5, 1000)},
            {"maker_rate": maker, "taker_rate": taker},
            {"maker_rate": maker},
            {"taker_rate": taker},
            {"band_rate": self.one(None, min(10**8 - 1, 3 * units.step * 10**8 // units.price))},
            breaker if units.step < units.price else no_breaker,
            no_breaker,
        )
        return UpdateMarket(MARKETS[number], changes)

    def tiers(self) -> SetFeeTiers:
        """Return fee tiers whose volumes a few trades reach; some break the rule of the rebate."""
        asset = self.one("AAA", "BBB", "QQQ", "QQQ")
        volume, tiers = 0, []
        for number in range(self.random.randrange(4)):
            maker, taker = self.rates()
            tiers.append(FeeTier(f"tier {number}", volume, maker if self.chance(50) else abs(maker), taker))
            volume += self.one(1, 3, 20) * order_value(self.world, asset)
        return SetFeeTiers(asset, tuple(tiers))
