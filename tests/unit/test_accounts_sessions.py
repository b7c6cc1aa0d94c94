"""How long sessions live, how they are remembered, and that what is revoked is dead at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from backend.accounts import users as store
from backend.accounts.sessions import SessionLimits
from backend.persistence.database import Database
from backend.persistence.tables import sessions
from tests.support.accounts_world import PASSWORD, START_US, World

LIMITS = SessionLimits(idle_seconds=600, lifetime_seconds=3600, touch_seconds=60, cache_seconds=30, cached_max=5)


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    world = World(database, LIMITS)
    yield world
    world.hasher.close()


async def last_seen(world: World) -> int:
    await world.accounts.close()
    return int(await world.database.read(lambda c: c.scalar(select(sessions.c.last_seen_at))) or 0)


async def test_a_session_that_is_not_used_ends(world: World) -> None:
    token = (await world.accounts.register("jane@example.org", PASSWORD)).token
    world.clock.turn(599)
    assert await world.accounts.session_of(token)
    world.clock.turn(600)
    assert await world.accounts.session_of(token) is None
    assert await world.service().session_of(token) is None


async def test_a_session_that_is_used_lives_on_but_not_longer_than_its_lifetime(world: World) -> None:
    token = (await world.accounts.register("jane@example.org", PASSWORD)).token
    for _ in range(11):
        world.clock.turn(300)
        assert await world.accounts.session_of(token)
    world.clock.turn(300)
    assert await world.accounts.session_of(token) is None


async def test_the_use_of_a_session_survives_a_restart(world: World) -> None:
    token = (await world.accounts.register("jane@example.org", PASSWORD)).token
    world.clock.turn(500)
    assert await world.accounts.session_of(token)
    await world.accounts.close()
    world.clock.turn(500)
    assert await world.service().session_of(token)


async def test_that_a_session_is_used_is_written_at_most_once_a_minute(world: World) -> None:
    token = (await world.accounts.register("jane@example.org", PASSWORD)).token
    for _ in range(59):
        world.clock.turn(1)
        await world.accounts.session_of(token)
    assert await last_seen(world) == START_US
    world.clock.turn(1)
    await world.accounts.session_of(token)
    assert await last_seen(world) == START_US + 60_000_000


@pytest.mark.parametrize("token", ["", "x", "é" * 20, "x" * 101, "x" * 100_000, "\ud800", "a b", "'; DROP TABLE users"])
async def test_what_is_no_token_is_nobodys(world: World, token: str) -> None:
    await world.accounts.register("jane@example.org", PASSWORD)
    assert await world.accounts.session_of(token) is None
    assert not await world.accounts.log_out(token)


async def test_a_row_that_was_written_into_the_table_by_hand_opens_nothing(world: World) -> None:
    import hashlib

    await world.accounts.register("jane@example.org", PASSWORD)
    forged = hashlib.sha256(b"forged").hexdigest()
    await world.database.write(lambda c: c.execute(update(sessions).values(token_hash=forged)))
    assert await world.accounts.session_of("forged") is None


async def test_what_another_process_revokes_is_dead_after_the_cache_time(world: World) -> None:
    token = (await world.accounts.register("jane@example.org", PASSWORD)).token
    assert await world.accounts.session_of(token)
    await world.service().log_out(token)
    world.clock.turn(LIMITS.cache_seconds)
    assert await world.accounts.session_of(token) is None


async def test_a_session_revoked_while_it_is_being_read_is_not_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await world.accounts.register("jane@example.org", PASSWORD)).token
    found, go_on = asyncio.Event(), asyncio.Event()
    read = world.database.read

    async def slow_read(work):  # type: ignore[no-untyped-def]
        result = await read(work)
        found.set()
        await go_on.wait()
        return result

    monkeypatch.setattr(world.database, "read", slow_read)
    reader = asyncio.create_task(world.accounts.session_of(token))
    await found.wait()
    await world.accounts.log_out(token)
    go_on.set()
    assert await reader is None
    assert await world.accounts.session_of(token) is None


async def test_many_requests_of_one_session_at_once_read_it_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in = await world.accounts.register("jane@example.org", PASSWORD)
    reads = 0
    read = world.database.read

    async def counted(work):  # type: ignore[no-untyped-def]
        nonlocal reads
        reads += 1
        return await read(work)

    monkeypatch.setattr(world.database, "read", counted)
    answers = await asyncio.gather(*(world.accounts.session_of(signed_in.token) for _ in range(500)))
    assert set(answers) == {signed_in.user}
    assert reads == 1


async def test_more_sessions_than_are_remembered_work_all_the_same(world: World) -> None:
    await world.accounts.register("jane@example.org", PASSWORD)
    tokens = [(await world.accounts.log_in("jane@example.org", PASSWORD)).token for _ in range(3 * LIMITS.cached_max)]
    for token in tokens + tokens:
        assert await world.accounts.session_of(token)


async def test_a_user_with_too_many_sessions_loses_the_oldest(world: World) -> None:
    world.limits = replace(LIMITS, per_user_max=3)
    world.accounts = world.service()
    signed_in = [await world.accounts.register("jane@example.org", PASSWORD)]
    for _ in range(4):
        world.clock.turn(1)
        signed_in.append(await world.accounts.log_in("jane@example.org", PASSWORD))
        await world.accounts.session_of(signed_in[0].token)
    living = [await world.accounts.session_of(one.token) is not None for one in signed_in]
    assert living == [False, False, True, True, True]
    assert world.revoked == [one.user.session_id for one in signed_in[:2]]
    assert SessionLimits().per_user_max == 100


async def test_dead_sessions_of_a_user_are_swept_at_log_in(world: World) -> None:
    await world.accounts.register("jane@example.org", PASSWORD)
    revoked = await world.accounts.log_in("jane@example.org", PASSWORD)
    await world.accounts.log_out(revoked.token)
    world.clock.turn(LIMITS.idle_seconds)
    await world.accounts.log_in("jane@example.org", PASSWORD)
    assert await world.database.read(lambda c: c.scalar(select(func.count()).select_from(sessions))) == 1


async def test_what_a_client_says_of_itself_is_stored_as_far_as_it_fits(world: World) -> None:
    await world.accounts.register("jane@example.org", PASSWORD, ip="1" * 500, user_agent="a\0b\ud800" + "x" * 5000)
    ip, agent = await world.database.read(lambda c: c.execute(select(sessions.c.ip, sessions.c.user_agent)).one())
    assert (len(ip), len(agent)) == (64, 256)
    assert agent.startswith("ab?x")


async def test_a_session_of_nobody_is_not_found(world: World) -> None:
    assert await world.database.read(lambda c: store.find_session(c, "0" * 64)) is None
