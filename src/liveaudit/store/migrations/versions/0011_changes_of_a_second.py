"""which changes were made in the second of the newest one that is known of a section"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("sections") as table:
        table.add_column(sa.Column("event_ids", sa.String(length=32), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("sections") as table:
        table.drop_column("event_ids")
