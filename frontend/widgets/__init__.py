"""Browser components: they follow the API's subscriptions themselves and never pass through Reflex state."""

from pathlib import Path
from typing import Any

import reflex as rx
from reflex_base.environment import environment
from reflex_base.event import no_args_event_spec

from frontend.state.rows import OrderRow

LIBRARIES = ["lightweight-charts@5.2.1", "graphql-ws@6.4.2", "graphql@16.11.0"]
LINKED = "$/public/external/frontend/widgets"

# Linking makes the files known to the compiler; it takes a while, and a server has no use for it.
if not environment.REFLEX_BACKEND_ONLY.get():
    for _path in sorted(Path(__file__).parent.glob("*.js*")):
        assert rx.asset(_path.name, shared=True).importable_path == f"{LINKED}/{_path.name}"


class Widget(rx.NoSSRComponent):
    """A component of one of the files beside this module, with its texts."""

    lib_dependencies: list[str] = LIBRARIES

    words: rx.Var[dict[str, str]]


class OrderBook(Widget):
    """The order book; `own` are the rows of the person's open orders, `on_pick` gets the chosen level's price."""

    library = f"{LINKED}/order_book.jsx"
    tag = "OrderBook"

    own: rx.Var[list[OrderRow]]

    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class TradeTape(Widget):
    """The newest trades."""

    library = f"{LINKED}/trade_tape.jsx"
    tag = "TradeTape"

    signed_in: rx.Var[bool]


class CandleChart(Widget):
    """Candles with volume, or the depth; `own` are the person's open orders.

    `on_cancel` gets the id of one, `on_amend` an id and the new price by its field's name.
    """

    library = f"{LINKED}/candle_chart.jsx"
    tag = "CandleChart"

    own: rx.Var[list[OrderRow]]
    signed_in: rx.Var[bool]

    on_cancel: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_amend: rx.EventHandler[rx.event.passthrough_event_spec(str, dict[str, str])]


class AmendField(Widget):
    """A field of an order's row; Enter gives all of the row's fields to `on_send`, by name, after the order's id."""

    library = f"{LINKED}/amend.jsx"
    tag = "AmendField"

    field: rx.Var[str]
    value: rx.Var[str]
    order: rx.Var[str]
    said: rx.Var[str]

    on_send: rx.EventHandler[rx.event.passthrough_event_spec(str, dict[str, str])]
    on_leave: rx.EventHandler[no_args_event_spec]


class AmendActions(Widget):
    """The buttons beside those fields."""

    library = f"{LINKED}/amend.jsx"
    tag = "AmendActions"

    order: rx.Var[str]
    said: rx.Var[str]

    on_send: rx.EventHandler[rx.event.passthrough_event_spec(str, dict[str, str])]
    on_leave: rx.EventHandler[no_args_event_spec]


class StatusWatch(Widget):
    """Faceless: says that the market's status, or the whole exchange's, is another now."""

    library = f"{LINKED}/status.jsx"
    tag = "StatusWatch"

    on_change: rx.EventHandler[no_args_event_spec]


class MarketFigure(Widget):
    """One live figure of a market: "last", "volume" or "auction"."""

    library = f"{LINKED}/operator.jsx"
    tag = "MarketFigure"

    market: rx.Var[str]
    figure: rx.Var[str]


class MarketStanding(Widget):
    """A market's status with the reason, as it is now."""

    library = f"{LINKED}/operator.jsx"
    tag = "MarketStanding"

    market: rx.Var[str]


class TickerBar(Widget):
    """The market's name, status and last 24 hours, with the way to other markets and the layout's menu."""

    library = f"{LINKED}/ticker_bar.jsx"
    tag = "TickerBar"

    status_words: rx.Var[dict[str, str]]
    layout_words: rx.Var[dict[str, str]]


class Handles(Widget):
    """The edges of the panels, to be pulled."""

    library = f"{LINKED}/layout.jsx"
    tag = "Handles"


class SplitHandle(Widget):
    """The edge between the book and the trades."""

    library = f"{LINKED}/layout.jsx"
    tag = "SplitHandle"


class ViewTabs(Widget):
    """Chart, depth, book or trades, on a phone."""

    library = f"{LINKED}/phone.jsx"
    tag = "ViewTabs"


class TicketSheet(Widget):
    """Buy and sell at the foot of a phone; they open the ticket as a sheet."""

    library = f"{LINKED}/phone.jsx"
    tag = "TicketSheet"


class SheetHead(Widget):
    """The title of that sheet and its way out."""

    library = f"{LINKED}/phone.jsx"
    tag = "SheetHead"


class TradeKeys(Widget):
    """Faceless: the single keys; `on_step` gets a field and by how many steps to move it, `on_clear` empties both."""

    library = f"{LINKED}/keys.jsx"
    tag = "TradeKeys"

    on_step: rx.EventHandler[rx.event.passthrough_event_spec(str, int)]
    on_clear: rx.EventHandler[no_args_event_spec]


class CancelAll(Widget):
    """The button that cancels the `count` orders of the list, all of them in `market` if that is not empty."""

    library = f"{LINKED}/cancel_all.jsx"
    tag = "CancelAll"

    count: rx.Var[int]
    market: rx.Var[str]
    shown: rx.Var[bool]

    on_cancel: rx.EventHandler[no_args_event_spec]


class MarketsOpen(Widget):
    """Whether all markets are open, in a few words."""

    library = f"{LINKED}/status.jsx"
    tag = "MarketsOpen"


class Connection(Widget):
    """The connection's state."""

    library = f"{LINKED}/status.jsx"
    tag = "Connection"


class Sequence(Widget):
    """The sequence of the book's last change."""

    library = f"{LINKED}/status.jsx"
    tag = "Sequence"


class Clock(Widget):
    """The time of day."""

    library = f"{LINKED}/status.jsx"
    tag = "Clock"


class Receipt(Widget):
    """What the draft would do now; `on_refused` gets what the API says against it, nothing when that is over."""

    library = f"{LINKED}/ticket.jsx"
    tag = "Receipt"

    draft: rx.Var[dict[str, Any]]
    facts: rx.Var[dict[str, str]]
    available: rx.Var[str]
    own: rx.Var[list[OrderRow]]

    on_refused: rx.EventHandler[rx.event.passthrough_event_spec(list[dict[str, Any]])]


class Caution(Widget):
    """A warning about a field of the ticket, "price" or "amount", which the receipt tells."""

    library = f"{LINKED}/cautions.jsx"
    tag = "Caution"

    field: rx.Var[str]


class StaleNote(Widget):
    """The warning that prices are old."""

    library = f"{LINKED}/ticket.jsx"
    tag = "StaleNote"


class ShareRail(Widget):
    """The slider of the share of what is available; `on_share` gets whole percent."""

    library = f"{LINKED}/ticket.jsx"
    tag = "ShareRail"

    percent: rx.Var[int]

    on_share: rx.EventHandler[rx.event.passthrough_event_spec(int)]


class ConfirmField(Widget):
    """A hidden field of the form, `confirm`: "on" or "off"."""

    library = f"{LINKED}/ticket.jsx"
    tag = "ConfirmField"


class ConfirmDialog(Widget):
    """Asks before an order is sent, while there is a `question`."""

    library = f"{LINKED}/ticket.jsx"
    tag = "ConfirmDialog"

    question: rx.Var[str]

    on_send: rx.EventHandler[no_args_event_spec]
    on_close: rx.EventHandler[no_args_event_spec]


class MarketList(Widget):
    """The table of all markets."""

    library = f"{LINKED}/market_list.jsx"
    tag = "MarketList"

    status_words: rx.Var[dict[str, str]]


class CredentialsForm(Widget):
    """E-mail and password; `mode` is "signin" or "signup"."""

    library = f"{LINKED}/account.jsx"
    tag = "CredentialsForm"

    mode: rx.Var[str]


class SignOut(Widget):
    """The button that ends the session."""

    library = f"{LINKED}/account.jsx"
    tag = "SignOut"


class ThemeToggle(Widget):
    """The button between the dark and the light theme."""

    library = f"{LINKED}/account.jsx"
    tag = "ThemeToggle"


class AccountFeed(Widget):
    """Faceless: `on_change` says that orders or balances must be loaded anew, repeatedly while in `trouble`."""

    library = f"{LINKED}/account.jsx"
    tag = "AccountFeed"

    trouble: rx.Var[bool]

    on_change: rx.EventHandler[no_args_event_spec]


order_book = OrderBook.create
trade_tape = TradeTape.create
candle_chart = CandleChart.create
ticker_bar = TickerBar.create
handles = Handles.create
split_handle = SplitHandle.create
view_tabs = ViewTabs.create
ticket_sheet = TicketSheet.create
sheet_head = SheetHead.create
trade_keys = TradeKeys.create
market_figure = MarketFigure.create
market_standing = MarketStanding.create
amend_field = AmendField.create
amend_actions = AmendActions.create
status_watch = StatusWatch.create
cancel_all = CancelAll.create
connection = Connection.create
sequence = Sequence.create
clock = Clock.create
markets_open = MarketsOpen.create
market_list = MarketList.create
credentials_form = CredentialsForm.create
receipt = Receipt.create
caution = Caution.create
stale_note = StaleNote.create
share_rail = ShareRail.create
confirm_field = ConfirmField.create
confirm_dialog = ConfirmDialog.create
sign_out = SignOut.create
theme_toggle = ThemeToggle.create
account_feed = AccountFeed.create
