"""How the errors of an execution are told to the client, and to the log."""

import secrets
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import structlog
from graphql import GraphQLError, ValueNode
from strawberry.exceptions import StrawberryInputCoercionError

from backend.graphql.errors import BAD_USER_INPUT, CODES, INTERNAL, ApiError
from backend.graphql.transport.documents import FormattedError

REFERENCE_BYTES: Final = 8

log = structlog.get_logger(__name__)
encoder: Final = msgspec.json.Encoder(decimal_format="string")


def encode_answer(data: dict[str, Any] | None, errors: Sequence[FormattedError] | None) -> bytes:
    """Return the JSON text of an executed operation's answer."""
    return encoder.encode({"errors": errors, "data": data} if errors else {"data": data})


def encode_refusal(errors: Sequence[FormattedError]) -> bytes:
    """Return the JSON text for a request that was not executed; it has no `data`."""
    return encoder.encode({"errors": errors})


def format_errors(errors: Sequence[GraphQLError]) -> list[FormattedError]:
    """Return what the client is told about the errors of an execution; what nobody expected is logged."""
    return [format_error(error) for error in errors]


def format_error(error: GraphQLError) -> FormattedError:
    """Return one error with its code; anything but a refusal becomes INTERNAL with a reference to the log."""
    cause = _cause(error)
    formatted: FormattedError = {**error.formatted}
    if isinstance(cause, ApiError):
        formatted["message"] = cause.message
        formatted["extensions"] = cause.extensions
    elif isinstance(cause, StrawberryInputCoercionError) or _is_of_an_argument(cause):
        formatted["extensions"] = {"code": BAD_USER_INPUT}
    elif not (isinstance(cause, GraphQLError) and (cause.extensions or {}).get("code") in CODES):
        where = ".".join(str(part) for part in error.path or ())
        formatted.update(internal_error(cause, where))
    return formatted


def format_exception(error: Exception, where: str) -> FormattedError:
    """Return what the client is told about an exception that ended a subscription."""
    if isinstance(error, ApiError):
        return {"message": error.message, "extensions": error.extensions}
    return internal_error(error, where)


def internal_error(cause: BaseException, where: str) -> FormattedError:
    """Log an unexpected exception with its traceback, and return the error that refers to it and says nothing else."""
    reference = secrets.token_hex(REFERENCE_BYTES)
    log.error("internal_error", reference=reference, where=where, exc_info=cause)
    return {
        "message": f"Something went wrong on our side. The reference is {reference}.",
        "extensions": {"code": INTERNAL, "reference": reference},
    }


def _cause(error: GraphQLError) -> Exception:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_of_an_argument(cause: Exception) -> bool:
    """Say whether graphql-core refused the value of an argument, such as a null variable where null is not allowed.

    Errors of arguments point at the value in the document; all others point at the field.
    """
    return isinstance(cause, GraphQLError) and any(isinstance(node, ValueNode) for node in cause.nodes or ())


def outcome_of(errors: Sequence[FormattedError] | None) -> str:
    """Return "ok", or the code of the first error."""
    return str(errors[0].get("extensions", {}).get("code", INTERNAL)) if errors else "ok"
