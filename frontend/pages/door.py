"""Signing in and up."""

import reflex as rx

from frontend import texts, widgets
from frontend.components.icons import icon
from frontend.components.shell import brand

A = texts.ACCOUNT


def _door(mode: str, words: dict[str, str], other: str, way: str, path: str) -> rx.Component:
    card = rx.el.div(
        rx.el.h1(A[f"{mode}_heading"]),
        rx.el.p(other, " ", rx.el.a(way, href=path, class_name="link"), class_name="m"),
        widgets.credentials_form(mode=mode, words=words),
        class_name="card",
    )
    return rx.el.div(
        rx.el.header(
            brand(),
            rx.el.span(class_name="grow"),
            rx.el.a(
                icon("globe", ""),
                href="/settings",
                class_name="ico lg",
                custom_attrs={"aria-label": texts.NAVIGATION["settings"]},
            ),
            widgets.theme_toggle(words=texts.NAVIGATION),
            class_name="top",
        ),
        rx.el.main(
            rx.el.div(card, rx.el.p(icon("lock"), rx.el.span(A["safe"]), class_name="safe"), class_name="box0"),
            id="main",
        ),
        rx.el.footer(
            widgets.markets_open(words=A),
            rx.el.a(texts.NAVIGATION["markets"], href="/"),
            rx.el.a(A["status"], href="/maintenance"),
            class_name="links",
        ),
        class_name="page door",
    )


def signin() -> rx.Component:
    """For those who have an account."""
    return _door("signin", texts.SIGN_IN, A["signin_other"], A["signup_heading"], "/signup")


def signup() -> rx.Component:
    """For those who have none yet."""
    return _door("signup", texts.SIGN_UP, A["signup_other"], A["signin_heading"], "/signin")
