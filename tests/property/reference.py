"""A naive exchange written from docs/engine.md alone: Decimals, lists, linear searches; it judges the real engine.

It shares no code with the engine. Amounts are counted in natural units (so many coins), prices in ticks and quantities
in lots, so that the engine's smallest units are checked by other arithmetic. What it answers has the plain form of
`plain.py`: event names with dicts of fields, in the engine's units.
"""

import decimal
from decimal import Decimal
from typing import Any

from tests.property.plain import Answered
from tests.property.reference_accounts import DAY_US, check_text
from tests.property.reference_orders import LIMIT, Refused, content
from tests.property.reference_placing import ReferencePlacing

EXACT = decimal.Context(prec=600, Emax=9999, Emin=-9999, traps=[decimal.Inexact, decimal.InvalidOperation])
"""No operation of the reference may round; where rounding is the rule, it is done with whole numbers."""

KEYS_MAX = 1_000_000


class ReferenceExchange(ReferencePlacing):
    """The whole exchange; `apply` answers (sequence, events, answers) in plain form."""

    def __init__(self) -> None:
        super().__init__()
        self.sequence = 0
        self.keys: list[dict[str, Any]] = []

    def apply(self, command: Any, time: int) -> Answered:
        with decimal.localcontext(EXACT):
            self.events, self.touched, self.auctions_changed = [], [], []
            self.changed_tapes, self.changed_volumes = [], []
            self.now = max(time, self.time)
            try:
                answers = getattr(self, type(command).__name__)(command)
            except Refused as refused:
                assert not self.events, "a refusal has no events"
                return Answered(0, [], [refused.answer])
            if not self.events:
                return Answered(0, [], answers)
            self.activate()
            self.tell_what_changed()
            self.sequence += 1
            self.time = self.now
            self.keys = [key for key in self.keys if key["used_at"] > self.now - DAY_US][-KEYS_MAX:]
            self.orders = self.open_orders()
            return Answered(self.sequence, self.events, answers)

    def tell_what_changed(self) -> None:
        """Tell the levels, tapes, volumes and indicative prices as they are after the command."""
        for market, side, price in self.touched:
            orders = [order for order in self.queue(market, side) if order.price == price]
            lots = sum(order.shown for order in orders)
            place = {"market": market.symbol, "side": side, "price_ticks": price}
            self.event("LevelChanged", **place, lots=lots, orders=len(orders))
        for market in self.changed_tapes:
            self.event("TapeChanged", tape=market.plain_tape())
        for volume in self.changed_volumes:
            self.event("VolumeChanged", volume=dict(volume))
        for market in dict.fromkeys([market for market, _, _ in self.touched] + self.auctions_changed):
            if market.status == "AUCTION" or market in self.auctions_changed:
                price, lots = (self.auction_price(market) if market.status == "AUCTION" else None) or (None, 0)
                self.event("IndicativeChanged", market=market.symbol, price_ticks=price, lots=lots)

    # Deposits and keys

    def Deposit(self, command: Any) -> list[Any]:
        known = self.known_key(command, "DEPOSIT", "key", command.key, "DUPLICATE_KEY")
        if known is not None:
            return [known]
        self.account(command.account)
        self.check_asset(command.asset, "asset")
        if command.amount < 1:
            raise Refused("AMOUNT_OUT_OF_RANGE", "amount")
        if not command.source.startswith("world:"):
            raise Refused("INVALID_INPUT", "source")
        check_text(command.source, "source")
        amount = self.natural(command.amount, command.asset)
        worlds = [key for key in self.balances if key[0].startswith("world:") and key[1] == command.asset]
        inside = -sum((self.balance(*key)[0] for key in worlds), Decimal(0))
        if inside + amount >= self.natural(LIMIT, command.asset):
            raise Refused("AMOUNT_OUT_OF_RANGE", "amount")
        reference = f"D{self.sequence + 1}"
        self.post("DEPOSIT", command.source, command.asset, -amount, 0, reference)
        self.post("DEPOSIT", command.account, command.asset, amount, 0, reference)
        self.use_key(command, "DEPOSIT", command.key, reference)
        return [reference]

    def Transfer(self, command: Any) -> list[Any]:
        known = self.known_key(command, "TRANSFER", "key", command.key, "DUPLICATE_KEY")
        if known is not None:
            return [known]
        giver, taker = command.from_account, command.to_account
        self.account(giver, "from_account")
        self.account(taker, "to_account")
        if giver == taker:
            raise Refused("INVALID_INPUT", "to_account")
        self.active_account(giver, "from_account")
        self.active_account(taker, "to_account")
        self.check_asset(command.asset, "asset")
        if not 1 <= command.amount < LIMIT:
            raise Refused("AMOUNT_OUT_OF_RANGE", "amount")
        amount, available = self.natural(command.amount, command.asset), self.balance(giver, command.asset)[0]
        if amount > available:
            facts = {
                "needed": command.amount,
                "available": self.units(available, command.asset),
                "asset": command.asset,
            }
            raise Refused("INSUFFICIENT_BALANCE", "amount", **facts)
        reference = f"T{self.sequence + 1}"
        self.post("TRANSFER", giver, command.asset, -amount, 0, reference)
        self.post("TRANSFER", taker, command.asset, amount, 0, reference)
        self.use_key(command, "TRANSFER", command.key, reference)
        return [reference]

    def known_key(self, command: Any, kind: str, field: str, key: str | None, duplicate: str) -> str | None:
        if key is None:
            return None
        if not 1 <= len(key) <= 36:
            raise Refused("INVALID_INPUT", field)
        check_text(key, field)
        for used in self.keys:
            if (used["account"], used["kind"], used["key"]) == (owner(command), kind, key):
                if used["content"] != content(command):
                    raise Refused(duplicate, field)
                return str(used["result"])
        return None

    def use_key(self, command: Any, kind: str, key: str, result: str) -> None:
        used = {"account": owner(command), "kind": kind, "key": key, "content": content(command), "result": result}
        self.keys.append(used | {"used_at": self.now})
        self.event("KeyUsed", used=self.keys[-1])

    # Statuses and cancellations

    def SetMarketStatus(self, command: Any) -> list[Any]:
        market, status = self.market(command.market), command.status.value
        check_text(command.reason, "reason")
        uncrosses = market.status == "AUCTION" or self.auction_price(market) is not None
        if self.rules["halted"] and status in ("OPEN", "POST_ONLY") and uncrosses:
            raise Refused("EXCHANGE_HALTED", "status", reason=self.rules["halt_reason"])
        self.change_status(market, status, command.reason)
        return []

    def SetAccountFrozen(self, command: Any) -> list[Any]:
        account = self.account(command.account)
        cancels_at = None if command.frozen else account["cancels_at"]
        self.change_account(account, frozen=command.frozen, cancels_at=cancels_at)
        if command.frozen:
            self.cancel_all(self.open_orders(command.account), "ACCOUNT_FROZEN")
        return []

    def CancelOrder(self, command: Any) -> list[Any]:
        order = self.named_order(command)
        self.close(order, "CANCELED", "BY_USER")
        return [order.id]

    def CancelAllOrders(self, command: Any) -> list[Any]:
        self.account(command.account)
        market = None if command.market is None else self.market(command.market)
        if command.reason.value not in ("BY_USER", "BY_OPERATOR"):
            raise Refused("INVALID_INPUT", "reason")
        return self.cancel_all(self.open_orders(command.account, market), command.reason.value)

    def state(self) -> dict[str, Any]:
        """Return all of the state, in the form of `plain.plain_state`."""
        with decimal.localcontext(EXACT):
            balances = []
            for (account, asset), (available, held) in self.balances.items():
                amounts = {"available": self.units(available, asset), "held": self.units(held, asset)}
                if available or held:
                    balances.append({"account": account, "asset": asset, **amounts})
            orders = sorted(self.open_orders(), key=lambda order: order.place)
            tapes = [market.plain_tape() for market in self.markets if market.last is not None]
            return {
                "sequence": self.sequence,
                "time": self.time,
                "next_order_id": self.placed + 1,
                "next_trade_id": self.trades + 1,
                "next_place": self.places + 1,
                "assets": sorted((self.plain_asset(asset) for asset in self.assets), key=lambda asset: asset["code"]),
                "markets": sorted((market.plain() for market in self.markets), key=lambda market: market["symbol"]),
                "accounts": sorted(self.accounts, key=lambda account: account["id"]),
                "balances": sorted(balances, key=lambda balance: (balance["account"], balance["asset"])),
                "orders": [order.plain(self.units) for order in orders],
                "keys": list(self.keys),
                "rules": dict(self.rules),
                "tapes": sorted(tapes, key=lambda tape: tape["market"]),
                "volumes": sorted(self.volumes, key=lambda volume: (volume["account"], volume["day"])),
            }


def owner(command: Any) -> str:
    """Return the account whose key a command uses."""
    return str(command.from_account if type(command).__name__ == "Transfer" else command.account)
