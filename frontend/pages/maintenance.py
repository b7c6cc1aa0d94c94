"""What a person sees while the exchange is not ready."""

import reflex as rx

from frontend import texts
from frontend.components.browser import maintenance_facts
from frontend.components.shell import brand


def maintenance() -> rx.Component:
    """The maintenance page: it needs no session and no event socket."""
    return rx.el.div(
        rx.el.header(brand(), class_name="top"),
        rx.el.main(maintenance_facts(words=texts.DOWN), id="main", class_name="apart"),
        class_name="page",
    )
