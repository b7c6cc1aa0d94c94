"""How the pages' event handlers reach the API: as the person, in process."""

import json
from typing import Any

import pytest

from frontend import client
from frontend.client import ApiError, Visitor, execute


class Api:
    """Answers every request with the same body, and remembers who asked."""

    def __init__(self, answer: Any, *, status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.scope: dict[str, Any] = {}
        self.body: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if isinstance(self.answer, Exception):
            raise self.answer
        self.scope, self.body = scope, json.loads((await receive())["body"])
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        await send({"type": "http.response.body", "body": text.encode()})

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.scope["headers"]}


@pytest.fixture(autouse=True)
def unbound() -> Any:
    before = list(client._bound)
    yield
    client._bound[:] = before


HANDSHAKE = {
    "host": "exchange.example",
    "origin": "https://exchange.example",
    "cookie": "theme=light; rialto_session=abc123; other=1",
    "user-agent": "Browser/1",
}


async def test_the_api_sees_the_person_and_only_the_sessions_cookie() -> None:
    api = Api({"data": {"viewer": None}})
    client.bind(api)
    data = await execute(Visitor.of(HANDSHAKE, "203.0.113.7"), "{ viewer { sequence } }", {"a": "1.50"})
    assert data == {"viewer": None}
    assert api.scope["client"][0] == "203.0.113.7"
    assert api.headers["cookie"] == "rialto_session=abc123"
    assert api.headers["host"] == "exchange.example"
    assert api.headers["origin"] == "https://exchange.example"
    assert api.headers["user-agent"] == "Browser/1"
    assert api.body == {"query": "{ viewer { sequence } }", "variables": {"a": "1.50"}}


async def test_a_visitor_without_a_session_sends_no_cookie() -> None:
    api = Api({"data": {}})
    client.bind(api)
    await execute(Visitor.of({"cookie": "theme=light"}, ""), "{ status { sequence } }")
    assert "cookie" not in api.headers


def test_a_malformed_cookie_makes_a_visitor() -> None:
    assert Visitor.of({"cookie": "rialto_session"}, "").session is None
    assert Visitor.of({"cookie": '"; \\ rialto_session'}, "").session is None


@pytest.mark.parametrize(
    ("answer", "code", "retry_after"),
    [
        ({"errors": [{"message": "No.", "extensions": {"code": "FORBIDDEN"}}]}, "FORBIDDEN", None),
        (
            {"errors": [{"message": "Slow.", "extensions": {"code": "RATE_LIMITED", "retryAfter": 3}}]},
            "RATE_LIMITED",
            3,
        ),
        ({"errors": [{"message": "?"}], "data": None}, "INTERNAL", None),
        ({"data": None}, "UNAVAILABLE", None),
        ([], "INTERNAL", None),
        ("<html>", "UNAVAILABLE", None),
        (RuntimeError("broken"), "UNAVAILABLE", None),
    ],
)
async def test_each_failure_has_the_apis_code_and_no_answer_is_unavailable(
    answer: Any, code: str, retry_after: int | None
) -> None:
    client.bind(Api(answer))
    with pytest.raises(ApiError) as refused:
        await execute(Visitor.of(HANDSHAKE, "203.0.113.7"), "{ status { sequence } }")
    assert (refused.value.code, refused.value.retry_after) == (code, retry_after)


async def test_before_the_api_is_bound_there_is_no_answer() -> None:
    client._bound.clear()
    with pytest.raises(ApiError, match="not running"):
        await execute(Visitor.of(HANDSHAKE, "203.0.113.7"), "{ status { sequence } }")
