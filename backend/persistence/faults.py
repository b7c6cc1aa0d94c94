"""The seam at which tests make a transaction fail where it hurts."""

from collections.abc import Callable

Fault = Callable[[str], None]
"""Called with the name of a point; what it raises happens there."""


def no_fault(point: str) -> None:
    """Go on."""
