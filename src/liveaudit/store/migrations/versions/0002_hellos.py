"""hellos"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "hellos",
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("round", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.Double(), nullable=False),
        sa.Column("bus_at", sa.Double(), nullable=True),
        sa.Column("queued_at", sa.Double(), nullable=True),
        sa.Column("received_at", sa.Double(), nullable=True),
        sa.Column("stored_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_hellos")),
    )
    with op.batch_alter_table("hellos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hellos_round"), ["round"], unique=False)
        batch_op.create_index(batch_op.f("ix_hellos_sent_at"), ["sent_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("hellos")
