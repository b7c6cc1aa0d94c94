"""The memory of used idempotency keys: 24 hours, at most a million; older ones are the read model's to know."""

from collections.abc import Iterator

from backend.engine.fingerprint import Fingerprint
from backend.engine.values import AccountId, KeyKind, TimeUs, UsedKey, is_storable

KEY_AGE_US_MAX = 24 * 3600 * 1_000_000
KEYS_MAX = 1_000_000
KEY_LENGTH_MAX = 36


def fits(key: str) -> bool:
    """Tell whether a text may be an idempotency key."""
    return 1 <= len(key) <= KEY_LENGTH_MAX and is_storable(key)


class KeyMemory:
    """Used keys by account, kind and key, oldest first."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        self._fingerprint = fingerprint
        self._used: dict[tuple[AccountId, KeyKind, str], UsedKey] = {}

    def find(self, account: AccountId, kind: KeyKind, key: str) -> UsedKey | None:
        """Return what a key first made, if it is remembered."""
        return self._used.get((account, kind, key))

    def use(self, used: UsedKey) -> None:
        """Remember a key that was used up."""
        assert (used.account, used.kind, used.key) not in self._used
        self._used[(used.account, used.kind, used.key)] = used
        self._fingerprint.add("key", used)

    def forget(self, now: TimeUs) -> None:
        """Forget what is too old, and the oldest above the limit."""
        while self._used:
            slot, used = next(iter(self._used.items()))
            if used.used_at > now - KEY_AGE_US_MAX and len(self._used) <= KEYS_MAX:
                return
            del self._used[slot]
            self._fingerprint.remove("key", used)

    def __iter__(self) -> Iterator[UsedKey]:
        return iter(self._used.values())
