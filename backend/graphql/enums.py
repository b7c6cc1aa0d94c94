"""The enums of the contract, complete: those of the engine under their public names, and those of the API alone."""

import enum

import strawberry

from backend.engine.values import (
    MarketStatus,
    OrderReason,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
)
from backend.engine.values import Side as OrderSide
from backend.marketdata import CandleInterval

__all__ = [
    "CandleInterval",
    "ErrorCode",
    "LedgerEntryKind",
    "Liquidity",
    "MarketStatus",
    "OrderReason",
    "OrderSide",
    "OrderStatus",
    "OrderType",
    "Role",
    "SelfTradePrevention",
    "TimeInForce",
]

strawberry.enum(CandleInterval)
strawberry.enum(MarketStatus)
strawberry.enum(OrderSide, name="OrderSide")
strawberry.enum(OrderType)
strawberry.enum(SelfTradePrevention)
strawberry.enum(TimeInForce)
strawberry.enum(OrderReason, description="Why an order ended unfilled.")
strawberry.enum(
    OrderStatus,
    description=(
        "EXPIRED: the end of a GTD order. REJECTED: only an order whose trigger fired and which then broke a rule."
    ),
)


@strawberry.enum
class Liquidity(enum.Enum):
    """Which side of a trade an order was on."""

    MAKER = "MAKER"
    TAKER = "TAKER"
    AUCTION = "AUCTION"


@strawberry.enum
class LedgerEntryKind(enum.Enum):
    """What moved an account's total."""

    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    WITHDRAWAL_FEE = "WITHDRAWAL_FEE"
    TRADE = "TRADE"
    TRADING_FEE = "TRADING_FEE"
    TRANSFER = "TRANSFER"
    ADJUSTMENT = "ADJUSTMENT"
    REVERSAL = "REVERSAL"


@strawberry.enum
class Role(enum.Enum):
    """What a user may do."""

    TRADER = "TRADER"
    SUPPORT = "SUPPORT"
    OPERATOR = "OPERATOR"
    ADMIN = "ADMIN"


@strawberry.enum
class ErrorCode(enum.Enum):
    """Why something was refused; clients act upon it."""

    INVALID_INPUT = "INVALID_INPUT"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_MARKET = "UNKNOWN_MARKET"
    UNKNOWN_ASSET = "UNKNOWN_ASSET"
    UNKNOWN_NETWORK = "UNKNOWN_NETWORK"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    UNKNOWN_DEPOSIT = "UNKNOWN_DEPOSIT"
    UNKNOWN_WITHDRAWAL = "UNKNOWN_WITHDRAWAL"
    UNKNOWN_USER = "UNKNOWN_USER"
    PRICE_NOT_ON_TICK = "PRICE_NOT_ON_TICK"
    QUANTITY_NOT_ON_LOT = "QUANTITY_NOT_ON_LOT"
    NOTIONAL_TOO_SMALL = "NOTIONAL_TOO_SMALL"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"
    PRICE_OUT_OF_BAND = "PRICE_OUT_OF_BAND"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    INSUFFICIENT_LIQUIDITY = "INSUFFICIENT_LIQUIDITY"
    WOULD_TAKE_LIQUIDITY = "WOULD_TAKE_LIQUIDITY"
    WOULD_TRIGGER_IMMEDIATELY = "WOULD_TRIGGER_IMMEDIATELY"
    DUPLICATE_CLIENT_ORDER_ID = "DUPLICATE_CLIENT_ORDER_ID"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    TOO_MANY_OPEN_ORDERS = "TOO_MANY_OPEN_ORDERS"
    MARKET_NOT_OPEN = "MARKET_NOT_OPEN"
    EXCHANGE_HALTED = "EXCHANGE_HALTED"
    ORDER_NOT_OPEN = "ORDER_NOT_OPEN"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    PASSWORD_TOO_WEAK = "PASSWORD_TOO_WEAK"  # noqa: S105
    TOTP_REQUIRED = "TOTP_REQUIRED"
    TOTP_INVALID = "TOTP_INVALID"
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN"
    INVALID_ADDRESS = "INVALID_ADDRESS"
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"
    WITHDRAWAL_LIMIT_EXCEEDED = "WITHDRAWAL_LIMIT_EXCEEDED"
    WITHDRAWALS_DISABLED = "WITHDRAWALS_DISABLED"
    DEPOSITS_DISABLED = "DEPOSITS_DISABLED"
    WITHDRAWAL_NOT_PENDING = "WITHDRAWAL_NOT_PENDING"
    VERIFICATION_REQUIRED = "VERIFICATION_REQUIRED"
    SECOND_OPERATOR_REQUIRED = "SECOND_OPERATOR_REQUIRED"
    ALREADY_EXISTS = "ALREADY_EXISTS"
