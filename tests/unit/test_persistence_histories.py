"""Paged histories against the plain list of what happened, and the indexes that serve them."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise, product

import pytest
from sqlalchemy import Connection, event, insert, text

from backend.engine.events import Filled, KeyUsed, OrderUpdated, Posted, Traded
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.values import KeyKind, Order, OrderId, OrderStatus, TimeUs
from backend.persistence import histories, tables
from backend.persistence.database import Database
from backend.persistence.rows import CandleRow, FillRow, LedgerRow, Page, TradeRow
from backend.sequencer.journal import Journal
from backend.sequencer.projector import Projector
from backend.sequencer.stream import Committed
from tests.support import flow

ACCOUNT = flow.ACCOUNTS[1]
MARKET = "ETH-USDT"
SINCE = TimeUs(flow.START + 60 * flow.STEP_US)
UNTIL = TimeUs(flow.START + 220 * flow.STEP_US)
STATUSES = [None, [OrderStatus.CANCELED, OrderStatus.FILLED], [OrderStatus.OPEN], []]
BOUNDS = [(None, None), (SINCE, None), (None, UNTIL), (SINCE, UNTIL), (UNTIL, SINCE), (TimeUs(0), TimeUs(2**62))]


class Past:
    """What happened, in plain lists, newest first."""

    def __init__(self, commands: list[Committed]) -> None:
        latest: dict[OrderId, Order] = {}
        self.fills: list[FillRow] = []
        self.trades: list[TradeRow] = []
        self.ledger: list[LedgerRow] = []
        self.keys: list[KeyUsed] = []
        for command in commands:
            for index, happened in enumerate(command.events):
                self._take_in(command, index, happened, latest)
        self.orders = sorted(latest.values(), key=lambda order: -order.id)
        for rows in (self.trades, self.ledger):
            rows.reverse()
        self.fills.sort(key=lambda fill: -fill.id)

    def _take_in(self, command: Committed, index: int, happened: object, latest: dict[OrderId, Order]) -> None:
        match happened:
            case OrderUpdated(order):
                latest[order.id] = order
            case Filled(order, trade, price, lots, value, fee, fee_asset, liquidity):
                latest[order.id] = order
                self.fills.append(
                    FillRow(
                        2 * trade + (order.side.value == "SELL"), trade, order.id, order.account, order.market,
                        order.side, price, lots, value, fee, fee_asset, liquidity, command.sequence, command.time,
                    )
                )  # fmt: skip
            case Traded(trade, market, price, lots, value, side, maker, taker):
                self.trades.append(
                    TradeRow(trade, market, price, lots, value, side, maker, taker, command.sequence, command.time)
                )
            case Posted(account, asset, kind, available_change, held_change, available, held, reference):
                if change := available_change + held_change:
                    self.ledger.append(
                        LedgerRow(
                            command.sequence, index, account, asset, change, available + held, kind, reference,
                            command.time,
                        )
                    )  # fmt: skip
            case KeyUsed():
                self.keys.append(happened)


@pytest.fixture
async def past(database: Database) -> Past:
    projector = Projector(database, epoch=Journal(database).open_epoch(), checkpoint=0, rules_version=RULES_VERSION)
    projector.start()
    commands: list[Committed] = []
    for batch in flow.batches(Exchange(), [*flow.world(), *flow.trading(seed=21, count=400)]):
        projector.fold(batch)
        commands += batch.commands
    await projector.close()
    return Past(commands)


@pytest.fixture
def connection(database: Database, past: Past) -> Iterator[Connection]:
    with database.reader.begin() as connection:
        yield connection


def all_pages(read: Callable[..., Page[object]], cursor: Callable[[object], object], limit: int) -> list[object]:
    """Read page after page, each from the last item of the one before."""
    items: list[object] = []
    before = None
    while True:
        page = read(before=before, limit=limit)
        assert len(page.items) <= limit
        items += page.items
        if not page.more:
            return items
        before = cursor(page.items[-1])


def within(time: int, since: int | None, until: int | None) -> bool:
    return (since is None or time >= since) and (until is None or time < until)


def test_orders_are_paged_by_market_status_and_time(connection: Connection, past: Past) -> None:
    ours = [order for order in past.orders if order.account == ACCOUNT]
    assert len(ours) > 20, "the flow must fill pages"
    for (since, until), market, statuses in product(BOUNDS, (None, MARKET), STATUSES):
        wanted = [
            order
            for order in ours
            if (market is None or order.market == market)
            and (statuses is None or order.status in statuses)
            and within(order.created_at, since, until)
        ]
        options = {"market": market, "statuses": statuses, "since": since, "until": until}
        read = partial(histories.orders, connection, ACCOUNT, **options)
        assert all_pages(read, lambda order: order.id, limit=9) == wanted, options


def test_fills_are_paged_by_market_and_time(connection: Connection, past: Past) -> None:
    ours = [fill for fill in past.fills if fill.account == ACCOUNT]
    assert len(ours) > 20
    for (since, until), market in product(BOUNDS, (None, MARKET)):
        wanted = [
            fill for fill in ours if (market is None or fill.market == market) and within(fill.time, since, until)
        ]
        options = {"market": market, "since": since, "until": until}
        read = partial(histories.fills, connection, ACCOUNT, **options)
        assert all_pages(read, lambda fill: fill.id, limit=7) == wanted, options


def test_fills_of_one_order(connection: Connection, past: Past) -> None:
    order = max((fill.order for fill in past.fills), key=lambda order: sum(fill.order == order for fill in past.fills))
    owner = next(fill.account for fill in past.fills if fill.order == order)
    wanted = [fill for fill in past.fills if fill.order == order]
    assert histories.fills(connection, owner, order=order).items == wanted
    stranger = next(account for account in flow.ACCOUNTS if account != owner)
    assert histories.fills(connection, stranger, order=order).items == []


def test_the_ledger_is_paged_by_asset_and_time(connection: Connection, past: Past) -> None:
    ours = [entry for entry in past.ledger if entry.account == ACCOUNT]
    assert len(ours) > 20
    for (since, until), asset in product(BOUNDS, (None, "ETH")):
        wanted = [
            entry for entry in ours if (asset is None or entry.asset == asset) and within(entry.time, since, until)
        ]
        options = {"asset": asset, "since": since, "until": until}
        read = partial(histories.ledger, connection, ACCOUNT, **options)
        assert all_pages(read, lambda entry: (entry.sequence, entry.index), limit=3) == wanted, options


def test_trades_are_paged_by_time(connection: Connection, past: Past) -> None:
    for since, until in BOUNDS:
        wanted = [trade for trade in past.trades if trade.market == MARKET and within(trade.time, since, until)]
        read = partial(histories.trades, connection, MARKET, since=since, until=until)
        assert all_pages(read, lambda trade: trade.id, limit=10) == wanted


def test_an_order_is_found_by_either_of_its_ids_and_by_its_owner_alone(connection: Connection, past: Past) -> None:
    order = next(order for order in past.orders if order.client_order_id and order.account == ACCOUNT)
    assert order.client_order_id is not None
    assert histories.order(connection, ACCOUNT, order.id) == order
    assert histories.order_by_client_id(connection, ACCOUNT, order.client_order_id) == order
    assert histories.order(connection, flow.ACCOUNTS[0], order.id) is None
    assert histories.order_by_client_id(connection, flow.ACCOUNTS[0], order.client_order_id) is None
    assert histories.order(connection, ACCOUNT, OrderId(10**9)) is None


def test_every_key_is_found(connection: Connection, past: Past) -> None:
    for happened in past.keys:
        used = happened.used
        assert histories.find_key(connection, used.account, used.kind, used.key) == used
    assert histories.find_key(connection, ACCOUNT, KeyKind.DEPOSIT, "never") is None
    assert sorted(histories.all_keys(connection)) == sorted(
        (happened.used.account, happened.used.kind.value, happened.used.key) for happened in past.keys
    )
    assert histories.count_keys(connection) == len(past.keys)


def test_each_order_has_its_newest_hundred_fills(database: Database, past: Past) -> None:
    with database.begin_main() as connection:
        template = connection.execute(text("SELECT * FROM fills LIMIT 1")).mappings().one()
        many = past.orders[0].id
        connection.execute(
            insert(tables.fills),
            [{**_typed(template), "id": 10**9 + number, "order": many, "trade": number} for number in range(250)],
        )
    with database.reader.begin() as connection:
        ids = [order.id for order in past.orders[:40]] + [OrderId(10**8)]
        found = histories.fills_of_orders(connection, ids)
    assert found.keys() == set(ids)
    assert [fill.id for fill in found[many]] == [10**9 + number for number in range(249, 149, -1)]
    for order_id in ids[1:]:
        assert found[order_id] == [fill for fill in past.fills if fill.order == order_id]
    assert any(found[order_id] for order_id in ids[1:])


def _typed(row: object) -> dict[str, object]:
    amounts = {"price_ticks", "lots", "value", "fee"}
    return {name: int(value) if name in amounts else value for name, value in dict(row).items()}  # type: ignore[call-overload]


def test_candles_are_the_last_ones_oldest_first(database: Database) -> None:
    rows = [
        CandleRow(market, interval, TimeUs(minute * 60_000_000), 1, 2**70, 1, 2, 2**65, 3, 4)
        for market in ("A-B", "C-D")
        for interval in ("M1", "M5")
        for minute in range(30)
    ]
    with database.begin_main() as connection:
        connection.execute(
            insert(tables.candles), [{name: getattr(row, name) for name in row.__struct_fields__} for row in rows]
        )
    wanted = [row for row in rows if row.market == "A-B" and row.interval == "M1"]
    start, end = wanted[4].start, wanted[20].start
    with database.reader.begin() as connection:
        assert histories.candles(connection, "A-B", "M1") == wanted
        assert histories.candles(connection, "A-B", "M1", limit=5) == wanted[-5:]
        assert histories.candles(connection, "A-B", "M1", start=start, end=end) == wanted[4:20]
        assert histories.candles(connection, "A-B", "M1", start=start, end=end, limit=3) == wanted[17:20]
        assert histories.candles(connection, "A-B", "W1") == []


def test_a_page_has_its_limit(connection: Connection) -> None:
    for limit in (0, -1, 101):
        with pytest.raises(AssertionError):
            histories.trades(connection, MARKET, limit=limit)


def plans(connection: Connection, read: Callable[[Connection], object]) -> list[str]:
    """Return SQLite's plan of each statement that a function runs."""
    statements: list[tuple[str, object]] = []

    def remember(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        statements.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", remember)
    read(connection)
    event.remove(connection, "before_cursor_execute", remember)
    return [
        " | ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
        for statement, parameters in statements
    ]


SORT_A_FEW_PAGES = {"orders of some statuses", "fills of orders"}
READS: dict[str, Callable[[Connection], object]] = {
    "orders": lambda c: histories.orders(c, ACCOUNT),
    "orders of a market": lambda c: histories.orders(c, ACCOUNT, market=MARKET),
    "orders of a time": lambda c: histories.orders(c, ACCOUNT, since=SINCE, until=UNTIL, before=OrderId(99)),
    "orders of some statuses": lambda c: histories.orders(c, ACCOUNT, statuses=list(OrderStatus), since=SINCE),
    "fills": lambda c: histories.fills(c, ACCOUNT),
    "fills of a market": lambda c: histories.fills(c, ACCOUNT, market=MARKET, since=SINCE, until=UNTIL),
    "fills of an order": lambda c: histories.fills(c, ACCOUNT, order=OrderId(5)),
    "fills of orders": lambda c: histories.fills_of_orders(c, [OrderId(n) for n in range(50)]),
    "ledger": lambda c: histories.ledger(c, ACCOUNT, before=(100, 3)),
    "ledger of an asset": lambda c: histories.ledger(c, ACCOUNT, asset="ETH", since=SINCE, until=UNTIL, before=(9, 9)),
    "trades": lambda c: histories.trades(c, MARKET, since=SINCE, until=UNTIL, before=None),
    "candles": lambda c: histories.candles(c, MARKET, "M1", start=SINCE, end=UNTIL),
    "a key": lambda c: histories.find_key(c, ACCOUNT, KeyKind.ORDER, "x"),
    "an order": lambda c: histories.order(c, ACCOUNT, OrderId(1)),
}


def test_on_sqlite_an_index_finds_each_page_and_gives_its_order(connection: Connection, database: Database) -> None:
    for name, read in READS.items():
        if database.dialect != "sqlite":
            read(connection)  # at least it runs; PostgreSQL plans a few rows otherwise than many
            continue
        for plan in plans(connection, read):
            steps = [step for step in plan.split(" | ") if re.match(r"(SCAN|SEARCH) (?!\(|anon)", step)]
            assert steps
            assert not any(step.startswith("SCAN") for step in steps), (name, plan)
            if name not in SORT_A_FEW_PAGES:
                assert "TEMP B-TREE" not in plan, (name, plan)


def test_the_start_reads_open_orders_and_keys_by_their_indexes(connection: Connection, database: Database) -> None:
    from backend.sequencer.readmodel import load_state

    if database.dialect != "sqlite":
        load_state(connection)
        return
    found = " || ".join(plans(connection, load_state))
    assert "orders USING INDEX ix_orders_open" in found
    assert "command_keys USING INDEX ix_command_keys_used_at_sequence_index (used_at>?)" in found


def test_pages_are_in_the_order_of_ids(connection: Connection) -> None:
    page = histories.orders(connection, ACCOUNT, limit=100)
    assert all(earlier.id > later.id for earlier, later in pairwise(page.items))
