"""The operator's page Markets: what it lists, which action is being prepared, and the audit log."""

import logging
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from frontend import texts
from frontend.amounts import show
from frontend.client import ApiError, Visitor, execute
from frontend.locale import show_exact_moment, show_moment
from frontend.state.account import ID_LENGTH_MAX, Account
from frontend.state.operator_actions import PANELS, TYPED_LENGTH_MAX, Action, action_of
from frontend.state.paging import Pager, is_code

logger = logging.getLogger(__name__)

FIELDS = (
    *("code", "name", "decimals", "base", "quote", "tickSize", "lotSize", "minimumNotional", "maximumQuantity"),
    *("priceBand", "openOrdersPerAccount", "makerFee", "takerFee", "breakerMove", "breakerWindow", "breakerPause"),
    *("status", "reason", "halted", "tiers", "where", "search", "form"),
)
NOTHING_SAID = dict.fromkeys(FIELDS, "")
USERS_SHOWN = 20

OVERVIEW = """query OperatorMarkets {
  status { halted haltReason }
  assets { code }
  operator { feeTiers { name volume30d volumeAsset makerFee takerFee } }
}"""
RULES = """query MarketRules {
  markets {
    symbol status statusReason tickSize lotSize minimumNotional maximumQuantity priceBand openOrdersPerAccount
    breakerMove breakerWindow breakerPause makerFee takerFee
  }
}"""
AUDIT = """query AuditLog($first: Int!, $after: String) {
  operator { auditLog(first: $first, after: $after) {
    edges { node { id actor action subject details time uncertain } } pageInfo { hasNextPage endCursor }
  } }
}"""
USERS = f"""query Users($search: String) {{
  operator {{ users(search: $search, first: {USERS_SHOWN}) {{ edges {{ node {{ id email frozen }} }} }} }}
}}"""


@dataclass(frozen=True)
class MarketLine:
    """A market with its rules, as operators see it."""

    symbol: str
    status: str
    band: str
    fees: str
    rules: dict[str, str]


@dataclass(frozen=True)
class UserLine:
    """A user who was found."""

    id: str
    email: str
    frozen: bool


@dataclass(frozen=True)
class AuditLine:
    """What somebody with a role did."""

    id: str
    actor: str
    action: str
    subject: str
    details: str
    time: str
    exact_time: str
    uncertain: bool


class Operator(Account):
    """Private like its parent; everything in it is asked for with the person's own session."""

    desk_ready: bool = False
    forbidden: bool = False
    desk_failed: bool = False
    halted: bool = False
    halt_reason: str = ""
    codes: list[str] = []  # noqa: RUF012
    lines: list[MarketLine] = []  # noqa: RUF012
    tiers_text: str = ""
    tiers_asset: str = ""
    panel: str = "status"
    chosen: str = ""
    notes: dict[str, str] = NOTHING_SAID
    question: str = ""
    # Changes when an action is done, so that its form begins anew.
    round: int = 0
    users: list[UserLine] = []  # noqa: RUF012
    searched: bool = False
    user_id: str = ""
    user_email: str = ""
    audit: list[AuditLine] = []  # noqa: RUF012
    audit_page: int = 1
    audit_older: bool = False

    _action: Action = Action()
    _pager: Pager = Pager()

    @rx.var
    def rules(self) -> dict[str, str]:
        """The rules of the chosen market, as they are."""
        return next((line.rules for line in self.lines if line.symbol == self.chosen), {})

    @rx.event
    async def load_desk(self) -> None:
        """Load markets, tiers and the newest page of the audit log."""
        await self._load_desk()

    @rx.event
    def choose_panel(self, panel: str) -> None:
        """Prepare another action."""
        if panel in PANELS:
            self.panel, self.notes = panel, NOTHING_SAID

    @rx.event
    def choose_market(self, symbol: str, panel: str) -> None:
        """Prepare an action for a market."""
        if is_code(symbol) and panel in ("status", "rules"):
            self.chosen, self.panel, self.notes = symbol, panel, NOTHING_SAID

    @rx.event
    def propose(self, form: dict[str, Any]) -> None:
        """Ask whether to do what the form says, or say what is missing."""
        if not isinstance(form, dict):
            return
        action = action_of(self.panel, form, self.chosen, (self.user_id, self.user_email))
        self.notes = NOTHING_SAID | action.notes
        if not action.notes:
            self._action, self.question = action, action.question

    @rx.event
    def keep(self) -> None:
        """Do not do it."""
        self._action, self.question = Action(), ""

    @rx.event
    async def go(self) -> None:
        """Do what was asked about."""
        action = self._action
        self._action, self.question = Action(), ""
        if not action.query or (data := await self._ask(action.query, action.variables)) is None:
            return
        (answer,) = data.values()
        for refusal in answer["errors"]:
            name = str(refusal["path"][-1]) if refusal["path"] else "form"
            name = name if name in FIELDS else "tiers" if "tiers" in refusal["path"] else "form"
            self.notes = self.notes | {name: refusal["message"]}
        if not answer["errors"]:
            self.round += 1
            self._notify("good", texts.OPERATOR["done"])
            self._pager = Pager()
        await self._load_desk()

    @rx.event
    async def find_users(self, form: dict[str, Any]) -> None:
        """List the users whose address has the text in it."""
        text = form.get("search") if isinstance(form, dict) else None
        if not isinstance(text, str) or not text.strip():
            return
        data = await self._ask(USERS, {"search": text.strip()[:TYPED_LENGTH_MAX]})
        if data is not None and data["operator"] is not None:
            nodes = [edge["node"] for edge in data["operator"]["users"]["edges"]]
            self.users = [UserLine(node["id"], node["email"], node["frozen"]) for node in nodes]
            self.searched, self.user_id, self.user_email = True, "", ""

    @rx.event
    def choose_user(self, user_id: str) -> None:
        """Prepare to cancel this user's orders."""
        if isinstance(user_id, str) and len(user_id) <= ID_LENGTH_MAX:
            found = next((user for user in self.users if user.id == user_id), None)
            self.user_id, self.user_email = (found.id, found.email) if found else ("", "")

    @rx.event
    async def older(self) -> None:
        """Turn to the next page of the audit log."""
        self._pager.forward()
        await self._load_audit()

    @rx.event
    async def newer(self) -> None:
        """Turn to the page before."""
        self._pager.back()
        await self._load_audit()

    def _forget_own(self) -> None:
        self.desk_ready = self.forbidden = self.desk_failed = self.halted = self.searched = self.audit_older = False
        self.halt_reason = self.tiers_text = self.tiers_asset = self.question = self.user_id = self.user_email = ""
        self.codes, self.lines, self.users, self.audit = [], [], [], []
        self.notes, self._action, self._pager, self.audit_page = NOTHING_SAID, Action(), Pager(), 1

    async def _answer(
        self, query: str, variables: dict[str, Any] | None = None, visitor: Visitor | None = None
    ) -> dict[str, Any] | None:
        try:
            data = await execute(visitor or self._visitor(), query, variables)
        except ApiError as problem:
            if problem.code in ("FORBIDDEN", "UNAUTHENTICATED"):
                self._forget_own()
                self.desk_ready = self.forbidden = True
            else:
                logger.warning("The operator's page could not be loaded: %s", problem.code)
                self.desk_failed = True
            return None
        self.forbidden = self.desk_failed = False
        return data

    async def _load_desk(self) -> None:
        if self._visitor().session is None:
            self._forget_own()
            self.desk_ready = self.forbidden = True
            return
        if (data := await self._answer(OVERVIEW)) is None:
            return
        # A person who is signed in would be told the fees of their own tier.
        stranger = replace(self._visitor(), session=None)
        if (found := await self._answer(RULES, visitor=stranger)) is None:
            return
        self.desk_ready = True
        self.halted, self.halt_reason = data["status"]["halted"], data["status"]["haltReason"] or ""
        self.codes = [asset["code"] for asset in data["assets"]]
        self.lines = [_line(market) for market in found["markets"]]
        if self.chosen not in [line.symbol for line in self.lines]:
            self.chosen = self.lines[0].symbol if self.lines else ""
        tiers = data["operator"]["feeTiers"]
        members = ("name", "volume30d", "makerFee", "takerFee")
        self.tiers_text = "\n".join("; ".join(tier[member] for member in members) for tier in tiers)
        self.tiers_asset = tiers[0]["volumeAsset"] if tiers else ""
        await self._load_audit()

    async def _load_audit(self) -> None:
        if (data := await self._answer(AUDIT, self._pager.variables())) is None:
            return
        found = data["operator"]["auditLog"]
        self.audit = [_audit_line(edge["node"]) for edge in found["edges"]]
        self._pager.arrived(found["pageInfo"])
        self.audit_older, self.audit_page = self._pager.ahead is not None, len(self._pager.behind) + 1


def _line(market: dict[str, Any]) -> MarketLine:
    numbers = {name: value for name, value in market.items() if name not in ("symbol", "status", "statusReason")}
    rules = {name: show(None if value is None else str(value)) for name, value in numbers.items()}
    return MarketLine(
        symbol=market["symbol"],
        status=market["status"],
        band=rules["priceBand"],
        fees=f"{rules['makerFee']} / {rules['takerFee']}",
        rules=rules,
    )


def _audit_line(entry: dict[str, Any]) -> AuditLine:
    return AuditLine(
        id=entry["id"],
        actor=entry["actor"],
        action=entry["action"],
        subject=entry["subject"],
        details=entry["details"],
        time=show_moment(entry["time"]),
        exact_time=show_exact_moment(entry["time"]),
        uncertain=entry["uncertain"],
    )
