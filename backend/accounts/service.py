"""The service of users: register, log in, log out, and whose token this is."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from backend.accounts import users
from backend.accounts.credentials import check_password, normalised_email, prepared
from backend.accounts.passwords import PasswordHasher
from backend.accounts.refusals import AccountsRefusal
from backend.accounts.sessions import DEFAULT_LIMITS, SessionLimits, Sessions
from backend.accounts.users import EmailTaken, NewUser, SessionUser
from backend.engine.commands import Command, OpenAccount
from backend.engine.outcome import Outcome, RefusalCode
from backend.engine.values import AccountId, TimeUs
from backend.persistence.database import Database


class Sequencer(Protocol):
    """The only way to change the engine, as far as this package needs it."""

    async def submit(self, command: Command) -> Outcome:
        """Apply a command and answer after its commit."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a registration or a log-in gives: the token, shown this once, and its user."""

    token: str
    user: SessionUser


class Accounts:
    """Users and their sessions.

    Args:
        database: Where users are stored.
        sequencer: Opens the engine's accounts.
        account_exists: Says whether the engine has an account (by the live views).
        session_key: See `Sessions`.
        hasher: Hashes passwords.
        session_limits: How long sessions last.
        password_length_min: The shortest password that is accepted.
        now: The time in microseconds; the wall clock when None.
    """

    def __init__(
        self,
        database: Database,
        sequencer: Sequencer,
        account_exists: Callable[[AccountId], bool],
        session_key: bytes,
        hasher: PasswordHasher,
        session_limits: SessionLimits = DEFAULT_LIMITS,
        password_length_min: int = 12,
        now: Callable[[], int] | None = None,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._account_exists = account_exists
        self._hasher = hasher
        self._password_length_min = password_length_min
        self._now = now or (lambda: time.time_ns() // 1000)
        self._session_limits = session_limits
        self._sessions = Sessions(database, session_key, self._now, session_limits)
        self._turns: dict[str, _Turn] = {}

    async def register(self, email: str, password: str, *, ip: str = "", user_agent: str = "") -> SignedIn:
        """Make a user with a main account, and sign them in.

        Raises:
            AccountsRefusal: INVALID_INPUT, PASSWORD_TOO_WEAK, EMAIL_TAKEN.
            TooBusy: Too many passwords wait to be hashed.
            Unavailable, StorageUnavailable: The engine or the database did not answer; the user may exist.
        """
        email = normalised_email(email)
        check_password(password, email, self._password_length_min)
        raw = prepared(password)
        assert raw is not None, "check_password has refused it"
        # One at a time for each address, so that a race does not leave accounts of the engine without a user.
        async with self._turn(email):
            if await self._database.read(lambda connection: users.email_exists(connection, email)):
                raise _email_taken()
            password_hash = await self._hasher.hash(raw)
            account = AccountId(secrets.token_hex(16))
            await self._open(account)
            user = NewUser(secrets.token_hex(16), email, password_hash, account, TimeUs(self._now()))
            try:
                return await self._sign_in(user.id, ip, user_agent, lambda connection: users.add_user(connection, user))
            except EmailTaken:
                raise _email_taken() from None

    async def log_in(self, email: str, password: str, *, ip: str = "", user_agent: str = "") -> SignedIn:
        """Sign a user in; an unknown address costs the same time as a wrong password.

        Raises:
            AccountsRefusal: INVALID_CREDENTIALS.
            TooBusy: Too many passwords wait to be checked.
            Unavailable, StorageUnavailable: The engine or the database did not answer.
        """
        try:
            address = normalised_email(email)
        except AccountsRefusal:
            address = ""
        raw = prepared(password)
        known = await self._database.read(lambda connection: users.credentials(connection, address))
        verdict = await self._hasher.verify(known.password_hash if known else None, raw or b"")
        if known is None or raw is None or not verdict.fits:
            raise AccountsRefusal("INVALID_CREDENTIALS", "", "The e-mail address or the password is wrong.")
        user_id, old_hash, new_hash = known.user_id, known.password_hash, verdict.new_hash

        def rehash(connection: Connection) -> None:
            if new_hash is not None:
                users.set_password_hash(connection, user_id, old_hash, new_hash)

        await self._repair(user_id)
        return await self._sign_in(user_id, ip, user_agent, rehash)

    async def log_out(self, token: str) -> bool:
        """End the session of a token; False when it had ended before."""
        return await self._sessions.revoke(token)

    async def session_of(self, token: str) -> SessionUser | None:
        """Return the user of a living session, and note that it is used."""
        return await self._sessions.find(token)

    def on_revoked(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of each session that is ended before its time."""
        self._sessions.on_revoked(callback)

    @property
    def session_lifetime_seconds(self) -> int:
        """Return how long a session lasts at most: a cookie need not live longer."""
        return self._session_limits.lifetime_seconds

    async def close(self) -> None:
        """Stop hashing, and finish what is being written."""
        self._hasher.close()
        await self._sessions.close()

    async def _sign_in(self, user_id: str, ip: str, user_agent: str, before: Callable[[Connection], None]) -> SignedIn:
        token, session = self._sessions.make(ip, user_agent)

        def write(connection: Connection) -> tuple[SessionUser, list[str]]:
            before(connection)
            ended = self._sessions.store(connection, user_id, session)
            return users.user_of(connection, user_id, session.id), ended

        user, ended = await self._database.write(write)
        self._sessions.forget(ended)
        return SignedIn(token, user)

    async def _repair(self, user_id: str) -> None:
        """Open the user's accounts that the engine does not have: the main database survived a crash and it did not."""
        for account in await self._database.read(lambda connection: users.accounts_of(connection, user_id)):
            if not self._account_exists(account.account_id):
                await self._open(account.account_id)

    async def _open(self, account: AccountId) -> None:
        outcome = await self._sequencer.submit(OpenAccount(account))
        refusal = outcome.refusal
        if refusal is not None and refusal.code is not RefusalCode.ALREADY_EXISTS:
            raise RuntimeError(f"the engine does not open an account: {refusal.code.value} {refusal.field}")

    @asynccontextmanager
    async def _turn(self, email: str) -> AsyncIterator[None]:
        turn = self._turns.setdefault(email, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                self._turns.pop(email, None)


class _Turn:
    """A lock for one address, kept while somebody wants it."""

    __slots__ = ("lock", "users")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


def _email_taken() -> AccountsRefusal:
    return AccountsRefusal("EMAIL_TAKEN", "email", "Another user has this e-mail address.")
