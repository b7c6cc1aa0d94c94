"""Open orders, order history, fills and balances, under the chart."""

import reflex as rx

from frontend import texts, widgets
from frontend.components.row_actions import actions, editable
from frontend.components.ticket import faucet
from frontend.state.account import Account
from frontend.state.history import History
from frontend.state.rows import BalanceRow, FillRow, OrderRow, PastOrderRow
from frontend.state.ticket import Ticket

D = texts.DOCK


def _head(*names: rx.Component | str | tuple[rx.Component | str]) -> rx.Component:
    """Column heads; a number's head comes in a tuple and stands at the end."""
    cells = [rx.el.th(name[0], class_name="n") if isinstance(name, tuple) else rx.el.th(name) for name in names]
    return rx.el.thead(rx.el.tr(*cells))


def _side(row: rx.Var) -> rx.Component:
    return rx.el.span(rx.el.span(class_name="tri"), row.side, class_name=rx.cond(row.buy, "side up", "side down"))


def _order(row: rx.vars.ObjectVar[OrderRow]) -> rx.Component:
    filled = rx.el.span(
        rx.el.span(rx.el.i(style={"width": row.filled_percent + "%"}), class_name="meter"),
        row.filled_percent + "\u2009%",
        class_name="prog",
    )
    return rx.el.tr(
        rx.el.td(row.market, class_name="m c-mkt"),
        rx.el.td(_side(row), class_name="c-side"),
        rx.el.td(row.type, class_name="c-type"),
        rx.el.td(editable(row, "price", row.limit_typed, row.price), class_name="n c-price"),
        rx.el.td(
            editable(row, "amount", row.amount_typed, row.amount),
            rx.el.span(" ", row.base, class_name="u"),
            class_name="n c-amt",
        ),
        rx.el.td(
            editable(
                row, "stop", row.stop_typed, rx.cond(row.waits != "", rx.el.span(row.waits, class_name="m"), filled)
            ),
            class_name="n c-fill",
        ),
        rx.el.td(row.value, class_name="n c-val"),
        rx.el.td(row.time_in_force, class_name="m c-tif"),
        rx.el.td(row.placed, class_name="n m c-time"),
        rx.el.td(actions(row), class_name="c-act"),
        key=row.id,
        custom_attrs={"data-order": row.id, "data-pair": row.pair},
    )


def _past_order(row: rx.vars.ObjectVar[PastOrderRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.time, class_name="m c-time", title=row.exact_time),
        rx.el.td(row.market, class_name="m c-mkt"),
        rx.el.td(_side(row), class_name="c-side"),
        rx.el.td(row.type, class_name="c-type"),
        rx.el.td(row.price, class_name="n c-price"),
        rx.el.td(row.average, class_name="n c-val"),
        rx.el.td(row.amount, rx.el.span(" ", row.base, class_name="u"), class_name="n c-amt"),
        rx.el.td(row.filled, class_name="n c-tif"),
        rx.el.td(row.until, class_name="m c-mkt"),
        rx.el.td(row.status, class_name="c-fill ending"),
        key=row.id,
    )


def _fill(row: rx.vars.ObjectVar[FillRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.time, class_name="m c-time", title=row.exact_time),
        rx.el.td(row.market, class_name="m c-mkt"),
        rx.el.td(_side(row), class_name="c-side"),
        rx.el.td(row.price, class_name="n c-price"),
        rx.el.td(row.amount, class_name="n c-amt"),
        rx.el.td(row.value, class_name="n c-val"),
        rx.el.td(row.fee, class_name="n c-fill"),
        rx.el.td(row.role, class_name="m c-type"),
        key=row.id,
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
    market, side, kind, price, amount, filled, value, tif, placed = D["head"]
    worth = rx.fragment(value, rx.cond(Account.only_here, " (" + Ticket.quote + ")", ""))
    heads = _head(market, side, kind, (price,), (amount,), (filled,), (worth,), tif, (placed,), _actions())
    return rx.cond(
        Account.order_count > 0,
        rx.el.table(
            heads,
            rx.el.tbody(rx.foreach(Account.shown_orders, _order)),
            class_name=rx.cond(Account.only_here, "one", ""),
            custom_attrs={"data-testid": "open-orders"},
        ),
        rx.el.p(D["no_orders"], class_name="note"),
    )


def _actions() -> rx.Component:
    return rx.el.span(D["actions"], class_name="sr")


def _paged(rows: rx.Var, heads: rx.Component, row: object, empty: str, name: str) -> rx.Component:
    """A table that grows downwards, page by page."""
    more = rx.cond(
        History.more,
        rx.el.button(
            D["more"],
            type="button",
            class_name="btn sm more",
            on_click=History.load_more,
            custom_attrs={"data-testid": "more"},
        ),
    )
    table = rx.el.div(rx.el.table(heads, rx.el.tbody(rx.foreach(rows, row)), custom_attrs={"data-testid": name}), more)
    failed = rx.el.div(
        rx.el.span(D["load_failed"]),
        rx.el.button(D["again_button"], type="button", class_name="btn sm", on_click=History.refresh),
        class_name="note row",
        role="alert",
    )
    waiting = rx.cond(
        History.failed, failed, rx.el.p(D["loading"], class_name="note", custom_attrs={"aria-busy": "true"})
    )
    return rx.cond(
        rows.length() > 0, table, rx.cond(History.known & ~History.failed, rx.el.p(empty, class_name="note"), waiting)
    )


def _history() -> rx.Component:
    heads = _head(
        D["time"],
        D["market"],
        D["side"],
        D["type"],
        (D["price"],),
        (D["average"],),
        (D["amount"],),
        (D["filled"],),
        D["head"][7],
        D["status"],
    )
    return _paged(History.past_orders, heads, _past_order, D["no_history"], "order-history")


def _fills() -> rx.Component:
    heads = _head(
        D["time"], D["market"], D["side"], (D["price"],), (D["amount"],), (D["value"],), (D["fee"],), D["role"]
    )
    return _paged(History.fills, heads, _fill, D["no_fills"], "fills")


def _balances() -> rx.Component:
    asset, *amounts = D["balance_head"]
    heads = _head(asset, *[(name,) for name in amounts])
    return rx.cond(
        Account.balances.length() > 0,
        rx.el.table(
            heads, rx.el.tbody(rx.foreach(Account.balances, _balance)), custom_attrs={"data-testid": "balances"}
        ),
        rx.el.div(rx.el.p(D["no_balances"]), faucet(), class_name="note stack"),
    )


def _tab(name: str, words: str, *more: rx.Component) -> rx.Component:
    chosen = History.view == name
    return rx.el.button(
        words,
        *more,
        type="button",
        role="tab",
        on_click=History.choose_view(name),
        tab_index=rx.cond(chosen, 0, -1),
        custom_attrs={
            "aria-selected": rx.cond(chosen, "true", "false"),
            "aria-controls": "dock-panel",
            "data-dock": name,
        },
    )


def _tools() -> rx.Component:
    only_here = rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=Account.only_here,
            on_change=History.switch_only_here,
            id="only-here",
            name="only_here",
        ),
        D["this_market"],
        class_name="check",
    )
    cancel_all = widgets.cancel_all(
        words={name: D[name] for name in ("cancel_all", "ask_all", "ask_one", "ask_here", "ask_everywhere", "keep")},
        count=Account.order_count,
        market=rx.cond(Account.only_here, Ticket.base + "-" + Ticket.quote, ""),
        shown=History.view == "orders",
        on_cancel=Account.cancel_all,
    )
    return rx.cond(
        Account.signed_in,
        rx.el.div(rx.cond(History.view != "balances", only_here), cancel_all, class_name="row hidem"),
    )


def dock() -> rx.Component:
    """The panel at the bottom."""
    count = rx.cond(Account.order_count > 0, rx.el.span(Account.order_count, class_name="count"))
    head = rx.el.div(
        rx.el.div(
            _tab("orders", D["orders"], count),
            _tab("history", D["history"]),
            _tab("fills", D["fills"]),
            _tab("balances", D["balances"]),
            class_name="tabs",
            role="tablist",
            custom_attrs={"aria-label": D["title"]},
        ),
        rx.el.span(class_name="grow"),
        rx.cond(Account.signed_in & Account.trouble, rx.el.span(D["again"], class_name="badge warn")),
        _tools(),
        class_name="phead",
    )
    tables = rx.match(History.view, ("history", _history()), ("fills", _fills()), ("balances", _balances()), _orders())
    body = rx.cond(
        Account.signed_in,
        tables,
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
