"""GraphiQL for demonstration exchanges, from files of our own: nothing is loaded from elsewhere."""

import mimetypes
from pathlib import Path
from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

FOLDER: Final = Path(__file__).parent / "graphiql"
PAGE_NAME: Final = "index.html"


def load_page() -> bytes:
    """Return the page that GET /graphql gives to a browser."""
    return (FOLDER / PAGE_NAME).read_bytes()


def asset_handler() -> HTTPRouteHandler:
    """Return the handler of /graphql/assets/…; it knows the files of the folder and looks at no other path."""
    assets = {file.name: file.read_bytes() for file in FOLDER.iterdir() if file.suffix in (".js", ".css")}

    @get("/graphql/assets/{name:str}", include_in_schema=False)
    async def serve_asset(name: FromPath[str]) -> ASGIResponse:
        """Give one file of GraphiQL."""
        if name not in assets:
            return ASGIResponse(body=b"not found", status_code=404, media_type="text/plain")
        return ASGIResponse(
            body=assets[name],
            headers=(("cache-control", "public, max-age=3600"), ("x-content-type-options", "nosniff")),
            media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        )

    return serve_asset
