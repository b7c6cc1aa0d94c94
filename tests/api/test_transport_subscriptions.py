"""Public subscriptions are shared and conflated; private ones lose nothing or are closed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
import strawberry
from structlog.testing import capture_logs

from backend.graphql.errors import ApiError, unauthenticated
from backend.graphql.transport import GraphQLTransport, TransportLimits
from backend.graphql.transport.feeds import PrivateFeed, TooSlow
from tests.support.transport_world import PriceFeed, SocketClient, Source, World, until

PRICES = "subscription P($market: String!) { prices(market: $market) { sequence isSnapshot text } }"
BTC = {"market": "BTC-USDT"}


@pytest.fixture
async def world() -> World:
    return World()


async def price(client: SocketClient, operation_id: str = "1") -> tuple[int, bool]:
    message = await client.hear()
    assert (message["id"], message["type"]) == (operation_id, "next"), message
    body = message["payload"]["data"]["prices"]
    return body["sequence"], body["isSnapshot"]


async def follow(world: World, stack: AsyncExitStack, query: str = PRICES, variables: object = None) -> SocketClient:
    client = await stack.enter_async_context(world.socket())
    await client.sign_in()
    client.subscribe("1", query, variables or BTC)
    return client


async def test_a_hundred_subscribers_cost_one_execution_per_event(world: World) -> None:
    async with AsyncExitStack() as stack:
        clients = [await follow(world, stack) for _ in range(100)]
        for client in clients:
            assert await price(client) == (0, True)
        assert world.executions["Price.text"] == 1, "one snapshot serves all as long as nothing happens"
        assert world.prices.listeners == 1
        for _ in range(10):
            world.prices.change()
        for client in clients:
            assert [await price(client) for _ in range(10)] == [(number, False) for number in range(1, 11)]
        assert world.executions["Price.text"] == 11
        assert world.observer.subscriber_count["prices"] == 100


async def test_other_variables_and_other_documents_are_other_groups(world: World) -> None:
    async with AsyncExitStack() as stack:
        await follow(world, stack)
        await follow(world, stack, variables={**BTC, "ignored": 1})
        await follow(world, stack, variables={"market": "ETH-USDT"})
        await follow(world, stack, query=PRICES.replace(" text", ""))
        await until(lambda: world.observer.subscriber_count["prices"] == 4)
        assert world.prices.listeners == 3


async def test_a_joiner_gets_a_snapshot_and_then_every_change_after_it(world: World) -> None:
    async with AsyncExitStack() as stack:
        first = await follow(world, stack)
        joined: list[SocketClient] = []
        for _ in range(20):
            world.prices.change()
            joined.append(await follow(world, stack))
            world.prices.change()
        world.prices.change()
        last = world.prices.sequences["BTC-USDT"]
        for client in [first, *joined]:
            sequence, is_snapshot = await price(client)
            assert is_snapshot
            for expected in range(sequence + 1, last + 1):
                assert await price(client) == (expected, False)


async def test_a_change_between_two_joins_renews_the_snapshot(world: World) -> None:
    async with AsyncExitStack() as stack:
        assert await price(await follow(world, stack)) == (0, True)
        world.prices.change()
        assert await price(await follow(world, stack)) == (1, True)
        assert await price(await follow(world, stack)) == (1, True)
        assert world.prices.snapshots == 2


async def test_an_unknown_market_is_bad_user_input(world: World) -> None:
    async with AsyncExitStack() as stack:
        client = await follow(world, stack, variables={"market": "XYZ-USDT"})
        answer = await client.hear()
        assert (answer["id"], answer["type"]) == ("1", "error")
        assert answer["payload"] == [
            {"message": "There is no market XYZ-USDT.", "extensions": {"code": "BAD_USER_INPUT"}}
        ]
        assert world.prices.listeners == 0


async def test_a_null_argument_is_bad_user_input(world: World) -> None:
    query = 'subscription P($depth: Int) { prices(market: "BTC-USDT", depth: $depth) { sequence } }'
    async with AsyncExitStack() as stack:
        client = await follow(world, stack, query=query, variables={"depth": None})
        answer = await client.hear()
        assert answer["type"] == "error"
        assert answer["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_aliases_fragments_and_defaults_reach_the_feed(world: World) -> None:
    query = """
        subscription P($market: String = "ETH-USDT") { ...A }
        fragment A on Subscription { p: prices(market: $market) { sequence } }
    """
    async with AsyncExitStack() as stack:
        client = await follow(world, stack, query=query, variables={"other": 1})
        assert (await client.hear())["payload"] == {"data": {"p": {"sequence": 0}}}
        world.prices.change("ETH-USDT")
        assert (await client.hear())["payload"] == {"data": {"p": {"sequence": 1}}}


async def test_completing_and_leaving_end_the_listener_with_the_last_subscriber(world: World) -> None:
    async with AsyncExitStack() as stack:
        one, two = await follow(world, stack), await follow(world, stack)
        for client in (one, two):
            assert await price(client) == (0, True)
        one.say({"id": "1", "type": "complete"})
        await one.settle()
        assert world.prices.listeners == 1
        world.prices.change()
        assert await price(two) == (1, False)
        await one.settle()
        two.leave()
        await two.task
        await until(lambda: world.prices.listeners == 0)
        one.subscribe("1", PRICES, BTC)
        assert await price(one) == (1, True)
        world.prices.change()
        assert await price(one) == (2, False)


async def test_who_leaves_and_comes_back_at_once_keeps_its_group(world: World) -> None:
    async with AsyncExitStack() as stack:
        client = await follow(world, stack)
        assert await price(client) == (0, True)
        client.say({"id": "1", "type": "complete"})
        client.subscribe("1", PRICES, BTC)
        assert await price(client) == (0, True)
        world.prices.change()
        assert await price(client) == (1, False)
        assert world.prices.listeners == 1


async def test_a_slow_reader_gets_a_fresh_snapshot_instead_of_its_backlog() -> None:
    world = World(TransportLimits(send_queue_messages_max=10))
    async with AsyncExitStack() as stack:
        slow, quick = await follow(world, stack), await follow(world, stack)
        for client in (slow, quick):
            assert await price(client) == (0, True)
        slow.stop_reading()
        for number in range(1, 101):
            world.prices.change()
            assert await price(quick) == (number, False)
        assert world.observer.conflated == 1
        slow.read_on()
        assert await price(slow) == (1, False), "what was already on its way"
        assert await price(slow) == (100, True)
        world.prices.change()
        assert await price(slow) == (101, False)
        assert await price(quick) == (101, False)
        assert world.prices.listeners == 1


async def test_a_reader_that_is_slow_again_and_again_always_ends_with_the_truth() -> None:
    world = World(TransportLimits(send_queue_messages_max=5))
    async with AsyncExitStack() as stack:
        client = await follow(world, stack)
        known, is_snapshot = await price(client)
        for _ in range(30):
            client.stop_reading()
            for _ in range(20):
                world.prices.change()
                await asyncio.sleep(0)
            client.read_on()
            while known < world.prices.sequences["BTC-USDT"]:
                sequence, is_snapshot = await price(client)
                assert is_snapshot or sequence == known + 1, "a gap without a snapshot"
                assert sequence >= known
                known = sequence
        assert world.observer.conflated == 30


async def test_a_burst_within_one_turn_of_the_loop_conflates_and_recovers() -> None:
    world = World(TransportLimits(send_queue_messages_max=10))
    async with AsyncExitStack() as stack:
        client = await follow(world, stack)
        assert await price(client) == (0, True)
        for _ in range(1_000):
            world.prices.change()
        known = 0
        while known < 1_000:
            known, _ = await price(client)
        world.prices.change()
        assert await price(client) == (1_001, False)


async def test_the_queue_is_bounded_in_bytes_too() -> None:
    world = World(TransportLimits(send_queue_bytes_max=1_000))
    async with AsyncExitStack() as stack:
        client = await follow(world, stack)
        assert await price(client) == (0, True)
        client.stop_reading()
        for _ in range(100):
            world.prices.change()
        await asyncio.sleep(0)
        assert world.observer.conflated == 1
        client.read_on()
        while (await price(client)) != (100, True):
            pass


async def test_a_joiner_without_room_waits_for_its_snapshot() -> None:
    world = World(TransportLimits(send_queue_messages_max=4))
    async with AsyncExitStack() as stack:
        client = await follow(world, stack)
        assert await price(client) == (0, True)
        client.subscribe("2", PRICES, {"market": "ETH-USDT"})
        assert await price(client, "2") == (0, True)
        client.stop_reading()
        for _ in range(5):
            world.prices.change("BTC-USDT")
            await asyncio.sleep(0)
        client.read_on()
        world.prices.change("ETH-USDT")
        seen: dict[str, int] = {"1": 0, "2": 0}
        while seen != {"1": 5, "2": 1}:
            message = await client.hear()
            seen[message["id"]] = message["payload"]["data"]["prices"]["sequence"]


async def test_a_slow_reader_of_one_subscription_keeps_its_private_updates() -> None:
    world = World(TransportLimits(send_queue_messages_max=20))
    async with world.socket() as client:
        await client.sign_in("alice")
        client.subscribe("u", "subscription { updates }")
        client.subscribe("1", PRICES, BTC)
        assert await price(client) == (0, True)
        client.stop_reading()
        for number in range(10):
            world.updates.publish(number)
            for _ in range(10):
                world.prices.change()
                await asyncio.sleep(0)
        client.read_on()
        updates: list[int] = []
        known = 0
        while len(updates) < 10 or known < 100:
            message = await client.hear()
            if message["id"] == "u":
                updates.append(message["payload"]["data"]["updates"])
            else:
                known = message["payload"]["data"]["prices"]["sequence"]
        assert updates == list(range(10))


async def test_private_updates_come_in_order_and_none_is_left_out(world: World) -> None:
    world.private_items_max = 1_000
    async with world.socket() as client:
        await client.sign_in("alice")
        client.subscribe("u", "subscription { updates }")
        await client.settle()
        for number in range(1_000):
            world.updates.publish(number)
        got = [(await client.hear())["payload"]["data"]["updates"] for _ in range(1_000)]
        assert got == list(range(1_000))


async def test_a_private_feed_is_registered_before_the_next_message_is_handled(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in("alice")
        client.subscribe("u", "subscription { updates }")
        await client.settle()
        assert len(world.updates.listeners) == 1
        world.updates.publish(7)
        assert (await client.hear())["payload"] == {"data": {"updates": 7}}


async def test_a_reader_that_lets_a_private_feed_overflow_is_closed_with_4408(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in("alice")
        client.subscribe("u", "subscription { updates }")
        await client.settle()
        for number in range(world.private_items_max + 1):
            world.updates.publish(number)
        assert await client.closed() == (4408, "Too slow")
        await client.task
    assert world.updates.listeners == []
    assert world.observer.closed == {4408: 1}


async def test_a_reader_that_leaves_its_queue_full_is_closed_with_4408() -> None:
    world = World(TransportLimits(send_queue_messages_max=3, slow_reader_seconds_max=0.01))
    async with world.socket() as client:
        await client.sign_in("alice")
        client.subscribe("u", "subscription { updates }")
        await client.settle()
        client.stop_reading()
        for number in range(10):
            world.updates.publish(number)
        await until(lambda: world.updates.listeners == [])
        client.read_on()
        assert await client.closed() == (4408, "Too slow")


async def test_a_private_feed_can_be_ended_with_an_error() -> None:
    source = Source()
    feed = PrivateFeed[int](source.listen, first=[1])
    assert await anext(feed) == 1
    source.publish(2)
    feed.fail(unauthenticated())
    with pytest.raises(ApiError, match="Sign in"):
        await anext(feed)
    assert source.listeners == []


async def test_a_private_feed_wakes_its_reader_for_a_value_an_overflow_and_its_end() -> None:
    source = Source()
    feed = PrivateFeed[int](source.listen, items_max=2)
    waiting = asyncio.create_task(anext(feed))
    await asyncio.sleep(0)
    source.publish(1)
    assert await waiting == 1
    for number in range(3):
        source.publish(number)
    with pytest.raises(TooSlow):
        await anext(feed)
    ended = PrivateFeed[int](source.listen)
    waiting = asyncio.create_task(anext(ended))
    await asyncio.sleep(0)
    await ended.aclose()
    with pytest.raises(StopAsyncIteration):
        await waiting
    assert source.listeners == []


async def test_the_publisher_never_sees_the_failure_of_a_reader(world: World) -> None:
    async with AsyncExitStack() as stack:
        client = await follow(world, stack)
        assert await price(client) == (0, True)
        with capture_logs() as logs:
            world.prices.sources["BTC-USDT"].publish(object())
        (error,) = (await client.hear())["payload"]["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert len(logs) == 1
        world.prices.change()
        assert await price(client) == (1, False)


async def test_a_long_subscription_does_not_grow(world: World) -> None:
    async with AsyncExitStack() as stack:
        client = await follow(world, stack)
        assert await price(client) == (0, True)
        (group,) = world.transport._hub._groups.values()
        remembered = group._executor._relevant_sub_fields
        for number in range(1, 51):
            world.prices.change()
            assert await price(client) == (number, False)
        assert len(remembered) == 1


@strawberry.type
class Nothing:
    nothing: int = 0


@strawberry.type
class Slow:
    @strawberry.field
    async def number(self) -> int:
        return 1


@strawberry.type
class SlowSubscription:
    @strawberry.subscription
    async def slow(self) -> AsyncGenerator[list[Slow], None]:
        yield [Slow()]


def test_a_public_feed_must_resolve_synchronously() -> None:
    async def no_context(_: object) -> None:
        return None

    schema = strawberry.Schema(Nothing, subscription=SlowSubscription)
    with pytest.raises(ValueError, match=r"Slow\.number is asynchronous"):
        GraphQLTransport(schema, no_context, {"slow": PriceFeed()})
    with pytest.raises(ValueError, match="no subscription field other"):
        GraphQLTransport(schema, no_context, {"other": PriceFeed()})
