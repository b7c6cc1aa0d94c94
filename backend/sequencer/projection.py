"""From events to the rows of the read model: a whole run of batches at once, where the last value of a row wins."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete

from backend.engine.events import (
    AccountChanged,
    AccountOpened,
    AssetCreated,
    Event,
    Filled,
    KeyUsed,
    MarketChanged,
    OrderUpdated,
    Posted,
    RulesChanged,
    TapeChanged,
    Traded,
    VolumeChanged,
)
from backend.engine.values import Account, AccountId, Asset, Market, Order, Rules, Tape, TimeUs, Volume
from backend.persistence import tables
from backend.persistence.bulk import BulkInsert, RowValues
from backend.persistence.faults import Fault
from backend.persistence.rows import CandleRow, fill_number


class Run:
    """The rows that a run of committed batches comes to."""

    def __init__(self) -> None:
        self.next_order_id = 0
        self.next_trade_id = 0
        self.next_place = 0
        self._assets: dict[str, tuple[Asset, int]] = {}
        self._markets: dict[str, tuple[Market, int]] = {}
        self._accounts: dict[AccountId, tuple[Account, int, TimeUs]] = {}
        self._rules: Rules | None = None
        self._tapes: dict[str, Tape] = {}
        self._volumes: dict[tuple[AccountId, int], Volume] = {}
        self._balances: dict[tuple[AccountId, str], Posted] = {}
        self._orders: dict[int, Order] = {}
        self._trades: list[RowValues] = []
        self._fills: list[RowValues] = []
        self._ledger: list[RowValues] = []
        self._keys: list[RowValues] = []
        self._candles: dict[tuple[str, str, TimeUs], CandleRow] = {}

    def add(self, sequence: int, time: TimeUs, events: Sequence[Event]) -> None:
        """Take in the events of one command."""
        for index, event in enumerate(events):
            match event:
                case Posted():
                    self._posted(sequence, index, time, event)
                case OrderUpdated():
                    self._orders[event.order.id] = event.order
                case Filled():
                    self._orders[event.order.id] = event.order
                    self._fills.append(_fill(event, sequence, time))
                case Traded():
                    self._trades.append(_trade(event, sequence, time))
                    self.next_trade_id = event.trade + 1
                case KeyUsed():
                    self._keys.append(_key(event, sequence, index))
                case TapeChanged():
                    self._tapes[event.tape.market] = event.tape
                case VolumeChanged():
                    self._volumes[(event.volume.account, event.volume.day)] = event.volume
                case AccountOpened() | AccountChanged():
                    # of an account that is known already, the row keeps when it was opened
                    _, since, opened_at = self._accounts.get(event.account.id, (event.account, sequence, time))
                    self._accounts[event.account.id] = (event.account, since, opened_at)
                case RulesChanged():
                    self._rules = event.rules
                case AssetCreated():
                    self._assets[event.asset.code] = (event.asset, sequence)
                case MarketChanged():
                    # the sequence of its creation: the order of markets must not depend on how batches came together
                    created = self._markets.get(event.market.symbol, (event.market, sequence))[1]
                    self._markets[event.market.symbol] = (event.market, created)

    def add_candles(self, candles: Iterable[CandleRow]) -> None:
        """Take in candles as they are after a batch."""
        for candle in candles:
            self._candles[(candle.market, candle.interval, candle.start)] = candle

    def write(self, connection: Connection, fault: Fault) -> None:
        """Write everything; `fault` is called between what is only ever added and what replaces older values."""
        orders = [_order(order) for order in self._orders.values()]
        if orders:
            self.next_order_id = max(order["id"] for order in orders) + 1
            self.next_place = max(order["place"] for order in orders) + 1
        _TRADES.execute(connection, self._trades)
        _FILLS.execute(connection, self._fills)
        _LEDGER_ENTRIES.execute(connection, self._ledger)
        _COMMAND_KEYS.execute(connection, self._keys)
        fault("projector.half")
        _ASSETS.execute(connection, [_asset(asset, sequence) for asset, sequence in self._assets.values()])
        _MARKETS.execute(connection, [_market(market, sequence) for market, sequence in self._markets.values()])
        _ACCOUNTS.execute(connection, [_account(*opened) for opened in self._accounts.values()])
        _RULES.execute(connection, [] if self._rules is None else [_rules(self._rules)])
        _BALANCES.execute(connection, [_balance(posted) for posted in self._balances.values()])
        _ORDERS.execute(connection, orders)
        _TAPES.execute(connection, [_tape(tape) for tape in self._tapes.values()])
        self._write_volumes(connection)
        _CANDLES.execute(connection, [msgspec.structs.asdict(candle) for candle in self._candles.values()])

    def _write_volumes(self, connection: Connection) -> None:
        """Write the volumes that count, and take away those of the days that are forgotten."""
        kept = [volume for volume in self._volumes.values() if volume.amount]
        _VOLUMES.execute(connection, [msgspec.structs.asdict(volume) for volume in kept])
        gone = [{"of": volume.account, "on": volume.day} for volume in self._volumes.values() if not volume.amount]
        if gone:
            connection.execute(_FORGET_VOLUME, gone)

    def _posted(self, sequence: int, index: int, time: TimeUs, posted: Posted) -> None:
        self._balances[(posted.account, posted.asset)] = posted
        change = posted.available_change + posted.held_change
        if change == 0:
            return  # a hold or a release: nothing came in or went out
        self._ledger.append(
            {
                "sequence": sequence,
                "index": index,
                "account": posted.account,
                "asset": posted.asset,
                "amount": change,
                "balance_after": posted.available + posted.held,
                "kind": posted.kind.value,
                "reference": posted.reference,
                "time": time,
            }
        )


def _asset(asset: Asset, sequence: int) -> RowValues:
    return {"code": asset.code, "name": asset.name, "decimals": asset.decimals, "sequence": sequence}


def _market(market: Market, sequence: int) -> RowValues:
    return {**msgspec.structs.asdict(market), "status": market.status.value, "sequence": sequence}


def _account(account: Account, sequence: int, opened_at: TimeUs) -> RowValues:
    row = msgspec.structs.asdict(account)
    return {"account": row.pop("id"), **row, "sequence": sequence, "opened_at": opened_at}


def _rules(rules: Rules) -> RowValues:
    return {**msgspec.structs.asdict(rules), "id": 1, "tiers": _json(rules.tiers)}


def _tape(tape: Tape) -> RowValues:
    return {**msgspec.structs.asdict(tape), "minutes": _json(tape.minutes)}


def _json(values: tuple[msgspec.Struct, ...]) -> str:
    return msgspec.json.encode(values).decode()


def _balance(posted: Posted) -> RowValues:
    return {"account": posted.account, "asset": posted.asset, "available": posted.available, "held": posted.held}


def _order(order: Order) -> RowValues:
    row = msgspec.structs.asdict(order)
    for name in ("side", "type", "time_in_force", "self_trade_prevention", "status"):
        row[name] = row[name].value
    row["reason"] = None if order.reason is None else order.reason.value
    return row


def _trade(traded: Traded, sequence: int, time: TimeUs) -> RowValues:
    return {
        "id": traded.trade,
        "market": traded.market,
        "price_ticks": traded.price_ticks,
        "lots": traded.lots,
        "value": traded.value,
        "taker_side": None if traded.taker_side is None else traded.taker_side.value,
        "maker_order": traded.maker_order,
        "taker_order": traded.taker_order,
        "sequence": sequence,
        "time": time,
    }


def _fill(filled: Filled, sequence: int, time: TimeUs) -> RowValues:
    order = filled.order
    return {
        "id": fill_number(filled),
        "trade": filled.trade,
        "order": order.id,
        "account": order.account,
        "market": order.market,
        "side": order.side.value,
        "price_ticks": filled.price_ticks,
        "lots": filled.lots,
        "value": filled.value,
        "fee": filled.fee,
        "fee_asset": filled.fee_asset,
        "liquidity": filled.liquidity.value,
        "sequence": sequence,
        "time": time,
    }


def _key(event: KeyUsed, sequence: int, index: int) -> RowValues:
    used = event.used
    return {
        "account": used.account,
        "kind": used.kind.value,
        "key": used.key,
        "content": used.content,
        "result": used.result,
        "used_at": used.used_at,
        "sequence": sequence,
        "index": index,
    }


def _replacing(table: Table, *kept: str) -> BulkInsert:
    """Replace all but the key and what keeps its first value; indexes on those columns are left alone so."""
    names = [column.name for column in table.columns if not column.primary_key and column.name not in kept]
    return BulkInsert(table, changing=names)


_TRADES = BulkInsert(tables.trades)
_FILLS = BulkInsert(tables.fills)
_LEDGER_ENTRIES = BulkInsert(tables.ledger_entries)
_COMMAND_KEYS = BulkInsert(tables.command_keys)
_ASSETS = _replacing(tables.assets, "sequence")
_MARKETS = _replacing(tables.markets, "sequence")
_ACCOUNTS = _replacing(tables.accounts, "sequence", "opened_at")
_RULES = _replacing(tables.rules)
_BALANCES = _replacing(tables.balances)
_TAPES = _replacing(tables.tapes)
_VOLUMES = _replacing(tables.account_volumes)
_FORGET_VOLUME = delete(tables.account_volumes).where(
    tables.account_volumes.c.account == bindparam("of"), tables.account_volumes.c.day == bindparam("on")
)
_CANDLES = _replacing(tables.candles, "open")
_ORDERS = _replacing(
    tables.orders,
    *("account", "client_order_id", "market", "side", "type", "time_in_force", "post_only", "self_trade_prevention"),
    *("created_at", "trailing_ticks", "trailing_rate", "visible_lots", "expire_at", "linked_order"),
)
