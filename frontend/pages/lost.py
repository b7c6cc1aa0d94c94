"""The page for addresses that lead nowhere."""

import reflex as rx

from frontend import texts
from frontend.components.browser import lost_search
from frontend.components.shell import page


def lost() -> rx.Component:
    """Not found, with a search of the markets."""
    main = rx.el.main(
        rx.el.h1(texts.LOST["heading"]),
        lost_search(words=texts.LOST),
        rx.el.a(texts.LOST["way_out"], href="/", class_name="link"),
        id="main",
        class_name="apart",
    )
    return page("", main)
