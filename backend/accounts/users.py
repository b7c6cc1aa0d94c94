"""Users, their accounts, roles and sessions as they are stored: plain functions of a connection."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from backend.engine.values import AccountId, TimeUs
from backend.persistence.rows import Page
from backend.persistence.tables import sessions, user_accounts, user_roles, users

_USER_COLUMNS = (users.c.id, users.c.email, users.c.email_verified, users.c.created_at)

MAIN_ACCOUNT_NAME = "Main"
FIRST_ROLE = "TRADER"
ADMIN_ROLE = "ADMIN"
ID_PREFIX_LENGTH = 14
"""So many of an id's hex digits, a number below 2^56, order users who were made in the same microsecond."""


class EmailTaken(Exception):
    """Another user has this address."""


@dataclass(frozen=True, slots=True)
class UserAccount:
    """One of the engine's accounts that is a user's."""

    account_id: AccountId
    name: str
    main: bool
    created_at: TimeUs


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user: who they are, what they may do, and their accounts."""

    user_id: str
    email: str
    email_verified: bool
    roles: tuple[str, ...]
    created_at: TimeUs
    accounts: tuple[UserAccount, ...]
    """The main one first."""

    @property
    def main_account(self) -> AccountId:
        """Return the account that is meant where none is named."""
        return self.accounts[0].account_id

    def owns(self, account: str) -> bool:
        """Say whether an account of the engine is this user's."""
        return any(own.account_id == account for own in self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUser(KnownUser):
    """A signed-in user, and the session that says so."""

    session_id: str


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user who registers."""

    id: str
    email: str
    password_hash: str
    account: AccountId
    created_at: TimeUs


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that begins; only a hash of its token is stored."""

    id: str
    token_hash: str
    created_at: TimeUs
    expires_at: TimeUs
    ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a log-in is checked against."""

    user_id: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with its user, and the times that end it."""

    user: SessionUser
    last_seen_at: TimeUs
    expires_at: TimeUs


def email_exists(connection: Connection, email: str) -> bool:
    """Say whether a user has this address."""
    return user_with_email(connection, email) is not None


def user_with_email(connection: Connection, email: str) -> str | None:
    """Return the id of the user who has this address."""
    return connection.scalar(select(users.c.id).where(users.c.email == email))


def credentials(connection: Connection, email: str) -> Credentials | None:
    """Return what the log-in with this address is checked against."""
    row = connection.execute(select(users.c.id, users.c.password_hash).where(users.c.email == email)).first()
    return None if row is None else Credentials(row.id, row.password_hash)


def add_user(connection: Connection, user: NewUser) -> None:
    """Store a user with the main account and the first role.

    The engine may not have the account yet: a log-in opens what it lacks.

    Raises:
        EmailTaken: Another user has the address; the transaction is lost.
    """
    try:
        connection.execute(
            insert(users).values(
                id=user.id,
                email=user.email,
                password_hash=user.password_hash,
                email_verified=False,
                created_at=user.created_at,
            )
        )
    except IntegrityError:
        raise EmailTaken from None
    connection.execute(
        insert(user_accounts).values(
            account_id=user.account, user_id=user.id, name=MAIN_ACCOUNT_NAME, main=True, created_at=user.created_at
        )
    )
    connection.execute(insert(user_roles).values(user_id=user.id, role=FIRST_ROLE))


def add_role(connection: Connection, user_id: str, role: str) -> bool:
    """Give a user a role; False when they had it before."""
    held = user_roles.c.user_id == user_id, user_roles.c.role == role
    if connection.scalar(select(user_roles.c.role).where(*held)) is not None:
        return False
    connection.execute(insert(user_roles).values(user_id=user_id, role=role))
    return True


def find_user(connection: Connection, user_id: str) -> KnownUser | None:
    """Return a user by their id."""
    row = connection.execute(select(*_USER_COLUMNS).where(users.c.id == user_id)).first()
    return None if row is None else KnownUser(**_user_fields(connection, row))


def search(connection: Connection, wanted: str | None, before: tuple[int, int] | None, limit: int) -> Page[KnownUser]:
    """Return a page of users, the newest first.

    Args:
        connection: Of the main database.
        wanted: A part of the e-mail address, or a whole id of a user or account; None for all users.
        before: The `place` of the last user of the page before.
        limit: So many at most.
    """
    place = tuple_(users.c.created_at, func.substr(users.c.id, 1, ID_PREFIX_LENGTH))
    query = select(*_USER_COLUMNS)
    if wanted is not None:
        owner = select(user_accounts.c.user_id).where(user_accounts.c.account_id == wanted)
        part = users.c.email.contains(wanted.strip().lower(), autoescape=True)
        query = query.where(or_(part, users.c.id == wanted, users.c.id.in_(owner)))
    if before is not None:
        query = query.where(place < (before[0], f"{before[1]:0{ID_PREFIX_LENGTH}x}"))
    rows = connection.execute(query.order_by(users.c.created_at.desc(), users.c.id.desc()).limit(limit + 1)).all()
    return Page([KnownUser(**_user_fields(connection, row)) for row in rows[:limit]], len(rows) > limit)


def place_of(user: KnownUser) -> tuple[int, int]:
    """Return where a user is in the list of all users."""
    return user.created_at, int(user.user_id[:ID_PREFIX_LENGTH], 16)


def set_password_hash(connection: Connection, user_id: str, old_hash: str, new_hash: str) -> None:
    """Replace a hash, unless it was replaced meanwhile."""
    connection.execute(
        update(users).where(users.c.id == user_id, users.c.password_hash == old_hash).values(password_hash=new_hash)
    )


def add_session(
    connection: Connection, user_id: str, session: NewSession, idle_since: TimeUs, sessions_max: int
) -> list[str]:
    """Store a session; drop the user's dead ones, and the oldest of those beyond `sessions_max`.

    Args:
        idle_since: Sessions last seen before this are dead.
        sessions_max: So many sessions a user may have, the new one included.

    Returns:
        The ids of the living sessions that had to go.
    """
    dead = or_(
        sessions.c.revoked_at.is_not(None),
        sessions.c.expires_at <= session.created_at,
        sessions.c.last_seen_at <= idle_since,
    )
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id, dead))
    living = (
        select(sessions.c.id).where(sessions.c.user_id == user_id).order_by(sessions.c.created_at.desc(), sessions.c.id)
    )
    ended = list(connection.scalars(living))[max(0, sessions_max - 1) :]
    if ended:
        connection.execute(delete(sessions).where(sessions.c.id.in_(ended)))
    connection.execute(
        insert(sessions).values(
            id=session.id,
            token_hash=session.token_hash,
            user_id=user_id,
            created_at=session.created_at,
            last_seen_at=session.created_at,
            expires_at=session.expires_at,
            revoked_at=None,
            ip=session.ip,
            user_agent=session.user_agent,
        )
    )
    return ended


def find_session(connection: Connection, token_hash: str) -> StoredSession | None:
    """Return a session that is not revoked, with its user."""
    row = connection.execute(
        select(
            sessions.c.id.label("session_id"),
            sessions.c.last_seen_at,
            sessions.c.expires_at,
            *_USER_COLUMNS,
        )
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.token_hash == token_hash, sessions.c.revoked_at.is_(None))
    ).first()
    if row is None:
        return None
    return StoredSession(session_user(connection, row.session_id, row), row.last_seen_at, row.expires_at)


def user_of(connection: Connection, user_id: str, session_id: str) -> SessionUser:
    """Return a user as the holder of a session."""
    row = connection.execute(select(*_USER_COLUMNS).where(users.c.id == user_id)).one()
    return session_user(connection, session_id, row)


def session_user(connection: Connection, session_id: str, user: Row[*tuple[Any, ...]]) -> SessionUser:
    """Return the user of a row, with accounts and roles, as the holder of a session."""
    return SessionUser(session_id=session_id, **_user_fields(connection, user))


def _user_fields(connection: Connection, user: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    roles = select(user_roles.c.role).where(user_roles.c.user_id == user.id).order_by(user_roles.c.role)
    return {
        "user_id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "roles": tuple(connection.scalars(roles)),
        "created_at": user.created_at,
        "accounts": accounts_of(connection, user.id),
    }


def accounts_of(connection: Connection, user_id: str) -> tuple[UserAccount, ...]:
    """Return a user's accounts, the main one first, then the oldest."""
    rows = connection.execute(
        select(user_accounts.c.account_id, user_accounts.c.name, user_accounts.c.main, user_accounts.c.created_at)
        .where(user_accounts.c.user_id == user_id)
        .order_by(user_accounts.c.main.desc(), user_accounts.c.created_at, user_accounts.c.account_id)
    )
    return tuple(UserAccount(AccountId(row[0]), row[1], bool(row[2]), TimeUs(row[3])) for row in rows)


def touch_session(connection: Connection, session_id: str, seen_at: TimeUs) -> None:
    """Note that a session was used."""
    connection.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.last_seen_at < seen_at)
        .values(last_seen_at=seen_at)
    )


def revoke_session(connection: Connection, token_hash: str, at: TimeUs) -> str | None:
    """End a session; return its id, or None where there is none or it ended before."""
    session_id = connection.scalar(
        select(sessions.c.id).where(sessions.c.token_hash == token_hash, sessions.c.revoked_at.is_(None))
    )
    if session_id is not None:
        connection.execute(update(sessions).where(sessions.c.id == session_id).values(revoked_at=at))
    return session_id
