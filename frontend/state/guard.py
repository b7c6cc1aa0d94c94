"""Keeps private data from a socket that only knows the tab's token."""

from typing import Any

from reflex.app import App
from reflex.event import Event
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from frontend.locale import Reader, read_by
from frontend.state.account import Account, owner_of

HYDRATIONS = ("hydrate", "hydrate_and_load")


class Guard(Middleware):
    """Runs before each event, under the state's lock and with the headers of the socket that sent it.

    The tab's token finds the state but proves nothing: what was loaded for one cookie is forgotten as soon as an
    event comes with another. A hydration sends the whole state, so it starts from nothing and loads anew.
    """

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Forget what does not belong to the sender, and write in the sender's language."""
        account = await state.get_state(Account)
        read_by(Reader.of(account.router.headers.raw_headers))
        owner = owner_of(account._visitor())
        if account._owner and account._owner != owner:
            account.reset()  # type: ignore[no-untyped-call]
        elif event.name.rpartition(".")[2] in HYDRATIONS:
            account._forget()
        if account._owner != owner:
            account._owner = owner
        return None

    async def postprocess(self, app: App, state: BaseState, event: Event, update: StateUpdate) -> Any:
        """Leave the answer as it is."""
        return update
