"""The table of IAM Access Analyzer: the analyzers of a region. Source: the Access Analyzer API reference."""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.model import Shows

service = Service("access-analyzer", event_source="access-analyzer.amazonaws.com", client="accessanalyzer")

_KEPT = ("arn", "name", "type", "status", "statusReason")


def by_arn(analyzers: Any) -> list[dict[str, Any]]:
    """The analyzers in the order of their ARNs, without what they looked at last."""
    kept = [{key: each[key] for key in _KEPT if key in each} for each in analyzers]
    return sorted(kept, key=lambda each: str(each["arn"]))


# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::AccessAnalyzer::RegionSettings",
    arn="arn:{partition}:access-analyzer:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "analyzers",
    "ListAnalyzers",
    value="analyzers",
    shape=by_arn,
    changed_by=[
        "CreateAnalyzer",
        "CreateServiceLinkedAnalyzer",
        "DeleteAnalyzer",
        "DeleteServiceLinkedAnalyzer",
        "UpdateAnalyzer",
    ],
    root=True,
)
# A new analyzer is CREATING for a moment, and no event tells when it is ACTIVE.
region_settings.takes(180, "CreateAnalyzer", "CreateServiceLinkedAnalyzer")
region_settings.shows("analyzers", {"requestParameters.analyzerName": "[].name"}, "CreateAnalyzer")
region_settings.shows(
    "analyzers", {"requestParameters.analyzerName": "[].name"}, "DeleteAnalyzer", as_=Shows.LACKS
)

service.ignores(
    "findings, previews and policies that are made or checked are no configuration",
    "ApplyArchiveRule",
    "CancelPolicyGeneration",
    "CreateAccessPreview",
    "GenerateFindingRecommendation",
    "StartPolicyGeneration",
    "StartResourceScan",
    "UpdateFindings",
)
service.ignores(
    "archive rules and tags are read by no policy",
    "CreateArchiveRule",
    "DeleteArchiveRule",
    "TagResource",
    "UntagResource",
    "UpdateArchiveRule",
)
