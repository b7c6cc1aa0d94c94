"""The live views: balances, open orders, assets, markets and accounts at the last committed sequence; private feeds."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.engine.events import (
    AccountChanged,
    AccountOpened,
    AssetCreated,
    Event,
    Filled,
    MarketChanged,
    OrderUpdated,
    Posted,
    RulesChanged,
)
from backend.engine.values import (
    OPEN_STATUSES,
    Account,
    AccountId,
    Asset,
    Balance,
    Market,
    Order,
    OrderId,
    Rules,
    State,
    TimeUs,
)
from backend.sequencer.stream import Committed, CommittedBatch

ENDED_ORDERS_MAX = 20_000
"""So many of the orders that ended last can usually still be found here; older ones are in the read model."""

logger = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True)
class OrderChange:
    """An order as one event left it; (sequence, index) is unique and grows with time.

    `index` counts the order updates and fills of all accounts within the command. `fill` is None for an acceptance, an
    amendment, a trigger that moves or fires, and an end without a fill.
    """

    sequence: int
    index: int
    time: TimeUs
    order: Order
    fill: Filled | None


@dataclass(slots=True, frozen=True)
class AccountChange:
    """What one committed command did to one account: its order changes in order, its touched balances after it."""

    account: AccountId
    sequence: int
    time: TimeUs
    orders: tuple[OrderChange, ...]
    balances: tuple[Balance, ...]


Listener = Callable[[AccountChange], None]


class LiveViews:
    """A reader of the stream; all that it says is of one committed `sequence`. Nobody may change what it returns."""

    def __init__(self, state: State, ended_orders_max: int = ENDED_ORDERS_MAX) -> None:
        self.sequence = state.sequence
        self.time = state.time
        self.assets: dict[str, Asset] = {asset.code: asset for asset in state.assets}
        self.markets: dict[str, Market] = {market.symbol: market for market in state.markets}
        self.accounts: dict[AccountId, Account] = {account.id: account for account in state.accounts}
        self.rules: Rules = state.rules
        self._balances: dict[AccountId, dict[str, Balance]] = {}
        self._open: dict[AccountId, dict[OrderId, Order]] = {}
        self._orders: dict[OrderId, Order] = {}
        self._ended: OrderedDict[OrderId, Order] = OrderedDict()
        self._ended_orders_max = ended_orders_max
        self._listeners: dict[AccountId, list[Listener]] = {}
        for balance in state.balances:
            self._set_balance(balance)
        for order in sorted(state.orders, key=lambda order: order.id):
            self._set_order(order)

    def balances(self, account: AccountId) -> dict[str, Balance]:
        """Return the account's balances by asset; an asset that it never had is missing."""
        return dict(self._balances.get(account, {}))

    def open_orders(self, account: AccountId) -> list[Order]:
        """Return the account's open orders, the oldest first."""
        return list(self._open.get(account, {}).values())

    def open_order_count(self, account: AccountId) -> int:
        """Return how many open orders the account has."""
        return len(self._open.get(account, {}))

    def order(self, order: OrderId) -> Order | None:
        """Return an open order, or one of the `ended_orders_max` that ended last."""
        return self._orders.get(order) or self._ended.get(order)

    def listen(self, account: AccountId, callback: Listener) -> Callable[[], None]:
        """Call back, on the event loop, after each committed command that touched the account; return how to stop.

        The views are already at the change's sequence when the callback is called.
        """
        self._listeners.setdefault(account, []).append(callback)

        def stop() -> None:
            listeners = self._listeners.get(account, [])
            if callback in listeners:
                listeners.remove(callback)
            if not listeners:
                self._listeners.pop(account, None)

        return stop

    def fold(self, batch: CommittedBatch) -> None:
        """Take in a committed batch, command by command, and tell the listeners."""
        for command in batch.commands:
            for event in command.events:
                self._take(event)
            self.sequence = command.sequence
            self.time = command.time
            if self._listeners:
                self._tell(command)

    def _take(self, event: Event) -> None:
        if isinstance(event, Posted):
            self._set_balance(Balance(event.account, event.asset, event.available, event.held))
        elif isinstance(event, OrderUpdated | Filled):
            self._set_order(event.order)
        elif isinstance(event, AssetCreated):
            self.assets[event.asset.code] = event.asset
        elif isinstance(event, MarketChanged):
            self.markets[event.market.symbol] = event.market
        elif isinstance(event, AccountOpened | AccountChanged):
            self.accounts[event.account.id] = event.account
        elif isinstance(event, RulesChanged):
            self.rules = event.rules

    def _set_balance(self, balance: Balance) -> None:
        self._balances.setdefault(balance.account, {})[balance.asset] = balance

    def _set_order(self, order: Order) -> None:
        if order.status in OPEN_STATUSES:
            self._orders[order.id] = order
            self._open.setdefault(order.account, {})[order.id] = order
            return
        if self._orders.pop(order.id, None) is not None:
            mine = self._open[order.account]
            del mine[order.id]
            if not mine:
                del self._open[order.account]
        self._ended[order.id] = order
        if len(self._ended) > self._ended_orders_max:
            self._ended.popitem(last=False)

    def _tell(self, command: Committed) -> None:
        for change in changes_by_account(command, self._listeners):
            for callback in tuple(self._listeners.get(change.account, ())):
                try:
                    callback(change)
                except Exception:  # One listener's bug must not stop the others or the stream.
                    logger.exception("a listener of the account feed failed", extra={"sequence": change.sequence})


def changes_by_account(command: Committed, accounts: Iterable[AccountId]) -> list[AccountChange]:
    """Return what a command did to each of these accounts that it touched."""
    wanted = accounts if isinstance(accounts, dict | set | frozenset) else set(accounts)
    orders: dict[AccountId, list[OrderChange]] = {}
    balances: dict[AccountId, dict[str, Balance]] = {}
    index = 0
    for event in command.events:
        if isinstance(event, Posted):
            if event.account in wanted:
                mine = balances.setdefault(event.account, {})
                mine[event.asset] = Balance(event.account, event.asset, event.available, event.held)
        elif isinstance(event, OrderUpdated | Filled):
            order = event.order
            if order.account in wanted:
                fill = event if isinstance(event, Filled) else None
                change = OrderChange(command.sequence, index, command.time, order, fill)
                orders.setdefault(order.account, []).append(change)
            index += 1
    return [
        AccountChange(
            account=account,
            sequence=command.sequence,
            time=command.time,
            orders=tuple(orders.get(account, ())),
            balances=tuple(balances.get(account, {}).values()),
        )
        for account in dict.fromkeys([*orders, *balances])
    ]
