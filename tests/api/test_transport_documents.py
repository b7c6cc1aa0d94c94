"""The document cache and the static limits."""

from collections.abc import Callable

import pytest
from graphql import get_introspection_query

from backend.graphql.errors import rate_limited
from backend.graphql.transport import FieldCost, TransportLimits
from backend.graphql.transport.documents import Documents, RefusedRequest
from tests.support.transport_world import World

# What GraphiQL 4 and graphql-inspector ask: the query of graphql-js with all of its options.
INTROSPECTION = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)


def documents(**limits: object) -> Documents:
    return Documents(World().schema._schema, TransportLimits(**limits))  # type: ignore[arg-type]


def refusal(documents: Documents, text: str, name: str | None = None) -> RefusedRequest:
    with pytest.raises(RefusedRequest) as caught:
        documents.operation(text, name)
    return caught.value


def nested(depth: int) -> str:
    return "{ node { " + "nodes { " * (depth - 2) + "number" + " }" * depth


async def test_a_document_is_learnt_once() -> None:
    known, missed = documents(), []
    first = known.operation("query A { hello }", None, missed.append)
    assert known.operation("query A { hello }", "A", missed.append) is first
    assert missed == ["query A { hello }"]
    assert (first.kind, first.name, first.field, first.root_fields) == ("query", "A", "hello", 1)


async def test_a_refused_document_is_refused_again_without_being_parsed() -> None:
    known, missed = documents(), []
    answers = []
    for _ in range(2):
        with pytest.raises(RefusedRequest) as caught:
            known.operation("{ unknown }", None, missed.append)
        answers.append(caught.value.errors)
    assert missed == ["{ unknown }"]
    assert answers[0] == answers[1]


async def test_a_hook_may_refuse_to_learn_a_document() -> None:
    def refuse(_: str) -> None:
        raise rate_limited(1.0)

    known = documents()
    with pytest.raises(Exception, match="Too many"):
        known.operation("{ hello }", None, refuse)
    assert known.operation("{ hello }", None).field == "hello"


@pytest.mark.parametrize(
    ("limits", "texts"),
    [
        ({"documents_cached_max": 2}, ["{ hello }", "{ me }", "{ secret }"]),
        ({"documents_cached_bytes_max": 20}, ["{ hello }", "{ me }", "{ secret }"]),
    ],
)
async def test_the_least_used_document_is_forgotten_first(limits: dict[str, int], texts: list[str]) -> None:
    known, missed = documents(**limits), []
    for text in texts:
        known.operation(text, None)
    known.operation(texts[-1], None, missed.append)
    assert missed == []
    known.operation(texts[0], None, missed.append)
    assert missed == [texts[0]]


async def test_a_document_past_its_length_in_bytes_or_tokens_is_bad_user_input() -> None:
    assert refusal(documents(document_bytes_max=20), "{ hello }" + " " * 20).code == "BAD_USER_INPUT"
    assert refusal(documents(document_bytes_max=20), "{ hello } # ééééé").code == "BAD_USER_INPUT"
    assert refusal(documents(document_tokens_max=5), "{ hello me secret broken }").code == "BAD_USER_INPUT"


async def test_depth_is_limited_through_fragments_too() -> None:
    known = documents(depth_max=5)
    assert known.operation(nested(5), None)
    assert refusal(known, nested(6)).code == "COMPLEXITY_EXCEEDED"
    hidden = """
        { node { ...A } }
        fragment A on Node { nodes { ...B } }
        fragment B on Node { nodes { nodes { nodes { number } } } }
    """
    assert refusal(known, hidden).code == "COMPLEXITY_EXCEEDED"


async def test_aliases_and_root_fields_are_limited() -> None:
    known = documents(aliases_max=3, root_fields_max=3)
    aliases = "{ node { a: number b: number c: number d: number } }"
    assert refusal(known, aliases).code == "COMPLEXITY_EXCEEDED"
    assert refusal(known, "{ hello me secret broken }").code == "COMPLEXITY_EXCEEDED"
    assert refusal(known, "{ ...A ...A } fragment A on Query { hello me }").code == "COMPLEXITY_EXCEEDED"


async def test_page_sizes_multiply_the_cost_of_what_is_below() -> None:
    known = documents()
    # 1 for the field, and for each of the 100 items: 1 for the field below and 20 times 1 for its items.
    operation = known.operation("{ nodes(first: 100) { nodes(first: 20) { number } } }", None)
    assert operation.cost.of({}) == 1 + 100 * (1 + 20)
    assert known.operation("{ nodes { number } }", None).cost.of({}) == 1 + 10


async def test_a_page_size_in_a_variable_counts_when_it_is_known() -> None:
    text = "query Q($a: Int! = 3, $b: Int! = 2) { nodes(first: $a) { nodes(first: $b) { number } } }"
    operation = documents().operation(text, None)
    assert operation.cost.of({"a": 100, "b": 20}) == 1 + 100 * (1 + 20)
    assert operation.cost.of({"a": -5, "b": 0}) == 1 + 1 * (1 + 1)
    assert operation.cost.of({"a": 10**9, "b": 1}) == 1 + 1_000 * (1 + 1)


async def test_fields_have_costs_and_sizes_of_their_own() -> None:
    costs = {"Query.node": FieldCost(cost=7, items=5), "Node.number": FieldCost(cost=3)}
    assert documents(field_costs=costs).operation("{ node { number } }", None).cost.of({}) == 7 + 5 * 3


async def test_a_constant_cost_past_the_limit_is_refused_with_the_document() -> None:
    refused = refusal(documents(cost_max=1_000), "{ nodes(first: 50) { nodes(first: 50) { number } } }")
    assert refused.code == "COMPLEXITY_EXCEEDED"
    assert "1000" in str(refused)


async def test_a_cost_by_variables_past_the_limit_is_refused_with_the_request() -> None:
    world = World(TransportLimits(cost_max=1_000))
    text = "query Q($a: Int!) { nodes(first: $a) { nodes(first: 50) { number } } }"
    assert (await world.ask(text, {"a": 3})).status_code == 200
    refused = await world.ask(text, {"a": 50})
    assert refused.json()["errors"][0]["extensions"] == {"code": "COMPLEXITY_EXCEEDED"}


async def test_introspection_passes_with_the_default_limits() -> None:
    response = await World().ask(INTROSPECTION)
    assert response.status_code == 200
    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
        "{ " + " ".join(f"a{number}: __schema {{ types {{ name }} }}" for number in range(6)) + " }",
    ],
)
async def test_introspection_is_bounded(text: str) -> None:
    assert refusal(documents(), text).code in ("BAD_USER_INPUT", "COMPLEXITY_EXCEEDED")


def fragment_chain(length: int) -> str:
    """Each fragment spreads the next one twice: 2 to the power of `length` fields if they were unfolded."""
    links = [f"fragment F{n} on Node {{ nodes {{ number }} ...F{n + 1} ...F{n + 1} }}" for n in range(length)]
    return " ".join(["{ node { ...F0 } }", *links, f"fragment F{length} on Node {{ number }}"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: fragment_chain(60),
        lambda: "{ node { ...A } } fragment A on Node { ...B } fragment B on Node { ...A }",
        lambda: "{ ...A } fragment A on Query { ...A }",
        lambda: "{" * 10_000,
        lambda: "{ hello(name: " + "[" * 4_000 + "]" * 4_000 + ") }",
        lambda: "{ node { " + "... on Node { " * 1_000 + "number" + " }" * 1_002,
        lambda: " ".join(f"fragment F{n} on Node {{ ...F{n + 1} }}" for n in range(700)) + " { node { ...F0 } }",
        lambda: "fragment A on Node { number }",
        lambda: "",
        lambda: "type Query { x: Int }",
        lambda: "{ hello @unknown }",
        lambda: "query Q { hello } query Q { me }",
        lambda: "\ud800",
    ],
)
async def test_hostile_documents_are_refused_in_words(make: Callable[[], str]) -> None:
    refused = refusal(documents(), make())
    assert refused.code in ("BAD_USER_INPUT", "COMPLEXITY_EXCEEDED")
    assert len(refused.errors) <= 11
