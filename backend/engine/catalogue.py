"""The rules for making assets, markets and accounts known and for changing a market's status."""

import re
from collections.abc import Container, Mapping

import msgspec

from backend.engine.commands import CreateAsset, CreateMarket, OpenAccount, SetMarketStatus, UpdateMarket
from backend.engine.fees import rebates_are_covered
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.tape import MINUTES_MAX
from backend.engine.values import (
    AMOUNT_MAX,
    AccountId,
    Asset,
    FeeTier,
    Market,
    MarketStatus,
    is_storable,
)
from backend.money import RATE_SCALE

ASSET_CODE = re.compile(r"[A-Z0-9]{1,12}")
ASSET_DECIMALS_MAX = 18
TICK_DECIMALS_MAX = 30
ACCOUNT_LENGTH_MAX = 64
OPEN_ORDERS_MAX = 2**31 - 1

CHANGEABLE = {
    "minimum_notional": (0, AMOUNT_MAX - 1),
    "maximum_lots": (1, AMOUNT_MAX - 1),
    "open_orders_per_account": (1, OPEN_ORDERS_MAX),
    "maker_rate": (-RATE_SCALE, RATE_SCALE),
    "taker_rate": (0, RATE_SCALE),
    "band_rate": (1, RATE_SCALE - 1),
    "breaker_rate": (1, RATE_SCALE - 1),
    "breaker_minutes": (1, MINUTES_MAX),
    "breaker_pause_s": (1, 24 * 3600),
}
"""The rules of a market that may change, with the least and the greatest value of each."""

NULLABLE = frozenset({"maximum_lots", "band_rate", "breaker_rate", "breaker_minutes", "breaker_pause_s"})
"""Those that a market need not have."""

TRADING_STATUSES = (MarketStatus.OPEN, MarketStatus.POST_ONLY)
"""Those with which a book must not be crossed."""

_INVALID = RefusalCode.INVALID_INPUT
_RANGE = RefusalCode.AMOUNT_OUT_OF_RANGE


def asset_of(command: CreateAsset, assets: Container[str]) -> Asset | Refusal:
    """Return the asset that a command creates."""
    if ASSET_CODE.fullmatch(command.code) is None:
        return Refusal(_INVALID, "code")
    if not is_storable(command.name):
        return Refusal(_INVALID, "name")
    if not 0 <= command.decimals <= ASSET_DECIMALS_MAX:
        return Refusal(_INVALID, "decimals")
    if command.code in assets:
        return Refusal(RefusalCode.ALREADY_EXISTS, "code")
    return Asset(command.code, command.name, command.decimals)


def market_of(
    command: CreateMarket, assets: Mapping[str, Asset], markets: Container[str], tiers: tuple[FeeTier, ...]
) -> Market | Refusal:
    """Return the market that a command creates, HALTED."""
    base, quote = assets.get(command.base), assets.get(command.quote)
    if base is None or quote is None:
        return Refusal(RefusalCode.UNKNOWN_ASSET, "base" if base is None else "quote")
    if base is quote:
        return Refusal(_INVALID, "quote")
    symbol = f"{base.code}-{quote.code}"
    if symbol in markets:
        return Refusal(RefusalCode.ALREADY_EXISTS, "base")
    field = _wrong_steps(command)
    if field is not None:
        return Refusal(_RANGE, field)
    value_units, rest = divmod(
        command.tick_points * command.lot_units * 10**quote.decimals,
        10 ** (command.tick_decimals + base.decimals),
    )
    rules = {field: getattr(command, field) for field in CHANGEABLE}
    market = Market(
        symbol=symbol,
        base=base.code,
        quote=quote.code,
        tick_points=command.tick_points,
        tick_decimals=command.tick_decimals,
        lot_units=command.lot_units,
        value_units=value_units,
        status=MarketStatus.HALTED,
        status_reason=None,
        **rules,
    )
    refusal = _wrong_rules(market, tiers)
    if refusal is not None:
        return refusal
    if rest or not value_units:
        return Refusal(_INVALID, "tick_points")
    return Refusal(_RANGE, "tick_points") if value_units >= AMOUNT_MAX else market


def changed_market(
    command: UpdateMarket, markets: Mapping[str, Market], tiers: tuple[FeeTier, ...]
) -> Market | Refusal:
    """Return the market with the rules that a command changes."""
    market = markets.get(command.market)
    if market is None:
        return Refusal(RefusalCode.UNKNOWN_MARKET, "market")
    changes = command.changes
    if not changes or any(
        field not in CHANGEABLE or (number is None and field not in NULLABLE) for field, number in changes.items()
    ):
        return Refusal(_INVALID, "changes")
    changed: Market = msgspec.structs.replace(market, **changes)
    return _wrong_rules(changed, tiers) or changed


def _wrong_steps(command: CreateMarket) -> str | None:
    """Return the first field of tick and lot whose number is not allowed."""
    in_range = {
        "tick_points": 1 <= command.tick_points < AMOUNT_MAX,
        "lot_units": 1 <= command.lot_units < AMOUNT_MAX,
        "tick_decimals": 0 <= command.tick_decimals <= TICK_DECIMALS_MAX,
    }
    return next((field for field, holds in in_range.items() if not holds), None)


def _wrong_rules(market: Market, tiers: tuple[FeeTier, ...]) -> Refusal | None:
    """Refuse rules of a market that are out of range, incomplete, or pay out more than they take in."""
    for field, (low, high) in CHANGEABLE.items():
        number = getattr(market, field)
        if number is not None and not low <= number <= high:
            return Refusal(_RANGE, field)
    breaker = (market.breaker_rate, market.breaker_minutes, market.breaker_pause_s)
    if any(number is None for number in breaker) and any(number is not None for number in breaker):
        return Refusal(_INVALID, "breaker_rate")
    return None if rebates_are_covered((market,), tiers) else Refusal(_INVALID, "maker_rate")


def market_with_status(command: SetMarketStatus, markets: Mapping[str, Market]) -> Market | Refusal:
    """Return the market with the status that a command gives it."""
    market = markets.get(command.market)
    if market is None:
        return Refusal(RefusalCode.UNKNOWN_MARKET, "market")
    if not is_storable(command.reason):
        return Refusal(_INVALID, "reason")
    return msgspec.structs.replace(market, status=command.status, status_reason=command.reason, auction_ends_at=None)


def wrong_account(command: OpenAccount, accounts: Container[AccountId]) -> Refusal | None:
    """Refuse an id that cannot be used or is known."""
    account = command.account
    if not 1 <= len(account) <= ACCOUNT_LENGTH_MAX or ":" in account or not is_storable(account):
        return Refusal(_INVALID, "account")
    if account in accounts:
        return Refusal(RefusalCode.ALREADY_EXISTS, "account")
    return None
