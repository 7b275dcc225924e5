"""settling, pace, gaps"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _added() -> dict[str, list[sa.Column[object]]]:
    return {
        "resources": [
            sa.Column("event_at", sa.Double(), nullable=True),
            sa.Column("streak", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("audited_at", sa.Double(), nullable=True),
        ],
        "sections": [
            sa.Column("read_end", sa.Double(), nullable=True),
            sa.Column("event_at", sa.Double(), nullable=True),
        ],
        "verdicts": [sa.Column("unsettled", sa.Text(), nullable=False, server_default="")],
        "due": [sa.Column("looking", sa.Integer(), nullable=False, server_default="0")],
        "due_causes": [
            sa.Column("outlook", sa.Text(), nullable=True),
            sa.Column("not_before", sa.Double(), nullable=False, server_default="0"),
            sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        ],
    }


def upgrade() -> None:
    """Apply."""
    for table, columns in _added().items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.add_column(column)
    op.create_table(
        "gaps",
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.Double(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name=op.f("pk_gaps")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("gaps")
    for table, columns in _added().items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column.name)
