"""What comes due with time: ends of orders, dead man's switches, ends of auctions, and the day's fee tiers."""

import msgspec

from backend.engine import fees
from backend.engine.administration import Administration
from backend.engine.floor import Floor
from backend.engine.trading import Trading
from backend.engine.turn import Turn
from backend.engine.values import Market, MarketStatus, OrderReason, OrderStatus, TimeUs

DUE_MAX = 1_000
"""So many orders, switches and auctions come due in one command; the others with the next."""

AUCTION_ENDED = "The auction after the circuit breaker has ended"


class DueWork:
    """Knows what comes due when, and does it."""

    def __init__(self, floor: Floor, trading: Trading, administration: Administration) -> None:
        self._floor = floor
        self._trading = trading
        self._administration = administration

    def next_deadline(self, now: TimeUs) -> TimeUs | None:
        """Return when something is due next; `now` when fired orders could be activated."""
        floor = self._floor
        if floor.runnable():
            return now
        deadlines = [market.auction_ends_at for market in self._auctions() if market.auction_ends_at is not None]
        if floor.expiries:
            deadlines.append(floor.expiries[0][0])
        if floor.switches:
            deadlines.append(floor.switches[0][0])
        if floor.rules.tiers_due_at is not None:
            deadlines.append(floor.rules.tiers_due_at)
        return min(deadlines, default=None)

    def do(self, turn: Turn) -> None:
        """Do what is due at the turn's time, as much as one command may."""
        left = self._expire(turn, DUE_MAX)
        left = self._switch_off(turn, left)
        self._end_auctions(turn, left)
        rules = self._floor.rules
        if rules.tiers_due_at is not None and rules.tiers_due_at <= turn.time:
            due_at = fees.next_midnight(turn.time)
            self._administration.change_rules(turn, msgspec.structs.replace(rules, tiers_due_at=due_at))
            self._administration.assign_tiers(turn)

    def _expire(self, turn: Turn, left: int) -> int:
        expiries = self._floor.expiries
        while left and expiries and expiries[0][0] <= turn.time:
            _, order, account = expiries[0]
            opened = self._floor.accounts[account].by_id[order]
            self._floor.close(turn, opened, OrderStatus.EXPIRED, OrderReason.EXPIRED)
            left -= 1
        return left

    def _switch_off(self, turn: Turn, left: int) -> int:
        switches = self._floor.switches
        while left and switches and switches[0][0] <= turn.time:
            owner = self._floor.accounts[switches[0][1]]
            left -= len(self._trading.cancel_every(turn, owner, None, OrderReason.BY_DEAD_MANS_SWITCH, left))
            if left and not owner.by_id:
                account = msgspec.structs.replace(owner.account, cancels_at=None)
                self._administration.change_account(turn, owner, account)
                left -= 1
        return left

    def _end_auctions(self, turn: Turn, left: int) -> None:
        due = [
            (market.auction_ends_at, market.symbol)
            for market in self._auctions()
            if market.auction_ends_at is not None and market.auction_ends_at <= turn.time
        ]
        for _, symbol in sorted(due)[:left]:
            market = msgspec.structs.replace(
                self._floor.markets[symbol],
                status=MarketStatus.OPEN,
                status_reason=AUCTION_ENDED,
                auction_ends_at=None,
            )
            self._administration.change_status(turn, market)

    def _auctions(self) -> list[Market]:
        """Return the markets whose auction ends by itself; none while the exchange is halted."""
        floor = self._floor
        return [] if floor.rules.halted else [floor.markets[symbol] for symbol in sorted(floor.auctions)]
