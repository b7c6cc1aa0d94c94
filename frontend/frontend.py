"""The Reflex app: its pages and what they load."""

import logging

import reflex as rx
from reflex.event import EventSpec

from frontend import texts
from frontend.pages.door import signin, signup
from frontend.pages.lost import lost
from frontend.pages.maintenance import maintenance
from frontend.pages.markets import markets
from frontend.pages.operator import operator_markets
from frontend.pages.records import orders
from frontend.pages.settings import settings
from frontend.pages.trade import first_market, trade
from frontend.pages.wallet import wallet
from frontend.state.account import Account
from frontend.state.guard import Guard
from frontend.state.inbox import Inbox
from frontend.state.operator import Operator
from frontend.state.records import Records
from frontend.state.terminal import Terminal
from frontend.state.ticket import Ticket
from frontend.state.wallet import Wallet

logger = logging.getLogger(__name__)

REPORT_LENGTH_MAX = 2000


def report_browser_error(exception: Exception) -> None:
    """Log what a browser reported; the text is the browser's, so it is cut and quoted."""
    logger.warning("A browser reported an error: %r", str(exception)[:REPORT_LENGTH_MAX])


def report_handler_error(exception: Exception) -> EventSpec:
    """Log an event handler's failure and tell the person; Reflex's own toast would need `eval` in the browser."""
    logger.error("An event handler failed.", exc_info=exception)
    return Account.report_failure()


app = rx.App(
    app_wraps={},
    backend_exception_handler=report_handler_error,
    frontend_exception_handler=report_browser_error,
    head_components=[
        rx.el.script(src="/theme.js"),
        rx.el.script(src="/layout.js"),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
    ],
    html_custom_attrs={"data-theme": "dark", "data-palette": "green-up"},
    html_lang="en",
    reset_style=False,
    stylesheets=["/styles.css"],
    toaster=None,
)
app.add_middleware(Guard())
Inbox(app)

app.add_page(markets, route="/", title=texts.MARKETS["title"], on_load=Account.load)
app.add_page(first_market, route="/trade", title=texts.TITLE, on_load=[Account.load, Terminal.open_first])
app.add_page(trade, route="/trade/[symbol]", title=texts.TITLE, on_load=[Account.load, Ticket.open_market])
app.add_page(signin, route="/signin", title=texts.ACCOUNT["signin_title"])
app.add_page(signup, route="/signup", title=texts.ACCOUNT["signup_title"])
app.add_page(orders, route="/orders", title=texts.ORDERS["title"], on_load=[Account.load, Records.load_records])
app.add_page(wallet, route="/wallet", title=texts.WALLET["title"], on_load=[Account.load, Wallet.load_wallet])
app.add_page(settings, route="/settings", title=texts.SETTINGS["title"], on_load=Account.load)
app.add_page(
    operator_markets,
    route="/operator/markets",
    title=texts.OPERATOR["title"],
    on_load=[Account.load, Operator.load_desk],
)
app.add_page(maintenance, route="/maintenance", title=texts.DOWN["title"])
app.add_page(lost, route="/404", title=texts.LOST["title"], on_load=Account.load)
