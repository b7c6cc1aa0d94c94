"""What operators do: each action is noted in the audit log, submitted, and noted again with its outcome.

The note comes first: see `backend.persistence.audit`. An answer of UNAVAILABLE leaves it without an outcome, and the
log then says that the action may have happened.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import structlog

from backend.accounts import users
from backend.accounts.users import KnownUser
from backend.engine.commands import (
    CancelAllOrders,
    Command,
    CreateAsset,
    OpenAccount,
    SetAccountFrozen,
    SetExchangeHalted,
    SetHouseAccount,
    SetMarketStatus,
)
from backend.engine.outcome import Outcome, Refusal
from backend.engine.values import AccountId, MarketStatus, OrderReason, is_storable
from backend.graphql import managing, operator_inputs
from backend.graphql.accounts import ActionPayload, User, UserPayload
from backend.graphql.amounts import echo
from backend.graphql.context import Context
from backend.graphql.enums import ErrorCode
from backend.graphql.errors import INTERNAL, ApiError
from backend.graphql.markets import AssetPayload, MarketPayload
from backend.graphql.operator_inputs import CreateAssetInput, CreateMarketInput, FeeTierInput, UpdateMarketInput
from backend.graphql.operator_words import of_operation
from backend.graphql.orders import OrderListPayload
from backend.graphql.refusals import Path, Refused, UserError, invalid, no_such_asset, no_such_market
from backend.persistence import audit
from backend.persistence.errors import StorageUnavailable

NAME_LENGTH_MAX: Final = 100
REASON_LENGTH_MAX: Final = 200
INPUT: Final[Path] = ("input",)
logger = structlog.get_logger(__name__)


async def create_asset(context: Context, given: CreateAssetInput) -> AssetPayload:
    """Make an asset known."""
    if not 1 <= len(given.name) <= NAME_LENGTH_MAX or not is_storable(given.name):
        wrong = invalid(f"A name has 1 to {NAME_LENGTH_MAX} printable characters.", [*INPUT, "name"])
        return AssetPayload(asset=None, errors=[wrong.error])
    command = CreateAsset(given.code, given.name, given.decimals)
    details = operator_inputs.as_given(given)
    refused = await _one(context, "createAsset", echo(given.code), details, command, INPUT)
    if refused is not None:
        return AssetPayload(asset=None, errors=[refused])
    return AssetPayload(asset=context.services.catalogue.asset(given.code), errors=[])


async def create_market(context: Context, given: CreateMarketInput) -> MarketPayload:
    """Create a market, HALTED."""
    catalogue = context.services.catalogue
    try:
        command = operator_inputs.creation(given, catalogue.rules)
    except Refused as refused:
        return MarketPayload(market=None, errors=[refused.error])
    symbol = f"{given.base}-{given.quote}"
    error = await _one(context, "createMarket", symbol, operator_inputs.as_given(given), command, INPUT)
    return _market(context, symbol, error)


async def update_market(context: Context, given: UpdateMarketInput) -> MarketPayload:
    """Change rules of a market."""
    listed = context.services.catalogue.find(given.market)
    try:
        if listed is None:
            raise no_such_market(given.market, [*INPUT, "market"])
        command = operator_inputs.change(given, listed.scale)
    except Refused as refused:
        return MarketPayload(market=None, errors=[refused.error])
    error = await _one(context, "updateMarket", given.market, operator_inputs.as_given(given), command, INPUT)
    return _market(context, given.market, error)


async def set_market_status(context: Context, market: str, status: MarketStatus, reason: str) -> MarketPayload:
    """Change what a market lets people do."""
    try:
        if context.services.catalogue.find(market) is None:
            raise no_such_market(market, ["market"])
        _check_reason(reason)
    except Refused as refused:
        return MarketPayload(market=None, errors=[refused.error])
    details = {"status": status.value, "reason": reason}
    error = await _one(context, "setMarketStatus", market, details, SetMarketStatus(market, status, reason), ())
    return _market(context, market, error)


async def set_exchange_halted(context: Context, halted: bool, reason: str) -> ActionPayload:
    """Stop all markets, or let them go on."""
    details = {"halted": halted, "reason": reason}
    return await _action(context, "setExchangeHalted", "exchange", details, SetExchangeHalted(halted, reason), reason)


async def set_house_account(context: Context, account_id: str, house: bool, reason: str) -> ActionPayload:
    """Free an account of fees, or let it pay them again."""
    if account_id not in context.services.views.accounts:
        unknown = Refused(ErrorCode.UNKNOWN_ACCOUNT, "There is no such account.", ["accountId"])
        return ActionPayload(errors=[unknown.error])
    details = {"house": house, "reason": reason}
    command = SetHouseAccount(AccountId(account_id), house)
    return await _action(context, "setHouseAccount", account_id, details, command, reason)


async def set_fee_tiers(context: Context, given: list[FeeTierInput]) -> ActionPayload:
    """Replace the fee tiers and assign them at once."""
    services = context.services
    asset = services.catalogue.rules.get(services.fee_volume_asset)
    try:
        if asset is None:
            raise no_such_asset(services.fee_volume_asset, [])
        for number, tier in enumerate(given):
            if not is_storable(tier.name):
                raise invalid("A tier's name has printable characters only.", ["tiers", str(number), "name"])
        command = operator_inputs.tiers(given, asset)
    except Refused as refused:
        return ActionPayload(errors=[refused.error])
    details = {"volumeAsset": asset.code, "tiers": [operator_inputs.as_given(tier) for tier in given]}
    error = await _one(context, "setFeeTiers", "fee tiers", details, command, ())
    return ActionPayload(errors=[] if error is None else [error])


async def cancel_user_orders(context: Context, user_id: str, market: str | None, reason: str) -> OrderListPayload:
    """Cancel all open orders of all accounts of a user, or those in one market."""
    services = context.services
    try:
        user = await _known_user(context, user_id, reason)
        if market is not None and services.catalogue.find(market) is None:
            raise no_such_market(market, ["market"])
    except Refused as refused:
        return OrderListPayload(errors=[refused.error])
    # an account that the engine does not have yet has no orders
    commands = [
        CancelAllOrders(account.account_id, market, OrderReason.BY_OPERATOR)
        for account in user.accounts
        if account.account_id in services.views.accounts
    ]
    details = {"market": market, "reason": reason}
    outcomes = await _audited(context, "cancelUserOrders", user.email, details, commands)
    return managing.cancelled(context, outcomes)


async def set_user_frozen(context: Context, user_id: str, frozen: bool, reason: str) -> UserPayload:
    """Cancel the orders of all accounts of a user and stop them from trading, or let them go on."""
    try:
        user = await _known_user(context, user_id, reason)
    except Refused as refused:
        return UserPayload(user=None, errors=[refused.error])
    commands: list[Command] = []
    for account in user.accounts:
        if account.account_id not in context.services.views.accounts:
            # of a user who has never signed in: the engine must know it to remember that it is frozen
            commands.append(OpenAccount(account.account_id))
        commands.append(SetAccountFrozen(account.account_id, frozen))
    await _audited(context, "setUserFrozen", user.email, {"frozen": frozen, "reason": reason}, commands)
    return UserPayload(user=User.of(user), errors=[])


async def _known_user(context: Context, user_id: str, reason: str) -> KnownUser:
    user = await find_user(context, user_id)
    if user is None:
        raise Refused(ErrorCode.UNKNOWN_USER, "There is no such user.", ["userId"])
    _check_reason(reason)
    return user


async def find_user(context: Context, user_id: str) -> KnownUser | None:
    """Return a user by their id."""
    if not is_storable(user_id):
        return None
    return await context.services.read(lambda connection: users.find_user(connection, user_id))


async def _action(
    context: Context, action: str, subject: str, details: dict[str, Any], command: Command, reason: str
) -> ActionPayload:
    try:
        _check_reason(reason)
    except Refused as refused:
        return ActionPayload(errors=[refused.error])
    error = await _one(context, action, subject, details, command, ())
    return ActionPayload(errors=[] if error is None else [error])


async def _one(
    context: Context, action: str, subject: str, details: dict[str, Any], command: Command, path: Path
) -> UserError | None:
    """Carry out an action that is one command; return its refusal."""
    (outcome,) = await _audited(context, action, subject, details, [command])
    return None if outcome.refusal is None else of_operation(outcome.refusal, command, path)


async def _audited(
    context: Context, action: str, subject: str, details: dict[str, Any], commands: Sequence[Command]
) -> list[Outcome]:
    services = context.services
    actor, time = context.signed_in().email, services.clock.now()
    text = json.dumps(details)
    entry = await services.write(
        lambda connection: audit.begin(connection, actor=actor, action=action, subject=subject, details=text, time=time)
    )
    outcomes = []
    try:
        for command in commands:
            outcomes.append(await services.submit(command))
    except ApiError as error:
        if error.code == INTERNAL and not outcomes:
            await _settle(context, entry, audit.REFUSED, None)
        raise
    refused = any(isinstance(answer, Refusal) for outcome in outcomes for answer in outcome.answers)
    sequence = max((outcome.sequence for outcome in outcomes), default=0) or None
    await _settle(context, entry, audit.REFUSED if refused else audit.ACCEPTED, sequence)
    return outcomes


async def _settle(context: Context, entry: int, outcome: str, sequence: int | None) -> None:
    """Note the outcome; where that fails the action has happened all the same, and its note stays without one."""
    try:
        await context.services.database.write(lambda connection: audit.settle(connection, entry, outcome, sequence))
    except StorageUnavailable as error:
        logger.warning("the outcome of an operator's action was not noted", entry=entry, exc_info=error)


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= len(reason) <= REASON_LENGTH_MAX or not is_storable(reason):
        raise invalid(f"A reason has 1 to {REASON_LENGTH_MAX} printable characters: users read it.", ["reason"])


def _market(context: Context, symbol: str, error: UserError | None) -> MarketPayload:
    if error is not None:
        return MarketPayload(market=None, errors=[error])
    return MarketPayload(market=context.services.catalogue.listed(symbol).shown, errors=[])
