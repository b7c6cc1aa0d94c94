"""The errors of the API that are no data: each has a code that a program can act upon."""

from typing import Final

UNAUTHENTICATED: Final = "UNAUTHENTICATED"
FORBIDDEN: Final = "FORBIDDEN"
BAD_USER_INPUT: Final = "BAD_USER_INPUT"
RATE_LIMITED: Final = "RATE_LIMITED"
COMPLEXITY_EXCEEDED: Final = "COMPLEXITY_EXCEEDED"
UNAVAILABLE: Final = "UNAVAILABLE"
INTERNAL: Final = "INTERNAL"

CODES: Final = frozenset(
    {UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT, RATE_LIMITED, COMPLEXITY_EXCEEDED, UNAVAILABLE, INTERNAL}
)


class ApiError(Exception):
    """A refusal that is answered as a GraphQL error with `extensions.code`.

    Args:
        code: One of `CODES`.
        message: For a person, in plain words; it is sent to the client as it is.
        extensions: More members of `extensions`, such as `retryAfter`.
    """

    def __init__(self, code: str, message: str, **extensions: object) -> None:
        assert code in CODES, f"{code} is no code of the contract"
        super().__init__(message)
        self.code = code
        self.message = message
        self.extensions: dict[str, object] = {"code": code, **extensions}


def unauthenticated(message: str = "Sign in first.") -> ApiError:
    """Return the error for a visitor who asks for something private, or for a dead token."""
    return ApiError(UNAUTHENTICATED, message)


def forbidden(message: str = "This is not allowed.") -> ApiError:
    """Return the error for a user who may not do this."""
    return ApiError(FORBIDDEN, message)


def bad_user_input(message: str) -> ApiError:
    """Return the error for input that no well-behaved client sends."""
    return ApiError(BAD_USER_INPUT, message)


def rate_limited(retry_after_seconds: float, message: str = "Too many requests.") -> ApiError:
    """Return the error for a caller who is too fast; `retryAfter` is in seconds."""
    return ApiError(RATE_LIMITED, message, retryAfter=retry_after_seconds)


def complexity_exceeded(message: str) -> ApiError:
    """Return the error for a document that asks for more than a limit allows."""
    return ApiError(COMPLEXITY_EXCEEDED, message)


def unavailable(message: str = "The outcome is not known: send it again with the same key.") -> ApiError:
    """Return the error for a request whose outcome is unknown or that cannot be served now."""
    return ApiError(UNAVAILABLE, message)
