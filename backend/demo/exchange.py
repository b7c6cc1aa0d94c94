"""What a demonstration exchange offers, as data; the composition root makes ordinary commands of it."""

from dataclasses import dataclass

OPEN_ORDERS_PER_ACCOUNT = 100_000
FAUCET_AMOUNT_MAX = 1_000_000
"""One faucet request gives up to so many of any asset."""


@dataclass(frozen=True, slots=True)
class DemoAsset:
    """An asset; `decimals` of its smallest unit."""

    code: str
    name: str
    decimals: int


@dataclass(frozen=True, slots=True)
class DemoMarket:
    """A market without a largest order; all numbers are decimal texts, fees are fractions of what is received."""

    base: str
    quote: str
    tick_size: str
    lot_size: str
    minimum_notional: str
    maker_fee: str = "0.0008"
    taker_fee: str = "0.001"
    open_orders_per_account: int = OPEN_ORDERS_PER_ACCOUNT

    @property
    def symbol(self) -> str:
        """Return the market's name."""
        return f"{self.base}-{self.quote}"


@dataclass(frozen=True, slots=True)
class DemoTier:
    """Fees for those who traded this much of `VOLUME_ASSET` in 30 days; all numbers are decimal texts."""

    name: str
    volume: str
    maker_fee: str
    taker_fee: str


ASSETS = (
    DemoAsset("BTC", "Bitcoin", 8),
    DemoAsset("ETH", "Ether", 18),
    DemoAsset("SOL", "Solana", 9),
    DemoAsset("USDT", "Tether USD", 6),
)

MARKETS = (
    DemoMarket("BTC", "USDT", tick_size="0.1", lot_size="0.00001", minimum_notional="1"),
    DemoMarket("ETH", "USDT", tick_size="0.01", lot_size="0.0001", minimum_notional="1"),
    DemoMarket("SOL", "USDT", tick_size="0.01", lot_size="0.001", minimum_notional="1"),
    DemoMarket("ETH", "BTC", tick_size="0.00001", lot_size="0.001", minimum_notional="0.00001"),
)

VOLUME_ASSET = "USDT"
TIERS = (
    DemoTier("Silver", "100000", maker_fee="0.0006", taker_fee="0.0009"),
    DemoTier("Gold", "1000000", maker_fee="0.0004", taker_fee="0.0008"),
    DemoTier("Platinum", "10000000", maker_fee="0.0002", taker_fee="0.0006"),
)
