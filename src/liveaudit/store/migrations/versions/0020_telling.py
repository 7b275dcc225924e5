"""the outbox: what is to be told to whom, messages on their way, how channels fare, the console's routes"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "outbox_place",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("move", _NUMBER, nullable=False),
        sa.Column("overdue_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_outbox_place"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("move", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("bundle", sa.String(length=64), nullable=False),
        sa.Column("wait", sa.Double(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("delivery", sa.String(length=36)),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name="fk_outbox_finding_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_channel_delivery_bundle", "outbox", ["channel", "delivery", "bundle"])
    op.create_index("ix_outbox_finding_id", "outbox", ["finding_id"])
    op.create_index("ix_outbox_delivery", "outbox", ["delivery"])
    op.create_table(
        "deliveries",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("receipt", sa.String(length=200), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("number", name="pk_deliveries"),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
    )
    op.create_index("ix_deliveries_channel_state_number", "deliveries", ["channel", "state", "number"])
    op.create_index("ix_deliveries_channel_made_at", "deliveries", ["channel", "made_at"])
    op.create_index("ix_deliveries_state_ended_at", "deliveries", ["state", "ended_at"])
    op.create_table(
        "channel_states",
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("lease_owner", sa.String(length=200)),
        sa.Column("lease_until", sa.Double(), nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failing_since", sa.Double()),
        sa.Column("paused_until", sa.Double(), nullable=False, server_default="0"),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("sent", _NUMBER, nullable=False, server_default="0"),
        sa.Column("last_sent_at", sa.Double()),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_states"),
    )
    op.create_table(
        "console_routes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_routes"),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("console_routes", "channel_states", "deliveries", "outbox", "outbox_place"):
        op.drop_table(name)
