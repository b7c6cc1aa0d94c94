"""A small pool of threads with a bounded queue, for blocking work that coroutines wait for."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class TooManyWaiting(Exception):
    """As much work waits for a thread as may wait."""


class BoundedThreads:
    """Runs blocking work in at most `threads_max` threads; at most `waiting_max` pieces of it wait for one."""

    def __init__(self, name: str, *, threads_max: int, waiting_max: int) -> None:
        self._name = name
        self._work_max = threads_max + waiting_max
        self._work = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads_max, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in one of the threads; it is not interrupted when the caller is cancelled.

        Raises:
            TooManyWaiting: The queue is full.
        """
        with self._lock:
            if self._work >= self._work_max:
                raise TooManyWaiting(f"{self._name}: {self._work} pieces of work are under way or wait")
            self._work += 1
        try:
            future = self._pool.submit(contextvars.copy_context().run, work)
        except BaseException:
            self._finished(None)
            raise
        future.add_done_callback(self._finished)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Wait for the work under way, drop what waits, and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _finished(self, _: Future[Any] | None) -> None:
        with self._lock:
            self._work -= 1


class Turns:
    """A lock that is given to those who wait for it in the order in which they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next = 0
        self._serving = 0

    def __enter__(self) -> None:
        with self._changed:
            mine = self._next
            self._next += 1
            self._changed.wait_for(lambda: self._serving == mine)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._serving += 1
            self._changed.notify_all()
