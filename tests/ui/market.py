"""A market that somebody moves behind the pages' backs, and somebody who looks at it."""

from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.ui.person import Person

BOOK = """query($market: String!) {
    orderBook(market: $market, depth: 50) { bids { price quantity } asks { price quantity } } }"""
TRADES = """query($market: String!) { trades(market: $market, first: 40) { edges { node { id price quantity } } } }"""


class Market:
    """A market that somebody else moves behind the page's back."""

    def __init__(self, server: Server, symbol: str) -> None:
        self.server, self.symbol = server, symbol
        self.base = symbol.partition("-")[0]
        self.maker, self.taker = Person(server), Person(server)
        self.maker.get(self.base, "100")
        self.maker.get("USDT", "90000")
        self.taker.get("USDT", "90000")
        self.sold = 0
        for number in range(5):
            self.maker.place("SELL", "1", str(110 + number), symbol)
            self.maker.place("BUY", "1", str(90 - number), symbol)

    def trade(self, count: int) -> None:
        """Let trades of different sizes happen, and the book change."""
        for _ in range(count):
            self.sold += 1
            size = f"0.{self.sold:02d}"
            self.maker.place("SELL", size, "105", self.symbol)
            self.taker.place("BUY", size, "105", self.symbol)
        self.maker.place("BUY", "0.5", f"{91 + self.sold / 10:.1f}", self.symbol)

    def book(self) -> dict[str, list[tuple[Decimal, Decimal]]]:
        """The book as the API has it, best first."""
        found = self.server.ask(BOOK, {"market": self.symbol})["orderBook"]
        return {side: [(Decimal(n["price"]), Decimal(n["quantity"])) for n in found[side]] for side in ("bids", "asks")}

    def trades(self) -> list[tuple[Decimal, Decimal]]:
        """The trades as the API has them, newest first."""
        edges = self.server.ask(TRADES, {"market": self.symbol})["trades"]["edges"]
        return [(Decimal(edge["node"]["price"]), Decimal(edge["node"]["quantity"])) for edge in edges]


def enter(page: Page, market: Market, person: Person) -> None:
    """Open the Trade page as somebody, and wait until it is live."""
    person.enter(page)
    page.goto(f"{market.server.url}/trade/{market.symbol}")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "yes")
    expect(page.get_by_test_id("account-menu")).to_contain_text(person.email)
    page.evaluate("window.rialtoSettings.set('confirm', 'off')")
