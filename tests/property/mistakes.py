"""What may be wrong with a command: changes to good ones, and commands that are mostly refused."""

from typing import Any

import msgspec

from backend.engine.commands import (
    Command,
    CreateAsset,
    CreateMarket,
    OpenAccount,
    SetAccountFrozen,
    SetExchangeHalted,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
    UpdateMarket,
)
from backend.engine.values import (
    AccountId,
    FeeTier,
    MarketStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from tests.property.worlds import ACCOUNTS, MARKETS

STRANGER = AccountId("stranger")
AMOUNTS_OUT_OF_RANGE = (0, -1, -(10**40), 10**37 - 1, 10**37, 10**37 + 1, 10**60)
HALF_A_CHARACTER = "half \ud800"
BAD_TEXTS = ("\x00", "line\nline", HALF_A_CHARACTER)

ORDER_TWISTS: tuple[dict[str, Any], ...] = (
    *({"type": kind} for kind in OrderType),
    *({"self_trade_prevention": way} for way in SelfTradePrevention),
    *({"time_in_force": force} for force in TimeInForce),
    *({"post_only": True, "time_in_force": force} for force in TimeInForce),
    {"expire_at": "now"},
    {"expire_at": 5},
    {"time_in_force": TimeInForce.GTD, "expire_at": 10**17},
    {"price_ticks": None},
    {"quantity_lots": None},
    {"quantity_lots": None, "quote_amount": None},
    {"quantity_lots": 3, "quote_amount": 3},
    {"quantity_lots": 3, "quote_amount": None},
    {"type": OrderType.MARKET, "price_ticks": None, "side": Side.SELL, "quantity_lots": None, "quote_amount": 9},
    *({"price_ticks": amount} for amount in AMOUNTS_OUT_OF_RANGE),
    *({"quantity_lots": amount} for amount in AMOUNTS_OUT_OF_RANGE),
    *({"quantity_lots": None, "quote_amount": amount} for amount in AMOUNTS_OUT_OF_RANGE),
    {"quantity_lots": None, "quote_amount": 1},
    *({"price_ticks": 10**9, "quantity_lots": 10**zeros} for zeros in (26, 27, 28)),
    {"stop_ticks": None},
    *({"stop_ticks": amount} for amount in (1, 10**9, *AMOUNTS_OUT_OF_RANGE)),
    {"trailing_ticks": None},
    *({"trailing_ticks": amount} for amount in (1, 10**9, *AMOUNTS_OUT_OF_RANGE)),
    *({"trailing_ticks": None, "trailing_rate": rate} for rate in (None, -1, 0, 1, 10**8 - 1, 10**8)),
    {"trailing_rate": 10**7},
    {"trailing_ticks": 1, "trailing_rate": 1},
    *({"visible_lots": amount} for amount in (1, 2, *AMOUNTS_OUT_OF_RANGE)),
    {"quantity_lots": 1_000, "visible_lots": 1},
    {"quantity_lots": 1_001, "visible_lots": 1},
    {"account": STRANGER},
    {"account": AccountId("house:fees")},
    {"account": ACCOUNTS[-1]},
    {"market": "AAA-BBB"},
    {"market": ""},
    *({"client_order_id": key} for key in ("", "k" * 36, "k" * 37, 'é"\\\u007f', *BAD_TEXTS)),
)
"""Changes to an order that break a rule, or just do not."""

OCO_TWISTS: tuple[dict[str, Any], ...] = (
    *({"quantity_lots": amount} for amount in AMOUNTS_OUT_OF_RANGE),
    *({"price_ticks": amount} for amount in (1, *AMOUNTS_OUT_OF_RANGE)),
    *({"stop_ticks": amount} for amount in (1, *AMOUNTS_OUT_OF_RANGE)),
    {"side": Side.BUY, "stop_limit_ticks": None},
    *({"stop_limit_ticks": amount} for amount in (None, 1, *AMOUNTS_OUT_OF_RANGE)),
    {"price_ticks": 1, "stop_ticks": 10**37, "side": Side.BUY, "stop_limit_ticks": 2, "quantity_lots": 1},
    {"price_ticks": 1, "stop_ticks": 3, "side": Side.BUY, "stop_limit_ticks": 10**30, "quantity_lots": 10**8},
    {"limit_client_order_id": "key 1", "stop_client_order_id": "key 1"},
    {"limit_client_order_id": "same", "stop_client_order_id": "same"},
    *({"limit_client_order_id": key} for key in ("", "k" * 37, "\x00")),
    *({"stop_client_order_id": key} for key in ("", "k" * 37, "\x00")),
    {"account": STRANGER},
    {"account": ACCOUNTS[-1]},
    {"market": "AAA-BBB"},
)

DEPOSIT_TWISTS: tuple[dict[str, Any], ...] = (
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

TRANSFER_TWISTS: tuple[dict[str, Any], ...] = (
    *({"amount": amount} for amount in AMOUNTS_OUT_OF_RANGE),
    {"from_account": STRANGER},
    {"to_account": STRANGER},
    {"from_account": AccountId("house:fees")},
    {"to_account": AccountId("world:demonstration")},
    {"from_account": ACCOUNTS[0], "to_account": ACCOUNTS[0]},
    {"asset": "ZZZ"},
    *({"key": key} for key in ("", "k" * 37, *BAD_TEXTS)),
)

_market = CreateMarket("QQQ", "BBB", 1, 0, 10**18, 0, None, 10, 0, 0)
_breaker = {"breaker_rate": 10**7, "breaker_minutes": 5, "breaker_pause_s": 10}
_wrong_rules: tuple[dict[str, Any], ...] = (
    *({"minimum_notional": amount} for amount in (-1, 10**37)),
    *({"maximum_lots": lots} for lots in (0, -1, 10**37)),
    *({"open_orders_per_account": orders} for orders in (0, -1, 2**31)),
    *({"maker_rate": rate} for rate in (-(10**8), -(10**8) - 1, 10**8 + 1)),
    *({"taker_rate": rate} for rate in (-1, 10**8 + 1)),
    *({"band_rate": rate} for rate in (-1, 0, 10**8)),
    *(_breaker | {"breaker_rate": rate} for rate in (-1, 0, 10**8)),
    *(_breaker | {"breaker_minutes": minutes} for minutes in (-1, 0, 61)),
    *(_breaker | {"breaker_pause_s": seconds} for seconds in (-1, 0, 86_401)),
    {"breaker_rate": 1, "breaker_minutes": None, "breaker_pause_s": None},
    {"breaker_rate": None, "breaker_minutes": 1, "breaker_pause_s": None},
    {"breaker_rate": None, "breaker_minutes": None, "breaker_pause_s": 1},
    {"maker_rate": -2, "taker_rate": 1},
)
_odd_rules: tuple[dict[str, Any], ...] = (
    *({"minimum_notional": amount} for amount in (0, 10**37 - 1)),
    {"maximum_lots": 10**37 - 1},
    {"open_orders_per_account": 2**31 - 1},
    {"taker_rate": 10**8},
    {"maker_rate": -(10**8), "taker_rate": 10**8},
    {"band_rate": 10**8 - 1},
    _breaker | {"breaker_rate": 10**8 - 1, "breaker_minutes": 60, "breaker_pause_s": 86_400},
)
_odd_markets: tuple[dict[str, Any], ...] = (
    {"base": "ZZZ"},
    {"quote": "ZZZ"},
    {"base": "ZZZ", "quote": "YYY"},
    {"quote": "QQQ"},
    {"base": "AAA", "quote": "QQQ"},
    *({"tick_points": points} for points in (0, -1, 10**37 - 1, 10**37)),
    *({"lot_units": units} for units in (0, -1, 1, 7, 10**37 - 1, 10**37)),
    *({"tick_decimals": decimals} for decimals in (-1, 30, 31)),
    *_wrong_rules,
    *_odd_rules,
)
_tier = FeeTier("tier", 0, 0, 0)
_tiers = (
    (_tier, _tier),
    *((FeeTier(name, 0, 0, 0),) for name in ("", "n" * 37, *BAD_TEXTS)),
    *((FeeTier("one", volume, 0, 0),) for volume in (-1, 10**37 - 1, 10**37)),
    (FeeTier("one", 5, 0, 0), FeeTier("two", 5, 0, 0)),
    (FeeTier("one", 5, 0, 0), FeeTier("two", 4, 0, 0)),
    *((FeeTier("one", 0, rate, 10**8),) for rate in (-(10**8) - 1, 10**8 + 1)),
    *((FeeTier("one", 0, 0, rate),) for rate in (-1, 10**8 + 1)),
    (FeeTier("one", 0, -(10**8), 10**8), FeeTier("two", 1, 0, 0)),
    (FeeTier("n" * 36, 0, 10**8, 10**8),),
)

CATALOGUE: tuple[Command, ...] = (
    *(CreateMarket(**(msgspec.structs.asdict(_market) | fields)) for fields in _odd_markets),
    *(CreateAsset(code, "", 8) for code in ("", "abc", "Ä", "A-B", "A" * 12, "A" * 13, "AAA", "X9")),
    *(CreateAsset("NEW", "New", decimals) for decimals in (-1, 0, 18, 19)),
    *(OpenAccount(AccountId(account)) for account in ("", "a" * 64, "a" * 65, "house:fees", ":", "ann", "eve")),
    *(SetMarketStatus(market, MarketStatus.HALTED, "?") for market in ("", "AAA", "aaa-qqq", "ZZZ-QQQ")),
    *(CreateAsset("NEW", name, 8) for name in BAD_TEXTS),
    *(OpenAccount(AccountId(account)) for account in BAD_TEXTS),
    *(SetMarketStatus("AAA-QQQ", MarketStatus.OPEN, reason) for reason in BAD_TEXTS),
    _market,
    *(SetExchangeHalted(True, reason) for reason in BAD_TEXTS),
    *(SetHouseAccount(account, True) for account in (STRANGER, AccountId("house:fees"))),
    *(SetAccountFrozen(account, True) for account in (STRANGER, AccountId("house:fees"))),
    *(SetFeeTiers(asset, (_tier,)) for asset in ("", "ZZZ")),
    *(SetFeeTiers("QQQ", tiers) for tiers in _tiers),
)
"""Assets, markets, accounts, tiers: most of them wrong."""

UPDATES: tuple[UpdateMarket, ...] = (
    UpdateMarket("ZZZ-QQQ", {"taker_rate": 0}),
    *(UpdateMarket(MARKETS[0], changes) for changes in ({}, {"symbol": 1}, {"status": None}, {"lot_units": 1})),
    *(
        UpdateMarket(MARKETS[0], {name: None})
        for name in ("minimum_notional", "open_orders_per_account", "maker_rate", "taker_rate", "breaker_minutes")
    ),
    *(UpdateMarket(MARKETS[1], changes) for changes in _wrong_rules),
)
"""Changes of markets that are refused, mostly."""
