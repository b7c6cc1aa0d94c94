"""How the API prints amounts, prices and quantities: plain at their scale for programs, grouped in words for people."""

from backend import money
from backend.engine.values import Asset, Market
from backend.graphql.scalars import Plain

ECHO_LENGTH_MAX = 40
"""So much of a name that nobody knows is repeated in an error."""
SPOKEN_DECIMALS_MIN = 2
"""An amount in words has at least so many decimals where its asset has them, and no zeros after those."""


class Scale:
    """Prints what belongs to one market: prices at tick scale, quantities at lot scale, amounts at asset scale."""

    def __init__(self, market: Market, base: Asset, quote: Asset) -> None:
        self.market = market
        self.base = base
        self.quote = quote
        self._quote_decimals = quote.decimals
        self._tick_points, self.price_decimals = money.shortest_scale(market.tick_points, market.tick_decimals)
        self._lot_points, self.quantity_decimals = money.shortest_scale(market.lot_units, base.decimals)

    def price(self, ticks: int) -> Plain:
        """Return a price in ticks at tick scale."""
        return Plain(money.plain(ticks * self._tick_points, self.price_decimals))

    def quantity(self, lots: int) -> Plain:
        """Return a quantity in lots at lot scale."""
        return Plain(money.plain(lots * self._lot_points, self.quantity_decimals))

    def value(self, units: int) -> Plain:
        """Return smallest units of the quote asset at its scale."""
        return Plain(money.plain(units, self._quote_decimals))

    def fee(self, units: int, asset: str) -> Plain:
        """Return a fee, which is in one of the market's two assets, at its asset's scale."""
        return amount(units, self.base if asset == self.base.code else self.quote)

    def average(self, value: int, lots: int) -> Plain | None:
        """Return the price that `lots` worth `value` had on average, rounded half up to the quote's decimals."""
        if lots == 0:
            return None
        # value / 10^quote is the sum paid, lots × lot_units / 10^base the quantity; the answer counts 10^-quote again
        return Plain(
            money.plain(
                money.divide_half_up(value * 10**self.base.decimals, lots * self.market.lot_units), self._quote_decimals
            )
        )

    def spoken_price(self, ticks: int) -> str:
        """Return a price in words."""
        return grouped(self.price(ticks))

    def spoken_quantity(self, lots: int) -> str:
        """Return a quantity in words, with its asset."""
        return f"{grouped(self.quantity(lots))} {self.base.code}"


def amount(units: int, asset: Asset) -> Plain:
    """Return smallest units of an asset at its scale."""
    return Plain(money.plain(units, asset.decimals))


def rate(parts: int) -> Plain:
    """Return a fee rate as a fraction with as few decimals as it needs."""
    return Plain(money.plain(*money.shortest_scale(parts, money.RATE_DECIMALS)))


def percent(parts: int) -> Plain:
    """Return a rate as a percentage with as few decimals as it needs."""
    return Plain(money.plain(*money.shortest_scale(parts, money.RATE_DECIMALS - 2)))


def spoken_amount(units: int, asset: Asset, with_code: bool = True) -> str:
    """Return an exact amount in words: `31,290.10 USDT`."""
    points, decimals = money.shortest_scale(units, asset.decimals)
    least = min(SPOKEN_DECIMALS_MIN, asset.decimals)
    if decimals < least:
        points, decimals = points * 10 ** (least - decimals), least
    text = grouped(money.plain(points, decimals))
    return f"{text} {asset.code}" if with_code else text


def grouped(text: str) -> str:
    """Return a plain number with commas between thousands."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, decimals = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{decimals}"


def echo(name: str) -> str:
    """Return a name that nobody knows as an error may repeat it."""
    if not name or not name.isprintable():
        return "of that name"
    return name if len(name) <= ECHO_LENGTH_MAX else f"{name[:ECHO_LENGTH_MAX]}…"
