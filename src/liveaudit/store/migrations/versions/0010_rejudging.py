"""policies that are judged anew"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "judged_policies",
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("policy", sa.String(length=160), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("type", "policy", name=op.f("pk_judged_policies")),
    )
    op.create_table(
        "rejudgings",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejudgings")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("rejudgings")
    op.drop_table("judged_policies")
