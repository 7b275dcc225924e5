"""tags of resources, to find them by"""

import sqlalchemy as sa
from alembic import op

from liveaudit.store import resource_tags

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BATCH = 1000


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "resource_tags",
        sa.Column("resource_id", number, nullable=False),
        sa.Column("section", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_resource_tags_resource_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resource_id", "section", "key", name=op.f("pk_resource_tags")),
    )
    op.create_index(op.f("ix_resource_tags_key_value"), "resource_tags", ["key", "value"])
    _of_what_is_stored()


def _of_what_is_stored() -> None:
    bind, last = op.get_bind(), 0
    newest = bind.execute(sa.text("SELECT max(resource_id) FROM sections")).scalar() or 0
    query = sa.text(
        "SELECT resource_id, section, value FROM sections WHERE resource_id > :last AND resource_id <= :upto "
        "AND state = 'value' AND (value LIKE '%tag%' OR value LIKE '%Tag%' OR section LIKE 'tag%')"
    )
    while last < newest:
        rows = bind.execute(query, {"last": last, "upto": last + _BATCH})
        told = [
            (each.resource_id, each.section, resource_tags.tags_in(each.section, each.value)) for each in rows
        ]
        resource_tags.add(bind, told)
        last += _BATCH


def downgrade() -> None:
    """Undo."""
    op.drop_table("resource_tags")
