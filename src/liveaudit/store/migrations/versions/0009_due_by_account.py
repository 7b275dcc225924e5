"""due work by account"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account", sa.String(length=12), nullable=False, server_default=""))
    op.execute(
        "UPDATE due SET account = (SELECT account FROM resources WHERE resources.id = due.resource_id)"
    )
    op.create_index("ix_due_account_priority_not_before", "due", ["account", "priority", "not_before"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_due_account_priority_not_before", "due")
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.drop_column("account")
