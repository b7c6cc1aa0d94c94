"""The messages of the graphql-transport-ws protocol."""

from typing import Annotated, Any, Final

import msgspec

from backend.graphql.transport.documents import FormattedError
from backend.graphql.transport.http import GraphQLRequest

SUBPROTOCOL: Final = "graphql-transport-ws"

INVALID_MESSAGE: Final = 4400
NOT_SIGNED_IN: Final = 4401
REFUSED: Final = 4403
SUBPROTOCOL_NOT_ACCEPTABLE: Final = 4406
TOO_SLOW: Final = 4408
ID_IN_USE: Final = 4409
TOO_MANY: Final = 4429
SERVER_ERROR: Final = 4500
RESTART: Final = 1012

OperationId = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class ConnectionInit(msgspec.Struct, tag_field="type", tag="connection_init"):
    """The first message of a client, with its credentials."""

    payload: dict[str, Any] | None = None


class Ping(msgspec.Struct, tag_field="type", tag="ping"):
    """Asks for a pong."""

    payload: dict[str, Any] | None = None


class Pong(msgspec.Struct, tag_field="type", tag="pong"):
    """The answer to a ping, or a sign of life."""

    payload: dict[str, Any] | None = None


class Subscribe(msgspec.Struct, tag_field="type", tag="subscribe"):
    """Asks for an operation of any kind."""

    id: OperationId
    payload: GraphQLRequest


class Complete(msgspec.Struct, tag_field="type", tag="complete"):
    """The client wants no more of an operation."""

    id: str


ClientMessage = ConnectionInit | Ping | Pong | Subscribe | Complete

decoder: Final = msgspec.json.Decoder(ClientMessage)
encoder: Final = msgspec.json.Encoder(decimal_format="string")

ACKNOWLEDGED: Final = '{"type":"connection_ack"}'


def pong(payload: dict[str, Any] | None) -> str:
    """Return the answer to a ping, with the ping's payload."""
    return encoder.encode({"type": "pong", "payload": payload} if payload is not None else {"type": "pong"}).decode()


def next_prefix(operation_id: str) -> str:
    """Return what stands before the payload in each `next` message of an operation; `}` stands behind it."""
    return f'{{"id":{encoder.encode(operation_id).decode()},"type":"next","payload":'


def error(operation_id: str, errors: list[FormattedError]) -> str:
    """Return the message that ends an operation with errors."""
    return encoder.encode({"id": operation_id, "type": "error", "payload": errors}).decode()


def complete(operation_id: str) -> str:
    """Return the message that ends an operation."""
    return encoder.encode({"id": operation_id, "type": "complete"}).decode()
