"""Open orders and balances, under the chart."""

import reflex as rx

from frontend import texts
from frontend.components.icons import icon
from frontend.components.ticket import faucet
from frontend.state.account import Account
from frontend.state.rows import BalanceRow, OrderRow

D = texts.DOCK
RIGHT = {"Price", "Amount", "Filled", "Value", "Placed (UTC)", "Available", "Held", "Total"}


def _head(names: list[str], *more: rx.Component) -> rx.Component:
    cells = [rx.el.th(name, class_name="n" if name in RIGHT else "") for name in names]
    return rx.el.thead(rx.el.tr(*cells, *more))


def _order(row: rx.vars.ObjectVar[OrderRow]) -> rx.Component:
    side = rx.el.span(rx.el.span(class_name="tri"), row.side, class_name=rx.cond(row.buy, "side up", "side down"))
    filled = rx.el.span(
        rx.el.span(rx.el.i(style={"width": row.filled_percent + "%"}), class_name="meter"),
        row.filled_percent + "\u2009%",
        class_name="prog",
    )
    cancel = rx.el.button(
        icon("x"),
        type="button",
        class_name="ico",
        on_click=Account.cancel(row.id),
        custom_attrs={"aria-label": row.cancel_label, "data-testid": "cancel"},
    )
    return rx.el.tr(
        rx.el.td(row.market, class_name="m c-mkt"),
        rx.el.td(side, class_name="c-side"),
        rx.el.td(row.type, class_name="c-type"),
        rx.el.td(row.price, class_name="n c-price"),
        rx.el.td(row.amount, rx.el.span(" ", row.base, class_name="u"), class_name="n c-amt"),
        rx.el.td(filled, class_name="n c-fill"),
        rx.el.td(row.value, class_name="n c-val"),
        rx.el.td(row.time_in_force, class_name="m c-tif"),
        rx.el.td(row.placed, class_name="n m c-time"),
        rx.el.td(rx.el.span(cancel, class_name="acts"), class_name="c-act"),
        key=row.id,
        custom_attrs={"data-order": row.id},
    )


def _balance(row: rx.vars.ObjectVar[BalanceRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.asset),
        rx.el.td(row.available, class_name="n"),
        rx.el.td(row.held, class_name="n"),
        rx.el.td(row.total, class_name="n", title=row.exact),
        key=row.asset,
    )


def _orders() -> rx.Component:
    actions = rx.el.th(rx.el.span(D["actions"], class_name="sr"), class_name="n")
    return rx.cond(
        Account.order_count > 0,
        rx.el.table(
            _head(D["head"], actions),
            rx.el.tbody(rx.foreach(Account.shown_orders, _order)),
            custom_attrs={"data-testid": "open-orders"},
        ),
        rx.el.p(D["no_orders"], class_name="note"),
    )


def _balances() -> rx.Component:
    return rx.cond(
        Account.balances.length() > 0,
        rx.el.table(_head(D["balance_head"]), rx.el.tbody(rx.foreach(Account.balances, _balance))),
        rx.el.div(rx.el.p(D["no_balances"]), faucet(), class_name="note stack"),
    )


def _tab(name: str, words: str, *more: rx.Component) -> rx.Component:
    return rx.el.button(
        words,
        *more,
        type="button",
        role="tab",
        on_click=Account.choose_tab(name),
        custom_attrs={"aria-selected": rx.cond(Account.tab == name, "true", "false"), "aria-controls": "dock-panel"},
    )


def dock() -> rx.Component:
    """The panel at the bottom."""
    count = rx.cond(Account.order_count > 0, rx.el.span(Account.order_count, class_name="count"))
    tools = rx.cond(
        Account.signed_in & (Account.tab == "orders"),
        rx.el.div(
            rx.el.label(
                rx.el.input(type="checkbox", checked=Account.only_here, on_change=Account.toggle_only_here),
                D["this_market"],
                class_name="check",
            ),
            rx.cond(
                Account.order_count > 0,
                rx.el.button(
                    D["cancel_all"],
                    " (",
                    Account.order_count,
                    ")",
                    type="button",
                    class_name="btn sm",
                    on_click=Account.cancel_all,
                    custom_attrs={"data-testid": "cancel-all"},
                ),
            ),
            class_name="row hidem",
        ),
    )
    head = rx.el.div(
        rx.el.div(
            _tab("orders", D["orders"], count),
            _tab("balances", D["balances"]),
            class_name="tabs",
            role="tablist",
            custom_attrs={"aria-label": D["title"]},
        ),
        rx.el.span(class_name="grow"),
        rx.cond(Account.signed_in & Account.trouble, rx.el.span(D["again"], class_name="badge warn")),
        tools,
        class_name="phead",
    )
    body = rx.cond(
        Account.signed_in,
        rx.cond(Account.tab == "orders", _orders(), _balances()),
        rx.cond(
            Account.trouble,
            rx.el.p(D["failed"], class_name="note"),
            rx.cond(Account.ready, rx.el.p(D["visitor"], class_name="note")),
        ),
    )
    return rx.el.section(
        head,
        rx.el.div(body, class_name="scroll", id="dock-panel", role="tabpanel"),
        class_name="panel dock",
        custom_attrs={"aria-label": D["title"]},
    )
