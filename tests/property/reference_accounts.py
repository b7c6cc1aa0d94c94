"""The reference's assets, markets, accounts, balances, fee tiers and volumes, and the commands for them."""

from decimal import Decimal
from typing import Any

from tests.property.plain import PlainEvent
from tests.property.reference_orders import LIMIT, RULES, Market, Refused

DAY_US = 24 * 60 * 60 * 1_000_000
RATE_ONE = 10**8
RULE_RANGES = {
    "minimum_notional": (0, LIMIT - 1),
    "maximum_lots": (1, LIMIT - 1),
    "open_orders_per_account": (1, 2**31 - 1),
    "maker_rate": (-RATE_ONE, RATE_ONE),
    "taker_rate": (0, RATE_ONE),
    "band_rate": (1, RATE_ONE - 1),
    "breaker_rate": (1, RATE_ONE - 1),
    "breaker_minutes": (1, 60),
    "breaker_pause_s": (1, 86_400),
}
NEVER_NULL = ("minimum_notional", "open_orders_per_account", "maker_rate", "taker_rate")


class ReferenceAccounts:
    """Assets, markets, accounts and balances; the exchange itself is built on it."""

    def __init__(self) -> None:
        self.now = 0
        self.assets: list[Any] = []
        self.markets: list[Market] = []
        self.accounts: list[dict[str, Any]] = []
        self.balances: dict[tuple[str, str], list[Decimal]] = {}
        self.rules: dict[str, Any] = {"halted": False, "halt_reason": None, "volume_asset": None}
        self.rules |= {"tiers": [], "tiers_due_at": None}
        self.volumes: list[dict[str, Any]] = []
        self.events: list[PlainEvent] = []

    def event(self, name: str, **fields: Any) -> None:
        self.events.append((name, fields))

    # The catalogue

    def CreateAsset(self, command: Any) -> list[Any]:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        if not 1 <= len(command.code) <= 12 or any(letter not in letters for letter in command.code):
            raise Refused("INVALID_INPUT", "code")
        if not 0 <= command.decimals <= 18:
            raise Refused("INVALID_INPUT", "decimals")
        check_text(command.name, "name")
        if any(asset.code == command.code for asset in self.assets):
            raise Refused("ALREADY_EXISTS", "code")
        self.assets.append(command)
        self.event("AssetCreated", asset=self.plain_asset(command))
        return []

    def CreateMarket(self, command: Any) -> list[Any]:
        for side in ("base", "quote"):
            self.check_asset(getattr(command, side), side)
        if command.base == command.quote:
            raise Refused("INVALID_INPUT", "quote")
        if any(market.symbol == f"{command.base}-{command.quote}" for market in self.markets):
            raise Refused("ALREADY_EXISTS", "base")
        for field in ("tick_points", "lot_units"):
            check_range(getattr(command, field), field, 1, LIMIT - 1)
        check_range(command.tick_decimals, "tick_decimals", 0, 30)
        market = Market(command, self.decimals(command.base), self.decimals(command.quote))
        self.check_rules(market.rules)
        if market.value_units < 1 or market.value_units % 1 != 0:
            raise Refused("INVALID_INPUT", "tick_points")
        if market.value_units >= LIMIT:
            raise Refused("AMOUNT_OUT_OF_RANGE", "tick_points")
        self.markets.append(market)
        self.event("MarketChanged", market=market.plain())
        return []

    def UpdateMarket(self, command: Any) -> list[Any]:
        market = self.market(command.market)
        for name, value in command.changes.items():
            if name not in RULES or (value is None and name in NEVER_NULL):
                raise Refused("INVALID_INPUT", "changes")
        if not command.changes:
            raise Refused("INVALID_INPUT", "changes")
        self.check_rules(market.rules | command.changes)
        market.rules |= command.changes
        self.event("MarketChanged", market=market.plain())
        return []

    def check_rules(self, rules: dict[str, Any]) -> None:
        for name in RULES:
            if rules[name] is not None:
                check_range(rules[name], name, *RULE_RANGES[name])
        breaker = [rules["breaker_rate"], rules["breaker_minutes"], rules["breaker_pause_s"]]
        if breaker.count(None) not in (0, 3):
            raise Refused("INVALID_INPUT", "breaker_rate")
        if self.rebates_too_much(rules, self.rules["tiers"]):
            raise Refused("INVALID_INPUT", "maker_rate")

    def rebates_too_much(self, rules: dict[str, Any], tiers: list[dict[str, Any]]) -> bool:
        maker = min(rates["maker_rate"] for rates in (rules, *tiers))
        taker = min(rates["taker_rate"] for rates in (rules, *tiers))
        return bool(maker + taker < 0)

    # Accounts and the whole exchange

    def OpenAccount(self, command: Any) -> list[Any]:
        if not 1 <= len(command.account) <= 64 or ":" in command.account:
            raise Refused("INVALID_INPUT", "account")
        check_text(command.account, "account")
        if any(account["id"] == command.account for account in self.accounts):
            raise Refused("ALREADY_EXISTS", "account")
        self.accounts.append({"id": command.account, "house": False, "tier": None, "cancels_at": None, "frozen": False})
        self.event("AccountOpened", account=dict(self.accounts[-1]))
        return []

    def SetHouseAccount(self, command: Any) -> list[Any]:
        self.change_account(self.account(command.account), house=command.house)
        return []

    def CancelAllAfter(self, command: Any) -> list[Any]:
        account = self.active_account(command.account)
        if not 0 <= command.seconds <= 86_400:
            raise Refused("INVALID_INPUT", "seconds")
        self.change_account(account, cancels_at=self.now + command.seconds * 1_000_000 if command.seconds else None)
        return []

    def SetExchangeHalted(self, command: Any) -> list[Any]:
        check_text(command.reason, "reason")
        self.change_rules(halted=command.halted, halt_reason=command.reason)
        return []

    def SetFeeTiers(self, command: Any) -> list[Any]:
        self.check_asset(command.volume_asset, "volume_asset")
        names = [tier.name for tier in command.tiers]
        for name in names:
            if not 1 <= len(name) <= 36 or names.count(name) > 1:
                raise Refused("INVALID_INPUT", "tiers")
            check_text(name, "tiers")
        for number, tier in enumerate(command.tiers):
            lowest = command.tiers[number - 1].volume + 1 if number else 0
            check_range(tier.volume, "tiers", lowest, LIMIT - 1)
            check_range(tier.maker_rate, "tiers", *RULE_RANGES["maker_rate"])
            check_range(tier.taker_rate, "tiers", *RULE_RANGES["taker_rate"])
        tiers = [{name: getattr(tier, name) for name in tier.__struct_fields__} for tier in command.tiers]
        if any(self.rebates_too_much(market.rules, tiers) for market in self.markets):
            raise Refused("INVALID_INPUT", "tiers")
        if command.volume_asset != self.rules["volume_asset"]:
            self.forget_volumes(self.now // DAY_US + 1)
        self.change_rules(volume_asset=command.volume_asset, tiers=tiers, tiers_due_at=self.next_midnight())
        self.assign_tiers()
        return []

    def next_midnight(self) -> int:
        return (self.now // DAY_US + 1) * DAY_US

    def assign_tiers(self) -> None:
        today = self.now // DAY_US
        self.forget_volumes(today - 30)
        for account in sorted(self.accounts, key=lambda account: account["id"]):
            traded = sum(volume["amount"] for volume in self.volumes if volume["account"] == account["id"])
            reached = [tier["name"] for tier in self.rules["tiers"] if tier["volume"] <= traded]
            tier = reached[-1] if reached else None
            if tier != account["tier"]:
                self.change_account(account, tier=tier)

    def forget_volumes(self, before: int) -> None:
        old = [volume for volume in self.volumes if volume["day"] < before]
        for volume in sorted(old, key=lambda volume: (volume["account"], volume["day"])):
            self.volumes.remove(volume)
            self.event("VolumeChanged", volume=volume | {"amount": 0})

    def change_account(self, account: dict[str, Any], **changes: Any) -> None:
        account.update(changes)
        self.event("AccountChanged", account=dict(account))

    def change_rules(self, **changes: Any) -> None:
        self.rules.update(changes)
        self.event("RulesChanged", rules=dict(self.rules))

    # Looking things up

    def account(self, account: str, field: str = "account") -> dict[str, Any]:
        for each in self.accounts:
            if each["id"] == account:
                return each
        raise Refused("UNKNOWN_ACCOUNT", field)

    def active_account(self, account: str, field: str = "account") -> dict[str, Any]:
        """Return an account that is not frozen."""
        found = self.account(account, field)
        if found["frozen"]:
            raise Refused("ACCOUNT_FROZEN", field)
        return found

    def market(self, symbol: str) -> Market:
        for market in self.markets:
            if market.symbol == symbol:
                return market
        raise Refused("UNKNOWN_MARKET", "market")

    def check_asset(self, code: str, field: str) -> None:
        if not any(asset.code == code for asset in self.assets):
            raise Refused("UNKNOWN_ASSET", field)

    def decimals(self, asset: str) -> int:
        return next(each.decimals for each in self.assets if each.code == asset)

    def rates(self, account: str, market: Market) -> tuple[int, int]:
        """Return the rates of an account as maker and as taker."""
        mine = self.account(account)
        if mine["house"]:
            return 0, 0
        tiers = [tier for tier in self.rules["tiers"] if tier["name"] == mine["tier"]]
        each = (market.rules, *tiers)
        return min(rates["maker_rate"] for rates in each), min(rates["taker_rate"] for rates in each)

    # Amounts

    def natural(self, units: int | Decimal, asset: str) -> Decimal:
        return Decimal(units).scaleb(-self.decimals(asset))

    def units(self, amount: Decimal, asset: str) -> int:
        units = amount.scaleb(self.decimals(asset))
        assert units == units.to_integral_value(), "an amount finer than its asset"
        return int(units)

    def down(self, amount: Decimal, asset: str) -> Decimal:
        """Return the amount rounded down to whole smallest units."""
        return self.natural(amount.scaleb(self.decimals(asset)) // 1, asset)

    def up(self, amount: Decimal, asset: str) -> Decimal:
        down = self.down(amount, asset)
        return down if down == amount else down + self.natural(1, asset)

    def balance(self, account: str, asset: str) -> list[Decimal]:
        return self.balances.setdefault((account, asset), [Decimal(0), Decimal(0)])

    def post(
        self, kind: str, account: str, asset: str, available: Decimal | int, held: Decimal | int, why: str
    ) -> None:
        balance = self.balance(account, asset)
        balance[0] += available
        balance[1] += held
        changes = {
            "available_change": self.units(Decimal(available), asset),
            "held_change": self.units(Decimal(held), asset),
        }
        after = {"available": self.units(balance[0], asset), "held": self.units(balance[1], asset)}
        self.event("Posted", account=account, asset=asset, kind=kind, reference=why, **changes, **after)

    def plain_asset(self, asset: Any) -> dict[str, Any]:
        return {"code": asset.code, "name": asset.name, "decimals": asset.decimals}


def check_range(value: int, field: str, lowest: int | Decimal, highest: int | Decimal) -> None:
    if not lowest <= value <= highest:
        raise Refused("AMOUNT_OUT_OF_RANGE", field)


def check_text(text: str, field: str) -> None:
    """Refuse control characters and halves of characters, which no database keeps."""
    for character in text:
        if ord(character) < 0x20 or 0xD800 <= ord(character) <= 0xDFFF:
            raise Refused("INVALID_INPUT", field)
