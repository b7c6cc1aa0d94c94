"""What operators and the passing of time do: assets, markets and accounts, halts, fee tiers, and all that comes due."""

import msgspec

from backend.engine import catalogue, fees
from backend.engine.commands import (
    CancelAllAfter,
    CreateAsset,
    CreateMarket,
    OpenAccount,
    SetAccountFrozen,
    SetExchangeHalted,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
    UpdateMarket,
)
from backend.engine.events import (
    AccountChanged,
    AccountOpened,
    AssetCreated,
    MarketChanged,
    RulesChanged,
    VolumeChanged,
)
from backend.engine.fingerprint import Fingerprint
from backend.engine.floor import AccountOrders, Floor
from backend.engine.outcome import Refusal, RefusalCode
from backend.engine.trading import Trading
from backend.engine.turn import Turn
from backend.engine.values import Account, Asset, Market, MarketStatus, OrderReason, Rules, TimeUs, is_storable

DEAD_MANS_SECONDS_MAX = 24 * 3600


class Administration:
    """The rules of the exchange and of its markets, and who may trade."""

    def __init__(self, floor: Floor, trading: Trading, fingerprint: Fingerprint) -> None:
        self._floor = floor
        self._trading = trading
        self._fingerprint = fingerprint
        self.assets: dict[str, Asset] = {}
        fingerprint.add("rules", floor.rules)

    def create_asset(self, turn: Turn, command: CreateAsset) -> Refusal | None:
        """Make an asset known."""
        asset = catalogue.asset_of(command, self.assets)
        if isinstance(asset, Refusal):
            return asset
        self.add_asset(asset)
        turn.events.append(AssetCreated(asset))
        return None

    def create_market(self, turn: Turn, command: CreateMarket) -> Refusal | None:
        """Open the books of a market."""
        market = catalogue.market_of(command, self.assets, self._floor.markets, self._floor.rules.tiers)
        if isinstance(market, Refusal):
            return market
        self._floor.add_market(market)
        turn.events.append(MarketChanged(market))
        return None

    def update_market(self, turn: Turn, command: UpdateMarket) -> Refusal | None:
        """Change the rules of a market."""
        market = catalogue.changed_market(command, self._floor.markets, self._floor.rules.tiers)
        if isinstance(market, Refusal):
            return market
        self._floor.replace_market(market)
        turn.events.append(MarketChanged(market))
        return None

    def set_status(self, turn: Turn, command: SetMarketStatus) -> Refusal | None:
        """Change what a market lets people do."""
        market = catalogue.market_with_status(command, self._floor.markets)
        if isinstance(market, Refusal):
            return market
        if self._floor.rules.halted and self._would_uncross(market):
            return Refusal(RefusalCode.EXCHANGE_HALTED, "status", {"reason": self._floor.rules.halt_reason})
        self.change_status(turn, market)
        return None

    def _would_uncross(self, market: Market) -> bool:
        is_auction = self._floor.markets[market.symbol].status is MarketStatus.AUCTION
        crossed = is_auction or self._floor.books[market.symbol].is_crossed
        return crossed and market.status in catalogue.TRADING_STATUSES

    def change_status(self, turn: Turn, market: Market) -> None:
        """Give a market its status, and uncross its book where it comes to trade."""
        floor, symbol = self._floor, market.symbol
        was_auction = floor.markets[symbol].status is MarketStatus.AUCTION
        if was_auction is not (market.status is MarketStatus.AUCTION):
            turn.auctions[symbol] = None
        floor.replace_market(market)
        turn.events.append(MarketChanged(market))
        if market.status not in catalogue.TRADING_STATUSES:
            return
        tape = floor.tapes[symbol]
        if was_auction and tape.minutes:
            tape.minutes = ()
            self._fingerprint.touch(tape)
            turn.tapes[symbol] = None
        self._trading.auctioneer.uncross(turn, symbol)
        self._trading.stops.work_off_prints(turn)

    def open_account(self, turn: Turn, command: OpenAccount) -> Refusal | None:
        """Make an account known."""
        refusal = catalogue.wrong_account(command, self._floor.accounts)
        if refusal is not None:
            return refusal
        account = Account(command.account)
        self.add_account(account)
        turn.events.append(AccountOpened(account))
        return None

    def set_house(self, turn: Turn, command: SetHouseAccount) -> Refusal | None:
        """Make an account one of the house, or an ordinary one again."""
        owner = self._floor.accounts.get(command.account)
        if owner is None:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        self.change_account(turn, owner, msgspec.structs.replace(owner.account, house=command.house))
        return None

    def set_frozen(self, turn: Turn, command: SetAccountFrozen) -> Refusal | None:
        """Freeze an account, which ends its open orders and its dead man's switch, or let it go on."""
        owner = self._floor.accounts.get(command.account)
        if owner is None:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        cancels_at = None if command.frozen else owner.account.cancels_at
        account = msgspec.structs.replace(owner.account, frozen=command.frozen, cancels_at=cancels_at)
        self.change_account(turn, owner, account)
        if command.frozen:
            self._trading.cancel_every(turn, owner, None, OrderReason.ACCOUNT_FROZEN)
        return None

    def cancel_all_after(self, turn: Turn, command: CancelAllAfter) -> Refusal | None:
        """Set or turn off the dead man's switch of an account."""
        owner = self._floor.accounts.get(command.account)
        if owner is None:
            return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "account")
        if owner.account.frozen:
            return Refusal(RefusalCode.ACCOUNT_FROZEN, "account")
        if not 0 <= command.seconds <= DEAD_MANS_SECONDS_MAX:
            return Refusal(RefusalCode.INVALID_INPUT, "seconds")
        cancels_at = TimeUs(turn.time + command.seconds * 1_000_000) if command.seconds else None
        self.change_account(turn, owner, msgspec.structs.replace(owner.account, cancels_at=cancels_at))
        return None

    def set_halted(self, turn: Turn, command: SetExchangeHalted) -> Refusal | None:
        """Stop all markets at once, or let them go on."""
        if not is_storable(command.reason):
            return Refusal(RefusalCode.INVALID_INPUT, "reason")
        rules = self._floor.rules
        self.change_rules(turn, msgspec.structs.replace(rules, halted=command.halted, halt_reason=command.reason))
        return None

    def set_tiers(self, turn: Turn, command: SetFeeTiers) -> Refusal | None:
        """Replace the fee tiers and assign them."""
        floor = self._floor
        if command.volume_asset not in self.assets:
            return Refusal(RefusalCode.UNKNOWN_ASSET, "volume_asset")
        refusal = fees.wrong_tiers(command)
        if refusal is not None:
            return refusal
        if not fees.rebates_are_covered(floor.markets.values(), command.tiers):
            return Refusal(RefusalCode.INVALID_INPUT, "tiers")
        if floor.rules.volume_asset not in (None, command.volume_asset):
            turn.events.extend(VolumeChanged(volume) for volume in floor.volumes.forget_before(None))
        rules = msgspec.structs.replace(
            floor.rules,
            volume_asset=command.volume_asset,
            tiers=command.tiers,
            tiers_due_at=fees.next_midnight(turn.time),
        )
        self.change_rules(turn, rules)
        self.assign_tiers(turn)
        return None

    def assign_tiers(self, turn: Turn) -> None:
        """Put each account into the tier that its volume of the last days comes to."""
        floor = self._floor
        first = turn.time // fees.DAY_US - fees.VOLUME_DAYS
        turn.events.extend(VolumeChanged(volume) for volume in floor.volumes.forget_before(first))
        totals = floor.volumes.totals()
        for identifier in sorted(floor.accounts):
            owner, total = floor.accounts[identifier], totals.get(identifier, 0)
            earned = [tier.name for tier in floor.rules.tiers if tier.volume <= total]
            tier = earned[-1] if earned else None
            if tier != owner.account.tier:
                self.change_account(turn, owner, msgspec.structs.replace(owner.account, tier=tier))

    def add_asset(self, asset: Asset) -> None:
        """Count an asset among the known ones."""
        self.assets[asset.code] = asset
        self._fingerprint.add("asset", asset)

    def add_account(self, account: Account) -> None:
        """Count an account among the known ones."""
        self._floor.accounts[account.id] = AccountOrders(account)
        self._fingerprint.add("account", account)
        if account.cancels_at is not None:
            self._floor.switches.add((account.cancels_at, account.id))

    def change_account(self, turn: Turn, owner: AccountOrders, account: Account) -> None:
        """Change what is known of an account."""
        switches = self._floor.switches
        self._fingerprint.remove("account", owner.account)
        if owner.account.cancels_at is not None:
            switches.remove((owner.account.cancels_at, account.id))
        if account.cancels_at is not None:
            switches.add((account.cancels_at, account.id))
        owner.account = account
        self._fingerprint.add("account", account)
        turn.events.append(AccountChanged(account))

    def change_rules(self, turn: Turn, rules: Rules) -> None:
        """Change what holds for the whole exchange."""
        self.put_rules(rules)
        turn.events.append(RulesChanged(rules))

    def put_rules(self, rules: Rules) -> None:
        """Let these rules hold."""
        self._fingerprint.remove("rules", self._floor.rules)
        self._floor.rules = rules
        self._fingerprint.add("rules", rules)
