"""The page for addresses that lead nowhere."""

import reflex as rx

from frontend import texts
from frontend.components.shell import page


def lost() -> rx.Component:
    """Not found."""
    main = rx.el.main(
        rx.el.h1(texts.LOST["heading"]),
        rx.el.a(texts.LOST["way_out"], href="/", class_name="btn"),
        id="main",
        class_name="wide lost",
    )
    return page("", main)
