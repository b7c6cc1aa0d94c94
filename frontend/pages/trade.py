"""The terminal of one market, and the way to the first one."""

import reflex as rx

from frontend import texts, widgets
from frontend.components.dock import dock
from frontend.components.shell import page, side_hint
from frontend.components.ticket import ticket
from frontend.state.account import Account
from frontend.state.amending import Amending
from frontend.state.history import History
from frontend.state.terminal import Terminal
from frontend.state.ticket import Ticket


def trade() -> rx.Component:
    """Chart, book, trades, ticket and dock."""
    main = rx.el.main(
        widgets.ticker_bar(words=texts.TICKER, status_words=texts.STATUS | texts.STALE, layout_words=texts.LAYOUT),
        widgets.view_tabs(words=texts.VIEWS),
        widgets.candle_chart(
            words=texts.CHART,
            own=Account.orders,
            signed_in=Account.signed_in,
            on_cancel=Account.cancel,
            on_amend=Amending.amend,
        ),
        rx.el.div(
            widgets.order_book(words=texts.BOOK, own=Account.orders, on_pick=Ticket.pick_price),
            widgets.trade_tape(words=texts.TAPE, signed_in=Account.signed_in),
            widgets.split_handle(words=texts.LAYOUT),
            class_name="bookcol",
        ),
        ticket(),
        dock(),
        widgets.handles(words=texts.LAYOUT),
        widgets.ticket_sheet(words=texts.TICKET),
        widgets.trade_keys(words={}, on_step=Ticket.step, on_clear=Ticket.clear),
        rx.cond(Account.signed_in, widgets.account_feed(on_change=History.refresh, trouble=False, words={})),
        id="main",
        class_name="terminal",
    )
    return page(
        "trade",
        main,
        class_name="page trade",
        foot_parts=(widgets.sequence(words=texts.CONNECTION),),
        hints=(side_hint(),),
    )


def first_market() -> rx.Component:
    """Shown for a moment while the first market is looked up."""
    main = rx.el.main(
        rx.cond(
            Terminal.no_market,
            rx.el.p(texts.MARKETS["empty"], class_name="note"),
            rx.el.p(texts.LOST["opening"], class_name="note"),
        ),
        id="main",
        class_name="wide",
    )
    return page("trade", main)
