"""The table of AWS CodeBuild: what exists, how it is read, which events change it.

Sources: the API reference, and the user guide's "Logging AWS CodeBuild API calls with AWS CloudTrail".
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.codebuild import shapes

service = Service("codebuild", event_source="codebuild.amazonaws.com")

project = service.resource_type(
    "AWS::CodeBuild::Project",
    arn="arn:{partition}:codebuild:{region}:{account}:project/{id}",
    named_by=[
        "requestParameters.projectName",
        "requestParameters.projectArn",
        "requestParameters.name",
    ],
)
_NAMES = {"names": "{ids}"}
_ITSELF: dict[str, Any] = {"items": "projects", "item_id": "name", "many": 100}
_WEBHOOK_EVENTS = ("CreateWebhook", "UpdateWebhook", "DeleteWebhook")

project.created_by("CreateProject")
project.deleted_by("DeleteProject")
project.listing("ListProjects", items="projects[].{Name: @}", item_id="Name")
project.section(
    "project",
    "BatchGetProjects",
    _NAMES,
    **_ITSELF,
    shape=shapes.project,
    changed_by=["UpdateProject", "UpdateProjectVisibility", *_WEBHOOK_EVENTS],
    root=True,
)
project.beside_root(
    "tags", value="tags || `[]`", shape=keeping(leaves("key", "value")), changed_by="UpdateProject"
)
project.section(
    "variables",
    "BatchGetProjects",
    _NAMES,
    **_ITSELF,
    value="environment.environmentVariables",
    shape=shapes.plain_variables,
    changed_by="UpdateProject",
)
project.section(
    "sources",
    "BatchGetProjects",
    _NAMES,
    **_ITSELF,
    value="[source, secondarySources[]][] | [?@ != `null`]",
    shape=shapes.sources,
    changed_by="UpdateProject",
)
project.section(
    "policy_document",
    "GetResourcePolicy",
    {"resourceArn": "{arn}"},
    value="policy",
    absent="ResourceNotFoundException",
)

report_group = service.resource_type(
    "AWS::CodeBuild::ReportGroup",
    arn="arn:{partition}:codebuild:{region}:{account}:report-group/{id}",
    named_by=["responseElements.reportGroup.arn", "requestParameters.arn"],
)
report_group.created_by("CreateReportGroup")
report_group.deleted_by("DeleteReportGroup")
report_group.listing("ListReportGroups", items="reportGroups[].{Arn: @}", item_id="Arn")
report_group.section(
    "report_group",
    "BatchGetReportGroups",
    {"reportGroupArns": ["{arn}"]},
    items="reportGroups[?status != 'DELETING']",
    item_id="name",
    omit=["tags", "lastModified"],
    changed_by="UpdateReportGroup",
    root=True,
)
report_group.beside_root(
    "tags", value="tags || `[]`", shape=keeping(leaves("key", "value")), changed_by="UpdateReportGroup"
)
report_group.section(
    "policy_document",
    "GetResourcePolicy",
    {"resourceArn": "{arn}"},
    value="policy",
    absent="ResourceNotFoundException",
)
for _type in (project, report_group):
    for _event in ("PutResourcePolicy", "DeleteResourcePolicy"):
        _type.event(_event, "policy_document", named_by="requestParameters.resourceArn")

service.ignores(
    "runs builds and looks into them; what they are made from is audited",
    "BatchDeleteBuilds",
    "DeleteBuildBatch",
    "InvalidateProjectCache",
    "RetryBuild",
    "RetryBuildBatch",
    "StartBuild",
    "StartBuildBatch",
    "StartCommandExecution",
    "StartSandbox",
    "StartSandboxConnection",
    "StopBuild",
    "StopBuildBatch",
    "StopSandbox",
    noise=True,
)
service.ignores(
    "no policy reads fleets, reports, or the credentials that sources are fetched with",
    "CreateFleet",
    "DeleteFleet",
    "DeleteReport",
    "DeleteSourceCredentials",
    "ImportSourceCredentials",
    "UpdateFleet",
)
