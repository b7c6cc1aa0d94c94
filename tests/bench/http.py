"""`placeOrder` and `placeOrders` over HTTP, against a POST that does nothing."""

import asyncio
import statistics
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple

import uvloop

from tests.bench.measure import Result
from tests.bench.servers import Measured, exchange_server, order_body, placed, plain_server

REQUESTS = 1_500
BATCHES = 60
ORDERS_PER_BATCH = 50
ROUNDS = 3


class Cost(NamedTuple):
    """What one order cost the server, and how many went through in a second."""

    cpu_us: float
    per_second: float


def measure() -> list[Result]:
    """Measure the processor time of the server, and how many orders a second it takes."""
    with exchange_server() as exchange, plain_server() as plain:
        bodies = [order_body(number) for number in range(REQUESTS)]
        batches = [order_body(number, ORDERS_PER_BATCH) for number in range(BATCHES)]
        measured: list[Callable[[], Cost]] = [
            lambda: cost(exchange, [exchange.request("/graphql", body) for body in bodies]),
            lambda: cost(exchange, [exchange.request("/graphql", body) for body in batches]),
            lambda: cost(plain, [plain.request("/order", body) for body in bodies]),
        ]
        # The first round warms up: caches of documents, connections to databases.
        rounds = [[measure_once() for measure_once in measured] for _ in range(1 + ROUNDS)][1:]
    single, many, nothing = (middle([turn[which] for turn in rounds]) for which in range(len(measured)))
    post = "POST with Litestar and msgspec"
    fifty = f"placeOrders ×{ORDERS_PER_BATCH} by HTTP"
    return [
        Result("placeOrder by HTTP", single.cpu_us, "CPU µs/order", post, nothing.cpu_us, "lower"),
        Result("placeOrder by HTTP", single.per_second, "orders/s", post, nothing.per_second),
        Result(fifty, many.cpu_us, "CPU µs/order", "placeOrder", single.cpu_us, "lower"),
        Result(fifty, many.per_second, "orders/s", "placeOrder", single.per_second),
    ]


def cost(server: Measured, requests: Sequence[bytes]) -> Cost:
    """Send requests and return what each order in them cost."""
    cpu, begun = server.cpu_us(), perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answers = runner.run(server.send(requests))
    seconds, cpu = perf_counter() - begun, server.cpu_us() - cpu
    orders = placed(answers)
    return Cost(cpu / orders, orders / seconds)


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the medians."""
    return Cost(*(statistics.median(each) for each in zip(*costs, strict=True)))
