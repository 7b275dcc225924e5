"""history of configuration"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "section_changes",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("resource_id", _KEY, nullable=False),
        sa.Column("section", sa.String(length=64), nullable=False),
        sa.Column("before_state", sa.String(length=8), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("before_read_at", sa.Double()),
        sa.Column("after_state", sa.String(length=8), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=False),
        sa.Column("read_order", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.Double(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"],
            ["resources.id"],
            name=op.f("fk_section_changes_resource_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_changes")),
    )
    op.create_index(
        op.f("ix_section_changes_resource_id_section_id"),
        "section_changes",
        ["resource_id", "section", "id"],
    )
    op.create_index(op.f("ix_section_changes_stored_at"), "section_changes", ["stored_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("section_changes")
