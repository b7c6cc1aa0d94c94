"""The double-entry ledger: every movement is postings that sum to zero, and no user account goes below zero."""

from collections.abc import Iterator

from backend.engine.codec import item_hash
from backend.engine.events import Event, Posted
from backend.engine.fingerprint import Fingerprint, Marked
from backend.engine.values import AMOUNT_MAX, AccountId, Balance, PostingKind

WORLD_PREFIX = "world:"
"""Accounts of the outside world: they alone may be negative, by what is inside."""


class _Cell(Marked):
    """The balance of one account in one asset, in smallest units."""

    __slots__ = ("account", "asset", "available", "held")

    def __init__(self, account: AccountId, asset: str) -> None:
        super().__init__()
        self.account = account
        self.asset = asset
        self.available = 0
        self.held = 0

    def item_hash(self) -> int:
        """Return the hash of the balance; an empty one does not count."""
        if not self.available and not self.held:
            return 0
        return item_hash("balance", (self.account, self.asset, self.available, self.held))


class Ledger:
    """Balances of all accounts, changed by postings alone."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        self._fingerprint = fingerprint
        self._cells: dict[tuple[AccountId, str], _Cell] = {}
        self._unbalanced: dict[str, int] = {}
        self._inside: dict[str, int] = {}

    def available(self, account: AccountId, asset: str) -> int:
        """Return what an account can use of an asset, in smallest units."""
        cell = self._cells.get((account, asset))
        return cell.available if cell else 0

    def inside(self, asset: str) -> int:
        """Return what all accounts but those of the outside world have of an asset together."""
        return self._inside.get(asset, 0)

    def post(
        self,
        events: list[Event],
        account: AccountId,
        asset: str,
        kind: PostingKind,
        available_change: int,
        held_change: int,
        reference: str,
    ) -> None:
        """Make one leg of a movement and append its event."""
        cell = self._cells.get((account, asset))
        if cell is None:
            cell = self._cells[(account, asset)] = _Cell(account, asset)
        cell.available += available_change
        cell.held += held_change
        assert cell.held >= 0, "nothing is held twice or released twice"
        assert cell.available >= 0 or account.startswith(WORLD_PREFIX), "no account inside goes below zero"
        assert -AMOUNT_MAX < cell.available < AMOUNT_MAX, "balances fit the tables"
        if account.startswith(WORLD_PREFIX):
            self._inside[asset] = self._inside.get(asset, 0) - available_change
        self._unbalanced[asset] = self._unbalanced.get(asset, 0) + available_change + held_change
        self._fingerprint.touch(cell)
        events.append(Posted(account, asset, kind, available_change, held_change, cell.available, cell.held, reference))

    def hold(self, events: list[Event], account: AccountId, asset: str, amount: int, reference: str) -> None:
        """Reserve a part of what an account can use."""
        self.post(events, account, asset, PostingKind.HOLD, -amount, amount, reference)

    def release(self, events: list[Event], account: AccountId, asset: str, amount: int, reference: str) -> None:
        """Give back what was reserved."""
        self.post(events, account, asset, PostingKind.RELEASE, amount, -amount, reference)

    def close_command(self) -> None:
        """State that the postings of the command sum to zero in every asset."""
        for change in self._unbalanced.values():
            assert change == 0, "the postings of a command sum to zero"
        self._unbalanced.clear()

    def balances(self) -> Iterator[Balance]:
        """Yield every balance that is not empty."""
        for cell in self._cells.values():
            if cell.available or cell.held:
                yield Balance(cell.account, cell.asset, cell.available, cell.held)

    def restore(self, balance: Balance) -> None:
        """Take over a balance of a stored state."""
        cell = self._cells[(balance.account, balance.asset)] = _Cell(balance.account, balance.asset)
        cell.available = balance.available
        cell.held = balance.held
        if balance.account.startswith(WORLD_PREFIX):
            self._inside[balance.asset] = self._inside.get(balance.asset, 0) - balance.available
        self._fingerprint.touch(cell)
