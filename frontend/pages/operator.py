"""The operator's page Markets: every market with live figures, the actions beside them, and the audit log below."""

from typing import Any

import reflex as rx

from frontend import texts, widgets
from frontend.components.icons import icon
from frontend.components.lists import head, pages_of, trouble, waiting
from frontend.components.shell import page
from frontend.state.account import Account
from frontend.state.operator import AuditLine, MarketLine, Operator, UserLine
from frontend.state.operator_actions import NEEDED, RULES, STATUSES

WORDS = texts.OPERATOR


def _market(line: rx.vars.ObjectVar[MarketLine]) -> rx.Component:
    def figure(name: str, style: str = "n") -> rx.Component:
        return rx.el.td(widgets.market_figure(market=line.symbol, figure=name, words={}), class_name=style)

    def act(panel: str) -> rx.Component:
        return rx.el.button(
            WORDS[panel],
            rx.el.span(" ", line.symbol, class_name="sr"),
            type="button",
            class_name="btn sm",
            on_click=Operator.choose_market(line.symbol, panel),
            custom_attrs={"data-testid": f"{panel}-of"},
        )

    return rx.el.tr(
        rx.el.td(rx.el.a(line.symbol, href="/trade/" + line.symbol, class_name="b")),
        figure("last"),
        figure("volume"),
        rx.el.td(widgets.market_standing(market=line.symbol, words=texts.STATUS | texts.STALE), class_name="c-stand"),
        figure("auction"),
        rx.el.td(line.band, class_name="n"),
        rx.el.td(line.fees, class_name="n nw"),
        rx.el.td(rx.el.span(act("status"), act("rules"), class_name="acts"), class_name="n"),
        key=line.symbol,
        custom_attrs={
            "data-market": line.symbol,
            "data-chosen": rx.cond(line.symbol == Operator.chosen, "yes", "no"),
        },
    )


def _markets() -> rx.Component:
    heads = [
        ("market", ""),
        ("last", "n"),
        ("volume", "n"),
        ("status", ""),
        ("auction", "n"),
        ("band", "n"),
        ("fees", "n"),
    ]
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                *[rx.el.th(WORDS[f"head_{name}"], class_name=style, scope="col") for name, style in heads],
                rx.el.th(rx.el.span(texts.DOCK["actions"], class_name="sr"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(Operator.lines, _market)),
        custom_attrs={"data-testid": "operator-markets"},
    )
    return rx.el.div(
        rx.el.div(
            rx.el.h2(WORDS["markets"]),
            rx.el.span(class_name="grow"),
            *[_open(panel) for panel in ("market", "asset", "tiers", "user")],
            class_name="phead",
        ),
        rx.el.div(
            table, class_name="scroll", tab_index=0, role="region", custom_attrs={"aria-label": WORDS["markets"]}
        ),
        class_name="list",
    )


def _open(panel: str) -> rx.Component:
    return rx.el.button(
        WORDS[f"open_{panel}"],
        type="button",
        class_name="btn sm",
        on_click=Operator.choose_panel(panel),
        custom_attrs={"data-testid": f"open-{panel}"},
    )


def _note(name: str) -> rx.Component:
    return rx.cond(
        Operator.notes[name] != "",
        rx.el.p(icon("alert"), rx.el.span(Operator.notes[name]), class_name="msg bad", id=f"{name}-note", role="alert"),
    )


def _framed(name: str, label: Any, control: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"op-{name}"),
        rx.el.div(control, class_name=rx.cond(Operator.notes[name] != "", "box bad", "box")),
        _note(name),
        class_name="field",
    )


def _field(name: str, hint: Any = "", label: Any = None) -> rx.Component:
    control = rx.el.input(
        id=f"op-{name}",
        name=name,
        auto_complete="off",
        placeholder=hint,
        custom_attrs={"aria-describedby": f"{name}-note"},
    )
    return _framed(name, label if label is not None else WORDS[f"field_{name}"], control)


def _select(name: str, options: list[rx.Component] | rx.Component, label: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"op-{name}"),
        rx.el.select(
            *(options if isinstance(options, list) else [options]), id=f"op-{name}", name=name, class_name="sel ctl"
        ),
        _note(name),
        class_name="field",
    )


def _form(title: Any, about: Any, *parts: rx.Component, go: Any, style: str = "btn primary") -> rx.Component:
    return rx.el.form(
        rx.el.h2(title),
        rx.el.p(about, class_name="msg"),
        *parts,
        _note("form"),
        rx.el.button(go, type="submit", class_name=f"{style} block", custom_attrs={"data-testid": "propose"}),
        on_submit=Operator.propose,
        class_name="facts",
        no_validate=True,
        key=Operator.panel + Operator.chosen + Operator.round.to_string(),
        custom_attrs={"data-testid": "operator-form"},
    )


def _reason() -> rx.Component:
    return _field("reason", WORDS["reason_hint"])


def _status_form() -> rx.Component:
    statuses = [rx.el.option(texts.STATUS[name], value=name) for name in STATUSES]
    return _form(
        Operator.chosen,
        WORDS["about_status"],
        _select("status", statuses, WORDS["field_status"]),
        _reason(),
        go=WORDS["go_status"],
        style="btn danger-o",
    )


def _rules_form() -> rx.Component:
    fields = [_field(name, Operator.rules[name]) for name in RULES]
    return _form(Operator.chosen, WORDS["about_rules"], rx.el.div(*fields, class_name="pairs"), go=WORDS["go_rules"])


def _market_form() -> rx.Component:
    codes = rx.foreach(Operator.codes, lambda code: rx.el.option(code, value=code))
    fields = [_field(name) for name in ("tickSize", "lotSize", *NEEDED)]
    others = [_field(name, WORDS["optional"]) for name in RULES if name not in NEEDED]
    return _form(
        WORDS["open_market"],
        WORDS["about_market"],
        rx.el.div(
            _select("base", codes, WORDS["field_base"]),
            _select("quote", codes, WORDS["field_quote"]),
            *fields,
            *others,
            class_name="pairs",
        ),
        go=WORDS["go_market"],
    )


def _asset_form() -> rx.Component:
    fields = [_field(name) for name in ("code", "name", "decimals")]
    return _form(WORDS["open_asset"], WORDS["about_asset"], *fields, go=WORDS["go_asset"])


def _tiers_form() -> rx.Component:
    text = rx.el.textarea(
        id="op-tiers", name="tiers", default_value=Operator.tiers_text, rows="6", class_name="tiers", spell_check=False
    )
    return _form(
        WORDS["open_tiers"],
        WORDS["about_tiers"],
        rx.el.div(rx.el.label(WORDS["field_tiers"], html_for="op-tiers"), text, _note("tiers"), class_name="field"),
        go=WORDS["go_tiers"],
    )


def _user(line: rx.vars.ObjectVar[UserLine]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            line.email,
            type="button",
            class_name="btn sm",
            on_click=Operator.choose_user(line.id),
            custom_attrs={"aria-pressed": rx.cond(Operator.user_id == line.id, "true", "false")},
        ),
        rx.cond(line.frozen, rx.el.span(WORDS["frozen"], class_name="badge warn")),
        class_name="row",
        key=line.id,
    )


def _user_forms() -> rx.Component:
    search = rx.el.form(
        rx.el.h2(WORDS["open_user"]),
        _field("search", WORDS["search_hint"]),
        rx.el.button(WORDS["find"], type="submit", class_name="btn", custom_attrs={"data-testid": "find-users"}),
        rx.cond(
            Operator.users.length() > 0,
            rx.el.ul(rx.foreach(Operator.users, _user), class_name="stack", custom_attrs={"data-testid": "users"}),
            rx.cond(Operator.searched, rx.el.p(WORDS["nobody"], class_name="msg")),
        ),
        on_submit=Operator.find_users,
        class_name="facts",
        no_validate=True,
    )
    where = rx.foreach(Operator.lines, lambda line: rx.el.option(line.symbol, value=line.symbol))
    cancel = _form(
        Operator.user_email,
        WORDS["about_user"],
        _select("where", [rx.el.option(WORDS["every_market"], value=""), where], WORDS["field_where"]),
        _reason(),
        go=WORDS["go_user"],
        style="btn danger-o",
    )
    return rx.fragment(search, rx.cond(Operator.user_id != "", cancel))


def _halt_form() -> rx.Component:
    wish = rx.cond(Operator.halted, "no", "yes")
    return _form(
        rx.cond(Operator.halted, WORDS["resume"], WORDS["halt"]),
        rx.cond(Operator.halted, WORDS["about_resume"], WORDS["about_halt"]),
        rx.el.input(type="hidden", name="halted", value=wish, read_only=True),
        _reason(),
        go=rx.cond(Operator.halted, WORDS["go_resume"], WORDS["go_halt"]),
        style="btn danger-o",
    )


def _audit(line: rx.vars.ObjectVar[AuditLine]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.actor),
        rx.el.td(line.action, rx.cond(line.uncertain, rx.el.span(WORDS["uncertain"], class_name="badge warn"))),
        rx.el.td(line.subject, class_name="m"),
        rx.el.td(line.details, class_name="mono m details", title=line.details),
        rx.el.td(line.time, title=line.exact_time, class_name="n m"),
        key=line.id,
    )


def _audit_log() -> rx.Component:
    heads = [(WORDS[f"head_{name}"], "") for name in ("actor", "action", "subject", "details")]
    table = rx.el.table(
        head(heads, texts.ORDERS["time"], None),
        rx.el.tbody(rx.foreach(Operator.audit, _audit)),
        custom_attrs={"data-testid": "audit"},
    )
    empty = rx.el.p(WORDS["no_audit"], class_name="note")
    return rx.el.section(
        rx.el.div(rx.el.h2(WORDS["audit"]), class_name="phead"),
        rx.el.div(
            rx.cond(Operator.audit.length() > 0, table, empty),
            class_name="scroll",
            tab_index=0,
            role="region",
            custom_attrs={"aria-label": WORDS["audit"]},
        ),
        pages_of(Operator.audit_page, Operator.audit_older, Operator.newer, Operator.older),
        class_name="card",
        id="audit",
    )


def _desk() -> rx.Component:
    forms = rx.match(
        Operator.panel,
        ("rules", _rules_form()),
        ("market", _market_form()),
        ("asset", _asset_form()),
        ("tiers", _tiers_form()),
        ("user", _user_forms()),
        ("halt", _halt_form()),
        _status_form(),
    )
    state = rx.cond(
        Operator.halted,
        rx.el.span(
            rx.el.span(class_name="dot ring"), WORDS["is_halted"], Operator.halt_reason, class_name="badge warn"
        ),
        rx.el.span(rx.el.span(class_name="dot"), WORDS["is_running"], class_name="badge ok"),
    )
    halt = rx.el.button(
        rx.cond(Operator.halted, WORDS["resume"], WORDS["halt"]),
        type="button",
        class_name="btn sm danger-o",
        on_click=Operator.choose_panel("halt"),
        custom_attrs={"data-testid": "open-halt"},
    )
    question = widgets.confirm_dialog(
        words={
            "confirm_title": WORDS["confirm_title"],
            "confirm_back": texts.TICKET["confirm_back"],
            "confirm_go": WORDS["confirm_go"],
        },
        question=Operator.question,
        on_send=Operator.go,
        on_close=Operator.keep,
    )
    return rx.fragment(
        rx.el.div(rx.el.h1(WORDS["heading"]), state, rx.el.span(class_name="grow"), halt, class_name="row head"),
        rx.cond(Operator.desk_failed, trouble(Operator.load_desk)),
        rx.el.section(
            _markets(),
            rx.el.div(forms, class_name="doing"),
            class_name="card work",
            custom_attrs={"aria-label": WORDS["heading"]},
        ),
        _audit_log(),
        question,
    )


def operator_markets() -> rx.Component:
    """The page, or why somebody does not see it."""
    closed_to = Operator.forbidden | (Account.signed_in & ~Account.operator)
    closed = rx.el.div(
        rx.el.h1(WORDS["heading"]),
        rx.el.p(WORDS["forbidden"], class_name="card note", custom_attrs={"data-testid": "forbidden"}),
        class_name="stack",
    )
    main = rx.el.main(
        rx.cond(
            closed_to,
            closed,
            rx.cond(Operator.desk_ready & Account.signed_in, _desk(), rx.el.div(waiting(), class_name="card")),
        ),
        id="main",
        class_name="wide desk",
    )
    links = rx.el.nav(
        rx.el.a(icon("candles", ""), WORDS["heading"], href="/operator/markets", custom_attrs={"aria-current": "page"}),
        rx.el.a(icon("list", ""), WORDS["audit"], href="#audit"),
        class_name="opnav",
        custom_attrs={"aria-label": texts.NAVIGATION["operator"]},
    )
    return page("operator", rx.el.div(rx.cond(closed_to, rx.el.span(), links), main, class_name="opshell"))
