"""Users, their accounts and sessions: register, log in, log out."""

import strawberry
from strawberry import ID

from backend.accounts.refusals import AccountsRefusal, TooBusy
from backend.accounts.service import SignedIn
from backend.accounts.users import KnownUser, UserAccount
from backend.engine.values import AccountId, TimeUs
from backend.graphql.context import Context, clear_session_cookie, set_session_cookie
from backend.graphql.enums import ErrorCode, Role
from backend.graphql.errors import rate_limited, unavailable
from backend.graphql.info import Info
from backend.graphql.refusals import UserError
from backend.persistence.errors import StorageUnavailable


@strawberry.type
class User:
    """A person who trades here."""

    id: ID
    email: str
    email_verified: bool
    totp_enabled: bool
    roles: list[Role]
    verification_level: int
    created_at: TimeUs
    main_account: strawberry.Private[AccountId]

    @strawberry.field
    def frozen(self, info: Info) -> bool:
        """Whether the user can neither trade nor move anything now."""
        account = info.context.services.views.accounts.get(self.main_account)
        return account is not None and account.frozen

    @classmethod
    def of(cls, user: KnownUser) -> "User":
        """Return a user as the API shows it; second factors and verification are not built yet."""
        return cls(
            id=ID(user.user_id),
            email=user.email,
            email_verified=user.email_verified,
            totp_enabled=False,
            roles=[Role(role) for role in user.roles],
            verification_level=0,
            created_at=user.created_at,
            main_account=user.main_account,
        )


@strawberry.type(description="The main account or a sub-account: balances and orders of its own.")
class Account:
    """One of the engine's accounts that is the user's."""

    id: ID
    name: str
    main: bool
    created_at: TimeUs

    @classmethod
    def of(cls, account: UserAccount) -> "Account":
        """Return an account as the API shows it."""
        return cls(id=ID(account.account_id), name=account.name, main=account.main, created_at=account.created_at)


@strawberry.input
class RegisterInput:
    """A new user."""

    email: str
    password: str


@strawberry.input
class LogInInput:
    """What a user signs in with."""

    email: str
    password: str
    totp_code: str | None = None


@strawberry.type(
    description="`token` goes into `Authorization: Bearer …`; a browser also gets it as an HttpOnly, SameSite cookie."
)
class SessionPayload:
    """A session that has begun, or why not."""

    token: str | None
    user: User | None
    errors: list[UserError]


@strawberry.type
class UserPayload:
    """The answer where something of a user is changed."""

    user: User | None
    errors: list[UserError]


@strawberry.type
class ActionPayload:
    """The answer where there is nothing to give but success."""

    errors: list[UserError]


@strawberry.type
class AccountsMutation:
    """The mutations of users and sessions."""

    @strawberry.mutation(
        description=(
            "Where e-mail verification is on, the answer is the same whether or not the address is known, "
            "and the token comes with `verifyEmail`."
        )
    )
    async def register(self, info: Info, input: RegisterInput) -> SessionPayload | None:
        """Make a user and sign them in."""
        context = info.context
        try:
            return _signed_in(
                context,
                await context.services.accounts.register(input.email, input.password, **_browser(context)),
            )
        except AccountsRefusal as refusal:
            return _refused(refusal)
        except (TooBusy, StorageUnavailable) as error:
            raise _not_now(error) from error

    @strawberry.mutation
    async def log_in(self, info: Info, input: LogInInput) -> SessionPayload | None:
        """Sign a user in."""
        context = info.context
        if input.totp_code is not None:
            return _refused(AccountsRefusal("INVALID_INPUT", "totpCode", "Second factors are not available yet."))
        try:
            return _signed_in(
                context,
                await context.services.accounts.log_in(input.email, input.password, **_browser(context)),
            )
        except AccountsRefusal as refusal:
            return _refused(refusal)
        except (TooBusy, StorageUnavailable) as error:
            raise _not_now(error) from error

    @strawberry.mutation
    async def log_out(self, info: Info) -> ActionPayload | None:
        """End the session that this request came with."""
        context = info.context
        context.signed_in()
        assert context.token is not None, "who is signed in has shown a token"
        try:
            await context.services.accounts.log_out(context.token)
        except StorageUnavailable as error:
            raise _not_now(error) from error
        clear_session_cookie(context.services, context.connection)
        return ActionPayload(errors=[])


def _browser(context: Context) -> dict[str, str]:
    connection = context.connection
    return {"ip": connection.client_address, "user_agent": connection.headers.get("user-agent", "")}


def _signed_in(context: Context, session: SignedIn) -> SessionPayload:
    set_session_cookie(context.services, context.connection, session.token)
    return SessionPayload(token=session.token, user=User.of(session.user), errors=[])


def _refused(refusal: AccountsRefusal) -> SessionPayload:
    path = ["input", refusal.field] if refusal.field else []
    error = UserError(code=ErrorCode(refusal.code), message=refusal.message, path=path)
    return SessionPayload(token=None, user=None, errors=[error])


def _not_now(error: TooBusy | StorageUnavailable) -> Exception:
    if isinstance(error, TooBusy):
        return rate_limited(error.retry_after_seconds, "Too many people sign in now. Try again.")
    return unavailable("The outcome is not known. Try to sign in.")
