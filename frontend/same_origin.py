"""Makes the compiled site talk to the server that served it, whatever its address."""

from typing import Any

from reflex_base.plugins import Plugin

STATE_MODULE = "utils/state.js"
ANCHOR = """\
  // Get backend URL object from the endpoint.
  const endpoint = new URL(url_str);
"""
REPLACEMENT = """\
  // The site and the event socket share one origin, so only the path is taken from the build.
  const endpoint = new URL(url_str);
  if (typeof window !== "undefined") {
    const secure = window.location.protocol === "https:";
    const socket = endpoint.protocol === "ws:" || endpoint.protocol === "wss:";
    endpoint.protocol = (socket ? "ws" : "http") + (secure ? "s:" : ":");
    endpoint.host = window.location.host;
    if (!window.location.port) endpoint.port = "";
    return endpoint;
  }
"""


def use_window_location(source: str) -> str:
    """Replace the address that Reflex bakes into the site.

    Args:
        source: Reflex's `utils/state.js`.

    Returns:
        The source with `getBackendURL` built on `window.location`.

    Raises:
        RuntimeError: Reflex has changed the text that is replaced, so the build must be looked at.
    """
    if REPLACEMENT in source:
        return source
    if source.count(ANCHOR) != 1 or "export const getBackendURL" not in source:
        raise RuntimeError(
            f"Reflex's {STATE_MODULE} no longer has the text that frontend/same_origin.py replaces. "
            "Compare getBackendURL there with ANCHOR here, then build again."
        )
    return source.replace(ANCHOR, REPLACEMENT)


class SameOriginPlugin(Plugin):
    """Patches the compiled site during each compile."""

    def pre_compile(self, **context: Any) -> None:
        """Register the patch."""
        context["add_modify_task"](STATE_MODULE, use_window_location)
