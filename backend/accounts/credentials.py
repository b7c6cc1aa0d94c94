"""What an e-mail address and a password must look like."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from backend.accounts.refusals import AccountsRefusal

EMAIL_LENGTH_MAX = 254
PASSWORD_BYTES_MAX = 1024


def normalised_email(text: str) -> str:
    """Return the form of an address in which it is stored and compared: in lower case, the domain in Unicode.

    No name server is asked.

    Raises:
        AccountsRefusal: INVALID_INPUT; it is no address.
    """
    if len(text) <= EMAIL_LENGTH_MAX:
        try:
            # A "test environment" differs in nothing but that it takes addresses in the domain .test.
            checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
        except (EmailNotValidError, UnicodeError):
            pass
        else:
            return checked.normalized.lower()
    raise AccountsRefusal("INVALID_INPUT", "email", "This is not an e-mail address.")


def check_password(password: str, email: str, length_min: int) -> None:
    """Refuse a password that is too weak for a new account.

    Raises:
        AccountsRefusal: PASSWORD_TOO_WEAK, with the limit in words.
    """
    if len(password) < length_min:
        raise _weak(f"A password has {length_min} characters or more.")
    if prepared(password) is None:
        raise _weak(f"A password has at most {PASSWORD_BYTES_MAX} bytes and no broken characters.")
    lower = password.casefold()
    if lower in email or email in lower:
        raise _weak("A password must not be the e-mail address or a part of it.")
    if len(set(lower)) < 3:
        raise _weak("A password needs more than two different characters.")


def prepared(password: str) -> bytes | None:
    """Return the bytes of a password that are hashed, the same for every way to type it; None when it cannot be one."""
    if len(password) > PASSWORD_BYTES_MAX:
        return None
    try:
        text = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None
    return text if len(text) <= PASSWORD_BYTES_MAX else None


def _weak(message: str) -> AccountsRefusal:
    return AccountsRefusal("PASSWORD_TOO_WEAK", "password", message)
