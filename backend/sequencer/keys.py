"""Which idempotency keys were ever used, roughly: a Bloom filter that spares a look into the read model."""

from collections.abc import Iterable

from rbloom import Bloom

from backend.engine.events import KeyUsed
from backend.engine.values import AccountId, KeyKind, UsedKey
from backend.sequencer.stream import CommittedBatch

EXPECTED_KEYS_MIN = 1_000_000
FALSE_POSITIVE_RATE = 0.01
"""With the expected number of keys in it; with more of them there are more needless looks, never a wrong answer."""


class KnownKeys:
    """Never says no to a key that was used; rarely says maybe to one that was not.

    Until `fill` has ended it says maybe to everything, so that a start need not wait for it.
    """

    def __init__(self, remembered: Iterable[UsedKey] = ()) -> None:
        """Begin with the keys that the engine remembers; those of later commands come by `fold`."""
        self._new = Bloom(EXPECTED_KEYS_MIN, FALSE_POSITIVE_RATE)
        self._old: Bloom | None = None
        self._new.update((used.account, used.kind.value, used.key) for used in remembered)

    def maybe_used(self, account: AccountId, kind: KeyKind, key: str) -> bool:
        """Return False only for a key that no committed command has used."""
        item = (account, kind.value, key)
        return self._old is None or item in self._new or item in self._old

    def fill(self, keys: Iterable[tuple[str, str, str]], expected: int = 0) -> None:
        """Take in every key of the read model, as (account, name of the kind, key); may run in a thread.

        Args:
            keys: All keys that were committed before the first batch that was folded, or more.
            expected: About how many they are.
        """
        old = Bloom(max(EXPECTED_KEYS_MIN, expected), FALSE_POSITIVE_RATE)
        old.update(keys)
        self._old = old

    def fold(self, batch: CommittedBatch) -> None:
        """Take in the keys that a committed batch has used."""
        for command in batch.commands:
            for event in command.events:
                if isinstance(event, KeyUsed):
                    self._new.add((event.used.account, event.used.kind.value, event.used.key))
