"""What a person chooses for this browser."""

import reflex as rx

from frontend import texts, widgets
from frontend.components.browser import lapse_switch, settings_form
from frontend.components.shell import page
from frontend.state.account import Account


def _account() -> rx.Component:
    return rx.el.section(
        rx.el.h2(texts.SETTINGS["account"]),
        rx.el.span(Account.name, class_name="m grow"),
        rx.cond(Account.operator, rx.el.a(texts.NAVIGATION["operator"], href="/operator/markets", class_name="btn")),
        widgets.sign_out(words=texts.NAVIGATION, class_name="btn"),
        class_name="card whom",
        custom_attrs={"aria-label": texts.SETTINGS["account"]},
    )


def settings() -> rx.Component:
    """The settings page."""
    main = rx.el.main(
        rx.el.h1(texts.SETTINGS["heading"]),
        rx.el.div(settings_form(words=texts.SETTINGS), class_name="settled"),
        rx.cond(Account.signed_in, lapse_switch(words=texts.LAPSE, who=Account.name)),
        rx.cond(Account.signed_in, _account()),
        id="main",
        class_name="wide narrow",
    )
    return page("settings", main)
