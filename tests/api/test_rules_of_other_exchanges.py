"""Worked examples from the public documents of other exchanges: a trader who knows those finds the same rules here.

Each test names its source. Where an exchange does something else on purpose, the test says so in a comment.
"""

import asyncio
from typing import Any

import pytest

from tests.support.exchange import Client, RunningExchange
from tests.support.mutations import do, order_now, refusal
from tests.support.operating import open_market, set_status

ASKS = '{ orderBook(market: "BTC-USDT", depth: 10) { asks { price quantity orders } } }'


async def rich(exchange: RunningExchange) -> Client:
    """Return a trader with much of everything."""
    return await exchange.trader(BTC="1000", ETH="1000", SOL="100000", USDT="1000000")


@pytest.fixture
async def you(exchange: RunningExchange) -> Client:
    return await rich(exchange)


@pytest.fixture
async def other(exchange: RunningExchange) -> Client:
    return await rich(exchange)


@pytest.fixture
async def third(exchange: RunningExchange) -> Client:
    return await rich(exchange)


async def prints(buyer: Client, seller: Client, *prices: str) -> None:
    """Have trades of a little at these prices, one after the other."""
    for price in prices:
        await seller.order(side="SELL", price=price, quantity="0.1")
        order = await buyer.order(side="BUY", price=price, quantity="0.1", timeInForce="IOC")
        assert order["status"] == "FILLED", price


async def status(client: Client, order: dict[str, Any]) -> tuple[str, str | None]:
    """Return how an order is now, and why."""
    now = await order_now(client, order["id"])
    return now["status"], now["reason"]


async def test_kraken_an_iceberg_shows_its_display_quantity_until_all_is_filled(you: Client, other: Client) -> None:
    """Only the display size is in the book; as it fills, more is revealed in steps of the display size.

    Source: https://support.kraken.com/hc/en-us/articles/iceberg-orders
    """
    # Kraken wants at least a fifteenth to be shown, this exchange a thousandth.
    order = await you.order(side="SELL", price="50000", quantity="2.5", visibleQuantity="1")
    shown = []
    while (await order_now(you, order["id"]))["status"] != "FILLED":
        ((level),) = (await other.get(ASKS))["orderBook"]["asks"]
        shown.append(level["quantity"])
        await other.order(side="BUY", price="50000", quantity=level["quantity"])
    assert shown == ["1.00000", "1.00000", "0.50000"]
    assert (await other.get(ASKS))["orderBook"]["asks"] == []


async def test_tsx_only_the_disclosed_part_of_an_iceberg_has_priority(
    you: Client, other: Client, third: Client
) -> None:
    """The hidden part waits behind what others show at the same price.

    Source: https://tsx.com/ebooks/en/order-types-guide/32
    """
    iceberg = await you.order(side="SELL", price="50000", quantity="3", visibleQuantity="1")
    plain = await other.order(side="SELL", price="50000", quantity="1")
    await third.order(side="BUY", price="50000", quantity="2")
    assert (await order_now(you, iceberg["id"]))["filledQuantity"] == "1.00000"
    assert (await status(other, plain))[0] == "FILLED"


async def test_binance_a_trailing_sell_follows_the_highest_price_and_fires_seven_percent_below_it(
    you: Client, other: Client, third: Client
) -> None:
    """Scenario E: 40,000, up to 42,000, down to 39,500 (not enough), up to 45,500, and 42,315 is 7 % below that.

    Source: https://github.com/binance/binance-spot-api-docs/blob/master/faqs/trailing-stop-faq.md
    """
    await prints(other, third, "40000")
    order = await you.order(side="SELL", type="TRAILING_STOP", trailingPercent="7", quantity="1")
    for price in ("42000", "39500", "45500", "42315.1"):
        await prints(other, third, price)
        assert await status(you, order) == ("UNTRIGGERED", None), price
    assert (await order_now(you, order["id"]))["stopPrice"] == "42315.0"
    await other.order(side="BUY", price="42000", quantity="1")
    await prints(other, third, "42315")
    # Binance's example ends in a limit order; a trailing stop is a market order here.
    now = await order_now(you, order["id"])
    assert (now["status"], now["averagePrice"]) == ("FILLED", "42000.000000")


async def test_binance_a_trailing_buy_follows_the_lowest_price_and_fires_five_percent_above_it(
    you: Client, other: Client, third: Client
) -> None:
    """Scenario A from where it tracks: 44,000, up to 46,000 (not enough), down to 42,000, and 44,100 is 5 % above that.

    Source: https://github.com/binance/binance-spot-api-docs/blob/master/faqs/trailing-stop-faq.md
    """
    await prints(other, third, "44000")
    order = await you.order(side="BUY", type="TRAILING_STOP", trailingPercent="5", quoteQuantity="45000")
    for price in ("45000", "46000", "42000", "44099.9"):
        await prints(other, third, price)
        assert await status(you, order) == ("UNTRIGGERED", None), price
    await third.order(side="SELL", price="45000", quantity="1")
    await prints(other, third, "44100")
    assert (await order_now(you, order["id"]))["filledQuantity"] == "1.00000"


MAKERS = (("1.2", "1.2"), ("1.1", "1.3"), ("1", "8.1"))
"""Prices and quantities of the maker orders of Binance's scenarios, bids of one account."""


@pytest.mark.parametrize(
    ("mode", "makers", "taker"),
    [
        ("CANCEL_OLDEST", ("CANCELED", "SELF_TRADE"), ("OPEN", None)),
        ("CANCEL_NEWEST", ("OPEN", None), ("CANCELED", "SELF_TRADE")),
    ],
)
async def test_binance_expire_maker_and_expire_taker(
    you: Client, mode: str, makers: tuple[str, str | None], taker: tuple[str, str | None]
) -> None:
    """Scenarios B and C: a sell of 3 at 1 meets three own bids; EXPIRE_MAKER ends those, EXPIRE_TAKER the new order.

    Source: https://github.com/binance/binance-spot-api-docs/blob/master/faqs/stp_faq.md
    """
    resting = [
        await you.order(market="ETH-BTC", side="BUY", price=price, quantity=quantity) for price, quantity in MAKERS
    ]
    new = await you.order(market="ETH-BTC", side="SELL", price="1", quantity="3", selfTradePrevention=mode)
    assert [await status(you, order) for order in resting] == [makers] * 3
    assert await status(you, new) == taker


@pytest.mark.parametrize(
    ("size", "resting", "incoming"),
    [
        ("3", ("CANCELED", "1.00000"), ("OPEN", "2.00000")),
        ("0.4", ("OPEN", "0.60000"), ("CANCELED", "0.40000")),
        ("1", ("CANCELED", "1.00000"), ("CANCELED", "1.00000")),
    ],
)
async def test_coinbase_decrement_and_cancel_takes_the_smaller_from_the_larger(
    you: Client, size: str, resting: tuple[str, str], incoming: tuple[str, str]
) -> None:
    """`dc`: cancel the smaller order and decrement the larger by its size; where they are equal, cancel both.

    Source: https://docs.cdp.coinbase.com/exchange/concepts/matching-engine
    """
    old = await you.order(side="SELL", price="100", quantity="1")
    new = await you.order(side="BUY", price="100", quantity=size, selfTradePrevention="DECREMENT_AND_CANCEL")
    orders = [await order_now(you, order["id"]) for order in (old, new)]
    assert [(order["status"], order["quantity"]) for order in orders] == [resting, incoming]


async def test_coinbase_a_trade_is_at_the_price_of_the_order_that_was_there_first(you: Client, other: Client) -> None:
    """User A bids 100 for 1 BTC, then user B sells 1 BTC at 80: the trade is at 100.

    Source: https://docs.cdp.coinbase.com/exchange/concepts/matching-engine
    """
    await you.order(side="BUY", price="100", quantity="1")
    sold = await other.order(side="SELL", price="80", quantity="1")
    assert (await order_now(other, sold["id"]))["averagePrice"] == "100.000000"


async def test_binance_an_order_that_is_amended_to_less_keeps_its_place(
    exchange: RunningExchange, you: Client, other: Client, third: Client
) -> None:
    """Order 15 of 5.50 between those of users A and B becomes 5.00 and stays before B's.

    Source: https://developers.binance.com/docs/binance-spot-api-docs/faqs/order_amend_keep_priority
    """
    user_c = await rich(exchange)
    first = await other.order(side="BUY", price="87000", quantity="1")
    mine = await you.order(side="BUY", price="87000", quantity="5.5")
    behind = await third.order(side="BUY", price="87000", quantity="4")
    await user_c.order(side="BUY", price="86999", quantity="2")
    amended = (await do(you, "amendOrder", input={"id": mine["id"], "quantity": "5"}))["order"]
    assert (amended["id"], amended["quantity"]) == (mine["id"], "5.00000")
    await user_c.order(side="SELL", price="87000", quantity="6")
    assert (await status(other, first))[0] == (await status(you, mine))[0] == "FILLED"
    assert (await order_now(third, behind["id"]))["filledQuantity"] == "0.00000"


async def test_bybit_an_order_that_is_amended_to_more_loses_its_place(
    you: Client, other: Client, third: Client
) -> None:
    """Decreasing the quantity does not affect the queue position, increasing it loses it.

    Source: https://bybit-exchange.github.io/docs/fix-api/amend-order
    """
    mine = await you.order(side="BUY", price="87000", quantity="1")
    behind = await other.order(side="BUY", price="87000", quantity="1")
    await do(you, "amendOrder", input={"id": mine["id"], "quantity": "2"})
    await third.order(side="SELL", price="87000", quantity="1")
    assert (await status(other, behind))[0] == "FILLED"
    assert (await order_now(you, mine["id"]))["filledQuantity"] == "0.00000"


async def test_kraken_amending_keeps_the_ids_and_what_was_filled(you: Client, other: Client) -> None:
    """An amended order keeps its identifiers and the executions before it.

    Source: https://docs.kraken.com/api/docs/guides/spot-amends/
    """
    mine = await you.order(side="BUY", price="69078", quantity="1", clientOrderId="6d1b345e")
    await other.order(side="SELL", price="69078", quantity="0.25")
    amended = await do(you, "amendOrder", input={"clientOrderId": "6d1b345e", "quantity": "1.25", "price": "69079.5"})
    order = amended["order"]
    assert (order["id"], order["clientOrderId"], order["price"]) == (mine["id"], "6d1b345e", "69079.5")
    assert (order["filledQuantity"], order["remainingQuantity"]) == ("0.25000", "1.00000")
    # Kraken cancels what remains of an order that is amended to less than what is filled; here that is refused.
    error = await refusal(you, "amendOrder", input={"id": mine["id"], "quantity": "0.25"})
    assert error["code"] == "AMOUNT_OUT_OF_RANGE"


async def test_kraken_the_dead_mans_switch_cancels_all_orders_once(
    exchange: RunningExchange, you: Client, other: Client
) -> None:
    """A new request pushes the time back, 0 turns it off; when it expires all orders go, and then it is off.

    Source: https://docs.kraken.com/api-reference/trading/cancel-all-orders-after-x
    """
    first = (await do(you, "cancelAllAfter", seconds=60))["cancelsAt"]
    assert (await do(you, "cancelAllAfter", seconds=60))["cancelsAt"] > first
    assert (await do(you, "cancelAllAfter", seconds=0))["cancelsAt"] is None
    orders = [await you.order(side="BUY", price=price, quantity="1") for price in ("100", "200")]
    theirs = await other.order(side="BUY", price="50", quantity="1")
    await do(you, "cancelAllAfter", seconds=1)
    while (await status(you, orders[1]))[0] == "OPEN":  # noqa: ASYNC110 - the test's own time limit is the only one
        await asyncio.sleep(0.05)
    assert [await status(you, order) for order in orders] == [("CANCELED", "BY_DEAD_MANS_SWITCH")] * 2
    assert await status(other, theirs) == ("OPEN", None)
    assert all(account.cancels_at is None for account in exchange.services.views.accounts.values())


async def test_coinbase_order_qualifiers(you: Client, other: Client) -> None:
    """FOK is executed in its entirety or cancelled; IOC takes what there is; post-only is never a taker.

    Source: https://help.coinbase.com/en/derivatives/features/supported-order-qualifiers
    """
    await other.order(side="SELL", price="100", quantity="1")
    killed = await you.order(side="BUY", price="100", quantity="1.5", timeInForce="FOK")
    assert (killed["status"], killed["reason"], killed["filledQuantity"]) == (
        "CANCELED",
        "NOT_FILLED_IMMEDIATELY",
        "0.00000",
    )
    # Coinbase cancels a post-only order that would take; here it is refused, and nothing was placed.
    assert (await you.error(side="BUY", price="100", quantity="1", postOnly=True))["code"] == "WOULD_TAKE_LIQUIDITY"
    taken = await you.order(side="BUY", price="100", quantity="1.5", timeInForce="IOC")
    assert (taken["status"], taken["filledQuantity"]) == ("CANCELED", "1.00000")
    whole = await other.order(side="SELL", price="100", quantity="1")
    filled = await you.order(side="BUY", price="100", quantity="1", timeInForce="FOK")
    assert (filled["status"], (await status(other, whole))[0]) == ("FILLED", "FILLED")


@pytest.mark.parametrize(
    ("side", "last", "trigger", "limit"), [("BUY", "9000", "10000", "10500"), ("SELL", "5000", "4000", "3900")]
)
async def test_aax_a_stop_limit_order_becomes_a_limit_order_when_the_price_is_reached(
    you: Client, other: Client, third: Client, side: str, last: str, trigger: str, limit: str
) -> None:
    """BTC at 9,000, trigger 10,000, limit 10,500: at 10,000 a limit order buys 1 BTC at up to 10,500; and its mirror.

    Source: https://support.aax.com/en/articles/5295633-what-is-a-stop-limit-order
    """
    await prints(other, third, last)
    stop = await you.order(side=side, type="STOP_LIMIT", stopPrice=trigger, price=limit, quantity="1")
    against = "SELL" if side == "BUY" else "BUY"
    within = "10400" if side == "BUY" else "3950"
    await prints(other, third, str(int(trigger) - 1 if side == "BUY" else int(trigger) + 1))
    assert await status(you, stop) == ("UNTRIGGERED", None)
    await prints(other, third, trigger)
    assert (await status(you, stop))[0] == "OPEN"
    await other.order(side=against, price=within, quantity="1", timeInForce="IOC")
    now = await order_now(you, stop["id"])
    assert (now["status"], now["averagePrice"]) == ("FILLED", f"{limit}.000000")


async def test_crypto_com_the_stop_price_decides_between_stop_and_take_profit(
    you: Client, other: Client, third: Client
) -> None:
    """A trigger above the market is a stop for a buy and a take-profit for a sell; below it is the other way round.

    Source: https://help.crypto.com/en/articles/4453234-how-to-place-stop-limit-and-take-profit-limit-orders
    """
    await prints(other, third, "100")
    for side, kind, stop in (
        ("BUY", "STOP_LIMIT", "110"),
        ("SELL", "TAKE_PROFIT_LIMIT", "110"),
        ("SELL", "STOP_LIMIT", "90"),
        ("BUY", "TAKE_PROFIT_LIMIT", "90"),
    ):
        order = await you.order(side=side, type=kind, stopPrice=stop, price=stop, quantity="1")
        assert order["status"] == "UNTRIGGERED"
        wrong = "TAKE_PROFIT_LIMIT" if kind == "STOP_LIMIT" else "STOP_LIMIT"
        error = await you.error(side=side, type=wrong, stopPrice=stop, price=stop, quantity="1")
        assert error["code"] == "WOULD_TRIGGER_IMMEDIATELY"


async def test_binance_the_prices_of_an_oco_stand_on_either_side_of_the_last_price(
    you: Client, other: Client, third: Client
) -> None:
    """With a last price of 10 a sell pair has its limit above and its stop below it, a buy pair the other way round.

    Source: https://github.com/binance/binance-spot-api-docs/blob/master/CHANGELOG.md (2019-08-15)
    """
    # Here the limit price is held against the book: it must not take.
    await other.order(side="BUY", price="9.9", quantity="1")
    await third.order(side="SELL", price="10.1", quantity="1")
    await other.order(side="SELL", price="10", quantity="1")
    await third.order(side="BUY", price="10", quantity="1")
    pair = {"market": "BTC-USDT", "side": "SELL", "quantity": "1", "price": "11", "stopPrice": "9"}
    for wrong, code in (({"price": "9.9"}, "WOULD_TAKE_LIQUIDITY"), ({"stopPrice": "10"}, "WOULD_TRIGGER_IMMEDIATELY")):
        assert (await refusal(you, "placeOcoOrder", input={**pair, **wrong}))["code"] == code
    await do(you, "placeOcoOrder", input=pair)
    mirrored = {**pair, "side": "BUY", "price": "9", "stopPrice": "11", "stopLimitPrice": "11"}
    for wrong, code in (
        ({"price": "10.1"}, "WOULD_TAKE_LIQUIDITY"),
        ({"stopPrice": "10"}, "WOULD_TRIGGER_IMMEDIATELY"),
    ):
        assert (await refusal(you, "placeOcoOrder", input={**mirrored, **wrong}))["code"] == code
    await do(you, "placeOcoOrder", input=mirrored)


async def test_phillip_when_one_order_of_an_oco_executes_the_other_is_cancelled(
    you: Client, other: Client, third: Client
) -> None:
    """A stop order and a limit order: when either level is reached and executed, the other one is cancelled.

    Source: https://phillipfutures.com.sg/investors/support/glossary?letter=o
    """
    await prints(other, third, "100")
    pair = {"market": "BTC-USDT", "side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90"}
    profit, unused = (await do(you, "placeOcoOrder", input=pair))["orders"]
    await other.order(side="BUY", price="110", quantity="1")
    assert [await status(you, profit), await status(you, unused)] == [
        ("FILLED", None),
        ("CANCELED", "BY_LINKED_ORDER"),
    ]
    unused, loss = (await do(you, "placeOcoOrder", input={**pair, "price": "120"}))["orders"]
    await other.order(side="BUY", price="89", quantity="1")
    await prints(third, other, "90")
    assert [await status(you, loss), await status(you, unused)] == [
        ("FILLED", None),
        ("CANCELED", "BY_LINKED_ORDER"),
    ]


BIDS = (
    *((45, "13.0"), (95, "12.9"), (25, "12.8"), (35, "12.7"), (25, "12.6"), (55, "12.5"), (200, "12.4")),
    *((80, "12.3"), (60, "12.2")),
)
OFFERS = (
    *((35, "13.1"), (50, "13.0"), (10, "12.9"), (15, "12.8"), (10, "12.7"), (20, "12.6"), (90, "12.5")),
    *((155, "12.4"), (125, "12.3"), (10, "12.2")),
)
"""MarketGrid's book with prices in thousands."""


async def test_marketgrid_an_auction_trades_at_the_price_with_the_largest_executable_volume(
    exchange: RunningExchange, you: Client, other: Client
) -> None:
    """Of the crossed book 290 can trade at 12,400, more than at any other price; market orders and FOK wait outside.

    Source: https://docs-240.pages.dev/marketgrid/concepts/trading/matching-algorithms/auction
    """
    operator = await exchange.with_role()
    await set_status(operator, "AUCTION", "Opening auction.", "BTC-USDT")
    for quantity, price in BIDS:
        await you.order(side="BUY", price=price, quantity=str(quantity))
    for quantity, price in OFFERS:
        await other.order(side="SELL", price=price, quantity=str(quantity))
    for wrong in ({"type": "MARKET"}, {"price": "12", "timeInForce": "FOK"}):
        assert (await you.error(side="BUY", quantity="1", **wrong))["code"] == "MARKET_NOT_OPEN"
    ticker = '{ market(symbol: "BTC-USDT") { ticker { last indicativePrice indicativeQuantity } } }'
    before = (await you.get(ticker))["market"]["ticker"]
    assert (before["indicativePrice"], before["indicativeQuantity"]) == ("12.4", "290.00000")
    await set_status(operator, "OPEN", "Trading.", "BTC-USDT")
    trades = (await you.get('{ trades(market: "BTC-USDT", first: 100) { edges { node { price quantity } } } }'))[
        "trades"
    ]
    assert {edge["node"]["price"] for edge in trades["edges"]} == {"12.4"}
    assert sum(float(edge["node"]["quantity"]) for edge in trades["edges"]) == 290
    book = (await you.get('{ orderBook(market: "BTC-USDT", depth: 10) { bids { price quantity } asks { price } } }'))[
        "orderBook"
    ]
    assert book["bids"][0] == {"price": "12.4", "quantity": "190.00000"}
    assert book["asks"][0] == {"price": "12.5"}


async def test_quedex_where_volume_and_difference_are_equal_the_price_closest_to_the_last_is_taken(
    exchange: RunningExchange, you: Client, other: Client, third: Client
) -> None:
    """One wants to buy 1 at 110 or lower, one to sell 1 at 90 or higher: any price between would do.

    Source: https://quedex.net/faq/
    """
    operator = await exchange.with_role()
    for last, expected in (("102", "102.0"), ("80", "90.0"), ("130", "110.0")):
        await prints(other, third, last)
        await set_status(operator, "AUCTION", "Call.", "BTC-USDT")
        bought = await you.order(side="BUY", price="110", quantity="1")
        await other.order(side="SELL", price="90", quantity="1")
        await set_status(operator, "OPEN", "Trading.", "BTC-USDT")
        assert (await order_now(you, bought["id"]))["averagePrice"] == f"{expected}00000"


async def test_binance_an_order_does_not_execute_outside_the_range_around_the_reference_price(
    exchange: RunningExchange, you: Client, other: Client, third: Client
) -> None:
    """With a reference price of 10.00 no trade is at less than half of it; the taker's rest expires.

    Source: https://github.com/binance/binance-spot-api-docs/blob/master/faqs/price_range_execution_rules.md
    """
    # Binance lets prices go up to twice the reference; a band has the same width on both sides here.
    operator = await exchange.with_role()
    await open_market(operator, priceBand="0.5")
    market = "SOL-BTC"
    for price in ("4.9", "5", "6"):
        await third.order(market=market, side="BUY", price=price, quantity="1")
    await other.order(market=market, side="SELL", price="10", quantity="1")
    await third.order(market=market, side="BUY", price="10", quantity="1")
    sold = await you.order(market=market, side="SELL", type="MARKET", quantity="3")
    assert (sold["status"], sold["reason"], sold["filledQuantity"]) == ("CANCELED", "PRICE_BAND", "2.00")


async def test_emx_limit_orders_too_far_from_the_reference_price_are_rejected(
    exchange: RunningExchange, you: Client, other: Client, third: Client
) -> None:
    """A buy above the reference price and its protection is rejected, so is a sell below it.

    Source: https://support.emx.com/hc/en-us/articles/360020205993-Price-Protection
    """
    # EMX has no least price for a buy and no greatest for a sell; a band holds on both sides here.
    operator = await exchange.with_role()
    await open_market(operator, priceBand="0.1")
    market = "SOL-BTC"
    await other.order(market=market, side="SELL", price="1", quantity="1")
    await third.order(market=market, side="BUY", price="1", quantity="1")
    assert (await you.error(market=market, side="BUY", price="1.1001", quantity="1"))["code"] == "PRICE_OUT_OF_BAND"
    assert (await you.error(market=market, side="SELL", price="0.8999", quantity="1"))["code"] == "PRICE_OUT_OF_BAND"
    await you.order(market=market, side="BUY", price="0.9", quantity="1")
    await you.order(market=market, side="SELL", price="1.1", quantity="1")
