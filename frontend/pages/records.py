"""Open orders, ended ones, and fills."""

import reflex as rx

from frontend import texts
from frontend.components.lists import day, filter_select, head, pages_of, side_of, trouble, waiting
from frontend.components.row_actions import actions, editable
from frontend.components.shell import page
from frontend.state.account import Account
from frontend.state.lines import FillLine, OrderLine
from frontend.state.records import SIDES, STATUSES, TABS, Records

WORDS = texts.ORDERS


def _tab(name: str) -> rx.Component:
    return rx.el.button(
        WORDS[name],
        type="button",
        role="tab",
        on_click=Records.choose_list(name),
        id=f"tab-{name}",
        tab_index=rx.cond(Records.list_tab == name, 0, -1),
        custom_attrs={
            "aria-selected": rx.cond(Records.list_tab == name, "true", "false"),
            "aria-controls": "list",
            "data-list": name,
        },
    )


def _order(line: rx.vars.ObjectVar[OrderLine]) -> rx.Component:
    meter = rx.el.span(
        rx.el.span(rx.el.i(style={"width": line.filled_percent + "%"}), class_name="meter"),
        line.filled_percent + "\u2009%",
        class_name="prog",
    )
    return rx.el.tr(
        rx.el.td(rx.el.a(line.market, href="/trade/" + line.market), class_name="c-mkt"),
        rx.el.td(side_of(line.buy, line.side), class_name="c-side"),
        rx.el.td(line.type, class_name="m c-type"),
        rx.el.td(editable(line, "price", line.limit_typed, line.price), class_name="n c-price"),
        rx.el.td(line.average, class_name="n c-avg"),
        rx.el.td(
            editable(line, "amount", line.amount_typed, line.amount),
            " ",
            rx.el.span(line.base, class_name="q"),
            class_name="n c-amt",
        ),
        rx.el.td(
            editable(
                line, "stop", line.stop_typed, rx.cond(line.waits != "", rx.el.span(line.waits, class_name="m"), meter)
            ),
            class_name="c-fill",
        ),
        rx.el.td(line.value, class_name="n c-val"),
        rx.el.td(line.until, class_name="m c-tif"),
        rx.el.td(line.status, class_name="c-st ending"),
        rx.el.td(line.time, title=line.exact_time, class_name="n m c-time"),
        rx.el.td(rx.cond(line.open, actions(line)), class_name="n c-act"),
        key=line.id,
        custom_attrs={"data-order": line.id, "data-pair": line.pair},
    )


def _fill(line: rx.vars.ObjectVar[FillLine]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.a(line.market, href="/trade/" + line.market), class_name="c-mkt"),
        rx.el.td(side_of(line.buy, line.side), class_name="c-side"),
        rx.el.td(line.price, class_name="n c-price"),
        rx.el.td(line.amount, " ", rx.el.span(line.base, class_name="q"), class_name="n c-amt"),
        rx.el.td(line.value, class_name="n c-val"),
        rx.el.td(line.fee, class_name="n c-fee"),
        rx.el.td(line.role, class_name="m c-type"),
        rx.el.td(line.time, title=line.exact_time, class_name="n m c-time"),
        key=line.id,
        custom_attrs={"data-fill": line.id},
    )


def _orders() -> rx.Component:
    heads = [
        (WORDS["market"], ""),
        (WORDS["side"], ""),
        (WORDS["type"], ""),
        (WORDS["price"], "n"),
        (WORDS["average"], "n"),
        (WORDS["amount"], "n"),
        (WORDS["filled"], ""),
        (WORDS["value"], "n"),
        (WORDS["time_in_force"], "c-tif"),
        (WORDS["status"], ""),
    ]
    table = rx.el.table(
        head(heads, WORDS["time"], WORDS["actions"]),
        rx.el.tbody(rx.foreach(Records.lines, _order)),
        class_name="records",
        custom_attrs={"data-testid": "orders"},
    )
    empty = rx.el.div(
        rx.el.p(rx.cond(Records.list_tab == "open", WORDS["no_open"], WORDS["no_history"])),
        rx.el.a(WORDS["go"], href="/trade", class_name="btn sm"),
        class_name="note row",
    )
    return rx.cond(Records.lines.length() > 0, table, rx.cond(Records.list_ready, empty, waiting()))


def _fills() -> rx.Component:
    heads = [
        (WORDS["market"], ""),
        (WORDS["side"], ""),
        (WORDS["price"], "n"),
        (WORDS["amount"], "n"),
        (WORDS["value"], "n"),
        (WORDS["fee"], "n"),
        (WORDS["role"], ""),
    ]
    table = rx.el.table(
        head(heads, WORDS["time"], None),
        rx.el.tbody(rx.foreach(Records.fill_lines, _fill)),
        class_name="records",
        custom_attrs={"data-testid": "fills"},
    )
    empty = rx.cond(Records.list_ready, rx.el.p(WORDS["no_fills"], class_name="note"), waiting())
    return rx.cond(Records.fill_lines.length() > 0, table, empty)


def _filters() -> rx.Component:
    sides = [(name, texts.SIDES[name] if name else WORDS["all_sides"]) for name in SIDES]
    statuses = [(name, texts.STATUSES[name] if name else WORDS["all_statuses"]) for name in STATUSES]
    listed = Records.list_tab
    return rx.el.div(
        rx.el.select(
            rx.el.option(WORDS["all_markets"], value=""),
            rx.foreach(Records.markets, lambda market: rx.el.option(market, value=market)),
            value=Records.market,
            on_change=Records.filter_market,
            class_name="sel",
            custom_attrs={"aria-label": WORDS["market"], "data-testid": "filter-market"},
        ),
        rx.cond(listed == "open", filter_select(WORDS["side"], Records.side, Records.filter_side, sides)),
        rx.cond(listed == "history", filter_select(WORDS["status"], Records.status, Records.filter_status, statuses)),
        rx.cond(
            listed != "open",
            rx.el.div(
                day(WORDS["since"], Records.since, Records.filter_since),
                day(WORDS["until"], Records.until, Records.filter_until),
                class_name="row",
            ),
        ),
        rx.cond(
            Records.filtered,
            rx.el.button(WORDS["clear"], type="button", class_name="btn sm", on_click=Records.clear_filters),
        ),
        class_name="filters",
        role="group",
        custom_attrs={"aria-label": WORDS["filters"]},
    )


def orders() -> rx.Component:
    """The orders page."""
    tabs = rx.el.div(
        *[_tab(name) for name in TABS], class_name="tabs", role="tablist", custom_attrs={"aria-label": WORDS["heading"]}
    )
    body = rx.el.div(
        rx.cond(Records.list_failed, trouble(Records.load_records)),
        rx.cond(Records.list_tab == "fills", _fills(), _orders()),
        class_name="scroll",
        id="list",
        role="tabpanel",
        custom_attrs={"aria-labelledby": "tab-" + Records.list_tab, "tabIndex": "0"},
    )
    card = rx.el.section(
        rx.el.div(tabs, class_name="phead"),
        _filters(),
        body,
        pages_of(Records.page_number, Records.has_older, Records.newer, Records.older),
        class_name="card",
        custom_attrs={"aria-label": WORDS["heading"]},
    )
    visitor = rx.el.div(
        rx.el.p(WORDS["visitor"]),
        rx.el.a(texts.NAVIGATION["sign_in"], href="/signin?next=/orders", class_name="btn"),
        class_name="card note row",
    )
    main = rx.el.main(
        rx.el.h1(WORDS["heading"]),
        rx.cond(Account.signed_in, card, rx.cond(Account.ready, visitor, rx.el.div(waiting(), class_name="card"))),
        id="main",
        class_name="wide",
    )
    return page("orders", main, on_change=[Account.load, Records.load_records])
