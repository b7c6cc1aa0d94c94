"""What surrounds every page: top bar, foot, bottom tabs, notices."""

from typing import Any

import reflex as rx

from frontend import texts, widgets
from frontend.components.browser import chime, commands, lapse_keeper, not_ready, patterns
from frontend.components.icons import icon, logo
from frontend.state.account import Account, Notice

NAV = texts.NAVIGATION
LINKS = [
    ("/", "markets", "candles"),
    ("/trade", "trade", "chart"),
    ("/orders", "orders", "list"),
    ("/wallet", "wallet", "wallet"),
]


def brand() -> rx.Component:
    """The name, which leads home."""
    return rx.el.a(
        logo(), rx.el.span(texts.TITLE), href="/", class_name="brand", custom_attrs={"aria-label": NAV["home"]}
    )


def shown_name() -> rx.Var[str]:
    """Whom the account belongs to, in short: what stands before the at sign."""
    return Account.name.split("@")[0]


def _link(path: str, name: str, symbol: str | None, current: str) -> rx.Component:
    attributes = {"aria-current": "page"} if name == current else {}
    content = [icon(symbol, "")] if symbol else []
    return rx.el.a(*content, NAV[name], href=path, custom_attrs=attributes)


def _menu() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("user"), rx.el.span(shown_name(), class_name="who"), icon("down", "xs"), class_name="btn sm acct"
        ),
        rx.el.div(
            rx.el.span(Account.name, class_name="q"),
            rx.el.a(NAV["settings"], href="/settings"),
            rx.cond(Account.operator, rx.el.a(NAV["operator"], href="/operator/markets")),
            widgets.sign_out(words=NAV),
        ),
        class_name="menu whose",
        custom_attrs={"data-testid": "account-menu"},
    )


def _told(notice: rx.vars.ObjectVar[Notice]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            notice.kind == "error",
            rx.el.span(icon("alert"), class_name="danger"),
            rx.el.span(icon("check"), class_name="ok"),
        ),
        rx.el.span(notice.text),
        rx.el.span(notice.time, class_name="q nw"),
        key=notice.id,
    )


def _bell() -> rx.Component:
    unread = rx.cond(
        Account.unread > 0, rx.el.span(Account.unread, class_name="mark", custom_attrs={"data-testid": "unread"})
    )
    listed = rx.el.div(
        rx.el.h2(texts.NOTICES["bell"]),
        rx.cond(
            Account.told.length() > 0,
            rx.el.ul(rx.foreach(Account.told, _told)),
            rx.el.p(texts.NOTICES["none"], class_name="m"),
        ),
        class_name="told",
    )
    return rx.el.details(
        rx.el.summary(
            icon("bell", ""),
            rx.el.span(texts.NOTICES["bell"], class_name="sr"),
            unread,
            class_name="ico lg bell",
            on_click=Account.read_notices,
        ),
        listed,
        class_name="menu",
        custom_attrs={"data-testid": "bell"},
    )


def _settings_link() -> rx.Component:
    return rx.el.a(
        icon("sliders", ""),
        href="/settings",
        class_name="ico lg wide-only",
        custom_attrs={"aria-label": NAV["settings"]},
    )


def _doors() -> rx.Component:
    return rx.el.div(
        rx.el.a(NAV["sign_in"], href="/signin", class_name="btn sm", custom_attrs={"data-testid": "sign-in"}),
        rx.el.a(NAV["sign_up"], href="/signup", class_name="btn sm primary wide-only"),
        class_name="row",
    )


def top(current: str) -> rx.Component:
    """The bar at the top; `current` names the page."""
    return rx.el.header(
        rx.el.a(NAV["skip"], href="#main", class_name="skip"),
        brand(),
        rx.el.nav(
            *[_link(path, name, None, current) for path, name, _ in LINKS],
            rx.cond(Account.operator, _link("/operator/markets", "operator", None, current)),
            custom_attrs={"aria-label": NAV["label"]},
        ),
        rx.el.span(class_name="grow"),
        rx.el.div(
            commands(words=texts.KEYS),
            rx.cond(Account.signed_in, _bell()),
            widgets.theme_toggle(words=NAV),
            rx.cond(
                Account.signed_in,
                _menu(),
                rx.fragment(_settings_link(), rx.cond(Account.ready, _doors(), rx.el.span(class_name="doors"))),
            ),
            class_name="row",
        ),
        class_name="top",
    )


def _hint(keys: str, words: str) -> rx.Component:
    return rx.el.span(*[rx.el.kbd(key) for key in keys.split()], words, class_name="row hint")


def foot(*more: rx.Component, hints: tuple[rx.Component, ...] = ()) -> rx.Component:
    """The line at the bottom: the connection's state, the keys to begin with, the time."""
    return rx.el.footer(
        widgets.connection(words=texts.CONNECTION),
        *more,
        rx.el.span(class_name="grow"),
        *hints,
        _hint("Ctrl K", texts.KEYS["hint_commands"]),
        _hint("?", texts.KEYS["hint_help"]),
        widgets.clock(words={}),
        class_name="foot",
    )


def side_hint() -> rx.Component:
    """The keys of the two sides, for the foot of the Trade page."""
    return _hint("B S", texts.KEYS["hint_side"])


def bottom_tabs(current: str) -> rx.Component:
    """The navigation of a phone."""
    account = rx.cond(
        Account.signed_in,
        rx.el.a(
            icon("user", ""),
            NAV["account"],
            href="/settings",
            custom_attrs={"aria-current": "page"} if current == "settings" else {},
        ),
        rx.el.a(icon("user", ""), NAV["sign_in"], href="/signin"),
    )
    return rx.el.nav(
        *[_link(path, name, symbol, current) for path, name, symbol in LINKS],
        account,
        class_name="btabs",
        custom_attrs={"aria-label": NAV["label"]},
    )


def _notice(notice: rx.vars.ObjectVar[Notice]) -> rx.Component:
    good = notice.kind != "error"
    return rx.el.div(
        rx.cond(good, rx.el.span(icon("check"), class_name="ok"), rx.el.span(icon("alert"), class_name="danger")),
        rx.el.span(notice.text),
        rx.el.button(
            icon("x"),
            type="button",
            on_click=Account.dismiss(notice.id),
            custom_attrs={"aria-label": texts.NOTICE["close"]},
        ),
        class_name=rx.cond(good, "toast brief", "toast"),
        role=rx.cond(good, "status", "alert"),
        custom_attrs={"data-kind": notice.kind},
        key=notice.id,
    )


def notices() -> rx.Component:
    """Messages at the edge, at most three."""
    return rx.el.div(rx.foreach(Account.notices, _notice), class_name="toasts", custom_attrs={"data-testid": "notices"})


def private_feed(on_change: Any) -> rx.Component:
    """Follows the user's own updates while somebody is signed in."""
    feed = widgets.account_feed(on_change=on_change, trouble=Account.trouble)
    return rx.cond(Account.signed_in | Account.trouble, feed)


def page(
    current: str,
    main: rx.Component,
    *,
    class_name: str = "page",
    foot_parts: tuple[rx.Component, ...] = (),
    hints: tuple[rx.Component, ...] = (),
    on_change: Any = Account.load,
) -> rx.Component:
    """A page with everything around it; `on_change` runs when the user's orders or balances have changed."""
    return rx.el.div(
        top(current),
        not_ready(words=texts.DOWN),
        main,
        foot(*foot_parts, hints=hints),
        bottom_tabs(current),
        notices(),
        chime(count=Account.fills_heard),
        patterns(),
        private_feed(on_change),
        rx.cond(Account.signed_in, lapse_keeper(who=Account.name, words={})),
        class_name=class_name,
    )
