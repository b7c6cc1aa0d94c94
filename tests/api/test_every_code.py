"""Every ErrorCode and OrderReason of trading and of operating markets, met through the API with its words."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.graphql.enums import ErrorCode, OrderReason
from tests.support.exchange import Client, RunningExchange
from tests.support.mutations import do, order_now, refusal
from tests.support.operating import SOL_BTC, open_market, set_status


class World:
    """Two traders and an operator."""

    def __init__(self, exchange: RunningExchange, alice: Client, bob: Client, operator: Client) -> None:
        self.exchange = exchange
        self.alice = alice
        self.bob = bob
        self.operator = operator

    async def trade(self, price: str, quantity: str = "1", market: str = "SOL-BTC") -> None:
        """Make a price the last one."""
        await self.alice.order(market=market, side="SELL", price=price, quantity=quantity)
        await self.bob.order(market=market, side="BUY", price=price, quantity=quantity)


@pytest.fixture
async def world(exchange: RunningExchange) -> World:
    operator = await exchange.with_role()
    traders = [await exchange.trader(BTC="100", SOL="1000", USDT="1000000") for _ in range(2)]
    return World(exchange, *traders, operator)


BUY = {"side": "BUY", "price": "100", "quantity": "1"}
SELL = {"side": "SELL", "price": "100", "quantity": "1"}


async def invalid_input(world: World) -> dict[str, Any]:
    return await world.alice.error(side="BUY", price="100")


async def unknown_account(world: World) -> dict[str, Any]:
    return await refusal(world.operator, "setHouseAccount", accountId="nobody", house=True, reason="why not")


async def unknown_market(world: World) -> dict[str, Any]:
    return await refusal(world.alice, "cancelAllOrders", market="XRP-USDT")


async def unknown_asset(world: World) -> dict[str, Any]:
    return await refusal(world.operator, "createMarket", input={**SOL_BTC, "base": "XRP"})


async def unknown_order(world: World) -> dict[str, Any]:
    return await refusal(world.alice, "amendOrder", input={"id": "999", "price": "1"})


async def unknown_user(world: World) -> dict[str, Any]:
    return await refusal(world.operator, "cancelUserOrders", userId="nobody", reason="why not")


async def price_not_on_tick(world: World) -> dict[str, Any]:
    return await world.alice.error(**{**BUY, "price": "100.05"})


async def quantity_not_on_lot(world: World) -> dict[str, Any]:
    return await world.alice.error(**{**BUY, "quantity": "0.100001"})


async def notional_too_small(world: World) -> dict[str, Any]:
    return await world.alice.error(**{**BUY, "quantity": "0.01"})


async def amount_out_of_range(world: World) -> dict[str, Any]:
    await open_market(world.operator, maximumQuantity="5")
    return await world.alice.error(**{**BUY, "market": "SOL-BTC", "price": "0.01", "quantity": "5.01"})


async def price_out_of_band(world: World) -> dict[str, Any]:
    await open_market(world.operator, priceBand="0.1")
    await world.trade("0.0015")
    return await world.alice.error(**{**BUY, "market": "SOL-BTC", "price": "0.0017"})


async def insufficient_balance(world: World) -> dict[str, Any]:
    return await world.alice.error(**{**BUY, "price": "31290.1", "quantity": "100"})


async def insufficient_liquidity(world: World) -> dict[str, Any]:
    return await world.alice.error(side="BUY", type="MARKET", quantity="1")


async def would_take_liquidity(world: World) -> dict[str, Any]:
    await open_market(world.operator)
    await world.bob.order(**{**SELL, "market": "SOL-BTC", "price": "0.002"})
    await set_status(world.operator, "POST_ONLY", "Warming up.")
    return await world.alice.error(**{**BUY, "market": "SOL-BTC", "price": "0.003"})


async def would_trigger_immediately(world: World) -> dict[str, Any]:
    await world.trade("100", "1", "BTC-USDT")
    return await world.alice.error(side="BUY", type="TAKE_PROFIT_MARKET", stopPrice="100", quoteQuantity="50")


async def duplicate_client_order_id(world: World) -> dict[str, Any]:
    await world.alice.order(**BUY, clientOrderId="mine")
    return await world.alice.error(**SELL, clientOrderId="mine")


async def duplicate_key(world: World) -> dict[str, Any]:
    given = {"asset": "BTC", "amount": "1", "idempotencyKey": "mine"}
    await do(world.alice, "requestFaucet", input=given)
    return await refusal(world.alice, "requestFaucet", input={**given, "amount": "2"})


async def too_many_open_orders(world: World) -> dict[str, Any]:
    await open_market(world.operator, openOrdersPerAccount=1)
    pair = {"market": "SOL-BTC", "side": "SELL", "quantity": "1", "price": "2", "stopPrice": "1"}
    return await refusal(world.alice, "placeOcoOrder", input=pair)


async def market_not_open(world: World) -> dict[str, Any]:
    await set_status(world.operator, "AUCTION", "The day begins.", "BTC-USDT")
    return await world.alice.error(**BUY, timeInForce="IOC")


async def exchange_halted(world: World) -> dict[str, Any]:
    await do(world.operator, "setExchangeHalted", halted=True, reason="Maintenance until 14:00.")
    return await world.alice.error(**BUY)


async def order_not_open(world: World) -> dict[str, Any]:
    order = await world.alice.order(**BUY)
    await do(world.alice, "cancelOrder", id=order["id"])
    return await refusal(world.alice, "amendOrder", input={"id": order["id"], "price": "99"})


async def account_frozen(world: World) -> dict[str, Any]:
    user = await do(world.operator, "setUserFrozen", userId=world.alice.user["id"], frozen=True, reason="Asked to.")
    assert user["user"]["frozen"] is True
    assert (await refusal(world.alice, "cancelAllAfter", seconds=5))["code"] == "ACCOUNT_FROZEN"
    return await world.alice.error(**BUY)


async def already_exists(world: World) -> dict[str, Any]:
    return await refusal(world.operator, "createAsset", input={"code": "BTC", "name": "Bitcoin", "decimals": 8})


Met = Callable[[World], Awaitable[dict[str, Any]]]
CODES: dict[str, tuple[Met, list[str], str]] = {
    "INVALID_INPUT": (invalid_input, ["input", "quantity"], "A limit order needs a quantity."),
    "UNKNOWN_ACCOUNT": (unknown_account, ["accountId"], "There is no such account."),
    "UNKNOWN_MARKET": (unknown_market, ["market"], "There is no market XRP-USDT."),
    "UNKNOWN_ASSET": (unknown_asset, ["input", "base"], "There is no asset XRP."),
    "UNKNOWN_ORDER": (unknown_order, ["input", "id"], "This account has no such order."),
    "UNKNOWN_USER": (unknown_user, ["userId"], "There is no such user."),
    "PRICE_NOT_ON_TICK": (
        price_not_on_tick,
        ["input", "price"],
        "Prices move in steps of 0.1. Nearest: 100.1.",
    ),
    "QUANTITY_NOT_ON_LOT": (quantity_not_on_lot, ["input", "quantity"], "Amounts move in lots of 0.00001 BTC."),
    "NOTIONAL_TOO_SMALL": (notional_too_small, ["input", "quantity"], "Worth 1.00 USDT. The minimum is 5.00 USDT."),
    "AMOUNT_OUT_OF_RANGE": (amount_out_of_range, ["input", "quantity"], "The largest order is 5.00 SOL."),
    "PRICE_OUT_OF_BAND": (
        price_out_of_band,
        ["input", "price"],
        "Prices from 0.0014 to 0.0016 are taken now: within 10 % of the reference price 0.0015.",
    ),
    "INSUFFICIENT_BALANCE": (
        insufficient_balance,
        ["input", "quantity"],
        "Needs 3,129,010.00 USDT; 1,000,000.00 is available.",
    ),
    "INSUFFICIENT_LIQUIDITY": (
        insufficient_liquidity,
        ["input", "quantity"],
        "There are no sell orders in BTC-USDT now. A limit order can wait for one.",
    ),
    "WOULD_TAKE_LIQUIDITY": (
        would_take_liquidity,
        ["input", "price"],
        "Would take liquidity at 0.0020. Use 0.0019.",
    ),
    "WOULD_TRIGGER_IMMEDIATELY": (
        would_trigger_immediately,
        ["input", "stopPrice"],
        "Would trigger at once: the last price is 100.0. Use a stop price below it.",
    ),
    "DUPLICATE_CLIENT_ORDER_ID": (
        duplicate_client_order_id,
        ["input", "clientOrderId"],
        "This client order id belongs to another order. Use a new one.",
    ),
    "DUPLICATE_KEY": (
        duplicate_key,
        ["input", "idempotencyKey"],
        "This idempotency key belongs to another request. Use a new one.",
    ),
    "TOO_MANY_OPEN_ORDERS": (
        too_many_open_orders,
        [],
        "At most 1 open orders are allowed in SOL-BTC, and a pair makes two. Cancel some first.",
    ),
    "MARKET_NOT_OPEN": (
        market_not_open,
        ["input", "market"],
        "BTC-USDT is in auction: The day begins. Only orders that can rest are taken.",
    ),
    "EXCHANGE_HALTED": (
        exchange_halted,
        [],
        "The exchange is halted: Maintenance until 14:00. You can cancel, not place.",
    ),
    "ORDER_NOT_OPEN": (order_not_open, ["input", "id"], "The order is canceled already."),
    "ACCOUNT_FROZEN": (
        account_frozen,
        ["input", "accountId"],
        "This account is frozen: it cannot trade now. Ask the operators.",
    ),
    "ALREADY_EXISTS": (already_exists, ["input", "code"], "There is an asset BTC already."),
}
OF_OTHER_PARTS = {
    *("UNKNOWN_NETWORK", "UNKNOWN_DEPOSIT", "UNKNOWN_WITHDRAWAL", "INVALID_CREDENTIALS", "EMAIL_TAKEN"),
    *("EMAIL_NOT_VERIFIED", "PASSWORD_TOO_WEAK", "TOTP_REQUIRED", "TOTP_INVALID", "TOKEN_INVALID", "INVALID_ADDRESS"),
    *("ADDRESS_NOT_ALLOWED", "WITHDRAWAL_LIMIT_EXCEEDED", "WITHDRAWALS_DISABLED", "DEPOSITS_DISABLED"),
    *("WITHDRAWAL_NOT_PENDING", "VERIFICATION_REQUIRED", "SECOND_OPERATOR_REQUIRED"),
}
"""Codes of users and of the wallet."""


def test_every_code_is_met_here_or_belongs_to_another_part() -> None:
    assert CODES.keys() | OF_OTHER_PARTS == {code.value for code in ErrorCode}
    assert not CODES.keys() & OF_OTHER_PARTS


@pytest.mark.parametrize("code", CODES)
async def test_each_code_comes_with_its_words_and_the_path_of_the_input(world: World, code: str) -> None:
    meet, path, message = CODES[code]
    assert await meet(world) == {"code": code, "message": message, "path": path}


async def by_user(world: World) -> dict[str, Any]:
    order = await world.alice.order(**BUY)
    cancelled: dict[str, Any] = (await do(world.alice, "cancelOrder", id=order["id"]))["order"]
    return cancelled


async def by_operator(world: World) -> dict[str, Any]:
    order = await world.alice.order(**BUY)
    gone = await do(world.operator, "cancelUserOrders", userId=world.alice.user["id"], reason="Asked by phone.")
    assert [one["id"] for one in gone["orders"]] == [order["id"]]
    return await order_now(world.alice, order["id"])


async def by_dead_mans_switch(world: World) -> dict[str, Any]:
    order = await world.alice.order(**BUY)
    await do(world.alice, "cancelAllAfter", seconds=1)
    return await ended(world.alice, order["id"])


async def by_linked_order(world: World) -> dict[str, Any]:
    await world.trade("100", "1", "BTC-USDT")
    pair = {"market": "BTC-USDT", "side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90"}
    limit, stop = (await do(world.alice, "placeOcoOrder", input=pair))["orders"]
    await do(world.alice, "cancelOrder", id=limit["id"])
    return await order_now(world.alice, stop["id"])


async def self_trade(world: World) -> dict[str, Any]:
    await world.alice.order(**SELL)
    return await world.alice.order(**BUY)


async def not_filled_immediately(world: World) -> dict[str, Any]:
    return await world.alice.order(**BUY, timeInForce="IOC")


async def reason_would_take_liquidity(world: World) -> dict[str, Any]:
    await world.trade("100", "1", "BTC-USDT")
    stop = await world.alice.order(
        side="SELL", type="STOP_LIMIT", stopPrice="95", price="90", quantity="1", postOnly=True
    )
    await world.bob.order(side="BUY", price="95", quantity="2")
    await world.alice.order(side="SELL", price="95", quantity="1")
    order = await order_now(world.alice, stop["id"])
    assert order["status"] == "REJECTED"
    return order


async def price_band(world: World) -> dict[str, Any]:
    await open_market(world.operator, priceBand="0.1")
    await world.bob.order(market="SOL-BTC", side="SELL", price="0.0030", quantity="1")
    await world.trade("0.0020")
    return await world.alice.order(market="SOL-BTC", side="BUY", type="MARKET", quantity="1")


async def expired(world: World) -> dict[str, Any]:
    order = None
    while order is None:
        # a machine that takes more than a second for it tries again
        now = datetime.fromisoformat((await world.alice.get("{ status { time } }"))["status"]["time"])
        order = (await world.alice.place(**BUY, expireAt=(now + timedelta(seconds=1)).isoformat()))["order"]
    return await ended(world.alice, order["id"])


async def reason_account_frozen(world: World) -> dict[str, Any]:
    order = await world.alice.order(**BUY)
    await do(world.operator, "setUserFrozen", userId=world.alice.user["id"], frozen=True, reason="Asked to.")
    await do(world.operator, "setUserFrozen", userId=world.alice.user["id"], frozen=False, reason="Asked to.")
    await world.alice.order(**BUY)
    return await order_now(world.alice, order["id"])


async def market_closed(world: World) -> dict[str, Any]:
    await open_market(world.operator, breakerMove="0.1", breakerWindow=5, breakerPause=60)
    await world.trade("0.0020")
    await world.bob.order(market="SOL-BTC", side="SELL", price="0.0030", quantity="1")
    return await world.alice.order(market="SOL-BTC", side="BUY", type="MARKET", quantity="2")


async def ended(client: Client, order_id: str) -> dict[str, Any]:
    """Return an order as soon as it has ended; the test's own time limit is the only one."""
    while True:
        order = await order_now(client, order_id)
        if order["status"] != "OPEN":
            return order
        await asyncio.sleep(0.05)


REASONS: dict[str, Met] = {
    "BY_USER": by_user,
    "BY_OPERATOR": by_operator,
    "BY_DEAD_MANS_SWITCH": by_dead_mans_switch,
    "BY_LINKED_ORDER": by_linked_order,
    "SELF_TRADE": self_trade,
    "NOT_FILLED_IMMEDIATELY": not_filled_immediately,
    "WOULD_TAKE_LIQUIDITY": reason_would_take_liquidity,
    "PRICE_BAND": price_band,
    "EXPIRED": expired,
    "ACCOUNT_FROZEN": reason_account_frozen,
    "MARKET_CLOSED": market_closed,
}
NEVER = {
    "BY_AMENDMENT": "an amendment changes an order in its place and cancels none",
    "INSUFFICIENT_BALANCE": "what an order needs is held when it is accepted, also one that waits for its trigger",
}


def test_every_reason_is_met_here_or_cannot_be() -> None:
    assert REASONS.keys() | NEVER.keys() == {reason.value for reason in OrderReason}
    assert not REASONS.keys() & NEVER.keys()


@pytest.mark.parametrize("reason", REASONS)
async def test_each_reason_is_told_by_the_order_that_ended(world: World, reason: str) -> None:
    order = await REASONS[reason](world)
    assert order["reason"] == reason
    assert order["status"] in ("CANCELED", "EXPIRED", "REJECTED")
