"""The table of AWS Systems Manager: an account's own documents, and the settings of a region.

Source: the Systems Manager API reference. Of a document's text only the secrets in it are kept, by their kind.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.secrets import secrets_in_text

service = Service("ssm", event_source="ssm.amazonaws.com")


def secrets(content: Any) -> list[dict[str, Any]]:
    """The secrets in a document's text: line and kind. Raises ValueError for what is no text."""
    if not isinstance(content, str):
        raise ValueError("the document's content is no text")
    return secrets_in_text(content)


document = service.resource_type(
    "AWS::SSM::Document",
    arn="arn:{partition}:ssm:{region}:{account}:document/{id}",
    named_by="requestParameters.name",
    gone="InvalidDocument",
)
document.created_by("CreateDocument")
document.deleted_by("DeleteDocument")
document.listing(
    "ListDocuments",
    {"Filters": [{"Key": "Owner", "Values": ["Self"]}]},
    items="DocumentIdentifiers",
    item_id="Name",
)
document.section(
    "document",
    "DescribeDocument",
    {"Name": "{id}"},
    value="Document",
    changed_by=["UpdateDocument", "UpdateDocumentDefaultVersion"],
    root=True,
)
document.section(
    "permission",
    "DescribeDocumentPermission",
    {"Name": "{id}", "PermissionType": "Share"},
    value="AccountIds",
    changed_by="ModifyDocumentPermission",
)
document.section(
    "secrets",
    "GetDocument",
    {"Name": "{id}"},
    value="Content",
    shape=secrets,
    changed_by=["UpdateDocument", "UpdateDocumentDefaultVersion"],
)
document.shows("permission", {"requestParameters.accountIdsToAdd[]": "@"}, "ModifyDocumentPermission")

# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::SSM::RegionSettings",
    arn="arn:{partition}:ssm:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
for _name, _setting in (
    ("public_sharing", "/ssm/documents/console/public-sharing-permission"),
    ("automation_logging", "/ssm/automation/customer-script-log-destination"),
):
    region_settings.section(
        _name,
        "GetServiceSetting",
        {"SettingId": _setting},
        value="ServiceSetting.SettingValue",
        changed_by=["UpdateServiceSetting", "ResetServiceSetting"],
        root=_name == "public_sharing",
    )

service.ignores(
    "what instances report, and commands and sessions on them, is no configuration",
    "AssociateOpsItemRelatedItem",
    "CancelCommand",
    "CancelMaintenanceWindowExecution",
    "DeleteInventory",
    "OpenDataChannel",
    "PutComplianceItems",
    "PutInventory",
    "RegisterManagedInstance",
    "ResumeSession",
    "SendAutomationSignal",
    "SendCommand",
    "StartAccessRequest",
    "StartAssociationsOnce",
    "StartAutomationExecution",
    "StartChangeRequestExecution",
    "StartExecutionPreview",
    "StartSession",
    "StopAutomationExecution",
    "TerminateSession",
    "UpdateAssociationStatus",
    "UpdateInstanceAssociationStatus",
    "UpdateInstanceInformation",
    noise=True,
)
service.ignores(
    "parameters are read by no policy",
    "DeleteParameter",
    "DeleteParameters",
    "LabelParameterVersion",
    "PutParameter",
    "UnlabelParameterVersion",
)
service.ignores(
    "associations, patches, maintenance windows, activations, items, tags and the like are read by no policy yet",
    "AddTagsToResource",
    "CreateActivation",
    "CreateAssociation",
    "CreateAssociationBatch",
    "CreateCloudConnector",
    "CreateMaintenanceWindow",
    "CreateOpsItem",
    "CreateOpsMetadata",
    "CreatePatchBaseline",
    "CreateResourceDataSync",
    "DeleteActivation",
    "DeleteAssociation",
    "DeleteCloudConnector",
    "DeleteMaintenanceWindow",
    "DeleteOpsItem",
    "DeleteOpsMetadata",
    "DeletePatchBaseline",
    "DeleteResourceDataSync",
    "DeleteResourcePolicy",
    "DeregisterManagedInstance",
    "DeregisterPatchBaselineForPatchGroup",
    "DeregisterTargetFromMaintenanceWindow",
    "DeregisterTaskFromMaintenanceWindow",
    "DisassociateOpsItemRelatedItem",
    "PutResourcePolicy",
    "RegisterDefaultPatchBaseline",
    "RegisterPatchBaselineForPatchGroup",
    "RegisterTargetWithMaintenanceWindow",
    "RegisterTaskWithMaintenanceWindow",
    "RemoveTagsFromResource",
    "UpdateAssociation",
    "UpdateCloudConnector",
    "UpdateDocumentMetadata",
    "UpdateMaintenanceWindow",
    "UpdateMaintenanceWindowTarget",
    "UpdateMaintenanceWindowTask",
    "UpdateManagedInstanceRole",
    "UpdateOpsItem",
    "UpdateOpsMetadata",
    "UpdatePatchBaseline",
    "UpdateResourceDataSync",
)
service.spells(
    "OpenDataChannel",
    "RegisterManagedInstance",
    "UpdateInstanceAssociationStatus",
    "UpdateInstanceInformation",
)
