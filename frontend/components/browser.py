"""The browser components of the pages around the terminal."""

import reflex as rx

from frontend.widgets import LINKED, Widget


class Settings(Widget):
    """Appearance, times, sounds, language: kept in the browser."""

    library = f"{LINKED}/settings.jsx"
    tag = "Settings"


class LapseSwitch(Widget):
    """The dead man's switch of the person whose address is `who`."""

    library = f"{LINKED}/lapse.jsx"
    tag = "LapseSwitch"

    who: rx.Var[str]


class LapseKeeper(Widget):
    """Faceless: renews that switch while it is on."""

    library = f"{LINKED}/lapse.jsx"
    tag = "LapseKeeper"

    who: rx.Var[str]


class Commands(Widget):
    """The keyboard of the whole app, with its palette of commands and its help."""

    library = f"{LINKED}/commands.jsx"
    tag = "Commands"


class LostSearch(Widget):
    """The search of a page that is not there."""

    library = f"{LINKED}/commands.jsx"
    tag = "LostSearch"


class Patterns(Widget):
    """Faceless: arrow keys within tabs and choices, and where the focus goes after a row has left."""

    library = f"{LINKED}/patterns.jsx"
    tag = "Patterns"


class Chime(Widget):
    """A short tick when `count` grows."""

    library = f"{LINKED}/notices.jsx"
    tag = "Chime"

    count: rx.Var[int]


class Maintenance(Widget):
    """What is wrong while the exchange is not ready."""

    library = f"{LINKED}/maintenance.jsx"
    tag = "Maintenance"


class NotReady(Widget):
    """A line at the top while the exchange is not ready."""

    library = f"{LINKED}/maintenance.jsx"
    tag = "NotReady"


settings_form = Settings.create
lapse_switch = LapseSwitch.create
lapse_keeper = LapseKeeper.create
commands = Commands.create
lost_search = LostSearch.create
patterns = Patterns.create
chime = Chime.create
maintenance_facts = Maintenance.create
not_ready = NotReady.create
