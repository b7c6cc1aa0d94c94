"""All markets with their live tickers."""

import reflex as rx

from frontend import texts, widgets
from frontend.components.shell import page


def markets() -> rx.Component:
    """The home page."""
    main = rx.el.main(
        rx.el.h1(texts.MARKETS["heading"]),
        widgets.market_list(words=texts.MARKETS, status_words=texts.STATUS | texts.STALE),
        id="main",
        class_name="wide",
    )
    return page("markets", main)
