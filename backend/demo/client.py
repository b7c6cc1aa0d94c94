"""A small client of the GraphQL API over HTTP, with a bearer token."""

from collections.abc import Mapping
from typing import Any

import httpx

SIGN_IN_FIELDS = "{ token errors { code message } }"
LOG_IN = f"mutation LogIn($input: LogInInput!) {{ logIn(input: $input) {SIGN_IN_FIELDS} }}"
REGISTER = f"mutation Register($input: RegisterInput!) {{ register(input: $input) {SIGN_IN_FIELDS} }}"
ADDRESSES_MAX = 10
"""How many addresses of one name are tried before the trader gives up."""


class ApiFailure(Exception):
    """The API did not answer the question; `code` is that of the GraphQL error, or UNREACHABLE.

    Attributes:
        code: What to act upon.
        retry_after_seconds: How long the server wants to be left alone; None when it did not say.
    """

    def __init__(self, code: str, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class ApiClient:
    """One user of the API.

    Args:
        http: Sends the requests; its base URL is the server's.
        name: The user is `name@rialto.example`.
        password: The user's password.
    """

    def __init__(self, http: httpx.AsyncClient, name: str, password: str) -> None:
        self._http = http
        self._name = name
        self._password = password
        self._token: str | None = None

    async def sign_in(self) -> None:
        """Log in, or register where nobody has the address yet.

        An address that is there with another password is another's (or this server's before it lost its secret), so
        the next one is tried.

        Raises:
            ApiFailure: The server could not answer, or every address is another's.
        """
        self._token = None
        for number in range(1, ADDRESSES_MAX + 1):
            email = f"{self._name}{'' if number == 1 else f'-{number}'}@rialto.example"
            credentials = {"email": email, "password": self._password}
            for document, field in ((LOG_IN, "logIn"), (REGISTER, "register")):
                payload = (await self.execute(document, {"input": credentials}))[field]
                if payload["token"]:
                    self._token = payload["token"]
                    return
                code = payload["errors"][0]["code"]
                if code not in ("INVALID_CREDENTIALS", "EMAIL_TAKEN"):
                    raise ApiFailure(code, payload["errors"][0]["message"])
        raise ApiFailure("INVALID_CREDENTIALS", f"{self._name} and {ADDRESSES_MAX - 1} more addresses are another's")

    async def execute(self, document: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return the data of one operation.

        Raises:
            ApiFailure: There is an error instead, or no answer.
        """
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            response = await self._http.post(
                "/graphql", json={"query": document, "variables": variables or {}}, headers=headers
            )
            body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ApiFailure("UNREACHABLE", repr(error)) from error
        if not isinstance(body, dict):
            raise ApiFailure("UNREACHABLE", f"HTTP {response.status_code} without an answer of GraphQL")
        if body.get("errors"):
            first = body["errors"][0]
            extensions = first.get("extensions") or {}
            raise ApiFailure(extensions.get("code", "INTERNAL"), first.get("message", ""), extensions.get("retryAfter"))
        data = body.get("data")
        if not isinstance(data, dict) or any(value is None for value in data.values()):
            raise ApiFailure("INTERNAL", "an answer without data and without errors")
        return data
