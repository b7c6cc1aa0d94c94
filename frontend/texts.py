"""Every text of the web app, in one place, so that it can be translated."""

STATUS = {
    "OPEN": "Open",
    "POST_ONLY": "Post-only",
    "CANCEL_ONLY": "Cancel-only",
    "AUCTION": "Auction",
    "HALTED": "Halted",
}

TITLE = "Rialto"
NAVIGATION = {
    "label": "Main",
    "markets": "Markets",
    "trade": "Trade",
    "skip": "Skip to content",
    "home": "Rialto, home",
    "appearance": "Appearance",
    "sign_in": "Sign in",
    "sign_up": "Create an account",
    "sign_out": "Sign out",
    "failed": "Could not sign out. Try again.",
    "account": "Account",
}

CONNECTION = {
    "live": "Live",
    "connecting": "Connecting",
    "reconnecting": "Reconnecting, try {attempt}",
    "sequence": "Sequence",
}

MARKETS = {
    "heading": "Markets",
    "title": "Markets · Rialto",
    "market": "Market",
    "last": "Last",
    "change": "24 h change",
    "high": "24 h high",
    "low": "24 h low",
    "volume": "24 h volume",
    "value": "24 h value",
    "status": "Status",
    "empty": "There are no markets yet.",
    "loading": "Loading the markets …",
}

TICKER = {
    "title": "Market",
    "heading": "Trade",
    "change_market": "change market",
    "last": "Last price ",
    "change": "24 h change",
    "high": "24 h high",
    "low": "24 h low",
    "volume": "24 h volume",
    "value": "24 h value",
    "steps": "Tick / lot",
    "missing": "There is no market of this name.",
}

BOOK = {
    "title": "Order book",
    "price": "Price",
    "amountHead": "Amount",
    "totalHead": "Total",
    "amount": "amount",
    "total": "total",
    "bid": "Bid",
    "ask": "Ask",
    "spread": "Spread",
    "gap": "The feed sent a gap. Loading a fresh book.",
    "empty": "No orders on either side yet.",
}

TAPE = {
    "title": "Trades",
    "price": "Price",
    "amountHead": "Amount",
    "time": "Time (UTC)",
    "buy": "buy",
    "sell": "sell",
    "empty": "No trades yet.",
}

CHART = {
    "title": "Chart",
    "interval": "Interval",
    "open": "O",
    "high": "H",
    "low": "L",
    "close": "C",
    "volume": "Vol",
    "empty": "No trades yet.",
}

STALE = {"stale": "Prices {seconds} s old"}

TICKET = {
    "title": "Order ticket",
    "side": "Side",
    "buy": "Buy",
    "sell": "Sell",
    "type": "Order type",
    "limit": "Limit",
    "market": "Market",
    "available": "Available",
    "price": "Price",
    "amount": "Amount",
    "spend": "Spend",
    "switch_unit": "Switch between amount and sum to spend",
    "post_only": "Post-only",
    "time_in_force": "Time in force",
    "submit_buy": "Buy",
    "submit_sell": "Sell",
    "placing": "Placing …",
    "sign_in_first": "Sign in to trade",
    "price_missing": "Enter a price.",
    "amount_missing": "Enter an amount.",
    "not_a_number": "This is not a number.",
    "faucet": "Get demonstration money",
    "faucet_note": "This is a demonstration exchange: the coins have no worth.",
}

DOCK = {
    "title": "Orders and balances",
    "orders": "Open orders",
    "balances": "Balances",
    "this_market": "This market only",
    "cancel_all": "Cancel all",
    "head": ["Market", "Side", "Type", "Price", "Amount", "Filled", "Value", "TIF", "Placed (UTC)"],
    "balance_head": ["Asset", "Available", "Held", "Total"],
    "actions": "Actions",
    "no_orders": "You have no open orders here.",
    "no_balances": "You have no balances yet.",
    "visitor": "Sign in to see your orders and balances.",
    "failed": "Your orders and balances could not be loaded. They will be asked for again.",
    "again": "Updating again soon",
    "available_held": "Available / held",
}

ORDER_TYPES = {
    "LIMIT": "Limit",
    "MARKET": "Market",
    "STOP_LIMIT": "Stop-limit",
    "STOP_MARKET": "Stop-market",
    "TAKE_PROFIT_LIMIT": "Take-profit limit",
    "TAKE_PROFIT_MARKET": "Take-profit market",
    "TRAILING_STOP": "Trailing stop",
}
SIDES = {"BUY": "Buy", "SELL": "Sell"}

NOTICE = {
    "close": "Close",
    "placed": "{side} {amount} {asset} at {price} is in the book.",
    "filled": "{side} {amount} {asset} filled at {price}.",
    "partly": "{side} {filled} of {amount} {asset} filled at {price}; the rest is in the book.",
    "ended": "{side} order ended: {filled} {asset} filled, the rest canceled.",
    "unfilled": "The {side} order was canceled: nothing could be filled.",
    "canceled": "Canceled.",
    "canceled_all": "Canceled {count} orders.",
    "faucet": "Demonstration money has been added.",
    "session_over": "You are signed out. Sign in again to go on.",
    "failed": "Something went wrong on our side. Nothing more was done; check your orders.",
    "unavailable": "No answer from the exchange. Check your open orders before you try again.",
    "too_fast": "Too many requests. Try again in {seconds} s.",
    "refused": "The exchange refused this request: {message}",
}

ACCOUNT = {
    "signin_heading": "Sign in",
    "signin_title": "Sign in · Rialto",
    "signin_other": "New here?",
    "signup_heading": "Create an account",
    "signup_title": "Create an account · Rialto",
    "signup_other": "You have one already?",
    "email": "Email",
    "password": "Password",
    "password_hint": "Long beats complicated: a few words that you will remember.",
    "email_missing": "Enter your email address.",
    "password_missing": "Enter your password.",
    "working": "One moment …",
    "check_mail": "Check your mail: we have sent you a link.",
    "offline": "The exchange cannot be reached. Try again in a moment.",
    "safe": "Check that the address in your browser is the one of your exchange.",
}
SIGN_IN = ACCOUNT | {"submit": "Continue"}
SIGN_UP = ACCOUNT | {"submit": "Create account"}

LOST = {
    "title": "Not found · Rialto",
    "heading": "There is no page here.",
    "way_out": "Go to the markets",
    "opening": "Opening the terminal …",
}
