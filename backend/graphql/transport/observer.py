"""What the transport tells the metrics."""

from typing import Protocol


class TransportObserver(Protocol):
    """Receives counts and times; labels are bounded (fields are the schema's, kinds and outcomes are few)."""

    def operation_started(self, kind: str, field: str) -> None:
        """An operation begins; `kind` is query, mutation or subscription, `field` its first root field."""
        ...

    def operation_finished(self, kind: str, field: str, outcome: str, seconds: float) -> None:
        """It ended; `outcome` is "ok" or the code of its first error."""
        ...

    def request_refused(self, code: str) -> None:
        """A request was answered without being executed."""
        ...

    def document_looked_up(self, cached: bool) -> None:
        """A document was found in the cache, or was parsed."""
        ...

    def sockets_open(self, count: int) -> None:
        """So many sockets are open now."""
        ...

    def subscribers(self, field: str, count: int) -> None:
        """A subscription field has so many subscribers now."""
        ...

    def reader_conflated(self, field: str) -> None:
        """A slow reader of market data lost its backlog and will get a fresh snapshot."""
        ...

    def socket_closed(self, code: int) -> None:
        """The server closed a socket with this code."""
        ...


class SilentObserver:
    """Counts nothing."""

    def operation_started(self, kind: str, field: str) -> None:
        """Ignore it."""

    def operation_finished(self, kind: str, field: str, outcome: str, seconds: float) -> None:
        """Ignore it."""

    def request_refused(self, code: str) -> None:
        """Ignore it."""

    def document_looked_up(self, cached: bool) -> None:
        """Ignore it."""

    def sockets_open(self, count: int) -> None:
        """Ignore it."""

    def subscribers(self, field: str, count: int) -> None:
        """Ignore it."""

    def reader_conflated(self, field: str) -> None:
        """Ignore it."""

    def socket_closed(self, code: int) -> None:
        """Ignore it."""
