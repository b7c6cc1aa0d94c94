"""Fixtures of the API's tests: a running exchange with the demonstration markets."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import DatabasePlace
from tests.support.exchange import Client, RunningExchange, running_exchange


@pytest.fixture
async def exchange(database_place: DatabasePlace) -> AsyncIterator[RunningExchange]:
    """Give a demonstration exchange on each of the two databases."""
    async with running_exchange(database_place.data_dir, database_place.url) as running:
        yield running


@pytest.fixture
async def alice(exchange: RunningExchange) -> Client:
    """Give a trader who has 10 of each coin and a million USDT."""
    return await exchange.trader(BTC="10", ETH="10", SOL="10", USDT="1000000")


@pytest.fixture
async def bob(exchange: RunningExchange) -> Client:
    """Give another trader who has 10 of each coin and a million USDT."""
    return await exchange.trader(BTC="10", ETH="10", SOL="10", USDT="1000000")
