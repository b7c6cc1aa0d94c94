"""Administrators made on the console: new users, users who were there, and the note in the audit log."""

from collections.abc import Iterator

import pytest

from backend.accounts import users
from backend.accounts.administrators import Administrators
from backend.accounts.passwords import PasswordHasher
from backend.accounts.refusals import AccountsRefusal
from backend.engine.values import AccountId, TimeUs
from backend.persistence import audit
from backend.persistence.database import Database

EMAIL = "boss@example.org"
PASSWORD = "correct horse battery"


@pytest.fixture
def administrators(database: Database) -> Iterator[Administrators]:
    hasher = PasswordHasher(time_cost=1, memory_kib=1_024)
    yield Administrators(database, hasher, 12)
    hasher.close()


def roles(database: Database) -> tuple[str, ...]:
    with database.begin_main() as connection:
        known = users.user_with_email(connection, EMAIL)
        assert known is not None
        user = users.find_user(connection, known)
    assert user is not None
    return user.roles


def log(database: Database) -> list[audit.AuditRow]:
    with database.begin_main() as connection:
        return audit.entries(connection, None, 10).items


def never() -> str:
    raise AssertionError("nobody asks for the password of a user who has one")


def test_a_new_administrator_has_an_account_a_password_and_a_note_in_the_log(
    database: Database, administrators: Administrators
) -> None:
    assert administrators.create("Boss@Example.org", lambda: PASSWORD) == f"{EMAIL} is an administrator now."
    assert roles(database) == ("ADMIN", "TRADER")
    (entry,) = log(database)
    assert (entry.actor, entry.action, entry.subject, entry.outcome) == ("console", "createAdmin", EMAIL, "ACCEPTED")


def test_a_user_who_was_there_keeps_the_password_and_gets_the_role_once(
    database: Database, administrators: Administrators
) -> None:
    with database.begin_main() as connection:
        users.add_user(connection, users.NewUser("u" * 32, EMAIL, "hash", AccountId("a" * 32), TimeUs(1)))
    assert "same password as before" in administrators.create(EMAIL, never)
    assert administrators.create(EMAIL, never) == f"{EMAIL} is an administrator already."
    assert roles(database) == ("ADMIN", "TRADER")
    with database.begin_main() as connection:
        known = users.credentials(connection, EMAIL)
    assert known is not None
    assert known.password_hash == "hash"
    assert len(log(database)) == 1


def test_who_registers_while_the_password_is_typed_becomes_the_administrator(
    database: Database, administrators: Administrators
) -> None:
    def typed() -> str:
        with database.begin_main() as connection:
            users.add_user(connection, users.NewUser("u" * 32, EMAIL, "hash", AccountId("a" * 32), TimeUs(1)))
        return PASSWORD

    assert "same password as before" in administrators.create(EMAIL, typed)
    assert roles(database) == ("ADMIN", "TRADER")


def test_a_weak_password_makes_nobody(database: Database, administrators: Administrators) -> None:
    with pytest.raises(AccountsRefusal):
        administrators.create(EMAIL, lambda: "short")
    with database.begin_main() as connection:
        assert users.user_with_email(connection, EMAIL) is None
    assert log(database) == []
