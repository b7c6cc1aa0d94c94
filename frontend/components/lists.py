"""What the tables of several pages have in common: heads, filters, pages."""

from typing import Any

import reflex as rx

from frontend import texts
from frontend.components.icons import icon
from frontend.state.account import Account

WORDS = texts.ORDERS


def head(names: list[tuple[Any, str]], time: Any, actions: Any) -> rx.Component:
    """The head of a table whose last columns are a time, with its zone, and perhaps actions."""
    return rx.el.thead(
        rx.el.tr(
            *[rx.el.th(name, class_name=style, scope="col") for name, style in names],
            rx.el.th(time, " (", Account.zone, ")", class_name="n", scope="col"),
            rx.el.th(rx.el.span(actions, class_name="sr"), class_name="n", scope="col") if actions else rx.fragment(),
        )
    )


def side_of(buy: Any, words: Any) -> rx.Component:
    """A side, as a triangle and a word."""
    return rx.el.span(rx.el.span(class_name="tri"), words, class_name=rx.cond(buy, "side up", "side down"))


def filter_select(label: Any, value: Any, on_change: Any, options: list[tuple[str, Any]]) -> rx.Component:
    """A choice among a few words."""
    return rx.el.select(
        *[rx.el.option(words, value=name) for name, words in options],
        value=value,
        on_change=on_change,
        class_name="sel",
        custom_attrs={"aria-label": label},
    )


def day(label: Any, value: Any, on_change: Any) -> rx.Component:
    """A field for a day."""
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(type="date", value=value, on_change=on_change, class_name="day"),
        class_name="row lab",
    )


def pages_of(number: Any, older: Any, on_newer: Any, on_older: Any) -> rx.Component:
    """The buttons between the pages of a list; nothing while there is only one."""
    return rx.cond(
        older | (number > 1),
        rx.el.nav(
            rx.el.button(
                WORDS["newer"],
                type="button",
                class_name="btn sm",
                disabled=number == 1,
                on_click=on_newer,
                custom_attrs={"data-testid": "newer"},
            ),
            rx.el.span(number, class_name="q", custom_attrs={"data-testid": "page"}),
            rx.el.button(
                WORDS["older"],
                type="button",
                class_name="btn sm",
                disabled=~older,
                on_click=on_older,
                custom_attrs={"data-testid": "older"},
            ),
            class_name="pages row",
            custom_attrs={"aria-label": WORDS["pages"]},
        ),
    )


def trouble(again: Any) -> rx.Component:
    """Said when a list could not be loaded."""
    return rx.el.div(
        rx.el.span(icon("alert"), rx.el.span(WORDS["failed"]), class_name="msg bad", role="alert"),
        rx.el.button(WORDS["again"], type="button", class_name="btn sm", on_click=again),
        class_name="note row",
    )


def waiting() -> rx.Component:
    """Where rows will be."""
    return rx.el.div(
        *[rx.el.i(class_name="bone") for _ in range(3)], class_name="bones", custom_attrs={"aria-busy": "true"}
    )
