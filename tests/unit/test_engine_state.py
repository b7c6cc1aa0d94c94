"""Time, state, fingerprint, journal encoding and preview."""

import msgspec
import pytest

from backend.engine.codec import decode_commands, digest_events, encode_commands
from backend.engine.commands import (
    AdvanceTime,
    CancelAllOrders,
    CancelOrder,
    Command,
    Deposit,
    OpenAccount,
    SetFeeTiers,
    SetHouseAccount,
    SetMarketStatus,
)
from backend.engine.exchange import Exchange
from backend.engine.outcome import Refusal
from backend.engine.trading import Preview
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    Account,
    AccountId,
    Balance,
    FeeTier,
    MarketStatus,
    OrderId,
    OrderType,
    Rules,
    Side,
    State,
    TimeInForce,
    TimeUs,
    Volume,
)
from tests.support.engine_desk import MARKET, SECOND_US, Desk, fills, last_order, order


@pytest.fixture
def desk() -> Desk:
    desk = Desk(maker_rate=100_000, taker_rate=250_001)
    desk.sell("bob", 2, at=100, key="first")
    desk.sell("ann", 2, at=100)
    desk.buy("cleo", 3, at=100)
    desk.buy("cleo", 1, at=90, key="last")
    return desk


def test_time_never_goes_back(desk: Desk) -> None:
    desk.wait(hours=1)
    desk.do(AdvanceTime())
    later = desk.now
    desk.wait(hours=-2)
    outcome = desk.buy("bob", 1, at=80)
    assert last_order(outcome).created_at == desk.exchange.time == later


def test_a_refusal_does_not_move_time(desk: Desk) -> None:
    before = desk.exchange.time
    desk.wait(hours=1)
    assert desk.buy("bob", 0, at=80).refusal
    assert desk.exchange.time == before


def test_a_restored_exchange_goes_on_exactly_like_the_one_before(desk: Desk) -> None:
    restored = Exchange.restore(desk.exchange.state())
    assert restored.fingerprint() == desk.exchange.fingerprint()
    assert restored.state() == desk.exchange.state()
    for command in (
        order("ann", Side.SELL, 5, 80, key="more"),
        order("bob", Side.SELL, 2, 100, key="first"),
        CancelOrder(AccountId("cleo"), None, "last"),
    ):
        assert restored.apply(command, desk.now) == desk.exchange.apply(command, desk.now)
    assert restored.fingerprint() == desk.exchange.fingerprint()


def with_every_kind_of_order() -> Desk:
    """Return a desk amid a cascade, with orders of every kind open, a switch set and fee tiers."""
    desk = Desk(maker_rate=-10_000, taker_rate=20_000, band_rate=90_000_000)
    desk.do(SetFeeTiers("USDT", (FeeTier("regular", 0, 0, 10_000),)))
    desk.do(SetHouseAccount(AccountId("cleo"), True))
    desk.print_trade(at=100)
    for _ in range(90):
        desk.stop("ann", Side.SELL, 1, at=95)
    for number in range(20):
        desk.stop("bob", Side.SELL, 1, at=95, limit=96, key=f"fired {number}")
    desk.sell("cleo", 9, at=120, visible=2)
    desk.print_trade(at=99)
    desk.buy("tom", 3, at=120)
    desk.buy("cleo", 5, at=85, until=TimeUs(desk.now + 60 * SECOND_US))
    desk.oco("bob", Side.SELL, 4, limit=130, stop=70, keys=("limit", "stop"))
    desk.oco("cleo", Side.BUY, 4, limit=60, stop=140, stop_limit=150)
    desk.trail("cleo", Side.SELL, 2, by=40)
    desk.trail("cleo", Side.BUY, None, rate=50_000_000, quote_amount=100_00)
    desk.take_profit("cleo", Side.SELL, 1, at=135)
    desk.cancel_all_after("bob", 120)
    desk.print_trade(at=95)
    return desk


@pytest.mark.parametrize("status", list(MarketStatus))
def test_an_exchange_restored_amid_everything_goes_on_exactly_like_the_one_before(status: MarketStatus) -> None:
    desk = with_every_kind_of_order()
    assert desk.exchange.next_deadline() == desk.exchange.time, "the cascade is not over"
    desk.status(status)
    restored = Exchange.restore(desk.exchange.state())
    assert restored.fingerprint() == desk.exchange.fingerprint()
    minute = TimeUs(60 * SECOND_US)
    commands: list[Command] = [
        AdvanceTime(),
        order("tom", Side.BUY, 8, 131),
        SetMarketStatus(MARKET, MarketStatus.OPEN, "On we go."),
        order("tom", Side.SELL, 20, 60),
        AdvanceTime(),
        order("mia", Side.BUY, 40, 141),
        CancelAllOrders(AccountId("cleo"), None),
    ]
    for command in commands:
        desk.now = TimeUs(desk.now + minute)
        assert restored.next_deadline() == desk.exchange.next_deadline()
        assert restored.apply(command, desk.now) == desk.exchange.apply(command, desk.now)
        assert restored.fingerprint() == desk.exchange.fingerprint()
        counted_anew = Exchange.restore(desk.exchange.state())
        assert counted_anew.fingerprint() == desk.exchange.fingerprint(), "each change was counted when it happened"
    assert restored.state() == desk.exchange.state()


def test_a_restored_exchange_does_not_share_its_orders_with_the_state(desk: Desk) -> None:
    state = desk.exchange.state()
    text = msgspec.json.encode(state)
    Exchange.restore(state).apply(order("bob", Side.SELL, 1, 90), desk.now)
    desk.sell("bob", 1, at=90)
    assert msgspec.json.encode(state) == text


def test_an_event_stays_as_it_was_when_its_order_goes_on(desk: Desk) -> None:
    outcome = desk.buy("cleo", 2, at=95)
    text = msgspec.json.encode(outcome.events)
    desk.sell("bob", 1, at=95)
    desk.cancel_all("cleo")
    assert msgspec.json.encode(outcome.events) == text


def test_a_refusal_a_repetition_and_a_preview_leave_the_fingerprint_alone(desk: Desk) -> None:
    before = desk.exchange.fingerprint()
    assert desk.buy("bob", 10**6, at=90).refusal
    assert desk.buy("cleo", 1, at=90, key="last").sequence == 0
    desk.exchange.preview(order("ann", Side.SELL, 5, 80))
    assert desk.exchange.fingerprint() == before


def changed(state: State, **parts: object) -> State:
    return msgspec.structs.replace(state, **parts)


def test_every_part_of_the_state_is_in_the_fingerprint(desk: Desk) -> None:
    state = desk.exchange.state()
    cheater = msgspec.structs.replace(state.balances[0], available=state.balances[0].available + 1)
    moved = msgspec.structs.replace(state.orders[0], place=77)
    variants = [
        changed(state, sequence=state.sequence + 1),
        changed(state, time=state.time + 1),
        changed(state, next_order_id=state.next_order_id + 1),
        changed(state, next_trade_id=state.next_trade_id + 1),
        changed(state, next_place=state.next_place + 1),
        changed(state, assets=state.assets[1:]),
        changed(state, markets=[msgspec.structs.replace(state.markets[0], maker_rate=7)]),
        changed(state, accounts=[*state.accounts, Account(AccountId("zoe"))]),
        changed(state, accounts=[msgspec.structs.replace(state.accounts[0], house=True), *state.accounts[1:]]),
        changed(state, accounts=[msgspec.structs.replace(state.accounts[0], frozen=True), *state.accounts[1:]]),
        changed(state, balances=[cheater, *state.balances[1:]]),
        changed(state, balances=[*state.balances, Balance(AccountId("ann"), "EUR", 1, 0)]),
        changed(state, orders=[moved, *state.orders[1:]]),
        changed(state, orders=state.orders[1:]),
        changed(state, keys=state.keys[1:]),
        changed(state, rules=Rules(halted=True)),
        changed(state, tapes=[msgspec.structs.replace(state.tapes[0], last_ticks=77)]),
        changed(state, volumes=[Volume(AccountId("ann"), 19_000, 1)]),
    ]
    fingerprints = {Exchange.restore(each).fingerprint() for each in (state, *variants)}
    assert len(fingerprints) == len(variants) + 1


def test_the_fingerprint_does_not_depend_on_the_way_that_led_there() -> None:
    ways = []
    for names in (("ann", "bob"), ("bob", "ann")):
        exchange = Exchange()
        for name in names:
            exchange.apply(OpenAccount(AccountId(name)), TimeUs(5))
        ways.append(exchange.fingerprint())
    assert ways[0] == ways[1]


def test_the_journal_takes_integers_of_any_size_both_ways() -> None:
    commands: list[tuple[TimeUs, Command]] = [
        (TimeUs(5), Deposit(AccountId("ann"), "ETH", 10**37 - 1, WORLD_DEMONSTRATION, "k\u00e9y")),
        (TimeUs(6), order("ann", Side.BUY, 2**100, 2**90, time_in_force=TimeInForce.FOK, key="x")),
        (TimeUs(7), CancelOrder(AccountId("ann"), OrderId(2**63), None)),
    ]
    assert decode_commands(encode_commands(commands)) == commands


def test_the_digest_of_a_batch_tells_events_and_their_grouping_apart(desk: Desk) -> None:
    first = desk.buy("bob", 1, at=50).events
    second = desk.buy("bob", 1, at=51).events
    digests = {digest_events(events) for events in ([first], [second], [first, second], [second, first])}
    assert len({*digests, digest_events([first + second])}) == 5
    assert digest_events([first]) == digest_events([first])


def test_a_preview_says_what_the_order_then_does(desk: Desk) -> None:
    desk.sell("bob", 1, at=101)
    wanted = order("cleo", Side.BUY, 4, 102)
    preview = desk.exchange.preview(wanted)
    assert isinstance(preview, Preview)
    assert (preview.filled_lots, preview.filled_value, preview.best_ticks) == (2, 201_00, 100)
    assert (preview.total, preview.paid_asset) == (201_00 + 2 * 102_00, "USDT")
    before = desk.balance("cleo", "USDT")
    outcome = desk.do(wanted)
    takes = fills(outcome)[1::2]
    assert preview.fee == sum(fill.fee for fill in takes) == 2 * 250_001
    assert (preview.fee_asset, takes[0].fee_asset) == ("BTC", "BTC")
    assert before != desk.balance("cleo", "USDT")
    assert f"{preview.available_after / 100:.2f}" == desk.balance("cleo", "USDT")[0]


@pytest.mark.parametrize("status", [MarketStatus.OPEN, MarketStatus.AUCTION])
def test_a_preview_of_what_waits_trades_nothing_and_holds_everything(status: MarketStatus) -> None:
    desk = Desk()
    desk.sell("bob", 5, at=100)
    desk.status(status)
    waiting = order("ann", Side.BUY, 2, 105, kind=OrderType.STOP_LIMIT, stop=101)
    resting = order("ann", Side.BUY, 2, 105)
    for wanted in (waiting,) if status is MarketStatus.OPEN else (waiting, resting):
        preview = desk.exchange.preview(wanted)
        assert isinstance(preview, Preview)
        assert (preview.filled_lots, preview.fee, preview.total) == (0, 0, 210_00)
        assert preview.available_after == 10_000_00 - 210_00


def test_a_preview_of_what_would_be_refused_is_the_refusal(desk: Desk) -> None:
    wanted = order("cleo", Side.SELL, 1_000, 100)
    preview = desk.exchange.preview(wanted)
    assert isinstance(preview, Refusal)
    assert desk.apply(wanted).answers == (preview,)
