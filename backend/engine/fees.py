"""What trading costs: rates by market and tier, and the volumes by which accounts come into their tier."""

from collections.abc import Iterable, Iterator

from backend.engine.codec import item_hash
from backend.engine.commands import SetFeeTiers
from backend.engine.fingerprint import Fingerprint, Marked
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.values import (
    AMOUNT_MAX,
    Account,
    AccountId,
    FeeTier,
    Market,
    Rules,
    TimeUs,
    Volume,
    is_storable,
)
from backend.money import RATE_SCALE

DAY_US = 24 * 3600 * 1_000_000
VOLUME_DAYS = 30
TIER_NAME_LENGTH_MAX = 36


def tier_of(account: Account, rules: Rules) -> FeeTier | None:
    """Return the fee tier that an account is in."""
    return next((tier for tier in rules.tiers if tier.name == account.tier), None)


def maker_rate(market: Market, account: Account, rules: Rules) -> int:
    """Return what a resting order's owner pays, in units of 10 ** -8; negative for a rebate."""
    if account.house:
        return 0
    tier = tier_of(account, rules)
    return market.maker_rate if tier is None else min(market.maker_rate, tier.maker_rate)


def taker_rate(market: Market, account: Account, rules: Rules) -> int:
    """Return what an incoming order's owner pays, in units of 10 ** -8."""
    if account.house:
        return 0
    tier = tier_of(account, rules)
    return market.taker_rate if tier is None else min(market.taker_rate, tier.taker_rate)


def rebates_are_covered(markets: Iterable[Market], tiers: tuple[FeeTier, ...]) -> bool:
    """Tell whether in each market the lowest taker fee pays for the highest rebate, whoever meets whom."""
    return all(
        min(market.maker_rate, *(tier.maker_rate for tier in tiers), RATE_SCALE)
        + min(market.taker_rate, *(tier.taker_rate for tier in tiers), RATE_SCALE)
        >= 0
        for market in markets
    )


def next_midnight(time: TimeUs) -> TimeUs:
    """Return the first midnight, UTC, after a time."""
    return TimeUs((time // DAY_US + 1) * DAY_US)


def wrong_tiers(command: SetFeeTiers) -> Refusal | None:
    """Refuse tiers whose names, volumes or rates cannot be."""
    names = [tier.name for tier in command.tiers]
    for tier in command.tiers:
        if not 1 <= len(tier.name) <= TIER_NAME_LENGTH_MAX or not is_storable(tier.name) or names.count(tier.name) > 1:
            return Refusal(RefusalCode.INVALID_INPUT, "tiers")
    below = -1
    for tier in command.tiers:
        if (
            not below < tier.volume < AMOUNT_MAX
            or not -RATE_SCALE <= tier.maker_rate <= RATE_SCALE
            or not 0 <= tier.taker_rate <= RATE_SCALE
        ):
            return Refusal(RefusalCode.AMOUNT_OUT_OF_RANGE, "tiers")
        below = tier.volume
    return None


class _Day(Marked):
    """The volume of one account on one day."""

    __slots__ = ("account", "amount", "day")

    def __init__(self, account: AccountId, day: int) -> None:
        super().__init__()
        self.account = account
        self.day = day
        self.amount = 0

    def item_hash(self) -> int:
        """Return the hash of the volume; a forgotten one does not count."""
        return item_hash("volume", (self.account, self.day, self.amount)) if self.amount else 0


class Volumes:
    """What each account traded on each of the last days, in smallest units of the volume asset."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        self._fingerprint = fingerprint
        self._days: dict[tuple[AccountId, int], _Day] = {}

    def add(self, account: AccountId, day: int, amount: int) -> None:
        """Count what an account traded on a day."""
        cell = self._days.get((account, day))
        if cell is None:
            cell = self._days[(account, day)] = _Day(account, day)
        cell.amount = min(cell.amount + amount, AMOUNT_MAX - 1)
        self._fingerprint.touch(cell)

    def on(self, account: AccountId, day: int) -> Volume:
        """Return what an account traded on a day."""
        cell = self._days.get((account, day))
        return Volume(account, day, cell.amount if cell else 0)

    def forget_before(self, day: int | None) -> list[Volume]:
        """Forget the days before one, or all; return them as they are then: 0."""
        gone = sorted(slot for slot in self._days if day is None or slot[1] < day)
        for slot in gone:
            cell = self._days.pop(slot)
            cell.amount = 0
            self._fingerprint.touch(cell)
        return [Volume(account, day, 0) for account, day in gone]

    def totals(self) -> dict[AccountId, int]:
        """Return the sum of the days that are remembered, by account."""
        sums: dict[AccountId, int] = {}
        for (account, _), cell in self._days.items():
            sums[account] = sums.get(account, 0) + cell.amount
        return sums

    def __iter__(self) -> Iterator[Volume]:
        return (Volume(cell.account, cell.day, cell.amount) for cell in self._days.values())
