"""Who wants to hear about what: listeners by key, called in the order in which they came."""

import logging
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Unsubscribe = Callable[[], None]

logger = logging.getLogger(__name__)


class Listeners(Generic[Key, Value]):
    """A registry of callbacks; one that fails is logged and stops neither the others nor the stream."""

    def __init__(self) -> None:
        self._by_key: dict[Key, dict[object, Callable[[Value], None]]] = {}

    def add(self, key: Key, deliver: Callable[[Value], None]) -> Unsubscribe:
        """Call `deliver` for this key from now on; return how to stop, which may be called twice."""
        token = object()
        self._by_key.setdefault(key, {})[token] = deliver

        def stop() -> None:
            mine = self._by_key.get(key, {})
            mine.pop(token, None)
            if not mine:
                self._by_key.pop(key, None)

        return stop

    def __contains__(self, key: Key) -> bool:
        return key in self._by_key

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def tell(self, key: Key, value: Value) -> None:
        """Give a value to all who listen for this key."""
        mine = self._by_key.get(key)
        if mine is None:
            return
        for deliver in tuple(mine.values()):
            try:
                deliver(value)
            except Exception:  # this is the outermost loop of what a listener does
                logger.exception("a listener of market data failed", extra={"listening_to": str(key)})
