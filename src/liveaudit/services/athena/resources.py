"""The table of Amazon Athena: what exists, how it is read, which events change it.

Sources: the Athena API reference and the user guide's "Log Amazon Athena API calls with AWS CloudTrail".
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves

service = Service("athena", event_source="athena.amazonaws.com")

work_group = service.resource_type(
    "AWS::Athena::WorkGroup",
    arn="arn:{partition}:athena:{region}:{account}:workgroup/{id}",
    named_by=["requestParameters.workGroup", "requestParameters.name"],
    # All that Athena says of a workgroup that is not there.
    gone="InvalidRequestException",
)
work_group.created_by("CreateWorkGroup")
work_group.deleted_by("DeleteWorkGroup")
work_group.listing("ListWorkGroups", items="WorkGroups", item_id="Name")
work_group.section(
    "work_group",
    "GetWorkGroup",
    {"WorkGroup": "{id}"},
    value="WorkGroup",
    # With the engine's version left to Athena, Athena raises it.
    silent=["EffectiveEngineVersion"],
    changed_by="UpdateWorkGroup",
    root=True,
)
work_group.section(
    "tags",
    "ListTagsForResource",
    {"ResourceARN": "{arn}"},
    value="Tags",
    shape=keeping(leaves("Key", "Value")),
)
for _event in ("TagResource", "UntagResource"):
    work_group.event(_event, "tags", named_by="requestParameters.resourceARN")

_QUERIES = """
    StartQueryExecution StopQueryExecution StartCalculationExecution StopCalculationExecution StartSession
    TerminateSession
"""
_OTHERS = """
    CancelCapacityReservation CreateCapacityReservation CreateDataCatalog CreateNamedQuery CreateNotebook
    CreatePreparedStatement CreatePresignedNotebookUrl DeleteCapacityReservation DeleteDataCatalog DeleteNamedQuery
    DeleteNotebook DeletePreparedStatement ExportNotebook ImportNotebook PutCapacityAssignmentConfiguration
    UpdateCapacityReservation UpdateDataCatalog UpdateNamedQuery UpdateNotebook UpdateNotebookMetadata
    UpdatePreparedStatement
"""
service.ignores("queries and sessions run", *_QUERIES.split(), noise=True)
service.ignores("catalogs, notebooks, stored queries and capacity are not covered", *_OTHERS.split())
service.ignores_unnamed("tags of catalogs are not covered", "TagResource", "UntagResource")
