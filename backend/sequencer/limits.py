"""How much the sequencer takes on, and how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SequencerLimits:
    """Bounds of the queue, of a batch and of pauses."""

    queue_steps_max: int = 10_000
    """So many commands and looks may wait to be applied."""
    batch_steps_max: int = 1_000
    batch_events_max: int = 10_000
    """A batch that has so many steps or events takes no more; the next one gathers when it is under way."""
    steps_per_turn_max: int = 32
    """So many are applied before the event loop gets its turn."""
    rebuild_pause_seconds_max: float = 5.0
    """Rebuilding the engine is tried again after growing pauses of at most this, as long as the database is away."""
    timer_pause_seconds: float = 1.0
    """An `AdvanceTime` that failed, or that did nothing of what was due, is tried again after this."""
    stop_seconds_max: float = 20.0
    """What was taken before a stop has so long to be committed."""


USUAL_LIMITS = SequencerLimits()
