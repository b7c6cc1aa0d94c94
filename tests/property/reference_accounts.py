"""What the reference knows of assets, markets, accounts and balances, in natural units."""

from decimal import Decimal
from typing import Any

from tests.property.plain import PlainEvent
from tests.property.reference_orders import Market, Refused

LIMIT = Decimal(10) ** 37
"""No amount reaches this many smallest units."""


class ReferenceAccounts:
    """Assets, markets, accounts and balances; the exchange itself is built on it."""

    def __init__(self) -> None:
        self.assets: list[Any] = []
        self.markets: list[Market] = []
        self.accounts: list[str] = []
        self.balances: dict[tuple[str, str], list[Decimal]] = {}
        self.events: list[PlainEvent] = []

    def event(self, name: str, **fields: Any) -> None:
        self.events.append((name, fields))

    def CreateAsset(self, command: Any) -> list[Any]:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        if not 1 <= len(command.code) <= 12 or any(letter not in letters for letter in command.code):
            raise Refused("INVALID_INPUT", "code")
        if not 0 <= command.decimals <= 18:
            raise Refused("INVALID_INPUT", "decimals")
        check_text(command, "name")
        if any(asset.code == command.code for asset in self.assets):
            raise Refused("ALREADY_EXISTS", "code")
        self.assets.append(command)
        self.event("AssetCreated", asset=self.plain_asset(command))
        return []

    def CreateMarket(self, command: Any) -> list[Any]:
        for side in ("base", "quote"):
            if not any(asset.code == getattr(command, side) for asset in self.assets):
                raise Refused("UNKNOWN_ASSET", side)
        if command.base == command.quote:
            raise Refused("INVALID_INPUT", "quote")
        if any(market.symbol == f"{command.base}-{command.quote}" for market in self.markets):
            raise Refused("ALREADY_EXISTS", "base")
        for field in ("tick_points", "lot_units"):
            check_range(command, field, 1, LIMIT - 1)
        check_range(command, "tick_decimals", 0, 30)
        check_range(command, "minimum_notional", 0, LIMIT - 1)
        if command.maximum_lots is not None:
            check_range(command, "maximum_lots", 1, LIMIT - 1)
        check_range(command, "open_orders_per_account", 1, 2**31 - 1)
        for field in ("maker_rate", "taker_rate"):
            check_range(command, field, 0, 10**8)
        market = Market(command, self.decimals(command.base), self.decimals(command.quote))
        if market.value_units < 1 or market.value_units % 1 != 0:
            raise Refused("INVALID_INPUT", "tick_points")
        if market.value_units >= LIMIT:
            raise Refused("AMOUNT_OUT_OF_RANGE", "tick_points")
        self.markets.append(market)
        self.event("MarketChanged", market=market.plain())
        return []

    def SetMarketStatus(self, command: Any) -> list[Any]:
        market = self.market(command.market)
        if command.status.value in ("POST_ONLY", "AUCTION"):
            raise Refused("INVALID_INPUT", "status")
        check_text(command, "reason")
        market.status, market.reason = command.status.value, command.reason
        self.event("MarketChanged", market=market.plain())
        return []

    def OpenAccount(self, command: Any) -> list[Any]:
        if not 1 <= len(command.account) <= 64 or ":" in command.account:
            raise Refused("INVALID_INPUT", "account")
        check_text(command, "account")
        if command.account in self.accounts:
            raise Refused("ALREADY_EXISTS", "account")
        self.accounts.append(command.account)
        self.event("AccountOpened", account=command.account)
        return []

    def AdvanceTime(self, command: Any) -> list[Any]:
        self.event("TimeAdvanced")
        return []

    def check_account(self, account: str) -> None:
        if account not in self.accounts:
            raise Refused("UNKNOWN_ACCOUNT", "account")

    def market(self, symbol: str) -> Market:
        for market in self.markets:
            if market.symbol == symbol:
                return market
        raise Refused("UNKNOWN_MARKET", "market")

    def decimals(self, asset: str) -> int:
        return next(each.decimals for each in self.assets if each.code == asset)

    def natural(self, units: int | Decimal, asset: str) -> Decimal:
        return Decimal(units).scaleb(-self.decimals(asset))

    def units(self, amount: Decimal, asset: str) -> int:
        units = amount.scaleb(self.decimals(asset))
        assert units == units.to_integral_value(), "an amount finer than its asset"
        return int(units)

    def fee(self, received: Decimal, asset: str, rate: int) -> Decimal:
        exact = received * Decimal(rate).scaleb(-8)
        down = self.natural(exact.scaleb(self.decimals(asset)) // 1, asset)
        return down if down == exact else down + self.natural(1, asset)

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


def check_range(command: Any, field: str, lowest: int, highest: int | Decimal) -> None:
    if not lowest <= getattr(command, field) <= highest:
        raise Refused("AMOUNT_OUT_OF_RANGE", field)


def check_text(command: Any, field: str) -> None:
    """Refuse control characters and halves of characters, which no database keeps."""
    for character in getattr(command, field):
        if ord(character) < 0x20 or 0xD800 <= ord(character) <= 0xDFFF:
            raise Refused("INVALID_INPUT", field)
