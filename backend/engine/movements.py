"""Movements of money without a trade: what comes in from the outside world, and transfers between accounts."""

from backend.engine.codec import content_of
from backend.engine.commands import Deposit, Transfer
from backend.engine.events import KeyUsed
from backend.engine.floor import Floor
from backend.engine.keys import fits
from backend.engine.ledger import WORLD_PREFIX
from backend.engine.outcome import Answer, Facts, Refusal, RefusalCode
from backend.engine.turn import Turn
from backend.engine.values import AMOUNT_MAX, AccountId, Asset, KeyKind, PostingKind, UsedKey, is_storable


class Movements:
    """Books deposits and transfers, each once per key."""

    def __init__(self, floor: Floor, assets: dict[str, Asset]) -> None:
        self._floor = floor
        self._assets = assets

    def deposit(self, turn: Turn, command: Deposit) -> Answer:
        """Credit an account; return the reference, also that of an earlier one with the same key, or a refusal."""
        first = self._first_of_key(command.account, KeyKind.DEPOSIT, command)
        if first is not None:
            return first
        refusal = self._wrong_deposit(command)
        if refusal is not None:
            return refusal
        legs = ((command.source, -command.amount), (command.account, command.amount))
        return self._book(turn, command, PostingKind.DEPOSIT, KeyKind.DEPOSIT, legs)

    def transfer(self, turn: Turn, command: Transfer) -> Answer:
        """Move an amount between two accounts; return the reference as for a deposit, or a refusal."""
        first = self._first_of_key(command.from_account, KeyKind.TRANSFER, command)
        if first is not None:
            return first
        refusal = self._wrong_transfer(command)
        if refusal is not None:
            return refusal
        legs = ((command.from_account, -command.amount), (command.to_account, command.amount))
        return self._book(turn, command, PostingKind.TRANSFER, KeyKind.TRANSFER, legs)

    def _first_of_key(self, account: AccountId, kind: KeyKind, command: Deposit | Transfer) -> Answer | None:
        if not fits(command.key):
            return Refusal(RefusalCode.INVALID_INPUT, "key")
        used = self._floor.keys.find(account, kind, command.key)
        if used is None:
            return None
        return used.result if used.content == content_of(command) else Refusal(RefusalCode.DUPLICATE_KEY, "key")

    def _book(
        self,
        turn: Turn,
        command: Deposit | Transfer,
        posting: PostingKind,
        kind: KeyKind,
        legs: tuple[tuple[AccountId, int], tuple[AccountId, int]],
    ) -> str:
        floor, reference = self._floor, f"{kind.value[0]}{turn.sequence}"
        for account, change in legs:
            floor.ledger.post(turn.events, account, command.asset, posting, change, 0, reference)
        owner = command.account if isinstance(command, Deposit) else command.from_account
        used = UsedKey(owner, kind, command.key, content_of(command), reference, turn.time)
        floor.keys.use(used)
        turn.events.append(KeyUsed(used))
        return reference

    def _wrong_deposit(self, command: Deposit) -> Refusal | None:
        if command.account not in self._floor.accounts:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        if command.asset not in self._assets:
            return Refusal(RefusalCode.UNKNOWN_ASSET, "asset")
        if command.amount < 1:
            return Refusal(RefusalCode.AMOUNT_OUT_OF_RANGE, "amount")
        if not command.source.startswith(WORLD_PREFIX) or not is_storable(command.source):
            return Refusal(RefusalCode.INVALID_INPUT, "source")
        if self._floor.ledger.inside(command.asset) + command.amount >= AMOUNT_MAX:
            return Refusal(RefusalCode.AMOUNT_OUT_OF_RANGE, "amount")
        return None

    def _wrong_transfer(self, command: Transfer) -> Refusal | None:
        floor = self._floor
        for field, account in (("from_account", command.from_account), ("to_account", command.to_account)):
            if account not in floor.accounts:
                return Refusal(RefusalCode.UNKNOWN_ACCOUNT, field)
        if command.from_account == command.to_account:
            return Refusal(RefusalCode.INVALID_INPUT, "to_account")
        for field, account in (("from_account", command.from_account), ("to_account", command.to_account)):
            if floor.accounts[account].account.frozen:
                return Refusal(RefusalCode.ACCOUNT_FROZEN, field)
        if command.asset not in self._assets:
            return Refusal(RefusalCode.UNKNOWN_ASSET, "asset")
        if not 1 <= command.amount < AMOUNT_MAX:
            return Refusal(RefusalCode.AMOUNT_OUT_OF_RANGE, "amount")
        available = floor.ledger.available(command.from_account, command.asset)
        if command.amount <= available:
            return None
        facts: Facts = {"needed": command.amount, "available": available, "asset": command.asset}
        return Refusal(RefusalCode.INSUFFICIENT_BALANCE, "amount", facts)
