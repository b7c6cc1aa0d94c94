"""Adapters: what the parts of the exchange report, turned into metrics."""

from prometheus_client import Counter

from backend.observability.metrics import Metrics


class SequencerMetrics:
    """Observes the sequencer; fits its `SequencerObserver`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        # Looking up a labelled metric costs more than counting: the pairs are few, so they are kept.
        self._answers: dict[tuple[str, str], Counter] = {}

    def answered(self, kind: str, outcome: str) -> None:
        """Count an answered command."""
        counter = self._answers.get((kind, outcome))
        if counter is None:
            counter = self._answers[kind, outcome] = self._metrics.commands.labels(kind, outcome)
        counter.inc()

    def committed(self, commands: int, seconds: float) -> None:
        """Count a commit with its size and time."""
        self._metrics.batch_size.observe(commands)
        self._metrics.commit_seconds.observe(seconds)

    def commit_failed(self) -> None:
        """Count a commit that failed."""
        self._metrics.commits_failed.inc()

    def rebuilt(self, seconds: float) -> None:
        """Count a new engine."""
        self._metrics.rebuilds.inc()
        self._metrics.rebuild_seconds.set(seconds)

    def poisoned(self, kind: str) -> None:
        """Count a command that the engine failed on."""
        self._metrics.poison_commands.labels(kind).inc()


class TransportMetrics:
    """Observes the GraphQL transport; fits its `TransportObserver`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def operation_started(self, kind: str, field: str) -> None:
        """Count an operation that begins."""
        self._metrics.operations_active.labels(kind).inc()

    def operation_finished(self, kind: str, field: str, outcome: str, seconds: float) -> None:
        """Count an operation that ended; a subscription's time says nothing, so it is not taken."""
        self._metrics.operations_active.labels(kind).dec()
        self._metrics.operations.labels(kind, field, outcome).inc()
        if kind != "subscription":
            self._metrics.operation_seconds.labels(kind).observe(seconds)

    def request_refused(self, code: str) -> None:
        """Count a request that was not executed."""
        self._metrics.requests_refused.labels(code).inc()

    def document_looked_up(self, cached: bool) -> None:
        """Count a document of the cache, or one that had to be parsed."""
        self._metrics.documents.labels("cached" if cached else "parsed").inc()

    def sockets_open(self, count: int) -> None:
        """Show how many sockets are open."""
        self._metrics.sockets.set(count)

    def subscribers(self, field: str, count: int) -> None:
        """Show how many follow a subscription field."""
        self._metrics.subscribers.labels(field).set(count)

    def reader_conflated(self, field: str) -> None:
        """Count a slow reader that lost its backlog."""
        self._metrics.readers_conflated.labels(field).inc()

    def socket_closed(self, code: int) -> None:
        """Count a socket that the server closed."""
        self._metrics.sockets_closed.labels(str(code)).inc()
