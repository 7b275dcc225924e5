"""settings of policies and exemptions; verdicts that open no findings; rejudging of some resources only"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STANDING = sa.text("withdrawn_at IS NULL OR applied <> ''")
_STAGED = sa.text("staged = 1")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "policy_settings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_settings"),
    )
    op.create_table(
        "exemptions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.Double()),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("withdrawn_at", sa.Double()),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("applied", sa.String(length=64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_exemptions"),
    )
    op.create_index(
        "ix_exemptions_standing",
        "exemptions",
        ["ends_at"],
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.add_column("verdicts", sa.Column("staged", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_verdicts_staged",
        "verdicts",
        ["policy", "outcome"],
        sqlite_where=_STAGED,
        postgresql_where=_STAGED,
    )
    op.add_column("rejudgings", sa.Column("narrowed", sa.Text()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("rejudgings", "narrowed")
    op.drop_index("ix_verdicts_staged", "verdicts")
    op.drop_column("verdicts", "staged")
    op.drop_index("ix_exemptions_standing", "exemptions")
    op.drop_table("exemptions")
    op.drop_table("policy_settings")
