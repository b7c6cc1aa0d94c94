"""The socket of the pages, called raw: every handler of every state, by strangers and with any arguments."""

import asyncio
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from reflex.state import State
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

import frontend.state
from frontend.state.inbox import OURS, is_handled
from tests.support.server import ROOT, Server
from tests.ui.person import Person
from tests.ui.stranger import ACCOUNT, HISTORY, PATIENCE_SECONDS, RECORDS, STATE, TICKET, WALLET, Stranger

pytestmark = pytest.mark.timeout(300)

for module in pkgutil.iter_modules(frontend.state.__path__, "frontend.state."):
    importlib.import_module(module.name)

ODD: list[Any] = [
    None,
    True,
    -1,
    10**40,
    1e308,
    "",
    "x" * 9_000,
    "\ud800",
    "mid",
    "-1",
    "9" * 79,
    "1e999",
    "NaN",
    "2026-02-31",
    [],
    ["price"],
    {},
    {"path": 1},
    [{"path": [None]}],
    [{"path": [], "message": {}}],
    {FORM_DATA_ENTRIES_KEY: 5},
    {FORM_DATA_ENTRIES_KEY: [["form_id"], 5, [{}, []]]},
    {"form_id": "", "amount": [], "price": {}, "confirm": "on", "faucet_amount": -1},
]
# Fills a state with everything that a page of a signed-in person loads.
LOADING = [
    (f"{ACCOUNT}.load", {}),
    (f"{WALLET}.load_wallet", {}),
    (f"{RECORDS}.load_records", {}),
    (f"{HISTORY}.choose_view", {"view": "fills"}),
    (f"{HISTORY}.choose_view", {"view": "history"}),
    (f"{TICKET}.open_market", {}),
]


def handlers() -> dict[str, list[str]]:
    """Every handler that Reflex would run for a socket, ours and its own, with the names of its arguments."""
    found = {}
    for name, registered in RegistrationContext.get().event_handlers.items():
        found[name] = [part for part in inspect.signature(registered.handler.fn).parameters if part != "self"]
    return dict(sorted(found.items()))


def ours() -> dict[str, list[str]]:
    return {name: arguments for name, arguments in handlers().items() if is_ours(name)}


def is_ours(name: str) -> bool:
    return RegistrationContext.get().event_handlers[name].states[0].__module__.startswith(OURS)


class Victim(Person):
    """Somebody who has something to lose."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.get("USDT", "98765.43")
        self.get("BTC", "1.2345")
        maker = Person(server)
        maker.get("USDT", "90000")
        maker.place("BUY", "0.01234", "54321.9")
        self.place("SELL", "0.01234", "54321.9")
        self.orders = [self.place("BUY", "0.04321", "43210.9"), self.place("SELL", "0.05432", "76543.1")]

    def world(self) -> dict[str, Any]:
        """What nobody else may see or change."""
        query = """{ viewer {
            user { email } balances { asset { code } available held }
            orders(first: 50) { edges { node { id status filledQuantity } } }
            fills(first: 50) { edges { node { id } } } ledger(first: 50) { edges { node { id } } }
            openOrders { id } } }"""
        found: dict[str, Any] = self.server.ask(query, token=self.token)["viewer"]
        return found

    def secrets(self) -> list[str]:
        """Texts that are this person's alone; amounts as the API and as the pages write them."""
        world = self.world()
        fills = [edge["node"]["id"] for edge in world["fills"]["edges"]]
        amounts = ["98765.43", "98,765.43", "43210.9", "43,210.9", "76543.1", "76,543.1", "0.04321", "0.05432"]
        ids = [f'"id":"{number}"' for number in [*self.orders, *fills]]
        return [self.token, self.email, *ids, *amounts]


@pytest.fixture(scope="module")
def victim(quiet_exchange: Server) -> Victim:
    return Victim(quiet_exchange)


@pytest.fixture(autouse=True)
def no_harm(quiet_exchange: Server, victim: Victim) -> Iterator[None]:
    """Whatever a test has called: the victim's world is as it was, nothing failed, and no secret is in the log."""
    before, told = victim.world(), len(quiet_exchange.log())
    yield
    assert victim.world() == before
    log = quiet_exchange.log()[told:]
    assert "Traceback" not in log
    assert "rialto_session" not in log
    assert victim.token not in log


def nothing_of(victim: Victim, said: str) -> None:
    packed = said.replace('": ', '":')
    assert [secret for secret in victim.secrets() if secret in packed] == []


def test_the_registry_is_what_is_tried() -> None:
    names = {name.rpartition(".")[2] for name in ours()}
    assert {"submit", "send", "cancel", "cancel_all", "ask_faucet", "load_wallet", "older", "load_more"} <= names
    assert not [name for name in names if name.startswith("set_")], "no state lets anybody set its variables"


def test_the_app_has_no_other_handlers() -> None:
    code = (
        "import json; from reflex_base.registry import RegistrationContext; import frontend.frontend; "
        "print(json.dumps(sorted(RegistrationContext.get().event_handlers)))"
    )
    environment = os.environ | {"REFLEX_BACKEND_ONLY": "true", "REFLEX_TELEMETRY_ENABLED": "false"}
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(told.stdout.splitlines()[-1]) == sorted(handlers())


def test_no_variable_comes_from_the_browsers_storage() -> None:
    states = [State, *RegistrationContext.get().base_states.values()]
    assert [name for state in states for name in state.get_fields() if state._is_client_storage(name)] == []


def test_of_reflexs_own_handlers_a_socket_reaches_those_that_the_pages_call() -> None:
    reached = {
        name.removeprefix(f"{STATE}.")
        for name, arguments in handlers().items()
        if not is_ours(name)
        if any(is_handled({"name": name, "payload": dict.fromkeys(arguments, value)}) for value in (None, "", {}))
    }
    assert reached == {
        "hydrate",
        "hydrate_and_load",
        "reflex___state____on_load_internal_state.on_load_internal",
        "reflex___state____frontend_event_exception_state.handle_frontend_exception",
    }
    setting = {"var_name": "price", "value": 1}
    assert not [name for name in ours() if name.endswith(".setvar") and is_handled({"name": name, "payload": setting})]


@pytest.mark.parametrize(
    "message",
    [
        None,
        5,
        "{bad",
        [],
        {},
        {"name": 5},
        {"name": ["a"]},
        {"name": "reflex___state____state.gone", "payload": {}},
        {"name": f"{ACCOUNT}.load", "payload": [1]},
        {"name": f"{ACCOUNT}.load", "payload": {"more": 1}},
        {"name": f"{ACCOUNT}.cancel", "payload": {}},
        {"name": f"{ACCOUNT}.load", "payload": {}, "router_data": 1},
        {"name": f"{ACCOUNT}.load", "payload": {}, "router_data": {"pathname": {"a": 1}}},
        {"name": f"{ACCOUNT}.load", "payload": {}, "router_data": {"query": {"symbol": ["x"]}}},
    ],
)
def test_what_no_handler_takes_is_dropped_without_a_word(quiet_exchange: Server, victim: Victim, message: Any) -> None:
    assert not is_handled(message)
    with Stranger(quiet_exchange, session=victim.token) as own:
        own.emit("event", message)
        own.emit("event")
        own.emit("nonsense", message)
        own.emit("ping", message)
        own.listen()


@pytest.mark.parametrize("signed_in", [False, True], ids=["a visitor", "another user"])
def test_odd_arguments_get_nothing_and_break_nothing(quiet_exchange: Server, victim: Victim, signed_in: bool) -> None:
    session = Person(quiet_exchange).token if signed_in else None
    with Stranger(quiet_exchange, session=session) as stranger:
        for name, arguments in handlers().items():
            for odd in ODD if arguments else [None]:
                stranger.call(name, dict.fromkeys(arguments, odd))
            stranger.call(name)
            stranger.call(name, {"more": "than it takes"})
            if not signed_in:
                said = stranger.listen()
                assert '"signed_in_rx_state_":true' not in said
                assert "@" not in said, name
        nothing_of(victim, stranger.listen())


def test_another_users_ids_in_every_argument_change_nothing_of_theirs(quiet_exchange: Server, victim: Victim) -> None:
    mallory = Person(quiet_exchange)
    mallory.get("USDT", "500")
    theirs = [*victim.orders, victim.email, "BTC-USDT"]
    with Stranger(quiet_exchange, session=mallory.token) as stranger:
        for name, arguments in handlers().items():
            for value in theirs if arguments else [None]:
                stranger.call(name, dict.fromkeys(arguments, value))
                stranger.call(name, {key: {"form_id": value, "id": value, "owner": value} for key in arguments})
        said = stranger.listen()
    # What was said by us comes back in the fields of the ticket, so only what was not said tells of a leak.
    unsaid = [secret for secret in victim.secrets() if secret not in theirs]
    assert [secret for secret in unsaid if secret in said] == []
    assert mallory.email in said, "the caller's own data was there to be had"


def fill(server: Server, victim: Victim, tab: str, calls: list[tuple[str, dict[str, Any]]]) -> str:
    """What a tab of the victim's was told, before it was left."""
    with Stranger(server, session=victim.token, tab=tab) as own:
        for name, payload in calls:
            own.call(name, payload)
        return own.listen()


def test_there_is_something_to_steal(quiet_exchange: Server, victim: Victim) -> None:
    said = fill(quiet_exchange, victim, "own", LOADING)
    assert victim.email in said
    assert f'"id":"{victim.orders[0]}"' in said.replace('": ', '":')
    assert "43,210.9" in said
    assert victim.token not in said, "the cookie that scripts may not read is not told to them"


@pytest.mark.parametrize("signed_in", [False, True], ids=["a visitor", "another user"])
def test_a_stolen_tab_token_gives_nothing_whatever_is_called_first(
    quiet_exchange: Server, victim: Victim, signed_in: bool
) -> None:
    session = Person(quiet_exchange).token if signed_in else None
    for number, (name, arguments) in enumerate(handlers().items()):
        tab = f"stolen-{signed_in}-{number}"
        # One of the loadings is enough to have something, and must be enough to be guarded.
        calls = LOADING if number % 2 else [LOADING[1 + number // 2 % (len(LOADING) - 1)]]
        fill(quiet_exchange, victim, tab, calls)
        with Stranger(quiet_exchange, session=session, tab=tab) as thief:
            thief.call(name, dict.fromkeys(arguments, "fills"))
            nothing_of(victim, thief.listen())


def test_what_a_tab_left_unfinished_is_not_told_to_who_takes_it_over(quiet_exchange: Server, victim: Victim) -> None:
    for number in range(2):
        tab = f"unfinished-{number}"
        with Stranger(quiet_exchange, session=victim.token, tab=tab) as own:
            own.call(f"{ACCOUNT}.load")
            for currency in ("BTC", "ETH", "USDT") * 10:
                own.call(f"{WALLET}.choose_currency", {"currency": currency})
        with Stranger(quiet_exchange, tab=tab) as thief:
            nothing_of(victim, thief.listen())


def test_the_token_of_a_tab_that_is_open_leads_to_a_tab_of_ones_own(quiet_exchange: Server, victim: Victim) -> None:
    with Stranger(quiet_exchange, session=victim.token, tab="open") as own:
        for name, payload in LOADING:
            own.call(name, payload)
        own.listen()
        with Stranger(quiet_exchange, tab="open") as thief:
            for name, arguments in ours().items():
                thief.call(name, dict.fromkeys(arguments, "fills"))
            nothing_of(victim, thief.listen())
        heard = len(own.heard)
        assert "mark-" in own.listen()[-2000:]
        assert len(own.heard) > heard, "the owner's tab goes on"


def test_nothing_that_a_browser_says_about_itself_is_kept_as_a_variable(quiet_exchange: Server, victim: Victim) -> None:
    states = RegistrationContext.get().base_states
    claims = {
        f"{name}.{variable}{suffix}": "claimed"
        for (name, state), suffix in product(states.items(), ("", "_rx_state_"))
        for variable in state.get_fields()
    }
    names = list(claims)
    with Stranger(quiet_exchange) as stranger:
        for start in range(0, len(names), 50):
            part = {name: claims[name] for name in names[start : start + 50]}
            stranger.call(f"{STATE}.hydrate_and_load", {"vars": part})
            stranger.call(f"{STATE}.reflex___state____update_vars_internal_state.update_vars_internal", {"vars": part})
            stranger.call(f"{STATE}.setvar", {"var_name": names[start], "value": "claimed"})
        stranger.call(f"{STATE}.hydrate")
        assert "claimed" not in stranger.listen()


def test_a_page_cannot_say_that_it_comes_from_elsewhere(quiet_exchange: Server, victim: Victim) -> None:
    cookie = [[list(b"cookie"), list(f"rialto_session={victim.token}".encode())]]
    claim = {
        "asgi.scope": {"client": ["203.0.113.9", 1], "headers": cookie},
        "HTTP_COOKIE": f"rialto_session={victim.token}",
        "QUERY_STRING": "token=elsewhere",
    }
    with Stranger(quiet_exchange) as stranger:
        stranger.emit("connect", claim)
        stranger.emit("connect", {"QUERY_STRING": "token=elsewhere", "asgi.scope": {"client": ["203.0.113.9", 1]}})
        stranger.call(f"{STATE}.hydrate")
        said = stranger.listen()
        assert "203.0.113.9" not in said
        assert "127.0.0.1" in said
        nothing_of(victim, said)


def test_one_socket_is_one_tab(quiet_exchange: Server) -> None:
    with Stranger(quiet_exchange, tab="twice") as stranger:
        stranger.say("41/_event,")
        stranger.say("40/_event,{}")
        while not stranger.heard[-1].startswith("44/_event"):
            stranger._hear()


async def test_a_socket_that_only_talks_is_held_back_and_the_server_goes_on(
    quiet_exchange: Server, victim: Victim
) -> None:
    address = f"{quiet_exchange.url.replace('http', 'ws')}/_event/?token=talker&EIO=4&transport=websocket"
    event = {"name": f"{STATE}.hydrate", "payload": {}, "router_data": {"pathname": "/x", "asPath": "x" * 20_000}}
    count = 600
    sent = 0

    async def flood() -> None:
        nonlocal sent
        for _ in range(count):
            await socket.send("42/_event," + json.dumps(["event", event]))
            sent += 1

    async with connect_async(address, origin=Origin(quiet_exchange.url), max_size=None, ping_interval=None) as socket:
        await socket.send("40/_event,{}")
        talking = asyncio.create_task(flood())
        while True:
            before = sent
            await asyncio.sleep(2)
            if sent == before:
                break
        assert not talking.done(), "who does not read is not read"
        assert await asyncio.to_thread(victim.world), "others are served"
        answers = 0
        while answers < count:
            answers += str(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS)).count("is_hydrated")
        await talking


ORIGINS = ["https://evil.example", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "null", "http://[", None]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_foreign_page_opens_no_event_socket(quiet_exchange: Server, victim: Victim, origin: str | None) -> None:
    address = f"{quiet_exchange.url.replace('http', 'ws')}/_event/?token=x&EIO=4&transport=websocket"
    headers = {"Cookie": f"rialto_session={victim.token}"}
    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin=Origin(origin) if origin else None, additional_headers=headers, legacy=True)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_foreign_page_with_the_cookie_is_nobody_at_the_api(
    quiet_exchange: Server, victim: Victim, origin: str | None
) -> None:
    socket = connect(
        f"{quiet_exchange.url.replace('http', 'ws')}/graphql",
        origin=Origin(origin) if origin else None,
        additional_headers={"Cookie": f"rialto_session={victim.token}"},
        subprotocols=[Subprotocol("graphql-transport-ws")],
        legacy=True,
    )
    said = ""
    code = None
    try:
        socket.send(json.dumps({"type": "connection_init"}))
        queries = ["{ viewer { user { email } } }", "subscription { balanceUpdates { sequence } }"]
        for number, query in enumerate(queries):
            socket.send(json.dumps({"type": "subscribe", "id": f"query {number}", "payload": {"query": query}}))
        while not all(f"query {number}" in said for number in range(len(queries))):
            said += str(socket.recv(PATIENCE_SECONDS))
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else None
    finally:
        socket.close()
    nothing_of(victim, said)
    if origin is None:
        assert '"viewer":null' in said.replace(" ", ""), "a program, which has no origin, is a visitor"
        assert "UNAUTHENTICATED" in said
    else:
        assert code == 4403
