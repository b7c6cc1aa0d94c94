"""Small exchanges to test in: few accounts and price levels, units from whole coins to 10^37 smallest units."""

from typing import NamedTuple

from backend.engine.commands import Command, CreateAsset, CreateMarket, Deposit, OpenAccount, SetMarketStatus
from backend.engine.values import AccountId, MarketStatus

ACCOUNTS = tuple(AccountId(name) for name in ("ann", "bob", "cleo", "eli", "dirk"))
"""The last one is poor."""
WORLD = AccountId("world:demonstration")
MARKETS = ("AAA-QQQ", "BBB-AAA")
FEE_RATES = (0, 1, 100_000, 250_001, 33_333_333, 10**8)
REBATES = ((-1, 1), (-100_000, 250_001), (-250_001, 250_001), (-33_333_333, 10**8), (-(10**8), 10**8))
"""Maker's and taker's rates of markets that pay their makers."""


class Units(NamedTuple):
    """How one market counts, and where its prices and sizes lie."""

    tick_points: int
    tick_decimals: int
    lot_units: int
    price: int
    """The middle of the prices, in ticks."""
    step: int
    """Between two price levels, in ticks."""
    lots: int
    """The size of a small order, in lots."""
    value_units: int
    """What one lot is worth at one tick; worked out by hand, the tests compare it."""


class World(NamedTuple):
    """The decimals of AAA, BBB and QQQ, and the units of both markets."""

    name: str
    decimals: tuple[int, int, int]
    units: tuple[Units, Units]
    wealth: int
    """How many small orders each account can pay for at first."""


WORLDS = (
    World("cents", (2, 2, 2), (Units(1, 0, 10, 12, 1, 1, 10), Units(5, 1, 100, 12, 1, 1, 50)), 60),
    World("whole coins", (0, 0, 0), (Units(1, 0, 1, 9, 1, 1, 1), Units(1, 0, 1, 9, 1, 2, 1)), 30),
    World("odd steps", (5, 5, 7), (Units(7, 2, 13, 1_001, 3, 17, 91), Units(7, 0, 13, 1_001, 3, 17, 91)), 200),
    World(
        "wei",
        (18, 18, 18),
        (Units(1, 9, 10**9, 3 * 10**12, 10**10, 10**12 + 7, 1), Units(1, 9, 10**9, 10**12, 10**9 + 1, 10**12, 1)),
        100,
    ),
    World(
        "near the limit",
        (18, 18, 18),
        (Units(1, 0, 1, 10**9, 10**7, 3 * 10**26, 1), Units(1, 0, 1, 1, 1, 3 * 10**35, 1)),
        5,
    ),
)


class Rules(NamedTuple):
    """What may differ between two exchanges of one world."""

    maker_rate: int
    taker_rate: int
    minimum_orders: int
    """The minimum notional in hundredths of the value of a small order at the middle price."""
    maximum_orders: int | None
    """The largest order, in small orders."""
    open_orders: int
    band_levels: int | None
    """How far the band reaches from the middle price, in price levels."""
    breaker_levels: int | None
    breaker_minutes: int
    breaker_pause_s: int


def rate_of(units: Units, levels: int | None) -> int | None:
    """Return how much some price levels are of the middle price, as a rate."""
    return None if levels is None else max(1, min(10**8 - 1, levels * units.step * 10**8 // units.price))


def opening_commands(world: World, rules: Rules) -> list[Command]:
    """Return the commands that build a world: assets, open markets, accounts with what they own."""
    codes = ("AAA", "BBB", "QQQ")
    commands: list[Command] = [
        CreateAsset(code, code.title(), decimals) for code, decimals in zip(codes, world.decimals, strict=True)
    ]
    for symbol, units in zip(MARKETS, world.units, strict=True):
        base, quote = symbol.split("-")
        small = units.price * units.lots * units.value_units
        commands += [
            CreateMarket(
                base=base,
                quote=quote,
                tick_points=units.tick_points,
                tick_decimals=units.tick_decimals,
                lot_units=units.lot_units,
                minimum_notional=small * rules.minimum_orders // 100,
                maximum_lots=None if rules.maximum_orders is None else rules.maximum_orders * units.lots,
                open_orders_per_account=rules.open_orders,
                maker_rate=rules.maker_rate,
                taker_rate=rules.taker_rate,
                band_rate=rate_of(units, rules.band_levels),
                breaker_rate=rate_of(units, rules.breaker_levels),
                breaker_minutes=None if rules.breaker_levels is None else rules.breaker_minutes,
                breaker_pause_s=None if rules.breaker_levels is None else rules.breaker_pause_s,
            ),
            SetMarketStatus(symbol, MarketStatus.OPEN, "opening"),
        ]
    commands += [OpenAccount(account) for account in ACCOUNTS]
    commands += [
        Deposit(account, code, order_value(world, code) * world.wealth, WORLD, f"opening {code}")
        for account in ACCOUNTS[:-1]
        for code in codes
    ]
    return commands


def order_value(world: World, code: str) -> int:
    """Return what a small order moves of an asset, in smallest units."""
    first, second = world.units
    return {
        "AAA": max(first.lots * first.lot_units, second.price * second.lots * second.value_units),
        "BBB": second.lots * second.lot_units,
        "QQQ": first.price * first.lots * first.value_units,
    }[code]
