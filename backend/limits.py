"""The settings that bound something: every queue, cache, pool, rate and wait that an operator may want to change.

What the public contract fixes (100 a page, the depths of books), and what decides how the journal is replayed (how long
keys are remembered), is no setting.
"""

from typing import Any

from pydantic import BaseModel, Field


def by_demo(demonstration: int, otherwise: int, help_text: str, **bounds: Any) -> Any:
    """Return a field whose default depends on whether this is a demonstration exchange."""
    return Field(
        default_factory=lambda data: demonstration if data.get("demo") else otherwise,
        description=help_text,
        json_schema_extra={"default_text": f"{otherwise}; {demonstration} in a demonstration"},
        **bounds,
    )


def _count(default: int, help_text: str, least: int = 1) -> Any:
    """Return a field that counts something."""
    return Field(default=default, description=help_text, ge=least)


def _seconds(default: float, help_text: str, least: float = 0.1, most: float = 3_600) -> Any:
    """Return a field of a duration in seconds."""
    return Field(default=default, description=help_text, ge=least, le=most)


class Limits(BaseModel):
    """Bounds; `Settings` adds them to what else an operator chooses."""

    # the server
    connections_waiting_max: int = _count(2_048, "Connections that may wait to be accepted.")
    keep_alive_seconds: int = _seconds(75, "A connection that is not used for so long is closed.", 1)
    socket_ping_seconds: float = _seconds(
        20.0, "Each WebSocket is pinged so often, and closed when a ping has no answer for as long.", 1
    )

    # users and sessions
    password_queue_max: int = _count(200, "Passwords that may wait to be hashed or checked.")
    sessions_per_user_max: int = _count(100, "Sessions of one user; one more ends the one that was used longest ago.")
    sessions_cached_max: int = _count(10_000, "How many sessions are kept in memory.")
    session_cache_seconds: int = _seconds(30, "A session in memory is looked up again after so long.", 1)
    session_touch_seconds: int = _seconds(60, "That a session is used is written down at most so often.", 1)

    # the sequencer: one command may be up to 100 orders
    command_queue_max: int = _count(10_000, "Commands that may wait for the engine; more are refused as UNAVAILABLE.")
    batch_commands_max: int = _count(1_000, "Commands that share one commit of the journal.")
    batch_events_max: int = _count(10_000, "A batch with so many events takes no more commands.")
    commands_per_turn_max: int = _count(32, "Commands that are applied before anything else gets its turn.")
    rebuild_pause_seconds_max: float = _seconds(
        5.0, "Longest pause between two attempts to rebuild the engine after a failed commit."
    )
    timer_pause_seconds: float = _seconds(1.0, "A timer whose command failed is tried again after this.")
    stop_commands_seconds_max: float = _seconds(
        20.0, "How long a stop waits until commands that were taken are committed."
    )

    # the SQL tables, which follow the journal
    projector_queue_max: int = _count(
        50_000, "Events that the SQL tables may lag behind before the engine is slowed down."
    )
    projector_events_max: int = _count(10_000, "Events that the SQL tables get in one transaction.")
    projector_attempts_max: int = _count(6, "So often a transaction is tried before the exchange is not ready.")
    projector_pause_seconds_min: float = _seconds(0.05, "First pause between two attempts; it grows.", 0.001)
    projector_pause_seconds_max: float = _seconds(2.0, "Longest of these pauses.", 0.001)
    projector_failed_pause_seconds: float = _seconds(5.0, "Pause between attempts while the exchange is not ready.")
    projector_close_seconds_max: float = _seconds(10.0, "How long a stop waits for the SQL tables.")
    read_wait_seconds_max: float = Field(
        default=5.0,
        description="How long a query waits for the SQL tables to reach what its caller just did.",
        gt=0,
        le=60,
    )
    reads_waiting_for_tables_max: int = _count(10_000, "Queries that may wait so.")
    ready_lag_max: int = _count(20_000, "/readyz says 503 when the SQL tables are more commands behind.")
    ready_check_seconds_max: float = _seconds(2.0, "/readyz says 503 when a check takes longer.")

    # the databases
    database_read_threads: int = Field(default=4, description="Queries that run at once.", ge=1, le=64)
    database_reads_waiting_max: int = _count(256, "Queries that may wait for a thread.")
    database_writes_waiting_max: int = _count(256, "Writes of users and sessions that may wait.")
    database_connect_seconds_max: int = _seconds(5, "How long connecting to PostgreSQL may take.", 2, 60)
    database_pool_seconds_max: float = _seconds(10.0, "How long a thread waits for a connection.")
    database_lock_seconds_max: float = _seconds(
        15.0, "How long a transaction waits for another: for a SQLite file, or for a row on PostgreSQL."
    )
    database_query_seconds_max: float = _seconds(20.0, "PostgreSQL gives up a query that takes longer.")
    database_idle_seconds_max: float = _seconds(
        30.0, "PostgreSQL ends a transaction of a process that is frozen for so long."
    )

    # what is kept in memory
    ended_orders_cached_max: int = _count(20_000, "Ended orders that need no look into the SQL tables.")
    candles_cached_max: int = _count(
        1_500, "Candles per market and interval that need none; tickers need a day of minutes.", 1_442
    )
    ticker_seconds: float = _seconds(1.0, "So often tickers roll on and candles are closed without trades.", 0.1, 60)

    # the API: rates
    operations_per_address: int = by_demo(2_000, 100, "GraphQL operations per second for one address.", ge=1)
    operations_per_account: int = by_demo(2_000, 100, "GraphQL operations per second for one account.", ge=1)
    uncached_documents_per_address: int = by_demo(
        2_000, 20, "GraphQL documents per second that one address may send for the first time.", ge=1
    )
    rate_burst_seconds: float = _seconds(2.0, "So many seconds' worth may come at once after a pause.", 0.1, 60)
    rate_keys_max: int = _count(100_000, "Addresses and accounts whose rates are remembered.", 1_000)

    # the API: requests and documents
    body_bytes_max: int = _count(262_144, "Longest body of a GraphQL request, in bytes.", 1_024)
    operation_seconds_max: float = Field(default=30.0, description="An operation that takes longer is given up.", gt=0)
    document_bytes_max: int = _count(20_000, "Longest GraphQL document, in bytes.", 1_024)
    document_tokens_max: int = _count(5_000, "Tokens of a GraphQL document.", 500)
    document_depth_max: int = _count(12, "Depth of a GraphQL document.", 8)
    document_aliases_max: int = _count(30, "Aliases in a GraphQL document.", 0)
    document_root_fields_max: int = _count(20, "Root fields of a GraphQL document.", 10)
    document_cost_max: int = _count(
        25_000, "Cost of a GraphQL document: about the fields that its answer can have.", 10_000
    )
    documents_cached_max: int = _count(1_000, "Checked GraphQL documents that are kept in memory.")
    documents_cached_bytes_max: int = _count(
        500_000, "Length of all these documents together; in memory they take about 130 times as much.", 1_024
    )
    refusals_cached_max: int = _count(200, "Refused GraphQL documents that are kept in memory.")

    # the API: sockets
    sockets_max: int = _count(5_000, "Open WebSockets.")
    sockets_per_address: int = by_demo(2_000, 100, "Open WebSockets of one address.", ge=1)
    operations_per_socket: int = _count(100, "Subscriptions and operations under way on one socket.")
    socket_message_bytes_max: int = _count(262_144, "Longest message that a socket accepts.", 1_024)
    socket_init_seconds_max: float = _seconds(10.0, "A socket that has not said connection_init by then is closed.")
    socket_queue_messages_max: int = _count(1_000, "Messages that may wait for a slow reader.")
    socket_queue_bytes_max: int = _count(2_097_152, "Bytes that may wait for a slow reader.", 1_024)
    slow_reader_seconds_max: float = _seconds(
        10.0, "A reader whose queue stays full for so long, with something in it that cannot be left out, is closed."
    )
    feed_items_max: int = _count(100_000, "Updates of an account that may wait for one subscriber.", 1_000)
    socket_close_seconds_max: float = _seconds(30.0, "How long closing the socket of a slow reader may take.")
    stop_sockets_seconds_max: float = _seconds(10.0, "How long a stop waits for sockets and running mutations.")

    # the web app
    page_sockets_max: int = _count(5_000, "Open pages of the web app.")
    page_sockets_per_address: int = _count(200, "Open pages of one address.")
    page_sockets_per_address_and_minute: int = _count(300, "Pages that one address may open in a minute.")
    page_message_bytes_max: int = _count(32_768, "Longest message of a page.", 16_384)
    page_state_seconds: int = _seconds(1_800, "The state of a page that has gone is kept for so long.", 60, 86_400)
