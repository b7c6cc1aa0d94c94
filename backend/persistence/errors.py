"""What can go wrong with the databases, in the words that callers act on."""


class StorageUnavailable(Exception):
    """The database did not answer in time, or not at all; the same request may work later."""


class TooManyReads(StorageUnavailable):
    """As many queries wait for the database as may wait."""


class ProjectorBehind(StorageUnavailable):
    """The read model has not reached the asked sequence within the time that a query may wait."""


class Fenced(Exception):
    """Another process has opened a newer epoch: this one must not write any more."""

    def __init__(self, table: str, ours: int, found: int | None) -> None:
        super().__init__(
            f"{table} is at epoch {found}, this process writes for epoch {ours}: another process took over"
        )


class JournalHole(Exception):
    """A batch does not follow the journal's last one, or the journal has no batch where one must begin."""


class CheckpointMoved(Exception):
    """The read model's checkpoint is where this process did not put it."""


class AlreadyRunning(Exception):
    """Another process is the writer of this database."""


class SchemaRefused(Exception):
    """The database's schema is not the one that this version works with."""


class RulesRefused(SchemaRefused):
    """The journal was written under other rules than this version's, so that it would replay to something else."""


class UnusableUrl(ValueError):
    """A database URL that this exchange cannot use."""
