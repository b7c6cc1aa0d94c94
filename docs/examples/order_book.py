"""Print the best bid and ask of a live order book. Needs `pip install websockets`, and an exchange at this address."""

import json
from decimal import Decimal

from websockets.sync.client import connect

FEED = 'subscription { orderBook(market: "BTC-USDT") { isSnapshot bids { price quantity } asks { price quantity } } }'
book = {}
with connect("ws://127.0.0.1:8000/graphql", subprotocols=["graphql-transport-ws"]) as socket:
    socket.send(json.dumps({"type": "connection_init"}))
    socket.recv()
    socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FEED}}))
    for update in (json.loads(text)["payload"]["data"]["orderBook"] for text in socket):
        new = {(s, Decimal(row["price"])): Decimal(row["quantity"]) for s in ("bids", "asks") for row in update[s]}
        book = {level: left for level, left in (new if update["isSnapshot"] else book | new).items() if left}
        print(max([p for s, p in book if s == "bids"] or "-"), "/", min([p for s, p in book if s == "asks"] or "-"))
