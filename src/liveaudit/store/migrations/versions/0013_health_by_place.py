"""latencies by account and region, looks at the queues, indexes of sweeps under way"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_UNDER_WAY = "ended_at IS NULL OR asked_at > began_at"
_NOT_LISTED = "failed <> '{}'"
_THROTTLED = "throttled_at IS NOT NULL"
_PLACE = ["account", "region", "service"]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "place_latencies",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        *(
            sa.Column(f"{part}_{number}", sa.BigInteger(), nullable=False, server_default="0")
            for part in ("now", "before")
            for number in range(9)
        ),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_place_latencies")),
    )
    op.create_table(
        "queue_looks",
        sa.Column("queue", sa.String(length=160), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("in_flight", sa.BigInteger(), nullable=False),
        sa.Column("dead_letters", sa.BigInteger(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_queue_looks")),
    )
    for name, table, columns, where in (
        ("ix_sweeps_under_way", "sweeps", _PLACE, _UNDER_WAY),
        ("ix_sweeps_not_listed", "sweeps", _PLACE, _NOT_LISTED),
        ("ix_budgets_throttled_at", "budgets", ["throttled_at"], _THROTTLED),
    ):
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_budgets_throttled_at", table_name="budgets")
    op.drop_index("ix_sweeps_not_listed", table_name="sweeps")
    op.drop_index("ix_sweeps_under_way", table_name="sweeps")
    op.drop_table("queue_looks")
    op.drop_table("place_latencies")
