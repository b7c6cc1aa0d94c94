"""Fixtures of the recovery tests: cores on the test's database, which crash at the end of the test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.conftest import DatabasePlace
from tests.support.core import Core

StartCore = Callable[..., Awaitable[Core]]


@pytest.fixture
async def start(database_place: DatabasePlace) -> AsyncIterator[StartCore]:
    """Start a core on the test's database; what still runs at the end of the test crashes."""
    cores: list[Core] = []

    async def start(**arguments: Any) -> Core:
        cores.append(Core(database_place.open(), **arguments))
        return await cores[-1].start()

    yield start
    for core in cores:
        await core.crash()
