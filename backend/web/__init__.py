"""One ASGI app for everything on the port: the API, the compiled site, and the site's event socket."""

from backend.web.compose import compose

__all__ = ["compose"]
