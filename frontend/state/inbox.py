"""What a socket may say to the pages' states: events that somebody handles, no faster than they are handled."""

import asyncio
import inspect
import json
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from reflex.app import App
from reflex_base.constants import RouteVar
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY

SESSION_ID = RouteVar.SESSION_ID
EVENTS_WAITING_MAX = 32
PACKETS_UNREAD_MAX = 64
LOOK_SECONDS = 0.02

# Of Reflex's own handlers the pages send these; the others are the server's affair.
PAGE_LIFE = {"hydrate", "hydrate_and_load", "on_load_internal", "handle_frontend_exception"}
OURS = "frontend."


class Inbox:
    """Stands before Reflex's event namespace, which takes whatever a socket sends.

    A socket is read no further while its tab has too many events waiting, or while it does not read what it is told.
    Without that the queues on both sides would grow as fast as anybody can write.
    """

    def __init__(self, app: App) -> None:
        """Take the place of the namespace's handlers."""
        namespace: Any = app.event_namespace
        assert namespace is not None, "an app with states has an event namespace"
        self._app = app
        self._namespace = namespace
        self._connect, self._take, self._pong = namespace.on_connect, namespace.on_event, namespace.on_ping
        namespace.on_connect, namespace.on_event, namespace.on_ping = self.on_connect, self.on_event, self.on_ping
        self._tell = namespace.emit_update
        namespace.emit_update = self.emit_update

    async def on_connect(self, sid: str, environ: Any = None, auth: Any = None, *more: Any) -> Any:
        """Let a socket in, once.

        Socket.IO hands on an *event* that somebody calls "connect" as if it were the handshake, with whatever address
        and headers it names; only the handshake's own environment is believed.
        """
        server = self._namespace.server
        if environ is None or environ is not server.get_environ(sid, self._namespace.namespace):
            return None
        if environ.setdefault("rialto.sid", sid) != sid:
            return False
        return await self._connect(sid, environ, auth)

    async def on_event(self, sid: str, data: Any = None, *more: Any) -> None:
        """Hand on an event that somebody handles; Reflex would log any other, with the headers and their cookie."""
        if is_handled(data) and await self._has_room(sid):
            await self._take(sid, data)

    async def on_ping(self, sid: str, *more: Any) -> None:
        """Answer a ping."""
        if await self._has_room(sid):
            await self._pong(sid)

    async def emit_update(self, update: Any, token: str) -> None:
        """Tell a tab what came of an event, unless another socket has the tab now.

        Events that a socket left behind still run, for whoever it was; what they give is nobody else's to hear.
        """
        asked = EventContext.get().router_data.get(SESSION_ID)
        listening = self._namespace._token_manager.token_to_socket.get(token)
        if asked is None or listening is None or listening.sid == asked:
            await self._tell(update, token)

    async def _has_room(self, sid: str) -> bool:
        """Wait until there is room for what a socket says; False when it is closed before, as one that never reads."""
        namespace = self._namespace
        engine_sid = namespace.server.manager.eio_sid_from_sid(sid, namespace.namespace)
        while (engine := namespace.server.eio.sockets.get(engine_sid)) is not None and not engine.closed:
            waiting = self._app.event_processor._token_queues.get(namespace.sid_to_token.get(sid, ""), ())
            if len(waiting) < EVENTS_WAITING_MAX and engine.queue.qsize() < PACKETS_UNREAD_MAX:
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False


def is_handled(data: Any) -> bool:
    """Whether a message from outside is an event of a page, with the arguments that its handler takes."""
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return False
    payload, router = data.get("payload", {}), data.get("router_data", {})
    if not isinstance(payload, dict) or not isinstance(router, dict) or not _is_place(router):
        return False
    wanted = _arguments(data["name"])
    return (
        wanted is not None
        and _can_be_told(data)
        and all(name in payload or not argument.needed for name, argument in wanted.items())
        and all(name in wanted and _fits(value, wanted[name].hint) for name, value in payload.items())
    )


def _can_be_told(data: dict[str, Any]) -> bool:
    """Whether this can go back in an answer: half a character, which JSON can hold, cannot."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_place(router: dict[str, Any]) -> bool:
    query = router.get("query", {})
    return (
        all(isinstance(router.get(part, ""), str) for part in ("pathname", "asPath"))
        and isinstance(query, dict)
        and all(isinstance(value, str) for value in query.values())
    )


@dataclass(frozen=True)
class Argument:
    """What a handler takes under one name."""

    hint: Any
    needed: bool


def _arguments(name: str) -> dict[str, Argument] | None:
    """What a handler takes; None when there is none of that name for a page."""
    if (registered := RegistrationContext.get().event_handlers.get(name)) is None:
        return None
    own = registered.states[0].__module__.startswith(OURS)
    method = name.rpartition(".")[2]
    # `setvar` calls the setters that Reflex makes for those who want them; these pages have handlers instead.
    allowed = method != "setvar" if own else method in PAGE_LIFE
    return _taken(registered.handler.fn) if allowed else None


@cache
def _taken(handler: Any) -> dict[str, Argument]:
    hints = get_type_hints(handler)
    parameters = list(inspect.signature(handler).parameters.values())[1:]
    return {part.name: Argument(hints.get(part.name, Any), part.default is part.empty) for part in parameters}


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, choice) for choice in get_args(hint))
    kind = get_origin(hint) or hint
    if kind is Any:
        return True
    if kind is NoneType:
        return value is None
    if kind is dict and isinstance(value, dict) and FORM_DATA_ENTRIES_KEY in value:
        return _is_form(value[FORM_DATA_ENTRIES_KEY])
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _is_form(entries: Any) -> bool:
    """Whether these are the fields of a form as a page sends them: names with what is in them."""
    return isinstance(entries, list) and all(
        isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) for entry in entries
    )
