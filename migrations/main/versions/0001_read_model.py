"""The read model, users and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

AMOUNT = sa.Numeric(38, 0).with_variant(sa.Text(), "sqlite")
TURNOVER = sa.Numeric(60, 0).with_variant(sa.Text(), "sqlite")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_OPEN = sa.text("status IN ('UNTRIGGERED', 'OPEN', 'PARTIALLY_FILLED')")
IS_MAIN = sa.text("main")


def upgrade() -> None:
    """Create every table, and the single rows of an exchange that has not begun."""
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_accounts"),
    )
    op.create_table(
        "assets",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("decimals", sa.SmallInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_assets"),
    )
    op.create_table(
        "balances",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("available", AMOUNT, nullable=False),
        sa.Column("held", AMOUNT, nullable=False),
        sa.PrimaryKeyConstraint("account", "asset", name="pk_balances"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "candles",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("open", AMOUNT, nullable=False),
        sa.Column("high", AMOUNT, nullable=False),
        sa.Column("low", AMOUNT, nullable=False),
        sa.Column("close", AMOUNT, nullable=False),
        sa.Column("lots", TURNOVER, nullable=False),
        sa.Column("value", TURNOVER, nullable=False),
        sa.Column("trades", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market", "interval", "start", name="pk_candles"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.BigInteger(), nullable=False),
        sa.Column("next_order_id", sa.BigInteger(), nullable=False),
        sa.Column("next_trade_id", sa.BigInteger(), nullable=False),
        sa.Column("next_place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_checkpoint"),
    )
    op.create_table(
        "command_keys",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "kind", "key", name="pk_command_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_command_keys_used_at_sequence_index", "command_keys", ["used_at", "sequence", "index"])
    op.create_table(
        "fills",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("trade", sa.BigInteger(), nullable=False),
        sa.Column("order", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("price_ticks", AMOUNT, nullable=False),
        sa.Column("lots", AMOUNT, nullable=False),
        sa.Column("value", AMOUNT, nullable=False),
        sa.Column("fee", AMOUNT, nullable=False),
        sa.Column("fee_asset", sa.Text(), nullable=False),
        sa.Column("liquidity", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fills"),
    )
    op.create_index("ix_fills_account_id", "fills", ["account", "id"])
    op.create_index("ix_fills_account_market_id", "fills", ["account", "market", "id"])
    op.create_index("ix_fills_order_id", "fills", ["order", "id"])
    op.create_table(
        "ledger_entries",
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("balance_after", AMOUNT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", "index", name="pk_ledger_entries"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ledger_entries_account_asset_sequence_index", "ledger_entries", ["account", "asset", "sequence", "index"]
    )
    op.create_index("ix_ledger_entries_account_sequence_index", "ledger_entries", ["account", "sequence", "index"])
    op.create_index("ix_ledger_entries_time_sequence", "ledger_entries", ["time", "sequence"])
    op.create_table(
        "markets",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("tick_points", AMOUNT, nullable=False),
        sa.Column("tick_decimals", sa.SmallInteger(), nullable=False),
        sa.Column("lot_units", AMOUNT, nullable=False),
        sa.Column("value_units", AMOUNT, nullable=False),
        sa.Column("minimum_notional", AMOUNT, nullable=False),
        sa.Column("maximum_lots", AMOUNT, nullable=True),
        sa.Column("open_orders_per_account", sa.BigInteger(), nullable=False),
        sa.Column("maker_rate", sa.BigInteger(), nullable=False),
        sa.Column("taker_rate", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("symbol", name="pk_markets"),
    )
    op.create_table(
        "orders",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=True),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time_in_force", sa.Text(), nullable=False),
        sa.Column("post_only", sa.Boolean(), nullable=False),
        sa.Column("self_trade_prevention", sa.Text(), nullable=False),
        sa.Column("price_ticks", AMOUNT, nullable=True),
        sa.Column("quantity_lots", AMOUNT, nullable=True),
        sa.Column("quote_amount", AMOUNT, nullable=True),
        sa.Column("filled_lots", AMOUNT, nullable=False),
        sa.Column("filled_quote", AMOUNT, nullable=False),
        sa.Column("held", AMOUNT, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    op.create_index("ix_orders_account_id", "orders", ["account", "id"])
    op.create_index("ix_orders_account_market_id", "orders", ["account", "market", "id"])
    op.create_index("ix_orders_account_status_id", "orders", ["account", "status", "id"])
    op.create_index("ix_orders_created_at_id", "orders", ["created_at", "id"])
    op.create_index("ix_orders_open", "orders", ["place"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    op.create_table(
        "trades",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("price_ticks", AMOUNT, nullable=False),
        sa.Column("lots", AMOUNT, nullable=False),
        sa.Column("value", AMOUNT, nullable=False),
        sa.Column("taker_side", sa.Text(), nullable=False),
        sa.Column("maker_order", sa.BigInteger(), nullable=False),
        sa.Column("taker_order", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trades"),
    )
    op.create_index("ix_trades_market_id", "trades", ["market", "id"])
    op.create_index("ix_trades_time_id", "trades", ["time", "id"])
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "writer_epoch",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_writer_epoch"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "user_accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_accounts_user_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_user_accounts"),
    )
    op.create_index("ix_user_accounts_user_id", "user_accounts", ["user_id"])
    op.create_index(
        "uq_user_accounts_main",
        "user_accounts",
        ["user_id"],
        unique=True,
        sqlite_where=IS_MAIN,
        postgresql_where=IS_MAIN,
    )
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_roles_user_id"),
        sa.PrimaryKeyConstraint("user_id", "role", name="pk_user_roles"),
    )
    op.execute("INSERT INTO writer_epoch (id, epoch) VALUES (1, 0)")
    op.execute(
        "INSERT INTO checkpoint"
        " (id, sequence, time, epoch, fingerprint, rules_version, next_order_id, next_trade_id, next_place)"
        " VALUES (1, 0, 0, 0, '', 0, 1, 1, 1)"
    )
