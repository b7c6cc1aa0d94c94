"""How commands, events and contents are written down: JSON, since it takes integers of any size both ways."""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from backend.engine.commands import Command, Deposit, PlaceOcoOrder, PlaceOrder, Transfer
from backend.engine.events import Event
from backend.engine.values import TimeUs

_encoder = msgspec.json.Encoder()
_commands_decoder = msgspec.json.Decoder(list[tuple[int, Command]])


def encode_commands(commands: list[tuple[TimeUs, Command]]) -> bytes:
    """Return the accepted commands of a batch with their times, as the journal stores them."""
    return _encoder.encode(commands)


def decode_commands(data: bytes) -> list[tuple[TimeUs, Command]]:
    """Return what `encode_commands` wrote.

    Raises:
        msgspec.DecodeError: The data is no list of commands.
    """
    return [(TimeUs(time), command) for time, command in _commands_decoder.decode(data)]


def digest_events(commands: Iterable[tuple[Event, ...]]) -> str:
    """Return the hex digest of a batch's events, a tuple for each command."""
    return blake2b(_encoder.encode(list(commands)), digest_size=16).hexdigest()


def content_of(command: PlaceOrder | PlaceOcoOrder | Deposit | Transfer) -> str:
    """Return the hex digest of a command's normalised content, which its idempotency key stands for."""
    return blake2b(_encoder.encode(command), digest_size=16).hexdigest()


def item_hash(kind: str, item: object) -> int:
    """Return the number that stands for one item of the state in the fingerprint."""
    return int.from_bytes(blake2b(_encoder.encode((kind, item)), digest_size=16).digest(), "little")
