"""What CloudWatch Logs tells of all log groups of a region at once: their metric filters. The groups are whole in their listing."""

from __future__ import annotations

from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.rows import Call
from liveaudit.services.logs.resources import log_group, service

service.bulks.append(
    Bulk(
        Call("logs", "DescribeMetricFilters"),
        (Part(log_group, "metricFilters", "logGroupName", {"metric_filters": "@"}, gathered=True),),
    )
)
