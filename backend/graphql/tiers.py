"""Fee tiers, and the rates that an account pays in a market."""

from itertools import zip_longest
from typing import Final

import strawberry

from backend.engine import values
from backend.engine.values import AccountId
from backend.graphql.amounts import amount, rate
from backend.graphql.context import Context
from backend.graphql.rates import tier_of
from backend.graphql.scalars import Plain
from backend.persistence import histories

BASE_TIER: Final = "Base"
"""The name of what everybody has without a tier."""
HOUSE_TIER: Final = "House"
"""The name of what the exchange's own accounts have."""
VOLUME_DAYS: Final = 30
DAY_US: Final = 86_400_000_000


@strawberry.type
class FeeTier:
    """The rates that a volume of 30 days gives."""

    name: str
    volume30d: Plain
    volume_asset: str
    maker_fee: Plain
    taker_fee: Plain
    next_tier_volume: Plain | None


async def own_tier(context: Context, account: AccountId) -> FeeTier:
    """Return an account's tier: its rates before those of a market, which apply where they are lower.

    Without a tier the rates are the highest of the markets.
    """
    services = context.services
    views, rules = services.views, services.views.rules
    known = views.accounts.get(account)
    today = services.clock.now() // DAY_US
    volume = await services.read(
        lambda connection: histories.volume(connection, account, today - VOLUME_DAYS), views.sequence
    )
    markets = views.markets.values()
    highest = values.FeeTier(
        BASE_TIER,
        0,
        max((market.maker_rate for market in markets), default=0),
        max((market.taker_rate for market in markets), default=0),
    )
    tier = tier_of(known, rules) or highest
    if known is not None and known.house:
        tier = values.FeeTier(HOUSE_TIER, 0, 0, 0)
    above = [one.volume for one in rules.tiers if one.volume > tier.volume or tier is highest]
    return _shown(tier, volume, above[0] if above else None, _volume_asset(context))


def all_tiers(context: Context) -> list[FeeTier]:
    """Return the tiers as they were set, with the volumes where they begin."""
    tiers, asset = context.services.views.rules.tiers, _volume_asset(context)
    above = [tier.volume for tier in tiers[1:]]
    return [_shown(tier, tier.volume, next_one, asset) for tier, next_one in zip_longest(tiers, above)]


def _volume_asset(context: Context) -> values.Asset:
    """Return the asset that volumes are counted in; one that is not there yet has no decimals."""
    services = context.services
    code = services.views.rules.volume_asset or services.fee_volume_asset
    return services.catalogue.rules.get(code) or values.Asset(code, "", 0)


def _shown(tier: values.FeeTier, volume: int, above: int | None, asset: values.Asset) -> FeeTier:
    return FeeTier(
        name=tier.name,
        volume30d=amount(volume, asset),
        volume_asset=asset.code,
        maker_fee=rate(tier.maker_rate),
        taker_fee=rate(tier.taker_rate),
        next_tier_volume=None if above is None else amount(above, asset),
    )
