"""The faucet of a demonstration exchange."""

from backend.engine.codec import content_of
from backend.engine.commands import Deposit
from backend.engine.outcome import Answer, Refusal, RefusalCode
from backend.engine.values import KeyKind
from backend.graphql.accounts import ActionPayload
from backend.graphql.context import Context
from backend.graphql.errors import forbidden
from backend.graphql.inputs import FaucetInput, faucet_command
from backend.graphql.refusals import Refused, no_such_asset, of_deposit
from backend.persistence import histories

PATH = ("input",)


async def request(context: Context, given: FaucetInput) -> ActionPayload:
    """Credit the viewer's main account with demonstration coins, once per key."""
    services = context.services
    user = context.signed_in()
    if not services.demonstration:
        raise forbidden("Only a demonstration exchange has a faucet.")
    asset = services.catalogue.rules.get(given.asset)
    try:
        if asset is None:
            raise no_such_asset(given.asset, [*PATH, "asset"])
        command = faucet_command(given, user.main_account, asset, PATH)
    except Refused as refused:
        return ActionPayload(errors=[refused.error])
    answer: Answer | None = await _by_old_key(context, command)
    if answer is None:
        answer = (await services.submit(command)).answers[0]
    return ActionPayload(errors=[of_deposit(answer, asset, PATH)] if isinstance(answer, Refusal) else [])


async def _by_old_key(context: Context, command: Deposit) -> str | Refusal | None:
    """Answer for a key that the engine may have forgotten."""
    services, account, key = context.services, command.account, command.key
    if not services.known_keys.maybe_used(account, KeyKind.DEPOSIT, key):
        return None
    used = await services.read(lambda connection: histories.find_key(connection, account, KeyKind.DEPOSIT, key))
    if used is None:
        return None
    return used.result if used.content == content_of(command) else Refusal(RefusalCode.DUPLICATE_KEY, "key")
