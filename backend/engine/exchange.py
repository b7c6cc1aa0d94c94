"""The exchange as a deterministic machine: `apply` is the only door, and the same journal gives the same events."""

from copy import copy

from backend.engine import catalogue
from backend.engine.book import Book
from backend.engine.codec import content_of
from backend.engine.commands import (
    AdvanceTime,
    CancelAllOrders,
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOrder,
    PlaceOrders,
    SetMarketStatus,
)
from backend.engine.events import AccountOpened, AssetCreated, KeyUsed, MarketChanged, TimeAdvanced
from backend.engine.fingerprint import Fingerprint
from backend.engine.keys import KeyMemory, fits
from backend.engine.ledger import WORLD_PREFIX, Ledger
from backend.engine.matching import AccountOrders
from backend.engine.outcome import Answer, Outcome, Refusal, RefusalCode
from backend.engine.trading import Preview, Trading
from backend.engine.turn import Turn
from backend.engine.values import (
    AMOUNT_MAX,
    AccountId,
    Asset,
    KeyKind,
    Market,
    PostingKind,
    State,
    TimeUs,
    UsedKey,
    is_storable,
)

RULES_VERSION = 1
"""Stored with each batch of the journal; a change of any rule or event raises it."""

NOTHING = Outcome(0, (), ())


class Exchange:
    """All of the state, and the rules that change it."""

    def __init__(self) -> None:
        self.sequence = 0
        self.time = TimeUs(0)
        self._fingerprint = Fingerprint()
        self._assets: dict[str, Asset] = {}
        self._ledger = Ledger(self._fingerprint)
        self._keys = KeyMemory(self._fingerprint)
        self._trading = Trading(self._ledger, self._keys, self._fingerprint)

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
        self._trading.report_levels(turn)
        self._ledger.close_command()
        self.sequence = turn.sequence
        self.time = turn.time
        self._keys.forget(turn.time)
        return Outcome(turn.sequence, tuple(turn.events), answers)

    def preview(self, command: PlaceOrder) -> Preview | Refusal:
        """Return what an order would do now, or why it would be refused; nothing changes."""
        return self._trading.preview(command)

    def next_deadline(self) -> TimeUs | None:
        """Return when `AdvanceTime` is due next; no rule of this version waits for a time."""
        return None

    def fingerprint(self) -> str:
        """Return 32 hex digits that are equal for equal states."""
        trading = self._trading
        counters = (self.sequence, self.time, trading.next_order_id, trading.matcher.next_trade_id, trading.next_place)
        return self._fingerprint.value(counters)

    def state(self) -> State:
        """Return all of the state, to be stored, shown or compared."""
        trading = self._trading
        orders = [
            copy(resting.order)
            for book in trading.books.values()
            for side in (book.bids, book.asks)
            for resting in side
        ]
        return State(
            sequence=self.sequence,
            time=self.time,
            next_order_id=trading.next_order_id,
            next_trade_id=trading.matcher.next_trade_id,
            next_place=trading.next_place,
            assets=list(self._assets.values()),
            markets=list(trading.markets.values()),
            accounts=list(trading.accounts),
            balances=list(self._ledger.balances()),
            orders=sorted(orders, key=lambda order: order.place),
            keys=list(self._keys),
        )

    @classmethod
    def restore(cls, state: State) -> "Exchange":
        """Return an exchange that goes on from a stored state."""
        exchange = cls()
        exchange.sequence = state.sequence
        exchange.time = state.time
        trading = exchange._trading
        trading.next_order_id = state.next_order_id
        trading.matcher.next_trade_id = state.next_trade_id
        trading.next_place = state.next_place
        for asset in state.assets:
            exchange._add_asset(asset)
        for market in state.markets:
            exchange._put_market(market)
        for account in state.accounts:
            exchange._add_account(account)
        for balance in state.balances:
            exchange._ledger.restore(balance)
        for order in state.orders:
            trading.restore(order)
        for used in state.keys:
            exchange._keys.use(used)
        return exchange

    def _dispatch(self, turn: Turn, command: Command) -> tuple[Answer, ...]:
        match command:
            case PlaceOrder():
                return (self._trading.place(turn, command),)
            case PlaceOrders():
                return tuple(self._trading.place(turn, place) for place in command.orders)
            case CancelOrder():
                return (self._trading.cancel(turn, command),)
            case CancelAllOrders():
                return self._trading.cancel_all(turn, command)
            case Deposit():
                return (self._deposit(turn, command),)
            case AdvanceTime():
                turn.events.append(TimeAdvanced())
                return ()
        refusal = self._administer(turn, command)
        return (refusal,) if refusal else ()

    def _administer(
        self, turn: Turn, command: CreateAsset | CreateMarket | SetMarketStatus | OpenAccount
    ) -> Refusal | None:
        match command:
            case CreateAsset():
                asset = catalogue.asset_of(command, self._assets)
                if isinstance(asset, Refusal):
                    return asset
                self._add_asset(asset)
                turn.events.append(AssetCreated(asset))
            case CreateMarket() | SetMarketStatus():
                market = (
                    catalogue.market_of(command, self._assets, self._trading.markets)
                    if isinstance(command, CreateMarket)
                    else catalogue.market_with_status(command, self._trading.markets)
                )
                if isinstance(market, Refusal):
                    return market
                self._put_market(market)
                turn.events.append(MarketChanged(market))
            case OpenAccount():
                refusal = catalogue.wrong_account(command, self._trading.accounts)
                if refusal is not None:
                    return refusal
                self._add_account(command.account)
                turn.events.append(AccountOpened(command.account))
        return None

    def _deposit(self, turn: Turn, command: Deposit) -> Answer:
        if not fits(command.key):
            return Refusal(RefusalCode.INVALID_INPUT, "key")
        content = content_of(command)
        used = self._keys.find(command.account, KeyKind.DEPOSIT, command.key)
        if used is not None:
            return used.result if used.content == content else Refusal(RefusalCode.DUPLICATE_KEY, "key")
        refusal = self._wrong_deposit(command)
        if refusal is not None:
            return refusal
        reference = f"D{turn.sequence}"
        for account, change in ((command.source, -command.amount), (command.account, command.amount)):
            self._ledger.post(turn.events, account, command.asset, PostingKind.DEPOSIT, change, 0, reference)
        used = UsedKey(command.account, KeyKind.DEPOSIT, command.key, content, reference, turn.time)
        self._keys.use(used)
        turn.events.append(KeyUsed(used))
        return reference

    def _wrong_deposit(self, command: Deposit) -> Refusal | None:
        if command.account not in self._trading.accounts:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        if command.asset not in self._assets:
            return Refusal(RefusalCode.UNKNOWN_ASSET, "asset")
        if command.amount < 1:
            return Refusal(RefusalCode.AMOUNT_OUT_OF_RANGE, "amount")
        if not command.source.startswith(WORLD_PREFIX) or not is_storable(command.source):
            return Refusal(RefusalCode.INVALID_INPUT, "source")
        if self._ledger.inside(command.asset) + command.amount >= AMOUNT_MAX:
            return Refusal(RefusalCode.AMOUNT_OUT_OF_RANGE, "amount")
        return None

    def _add_asset(self, asset: Asset) -> None:
        self._assets[asset.code] = asset
        self._fingerprint.add("asset", asset)

    def _put_market(self, market: Market) -> None:
        before = self._trading.markets.get(market.symbol)
        if before is None:
            self._trading.books[market.symbol] = Book()
        else:
            self._fingerprint.remove("market", before)
        self._trading.markets[market.symbol] = market
        self._fingerprint.add("market", market)

    def _add_account(self, account: AccountId) -> None:
        self._trading.accounts[account] = AccountOrders()
        self._fingerprint.add("account", account)
