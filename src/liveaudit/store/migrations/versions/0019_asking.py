"""what is asked of others: questions that wait, and how the asking goes"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "questions",
        sa.Column("resource_id", number, nullable=False),
        sa.Column("policy", sa.String(length=160), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64)),
        sa.Column("lease_until", sa.Double()),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_questions_resource_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resource_id", "policy", name=op.f("pk_questions")),
    )
    op.create_index(op.f("ix_questions_policy_not_before"), "questions", ["policy", "not_before"])
    op.create_table(
        "asked",
        sa.Column("policy", sa.String(length=160), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("answered_at", sa.Double()),
        sa.Column("failed_at", sa.Double()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("in_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unanswered", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("policy", name=op.f("pk_asked")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("asked")
    op.drop_table("questions")
