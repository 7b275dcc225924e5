"""The table of RDS, DocumentDB and Neptune, put together."""

from __future__ import annotations

from liveaudit.services.rds import databases, ignored, parameter_groups, proxies, snapshots  # noqa: F401 - the table
from liveaudit.services.rds.service import service

__all__ = ["service"]
