"""Every metric of the exchange, in a registry of its own; labels are bounded."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""Litestar adds the charset."""

BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
COMMIT_BUCKETS = (0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
OPERATION_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """What is counted; whoever counts gets one of the observers in `observers.py`."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

        # the sequencer
        self.commands = Counter("rialto_commands", "Commands answered.", ["kind", "outcome"], registry=registry)
        self.queue_length = Gauge(
            "rialto_command_queue_length", "Commands that wait for the engine.", registry=registry
        )
        self.batch_size = Histogram(
            "rialto_batch_commands", "Commands of one commit.", buckets=BATCH_BUCKETS, registry=registry
        )
        self.commit_seconds = Histogram(
            "rialto_commit_seconds", "Time of one commit of the journal.", buckets=COMMIT_BUCKETS, registry=registry
        )
        self.sequence = Gauge("rialto_sequence", "Sequence of the last committed command.", registry=registry)
        self.commits_failed = Counter("rialto_commits_failed", "Commits of the journal that failed.", registry=registry)
        self.rebuilds = Counter(
            "rialto_engine_rebuilds", "Times that the engine was built anew from the databases.", registry=registry
        )
        self.rebuild_seconds = Gauge(
            "rialto_engine_rebuild_seconds", "How long it took the last time.", registry=registry
        )
        self.poison_commands = Counter(
            "rialto_poison_commands", "Commands that the engine failed on.", ["kind"], registry=registry
        )
        self.projector_lag = Gauge(
            "rialto_projector_lag_commands", "Commands that the SQL tables are behind.", registry=registry
        )
        self.ready = Gauge("rialto_ready", "1 when the exchange can serve, else 0.", registry=registry)

        # the API
        self.operations = Counter(
            "rialto_graphql_operations", "Operations answered.", ["kind", "field", "outcome"], registry=registry
        )
        self.operation_seconds = Histogram(
            "rialto_graphql_operation_seconds",
            "Time of one query or mutation.",
            ["kind"],
            buckets=OPERATION_BUCKETS,
            registry=registry,
        )
        self.operations_active = Gauge(
            "rialto_graphql_operations_active",
            "Operations under way, subscriptions included.",
            ["kind"],
            registry=registry,
        )
        self.requests_refused = Counter(
            "rialto_graphql_requests_refused", "Requests answered without being executed.", ["code"], registry=registry
        )
        self.documents = Counter(
            "rialto_graphql_documents", "Documents looked up in the cache.", ["result"], registry=registry
        )
        self.sockets = Gauge("rialto_sockets_open", "Open WebSockets of the API.", registry=registry)
        self.sockets_closed = Counter(
            "rialto_sockets_closed", "WebSockets that the server closed.", ["code"], registry=registry
        )
        self.subscribers = Gauge("rialto_subscribers", "Subscribers now.", ["field"], registry=registry)
        self.readers_conflated = Counter(
            "rialto_readers_conflated",
            "Slow readers that got a snapshot instead of their backlog.",
            ["field"],
            registry=registry,
        )

    def text(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
