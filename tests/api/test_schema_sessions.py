"""Registering, signing in and out, and who a request comes from."""

from typing import Any

import pytest

from tests.support.exchange import ERRORS, PASSWORD, Client, RunningExchange

REGISTER = f"mutation($i: RegisterInput!) {{ register(input: $i) {{ token user {{ id email roles }} {ERRORS} }} }}"
LOG_IN = f"mutation($i: LogInInput!) {{ logIn(input: $i) {{ token user {{ id email }} {ERRORS} }} }}"
LOG_OUT = "mutation { logOut { errors { code } } }"
WHO = "{ viewer { user { email } } }"
CREDENTIALS = {"email": "alice@example.com", "password": PASSWORD}


async def register(client: Client, **given: str) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.get(REGISTER, i={**CREDENTIALS, **given}))["register"]
    return payload


async def test_a_registration_gives_a_token_and_a_cookie_that_scripts_cannot_read(exchange: RunningExchange) -> None:
    response = await exchange.visitor().post({"query": REGISTER, "variables": {"i": CREDENTIALS}})
    session = response.json()["data"]["register"]
    assert session["errors"] == []
    assert session["user"]["email"] == "alice@example.com"
    assert session["user"]["roles"] == ["TRADER"]
    (cookie,) = response.headers.get_list("set-cookie")
    parts = [part.strip().lower() for part in cookie.split(";")]
    assert parts[0] == f"rialto_session={session['token'].lower()}"
    assert {"httponly", "samesite=lax", "path=/"} <= set(parts)
    assert "secure" not in parts, "a browser that speaks plain HTTP would not send it back"
    assert await Client(exchange, session["token"]).get(WHO) == {"viewer": {"user": {"email": "alice@example.com"}}}


async def test_a_cookie_that_came_by_https_goes_by_https_alone(exchange: RunningExchange) -> None:
    body = {"query": REGISTER, "variables": {"i": CREDENTIALS}}
    response = await exchange.visitor().post(body, {"X-Forwarded-Proto": "https"})
    assert "; secure" in response.headers["set-cookie"].lower()


async def test_a_cookie_identifies_the_user_and_an_authorization_header_goes_before_it(
    exchange: RunningExchange,
) -> None:
    token = (await register(exchange.visitor()))["token"]
    bob = await exchange.trader()
    visitor, cookie = exchange.visitor(), {"Cookie": f"rialto_session={token}"}
    assert (await visitor.post({"query": WHO}, cookie)).json()["data"]["viewer"]["user"]["email"] == "alice@example.com"
    assert (await bob.post({"query": WHO}, cookie)).json()["data"]["viewer"]["user"] == {"email": bob.user["email"]}
    answer = (await visitor.post({"query": WHO}, {**cookie, "Authorization": "Bearer nonsense"})).json()
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic YWxpY2U6eA==", "", "Bearer " + "x" * 5_000])
async def test_an_invalid_token_is_never_treated_as_a_visitor(exchange: RunningExchange, header: str) -> None:
    response = await exchange.visitor().post({"query": "{ status { sequence } }"}, {"Authorization": header})
    answer = response.json()
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert not answer.get("data")


async def test_an_api_key_is_refused_and_not_ignored(exchange: RunningExchange) -> None:
    response = await exchange.visitor().post({"query": "{ status { sequence } }"}, {"X-API-Key": "key"})
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_dead_cookie_is_cleared_and_a_visitor(exchange: RunningExchange) -> None:
    response = await exchange.visitor().post({"query": WHO}, {"Cookie": "rialto_session=dead"})
    assert response.json() == {"data": {"viewer": None}}
    (cookie,) = response.headers.get_list("set-cookie")
    assert "max-age=0" in cookie.lower()


async def test_who_logs_in_again_is_the_same_user(exchange: RunningExchange) -> None:
    first = await register(exchange.visitor())
    again = (await exchange.visitor().get(LOG_IN, i={**CREDENTIALS, "email": "  ALICE@example.com "}))["logIn"]
    assert again["errors"] == []
    assert again["user"]["id"] == first["user"]["id"]
    assert again["token"] != first["token"]


async def test_who_logs_out_is_signed_out_everywhere_with_this_token_alone(exchange: RunningExchange) -> None:
    first, second = await register(exchange.visitor()), (await exchange.visitor().get(LOG_IN, i=CREDENTIALS))["logIn"]
    client = Client(exchange, first["token"])
    response = await client.post({"query": LOG_OUT})
    assert response.json() == {"data": {"logOut": {"errors": []}}}
    assert "max-age=0" in response.headers["set-cookie"].lower()
    assert await client.refused(WHO) == "UNAUTHENTICATED"
    assert (await Client(exchange, second["token"]).get(WHO))["viewer"] is not None


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"email": "nobody"}, "INVALID_INPUT", ["input", "email"]),
        ({"email": ""}, "INVALID_INPUT", ["input", "email"]),
        ({"email": "a" * 300 + "@example.com"}, "INVALID_INPUT", ["input", "email"]),
        ({"password": "short"}, "PASSWORD_TOO_WEAK", ["input", "password"]),
        ({"password": "alice@example.com"}, "PASSWORD_TOO_WEAK", ["input", "password"]),
        ({"password": "x" * 2_000}, "PASSWORD_TOO_WEAK", ["input", "password"]),
    ],
)
async def test_a_registration_that_cannot_be_is_refused(
    exchange: RunningExchange, given: dict[str, str], code: str, path: list[str]
) -> None:
    before = exchange.sequence
    session = await register(exchange.visitor(), **given)
    assert (session["token"], session["user"]) == (None, None)
    (error,) = session["errors"]
    assert (error["code"], error["path"]) == (code, path)
    assert exchange.sequence == before


async def test_an_address_belongs_to_one_user(exchange: RunningExchange) -> None:
    await register(exchange.visitor())
    (error,) = (await register(exchange.visitor(), email="Alice@Example.com"))["errors"]
    assert (error["code"], error["path"]) == ("EMAIL_TAKEN", ["input", "email"])


@pytest.mark.parametrize("given", [{"password": "another password"}, {"email": "bob@example.com"}, {"email": "x"}])
async def test_wrong_credentials_are_one_answer(exchange: RunningExchange, given: dict[str, str]) -> None:
    await register(exchange.visitor())
    session = (await exchange.visitor().get(LOG_IN, i={**CREDENTIALS, **given}))["logIn"]
    assert session == {
        "token": None,
        "user": None,
        "errors": [
            {"code": "INVALID_CREDENTIALS", "message": "The e-mail address or the password is wrong.", "path": []}
        ],
    }


async def test_a_second_factor_is_not_built_yet_and_not_ignored(exchange: RunningExchange) -> None:
    await register(exchange.visitor())
    session = (await exchange.visitor().get(LOG_IN, i={**CREDENTIALS, "totpCode": "123456"}))["logIn"]
    (error,) = session["errors"]
    assert (error["code"], error["path"], session["token"]) == ("INVALID_INPUT", ["input", "totpCode"], None)
