"""The rates that an account pays in a market: the lower of the market's and its tier's."""

from backend.engine.values import Account, FeeTier, Market, Rules


def of_account(market: Market, account: Account | None, rules: Rules) -> tuple[int, int]:
    """Return the maker's and the taker's rate of an account in a market; None stands for a visitor's."""
    if account is not None and account.house:
        return 0, 0
    tier = tier_of(account, rules)
    if tier is None:
        return market.maker_rate, market.taker_rate
    return min(market.maker_rate, tier.maker_rate), min(market.taker_rate, tier.taker_rate)


def tier_of(account: Account | None, rules: Rules) -> FeeTier | None:
    """Return the tier that an account was assigned, if any."""
    wanted = None if account is None else account.tier
    return next((tier for tier in rules.tiers if tier.name == wanted), None)
