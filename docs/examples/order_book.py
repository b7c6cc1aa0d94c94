"""Print the best bid and ask of a live order book. Needs `pip install websockets`, and an exchange at this address."""

import json
from decimal import Decimal

from websockets.sync.client import connect

FEED = """subscription { orderBook(market: "BTC-USDT", depth: 10) {
    isSnapshot bids { price quantity } asks { price quantity } } }"""

book = {"bids": {}, "asks": {}}
with connect("ws://127.0.0.1:8000/graphql", subprotocols=["graphql-transport-ws"]) as socket:
    socket.send(json.dumps({"type": "connection_init"}))
    socket.recv()
    socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FEED}}))
    for update in (json.loads(text)["payload"]["data"]["orderBook"] for text in socket):
        for side, before in book.items():
            changes = {Decimal(level["price"]): Decimal(level["quantity"]) for level in update[side]}
            levels = changes if update["isSnapshot"] else before | changes
            book[side] = {price: quantity for price, quantity in levels.items() if quantity}
        print("bid", max(book["bids"], default="-"), " ask", min(book["asks"], default="-"), flush=True)
