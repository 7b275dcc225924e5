"""The service that the tables of IAM are rows of."""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("iam", event_source="iam.amazonaws.com")
