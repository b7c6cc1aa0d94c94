"""The baseline of the API: Litestar and msgspec under the same uvicorn, with a POST and a socket that do nothing.

`python -m tests.bench.plain_server PORT`: POST /order answers with an order; sockets at /feed get the text that was
posted to /feed, each the same bytes.
"""

import sys

import msgspec
import uvicorn
from litestar import Litestar, Request, post, websocket
from litestar.connection import WebSocket
from litestar.exceptions import WebSocketDisconnect


class Body(msgspec.Struct):
    """The form of a GraphQL request."""

    query: str
    variables: dict[str, object]


class Answer(msgspec.Struct):
    """About as long as the answer of placeOrder."""

    data: dict[str, dict[str, object]]


sockets: set[WebSocket] = set()


@post("/order", status_code=200)
async def place(data: Body) -> Answer:
    """Answer as if an order had been placed."""
    return Answer({"placeOrder": {"order": {"id": str(len(data.query)), "status": "OPEN"}, "errors": []}})


@post("/feed", status_code=200)
async def tell(request: Request) -> None:
    """Send a text to all sockets."""
    text = (await request.body()).decode()
    for each in sockets:
        await each.send_text(text)


@websocket("/feed")
async def follow(socket: WebSocket) -> None:
    """Keep a socket until it is closed."""
    await socket.accept()
    sockets.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        sockets.discard(socket)


app = Litestar([place, tell, follow], openapi_config=None)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,
        log_level="error",
    )
