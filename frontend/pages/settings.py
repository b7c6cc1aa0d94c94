"""What a person chooses for this browser."""

import reflex as rx

from frontend import texts
from frontend.components.browser import settings_form
from frontend.components.shell import page


def settings() -> rx.Component:
    """The settings page."""
    main = rx.el.main(
        rx.el.h1(texts.SETTINGS["heading"]),
        settings_form(words=texts.SETTINGS),
        id="main",
        class_name="wide narrow",
    )
    return page("settings", main)
