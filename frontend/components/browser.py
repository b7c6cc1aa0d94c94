"""The browser components of the pages around the terminal."""

from frontend.widgets import LINKED, Widget


class Settings(Widget):
    """Appearance, times, sounds, language: kept in the browser."""

    library = f"{LINKED}/settings.jsx"
    tag = "Settings"


settings_form = Settings.create
