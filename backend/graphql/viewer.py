"""What the signed-in user sees: user, accounts, balances, orders, fills and the ledger."""

from typing import cast

import strawberry
from strawberry import ID

from backend.engine import values
from backend.engine.values import AccountId, OrderId, TimeUs
from backend.graphql import lists
from backend.graphql.accounts import Account, User
from backend.graphql.amounts import amount
from backend.graphql.catalogue import Catalogue
from backend.graphql.context import Context
from backend.graphql.enums import LedgerEntryKind, OrderStatus
from backend.graphql.errors import bad_user_input
from backend.graphql.found import find_order
from backend.graphql.info import Info
from backend.graphql.markets import Asset
from backend.graphql.orders import Fill, Order
from backend.graphql.pages import Connection, cursor, id_number, page_info, page_size, position_after, shown_page
from backend.graphql.scalars import Long, Plain
from backend.graphql.tiers import FeeTier, own_tier
from backend.persistence import histories
from backend.persistence.rows import LedgerRow


@strawberry.type
class Balance:
    """What an account has of one asset."""

    asset: Asset
    available: Plain
    held: Plain = strawberry.field(description="Reserved for open orders and pending withdrawals.")
    total: Plain

    @classmethod
    def of(cls, balance: values.Balance, catalogue: Catalogue) -> "Balance":
        """Return a balance as the API shows it."""
        asset, shown = catalogue.rules[balance.asset], catalogue.asset(balance.asset)
        assert shown is not None
        return cls(
            asset=shown,
            available=amount(balance.available, asset),
            held=amount(balance.held, asset),
            total=amount(balance.available + balance.held, asset),
        )


@strawberry.type(description="The balances that a change touched, as they are after it.")
class BalanceUpdate:
    """What a command did to an account's balances."""

    sequence: Long
    account_id: ID
    balances: list[Balance]


@strawberry.type
class LedgerEntry:
    """One change of an account's total of an asset."""

    id: ID
    sequence: Long
    asset: str
    amount: Plain = strawberry.field(description="Signed: what the entry added to the account's total.")
    balance_after: Plain
    kind: LedgerEntryKind
    reference: ID | None = strawberry.field(
        description="The trade, deposit, withdrawal, transfer or adjustment that caused it."
    )
    time: TimeUs

    @classmethod
    def of(cls, row: LedgerRow, catalogue: Catalogue) -> "LedgerEntry":
        """Return an entry as the API shows it."""
        asset = catalogue.rules[row.asset]
        return cls(
            id=ID(f"{row.sequence}-{row.index}"),
            sequence=Long(row.sequence),
            asset=row.asset,
            amount=amount(row.amount, asset),
            balance_after=amount(row.balance_after, asset),
            kind=LedgerEntryKind(row.kind.value),
            reference=ID(row.reference) if row.reference else None,
            time=row.time,
        )


@strawberry.type(description="Without `accountId`: the user's main account.")
class Viewer:
    """Everything of the signed-in user, at one sequence."""

    sequence: Long
    user: User
    accounts: list[Account]

    @strawberry.field
    def balances(self, info: Info, account_id: ID | None = None, include_zero: bool = False) -> list[Balance]:
        """What the account has now: each asset that it has something of, or all assets."""
        return balances_of(info.context, info.context.account(account_id), include_zero)

    @strawberry.field
    def open_orders(self, info: Info, account_id: ID | None = None, market: str | None = None) -> list[Order]:
        """The orders that wait now, the newest first."""
        return open_orders_of(info.context, info.context.account(account_id), market)

    @strawberry.field
    async def orders(
        self,
        info: Info,
        account_id: ID | None = None,
        market: str | None = None,
        status: list[OrderStatus] | None = None,
        since: TimeUs | None = None,
        until: TimeUs | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[Order]:
        """The account's orders, open ones and others; since and until are about when they were placed."""
        context = info.context
        account, size, place = context.account(account_id), page_size(first), position_after(after, "order", 1)
        catalogue = context.services.catalogue
        if market is not None:
            catalogue.wanted(market)
        page = await context.services.read(
            lambda connection: histories.orders(
                connection,
                account,
                market=market,
                statuses=status,
                since=since,
                until=until,
                before=OrderId(place[0]) if place else None,
                limit=size,
            ),
            self.sequence,
        )
        return shown_page(
            page,
            lambda order: Order.of(order, catalogue.listed(order.market)),
            lambda order: cursor("order", order.id),
        )

    @strawberry.field
    async def order(
        self, info: Info, account_id: ID | None = None, id: ID | None = None, client_order_id: str | None = None
    ) -> Order | None:
        """One order by one of its two ids, as it is now."""
        context = info.context
        account = context.account(account_id)
        if (id is None) == (client_order_id is None):
            raise bad_user_input("Say which order: by `id` or by `clientOrderId`, one of the two.")
        number = None if id is None else id_number(id)
        if id is not None and number is None:
            return None
        order = await find_order(context, account, None if number is None else OrderId(number), client_order_id)
        return None if order is None else Order.of(order, context.services.catalogue.listed(order.market))

    @strawberry.field
    async def fills(
        self,
        info: Info,
        account_id: ID | None = None,
        market: str | None = None,
        order: ID | None = None,
        since: TimeUs | None = None,
        until: TimeUs | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[Fill]:
        """The account's fills."""
        context = info.context
        account, size, place = context.account(account_id), page_size(first), position_after(after, "fill", 1)
        catalogue = context.services.catalogue
        if market is not None:
            catalogue.wanted(market)
        number = None if order is None else id_number(order)
        if order is not None and number is None:
            return Connection(edges=[], page_info=page_info([], more=False))
        page = await context.services.read(
            lambda connection: histories.fills(
                connection,
                account,
                market=market,
                order=None if number is None else OrderId(number),
                since=since,
                until=until,
                before=place[0] if place else None,
                limit=size,
            ),
            self.sequence,
        )
        return shown_page(
            page, lambda row: Fill.of_row(row, catalogue.listed(row.market)), lambda row: cursor("fill", row.id)
        )

    @strawberry.field
    async def ledger(
        self,
        info: Info,
        account_id: ID | None = None,
        asset: str | None = None,
        since: TimeUs | None = None,
        until: TimeUs | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[LedgerEntry]:
        """Everything that has moved the account's totals."""
        account = info.context.account(account_id)
        return await ledger_of(info.context, account, self.sequence, asset, first, after, since, until)

    @strawberry.field
    async def fee_tier(self, info: Info) -> FeeTier:
        """The fee tier of the main account."""
        return await own_tier(info.context, info.context.signed_in().main_account)


def balances_of(context: Context, account: AccountId, include_zero: bool) -> list[Balance]:
    """Return what an account has now: each asset that it has something of, or all assets."""
    catalogue = context.services.catalogue
    balances = context.snapshot().balances(account)
    nothing = values.Balance(account, "", 0, 0)
    found = ((code, balances.get(code, nothing)) for code in catalogue.rules)
    return [
        Balance.of(values.Balance(account, code, balance.available, balance.held), catalogue)
        for code, balance in found
        if include_zero or balance.available or balance.held
    ]


def open_orders_of(context: Context, account: AccountId, market: str | None) -> list[Order]:
    """Return the orders of an account that wait now, the newest first."""
    catalogue = context.services.catalogue
    if market is not None:
        catalogue.wanted(market)
    orders = [
        order for order in reversed(context.snapshot().open_orders(account)) if market is None or order.market == market
    ]
    return cast(list[Order], lists.shown(orders, lambda order: Order.of(order, catalogue.listed(order.market))))


async def ledger_of(
    context: Context,
    account: AccountId,
    sequence: int,
    asset: str | None,
    first: int,
    after: str | None,
    since: TimeUs | None = None,
    until: TimeUs | None = None,
) -> Connection[LedgerEntry]:
    """Return a page of what has moved an account's totals; it has everything up to the sequence."""
    size, place = page_size(first), position_after(after, "entry", 2)
    catalogue = context.services.catalogue
    if asset is not None:
        catalogue.wanted_asset(asset)
    page = await context.services.read(
        lambda connection: histories.ledger(
            connection,
            account,
            asset=asset,
            since=since,
            until=until,
            before=(place[0], place[1]) if place else None,
            limit=size,
        ),
        sequence,
    )
    return shown_page(
        page,
        lambda row: LedgerEntry.of(row, catalogue),
        lambda row: cursor("entry", row.sequence, row.index),
    )
