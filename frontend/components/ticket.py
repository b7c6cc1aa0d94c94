"""The order ticket with the balances of its market."""

import reflex as rx

from frontend import texts, widgets
from frontend.components.icons import icon
from frontend.state.account import Account
from frontend.state.rows import BalanceRow
from frontend.state.ticket import Ticket

T = texts.TICKET
TIMES_IN_FORCE = ["GTC", "IOC", "FOK"]
TYPING_MS = 150
"""So long after the last key the server is told what was typed."""


def _side(side: str, words: str, style: str) -> rx.Component:
    return rx.el.button(
        rx.el.span(class_name="tri"),
        words,
        type="button",
        role="radio",
        on_click=Ticket.choose_side(side),
        class_name=style,
        tab_index=rx.cond(Ticket.side == side, 0, -1),
        custom_attrs={"aria-checked": rx.cond(Ticket.side == side, "true", "false"), "data-side": side.lower()},
    )


def _kind(kind: str, words: str) -> rx.Component:
    return rx.el.button(
        words,
        type="button",
        role="tab",
        on_click=Ticket.choose_kind(kind),
        tab_index=rx.cond(Ticket.kind == kind, 0, -1),
        custom_attrs={"aria-selected": rx.cond(Ticket.kind == kind, "true", "false"), "data-kind": kind.lower()},
    )


def _note(field: str, text: rx.Var[str]) -> rx.Component:
    return rx.cond(
        text != "",
        rx.el.p(icon("alert"), rx.el.span(text), class_name="msg bad", id=f"{field}-note", role="alert"),
    )


def _field(field: str, label: rx.Component, box: rx.Component, note: rx.Var[str]) -> rx.Component:
    return rx.el.div(label, box, _note(field, note), widgets.caution(field=field), class_name="field")


def _box(
    field: str, value: rx.Var[str], on_change: rx.EventHandler, note: rx.Var[str], *after: rx.Component
) -> rx.Component:
    typed = rx.el.input(
        id=field,
        name=field,
        value=value,
        on_change=on_change,
        on_blur=Ticket.tidy(field),
        input_mode="decimal",
        auto_complete="off",
        class_name="n",
        custom_attrs={
            "aria-describedby": f"{field}-note {field}-care",
            "aria-invalid": rx.cond(note != "", "true", "false"),
        },
    )
    return rx.el.div(
        # Without it each answer of the server would overwrite what was typed since.
        rx.debounce_input(typed, debounce_timeout=TYPING_MS),
        *after,
        class_name=rx.cond(note != "", "box bad", "box"),
    )


def _quick(which: str) -> rx.Component:
    return rx.el.button(T[which], type="button", on_click=Ticket.quick_price(which), custom_attrs={"data-quick": which})


def _tick(name: str, words: str, count: int) -> rx.Component:
    return rx.el.button(
        icon(name, "xs"),
        type="button",
        class_name="step",
        on_click=Ticket.step("price", count),
        custom_attrs={"aria-label": words, "data-step": str(count)},
    )


def _price() -> rx.Component:
    box = _box(
        "price",
        Ticket.price,
        Ticket.write_price,
        Ticket.price_note,
        rx.el.span(Ticket.quote, class_name="suf"),
        _tick("minus", T["tick_down"], -1),
        _tick("plus", T["tick_up"], 1),
    )
    label = rx.el.div(
        rx.el.label(T["price"], html_for="price", class_name="lab"),
        rx.el.span(_quick("bid"), _quick("mid"), _quick("ask"), class_name="quick"),
        class_name="row between",
    )
    return rx.cond(Ticket.kind == "LIMIT", _field("price", label, box, Ticket.price_note))


def _amount() -> rx.Component:
    unit = rx.cond(
        (Ticket.kind == "LIMIT") | (Ticket.side == "BUY"),
        rx.el.button(
            rx.cond(Ticket.spends_quote, Ticket.quote, Ticket.base),
            icon("down", "xs"),
            type="button",
            class_name="unit",
            on_click=Ticket.toggle_spend,
            custom_attrs={"aria-label": T["switch_unit"], "data-testid": "unit"},
        ),
        rx.el.span(Ticket.base, class_name="suf"),
    )
    label = rx.el.label(rx.cond(Ticket.spends_quote, T["spend"], T["amount"]), html_for="amount")
    box = _box("amount", Ticket.amount, Ticket.write_amount, Ticket.amount_note, unit)
    return _field("amount", label, box, Ticket.amount_note)


def _share(percent: int, words: str) -> rx.Component:
    return rx.el.button(
        words, type="button", on_click=Ticket.take_share(percent), custom_attrs={"data-share": str(percent)}
    )


def _shares() -> rx.Component:
    quarters = [_share(percent, f"{percent}\u2009%") for percent in (25, 50, 75)]
    return rx.el.div(
        widgets.share_rail(words=T, percent=Ticket.percent, on_share=Ticket.take_share),
        rx.el.div(*quarters, _share(100, T["max"]), class_name="quarters"),
        class_name="pct",
    )


def _receipt() -> rx.Component:
    facts = {
        "market": Ticket.draft["market"].to(str),
        "base": Ticket.base,
        "quote": Ticket.quote,
        "tick": Ticket.tick,
        "lot": Ticket.lot,
        "quote_step": Ticket.quote_step,
        "side": Ticket.side,
        "maker_fee": Ticket.maker_fee,
        "taker_fee": Ticket.taker_fee,
    }
    made = widgets.receipt(
        words=texts.RECEIPT,
        draft=Ticket.draft,
        facts=facts,
        available=Ticket.available,
        own=Account.orders,
        on_refused=Ticket.take_refusals,
    )
    return rx.el.div(made, class_name="receipt-place")


def _options() -> rx.Component:
    post_only = rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=Ticket.post_only,
            on_change=Ticket.toggle_post_only,
            id="post-only",
            name="post_only",
        ),
        T["post_only"],
        class_name="check",
    )
    time_in_force = rx.el.label(
        rx.el.span(T["time_in_force"]),
        rx.el.select(
            *[rx.el.option(name, value=name) for name in TIMES_IN_FORCE],
            value=Ticket.time_in_force,
            on_change=Ticket.choose_time_in_force,
            class_name="sel",
            id="time-in-force",
            name="time_in_force",
        ),
        class_name="row lab",
    )
    return rx.cond(Ticket.kind == "LIMIT", rx.el.div(post_only, time_in_force, class_name="opts"))


def _submit() -> rx.Component:
    button = rx.el.button(
        rx.cond(Ticket.busy, T["placing"], Ticket.submit_label),
        type="submit",
        disabled=Ticket.busy | (Ticket.price_note != "") | (Ticket.amount_note != ""),
        class_name=rx.cond(Ticket.side == "BUY", "btn lg buy block", "btn lg sell block"),
        custom_attrs={"data-testid": "submit-order"},
    )
    door = rx.el.a(T["sign_in_first"], href="/signin", class_name="btn lg primary block")
    return rx.cond(Account.signed_in | ~Account.ready, button, door)


def _balance(row: rx.vars.ObjectVar[BalanceRow]) -> rx.Component:
    return rx.cond(
        (row.asset == Ticket.base) | (row.asset == Ticket.quote),
        rx.el.div(
            rx.el.dt(row.asset),
            rx.el.dd(row.available, rx.el.span(" / ", row.held, class_name="q"), title=row.exact),
            class_name="kv",
            custom_attrs={"data-asset": row.asset},
        ),
    )


def faucet() -> rx.Component:
    """Demonstration money, where the exchange is a demonstration."""
    return rx.cond(
        Account.demonstration,
        rx.el.div(
            rx.el.button(
                T["faucet"],
                type="button",
                class_name="btn sm",
                on_click=Account.get_demonstration_money,
                custom_attrs={"data-testid": "faucet", "title": T["faucet_note"]},
            ),
            class_name="faucet",
        ),
    )


def _balances() -> rx.Component:
    head = rx.el.div(
        rx.el.h3(texts.DOCK["balances"]),
        rx.el.span(texts.DOCK["available_held"], class_name="q"),
        class_name="row between",
    )
    fees = rx.el.div(
        rx.el.dt(T["fees"]),
        rx.el.dd(T["maker"], " ", Ticket.maker_percent, ", ", T["taker"], " ", Ticket.taker_percent, class_name="m"),
        class_name="kv",
    )
    return rx.cond(
        Account.signed_in,
        rx.el.div(head, rx.el.dl(rx.foreach(Account.balances, _balance), fees), faucet(), class_name="bal"),
    )


def ticket() -> rx.Component:
    """The panel on the right."""
    sides = rx.el.div(
        _side("BUY", T["buy"], "up-b"),
        _side("SELL", T["sell"], "down-b"),
        class_name="bs",
        role="radiogroup",
        custom_attrs={"aria-label": T["side"]},
    )
    kinds = rx.el.div(
        _kind("LIMIT", T["limit"]),
        _kind("MARKET", T["market"]),
        class_name="tabs ttabs",
        role="tablist",
        custom_attrs={"aria-label": T["type"]},
    )
    available = rx.cond(
        Account.signed_in | ~Account.ready,
        rx.el.div(
            rx.el.span(T["available"]),
            rx.el.span(
                Ticket.available,
                rx.cond(Account.demonstration, rx.el.a(T["deposit"], href="/wallet", class_name="link")),
                class_name="row",
            ),
            class_name="row between lab",
        ),
    )
    form = rx.el.form(
        rx.el.input(type="hidden", name="form_id", value=Ticket.form_id, read_only=True),
        widgets.sheet_head(words=T),
        sides,
        kinds,
        available,
        _price(),
        _amount(),
        _shares(),
        _options(),
        _receipt(),
        _note("form", Ticket.form_note),
        widgets.stale_note(words=texts.RECEIPT),
        widgets.confirm_field(words={}),
        _submit(),
        on_submit=Ticket.submit,
        class_name="tbody",
        no_validate=True,
        custom_attrs={"data-testid": "ticket"},
    )
    question = widgets.confirm_dialog(
        words=T, question=Ticket.question, on_send=Ticket.send, on_close=Ticket.dismiss_question
    )
    return rx.el.section(
        form, _balances(), question, class_name="panel ticket", custom_attrs={"aria-label": T["title"]}
    )
