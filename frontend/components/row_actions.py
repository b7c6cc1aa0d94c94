"""What can be done with an open order where it is listed: amend it in its row, or cancel it."""

from typing import Any

import reflex as rx

from frontend import texts, widgets
from frontend.components.icons import icon
from frontend.state.account import Account
from frontend.state.amending import Amending

WORDS = texts.AMEND


def editable(row: Any, field: str, typed: rx.Var[str], shown: Any) -> rx.Component:
    """A cell's content, or a field for it while the order is amended; `typed` is empty where nothing can change."""
    return rx.cond(
        (Amending.amended == row.id) & (typed != ""),
        widgets.amend_field(
            words={"label": WORDS[field]},
            field=field,
            value=typed,
            order=row.id,
            said=Amending.said[field],
            on_send=Amending.amend,
            on_leave=Amending.leave,
        ),
        shown,
    )


def actions(row: Any) -> rx.Component:
    """Amend and cancel, or send and leave while the order is amended."""
    amend = rx.el.button(
        icon("pencil"),
        type="button",
        class_name="ico",
        on_click=Amending.begin(row.id),
        custom_attrs={"aria-label": WORDS["begin"], "data-testid": "amend"},
    )
    cancel = rx.el.button(
        icon("x"),
        type="button",
        class_name="ico",
        on_click=Account.cancel(row.id),
        custom_attrs={"aria-label": row.cancel_label, "title": row.cancel_label, "data-testid": "cancel"},
    )
    can_change = (row.limit_typed != "") | (row.stop_typed != "") | (row.amount_typed != "")
    return rx.el.span(
        rx.cond(
            Amending.amended == row.id,
            widgets.amend_actions(
                words=WORDS,
                order=row.id,
                said=Amending.said["form"],
                on_send=Amending.amend,
                on_leave=Amending.leave,
            ),
            rx.fragment(rx.cond(can_change, amend), cancel),
        ),
        class_name="acts",
    )
