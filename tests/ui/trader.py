"""What a person does on the Trade page, in a few words."""

from itertools import count
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.support.server import Server

PASSWORD = "correct horse battery staple"
numbers = count(1)


def press(page: Page, *keys: str) -> None:
    """Press single keys, once the page hears them."""
    path = urlsplit(page.url).path
    expect(page.locator(f"html[data-listening='{path}']")).to_be_attached()
    if path.startswith("/trade/"):
        expect(page.locator("#main[data-listening]")).to_be_attached()
    for key in keys:
        page.keyboard.press(key)


def sign_up(page: Page, server: Server, *, confirm: bool = False) -> str:
    """Register in the browser, and say whether orders are to be confirmed; the address that was used."""
    email = f"person{next(numbers)}@example.com"
    page.goto(f"{server.url}/signup?next=/trade/BTC-USDT")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/trade/BTC-USDT")
    expect(page.get_by_test_id("account-menu")).to_contain_text(email)
    page.evaluate("answer => window.rialtoSettings.set('confirm', answer)", "on" if confirm else "off")
    return email


def take_demonstration_money(page: Page) -> None:
    page.get_by_test_id("faucet").first.click()
    expect(page.locator("[data-asset=BTC]")).to_contain_text("2.00000000")


def order(page: Page, side: str, kind: str, amount: str, price: str | None = None) -> None:
    page.locator(f"[data-side={side}]").first.click()
    page.locator(f"[data-kind={kind}]").click()
    if price is not None:
        page.fill("#price", price)
    page.fill("#amount", amount)
    page.get_by_test_id("submit-order").click()


def cancel_all(page: Page) -> None:
    page.get_by_test_id("cancel-all").click()
    page.get_by_test_id("confirm-cancel-all").click()


def ladder(page: Page, side: str) -> list[tuple[str, str]]:
    """Price and amount of the visible levels of a side, best first."""
    rows = page.evaluate(
        """side => [...document.querySelectorAll(`.lv[data-side=${side}]:not([hidden])`)].map(row =>
             [row.dataset.price, row.children[2].lastChild.nodeValue])""",
        side,
    )
    found = [(str(price), str(amount)) for price, amount in rows]
    return found[::-1] if side == "asks" else found


def open_orders(page: Page) -> Any:
    return page.locator("[data-testid=open-orders] tbody tr")
