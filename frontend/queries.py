"""The GraphQL documents of the event handlers. They are constants, so that the API parses each of them once."""

ERRORS = "errors { code message path }"

MARKETS = "query FirstMarket { markets { symbol status } }"

MARKET = """query TicketMarket($symbol: String!) {
  status { demonstration }
  market(symbol: $symbol) {
    symbol status statusReason tickSize lotSize minimumNotional base { code decimals } quote { code decimals }
  }
}"""

PORTFOLIO = """query Portfolio {
  status { demonstration }
  viewer {
    sequence
    user { email roles }
    balances(includeZero: false) { asset { code name decimals } available held total }
    openOrders {
      id side type timeInForce postOnly price stopPrice quantity quoteQuantity filledQuantity status createdAt
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

CANCEL = f"mutation Cancel($id: ID!) {{ cancelOrder(id: $id) {{ order {{ id status }} {ERRORS} }} }}"

CANCEL_ALL = (
    f"mutation CancelAll($market: String) {{ cancelAllOrders(market: $market) {{ orders {{ id }} {ERRORS} }} }}"
)

FAUCET = f"mutation Faucet($input: FaucetInput!) {{ requestFaucet(input: $input) {{ {ERRORS} }} }}"
