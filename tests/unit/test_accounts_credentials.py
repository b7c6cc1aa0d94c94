"""What an e-mail address and a password must look like."""

import pytest

from backend.accounts.credentials import check_password, normalised_email, prepared
from backend.accounts.refusals import AccountsRefusal

EMAIL = "jane@example.org"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Jane.Doe@Example.ORG", "jane.doe@example.org"),
        ("  jane@example.org ", "jane@example.org"),
        ("j+tag@example.org", "j+tag@example.org"),
        ("jane@B\u00dcCHER.example", "jane@b\u00fccher.example"),
        ("jane@xn--bcher-kva.example", "jane@b\u00fccher.example"),
        ("bot@exchange.test", "bot@exchange.test"),
    ],
)
def test_an_address_is_stored_in_one_spelling(given: str, stored: str) -> None:
    assert normalised_email(given) == stored


@pytest.mark.parametrize(
    "email",
    [
        "",
        "jane",
        "jane@",
        "@example.org",
        "a b@example.org",
        "jane@host",
        "j@e.o" * 60,
        "\ud800@a.b",
        "j\0@e.org",
        "a@b@c.org",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(AccountsRefusal) as refused:
        normalised_email(email)
    assert (refused.value.code, refused.value.field) == ("INVALID_INPUT", "email")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        EMAIL,
        f"my {EMAIL.upper()}",
        "x" * 600 + "yz" * 300,
        "\u00e9" * 511 + "abc",
        "twelve chars\ud800",
    ],
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(AccountsRefusal) as refused:
        check_password(password, EMAIL, 12)
    assert (refused.value.code, refused.value.field) == ("PASSWORD_TOO_WEAK", "password")
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    "password", ["twelve chars", "correct horse battery", "x" * 1000 + "yz", "\u5bc6\u7801" * 5 + "ab"]
)
def test_a_long_password_needs_no_special_characters(password: str) -> None:
    check_password(password, EMAIL, 12)


def test_the_limit_is_named_in_the_refusal() -> None:
    with pytest.raises(AccountsRefusal) as refused:
        check_password("short", EMAIL, 14)
    assert "14" in refused.value.message


def test_a_password_is_the_same_however_its_characters_are_composed() -> None:
    assert prepared("Caf\u00e9") == prepared("Cafe\u0301") != prepared("Cafe")
