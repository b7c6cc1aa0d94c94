"""Random commands for the engine: hypothesis strategies that meet every rule often."""

from typing import Any

from hypothesis import strategies as st

from backend.engine.commands import (
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOrder,
    SetMarketStatus,
)
from backend.engine.values import (
    AccountId,
    MarketStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from tests.property.worlds import ACCOUNTS, FEE_RATES, MARKETS, WORLDS, Rules, World

STRANGER = AccountId("stranger")
AMOUNTS_OUT_OF_RANGE = (0, -1, -(10**40), 10**37 - 1, 10**37, 10**37 + 1, 10**60)
HALF_A_CHARACTER = "half \ud800"
BAD_TEXTS = ("\x00", "line\nline", HALF_A_CHARACTER)

rules = st.builds(
    Rules,
    maker_rate=st.sampled_from(FEE_RATES),
    taker_rate=st.sampled_from(FEE_RATES),
    minimum_orders=st.sampled_from((0, 0, 50, 150)),
    maximum_orders=st.sampled_from((None, None, 6)),
    open_orders=st.sampled_from((1000, 1000, 3, 6)),
)
worlds = st.sampled_from(WORLDS)
accounts = st.sampled_from((*ACCOUNTS, *ACCOUNTS[:-1], *ACCOUNTS[:-1]))
market_numbers = st.sampled_from((0, 0, 1))
sides = st.sampled_from(list(Side))
keys = st.one_of(st.none(), st.none(), st.integers(0, 50).map("key {}".format))
levels = st.integers(-3, 3)
sizes = st.integers(1, 7)
rests = st.sampled_from((0, 0, 1, 5))
"""What is added to an amount to spend, in smallest units."""

LIMITS = tuple((OrderType.LIMIT, force, False) for force in (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK))
MARKET_ORDERS = tuple((OrderType.MARKET, force, False) for force in (TimeInForce.IOC, TimeInForce.FOK))
resting = st.sampled_from((LIMITS[0], LIMITS[0], (OrderType.LIMIT, TimeInForce.GTC, True)))
immediate = st.sampled_from(LIMITS[1:])
at_market = st.sampled_from(MARKET_ORDERS)
every_form = st.sampled_from((*LIMITS, *MARKET_ORDERS, (OrderType.LIMIT, TimeInForce.GTC, True)))

orders = {
    "limit": st.tuples(accounts, market_numbers, sides, resting, levels, sizes, st.none(), keys),
    "immediate": st.tuples(accounts, market_numbers, sides, immediate, levels, sizes, st.none(), keys),
    "market": st.tuples(accounts, market_numbers, sides, at_market, levels, sizes, st.none(), keys),
    "spend": st.tuples(accounts, market_numbers, st.just(Side.BUY), at_market, levels, sizes, rests, keys),
    "resting": st.tuples(accounts, market_numbers, sides, resting, st.integers(0, 3), sizes, st.none(), keys).map(
        lambda recipe: (*recipe[:4], -recipe[4] if recipe[2] is Side.BUY else recipe[4] + 1, *recipe[5:])
    ),
    "any": st.tuples(accounts, market_numbers, sides, every_form, levels, sizes, st.none(), keys),
}
"""Recipes of orders; `order` makes commands of them."""

books = st.lists(orders["resting"], max_size=14)
"""Many orders at once, most of which rest: buys below the middle and sells above."""


def order(world: World, recipe: tuple[Any, ...]) -> PlaceOrder:
    """Return the order of a recipe: price levels near the middle, sizes of a few small orders."""
    account, number, side, (kind, force, post_only), level, size, rest, key = recipe
    units = world.units[number]
    price = max(1, units.price + level * units.step)
    lots = size * units.lots
    return PlaceOrder(
        account=account,
        market=MARKETS[number],
        side=side,
        type=kind,
        time_in_force=force,
        post_only=post_only,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=price if kind is OrderType.LIMIT else None,
        quantity_lots=lots if rest is None else None,
        quote_amount=None if rest is None else lots * price * units.value_units + rest,
        client_order_id=key,
    )


order_twists: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    (
        *({"type": kind} for kind in OrderType),
        *({"self_trade_prevention": way} for way in SelfTradePrevention),
        *({"time_in_force": force} for force in TimeInForce),
        *({"post_only": True, "time_in_force": force} for force in TimeInForce),
        {"price_ticks": None},
        {"quantity_lots": None},
        {"quantity_lots": None, "quote_amount": None},
        {"quantity_lots": 3, "quote_amount": 3},
        {"type": OrderType.MARKET, "price_ticks": None, "side": Side.SELL, "quantity_lots": None, "quote_amount": 9},
        *({"price_ticks": amount} for amount in AMOUNTS_OUT_OF_RANGE),
        *({"quantity_lots": amount} for amount in AMOUNTS_OUT_OF_RANGE),
        *({"quantity_lots": None, "quote_amount": amount} for amount in AMOUNTS_OUT_OF_RANGE),
        {"quantity_lots": None, "quote_amount": 1},
        *({"price_ticks": 10**9, "quantity_lots": 10**zeros} for zeros in (26, 27, 28)),
        {"account": STRANGER},
        {"account": AccountId("house:fees")},
        {"account": ACCOUNTS[-1]},
        {"market": "AAA-BBB"},
        {"market": ""},
        *({"client_order_id": key} for key in ("", "k" * 36, "k" * 37, 'é"\\\u007f', *BAD_TEXTS)),
    )
)
"""Changes to an order that break a rule, or just do not."""
batch_twists = st.one_of(
    st.just({}), order_twists.filter(lambda twist: twist.get("client_order_id") != HALF_A_CHARACTER)
)
"""The same for a batch, which goes into the journal with what was refused of it: the API lets no half characters in."""


deposits = st.tuples(
    accounts,
    st.sampled_from(("AAA", "BBB", "QQQ")),
    sizes,
    st.sampled_from(("world:demonstration", "world:elsewhere")),
    st.integers(0, 12).map("key {}".format),
)
deposit_twists: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    (
        {},
        {},
        {},
        *({"amount": amount} for amount in AMOUNTS_OUT_OF_RANGE),
        {"account": STRANGER},
        {"account": AccountId("world:demonstration")},
        {"asset": "ZZZ"},
        {"source": AccountId("ann")},
        {"source": AccountId("house:fees")},
        {"key": ""},
        *({"key": key} for key in ("k" * 37, *BAD_TEXTS)),
        {"source": AccountId("world:\n")},
        {"key": "opening AAA"},
    )
)

statuses = st.sampled_from((*MarketStatus, MarketStatus.OPEN, MarketStatus.OPEN))

_market = CreateMarket("QQQ", "BBB", 1, 0, 10**18, 0, None, 10, 0, 0)
_bad_markets: tuple[dict[str, Any], ...] = (
    {"base": "ZZZ"},
    {"quote": "ZZZ"},
    {"base": "ZZZ", "quote": "YYY"},
    {"quote": "QQQ"},
    {"base": "AAA", "quote": "QQQ"},
    *({"tick_points": points} for points in (0, -1, 10**37 - 1, 10**37)),
    *({"lot_units": units} for units in (0, -1, 1, 7, 10**37 - 1, 10**37)),
    *({"tick_decimals": decimals} for decimals in (-1, 30, 31)),
    *({"minimum_notional": amount} for amount in (-1, 10**37 - 1, 10**37)),
    *({"maximum_lots": lots} for lots in (0, -1, 10**37 - 1, 10**37)),
    *({"open_orders_per_account": orders} for orders in (0, -1, 2**31 - 1, 2**31)),
    *({"maker_rate": rate} for rate in (-1, 10**8 + 1)),
    *({"taker_rate": rate} for rate in (-1, 10**8, 10**8 + 1)),
)
catalogue: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from(_bad_markets).map(lambda fields: CreateMarket(**(_fields(_market) | fields))),
    st.sampled_from(
        (
            *(CreateAsset(code, "", 8) for code in ("", "abc", "Ä", "A-B", "A" * 12, "A" * 13, "AAA", "X9")),
            *(CreateAsset("NEW", "New", decimals) for decimals in (-1, 0, 18, 19)),
            *(OpenAccount(AccountId(account)) for account in ("", "a" * 64, "a" * 65, "house:fees", ":", "ann", "eve")),
            *(SetMarketStatus(market, MarketStatus.HALTED, "?") for market in ("", "AAA", "aaa-qqq", "ZZZ-QQQ")),
            *(CreateAsset("NEW", name, 8) for name in BAD_TEXTS),
            *(OpenAccount(AccountId(account)) for account in BAD_TEXTS),
            *(SetMarketStatus("AAA-QQQ", MarketStatus.OPEN, reason) for reason in BAD_TEXTS),
            _market,
        )
    ),
)
"""Assets, markets and accounts, most of them wrong."""


def deposit(amount_of_one: int, recipe: tuple[Any, ...], twist: dict[str, Any]) -> Deposit:
    """Return the deposit of a recipe, in amounts of a few small orders."""
    account, asset, size, source, key = recipe
    return Deposit(
        **({"account": account, "asset": asset, "amount": size * amount_of_one, "key": key, "source": source} | twist)
    )


def _fields(command: Command) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}
