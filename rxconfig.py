"""Configuration of the Reflex web app."""

import reflex as rx

from frontend.catalogue import CataloguePlugin
from frontend.same_origin import SameOriginPlugin

config = rx.Config(
    app_name="frontend",
    default_color_mode="dark",
    disable_plugins=[rx.plugins.SitemapPlugin],
    frontend_compression_formats=["gzip"],
    plugins=[SameOriginPlugin(), CataloguePlugin()],
    show_built_with_reflex=False,
    state_manager_mode="memory",
    telemetry_enabled=False,
)
