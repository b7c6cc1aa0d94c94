"""What the resolvers work with: the services of the exchange, and how their failures are told to a client."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from sqlalchemy import Connection

from backend.accounts.service import Accounts
from backend.engine.commands import Command
from backend.engine.exchange import Exchange
from backend.engine.outcome import Outcome
from backend.graphql.catalogue import Catalogue
from backend.graphql.errors import INTERNAL, ApiError, unavailable
from backend.graphql.transport.connection import ConnectionInfo
from backend.graphql.transport.feeds import PRIVATE_FEED_ITEMS_MAX
from backend.marketdata import MarketData
from backend.marketdata.history import History
from backend.persistence.database import Database
from backend.persistence.errors import StorageUnavailable
from backend.sequencer.clock import Clock
from backend.sequencer.errors import PoisonCommand, QueueFull, Unavailable
from backend.sequencer.keys import KnownKeys
from backend.sequencer.projector import Projector
from backend.sequencer.sequencer import Sequencer
from backend.sequencer.views import LiveViews

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Services:
    """Everything that a resolver may ask; made once by the composition root."""

    sequencer: Sequencer
    views: LiveViews
    known_keys: KnownKeys
    marketdata: MarketData
    history: History
    projector: Projector
    database: Database
    accounts: Accounts
    clock: Clock
    version: str
    demonstration: bool
    fee_volume_asset: str
    """The asset in which volumes are counted from the next `setFeeTiers` on."""
    session_seconds: int
    """How long a browser keeps its session cookie."""
    cookies_over_https: Literal["auto", "always", "never"] = "auto"
    feed_items_max: int = PRIVATE_FEED_ITEMS_MAX
    """How many updates of an account may wait for one subscriber."""
    catalogue: Catalogue = field(init=False)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(self.views)

    def cookie_is_secure(self, connection: ConnectionInfo) -> bool:
        """Tell whether the browser is to send its session over HTTPS only: when it speaks HTTPS, or as it was set."""
        if self.cookies_over_https != "auto":
            return self.cookies_over_https == "always"
        headers = connection.headers
        return headers.get("x-forwarded-proto") == "https" or headers.get("origin", "").startswith("https://")

    async def submit(self, command: Command) -> Outcome:
        """Have a command applied and made durable.

        Raises:
            ApiError: UNAVAILABLE, the outcome is unknown; INTERNAL, the engine failed on it and it was not applied.
        """
        try:
            return await self.sequencer.submit(command)
        except QueueFull as error:
            raise unavailable("The exchange is too busy now. Send it again with the same key.") from error
        except Unavailable as error:
            raise unavailable() from error
        except PoisonCommand as error:
            message = f"Something went wrong on our side. The reference is {error.reference}."
            raise ApiError(INTERNAL, message, reference=error.reference) from error

    async def inspect(self, look: Callable[[Exchange], T]) -> T:
        """Look at the engine between two commands.

        Raises:
            ApiError: UNAVAILABLE, there is no engine now.
        """
        try:
            return await self.sequencer.inspect(look)
        except Unavailable as error:
            raise unavailable("The exchange cannot answer now. Try again.") from error

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Write into the main database; return what `work` returns after the commit.

        Raises:
            ApiError: UNAVAILABLE, the database does not answer.
        """
        try:
            return await self.database.write(work)
        except StorageUnavailable as error:
            raise unavailable("This cannot be written now, and nothing was done. Try again.") from error

    async def read(self, work: Callable[[Connection], T], after: int = 0) -> T:
        """Read the tables when they have everything up to the sequence `after`.

        Raises:
            ApiError: UNAVAILABLE, the tables are too far behind or do not answer.
        """
        try:
            await self.projector.reached(after)
            return await self.database.read(work)
        except StorageUnavailable as error:
            raise unavailable("The history cannot be read now. Try again.") from error
