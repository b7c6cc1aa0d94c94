"""Every limit of the GraphQL transport, with its unit; the defaults are those of a demonstration exchange."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What one field costs, and how many items it returns where no argument says so."""

    cost: int = 1
    items: int = 1


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """Bounds of documents, requests, sockets and rates."""

    # requests
    body_bytes_max: int = 256 * 1024
    operation_seconds_max: float = 30.0

    # documents
    document_bytes_max: int = 20_000
    document_tokens_max: int = 5_000
    documents_cached_max: int = 1_000
    documents_cached_bytes_max: int = 500_000
    """Of source text; a parsed document takes about 130 times that in memory."""
    refusals_cached_max: int = 200
    """How many documents that were refused are remembered with the reason."""
    depth_max: int = 12
    aliases_max: int = 30
    root_fields_max: int = 20
    cost_max: int = 25_000
    page_arguments: tuple[str, ...] = ("first", "limit", "depth")
    """Integer arguments that multiply the cost of everything below their field."""
    page_items_counted_max: int = 1_000
    """A page counts as no more than this: resolvers refuse larger ones by themselves, in better words."""
    field_costs: Mapping[str, FieldCost] = field(default_factory=dict)
    """By `Type.field`."""

    # sockets
    sockets_max: int = 5_000
    sockets_per_address_max: int = 2_000
    operations_per_socket_max: int = 100
    message_bytes_max: int = 256 * 1024
    connection_init_seconds_max: float = 10.0
    send_queue_messages_max: int = 1_000
    send_queue_bytes_max: int = 2 * 1024 * 1024
    slow_reader_seconds_max: float = 10.0
    """How long the queue of a socket may stay full while something waits that cannot be left out."""
    close_seconds_max: float = 30.0
    """How long the close frame of a reader that does not read may take; then the connection is dropped."""
    shutdown_seconds_max: float = 10.0
    """How long sockets and running mutations may take to end when the server stops."""
    allowed_origins: frozenset[str] = frozenset()
    """Origins, besides the server's own, whose pages may use the session cookie on a socket."""

    # rates, per second and at once
    operations_per_address_per_second: float = 2_000.0
    operations_per_account_per_second: float = 2_000.0
    uncached_documents_per_address_per_second: float = 2_000.0
    rate_burst_seconds: float = 2.0
    """How many seconds' worth may come at once after a pause."""
    rate_keys_max: int = 100_000
    """How many addresses and accounts are remembered."""
