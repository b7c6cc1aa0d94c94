"""The server's secret: given by a setting, or made once and kept in the data folder; keys are derived from it."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from backend.persistence.database import make_private_folder

KEY_FILE = "secret.key"
KEY_BYTES = 32


class UnreadableSecret(Exception):
    """The file of the secret is not what this program wrote; its message says what to do."""


def server_secret(data_dir: Path, given: str | None = None) -> bytes:
    """Return the server's secret; without a given one it is read from the data folder, or made there (mode 0600).

    Raises:
        UnreadableSecret: The file exists and is not a secret.
    """
    if given is not None:
        return given.encode()
    path = data_dir / KEY_FILE
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return _make(path)
    except (PermissionError, UnicodeDecodeError) as error:
        raise UnreadableSecret(f"{path} cannot be read as a secret: {error}") from None
    if len(text) < 2 * KEY_BYTES:
        raise UnreadableSecret(f"{path} holds no secret; remove it, and a new one is made (all sessions end then)")
    return text.encode()


def derive(secret: bytes, purpose: str) -> bytes:
    """Return a key of 32 bytes for one purpose; keys of different purposes say nothing about each other."""
    return hmac.digest(secret, b"rialto/" + purpose.encode(), hashlib.sha256)


def _make(path: Path) -> bytes:
    """Write a new secret whole or not at all, and never over another one that was written meanwhile."""
    make_private_folder(path.parent)
    text = secrets.token_hex(KEY_BYTES)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return path.read_text("ascii").strip().encode()
    finally:
        draft.unlink()
    return text.encode()
