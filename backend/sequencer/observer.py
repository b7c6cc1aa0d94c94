"""What the sequencer tells about itself; the metrics are wired to it."""

from typing import Protocol


class SequencerObserver(Protocol):
    """Is told what happens, on the event loop; it must not fail or wait."""

    def answered(self, kind: str, outcome: str) -> None:
        """Count an answer by the command's class and ACCEPTED, UNCHANGED, POISON, UNAVAILABLE or a refusal's code."""

    def committed(self, commands: int, seconds: float) -> None:
        """Note a commit of the journal: its commands and how long it took."""

    def commit_failed(self) -> None:
        """Count a commit that failed."""

    def rebuilt(self, seconds: float) -> None:
        """Note that the engine was rebuilt from the databases."""

    def poisoned(self, kind: str) -> None:
        """Count a command on which the engine failed; worth an alarm."""


class NobodyObserves:
    """The observer that ignores everything."""

    def answered(self, kind: str, outcome: str) -> None:
        """Ignore it."""

    def committed(self, commands: int, seconds: float) -> None:
        """Ignore it."""

    def commit_failed(self) -> None:
        """Ignore it."""

    def rebuilt(self, seconds: float) -> None:
        """Ignore it."""

    def poisoned(self, kind: str) -> None:
        """Ignore it."""
