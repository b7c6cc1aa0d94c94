"""The exchange as a deterministic machine: `apply` is the only door, and the same journal gives the same events."""

from copy import copy

from backend.engine.administration import Administration
from backend.engine.amending import Amending
from backend.engine.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAllAfter,
    CancelAllOrders,
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOcoOrder,
    PlaceOrder,
    PlaceOrders,
    SetAccountFrozen,
    SetExchangeHalted,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
    Transfer,
    UpdateMarket,
)
from backend.engine.due import DueWork
from backend.engine.events import TimeAdvanced
from backend.engine.fingerprint import Fingerprint
from backend.engine.floor import Floor
from backend.engine.keys import KeyMemory
from backend.engine.ledger import Ledger
from backend.engine.movements import Movements
from backend.engine.outcome import Answer, Outcome, Refusal
from backend.engine.pairs import Pairs
from backend.engine.trading import Preview, Trading
from backend.engine.turn import Turn
from backend.engine.values import State, TimeUs

RULES_VERSION = 2
"""Stored with each batch of the journal; a change of any rule or event raises it."""

NOTHING = Outcome(0, (), ())


class Exchange:
    """All of the state, and the rules that change it."""

    def __init__(self) -> None:
        self.sequence = 0
        self.time = TimeUs(0)
        self._fingerprint = Fingerprint()
        self._ledger = Ledger(self._fingerprint)
        self._keys = KeyMemory(self._fingerprint)
        self._floor = Floor(self._ledger, self._keys, self._fingerprint)
        self._trading = Trading(self._floor)
        self._pairs = Pairs(self._floor, self._trading)
        self._amending = Amending(self._floor, self._trading)
        self._administration = Administration(self._floor, self._trading, self._fingerprint)
        self._movements = Movements(self._floor, self._administration.assets)
        self._due = DueWork(self._floor, self._trading, self._administration)

    def apply(self, command: Command, time: TimeUs) -> Outcome:
        """Apply one command.

        Args:
            command: What is asked.
            time: When; a time before the engine's own counts as the engine's.

        Returns:
            The events and answers; sequence 0 and no events when nothing changed.

        Raises:
            AssertionError: The state cannot be trusted any more: throw this exchange away and rebuild it.
        """
        turn = Turn(self.sequence + 1, max(time, self.time))
        answers = self._dispatch(turn, command)
        if not turn.events:
            return Outcome(0, (), answers) if answers else NOTHING
        self._trading.stops.activate(turn)
        self._floor.report(turn)
        self._trading.auctioneer.report(turn)
        self._ledger.close_command()
        self.sequence = turn.sequence
        self.time = turn.time
        self._keys.forget(turn.time)
        return Outcome(turn.sequence, tuple(turn.events), answers)

    def preview(self, command: PlaceOrder, time: TimeUs | None = None) -> Preview | Refusal:
        """Return what an order would do now, or why it would be refused; nothing changes."""
        return self._trading.preview(command, max(time or self.time, self.time))

    def next_deadline(self) -> TimeUs | None:
        """Return when `AdvanceTime` is due next; a time that has come means that there is work left to do."""
        return self._due.next_deadline(self.time)

    def fingerprint(self) -> str:
        """Return 32 hex digits that are equal for equal states."""
        floor = self._floor
        counters = (self.sequence, self.time, floor.next_order_id, floor.next_trade_id, floor.next_place)
        return self._fingerprint.value(counters)

    def state(self) -> State:
        """Return all of the state, to be stored, shown or compared."""
        floor = self._floor
        orders = [copy(opened.order) for owner in floor.accounts.values() for opened in owner.by_id.values()]
        return State(
            sequence=self.sequence,
            time=self.time,
            next_order_id=floor.next_order_id,
            next_trade_id=floor.next_trade_id,
            next_place=floor.next_place,
            assets=list(self._administration.assets.values()),
            markets=list(floor.markets.values()),
            accounts=[owner.account for owner in floor.accounts.values()],
            balances=list(self._ledger.balances()),
            orders=sorted(orders, key=lambda order: order.place),
            keys=list(self._keys),
            rules=floor.rules,
            tapes=[tape.tape() for tape in floor.tapes.values() if tape.last_ticks is not None],
            volumes=sorted(floor.volumes, key=lambda volume: (volume.account, volume.day)),
        )

    @classmethod
    def restore(cls, state: State) -> "Exchange":
        """Return an exchange that goes on from a stored state."""
        exchange = cls()
        exchange.sequence = state.sequence
        exchange.time = state.time
        floor, administration = exchange._floor, exchange._administration
        floor.next_order_id = state.next_order_id
        floor.next_trade_id = state.next_trade_id
        floor.next_place = state.next_place
        administration.put_rules(state.rules)
        for asset in state.assets:
            administration.add_asset(asset)
        for market in state.markets:
            floor.add_market(market)
        for account in state.accounts:
            administration.add_account(account)
        for balance in state.balances:
            exchange._ledger.restore(balance)
        floor.restore(state.orders)
        for tape in state.tapes:
            floor.restore_tape(tape)
        for volume in state.volumes:
            floor.volumes.add(volume.account, volume.day, volume.amount)
        for used in state.keys:
            exchange._keys.use(used)
        return exchange

    def _dispatch(self, turn: Turn, command: Command) -> tuple[Answer, ...]:
        match command:
            case PlaceOrder():
                return (self._trading.place(turn, command),)
            case PlaceOrders():
                return tuple(self._trading.place(turn, place) for place in command.orders)
            case PlaceOcoOrder():
                return self._pairs.place(turn, command)
            case AmendOrder():
                return (self._amending.amend(turn, command),)
            case CancelOrder():
                return (self._trading.cancel(turn, command),)
            case CancelAllOrders():
                return self._trading.cancel_all(turn, command)
            case Deposit():
                return (self._movements.deposit(turn, command),)
            case Transfer():
                return (self._movements.transfer(turn, command),)
            case AdvanceTime():
                turn.events.append(TimeAdvanced())
                self._due.do(turn)
                return ()
        refusal = self._administer(turn, command)
        return (refusal,) if refusal else ()

    def _administer(self, turn: Turn, command: Command) -> Refusal | None:
        administration = self._administration
        match command:
            case CreateAsset():
                return administration.create_asset(turn, command)
            case CreateMarket():
                return administration.create_market(turn, command)
            case UpdateMarket():
                return administration.update_market(turn, command)
            case SetMarketStatus():
                return administration.set_status(turn, command)
            case SetExchangeHalted():
                return administration.set_halted(turn, command)
            case SetFeeTiers():
                return administration.set_tiers(turn, command)
            case SetHouseAccount():
                return administration.set_house(turn, command)
            case SetAccountFrozen():
                return administration.set_frozen(turn, command)
            case OpenAccount():
                return administration.open_account(turn, command)
            case CancelAllAfter():
                return administration.cancel_all_after(turn, command)
        raise AssertionError(f"no rule for {type(command).__name__}")
