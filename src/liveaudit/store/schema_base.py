"""What all tables share: the metadata, how names are made, the key of a resource."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""The type of keys that the database gives."""


def resource_key(name: str = "resource_id", *, primary: bool = False) -> Column[int]:
    """A column that names a resource; its row goes with the resource."""
    return Column(
        name, NUMBER, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=primary, nullable=False
    )
