"""Every table of the exchange: the read model with users and sessions, and the journal."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    false,
    text,
)

from backend.persistence.amounts import TURNOVER_DIGITS, Amount

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

main = MetaData(naming_convention=NAMING)
"""The read model, users and sessions."""

journal_log = MetaData(naming_convention=NAMING)
"""The journal: on SQLite a file of its own."""

ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""A key of one number: spelt so that SQLite keeps the rows themselves in its order."""

IS_OPEN = text("status IN ('UNTRIGGERED', 'OPEN', 'PARTIALLY_FILLED')")
"""The open orders; written out, so that both databases see that their index serves a query with the same words."""

# ------------------------------------------------------------------------------------ the read model

assets = Table(
    "assets",
    main,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("decimals", SmallInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

markets = Table(
    "markets",
    main,
    Column("symbol", Text, primary_key=True),
    Column("base", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("tick_points", Amount, nullable=False),
    Column("tick_decimals", SmallInteger, nullable=False),
    Column("lot_units", Amount, nullable=False),
    Column("value_units", Amount, nullable=False),
    Column("minimum_notional", Amount, nullable=False),
    Column("maximum_lots", Amount),
    Column("open_orders_per_account", BigInteger, nullable=False),
    Column("maker_rate", BigInteger, nullable=False),
    Column("taker_rate", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("band_rate", BigInteger),
    Column("breaker_rate", BigInteger),
    Column("breaker_minutes", SmallInteger),
    Column("breaker_pause_s", Integer),
    Column("auction_ends_at", BigInteger),
    Column("sequence", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    main,
    Column("account", Text, primary_key=True),
    Column("house", Boolean, nullable=False, server_default=false()),
    Column("tier", Text),
    Column("cancels_at", BigInteger),
    Column("frozen", Boolean, nullable=False, server_default=false()),
    Column("sequence", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
)

rules = Table(
    "rules",
    main,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("halted", Boolean, nullable=False),
    Column("halt_reason", Text),
    Column("volume_asset", Text),
    Column("tiers", Text, nullable=False),
    Column("tiers_due_at", BigInteger),
)
"""One row, as soon as a rule of the whole exchange was changed; the fee tiers are JSON with whole numbers."""

tapes = Table(
    "tapes",
    main,
    Column("market", Text, primary_key=True),
    Column("last_ticks", Amount, nullable=False),
    Column("minutes", Text, nullable=False),
)
"""What the trades of each market leave behind; the minutes are JSON with whole numbers of any size."""

account_volumes = Table(
    "account_volumes",
    main,
    Column("account", Text, nullable=False),
    Column("day", Integer, nullable=False),
    Column("amount", Amount, nullable=False),
    PrimaryKeyConstraint("account", "day"),
    sqlite_with_rowid=False,
)
"""What an account traded on a day that counts for its fee tier; forgotten days have no row."""

balances = Table(
    "balances",
    main,
    Column("account", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("available", Amount, nullable=False),
    Column("held", Amount, nullable=False),
    PrimaryKeyConstraint("account", "asset"),
    sqlite_with_rowid=False,
)

orders = Table(
    "orders",
    main,
    Column("id", ROW_ID, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("client_order_id", Text),
    Column("market", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("time_in_force", Text, nullable=False),
    Column("post_only", Boolean, nullable=False),
    Column("self_trade_prevention", Text, nullable=False),
    Column("price_ticks", Amount),
    Column("quantity_lots", Amount),
    Column("quote_amount", Amount),
    Column("filled_lots", Amount, nullable=False),
    Column("filled_quote", Amount, nullable=False),
    Column("held", Amount, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("stop_ticks", Amount),
    Column("trailing_ticks", Amount),
    Column("trailing_rate", BigInteger),
    Column("peak_ticks", Amount),
    Column("visible_lots", Amount),
    Column("slice_lots", Amount),
    Column("expire_at", BigInteger),
    Column("triggered_at", BigInteger),
    Column("linked_order", BigInteger),
    Index(None, "account", "id"),
    Index(None, "account", "market", "id"),
    Index(None, "account", "status", "id"),
    Index(None, "created_at", "id"),
    Index("ix_orders_open", "place", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
)

trades = Table(
    "trades",
    main,
    Column("id", ROW_ID, primary_key=True, autoincrement=False),
    Column("market", Text, nullable=False),
    Column("price_ticks", Amount, nullable=False),
    Column("lots", Amount, nullable=False),
    Column("value", Amount, nullable=False),
    Column("taker_side", Text),
    Column("maker_order", BigInteger, nullable=False),
    Column("taker_order", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Index(None, "market", "id"),
    Index(None, "time", "id"),
)

fills = Table(
    "fills",
    main,
    Column("id", ROW_ID, primary_key=True, autoincrement=False),
    Column("trade", BigInteger, nullable=False),
    Column("order", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("market", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("price_ticks", Amount, nullable=False),
    Column("lots", Amount, nullable=False),
    Column("value", Amount, nullable=False),
    Column("fee", Amount, nullable=False),
    Column("fee_asset", Text, nullable=False),
    Column("liquidity", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Index(None, "account", "id"),
    Index(None, "account", "market", "id"),
    Index(None, "order", "id"),
)

ledger_entries = Table(
    "ledger_entries",
    main,
    Column("sequence", BigInteger, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("amount", Amount, nullable=False),
    Column("balance_after", Amount, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    PrimaryKeyConstraint("sequence", "index"),
    Index(None, "account", "sequence", "index"),
    Index(None, "account", "asset", "sequence", "index"),
    Index(None, "time", "sequence"),
    sqlite_with_rowid=False,
)

command_keys = Table(
    "command_keys",
    main,
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("index", BigInteger, nullable=False),
    PrimaryKeyConstraint("account", "kind", "key"),
    Index(None, "used_at", "sequence", "index"),
    sqlite_with_rowid=False,
)

candles = Table(
    "candles",
    main,
    Column("market", Text, nullable=False),
    Column("interval", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("open", Amount, nullable=False),
    Column("high", Amount, nullable=False),
    Column("low", Amount, nullable=False),
    Column("close", Amount, nullable=False),
    Column("lots", Amount(TURNOVER_DIGITS), nullable=False),
    Column("value", Amount(TURNOVER_DIGITS), nullable=False),
    Column("trades", BigInteger, nullable=False),
    PrimaryKeyConstraint("market", "interval", "start"),
    sqlite_with_rowid=False,
)

checkpoint = Table(
    "checkpoint",
    main,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("rules_version", BigInteger, nullable=False),
    Column("next_order_id", BigInteger, nullable=False),
    Column("next_trade_id", BigInteger, nullable=False),
    Column("next_place", BigInteger, nullable=False),
)
"""One row: up to where the read model is written, and the engine's counters there."""

writer_epoch = Table(
    "writer_epoch",
    main,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
)
"""One row: who may write the read model."""

# -------------------------------------------------------------------------------- users and sessions

users = Table(
    "users",
    main,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("email_verified", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

user_accounts = Table(
    "user_accounts",
    main,
    Column("account_id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("main", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("uq_user_accounts_main", "user_id", unique=True, sqlite_where=text("main"), postgresql_where=text("main")),
)

user_roles = Table(
    "user_roles",
    main,
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("user_id", "role"),
)

sessions = Table(
    "sessions",
    main,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("revoked_at", BigInteger),
    Column("ip", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
)

audit_log = Table(
    "audit_log",
    main,
    Column("id", ROW_ID, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("outcome", Text),
    Column("sequence", BigInteger),
)
"""What operators did; triggers of the database keep every row as it is, but for an outcome that is not known yet."""

# --------------------------------------------------------------------------------------- the journal

journal = Table(
    "journal",
    journal_log,
    Column("first_sequence", ROW_ID, primary_key=True, autoincrement=False),
    Column("last_sequence", BigInteger, nullable=False, unique=True),
    Column("time", BigInteger, nullable=False),
    Column("rules_version", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("commands", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
)
"""One row for each batch; sequences follow each other without a hole."""

journal_epoch = Table(
    "journal_epoch",
    journal_log,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
)
"""One row: who may write the journal."""
