"""The operator's side: users, fee tiers and the audit log to look at, and the mutations that run the exchange."""

import strawberry
from strawberry import ID

from backend.accounts import users
from backend.accounts.users import KnownUser
from backend.engine.values import AccountId, TimeUs, is_storable
from backend.graphql import operations, tiers
from backend.graphql.accounts import Account, ActionPayload, User, UserPayload
from backend.graphql.enums import MarketStatus
from backend.graphql.errors import forbidden
from backend.graphql.info import Info
from backend.graphql.markets import AssetPayload, MarketPayload
from backend.graphql.operator_inputs import CreateAssetInput, CreateMarketInput, FeeTierInput, UpdateMarketInput
from backend.graphql.orders import Order, OrderListPayload
from backend.graphql.pages import Connection, cursor, page_info, page_size, position_after, shown_page
from backend.graphql.permissions import Operators, Staff
from backend.graphql.scalars import Long
from backend.graphql.tiers import FeeTier
from backend.graphql.viewer import Balance, LedgerEntry, balances_of, ledger_of, open_orders_of
from backend.persistence import audit


@strawberry.type
class OperatorUser:
    """A user with what is theirs."""

    user: User
    accounts: list[Account]
    known: strawberry.Private[KnownUser]

    @strawberry.field
    def balances(self, info: Info, account_id: ID | None = None) -> list[Balance]:
        """What the account has now; without `accountId` the user's main account."""
        return balances_of(info.context, self._account(account_id), include_zero=False)

    @strawberry.field
    def open_orders(self, info: Info, account_id: ID | None = None) -> list[Order]:
        """The orders that wait now, the newest first."""
        return open_orders_of(info.context, self._account(account_id), None)

    @strawberry.field
    async def ledger(
        self,
        info: Info,
        account_id: ID | None = None,
        asset: str | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[LedgerEntry]:
        """Everything that has moved the account's totals."""
        sequence = info.context.services.views.sequence
        return await ledger_of(info.context, self._account(account_id), sequence, asset, first, after)

    def _account(self, account_id: str | None) -> AccountId:
        if account_id is None:
            return self.known.main_account
        if not self.known.owns(account_id):
            raise forbidden("This account is not this user's.")
        return AccountId(account_id)


@strawberry.type(description="`details` is JSON text.")
class AuditEntry:
    """What somebody with a role did."""

    id: ID
    actor: str
    action: str
    subject: str
    details: str
    time: TimeUs
    sequence: Long | None = strawberry.field(description="That of the command that did it; null where none did.")
    uncertain: bool = strawberry.field(
        description="It may have happened or not: the exchange was stopped in the middle of it, or did not answer."
    )

    @classmethod
    def of(cls, row: audit.AuditRow) -> "AuditEntry":
        """Return an entry as the API shows it."""
        return cls(
            id=ID(str(row.id)),
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            details=row.details,
            time=row.time,
            sequence=None if row.sequence is None else Long(row.sequence),
            uncertain=row.outcome is None,
        )


@strawberry.type
class Operator:
    """What the people with a role see of the exchange."""

    @strawberry.field(permission_classes=[Staff])
    async def users(
        self, info: Info, search: str | None = None, first: int = 50, after: str | None = None
    ) -> Connection[User]:
        """The users whose e-mail address has `search` in it, or whose id or account's id it is."""
        size, place = page_size(first), position_after(after, "user", 2)
        if search is not None and not is_storable(search):
            return Connection(edges=[], page_info=page_info([], more=False))
        before = None if place is None else (place[0], place[1])
        page = await info.context.services.read(lambda connection: users.search(connection, search, before, size))
        return shown_page(page, User.of, lambda user: cursor("user", *users.place_of(user)))

    @strawberry.field(permission_classes=[Staff])
    async def user(self, info: Info, id: ID) -> OperatorUser | None:
        """One user."""
        known = await operations.find_user(info.context, id)
        if known is None:
            return None
        accounts = [Account.of(account) for account in known.accounts]
        return OperatorUser(user=User.of(known), accounts=accounts, known=known)

    @strawberry.field(permission_classes=[Staff])
    async def audit_log(self, info: Info, first: int = 50, after: str | None = None) -> Connection[AuditEntry]:
        """What was done by people with a role."""
        size, place = page_size(first), position_after(after, "audit", 1)
        page = await info.context.services.read(
            lambda connection: audit.entries(connection, None if place is None else place[0], size)
        )
        return shown_page(page, AuditEntry.of, lambda row: cursor("audit", row.id))

    @strawberry.field(permission_classes=[Staff])
    def fee_tiers(self, info: Info) -> list[FeeTier]:
        """The tiers as they were set, each with the volume where it begins."""
        return tiers.all_tiers(info.context)


@strawberry.type
class OperatorMutation:
    """The mutations that run the exchange; each is noted in the audit log."""

    @strawberry.mutation(permission_classes=[Operators])
    async def create_asset(self, info: Info, input: CreateAssetInput) -> AssetPayload | None:
        """Make an asset known."""
        return await operations.create_asset(info.context, input)

    @strawberry.mutation(permission_classes=[Operators])
    async def create_market(self, info: Info, input: CreateMarketInput) -> MarketPayload | None:
        """Create a market."""
        return await operations.create_market(info.context, input)

    @strawberry.mutation(permission_classes=[Operators])
    async def update_market(self, info: Info, input: UpdateMarketInput) -> MarketPayload | None:
        """Change rules of a market; open orders stay as they are."""
        return await operations.update_market(info.context, input)

    @strawberry.mutation(permission_classes=[Operators])
    async def set_market_status(
        self, info: Info, market: str, status: MarketStatus, reason: str
    ) -> MarketPayload | None:
        """Change what a market lets people do; users see the reason."""
        return await operations.set_market_status(info.context, market, status, reason)

    @strawberry.mutation(
        permission_classes=[Operators],
        description="Stops every market and every withdrawal at once, or lets them go on.",
    )
    async def set_exchange_halted(self, info: Info, halted: bool, reason: str) -> ActionPayload | None:
        """Stop everything, or let it go on."""
        return await operations.set_exchange_halted(info.context, halted, reason)

    @strawberry.mutation(permission_classes=[Operators])
    async def set_fee_tiers(self, info: Info, tiers: list[FeeTierInput]) -> ActionPayload | None:
        """Replace the fee tiers, by ascending volume, and assign them at once."""
        return await operations.set_fee_tiers(info.context, tiers)

    @strawberry.mutation(permission_classes=[Operators])
    async def set_house_account(self, info: Info, account_id: ID, house: bool, reason: str) -> ActionPayload | None:
        """Make an account one of the house, which pays no fees, or an ordinary one again."""
        return await operations.set_house_account(info.context, account_id, house, reason)

    @strawberry.mutation(permission_classes=[Operators])
    async def set_user_frozen(self, info: Info, user_id: ID, frozen: bool, reason: str) -> UserPayload | None:
        """Cancel a user's orders and stop them from trading, or let them go on."""
        return await operations.set_user_frozen(info.context, user_id, frozen, reason)

    @strawberry.mutation(permission_classes=[Operators])
    async def cancel_user_orders(
        self, info: Info, user_id: ID, reason: str, market: str | None = None
    ) -> OrderListPayload | None:
        """Cancel the open orders of all accounts of a user, or those in one market."""
        return await operations.cancel_user_orders(info.context, user_id, market, reason)
