"""The one door to the texts: every part of the app takes its section from here.

The texts themselves are in `frontend/locales`: a new one gets a key in each language, `section.name`, and is then
`SECTION["name"]` here. Keys that end in numbers, `section.name.1`, make a list.
"""

from frontend.catalogue import section

TITLE = "Rialto"

ABOUT = section("about")
ACCOUNT = section("account")
AMEND = section("amend")
BOOK = section("book")
CHART = section("chart")
CONNECTION = section("connection")
DOCK = section("dock")
LOST = section("lost")
LAPSE = section("lapse")
MARKETS = section("markets")
NAVIGATION = section("navigation")
NOTICE = section("notice")
ORDER_LABEL = section("order_label")
OPERATOR = section("operator")
ORDER_REASONS = section("order_reasons")
ORDER_TYPES = section("order_types")
PREVENTIONS = section("preventions")
SIDES = section("sides")
STANDING = section("standing")
STALE = section("stale")
STATUS = section("status")
TAPE = section("tape")
TERMS = section("terms")
TICKER = section("ticker")
TICKET = section("ticket")
DOWN = section("down")
KEYS = section("keys")
NOTICES = section("notices")
WALLET = section("wallet")
STATUSES = section("statuses")
SETTINGS = section("settings")
ORDERS = section("orders")
LEDGER_KINDS = section("ledger_kinds")
LIQUIDITY = section("liquidity")
ORDER_STATUS = section("order_status")
LAYOUT = section("layout")
VIEWS = section("views")
RECEIPT = section("receipt")

SIGN_IN = ACCOUNT | {"submit": ACCOUNT["submit_signin"]}
SIGN_UP = ACCOUNT | {"submit": ACCOUNT["submit_signup"]}
