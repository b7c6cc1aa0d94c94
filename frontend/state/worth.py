"""What balances are worth in one currency, by the last prices of the markets."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from frontend.amounts import MINUS, show

CURRENCIES = ("USDT", "BTC", "ETH")
BRIDGE = "USDT"
DOLLARS = {"USDT", "USDC", "USD", "EUR", "DAI"}
PRECISION = 60
SHOWN_APART_MAX = 4
SMALL = Decimal(1)
CENTS = Decimal("0.01")
EIGHT = Decimal("0.00000001")


@dataclass(frozen=True)
class Holding:
    """What an account has of one asset, and what that is worth."""

    asset: str
    name: str
    available: str
    held: str
    total: str
    nothing_held: bool
    value: str
    share: str
    small: bool
    market: str
    exact: str


@dataclass(frozen=True)
class Slice:
    """A part of the allocation bar."""

    name: str
    share: str
    percent: str
    style: str


@dataclass(frozen=True)
class Worth:
    """All balances together."""

    holdings: list[Holding]
    slices: list[Slice]
    total: str
    held: str
    change: str
    change_percent: str
    rising: bool


class Prices:
    """The price of one asset in another: of their market, its inverse, or through the bridge."""

    def __init__(self, tickers: list[dict[str, Any]], field: str) -> None:
        self._prices = {ticker["market"]: Decimal(ticker[field]) for ticker in tickers if ticker[field] is not None}

    def of(self, asset: str, currency: str) -> Decimal | None:
        """The price, or None where there is none."""
        direct = self._direct(asset, currency)
        if direct is not None:
            return direct
        there, back = self._direct(asset, BRIDGE), self._direct(BRIDGE, currency)
        return there * back if there is not None and back is not None else None

    def _direct(self, asset: str, currency: str) -> Decimal | None:
        if asset == currency:
            return Decimal(1)
        if (price := self._prices.get(f"{asset}-{currency}")) is not None:
            return price
        inverse = self._prices.get(f"{currency}-{asset}")
        return 1 / inverse if inverse else None


def appraise(balances: list[dict[str, Any]], tickers: list[dict[str, Any]], currency: str, other: str) -> Worth:
    """Value balances.

    Args:
        balances: As the API gives them.
        tickers: `market`, `last` and `open24h` of every market.
        currency: The asset in which values are shown.
        other: The word for all that is too small for a part of its own in the bar.

    Returns:
        What the page shows, largest first; an asset without a price has no value and counts for nothing.
    """
    with localcontext() as exact:
        exact.prec = PRECISION
        now, before = Prices(tickers, "last"), Prices(tickers, "open24h")
        worth = [(_value(balance["total"], balance, now, currency), balance) for balance in balances]
        worth.sort(key=lambda pair: (-(pair[0] if pair[0] is not None else Decimal(-1)), pair[1]["asset"]["code"]))
        total = sum((value for value, _ in worth if value is not None), Decimal(0))
        held = sum((_value(balance["held"], balance, now, currency) or Decimal(0) for _, balance in worth), Decimal(0))
        earlier = Decimal(0)
        for value, balance in worth:
            then = _value(balance["total"], balance, before, currency)
            earlier += then if then is not None else value or Decimal(0)
        change = total - earlier
        markets = {ticker["market"] for ticker in tickers}
        return Worth(
            holdings=[_holding(value, balance, total, currency, now, markets) for value, balance in worth],
            slices=_slices(worth, total, other),
            total=_money(total, currency),
            held=_money(held, currency),
            change=_signed(change, currency),
            change_percent=_percent(change * 100 / earlier if earlier else Decimal(0), signed=True),
            rising=change >= 0,
        )


def _value(amount: str, balance: dict[str, Any], prices: Prices, currency: str) -> Decimal | None:
    price = prices.of(balance["asset"]["code"], currency)
    return None if price is None else Decimal(amount) * price


def _holding(
    value: Decimal | None,
    balance: dict[str, Any],
    total: Decimal,
    currency: str,
    now: Prices,
    markets: set[str],
) -> Holding:
    code = balance["asset"]["code"]
    dollars = _value(balance["total"], balance, now, BRIDGE)
    return Holding(
        asset=code,
        name=balance["asset"]["name"],
        available=show(brief(code, balance["available"])),
        held=show(brief(code, balance["held"])),
        total=show(brief(code, balance["total"])),
        nothing_held=not Decimal(balance["held"]),
        value="–" if value is None else _money(value, currency),
        share="–" if value is None or not total else _percent(value * 100 / total),
        small=dollars is not None and dollars < SMALL,
        market=next((market for market in (f"{code}-{BRIDGE}", f"BTC-{code}") if market in markets), ""),
        exact=f"{show(balance['total'])} {code}",
    )


def _slices(worth: list[tuple[Decimal | None, dict[str, Any]]], total: Decimal, other: str) -> list[Slice]:
    if not total:
        return []
    parts = [(balance["asset"]["code"], value) for value, balance in worth if value]
    shown = parts[:SHOWN_APART_MAX]
    rest = sum((value for _, value in parts[SHOWN_APART_MAX:]), Decimal(0))
    named = [*shown, (other, rest)] if rest else shown
    return [
        Slice(name, _percent(value * 100 / total), f"{value * 100 / total:.3f}%", f"s{number}")
        for number, (name, value) in enumerate(named, 1)
    ]


def brief(asset: str, amount: str) -> str:
    """Cut an amount to the decimals that people read: two where it is like a dollar, else at most eight."""
    whole, point, fraction = amount.partition(".")
    digits = 2 if asset in DOLLARS else 8
    return f"{whole}.{fraction[:digits]}" if point else amount


def _money(value: Decimal, currency: str) -> str:
    return show(f"{value.quantize(CENTS if currency == BRIDGE else EIGHT, ROUND_HALF_UP):f}")


def _signed(value: Decimal, currency: str) -> str:
    return ("+" if value > 0 else "") + _money(value, currency)


def _percent(value: Decimal, *, signed: bool = False) -> str:
    size = show(f"{abs(value).quantize(CENTS if signed else Decimal('0.1'), ROUND_HALF_UP):f}")
    sign = ("+" if value > 0 else MINUS if value < 0 else "") if signed else ""
    return f"{sign}{size}\u2009%"
