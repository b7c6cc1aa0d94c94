"""What can go wrong between a command and its journal, and at a start."""

from backend.persistence.errors import StorageUnavailable


class Unavailable(StorageUnavailable):
    """The outcome of a command is unknown, or there is no engine now: send it again with the same key."""


class QueueFull(Unavailable):
    """So many commands wait that this one was not taken; it was certainly not applied."""


class PoisonCommand(Exception):
    """The engine failed on this command, which was not applied; nobody else is affected.

    Attributes:
        reference: What the log entry with the traceback is found by.
    """

    def __init__(self, reference: str) -> None:
        super().__init__(f"the engine failed on this command, reference {reference}")
        self.reference = reference


class ReaderFailed(Exception):
    """A reader of the stream failed on a committed batch, so what it says cannot be trusted: the exchange must stop."""


class RefusesToStart(Exception):
    """The data on disk and this program do not fit together; starting would risk the books. Says what and where."""


class ClockBehind(RefusesToStart):
    """The clock of this machine is behind the journal's last time."""


class StateDiffers(RefusesToStart):
    """The read model at its checkpoint is not the state that the journal recorded there."""


class ReplayDiffers(RefusesToStart):
    """Replaying the journal gives other events or another state than were recorded."""


class JournalBroken(RefusesToStart):
    """The journal lacks something that must be there."""
