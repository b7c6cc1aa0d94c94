"""Balances with their worth, the faucet, and the ledger."""

import reflex as rx

from frontend import texts
from frontend.components.icons import icon
from frontend.components.lists import day, filter_select, head, pages_of, trouble, waiting
from frontend.components.shell import page
from frontend.state.account import Account
from frontend.state.lines import LedgerLine
from frontend.state.wallet import Wallet
from frontend.state.worth import CURRENCIES, Holding, Slice

W = texts.WALLET


def _slice(part: rx.vars.ObjectVar[Slice]) -> rx.Component:
    return rx.el.i(class_name=part.style, style={"width": part.percent}, key=part.name)


def _legend(part: rx.vars.ObjectVar[Slice]) -> rx.Component:
    return rx.el.li(rx.el.i(class_name=part.style), part.name, rx.el.span(part.share, class_name="m"), key=part.name)


def _figure(label: rx.Component | str, *value: rx.Component) -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(*value))


def _summary() -> rx.Component:
    total = rx.el.div(
        rx.el.span(W["total"], class_name="lab"),
        rx.el.span(
            rx.el.span(Wallet.total, custom_attrs={"data-testid": "total"}),
            " ",
            filter_select(
                W["currency"], Wallet.currency, Wallet.choose_currency, [(code, code) for code in CURRENCIES]
            ),
            class_name="v",
        ),
        class_name="stack tight",
    )
    change = rx.el.span(Wallet.change_percent, "\u2002", Wallet.change, class_name=rx.cond(Wallet.rising, "up", "down"))
    facts = rx.el.dl(
        _figure(W["day"], change), _figure(W["held_in_orders"], rx.el.span(Wallet.held_total)), class_name="trio"
    )
    return rx.el.section(
        rx.el.div(total, rx.el.span(class_name="grow"), facts, class_name="total"),
        rx.cond(
            Wallet.slices.length() > 0,
            rx.el.div(rx.foreach(Wallet.slices, _slice), class_name="alloc", custom_attrs={"aria-hidden": "true"}),
        ),
        rx.el.ul(rx.foreach(Wallet.slices, _legend), class_name="key"),
        class_name="card sum",
        custom_attrs={"aria-label": W["total"]},
    )


def _holding(row: rx.vars.ObjectVar[Holding]) -> rx.Component:
    asset = rx.el.div(
        rx.el.span(row.asset[0], class_name="coin", custom_attrs={"aria-hidden": "true"}),
        rx.el.div(rx.el.div(row.asset, class_name="b"), rx.el.div(row.name, class_name="q")),
        class_name="asset",
    )
    trade = rx.cond(row.market != "", rx.el.a(W["trade"], href="/trade/" + row.market, class_name="quiet-link"))
    return rx.el.tr(
        rx.el.td(asset, class_name="c-a"),
        rx.el.td(row.available, class_name="n c-av"),
        rx.el.td(row.held, class_name=rx.cond(row.nothing_held, "n q c-h", "n c-h")),
        rx.el.td(row.total, title=row.exact, class_name="n c-t"),
        rx.el.td(row.value, class_name="n c-v"),
        rx.el.td(row.share, class_name="n m c-s"),
        rx.el.td(trade, class_name="n c-act"),
        key=row.asset,
        custom_attrs={"data-holding": row.asset},
    )


def _balances() -> rx.Component:
    heads = rx.el.thead(
        rx.el.tr(
            rx.el.th(W["asset"], scope="col"),
            *[rx.el.th(W[name], class_name="n", scope="col") for name in ("available", "held", "sum")],
            rx.el.th(W["value"], " (", Wallet.currency, ")", class_name="n", scope="col"),
            rx.el.th(W["share"], class_name="n", scope="col"),
            rx.el.th(rx.el.span(W["actions"], class_name="sr"), scope="col"),
        )
    )
    small = rx.el.label(
        rx.el.input(type="checkbox", checked=Wallet.hide_small, on_change=Wallet.toggle_small),
        W["hide_small"],
        class_name="check",
    )
    table = rx.el.table(heads, rx.el.tbody(rx.foreach(Wallet.shown_holdings, _holding)), class_name="assets")
    empty = rx.cond(Wallet.wallet_ready, rx.el.p(W["empty"], class_name="note"))
    return rx.el.section(
        rx.el.div(rx.el.h2(W["balances"]), rx.el.span(class_name="grow"), small, class_name="phead"),
        rx.cond(Wallet.wallet_failed, trouble(Wallet.load_wallet)),
        rx.el.div(
            rx.cond(Wallet.holdings.length() > 0, table, empty),
            class_name="scroll",
            custom_attrs={"tabIndex": "0", "role": "region", "aria-label": W["balances"]},
        ),
        class_name="card",
        custom_attrs={"data-testid": "balances"},
    )


def _entry(line: rx.vars.ObjectVar[LedgerLine]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.kind, class_name="c-a"),
        rx.el.td(line.amount, " ", line.asset, title=line.exact, class_name="n c-am"),
        rx.el.td(line.after, class_name="n m c-st"),
        rx.el.td(line.time, title=line.exact_time, class_name="n m c-time"),
        key=line.id,
    )


def _ledger() -> rx.Component:
    filters = rx.el.div(
        rx.el.select(
            rx.el.option(W["all_assets"], value=""),
            rx.foreach(Wallet.assets, lambda asset: rx.el.option(asset, value=asset)),
            value=Wallet.ledger_asset,
            on_change=Wallet.filter_asset,
            class_name="sel",
            custom_attrs={"aria-label": W["asset"], "data-testid": "ledger-asset"},
        ),
        day(texts.ORDERS["since"], Wallet.ledger_since, Wallet.filter_ledger_since),
        day(texts.ORDERS["until"], Wallet.ledger_until, Wallet.filter_ledger_until),
        class_name="filters",
        role="group",
        custom_attrs={"aria-label": texts.ORDERS["filters"]},
    )
    table = rx.el.table(
        head([(W["kind"], ""), (W["amount"], "n"), (W["after"], "n")], W["time"], None),
        rx.el.tbody(rx.foreach(Wallet.ledger, _entry)),
        class_name="hist",
        custom_attrs={"data-testid": "ledger"},
    )
    return rx.el.section(
        rx.el.div(rx.el.h2(W["ledger"]), class_name="phead"),
        filters,
        rx.el.div(
            rx.cond(
                Wallet.ledger.length() > 0,
                table,
                rx.cond(Wallet.wallet_ready, rx.el.p(W["no_entries"], class_name="note")),
            ),
            class_name="scroll",
            custom_attrs={"tabIndex": "0", "role": "region", "aria-label": W["ledger"]},
        ),
        pages_of(Wallet.ledger_page, Wallet.ledger_older, Wallet.ledger_go_newer, Wallet.ledger_go_older),
        class_name="card",
    )


def _faucet() -> rx.Component:
    note = rx.cond(
        Wallet.faucet_note != "",
        rx.el.p(icon("alert"), rx.el.span(Wallet.faucet_note), class_name="msg bad", id="faucet-note", role="alert"),
    )
    form = rx.el.form(
        rx.el.div(
            rx.el.label(W["asset"], html_for="faucet-asset"),
            rx.el.select(
                rx.foreach(Wallet.assets, lambda asset: rx.el.option(asset, value=asset)),
                id="faucet-asset",
                name="faucet_asset",
                value=Wallet.faucet_asset,
                on_change=Wallet.choose_faucet_asset,
                class_name="sel ctl",
            ),
            class_name="field",
        ),
        rx.el.div(
            rx.el.label(W["amount"], html_for="faucet-amount"),
            rx.el.div(
                rx.el.input(
                    id="faucet-amount",
                    name="faucet_amount",
                    default_value="1000",
                    input_mode="decimal",
                    auto_complete="off",
                    class_name="n",
                    custom_attrs={
                        "aria-describedby": "faucet-note",
                        "aria-invalid": rx.cond(Wallet.faucet_note != "", "true", "false"),
                    },
                ),
                rx.el.span(Wallet.faucet_asset, class_name="suf"),
                class_name=rx.cond(Wallet.faucet_note != "", "box bad", "box"),
            ),
            note,
            class_name="field",
        ),
        rx.el.p(icon("alert"), rx.el.span(W["faucet_note"]), class_name="msg care"),
        rx.el.button(
            texts.TICKET["faucet"],
            type="submit",
            class_name="btn primary block",
            custom_attrs={"data-testid": "ask-faucet"},
        ),
        on_submit=Wallet.ask_faucet,
        no_validate=True,
        class_name="body",
    )
    return rx.cond(
        Account.demonstration,
        rx.el.section(
            rx.el.div(rx.el.h2(W["faucet"]), class_name="phead"),
            form,
            class_name="card",
            custom_attrs={"aria-label": W["faucet"]},
        ),
    )


def wallet() -> rx.Component:
    """The wallet page."""
    visitor = rx.el.div(
        rx.el.p(W["visitor"]),
        rx.el.a(texts.NAVIGATION["sign_in"], href="/signin?next=/wallet", class_name="btn"),
        class_name="card note row",
    )
    content = rx.el.div(
        rx.el.div(_summary(), _balances(), _ledger(), class_name="col"),
        rx.el.div(_faucet(), class_name="col side-col"),
        class_name="two",
    )
    main = rx.el.main(
        rx.el.h1(W["heading"], class_name="sr"),
        rx.cond(
            Account.signed_in,
            rx.cond(Wallet.wallet_ready | Wallet.wallet_failed, content, waiting()),
            rx.cond(Account.ready, visitor, waiting()),
        ),
        id="main",
        class_name="wide walletp",
    )
    return page("wallet", main, on_change=[Account.load, Wallet.load_wallet])
