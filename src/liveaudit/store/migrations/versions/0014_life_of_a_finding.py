"""what people do to findings: decisions, owners, remarks; and where a finding is, beside it"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SEARCHED = {"owner": "owner <> ''", "actor": "actor <> ''"}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("findings") as table:
        table.drop_index("ix_findings_updated_at")
        table.drop_index("ix_findings_status_severity")
        table.drop_index("ix_findings_policy_status")
        table.add_column(sa.Column("account", sa.String(length=12), nullable=False, server_default=""))
        table.add_column(sa.Column("region", sa.String(length=32), nullable=False, server_default=""))
        table.add_column(sa.Column("type", sa.String(length=128), nullable=False, server_default=""))
        for name in ("decided_by", "owner", "actor"):
            table.add_column(sa.Column(name, sa.String(length=200), nullable=False, server_default=""))
        table.add_column(sa.Column("closed_before", sa.Double(), nullable=True))
    op.execute(
        "UPDATE findings SET account = (SELECT account FROM resources WHERE resources.id = resource_id), "
        "region = (SELECT region FROM resources WHERE resources.id = resource_id), "
        "type = (SELECT type FROM resources WHERE resources.id = resource_id)"
    )
    op.create_index(op.f("ix_findings_status_updated_at"), "findings", ["status", "updated_at"])
    op.create_index(
        op.f("ix_findings_status_severity_opened_at"), "findings", ["status", "severity", "opened_at"]
    )
    op.create_index(
        op.f("ix_findings_policy_status_updated_at"), "findings", ["policy", "status", "updated_at"]
    )
    op.create_index(
        op.f("ix_findings_account_status_updated_at"), "findings", ["account", "status", "updated_at"]
    )
    op.create_index(op.f("ix_findings_account_policy_status"), "findings", ["account", "policy", "status"])
    for name, which in _SEARCHED.items():
        op.create_index(
            f"ix_findings_{name}",
            "findings",
            [name, "status", "updated_at"],
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )
    op.create_index(
        "ix_findings_decided_by",
        "findings",
        ["decided_by"],
        sqlite_where=sa.text("decided_by <> ''"),
        postgresql_where=sa.text("decided_by <> ''"),
    )
    with op.batch_alter_table("transitions") as table:
        table.add_column(sa.Column("by", sa.String(length=200), nullable=False, server_default=""))
    op.create_table(
        "remarks",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_remarks_finding_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remarks")),
    )
    op.create_index(op.f("ix_remarks_finding_id"), "remarks", ["finding_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("remarks")
    op.drop_column("transitions", "by")
    for name in (
        "owner",
        "actor",
        "decided_by",
        "status_updated_at",
        "status_severity_opened_at",
        "policy_status_updated_at",
        "account_status_updated_at",
        "account_policy_status",
    ):
        op.drop_index(f"ix_findings_{name}", "findings")
    for name in ("account", "region", "type", "decided_by", "owner", "actor", "closed_before"):
        op.drop_column("findings", name)
    op.create_index("ix_findings_policy_status", "findings", ["policy", "status"])
    op.create_index("ix_findings_status_severity", "findings", ["status", "severity"])
    op.create_index("ix_findings_updated_at", "findings", ["updated_at"])
