"""What each part of the exchange is told of the settings."""

from backend.accounts.passwords import PasswordHasher
from backend.accounts.sessions import SessionLimits
from backend.graphql.schema import FIELD_COSTS
from backend.graphql.transport import TransportLimits
from backend.sequencer.limits import SequencerLimits
from backend.sequencer.projector import ProjectorLimits
from backend.settings import Settings
from backend.web.gate import SocketGate
from backend.web.reflex_host import TabLimits


def sequencer_limits(settings: Settings) -> SequencerLimits:
    """Return the bounds of the sequencer."""
    return SequencerLimits(
        queue_steps_max=settings.command_queue_max,
        batch_steps_max=settings.batch_commands_max,
        batch_events_max=settings.batch_events_max,
        steps_per_turn_max=settings.commands_per_turn_max,
        rebuild_pause_seconds_max=settings.rebuild_pause_seconds_max,
        timer_pause_seconds=settings.timer_pause_seconds,
        stop_seconds_max=settings.stop_commands_seconds_max,
    )


def projector_limits(settings: Settings) -> ProjectorLimits:
    """Return the bounds of the projector."""
    return ProjectorLimits(
        run_events_max=settings.projector_events_max,
        queued_events_max=settings.projector_queue_max,
        waiting_max=settings.reads_waiting_for_tables_max,
        reached_seconds_max=settings.read_wait_seconds_max,
        attempts_max=settings.projector_attempts_max,
        pause_seconds_min=settings.projector_pause_seconds_min,
        pause_seconds_max=settings.projector_pause_seconds_max,
        failed_pause_seconds=settings.projector_failed_pause_seconds,
        close_seconds_max=settings.projector_close_seconds_max,
    )


def password_hasher(settings: Settings) -> PasswordHasher:
    """Return what hashes passwords."""
    return PasswordHasher(
        settings.argon2_time_cost,
        settings.argon2_memory_kib,
        settings.argon2_parallelism,
        settings.password_queue_max,
    )


def session_limits(settings: Settings) -> SessionLimits:
    """Return the bounds of sessions."""
    return SessionLimits(
        idle_seconds=settings.session_idle_hours * 3600,
        lifetime_seconds=settings.session_lifetime_hours * 3600,
        touch_seconds=settings.session_touch_seconds,
        cache_seconds=settings.session_cache_seconds,
        cached_max=settings.sessions_cached_max,
        per_user_max=settings.sessions_per_user_max,
    )


def transport_limits(settings: Settings) -> TransportLimits:
    """Return the bounds of the GraphQL transport."""
    return TransportLimits(
        body_bytes_max=settings.body_bytes_max,
        operation_seconds_max=settings.operation_seconds_max,
        document_bytes_max=settings.document_bytes_max,
        document_tokens_max=settings.document_tokens_max,
        documents_cached_max=settings.documents_cached_max,
        documents_cached_bytes_max=settings.documents_cached_bytes_max,
        refusals_cached_max=settings.refusals_cached_max,
        depth_max=settings.document_depth_max,
        aliases_max=settings.document_aliases_max,
        root_fields_max=settings.document_root_fields_max,
        cost_max=settings.document_cost_max,
        field_costs=FIELD_COSTS,
        sockets_max=settings.sockets_max,
        sockets_per_address_max=settings.sockets_per_address,
        operations_per_socket_max=settings.operations_per_socket,
        message_bytes_max=settings.socket_message_bytes_max,
        connection_init_seconds_max=settings.socket_init_seconds_max,
        send_queue_messages_max=settings.socket_queue_messages_max,
        send_queue_bytes_max=settings.socket_queue_bytes_max,
        slow_reader_seconds_max=settings.slow_reader_seconds_max,
        close_seconds_max=settings.socket_close_seconds_max,
        shutdown_seconds_max=settings.stop_sockets_seconds_max,
        allowed_origins=frozenset(settings.allowed_origins),
        operations_per_address_per_second=settings.operations_per_address,
        operations_per_account_per_second=settings.operations_per_account,
        uncached_documents_per_address_per_second=settings.uncached_documents_per_address,
        rate_burst_seconds=settings.rate_burst_seconds,
        rate_keys_max=settings.rate_keys_max,
    )


def socket_gate(settings: Settings) -> SocketGate:
    """Return what bounds the event sockets of the web app."""
    return SocketGate(
        sockets_max=settings.page_sockets_max,
        per_address_max=settings.page_sockets_per_address,
        per_minute_max=settings.page_sockets_per_address_and_minute,
    )


def tab_limits(settings: Settings) -> TabLimits:
    """Return what a tab of the web app may cost."""
    return TabLimits(message_bytes_max=settings.page_message_bytes_max, lifetime_seconds=settings.page_state_seconds)
