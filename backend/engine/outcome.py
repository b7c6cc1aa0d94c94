"""What the engine answers to a command: events and answers, or a typed refusal."""

import enum

import msgspec

from backend.engine.events import Event


class RefusalCode(enum.Enum):
    """Why the engine refused; the names are those of the API's ErrorCode."""

    INVALID_INPUT = "INVALID_INPUT"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_MARKET = "UNKNOWN_MARKET"
    UNKNOWN_ASSET = "UNKNOWN_ASSET"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
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
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN"
    ALREADY_EXISTS = "ALREADY_EXISTS"


Facts = dict[str, int | str | None]
"""Numbers and names that an explanation needs."""


class Refusal(msgspec.Struct, frozen=True):
    """A command, or one order of a batch, was refused and changed nothing.

    `field` is the command's field that it is about ("" for none). `facts` are the numbers and names that an
    explanation needs, in the engine's units; the edge turns them into words.
    """

    code: RefusalCode
    field: str = ""
    facts: Facts = {}


Answer = int | str | Refusal
"""An order id, the reference of a deposit or transfer, or a refusal."""


class Outcome(msgspec.Struct, frozen=True):
    """The answer to one command.

    `sequence` is 0 when nothing changed: a refusal, the repetition of a key (the answer is then what it first made),
    a cancellation of nothing, or an amendment to what is. `answers` has one for each order of a `PlaceOrders`, two for
    a `PlaceOcoOrder` (the limit order, the stop order), one for each order that `CancelAllOrders` cancelled, exactly
    one for `PlaceOrder`, `AmendOrder`, `CancelOrder`, `Deposit`, `Transfer` and any refusal,
    and none else.
    """

    sequence: int
    events: tuple[Event, ...]
    answers: tuple[Answer, ...]

    @property
    def refusal(self) -> Refusal | None:
        """Return the refusal of a command that has a single answer."""
        return self.answers[0] if len(self.answers) == 1 and isinstance(self.answers[0], Refusal) else None
