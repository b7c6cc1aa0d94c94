"""Every kind of order, the rules of markets and of the whole exchange, fee tiers and volumes, trades of auctions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

AMOUNT = sa.Numeric(38, 0).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Add what the engine knows of orders, markets, accounts and itself since rules version 2."""
    for column in (
        sa.Column("stop_ticks", AMOUNT, nullable=True),
        sa.Column("trailing_ticks", AMOUNT, nullable=True),
        sa.Column("trailing_rate", sa.BigInteger(), nullable=True),
        sa.Column("peak_ticks", AMOUNT, nullable=True),
        sa.Column("visible_lots", AMOUNT, nullable=True),
        sa.Column("slice_lots", AMOUNT, nullable=True),
        sa.Column("expire_at", sa.BigInteger(), nullable=True),
        sa.Column("triggered_at", sa.BigInteger(), nullable=True),
        sa.Column("linked_order", sa.BigInteger(), nullable=True),
    ):
        op.add_column("orders", column)
    for column in (
        sa.Column("band_rate", sa.BigInteger(), nullable=True),
        sa.Column("breaker_rate", sa.BigInteger(), nullable=True),
        sa.Column("breaker_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("breaker_pause_s", sa.Integer(), nullable=True),
        sa.Column("auction_ends_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("markets", column)
    for column in (
        sa.Column("house", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("cancels_at", sa.BigInteger(), nullable=True),
        sa.Column("frozen", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("accounts", column)
    with op.batch_alter_table("trades") as trades:
        trades.alter_column("taker_side", existing_type=sa.Text(), nullable=True)
    op.create_table(
        "rules",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("halted", sa.Boolean(), nullable=False),
        sa.Column("halt_reason", sa.Text(), nullable=True),
        sa.Column("volume_asset", sa.Text(), nullable=True),
        sa.Column("tiers", sa.Text(), nullable=False),
        sa.Column("tiers_due_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
    )
    op.create_table(
        "tapes",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("last_ticks", AMOUNT, nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("market", name="pk_tapes"),
    )
    op.create_table(
        "account_volumes",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.PrimaryKeyConstraint("account", "day", name="pk_account_volumes"),
        sqlite_with_rowid=False,
    )
