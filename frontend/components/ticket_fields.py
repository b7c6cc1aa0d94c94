"""The fields of the order ticket: numbers with their steps, and what is chosen under "advanced"."""

from typing import Any

import reflex as rx

from frontend import texts, widgets
from frontend.components.icons import icon
from frontend.state.draft import PAIR, PREVENTIONS, TIMES_IN_FORCE
from frontend.state.ticket import Ticket

T = texts.TICKET
TYPING_MS = 150
"""So long after the last key the server is told what was typed."""


def note(field: str) -> rx.Component:
    """What is to be said beside a field."""
    text = Ticket.notes[field]
    return rx.cond(
        text != "",
        rx.el.p(icon("alert"), rx.el.span(text), class_name="msg bad", id=f"{field}-note", role="alert"),
    )


def _if_shown(field: str, label: rx.Component, box: rx.Component) -> rx.Component:
    return rx.cond(
        Ticket.shown.contains(field),
        rx.el.div(label, box, note(field), widgets.caution(field=field), class_name="field"),
    )


def _described(field: str) -> dict[str, Any]:
    return {
        "aria-describedby": f"{field}-note {field}-care",
        "aria-invalid": rx.cond(Ticket.notes[field] != "", "true", "false"),
    }


def _box(field: str, value: rx.Var[str], *after: rx.Component) -> rx.Component:
    typed = rx.el.input(
        id=field,
        name=field,
        value=value,
        on_change=Ticket.write(field),
        on_blur=Ticket.tidy(field),
        input_mode="decimal",
        auto_complete="off",
        class_name="n",
        custom_attrs=_described(field),
    )
    return rx.el.div(
        # Without it each answer of the server would overwrite what was typed since.
        rx.debounce_input(typed, debounce_timeout=TYPING_MS),
        *after,
        class_name=rx.cond(Ticket.notes[field] != "", "box bad", "box"),
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


def _label(field: str, words: Any) -> rx.Component:
    return rx.el.label(words, html_for=field)


def _unit(words: Any) -> rx.Component:
    return rx.el.span(words, class_name="suf")


def prices() -> list[rx.Component]:
    """Stop price, limit price, the limit of a pair's stop order, and the distance of a trailing stop."""
    price = _box(
        "price",
        Ticket.price,
        _unit(Ticket.quote),
        _tick("minus", T["tick_down"], -1),
        _tick("plus", T["tick_up"], 1),
    )
    label = rx.el.div(
        rx.el.label(T["price"], html_for="price", class_name="lab"),
        rx.el.span(_quick("bid"), _quick("mid"), _quick("ask"), class_name="quick"),
        class_name="row between",
    )
    trail_unit = rx.el.button(
        rx.cond(Ticket.trails_percent, "%", Ticket.quote),
        icon("down", "xs"),
        type="button",
        class_name="unit",
        on_click=Ticket.toggle_trail,
        custom_attrs={"aria-label": T["switch_trail"], "data-testid": "trail-unit"},
    )
    optional = rx.cond((Ticket.kind == PAIR) & (Ticket.side == "SELL"), T["stop_limit_optional"], T["stop_limit"])
    return [
        _if_shown("stop", _label("stop", T["stop"]), _box("stop", Ticket.stop, _unit(Ticket.quote))),
        _if_shown("price", label, price),
        _if_shown(
            "stop_limit", _label("stop_limit", optional), _box("stop_limit", Ticket.stop_limit, _unit(Ticket.quote))
        ),
        _if_shown("trail", _label("trail", T["trail"]), _box("trail", Ticket.trail, trail_unit)),
    ]


def amount() -> rx.Component:
    """The amount, in the base asset or, where that makes sense, as a sum of the quote asset."""
    unit = rx.cond(
        Ticket.priced | ((Ticket.kind == "MARKET") & (Ticket.side == "BUY")),
        rx.el.button(
            rx.cond(Ticket.spends_quote, Ticket.quote, Ticket.base),
            icon("down", "xs"),
            type="button",
            class_name="unit",
            on_click=Ticket.toggle_spend,
            custom_attrs={"aria-label": T["switch_unit"], "data-testid": "unit"},
        ),
        _unit(rx.cond(Ticket.spends_quote, Ticket.quote, Ticket.base)),
    )
    label = _label("amount", rx.cond(Ticket.spends_quote, T["spend"], T["amount"]))
    return _if_shown("amount", label, _box("amount", Ticket.amount, unit))


def options() -> rx.Component:
    """Post-only and how long the order lives, for an order that can rest; until when, where that is chosen."""
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
    expire = rx.el.div(
        rx.el.input(
            type="datetime-local",
            id="expire",
            name="expire",
            value=Ticket.expire,
            on_change=Ticket.write("expire"),
            custom_attrs=_described("expire"),
        ),
        class_name=rx.cond(Ticket.notes["expire"] != "", "box bad", "box"),
    )
    zoned = rx.fragment(T["expire"], " (", Ticket.zone, ")")
    terms = rx.el.div(
        rx.cond(Ticket.shown.contains("visible"), post_only, rx.el.span()), time_in_force, class_name="opts"
    )
    return rx.fragment(
        rx.cond(Ticket.limited, terms),
        _if_shown("expire", _label("expire", zoned), expire),
    )


def advanced() -> rx.Component:
    """An iceberg's visible amount, and what happens where one's own order is met."""
    visible = _if_shown("visible", _label("visible", T["visible"]), _box("visible", Ticket.visible, _unit(Ticket.base)))
    prevention = rx.el.label(
        rx.el.span(T["prevention"], class_name="lab"),
        rx.el.select(
            *[rx.el.option(texts.PREVENTIONS[name], value=name) for name in PREVENTIONS],
            value=Ticket.prevention,
            on_change=Ticket.choose_prevention,
            class_name="sel ctl",
            id="prevention",
            name="prevention",
        ),
        class_name="field",
    )
    return rx.cond(
        Ticket.kind != PAIR,
        rx.el.details(
            rx.el.summary(T["advanced"], icon("down", "xs")),
            rx.el.div(visible, prevention, class_name="stack"),
            class_name="adv",
            custom_attrs={"data-testid": "advanced"},
        ),
    )
