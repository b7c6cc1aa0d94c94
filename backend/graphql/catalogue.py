"""The assets and markets of the exchange as the API shows them, with the scale of each market."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from backend.engine import values
from backend.graphql.amounts import Scale, echo
from backend.graphql.errors import bad_user_input
from backend.graphql.markets import Asset, Market


class KnownThings(Protocol):
    """The part of the live views that is needed here."""

    assets: dict[str, values.Asset]
    markets: dict[str, values.Market]


@dataclass(slots=True, frozen=True)
class Listed:
    """One market: the engine's rules, how its numbers are printed, and the object that the API gives."""

    rules: values.Market
    scale: Scale
    shown: Market


class Catalogue:
    """Looks markets and assets up; what is made for one is kept until the engine changes it."""

    def __init__(self, views: KnownThings) -> None:
        self._views = views
        self._listed: dict[str, Listed] = {}
        self._assets: dict[str, Asset] = {}

    @property
    def rules(self) -> Mapping[str, values.Asset]:
        """The engine's assets by code."""
        return self._views.assets

    def asset(self, code: str) -> Asset | None:
        """Return an asset, or None where there is none."""
        found = self._views.assets.get(code)
        if found is None:
            return None
        shown = self._assets.get(code)
        if shown is None:
            shown = self._assets[code] = Asset.of(found)
        return shown

    def assets(self) -> list[Asset]:
        """Return all assets in the order in which they were created."""
        return [asset for code in self._views.assets if (asset := self.asset(code)) is not None]

    def find(self, symbol: str) -> Listed | None:
        """Return a market, or None where there is none."""
        rules = self._views.markets.get(symbol)
        if rules is None:
            return None
        listed = self._listed.get(symbol)
        if listed is None or listed.rules is not rules:
            listed = self._listed[symbol] = self._list(rules)
        return listed

    def listed(self, symbol: str) -> Listed:
        """Return a market that the exchange itself has named."""
        found = self.find(symbol)
        assert found is not None, f"{symbol} came from the engine"
        return found

    def all(self) -> list[Listed]:
        """Return all markets in the order in which they were created."""
        return [self.listed(symbol) for symbol in self._views.markets]

    def wanted(self, symbol: str) -> Listed:
        """Return a market that a caller has named.

        Raises:
            ApiError: BAD_USER_INPUT, there is none.
        """
        found = self.find(symbol)
        if found is None:
            raise bad_user_input(f"There is no market {echo(symbol)}.")
        return found

    def wanted_asset(self, code: str) -> values.Asset:
        """Return an asset that a caller has named.

        Raises:
            ApiError: BAD_USER_INPUT, there is none.
        """
        found = self._views.assets.get(code)
        if found is None:
            raise bad_user_input(f"There is no asset {echo(code)}.")
        return found

    def _list(self, rules: values.Market) -> Listed:
        base, quote = self._views.assets[rules.base], self._views.assets[rules.quote]
        scale = Scale(rules, base, quote)
        shown_base, shown_quote = self.asset(base.code), self.asset(quote.code)
        assert shown_base is not None
        assert shown_quote is not None
        return Listed(rules, scale, Market.of(rules, scale, shown_base, shown_quote))
