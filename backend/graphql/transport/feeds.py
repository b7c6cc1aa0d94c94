"""What the schema gives to the transport so that subscriptions can be served: public feeds and private feeds.

A **public feed** (order book, trades, tickers, candles) is shared. Everybody who subscribes with the same document
and the same variables is one group; each event is executed and encoded once for the group, and the bytes go to
all. The schema gives one `PublicFeed` per public root field. Its two functions are synchronous, and the transport calls
them one right after the other without giving up the event loop. So nothing can happen between the snapshot of a
joiner and its first delta: no gap and no doubt.

* A joiner gets `initial(arguments)`, then everything that is delivered later, in order.
* A reader whose queue is full loses what is pending for that subscription, and when its queue has drained it joins
  again: a fresh `initial(arguments)`, then the deltas after it (conflation).
* The values are given to the root field as its result (`OrderBookUpdate`, `Trade`, …). Everything below the root field
  must resolve synchronously; the transport checks this when it is built.

A **private feed** (order updates, balance updates) belongs to one reader and leaves nothing out. Its resolver returns a
`PrivateFeed`, a bounded queue. A reader that lets it overflow, or that
leaves the queue of its socket full for a named time, is closed with 4408:

    @strawberry.subscription
    async def order_updates(self, info: Info, account_id: ID | None = None) -> AsyncGenerator[OrderUpdate, None]:
        account = await the_callers_account(info, account_id)
        return PrivateFeed(lambda deliver: services.orders.listen(account, deliver))

It is an `async def` that *returns* the feed, and no generator: so the listener is registered while the `subscribe`
message is handled. The transport handles the messages of a socket in their order, and what a client asks after
`subscribe` on the same socket (or after the pong to a ping sent after it) is asked after the registration.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar

Value = TypeVar("Value")
Deliver = Callable[[Value], None]
Unsubscribe = Callable[[], None]

PRIVATE_FEED_ITEMS_MAX: Final = 100_000
"""How many updates may wait in a private feed before its reader counts as too slow.

As many as the orders that an account may have open: cancelling them all is one command, and no sign of a slow reader.
"""


class TooSlow(Exception):
    """A reader of a private feed left more than the limit unread; its socket is closed with 4408."""


class PublicFeed(Protocol):
    """The source of one public subscription field; `arguments` are the field's, by their Python names."""

    def initial(self, arguments: Mapping[str, object]) -> Sequence[object]:
        """Return the values that a joiner gets first, as of now; empty where it simply goes on from now.

        Raises:
            ApiError: The arguments are refused (BAD_USER_INPUT for an unknown market); the subscriber gets an `error`.
        """
        ...

    def listen(self, arguments: Mapping[str, object], deliver: Deliver[object]) -> Unsubscribe:
        """Call `deliver(value)` once per committed event from now on, in order, on the event loop, until unsubscribed.

        `deliver` never raises, never blocks and never unsubscribes; the transport unsubscribes once.
        """
        ...


class PrivateFeed(Generic[Value]):
    """A bounded queue between a synchronous source and one subscription; an asynchronous iterator.

    Args:
        listen: Registers `deliver` at the source and returns the function that takes it away again.
        first: Values that come before everything that the source delivers.
        items_max: How many values may wait.
    """

    def __init__(
        self,
        listen: Callable[[Deliver[Value]], Unsubscribe],
        first: Iterable[Value] = (),
        items_max: int = PRIVATE_FEED_ITEMS_MAX,
    ) -> None:
        self._waiting: deque[Value] = deque(first)
        self._items_max = items_max
        self._error: Exception | None = None
        self._closed = False
        self._reader: asyncio.Future[None] | None = None
        self._unsubscribe: Unsubscribe = listen(self.deliver)

    def deliver(self, value: Value) -> None:
        """Queue one value; past the limit the feed fails with `TooSlow` and takes no more."""
        if self._closed or self._error is not None:
            return
        if len(self._waiting) >= self._items_max:
            self.fail(TooSlow(f"more than {self._items_max} updates were waiting"))
            return
        self._waiting.append(value)
        self._wake()

    def fail(self, error: Exception) -> None:
        """End the feed with an error instead of what still waits, such as UNAUTHENTICATED after a log-out.

        The listener is taken away when the reader meets the error, and not here: the source may be walking through its
        listeners just now.
        """
        if self._closed or self._error is not None:
            return
        self._waiting.clear()
        self._error = error
        self._wake()

    def close(self) -> None:
        """Take the listener away and end the feed; what still waits is dropped."""
        if self._closed:
            return
        self._closed = True
        self._waiting.clear()
        self._unsubscribe()
        self._wake()

    async def aclose(self) -> None:
        """Close, under the name that asynchronous generators use."""
        self.close()

    def __aiter__(self) -> "PrivateFeed[Value]":
        return self

    async def __anext__(self) -> Value:
        while not self._waiting:
            if self._error is not None:
                self.close()
                raise self._error
            if self._closed:
                raise StopAsyncIteration
            assert self._reader is None, "a private feed has one reader"
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._waiting.popleft()

    async def asend(self, _value: None) -> Value:
        """Give the next value; present so that the feed can stand where an asynchronous generator is annotated."""
        return await self.__anext__()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
