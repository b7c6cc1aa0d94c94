"""The GraphQL documents of the event handlers. They are constants, so that the API parses each of them once."""

ERRORS = "errors { code message path }"

MARKETS = "query FirstMarket { markets { symbol status } }"

STATUS_FIELDS = "symbol status statusReason"
EXCHANGE = "status { halted haltReason }"

STANDING = f"query Standing($symbol: String!) {{ {EXCHANGE} market(symbol: $symbol) {{ {STATUS_FIELDS} }} }}"

MARKET = """query TicketMarket($symbol: String!) {
  status { halted haltReason }
  market(symbol: $symbol) {
    symbol status statusReason tickSize lotSize makerFee takerFee base { code decimals } quote { code decimals }
  }
}"""

PRICES = "query TicketPrices($symbol: String!) { market(symbol: $symbol) { ticker { last bid ask } } }"

PORTFOLIO = """query Portfolio {
  status { demonstration }
  viewer {
    sequence
    user { email roles }
    balances(includeZero: false) { asset { code name decimals } available held total }
    fills(first: 20) { edges { node { id sequence orderId market side price quantity } } }
    ledger(first: 20) { edges { node { sequence asset amount kind } } }
    openOrders {
      id side type timeInForce postOnly price stopPrice trailingOffset trailingPercent quantity quoteQuantity
      visibleQuantity filledQuantity filledQuoteQuantity averagePrice status reason linkedOrderId expireAt createdAt
      market { symbol base { code } quote { code } tickSize lotSize }
    }
  }
}"""

PLACE = f"""mutation Place($input: PlaceOrderInput!) {{
  placeOrder(input: $input) {{
    order {{ id side type status reason price quantity filledQuantity remainingQuantity averagePrice }}
    {ERRORS}
  }}
}}"""

PLACE_PAIR = f"""mutation PlacePair($input: PlaceOcoOrderInput!) {{
  placeOcoOrder(input: $input) {{ orders {{ id }} {ERRORS} }}
}}"""

AMEND = f"mutation Amend($input: AmendOrderInput!) {{ amendOrder(input: $input) {{ order {{ id }} {ERRORS} }} }}"

CANCEL = f"mutation Cancel($id: ID!) {{ cancelOrder(id: $id) {{ order {{ id status }} {ERRORS} }} }}"

CANCEL_ALL = (
    f"mutation CancelAll($market: String) {{ cancelAllOrders(market: $market) {{ orders {{ id }} {ERRORS} }} }}"
)

FAUCET = f"mutation Faucet($input: FaucetInput!) {{ requestFaucet(input: $input) {{ {ERRORS} }} }}"

WALLET = """query Wallet {
  status { demonstration }
  assets { code name decimals }
  tickers { market last open24h }
  viewer { balances { asset { code name } available held total } }
}"""

LEDGER = """query Ledger($asset: String, $since: DateTime, $until: DateTime, $first: Int!, $after: String) {
  viewer {
    ledger(asset: $asset, since: $since, until: $until, first: $first, after: $after) {
      edges { node { id asset amount balanceAfter kind time } }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""

ORDER_FIELDS = """id side type timeInForce postOnly price stopPrice trailingOffset trailingPercent
  quantity quoteQuantity visibleQuantity filledQuantity filledQuoteQuantity averagePrice status reason
  linkedOrderId expireAt createdAt market { symbol base { code } quote { code } }"""

OPEN_ORDERS = f"""query OpenOrders($market: String) {{
  markets {{ symbol }}
  viewer {{ openOrders(market: $market) {{ {ORDER_FIELDS} }} }}
}}"""

ORDER_HISTORY = f"""query OrderHistory(
  $market: String, $status: [OrderStatus!], $since: DateTime, $until: DateTime, $first: Int!, $after: String
) {{
  markets {{ symbol }}
  viewer {{
    orders(market: $market, status: $status, since: $since, until: $until, first: $first, after: $after) {{
      edges {{ node {{ {ORDER_FIELDS} }} }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

FILLS = """query Fills($market: String, $since: DateTime, $until: DateTime, $first: Int!, $after: String) {
  markets { symbol }
  viewer {
    fills(market: $market, since: $since, until: $until, first: $first, after: $after) {
      edges { node { id market side price quantity fee feeAsset liquidity time } }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""
