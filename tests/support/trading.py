"""Commands in a few words: one market, BTC-USDT, with ticks of 0.1 and lots of 0.00001, and accounts with money."""

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
    commands: list[Command] = [
        CreateAsset("BTC", "Bitcoin", 8),
        CreateAsset("USDT", "Tether", 6),
        CreateMarket("BTC", "USDT", 1, 1, 1000, 0, None, 100_000, 100_000, 200_000),
        SetMarketStatus(BTC_USDT, MarketStatus.OPEN, "open"),
    ]
    for account in accounts:
        commands.append(OpenAccount(account))
        commands += [deposit(account, asset, PLENTY, f"first {asset}") for asset in ("BTC", "USDT")]
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
    return PlaceOrder(
        account=account,
        market=BTC_USDT,
        side=side,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
        price_ticks=price,
        quantity_lots=lots,
        quote_amount=None,
        client_order_id=key,
    )


def cancel(account: AccountId, order: int) -> CancelOrder:
    """Return the cancellation of an order by its id."""
    return CancelOrder(account, OrderId(order), None)
