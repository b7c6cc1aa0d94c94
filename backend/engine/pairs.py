"""One cancels the other: a limit order and a stop order on one side, of which only one can come to trade."""

from typing import NamedTuple

from backend.engine import checks
from backend.engine.commands import PlaceOcoOrder, PlaceOrder
from backend.engine.floor import Floor
from backend.engine.outcome import Answer, Refusal, RefusalCode
from backend.engine.trading import Trading, new_order
from backend.engine.turn import Turn
from backend.engine.values import (
    AMOUNT_MAX,
    Market,
    OrderId,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TimeUs,
)


class Needs(NamedTuple):
    """What the legs of a pair would each have to pay alone, in smallest units."""

    limit: int
    stop: int

    @property
    def holds(self) -> tuple[int, int]:
        """Return what each leg holds: the limit order its need, the stop order what its own is more."""
        return self.limit, max(0, self.stop - self.limit)


class Pairs:
    """Places pairs."""

    def __init__(self, floor: Floor, trading: Trading) -> None:
        self._floor = floor
        self._trading = trading

    def place(self, turn: Turn, command: PlaceOcoOrder) -> tuple[Answer, ...]:
        """Place both orders; return their ids, also those of an earlier pair with the same keys, or one refusal."""
        first = self._first_of_keys(command)
        if first is not None:
            return first
        needs = self._checked_needs(command, turn.time)
        if isinstance(needs, Refusal):
            return (needs,)
        limit, stop = (new_order(self._floor, turn, leg) for leg in _legs(command))
        limit.linked_order, stop.linked_order = stop.id, limit.id
        limit_hold, stop_hold = needs.holds
        resting = self._trading.accept(turn, limit, limit_hold, command)
        self._trading.accept(turn, stop, stop_hold, command)
        self._floor.rest(turn, resting)
        return limit.id, stop.id

    def _first_of_keys(self, command: PlaceOcoOrder) -> tuple[Answer, ...] | None:
        limit_key, stop_key = command.limit_client_order_id, command.stop_client_order_id
        find = self._trading.first_of_key
        limit = find(command.account, limit_key, command, "limit_client_order_id")
        if isinstance(limit, Refusal):
            return (limit,)
        stop = find(command.account, stop_key, command, "stop_client_order_id")
        if isinstance(stop, Refusal):
            return (stop,)
        if limit is not None:
            return limit, OrderId(limit + 1)
        if stop is not None:
            return OrderId(stop - 1), stop
        if limit_key is not None and limit_key == stop_key:
            return (Refusal(RefusalCode.INVALID_INPUT, "stop_client_order_id"),)
        return None

    def _checked_needs(self, command: PlaceOcoOrder, time: TimeUs) -> Needs | Refusal:
        """Return what the legs must reserve, or the first rule that is broken."""
        floor = self._floor
        parties = floor.parties(command.account, command.market)
        if isinstance(parties, Refusal):
            return parties
        owner, market = parties
        book, tape = floor.books[market.symbol], floor.tapes[market.symbol]
        needs = _needs(command, market)
        lots = command.quantity_lots
        value = lots * command.price_ticks * market.value_units
        stop_value = lots * (command.stop_limit_ticks or command.stop_ticks) * market.value_units
        refusal = (
            checks.exchange_halted(floor.rules)
            or checks.wrong_market(market, stays=True)
            or _out_of_range(command, market)
            or checks.below_minimum(value, market.minimum_notional, "quantity_lots")
            or checks.below_minimum(stop_value, market.minimum_notional, "quantity_lots")
            or checks.out_of_band(OrderType.LIMIT, command.price_ticks, market, floor.band(market, time), tape, time)
            or checks.too_many(owner.count.get(market.symbol, 0) + 2, market)
            or checks.takes_liquidity(market, book, command.side, command.price_ticks, post_only=True)
            or checks.would_trigger(OrderType.STOP_LIMIT, command.side, command.stop_ticks, tape)
        )
        if refusal is not None:
            return refusal
        asset = market.quote if command.side is Side.BUY else market.base
        hold = checks.Hold(asset, max(needs))
        available = floor.ledger.available(command.account, asset)
        return checks.cannot_pay(hold, available, "quantity_lots") or needs


def stands_wrong(side: Side, price_ticks: int, stop_ticks: int) -> bool:
    """Tell whether a pair's limit price is on the wrong side of its stop: a sell's must be above, a buy's below."""
    return price_ticks <= stop_ticks if side is Side.SELL else price_ticks >= stop_ticks


def _needs(command: PlaceOcoOrder, market: Market) -> Needs:
    if command.side is Side.SELL:
        return Needs(*2 * (command.quantity_lots * market.lot_units,))
    value = command.quantity_lots * market.value_units
    return Needs(command.price_ticks * value, (command.stop_limit_ticks or 0) * value)


def _out_of_range(command: PlaceOcoOrder, market: Market) -> Refusal | None:
    code, lots = RefusalCode.AMOUNT_OUT_OF_RANGE, command.quantity_lots
    for field in ("price_ticks", "quantity_lots", "stop_ticks", "stop_limit_ticks"):
        number = getattr(command, field)
        if number is not None and number < 1:
            return Refusal(code, field)
    if command.side is Side.BUY and command.stop_limit_ticks is None:
        return Refusal(RefusalCode.INVALID_INPUT, "stop_limit_ticks")
    if stands_wrong(command.side, command.price_ticks, command.stop_ticks):
        return Refusal(RefusalCode.INVALID_INPUT, "price_ticks")
    refusal = checks.too_large(market, lots, command.price_ticks) or checks.too_large(
        market, lots, command.stop_limit_ticks, "stop_limit_ticks"
    )
    return refusal or (Refusal(code, "stop_ticks") if command.stop_ticks >= AMOUNT_MAX else None)


def _legs(command: PlaceOcoOrder) -> tuple[PlaceOrder, PlaceOrder]:
    stop_type = OrderType.STOP_MARKET if command.stop_limit_ticks is None else OrderType.STOP_LIMIT
    stop_time = TimeInForce.IOC if command.stop_limit_ticks is None else TimeInForce.GTC
    limit = PlaceOrder(
        account=command.account,
        market=command.market,
        side=command.side,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        post_only=True,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=command.price_ticks,
        quantity_lots=command.quantity_lots,
        quote_amount=None,
        client_order_id=command.limit_client_order_id,
    )
    stop = PlaceOrder(
        account=command.account,
        market=command.market,
        side=command.side,
        type=stop_type,
        time_in_force=stop_time,
        post_only=False,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=command.stop_limit_ticks,
        quantity_lots=command.quantity_lots,
        quote_amount=None,
        client_order_id=command.stop_client_order_id,
        stop_ticks=command.stop_ticks,
    )
    return limit, stop
