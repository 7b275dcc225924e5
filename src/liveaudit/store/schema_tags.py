"""The table of tags: what the sections of resources say of them, to find resources by."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from liveaudit.store.schema_base import metadata, resource_key

LONGEST_KEY, LONGEST_VALUE = 128, 256
"""Characters. Source: AWS General Reference, "Tag naming limits and requirements"."""

resource_tags = Table(
    "resource_tags",
    metadata,
    resource_key(primary=True),
    Column("section", String(64), primary_key=True),
    Column("key", String(LONGEST_KEY), primary_key=True),
    Column("value", String(LONGEST_VALUE), nullable=False),
    Index(None, "key", "value"),
)
