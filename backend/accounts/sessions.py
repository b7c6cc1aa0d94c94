"""Sessions: opaque tokens, stored as hashes, remembered in memory for a short while."""

import asyncio
import hashlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from backend.accounts import users
from backend.accounts.users import NewSession, SessionUser, StoredSession
from backend.engine.values import TimeUs
from backend.persistence.database import Database
from backend.persistence.errors import StorageUnavailable

TOKEN_BYTES = 32
TOKEN_LENGTH_MAX = 100
IP_LENGTH_MAX = 64
USER_AGENT_LENGTH_MAX = 256
SECOND_US = 1_000_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long sessions last, and how they are remembered."""

    idle_seconds: int = 24 * 3600
    """A session that is not used for so long ends."""
    lifetime_seconds: int = 14 * 24 * 3600
    """No session lasts longer."""
    touch_seconds: int = 60
    """That a session is used is written at most so often."""
    cache_seconds: int = 30
    """A session is looked up again after so long; what this process revokes is forgotten at once."""
    cached_max: int = 10_000
    per_user_max: int = 100
    """With one more, the session that was used longest ago ends."""


DEFAULT_LIMITS = SessionLimits()


@dataclass(slots=True)
class _Cached:
    stored: StoredSession
    seen_at: TimeUs
    """When it was used last, written or not."""
    touched_at: TimeUs
    """The time of use that was written last."""
    reload_at: TimeUs


class Sessions:
    """Makes, finds and ends sessions.

    Args:
        database: Where they are stored.
        key: Tokens are hashed with it, so that a row written by hand into the table opens nothing.
        now: The time in microseconds.
        limits: How long they last.
    """

    def __init__(
        self, database: Database, key: bytes, now: Callable[[], int], limits: SessionLimits = DEFAULT_LIMITS
    ) -> None:
        self._database = database
        self._key = key
        self._now = now
        self._limits = limits
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._ended = 0
        """How many times something was revoked: what was read before that is not believed."""
        self._callbacks: list[Callable[[str], None]] = []
        self._loads: dict[str, asyncio.Task[_Cached | None]] = {}
        self._touches: set[asyncio.Task[None]] = set()

    def on_revoked(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of each session that is ended before its time, so that its sockets can be closed."""
        self._callbacks.append(callback)

    def make(self, ip: str, user_agent: str) -> tuple[str, NewSession]:
        """Return a new token with the session to store."""
        now = self._now()
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = NewSession(
            id=secrets.token_hex(16),
            token_hash=self._hash(token),
            created_at=TimeUs(now),
            expires_at=TimeUs(now + self._limits.lifetime_seconds * SECOND_US),
            ip=_clean(ip, IP_LENGTH_MAX),
            user_agent=_clean(user_agent, USER_AGENT_LENGTH_MAX),
        )
        return token, session

    def store(self, connection: Connection, user_id: str, session: NewSession) -> list[str]:
        """Store a session; returns the ids of those that had to go for it, to be told to `forget`."""
        idle_since = TimeUs(session.created_at - self._limits.idle_seconds * SECOND_US)
        return users.add_session(connection, user_id, session, idle_since, self._limits.per_user_max)

    async def find(self, token: str) -> SessionUser | None:
        """Return the user of a living session; None for a token that is wrong, revoked or too old.

        Raises:
            StorageUnavailable: The database did not answer.
        """
        if not _may_be_token(token):
            return None
        token_hash = self._hash(token)
        cached = self._cache.get(token_hash)
        if cached is None or cached.reload_at <= self._now():
            cached = await self._load_once(token_hash)
            if cached is None:
                return None
        now = TimeUs(self._now())
        if now >= cached.stored.expires_at or now >= cached.seen_at + self._limits.idle_seconds * SECOND_US:
            self._cache.pop(token_hash, None)
            return None
        cached.seen_at = now
        if now >= cached.touched_at + self._limits.touch_seconds * SECOND_US:
            cached.touched_at = now
            self._touch(cached.stored.user.session_id, now)
        return cached.stored.user

    async def revoke(self, token: str) -> bool:
        """End the session of a token; False when there was none."""
        if not _may_be_token(token):
            return False
        token_hash = self._hash(token)
        at = TimeUs(self._now())
        session_id = await self._database.write(lambda connection: users.revoke_session(connection, token_hash, at))
        self._cache.pop(token_hash, None)
        if session_id is None:
            return False
        self.forget([session_id])
        return True

    def forget(self, session_ids: list[str]) -> None:
        """Take sessions that have ended out of memory, and tell those who want to know."""
        if not session_ids:
            return
        self._ended += 1
        gone = set(session_ids)
        for token_hash in [key for key, cached in self._cache.items() if cached.stored.user.session_id in gone]:
            del self._cache[token_hash]
        for session_id in session_ids:
            for callback in self._callbacks:
                callback(session_id)

    async def close(self) -> None:
        """Finish writing when sessions were used last."""
        await asyncio.gather(*self._touches, return_exceptions=True)

    async def _load_once(self, token_hash: str) -> _Cached | None:
        """Load a session; many requests that want it at once wait for one query."""
        task = self._loads.get(token_hash)
        if task is None:
            task = self._loads[token_hash] = asyncio.create_task(self._load(token_hash))
            task.add_done_callback(lambda _: self._loads.pop(token_hash, None))
        return await asyncio.shield(task)

    async def _load(self, token_hash: str) -> _Cached | None:
        while True:
            ended = self._ended
            stored = await self._database.read(lambda connection: users.find_session(connection, token_hash))
            if ended == self._ended:
                break
        known = self._cache.pop(token_hash, None)
        if stored is None:
            return None
        cached = _Cached(
            stored=stored,
            seen_at=max(stored.last_seen_at, known.seen_at if known else stored.last_seen_at),
            touched_at=max(stored.last_seen_at, known.touched_at if known else stored.last_seen_at),
            reload_at=TimeUs(self._now() + self._limits.cache_seconds * SECOND_US),
        )
        self._cache[token_hash] = cached
        if len(self._cache) > self._limits.cached_max:
            self._cache.popitem(last=False)
        return cached

    def _touch(self, session_id: str, at: TimeUs) -> None:
        async def write() -> None:
            try:
                await self._database.write(lambda connection: users.touch_session(connection, session_id, at))
            except StorageUnavailable as error:
                logger.warning("the use of a session was not noted", extra={"reason": str(error)})

        task = asyncio.create_task(write())
        self._touches.add(task)
        task.add_done_callback(self._touches.discard)

    def _hash(self, token: str) -> str:
        # keyed BLAKE2b rather than HMAC: OpenSSL's gives up the interpreter lock at each call, which costs far more
        return hashlib.blake2b(token.encode(), key=self._key, digest_size=32).hexdigest()


def _may_be_token(text: str) -> bool:
    return text.isascii() and 0 < len(text) <= TOKEN_LENGTH_MAX


def _clean(text: str, length_max: int) -> str:
    """Return what a client says about itself as far as a database takes it."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:length_max]
