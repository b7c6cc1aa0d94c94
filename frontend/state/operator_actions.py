"""What operators do, from a form to a mutation: its variables, the question before it is sent, and what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from frontend import texts
from frontend.amounts import read_amount

TYPED_LENGTH_MAX = 200
TIERS_LENGTH_MAX = 4000
TIERS_MAX = 50
STATUSES = ("OPEN", "POST_ONLY", "CANCEL_ONLY", "AUCTION", "HALTED")
ERRORS = "errors { code message path }"
WORDS = texts.OPERATOR
RULES = {
    "minimumNotional": "amount",
    "maximumQuantity": "amount",
    "priceBand": "amount",
    "openOrdersPerAccount": "count",
    "makerFee": "fee",
    "takerFee": "fee",
    "breakerMove": "amount",
    "breakerWindow": "count",
    "breakerPause": "count",
}
"""The rules of a market that can change → how they are read."""
NEEDED = ("minimumNotional", "makerFee", "takerFee")
REMOVABLE = ("maximumQuantity", "priceBand", "breakerMove", "breakerWindow", "breakerPause")

CREATE_ASSET = f"mutation CreateAsset($input: CreateAssetInput!) {{ createAsset(input: $input) {{ {ERRORS} }} }}"
CREATE_MARKET = f"mutation CreateMarket($input: CreateMarketInput!) {{ createMarket(input: $input) {{ {ERRORS} }} }}"
UPDATE_MARKET = f"mutation UpdateMarket($input: UpdateMarketInput!) {{ updateMarket(input: $input) {{ {ERRORS} }} }}"
SET_STATUS = f"""mutation SetStatus($market: String!, $status: MarketStatus!, $reason: String!) {{
  setMarketStatus(market: $market, status: $status, reason: $reason) {{ {ERRORS} }}
}}"""
SET_HALTED = f"""mutation SetHalted($halted: Boolean!, $reason: String!) {{
  setExchangeHalted(halted: $halted, reason: $reason) {{ {ERRORS} }}
}}"""
SET_TIERS = f"mutation SetTiers($tiers: [FeeTierInput!]!) {{ setFeeTiers(tiers: $tiers) {{ {ERRORS} }} }}"
CANCEL_ORDERS = f"""mutation CancelUserOrders($userId: ID!, $market: String, $reason: String!) {{
  cancelUserOrders(userId: $userId, market: $market, reason: $reason) {{ orders {{ id }} {ERRORS} }}
}}"""


@dataclass(frozen=True)
class Action:
    """One mutation that waits for the operator's yes; `notes` say what is missing, by field."""

    query: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    question: str = ""
    notes: dict[str, str] = field(default_factory=dict)


def action_of(panel: str, form: dict[str, Any], market: str, user: tuple[str, str]) -> Action:
    """Make the action that a form asks for.

    Args:
        panel: Which form it is.
        form: What it sent, whatever that is.
        market: The market that is chosen.
        user: The id and the address of the user who is chosen.
    """
    make = _MAKERS.get(panel)
    return make(_Form(form), market, user) if make else Action()


class _Form:
    """Reads the fields of a form and collects what is wrong with them."""

    def __init__(self, form: dict[str, Any]) -> None:
        self._form = form
        self.notes: dict[str, str] = {}

    def text(self, name: str, limit: int = TYPED_LENGTH_MAX) -> str:
        value = self._form.get(name)
        return value.strip()[:limit] if isinstance(value, str) else ""

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            self.notes[name] = WORDS["missing"]
        return value

    def number(self, name: str, kind: str) -> str | int | None:
        """What a field says, None when it says nothing that can be used."""
        text = self.text(name)
        if not text:
            return None
        number = _signed(text) if kind == "fee" else read_amount(text)
        if number is None or (kind == "count" and not number.isdigit()):
            self.notes[name] = texts.TICKET["not_a_number"]
            return None
        return int(number) if kind == "count" else number


def _signed(text: str) -> str | None:
    negative = text[0] in "-−"
    number = read_amount(text[1:] if negative else text)
    return f"-{number}" if number and negative else number


def _asset(form: _Form, _market: str, _user: tuple[str, str]) -> Action:
    code, name = form.needed("code").upper(), form.needed("name")
    decimals = form.number("decimals", "count")
    if decimals is None and "decimals" not in form.notes:
        form.notes["decimals"] = WORDS["missing"]
    question = WORDS["ask_asset"].format(code=code, decimals=decimals)
    return Action(CREATE_ASSET, {"input": {"code": code, "name": name, "decimals": decimals}}, question, form.notes)


def _market(form: _Form, _market: str, _user: tuple[str, str]) -> Action:
    base, quote = form.needed("base").upper(), form.needed("quote").upper()
    given: dict[str, Any] = {"base": base, "quote": quote}
    for name in ("tickSize", "lotSize", *RULES):
        value = form.number(name, RULES.get(name, "amount"))
        if value is not None:
            given[name] = value
        elif name in ("tickSize", "lotSize", *NEEDED) and name not in form.notes:
            form.notes[name] = WORDS["missing"]
    return Action(CREATE_MARKET, {"input": given}, WORDS["ask_market"].format(market=f"{base}-{quote}"), form.notes)


def _rules(form: _Form, market: str, _user: tuple[str, str]) -> Action:
    given: dict[str, Any] = {"market": market}
    for name, kind in RULES.items():
        if name in REMOVABLE and form.text(name).lower() in ("none", "keine", "-", "−", "–"):
            given[name] = None
        elif (value := form.number(name, kind)) is not None:
            given[name] = value
    if len(given) == 1 and not form.notes:
        form.notes["form"] = WORDS["nothing_changes"]
    return Action(UPDATE_MARKET, {"input": given}, WORDS["ask_rules"].format(market=market), form.notes)


def _status(form: _Form, market: str, _user: tuple[str, str]) -> Action:
    status, reason = form.text("status"), form.needed("reason")
    if status not in STATUSES:
        form.notes["status"] = WORDS["missing"]
        status = STATUSES[0]
    question = WORDS["ask_status"].format(market=market, status=texts.STATUS[status], reason=reason)
    return Action(SET_STATUS, {"market": market, "status": status, "reason": reason}, question, form.notes)


def _halt(form: _Form, _market: str, _user: tuple[str, str]) -> Action:
    halted, reason = form.text("halted") == "yes", form.needed("reason")
    question = WORDS["ask_halt" if halted else "ask_resume"].format(reason=reason)
    return Action(SET_HALTED, {"halted": halted, "reason": reason}, question, form.notes)


def _tiers(form: _Form, _market: str, _user: tuple[str, str]) -> Action:
    lines = [line for line in form.text("tiers", TIERS_LENGTH_MAX).splitlines() if line.strip()][:TIERS_MAX]
    tiers = []
    for line in lines:
        parts = [part.strip() for part in line.split(";")]
        numbers = [_signed(part) if part else None for part in parts[1:]]
        if len(parts) != 4 or not parts[0] or None in numbers:
            form.notes["tiers"] = WORDS["tier_wrong"].format(line=line[:40])
            break
        tiers.append(dict(zip(("name", "volume30d", "makerFee", "takerFee"), [parts[0], *numbers], strict=True)))
    return Action(SET_TIERS, {"tiers": tiers}, WORDS["ask_tiers"].format(count=len(tiers)), form.notes)


def _cancel(form: _Form, _market: str, user: tuple[str, str]) -> Action:
    reason, where = form.needed("reason"), form.text("where") or None
    if not user[0]:
        form.notes["form"] = WORDS["no_user"]
    question = WORDS["ask_cancel"].format(user=user[1], where=where or WORDS["every_market"], reason=reason)
    return Action(CANCEL_ORDERS, {"userId": user[0], "market": where, "reason": reason}, question, form.notes)


_MAKERS: dict[str, Callable[[_Form, str, tuple[str, str]], Action]] = {
    "asset": _asset,
    "market": _market,
    "rules": _rules,
    "status": _status,
    "halt": _halt,
    "tiers": _tiers,
    "user": _cancel,
}
PANELS = tuple(_MAKERS)
