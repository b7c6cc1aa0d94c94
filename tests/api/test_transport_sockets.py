"""The graphql-transport-ws protocol: its messages, its close codes, and who may do what."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from backend.graphql.transport import TransportLimits
from tests.support.transport_world import SocketClient, World, until


@pytest.fixture
async def world() -> World:
    return World()


async def test_a_socket_speaks_graphql_transport_ws(world: World) -> None:
    async with world.socket(subprotocols=("other", "graphql-transport-ws")) as client:
        assert client.subprotocol == "graphql-transport-ws"
        await client.sign_in()


@pytest.mark.parametrize("subprotocols", [(), ("graphql-ws",)])
async def test_another_subprotocol_is_closed_with_4406(world: World, subprotocols: tuple[str, ...]) -> None:
    async with world.socket(subprotocols=subprotocols) as client:
        assert client.subprotocol is None
        assert await client.closed() == (4406, "Subprotocol not acceptable")


async def test_queries_and_mutations_answer_once_and_complete(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("q", "query Q($n: String!) { hello(name: $n) }", {"n": "Ada"})
        assert await client.hear() == {"id": "q", "type": "next", "payload": {"data": {"hello": "hello Ada"}}}
        assert await client.hear() == {"id": "q", "type": "complete"}
        client.subscribe("q", 'mutation { append(word: "x") }')
        assert (await client.hear())["payload"] == {"data": {"append": ["x"]}}
        assert await client.hear() == {"id": "q", "type": "complete"}


async def test_an_ordinary_stream_sends_each_value_and_completes(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("1", "subscription { countdown(start: 3) }")
        numbers = [(await client.hear())["payload"]["data"]["countdown"] for _ in range(3)]
        assert numbers == [3, 2, 1]
        assert await client.hear() == {"id": "1", "type": "complete"}


async def test_an_id_with_quotes_stays_one_id(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        operation_id = 'a"},"type":"complete\\é'
        client.subscribe(operation_id, "{ hello }")
        assert (await client.hear())["id"] == operation_id
        client.subscribe("p", 'subscription { prices(market: "BTC-USDT") { sequence } }')
        assert await client.hear() == {"id": operation_id, "type": "complete"}
        assert (await client.hear())["id"] == "p"


async def test_a_ping_is_answered_with_its_payload_also_before_the_init(world: World) -> None:
    async with world.socket() as client:
        client.say({"type": "ping", "payload": {"n": 1}})
        assert await client.hear() == {"type": "pong", "payload": {"n": 1}}
        client.say({"type": "ping"})
        assert await client.hear() == {"type": "pong"}
        client.say({"type": "pong"})
        await client.sign_in()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "null",
        {},
        {"type": "unknown"},
        {"type": "start", "id": "1", "payload": {"query": "{ hello }"}},
        {"type": "connection_init", "payload": "x"},
        {"type": "subscribe", "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": 7, "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": "1"},
        {"type": "subscribe", "id": "1", "payload": {}},
        {"type": "subscribe", "id": "1", "payload": {"query": 1}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}},
        {"type": "complete"},
        '{"type":"ping","payload":' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
async def test_an_invalid_message_closes_with_4400(world: World, message: object) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.say(message)
        assert await client.closed() == (4400, "Invalid message received")


async def test_binary_and_oversized_messages_close_with_4400() -> None:
    world = World(TransportLimits(message_bytes_max=100))
    async with world.socket() as client:
        client.say_bytes(b'{"type":"ping"}')
        assert (await client.closed())[0] == 4400
    async with world.socket() as client:
        client.say({"type": "ping", "payload": {"x": "x" * 100}})
        assert (await client.closed())[0] == 4400


async def test_a_socket_that_never_introduces_itself_is_closed_with_4408() -> None:
    world = World(TransportLimits(connection_init_seconds_max=0.01))
    async with world.socket() as client:
        assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_an_operation_before_the_init_closes_with_4401(world: World) -> None:
    async with world.socket() as client:
        client.subscribe("1", "{ hello }")
        assert await client.closed() == (4401, "Unauthorized")


async def test_a_second_init_closes_with_4429(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.say({"type": "connection_init"})
        assert await client.closed() == (4429, "Too many initialisation requests")


async def test_an_id_that_is_in_use_closes_with_4409(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("one", "{ gated }")
        client.subscribe("one", "{ hello }")
        assert await client.closed() == (4409, "Subscriber for one already exists")


async def test_a_long_id_does_not_break_the_close_frame(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("é" * 200, "{ gated }")
        client.subscribe("é" * 200, "{ hello }")
        code, reason = await client.closed()
        assert code == 4409
        assert len(reason.encode()) <= 123


async def test_an_id_is_free_again_after_the_end_of_its_operation(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        for _ in range(2):
            client.subscribe("1", "subscription { countdown(start: 1) }")
            assert (await client.hear())["type"] == "next"
            assert (await client.hear())["type"] == "complete"
        for _ in range(2):
            client.subscribe("1", "{ gated }")
            client.say({"id": "1", "type": "complete"})
        await client.settle()


async def test_completing_what_is_unknown_is_ignored(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.say({"id": "never", "type": "complete"})
        await client.settle()


async def test_documents_and_variables_that_are_wrong_end_in_an_error_message(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        for query, variables in (
            ("{ unknown }", None),
            ("{ hello", None),
            ("query Q($v: Amount!) { amount(value: $v) }", {"v": "x"}),
            ("subscription S($n: Int!) { countdown(start: $n) }", {"n": "x"}),
            ('subscription { prices(market: "BTC-USDT") @skip(if: true) { sequence } }', None),
        ):
            client.subscribe("1", query, variables)
            answer = await client.hear()
            assert (answer["id"], answer["type"]) == ("1", "error")
            assert answer["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_result_is_not_sent_after_the_client_completed_it(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("q", "{ gated }")
        client.subscribe("m", 'mutation { appendLate(word: "x") }')
        await client.settle()
        client.say({"id": "q", "type": "complete"})
        client.say({"id": "m", "type": "complete"})
        await client.settle()
        world.gate.set()
        await until(lambda: world.words == ["x"])
        await client.settle()


async def test_a_mutation_that_has_begun_ends_although_its_socket_is_gone(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("m", 'mutation { appendLate(word: "x") }')
        await client.settle()
        client.leave()
        await client.task
    assert world.words == []
    world.gate.set()
    await until(lambda: world.words == ["x"])


async def test_too_many_operations_close_with_4429() -> None:
    world = World(TransportLimits(operations_per_socket_max=2))
    async with world.socket() as client:
        await client.sign_in()
        for number in range(3):
            client.subscribe(str(number), "{ gated }")
        assert await client.closed() == (4429, "Too many operations")


async def test_too_many_sockets_of_one_address_close_with_4429() -> None:
    world = World(TransportLimits(sockets_per_address_max=2))
    async with world.socket() as one, world.socket():
        async with world.socket() as third:
            assert await third.closed() == (4429, "Too many sockets")
        async with world.socket(address="10.0.0.2") as elsewhere:
            await elsewhere.sign_in()
        one.leave()
        await one.task
        async with world.socket() as fourth:
            await fourth.sign_in()


async def test_programs_sign_in_by_the_init_payload(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in("alice")
        client.subscribe("1", "{ me }")
        assert (await client.hear())["payload"] == {"data": {"me": "alice"}}


async def test_programs_may_sign_in_by_a_header_of_the_handshake(world: World) -> None:
    async with world.socket(headers={"authorization": "Bearer alice"}) as client:
        await client.sign_in()
        client.subscribe("1", "{ me }")
        assert (await client.hear())["payload"] == {"data": {"me": "alice"}}


async def test_a_dead_token_in_the_handshake_is_never_a_visitor(world: World) -> None:
    async with world.socket(headers={"authorization": "Bearer dead"}) as client:
        client.say({"type": "connection_init"})
        assert await client.closed() == (4401, "Unauthorized")


async def test_a_dead_token_closes_with_4401(world: World) -> None:
    async with world.socket() as client:
        client.say({"type": "connection_init", "payload": {"Authorization": "Bearer dead"}})
        assert await client.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize(
    "query", ["{ hello }", "subscription { updates }", 'subscription { prices(market: "BTC-USDT") { sequence } }']
)
async def test_a_token_that_dies_later_closes_with_the_next_operation(world: World, query: str) -> None:
    async with world.socket() as client:
        await client.sign_in("alice")
        del world.sessions["alice"]
        client.subscribe("1", query)
        assert await client.closed() == (4401, "Unauthorized")


async def test_the_end_of_a_session_closes_its_sockets_and_no_others(world: World) -> None:
    async with world.socket() as alice, world.socket() as bob:
        await alice.sign_in("alice")
        await bob.sign_in("bob")
        alice.subscribe("1", "subscription { updates }")
        await alice.settle()
        world.transport.close_session("alice")
        assert await alice.closed() == (4401, "Unauthorized")
        await bob.settle()
    assert world.updates.listeners == []


async def test_a_visitor_may_look_at_what_is_public_and_is_told_so_elsewhere(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("1", "subscription { updates }")
        answer = await client.hear()
        assert (answer["id"], answer["type"]) == ("1", "error")
        assert answer["payload"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        client.subscribe("2", 'subscription { prices(market: "BTC-USDT") { sequence } }')
        assert (await client.hear())["payload"] == {"data": {"prices": {"sequence": 0}}}


async def me(client: SocketClient) -> Any:
    await client.sign_in()
    client.subscribe("1", "{ me }")
    return (await client.hear())["payload"]["data"]["me"]


@pytest.mark.parametrize("origin", ["http://rialto.test", "https://rialto.test", "https://app.example"])
async def test_the_cookie_counts_with_our_own_or_an_allowed_origin(origin: str) -> None:
    world = World(TransportLimits(allowed_origins=frozenset({"https://app.example"})))
    async with world.socket(headers={"cookie": "session=alice", "origin": origin}) as client:
        assert await me(client) == "alice"


async def test_without_an_origin_the_cookie_is_not_read(world: World) -> None:
    async with world.socket(headers={"cookie": "session=alice"}) as client:
        assert await me(client) is None


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://rialto.test.evil.example", "http://rialto.test:81", "null", "http://[", ""],
)
async def test_a_foreign_page_that_brings_the_cookie_is_closed_with_4403(world: World, origin: str) -> None:
    async with world.socket(headers={"cookie": "other=1; session=alice", "origin": origin}) as client:
        assert await client.closed() == (4403, "Forbidden")


async def test_a_foreign_page_without_the_cookie_is_a_visitor(world: World) -> None:
    async with world.socket(headers={"cookie": "other=1", "origin": "https://dashboard.example"}) as client:
        assert await me(client) is None


async def test_each_operation_has_a_context_of_its_own(world: World) -> None:
    async with world.socket() as client:
        await client.sign_in("alice")
        before = world.contexts
        for number in range(3):
            client.subscribe(str(number), "{ me }")
            assert (await client.hear())["type"] == "next"
            assert (await client.hear())["type"] == "complete"
        assert world.contexts == before + 3


async def test_an_unexpected_exception_is_told_by_its_reference_only(world: World) -> None:
    with capture_logs() as logs:
        async with world.socket() as client:
            await client.sign_in()
            client.subscribe("1", "{ broken }")
            (error,) = (await client.hear())["payload"]["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "reference": logs[0]["reference"]}


async def test_an_operation_that_takes_too_long_ends_in_an_error_message() -> None:
    world = World(TransportLimits(operation_seconds_max=0.01))
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("1", "{ never }")
        answer = await client.hear()
        assert (answer["id"], answer["type"]) == ("1", "error")
        assert answer["payload"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_too_many_sockets_in_all_close_with_4429() -> None:
    world = World(TransportLimits(sockets_max=1))
    async with world.socket(), world.socket(address="10.0.0.2") as second:
        assert await second.closed() == (4429, "Too many sockets")


async def test_rates_count_on_a_socket_too() -> None:
    world = World(TransportLimits(operations_per_address_per_second=1, rate_burst_seconds=2))
    async with world.socket() as client:
        await client.sign_in()
        client.subscribe("1", "{ hello }")
        assert (await client.hear())["type"] == "next"
        assert (await client.hear())["type"] == "complete"
        client.subscribe("2", "{ hello }")
        refused = await client.hear()
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_a_shutdown_closes_every_socket_with_1012_and_lets_mutations_end(world: World) -> None:
    async with world.socket() as one, world.socket() as two:
        await one.sign_in()
        one.subscribe("p", 'subscription { prices(market: "BTC-USDT") { sequence } }')
        assert (await one.hear())["type"] == "next"
        one.subscribe("m", 'mutation { appendLate(word: "x") }')
        await one.settle()
        stopping = asyncio.create_task(world.transport.shutdown())
        assert await one.closed() == (1012, "Service restart")
        assert await two.closed() == (1012, "Service restart")
        assert not stopping.done()
        world.gate.set()
        await stopping
        assert world.words == ["x"]
        async with world.socket() as late:
            assert await late.closed() == (1012, "Service restart")
    assert world.prices.listeners == 0
    assert world.observer.open_sockets == 0
    assert world.observer.subscriber_count["prices"] == 0


async def test_a_client_that_goes_away_leaves_nothing_behind_and_no_log(world: World) -> None:
    before = asyncio.all_tasks()
    with capture_logs() as logs:
        async with world.socket() as client:
            await client.sign_in("alice")
            client.subscribe("1", 'subscription { prices(market: "BTC-USDT") { sequence } }')
            client.subscribe("2", "subscription { updates }")
            client.subscribe("3", "{ gated }")
            assert (await client.hear())["type"] == "next"
            await client.settle()
            assert len(world.updates.listeners) == 1
            assert world.observer.subscriber_count == {"prices": 1, "updates": 1}
            client.leave()
            await client.task
    await until(lambda: world.prices.listeners == 0)
    assert world.updates.listeners == []
    assert world.observer.subscriber_count == {"prices": 0, "updates": 0}
    assert asyncio.all_tasks() == before
    assert logs == []
