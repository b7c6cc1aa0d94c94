"""The context of one operation: who asks, the loaders, and the one sequence that balances and open orders are at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from litestar.datastructures import Cookie
from strawberry.dataloader import DataLoader

from backend.accounts.users import SessionUser
from backend.engine.values import AccountId, Balance, Market, Order, OrderId
from backend.graphql import rates
from backend.graphql.errors import forbidden, unauthenticated, unavailable
from backend.graphql.orders import Fill
from backend.graphql.services import Services
from backend.graphql.transport.connection import ConnectionInfo, MakeContext
from backend.persistence import histories
from backend.persistence.errors import StorageUnavailable

SESSION_COOKIE: Final = "rialto_session"
API_KEY_HEADER: Final = "x-api-key"
BEARER: Final = "bearer "


class Context:
    """What resolvers are given as `info.context`."""

    __slots__ = ("_fills", "_snapshot", "connection", "services", "token", "user")

    def __init__(
        self, services: Services, connection: ConnectionInfo, user: SessionUser | None, token: str | None
    ) -> None:
        self.services = services
        self.connection = connection
        self.user = user
        self.token = token
        self._snapshot: Snapshot | None = None
        self._fills: DataLoader[OrderId, list[Fill]] | None = None

    def signed_in(self) -> SessionUser:
        """Return the user who asks.

        Raises:
            ApiError: UNAUTHENTICATED, it is a visitor.
        """
        if self.user is None:
            raise unauthenticated()
        return self.user

    def account(self, account_id: str | None) -> AccountId:
        """Return the account that is meant: the user's main one where none is named.

        Raises:
            ApiError: UNAUTHENTICATED, it is a visitor; FORBIDDEN, it is not one of the user's own, whether or not
                there is such an account.
        """
        user = self.signed_in()
        if account_id is None:
            return user.main_account
        if not user.owns(account_id):
            raise forbidden("This account is not yours.")
        return AccountId(account_id)

    def rates(self, market: Market) -> tuple[int, int]:
        """Return the maker's and the taker's rate of the user's main account, or a visitor's."""
        views = self.services.views
        own = None if self.user is None else views.accounts.get(self.user.main_account)
        return rates.of_account(market, own, views.rules)

    def snapshot(self) -> "Snapshot":
        """Return the moment that everything of this operation is at, which is that of the first call."""
        if self._snapshot is None:
            self._snapshot = Snapshot(self.services, self.services.views.sequence)
        return self._snapshot

    async def fills_of(self, order: OrderId) -> list[Fill]:
        """Return the newest fills of an order; all orders of an operation are looked up together."""
        if self._fills is None:
            # without a cache: one context serves all events of a subscription, and an order's fills grow
            self._fills = DataLoader(load_fn=self._load_fills, cache=False)
        return await self._fills.load(order)

    async def _load_fills(self, orders: list[OrderId]) -> Sequence[list[Fill]]:
        services = self.services
        found = await services.read(
            lambda connection: histories.fills_of_orders(connection, set(orders)), services.views.sequence
        )
        listed = services.catalogue.listed
        return [[Fill.of_row(row, listed(row.market)) for row in found.get(order, ())] for order in orders]


@dataclass(slots=True)
class Snapshot:
    """Balances and open orders at one committed sequence.

    All resolvers that use it are synchronous: they run in the same turn of the event loop as the one that took it, and
    no batch is folded in between.
    """

    services: Services
    sequence: int
    _balances: dict[AccountId, dict[str, Balance]] = field(default_factory=dict)
    _open_orders: dict[AccountId, list[Order]] = field(default_factory=dict)

    def balances(self, account: AccountId) -> dict[str, Balance]:
        """Return an account's balances by asset."""
        if account not in self._balances:
            self._check()
            self._balances[account] = dict(self.services.views.balances(account))
        return self._balances[account]

    def open_orders(self, account: AccountId) -> list[Order]:
        """Return an account's open orders, the oldest first."""
        if account not in self._open_orders:
            self._check()
            self._open_orders[account] = self.services.views.open_orders(account)
        return self._open_orders[account]

    def _check(self) -> None:
        assert self.services.views.sequence == self.sequence, "an operation looks at one sequence"


def context_maker(services: Services) -> MakeContext:
    """Return what makes the context of each operation for the transport."""

    async def make_context(connection: ConnectionInfo) -> Context:
        try:
            user, token = await _identify(services, connection)
        except StorageUnavailable as error:
            raise unavailable("It cannot be checked now who you are. Try again.") from error
        if user is not None:
            connection.account = user.main_account
            connection.session = user.session_id
        return Context(services, connection, user, token)

    return make_context


async def _identify(services: Services, connection: ConnectionInfo) -> tuple[SessionUser | None, str | None]:
    if API_KEY_HEADER in connection.headers or _has_api_key(connection):
        raise unauthenticated("API keys are not available on this exchange yet.")
    authorization = connection.authorization
    if authorization is not None:
        token = authorization[len(BEARER) :].strip() if authorization[: len(BEARER)].lower() == BEARER else ""
        user = await services.accounts.session_of(token)
        if user is None:
            raise unauthenticated("This token is not valid, or not any more. Sign in again.")
        return user, token
    token = connection.cookies.get(SESSION_COOKIE, "")
    if not token:
        return None, None
    user = await services.accounts.session_of(token)
    if user is None:
        clear_session_cookie(services, connection)
        return None, None
    return user, token


def _has_api_key(connection: ConnectionInfo) -> bool:
    return any(name.lower() == API_KEY_HEADER for name in connection.connection_params)


def set_session_cookie(services: Services, connection: ConnectionInfo, token: str) -> None:
    """Give the browser its session, where scripts cannot read it."""
    connection.response_cookies.append(_cookie(services, connection, token, services.session_seconds))


def clear_session_cookie(services: Services, connection: ConnectionInfo) -> None:
    """Have the browser forget its session."""
    connection.response_cookies.append(_cookie(services, connection, "", 0))


def _cookie(services: Services, connection: ConnectionInfo, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE,
        value=value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.cookie_is_secure(connection),
    )
