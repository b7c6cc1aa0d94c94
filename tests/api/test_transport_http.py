"""GraphQL over HTTP: what is answered, with which code, and what never gets out."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from backend.graphql.transport import TransportLimits
from tests.support.transport_world import World


@pytest.fixture
async def world() -> World:
    return World()


def code_of(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


async def test_a_query_is_answered_with_its_data(world: World) -> None:
    response = await world.ask("query Q($n: String!) { hello(name: $n) }", {"n": "Ada"})
    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "hello Ada"}}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"


async def test_a_client_that_names_the_newer_media_type_gets_it(world: World) -> None:
    response = await world.ask("{ hello }", Accept="application/graphql-response+json, application/json;q=0.9")
    assert response.headers["content-type"] == "application/graphql-response+json"


async def test_the_operation_name_chooses_among_several_operations(world: World) -> None:
    body = {"query": 'query A { hello } query B { hello(name: "B") }'}
    async with world.http() as client:
        chosen = await client.post("/graphql", json={**body, "operationName": "B"})
        unknown = await client.post("/graphql", json={**body, "operationName": "C"})
        missing = await client.post("/graphql", json=body)
    assert chosen.json() == {"data": {"hello": "hello B"}}
    for refused in (unknown, missing):
        assert refused.status_code == 200
        assert code_of(refused.json()) == "BAD_USER_INPUT"


async def test_root_fields_of_a_mutation_run_one_after_the_other(world: World) -> None:
    response = await world.ask('mutation { a: append(word: "a") b: append(word: "b") }')
    assert response.json() == {"data": {"a": ["a"], "b": ["a", "b"]}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b"[]",
        b'"{ hello }"',
        b"{}",
        b'{"query": null}',
        b'{"query": 7}',
        b'{"query": ["{ hello }"]}',
        b'{"query": ""}',
        b'{"query": "{ hello }", "variables": [1]}',
        b'{"query": "{ hello }", "variables": "x"}',
        b'{"query": "{ hello }", "operationName": 7}',
        b'{"query": "{ hello }", "query": "{ me }"}',
        b'[{"query": "{ hello }"}, {"query": "{ hello }"}]',
        b'{"query": "{ hello }"} {"query": "{ hello }"}',
        b'{"query": "{ hello \xff }"}',
        b'{"query": "{ hello }", "variables": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    ],
)
async def test_a_body_that_is_not_one_request_is_bad_user_input(world: World, body: bytes) -> None:
    async with world.http() as client:
        response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json().keys() == {"errors"}
    assert code_of(response.json()) == "BAD_USER_INPUT"


async def test_a_word_like_a_member_inside_the_variables_is_no_duplicate(world: World) -> None:
    response = await world.ask("query Q($n: String!) { hello(name: $n) }", {"n": '"query" "variables" "query"'})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_what_a_form_on_a_foreign_page_can_send_is_refused(world: World, content_type: str) -> None:
    async with world.http() as client:
        response = await client.post(
            "/graphql",
            content=b'{"query": "mutation { append(word: \\"x\\") }"}',
            headers={"content-type": content_type},
        )
    assert response.status_code == 415
    assert code_of(response.json()) == "BAD_USER_INPUT"
    assert world.words == []


async def test_json_with_its_charset_is_taken(world: World) -> None:
    async with world.http() as client:
        headers = {"content-type": "application/json; charset=UTF-8"}
        response = await client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)
        foreign = await client.post(
            "/graphql", content=b'{"query": "{ hello }"}', headers={"content-type": "application/json; charset=utf-16"}
        )
    assert response.status_code == 200
    assert foreign.status_code == 415


async def test_a_body_past_the_limit_is_refused() -> None:
    world = World(TransportLimits(body_bytes_max=1_000))
    response = await world.ask("{ hello }", {"padding": "x" * 1_000})
    assert response.status_code == 413
    assert code_of(response.json()) == "BAD_USER_INPUT"


async def test_requests_come_by_post_only(world: World) -> None:
    async with world.http() as client:
        for method, path in (("GET", "/graphql"), ("GET", "/graphql?query={hello}"), ("PUT", "/graphql")):
            response = await client.request(method, path)
            assert response.status_code == 405
            assert response.headers["allow"] == "POST"
            assert code_of(response.json()) == "BAD_USER_INPUT"


async def test_a_subscription_by_post_is_refused(world: World) -> None:
    response = await world.ask("subscription { countdown(start: 1) }")
    assert response.status_code == 200
    assert code_of(response.json()) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ hello", None),
        ("{ unknown }", None),
        ("{ hello(name: 7) }", None),
        ('{ amount(value: "x") }', None),
        ("{ amount(value: 1.5) }", None),
        ("query Q($v: Amount!) { amount(value: $v) }", {"v": "x"}),
        ("query Q($v: Amount!) { amount(value: $v) }", {"v": 1}),
        ("query Q($v: Amount!) { amount(value: $v) }", {}),
    ],
)
async def test_malformed_documents_and_values_fail_the_whole_operation(
    world: World, query: str, variables: object
) -> None:
    response = await world.ask(query, variables)
    assert response.status_code == 200
    assert response.json().keys() == {"errors"}
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"BAD_USER_INPUT"}


async def test_null_for_an_argument_with_a_default_is_bad_user_input(world: World) -> None:
    with capture_logs() as logs:
        response = await world.ask("query Q($n: String) { hello(name: $n) }", {"n": None})
    assert code_of(response.json()) == "BAD_USER_INPUT"
    assert logs == []


async def test_a_refusal_of_a_resolver_hides_no_other_answer_and_is_not_logged(world: World) -> None:
    with capture_logs() as logs:
        response = await world.ask("{ hello forbidden secret }")
    answer = response.json()
    assert response.status_code == 200
    assert answer["data"] == {"hello": "hello world", "forbidden": None, "secret": None}
    assert [(error["path"], error["message"], error["extensions"]) for error in answer["errors"]] == [
        (["forbidden"], "Not yours.", {"code": "FORBIDDEN"}),
        (["secret"], "Sign in first.", {"code": "UNAUTHENTICATED"}),
    ]
    assert logs == []


async def test_an_unexpected_exception_is_told_by_its_reference_only(world: World) -> None:
    with capture_logs() as logs:
        response = await world.ask("{ broken }")
    (error,) = response.json()["errors"]
    assert "12345" not in response.text
    assert error["extensions"]["code"] == "INTERNAL"
    (entry,) = logs
    assert entry["log_level"] == "error"
    assert entry["reference"] == error["extensions"]["reference"]
    assert "12345" in str(entry["exc_info"])


async def test_a_dead_bearer_fails_the_whole_request(world: World) -> None:
    response = await world.ask("{ hello }", Authorization="Bearer dead")
    assert response.status_code == 200
    assert response.json() == {
        "errors": [{"message": "The token is not valid.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [("{ unknown }", {}, 400), ("{ hello }", {"Authorization": "Bearer dead"}, 401)],
)
async def test_a_client_of_the_newer_media_type_is_told_by_the_status_too(
    world: World, query: str, headers: dict[str, str], status: int
) -> None:
    response = await world.ask(query, Accept="application/graphql-response+json", **headers)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/graphql-response+json")


async def test_a_resolver_sets_a_cookie_that_signs_the_next_request_in(world: World) -> None:
    async with world.http() as client:
        await client.post("/graphql", json={"query": "mutation { signIn }"})
        response = await client.post("/graphql", json={"query": "{ me }"})
    assert response.json() == {"data": {"me": "alice"}}


async def test_an_operation_that_takes_too_long_is_unavailable() -> None:
    world = World(TransportLimits(operation_seconds_max=0.01))
    response = await world.ask("{ never }")
    assert response.status_code == 503
    assert code_of(response.json()) == "UNAVAILABLE"
    assert "data" not in response.json()


async def test_who_is_too_fast_is_told_when_to_come_back() -> None:
    world = World(TransportLimits(operations_per_address_per_second=1, rate_burst_seconds=2))
    answers = [await world.ask("{ hello }") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[-1]
    assert code_of(refused.json()) == "RATE_LIMITED"
    assert 0 < refused.json()["errors"][0]["extensions"]["retryAfter"] <= 1
    assert refused.headers["retry-after"] == "1"
    async with world.http("10.0.0.2") as other:
        assert (await other.post("/graphql", json={"query": "{ hello }"})).status_code == 200


async def test_each_root_field_of_a_mutation_counts_for_the_rate() -> None:
    world = World(TransportLimits(operations_per_address_per_second=1, rate_burst_seconds=2))
    query = "mutation { " + " ".join(f'a{number}: append(word: "x")' for number in range(2)) + " }"
    assert (await world.ask(query)).status_code == 200
    assert (await world.ask("{ hello }")).status_code == 429


async def test_uncached_documents_have_a_rate_of_their_own() -> None:
    world = World(TransportLimits(uncached_documents_per_address_per_second=1, rate_burst_seconds=2))
    answers = [await world.ask(f"{{ a{number}: hello }}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (await world.ask("{ a0: hello }")).status_code == 200


async def test_an_account_is_limited_from_every_address() -> None:
    world = World(TransportLimits(operations_per_account_per_second=1, rate_burst_seconds=1))
    body, headers = {"query": "{ me }"}, {"Authorization": "Bearer alice"}
    async with world.http("10.0.0.1") as one, world.http("10.0.0.2") as two:
        assert (await one.post("/graphql", json=body, headers=headers)).status_code == 200
        assert (await two.post("/graphql", json=body, headers=headers)).status_code == 429


async def test_outcomes_are_told_to_the_observer(world: World) -> None:
    await world.ask("query Mine { hello }")
    await world.ask("{ forbidden }")
    await world.ask("{ unknown }")
    assert world.observer.finished == [("query", "hello", "ok"), ("query", "forbidden", "FORBIDDEN")]
    assert world.observer.refused == {"BAD_USER_INPUT": 1}


async def test_graphiql_is_there_in_demonstrations_only_and_loads_nothing_from_elsewhere(world: World) -> None:
    demonstration = World(graphiql=True)
    async with demonstration.http() as client:
        page = await client.get("/graphql", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "//" not in page.text.replace("<!doctype", "")
        names = [part.split('"')[0] for part in page.text.split("/graphql/assets/")[1:]]
        assert len(names) == 7
        for name in names:
            asset = await client.get(f"/graphql/assets/{name}")
            assert asset.status_code == 200, name
            assert asset.headers["content-type"].startswith(("text/javascript", "text/css", "application/javascript"))
        assert (await client.get("/graphql/assets/..%2F__init__.py")).status_code == 404
        assert (await client.get("/graphql/assets/LICENSES.txt")).status_code == 404
    async with world.http() as client:
        assert (await client.get("/graphql/assets/page.js")).status_code == 404
