"""The order ticket with the balances of its market."""

import reflex as rx

from frontend import texts, widgets
from frontend.components import ticket_fields as fields
from frontend.components.icons import icon
from frontend.state.account import Account
from frontend.state.draft import COMMON, KINDS, PAIR
from frontend.state.rows import BalanceRow
from frontend.state.ticket import Ticket

T = texts.TICKET


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


def _kinds() -> rx.Component:
    """The common kinds as tabs, the others in a choice beside them."""
    others = rx.el.select(
        rx.el.option(T["more_types"], value=""),
        *[rx.el.option(texts.ORDER_TYPES[kind], value=kind) for kind in KINDS if kind not in COMMON],
        value=rx.cond(Ticket.common, "", Ticket.kind),
        on_change=Ticket.choose_kind,
        class_name=rx.cond(Ticket.common, "more-types", "more-types on"),
        id="more-types",
        name="more_types",
        custom_attrs={"aria-label": T["more_types_label"]},
    )
    tabs = rx.el.div(
        *[_kind(kind, texts.ORDER_TYPES[kind]) for kind in COMMON],
        class_name="tabs",
        role="tablist",
        custom_attrs={"aria-label": T["type"]},
    )
    return rx.fragment(
        rx.el.div(tabs, others, class_name="ttabs row"),
        rx.el.p(Ticket.about, class_name="msg", id="about-kind", custom_attrs={"data-testid": "about-kind"}),
    )


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
        "kind": Ticket.kind,
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
    at_once = (Ticket.kind == "LIMIT") | (Ticket.kind == "MARKET")
    return rx.el.div(made, class_name=rx.cond(at_once, "receipt-place", ""))


def _submit() -> rx.Component:
    button = rx.el.button(
        rx.cond(Ticket.busy, T["placing"], rx.cond(Ticket.blocked != "", T["not_taken"], Ticket.submit_label)),
        type="submit",
        disabled=Ticket.busy | Ticket.wrong | (Ticket.blocked != ""),
        class_name=rx.cond(Ticket.side == "BUY", "btn lg buy block", "btn lg sell block"),
        custom_attrs={"data-testid": "submit-order"},
    )
    door = rx.el.a(T["sign_in_first"], href="/signin", class_name="btn lg primary block")
    return rx.cond(Account.signed_in | ~Account.ready, button, door)


def _standing() -> rx.Component:
    """Why nothing can be placed now, or what an auction means for an order."""
    text = rx.cond(Ticket.blocked != "", Ticket.blocked, Ticket.standing)
    return rx.fragment(
        rx.cond(
            text != "",
            rx.el.p(icon("alert"), rx.el.span(text), class_name="msg care", custom_attrs={"data-testid": "standing"}),
        ),
        rx.cond(Ticket.blocked != "", rx.el.p(Ticket.blocked, class_name="sr", role="alert")),
        widgets.status_watch(words={}, on_change=Ticket.look_at_status),
    )


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
        _kinds(),
        available,
        *fields.prices(),
        fields.amount(),
        _shares(),
        fields.options(),
        fields.advanced(),
        rx.cond(Ticket.kind != PAIR, _receipt()),
        fields.note("form"),
        _standing(),
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
