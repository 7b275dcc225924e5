"""sweeps, misses, recall"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "sweeps",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=True),
        sa.Column("listed_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("missed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("unknown", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("left", sa.Text(), nullable=True),
        sa.Column("failed", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("first", sa.Text(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("account", "region", "service", name=op.f("pk_sweeps")),
    )
    op.create_index(op.f("ix_sweeps_ended_at"), "sweeps", ["ended_at"])
    op.create_table(
        "sweep_accounts",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("watched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_sweep_accounts")),
    )
    op.create_table(
        "misses",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("resource_id", key, nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("section", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("known_at", sa.Double(), nullable=False),
        sa.Column("found_at", sa.Double(), nullable=False),
        sa.Column("counted_at", sa.Double(), nullable=False),
        sa.Column("sweep", sa.String(length=160), nullable=False),
        sa.Column("late_at", sa.Double(), nullable=True),
        sa.Column("event", sa.String(length=128), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_misses_resource_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misses")),
    )
    op.create_index(op.f("ix_misses_resource_id_late_at"), "misses", ["resource_id", "late_at"])
    op.create_index(op.f("ix_misses_counted_at"), "misses", ["counted_at"])
    op.create_index(op.f("ix_misses_sweep"), "misses", ["sweep"])
    op.create_table(
        "recall",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("brought", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("missed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("late", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("day", "account", "service", "part", name=op.f("pk_recall")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("recall")
    op.drop_table("misses")
    op.drop_table("sweep_accounts")
    op.drop_table("sweeps")
