"""Registering, logging in and out, on both databases."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update

from backend.accounts.refusals import AccountsRefusal, TooBusy
from backend.engine.values import AccountId
from backend.persistence.database import Database
from backend.persistence.tables import sessions, user_accounts, users
from backend.sequencer.errors import Unavailable
from tests.support.accounts_world import PASSWORD, CountingHasher, World


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    world = World(database)
    yield world
    world.hasher.close()


async def count(world: World, table: object) -> int:
    return await world.database.read(lambda c: c.scalar(select(func.count()).select_from(table)) or 0)  # type: ignore[arg-type]


async def test_a_new_user_has_a_main_account_of_the_engine_and_a_session(world: World) -> None:
    signed_in = await world.accounts.register("Jane.Doe@Example.ORG", PASSWORD, ip="192.0.2.1", user_agent="curl")
    user = signed_in.user
    assert (user.email, user.email_verified, user.roles) == ("jane.doe@example.org", False, ("TRADER",))
    assert [(account.name, account.main) for account in user.accounts] == [("Main", True)]
    assert world.sequencer.accounts == {user.main_account}
    assert ":" not in user.main_account
    assert user.owns(user.main_account)
    assert not user.owns("another")
    assert await world.accounts.session_of(signed_in.token) == user


async def test_neither_token_nor_password_is_stored(world: World) -> None:
    signed_in = await world.accounts.register("jane@example.org", PASSWORD)
    stored = await world.database.read(
        lambda c: repr([c.execute(select(users)).all(), c.execute(select(sessions)).all()])
    )
    assert signed_in.token not in stored
    assert PASSWORD not in stored
    assert "$argon2id$" in stored


async def test_a_taken_address_is_refused_in_every_spelling_and_leaves_nothing(world: World) -> None:
    await world.accounts.register("jane@example.org", PASSWORD)
    with pytest.raises(AccountsRefusal) as refused:
        await world.accounts.register(" JANE@EXAMPLE.org ", PASSWORD)
    assert (refused.value.code, refused.value.field) == ("EMAIL_TAKEN", "email")
    assert (await count(world, users), await count(world, sessions), len(world.sequencer.accounts)) == (1, 1, 1)


async def test_of_fifty_registrations_of_one_address_at_once_one_succeeds(world: World) -> None:
    answers = await asyncio.gather(
        *(world.accounts.register("jane@example.org", PASSWORD) for _ in range(50)), return_exceptions=True
    )
    refusals = [answer for answer in answers if isinstance(answer, AccountsRefusal)]
    assert {refusal.code for refusal in refusals} == {"EMAIL_TAKEN"}
    assert len(refusals) == 49
    assert (await count(world, users), len(world.sequencer.accounts), world.hasher.hashed) == (1, 1, 1)


async def test_of_two_processes_that_register_one_address_one_succeeds(world: World) -> None:
    answers = await asyncio.gather(
        *(world.service().register("jane@example.org", PASSWORD) for _ in range(2)), return_exceptions=True
    )
    refusals = [answer for answer in answers if isinstance(answer, AccountsRefusal)]
    assert [refusal.code for refusal in refusals] == ["EMAIL_TAKEN"]
    assert (await count(world, users), await count(world, user_accounts)) == (1, 1)


async def test_when_the_engine_does_not_answer_no_user_is_made_and_the_next_try_works(world: World) -> None:
    world.sequencer.failure = Unavailable("restarting")
    with pytest.raises(Unavailable):
        await world.accounts.register("jane@example.org", PASSWORD)
    assert await count(world, users) == 0
    world.sequencer.failure = None
    assert (await world.accounts.register("jane@example.org", PASSWORD)).token


@pytest.mark.parametrize(
    ("email", "password", "code", "field"),
    [("jane", PASSWORD, "INVALID_INPUT", "email"), ("jane@example.org", "short", "PASSWORD_TOO_WEAK", "password")],
)
async def test_a_bad_address_or_password_is_refused_before_any_work(
    world: World, email: str, password: str, code: str, field: str
) -> None:
    with pytest.raises(AccountsRefusal) as refused:
        await world.accounts.register(email, password)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (world.hasher.hashed, world.sequencer.accounts, await count(world, users)) == (0, set(), 0)


async def test_a_registered_user_logs_in_with_the_password_however_its_characters_are_composed(world: World) -> None:
    await world.accounts.register("jane@example.org", "Caf\u00e9 au lait, deux")
    signed_in = await world.accounts.log_in("Jane@example.org", "Cafe\u0301 au lait, deux")
    assert await world.accounts.session_of(signed_in.token) == signed_in.user


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("jane@example.org", "wrong password"),
        ("jane@example.org", ""),
        ("jane@example.org", "x" * 5000),
        ("nobody@example.org", PASSWORD),
        ("not an address", PASSWORD),
    ],
)
async def test_each_way_to_fail_to_log_in_looks_and_costs_the_same(world: World, email: str, password: str) -> None:
    await world.accounts.register("jane@example.org", PASSWORD)
    with pytest.raises(AccountsRefusal) as refused:
        await world.accounts.log_in(email, password)
    assert (refused.value.code, refused.value.field) == ("INVALID_CREDENTIALS", "")
    assert world.hasher.verified == 1
    assert await count(world, sessions) == 1


async def test_a_hash_with_outdated_parameters_is_replaced_at_log_in(world: World) -> None:
    await world.accounts.register("jane@example.org", PASSWORD)
    stronger = CountingHasher(time_cost=3)
    await world.service(stronger).log_in("jane@example.org", PASSWORD)
    stored = await world.database.read(lambda c: c.scalar(select(users.c.password_hash)))
    assert ",t=3," in str(stored)
    await world.service(stronger).log_in("jane@example.org", PASSWORD)
    assert (stronger.hashed, stronger.verified) == (1, 2)
    stronger.close()


async def test_an_account_that_the_engine_lost_is_opened_again_at_log_in(world: World) -> None:
    user = (await world.accounts.register("jane@example.org", PASSWORD)).user
    fresh = World(world.database)
    await fresh.accounts.log_in("jane@example.org", PASSWORD)
    assert fresh.sequencer.accounts == {user.main_account}
    fresh.hasher.close()


async def test_an_account_that_the_engine_has_is_not_opened_again(world: World) -> None:
    await world.accounts.register("jane@example.org", PASSWORD)
    sequence = world.sequencer.exchange.sequence
    await world.accounts.log_in("jane@example.org", PASSWORD)
    assert world.sequencer.exchange.sequence == sequence


async def test_logging_out_ends_the_session_at_once_and_tells(world: World) -> None:
    first = await world.accounts.register("jane@example.org", PASSWORD)
    second = await world.accounts.log_in("jane@example.org", PASSWORD)
    assert await world.accounts.session_of(first.token)
    assert await world.accounts.log_out(first.token)
    assert await world.accounts.session_of(first.token) is None
    assert await world.service().session_of(first.token) is None
    assert await world.accounts.session_of(second.token)
    assert world.revoked == [first.user.session_id]
    assert not await world.accounts.log_out(first.token)


async def test_more_passwords_than_may_wait_are_refused_and_the_others_served(database: Database) -> None:
    world = World(database, hasher=CountingHasher(queue_max=3))
    world.hasher.open.clear()
    tries = [asyncio.create_task(world.accounts.log_in(f"user{number}@example.org", PASSWORD)) for number in range(20)]
    busy, _ = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
    while len(busy) < 17:
        busy, _ = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)
    world.hasher.open.set()
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, TooBusy) and answer.retry_after_seconds > 0 for answer in answers) == 17
    assert sum(isinstance(answer, AccountsRefusal) for answer in answers) == 3
    with pytest.raises(AccountsRefusal):
        await world.accounts.log_in("user@example.org", PASSWORD)
    world.hasher.close()


async def test_the_sub_accounts_of_a_user_come_after_the_main_one(world: World) -> None:
    signed_in = await world.accounts.register("jane@example.org", PASSWORD)
    first = AccountId("0000")
    await world.database.write(
        lambda c: c.execute(
            user_accounts.insert().values(
                account_id=first, user_id=signed_in.user.user_id, name="Bot", main=False, created_at=1
            )
        )
    )
    user = (await world.accounts.log_in("jane@example.org", PASSWORD)).user
    assert [account.name for account in user.accounts] == ["Main", "Bot"]
    assert user.main_account == signed_in.user.main_account
    assert user.owns(first)


async def test_a_hash_that_was_changed_meanwhile_is_not_overwritten_by_an_old_one(world: World) -> None:
    from backend.accounts import users as store

    user = (await world.accounts.register("jane@example.org", PASSWORD)).user
    old = str(await world.database.read(lambda c: c.scalar(select(users.c.password_hash))))
    await world.database.write(lambda c: c.execute(update(users).values(password_hash="changed")))
    await world.database.write(lambda c: store.set_password_hash(c, user.user_id, old, "late"))
    assert await world.database.read(lambda c: c.scalar(select(users.c.password_hash))) == "changed"
