"""Commands in a few words: accounts with money, orders, and a market, BTC-USDT, ticks of 0.1 and lots of 0.00001."""

from collections.abc import Iterable

from backend.engine.commands import (
    CancelOrder,
    Command,
    CreateAsset,
    CreateMarket,
    Deposit,
    OpenAccount,
    PlaceOrder,
    SetMarketStatus,
)
from backend.engine.values import (
    WORLD_DEMONSTRATION,
    AccountId,
    MarketStatus,
    OrderId,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

BTC_USDT = "BTC-USDT"
ALICE = AccountId("alice")
BOB = AccountId("bob")
PLENTY = 10**15


def opening(*accounts: AccountId) -> list[Command]:
    """Return what opens the market and gives each account plenty of both assets."""
    return [
        CreateAsset("BTC", "Bitcoin", 8),
        CreateAsset("USDT", "Tether", 6),
        CreateMarket("BTC", "USDT", 1, 1, 1000, 0, None, 100_000, 100_000, 200_000),
        SetMarketStatus(BTC_USDT, MarketStatus.OPEN, "open"),
        *funded(accounts, BTC=PLENTY, USDT=PLENTY),
    ]


def funded(accounts: Iterable[AccountId], **amounts: int) -> list[Command]:
    """Return what opens accounts and gives each of them these amounts, in smallest units."""
    commands: list[Command] = []
    for account in accounts:
        commands.append(OpenAccount(account))
        commands += [deposit(account, asset, amount, f"first {asset}") for asset, amount in amounts.items()]
    return commands


def deposit(account: AccountId, asset: str, amount: int, key: str) -> Deposit:
    """Return a deposit from the demonstration bank."""
    return Deposit(account, asset, amount, WORLD_DEMONSTRATION, key)


def buy(account: AccountId, price: int, lots: int, key: str | None = None) -> PlaceOrder:
    """Return a limit order to buy that rests."""
    return limit(account, Side.BUY, price, lots, key)


def sell(account: AccountId, price: int, lots: int, key: str | None = None) -> PlaceOrder:
    """Return a limit order to sell that rests."""
    return limit(account, Side.SELL, price, lots, key)


def limit(account: AccountId, side: Side, price: int, lots: int, key: str | None = None) -> PlaceOrder:
    """Return a limit order that rests."""
    return order(account, BTC_USDT, side, price, lots, key=key)


def order(
    account: AccountId,
    market: str,
    side: Side,
    price: int | None,
    lots: int | None,
    force: TimeInForce | None = None,
    *,
    quote_amount: int | None = None,
    key: str | None = None,
) -> PlaceOrder:
    """Return an order of any market: a limit order when it has a price, otherwise a market order."""
    return PlaceOrder(
        account=account,
        market=market,
        side=side,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        time_in_force=force or (TimeInForce.IOC if price is None else TimeInForce.GTC),
        post_only=False,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=price,
        quantity_lots=lots,
        quote_amount=quote_amount,
        client_order_id=key,
    )


def cancel(account: AccountId, order: int) -> CancelOrder:
    """Return the cancellation of an order by its id."""
    return CancelOrder(account, OrderId(order), None)
