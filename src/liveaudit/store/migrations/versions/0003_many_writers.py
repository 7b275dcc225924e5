"""many writers: the order of readings from a sequence; when quarantined messages were sent; indexes of what is asked"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("read_order")))
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent", sa.Double(), nullable=True))
        batch_op.drop_index("ix_quarantine_reason")
        batch_op.create_index("ix_quarantine_reason_id", ["reason", "id"])
    with op.batch_alter_table("resources", schema=None) as batch_op:
        batch_op.drop_index("ix_resources_type_state")
        batch_op.create_index("ix_resources_account_type_state", ["account", "type", "state"])
        batch_op.create_index("ix_resources_rid", ["rid"], postgresql_using="hash")
        batch_op.create_index("ix_resources_arn", ["arn"], postgresql_using="hash")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("resources", schema=None) as batch_op:
        for name in ("arn", "rid", "account_type_state"):
            batch_op.drop_index(f"ix_resources_{name}")
        batch_op.create_index("ix_resources_type_state", ["type", "state"])
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_index("ix_quarantine_reason_id")
        batch_op.create_index("ix_quarantine_reason", ["reason"])
        batch_op.drop_column("sent")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.DropSequence(sa.Sequence("read_order")))
