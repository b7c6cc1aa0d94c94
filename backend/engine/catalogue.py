"""The rules for making assets, markets and accounts known and for changing a market's status."""

import re
from collections.abc import Container, Mapping

import msgspec

from backend.engine.commands import CreateAsset, CreateMarket, OpenAccount, SetMarketStatus
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.values import AMOUNT_MAX, AccountId, Asset, Market, MarketStatus, is_storable
from backend.money import RATE_SCALE

ASSET_CODE = re.compile(r"[A-Z0-9]{1,12}")
ASSET_DECIMALS_MAX = 18
TICK_DECIMALS_MAX = 30
ACCOUNT_LENGTH_MAX = 64
OPEN_ORDERS_MAX = 2**31 - 1

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


def market_of(command: CreateMarket, assets: Mapping[str, Asset], markets: Container[str]) -> Market | Refusal:
    """Return the market that a command creates, HALTED."""
    base, quote = assets.get(command.base), assets.get(command.quote)
    if base is None or quote is None:
        return Refusal(RefusalCode.UNKNOWN_ASSET, "base" if base is None else "quote")
    if base is quote:
        return Refusal(_INVALID, "quote")
    symbol = f"{base.code}-{quote.code}"
    if symbol in markets:
        return Refusal(RefusalCode.ALREADY_EXISTS, "base")
    field = _out_of_range(command)
    if field is not None:
        return Refusal(_RANGE, field)
    value_units, rest = divmod(
        command.tick_points * command.lot_units * 10**quote.decimals,
        10 ** (command.tick_decimals + base.decimals),
    )
    if rest or not value_units:
        return Refusal(_INVALID, "tick_points")
    if value_units >= AMOUNT_MAX:
        return Refusal(_RANGE, "tick_points")
    return Market(
        symbol=symbol,
        base=base.code,
        quote=quote.code,
        tick_points=command.tick_points,
        tick_decimals=command.tick_decimals,
        lot_units=command.lot_units,
        value_units=value_units,
        minimum_notional=command.minimum_notional,
        maximum_lots=command.maximum_lots,
        open_orders_per_account=command.open_orders_per_account,
        maker_rate=command.maker_rate,
        taker_rate=command.taker_rate,
        status=MarketStatus.HALTED,
        status_reason=None,
    )


def _out_of_range(command: CreateMarket) -> str | None:
    """Return the first field whose number is not allowed."""
    in_range = {
        "tick_points": 1 <= command.tick_points < AMOUNT_MAX,
        "lot_units": 1 <= command.lot_units < AMOUNT_MAX,
        "tick_decimals": 0 <= command.tick_decimals <= TICK_DECIMALS_MAX,
        "minimum_notional": 0 <= command.minimum_notional < AMOUNT_MAX,
        "maximum_lots": command.maximum_lots is None or 1 <= command.maximum_lots < AMOUNT_MAX,
        "open_orders_per_account": 1 <= command.open_orders_per_account <= OPEN_ORDERS_MAX,
        "maker_rate": 0 <= command.maker_rate <= RATE_SCALE,
        "taker_rate": 0 <= command.taker_rate <= RATE_SCALE,
    }
    return next((field for field, holds in in_range.items() if not holds), None)


def market_with_status(command: SetMarketStatus, markets: Mapping[str, Market]) -> Market | Refusal:
    """Return the market with the status that a command gives it."""
    market = markets.get(command.market)
    if market is None:
        return Refusal(RefusalCode.UNKNOWN_MARKET, "market")
    if command.status in (MarketStatus.POST_ONLY, MarketStatus.AUCTION):
        return Refusal(_INVALID, "status")
    if not is_storable(command.reason):
        return Refusal(_INVALID, "reason")
    return msgspec.structs.replace(market, status=command.status, status_reason=command.reason)


def wrong_account(command: OpenAccount, accounts: Container[AccountId]) -> Refusal | None:
    """Refuse an id that cannot be used or is known."""
    account = command.account
    if not 1 <= len(account) <= ACCOUNT_LENGTH_MAX or ":" in account or not is_storable(account):
        return Refusal(_INVALID, "account")
    if account in accounts:
        return Refusal(RefusalCode.ALREADY_EXISTS, "account")
    return None
