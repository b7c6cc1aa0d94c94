"""Makes administrators from the console, beside the running exchange or without it."""

import asyncio
import secrets
import time
from collections.abc import Callable

from sqlalchemy import Connection

from backend.accounts import users
from backend.accounts.credentials import check_password, normalised_email, prepared
from backend.accounts.passwords import PasswordHasher
from backend.accounts.users import ADMIN_ROLE, EmailTaken, NewUser
from backend.engine.values import AccountId, TimeUs
from backend.persistence import audit
from backend.persistence.database import Database

CONSOLE = "console"
"""The actor of what was done on the server's own console."""


class Administrators:
    """Gives users the role ADMIN.

    The engine is not asked: the account of a new user is opened in it by the first log-in.

    Args:
        database: Where users are stored.
        hasher: Hashes the password of a new one.
        password_length_min: The shortest password that is accepted.
    """

    def __init__(self, database: Database, hasher: PasswordHasher, password_length_min: int) -> None:
        self._database = database
        self._hasher = hasher
        self._password_length_min = password_length_min

    def create(self, email: str, password: Callable[[], str]) -> str:
        """Give the user with this address the role, or make the user; return in words what was done.

        Args:
            email: The address.
            password: Asked for the password only when the user is new.

        Raises:
            AccountsRefusal: INVALID_INPUT, PASSWORD_TOO_WEAK.
            SQLAlchemyError: The database did not answer.
        """
        email = normalised_email(email)
        with self._database.begin_main() as connection:
            known = users.user_with_email(connection, email)
        if known is None:
            new = self._new_user(email, password())
            try:
                with self._database.begin_main() as connection:
                    users.add_user(connection, new)
                    self._add_role(connection, new.id, email)
                return f"{email} is an administrator now."
            except EmailTaken:
                # registered while the password was typed: as if they had been there before
                pass
        with self._database.begin_main() as connection:
            known = users.user_with_email(connection, email)
            assert known is not None, "users are never deleted"
            added = self._add_role(connection, known, email)
        return (
            f"{email} is an administrator now, with the same password as before."
            if added
            else (f"{email} is an administrator already.")
        )

    def _new_user(self, email: str, password: str) -> NewUser:
        check_password(password, email, self._password_length_min)
        raw = prepared(password)
        assert raw is not None, "check_password has refused it"
        password_hash = asyncio.run(self._hasher.hash(raw))
        account = AccountId(secrets.token_hex(16))
        return NewUser(secrets.token_hex(16), email, password_hash, account, _now())

    def _add_role(self, connection: Connection, user_id: str, email: str) -> bool:
        if not users.add_role(connection, user_id, ADMIN_ROLE):
            return False
        entry = audit.begin(connection, actor=CONSOLE, action="createAdmin", subject=email, details="{}", time=_now())
        audit.settle(connection, entry, audit.ACCEPTED, None)
        return True


def _now() -> TimeUs:
    return TimeUs(time.time_ns() // 1000)
