"""workers, arrivals, latencies, unknown verdicts"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("queues", sa.Text(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "arrivals",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("taken_at", sa.Double(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("this_hour", sa.BigInteger(), nullable=False),
        sa.Column("hour_before", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_arrivals")),
    )
    op.create_table(
        "latencies",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hop", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "hop", "bucket", name=op.f("pk_latencies")),
    )
    unknown = sa.text("outcome = 'UNKNOWN'")
    op.create_index(
        "ix_verdicts_unknown",
        "verdicts",
        ["resource_id"],
        sqlite_where=unknown,
        postgresql_where=unknown,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_verdicts_unknown", table_name="verdicts")
    op.drop_table("latencies")
    op.drop_table("arrivals")
    op.drop_table("workers")
