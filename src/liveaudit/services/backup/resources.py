"""The table of AWS Backup: vaults, the recovery points in them, plans and what they select.

Recovery points are made on schedules, of which no call tells: the sweep finds them. Source: the API reference; AWS Backup
developer guide, "Logging AWS Backup API calls with CloudTrail".
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service

service = Service("backup", event_source="backup.amazonaws.com")

vault = service.resource_type(
    "AWS::Backup::BackupVault",
    arn="arn:{partition}:backup:{region}:{account}:backup-vault:{id}",
    named_by="requestParameters.backupVaultName",
    # DescribeBackupVault of a vault that there is none of is denied, as if it were another's: so all are listed.
)
vault.section(
    "vault",
    "ListBackupVaults",
    items="BackupVaultList",
    item_id="BackupVaultName",
    omit="NumberOfRecoveryPoints",
    silent="VaultState",
    changed_by=["PutBackupVaultLockConfiguration", "DeleteBackupVaultLockConfiguration"],
    root=True,
)
vault.section(
    "access_policy",
    "GetBackupVaultAccessPolicy",
    {"BackupVaultName": "{id}"},
    value="Policy",
    absent="ResourceNotFoundException",
    changed_by=["PutBackupVaultAccessPolicy", "DeleteBackupVaultAccessPolicy"],
)
vault.created_by("CreateBackupVault", "CreateLogicallyAirGappedBackupVault")
vault.deleted_by("DeleteBackupVault")
vault.listing("ListBackupVaults", items="BackupVaultList", item_id="BackupVaultName", provides={"vault": "@"})
vault.section("tags", "ListTags", {"ResourceArn": "{arn}"}, value="Tags")

recovery_point = service.resource_type(
    "AWS::Backup::RecoveryPoint",
    # Its ARN is the copy's own: of a snapshot, an image, a recovery point. To read it takes the vault's name as well, which
    # makes the last part of the id. The ARN is read with it.
    arn="{id}",
    named_by=[
        "{responseElements.recoveryPointArn}/{requestParameters.backupVaultName}",
        "{requestParameters.recoveryPointArn}/{requestParameters.backupVaultName}",
    ],
    gone="ResourceNotFoundException",
)
recovery_point.arn_from = "RecoveryPointArn"
_KEPT = (
    "BackupVaultName",
    "CompletionDate",
    "CreationDate",
    "EncryptionKeyArn",
    "IamRoleArn",
    "IsEncrypted",
    "IsParent",
    "Lifecycle",
    "RecoveryPointArn",
    "ResourceArn",
    "ResourceType",
    "Status",
)
"""What a list of recovery points and the description of one both tell."""


def kept(described: Any) -> dict[str, Any]:
    """Those of its fields that are told either way."""
    return {key: described[key] for key in _KEPT if described.get(key) is not None}


recovery_point.section(
    "recovery_point",
    "DescribeRecoveryPoint",
    {"BackupVaultName": "{name}", "RecoveryPointArn": "{parent}"},
    shape=kept,
    silent=["CompletionDate", "Status"],
    root=True,
)
recovery_point.created_by("StartBackupJob")
recovery_point.event("UpdateRecoveryPointLifecycle", "recovery_point")
recovery_point.deleted_by("DeleteRecoveryPoint", "DisassociateRecoveryPoint")
recovery_point.takes(900.0, "StartBackupJob")
recovery_point.listing(
    "ListBackupVaults",
    items="BackupVaultList",
    item_id="Id",
    each=Each(
        "ListRecoveryPointsByBackupVault",
        {"BackupVaultName": "{item.BackupVaultName}"},
        value="RecoveryPoints[].merge(@, {Id: join('/', [RecoveryPointArn, BackupVaultName])})",
    ),
    provides={"recovery_point": "@"},
)


def tags_told(answers: list[Any]) -> Any:
    """The tags of a recovery point. Raises ValueError where none were told."""
    if not answers:
        raise ValueError("AWS Backup tells tags of what has an ARN of its own, not of another service's copy")
    return answers[0]


# "ListTags only works for resource types that support full Backup management": API reference. The first call is the root's.
recovery_point.section(
    "tags",
    "DescribeRecoveryPoint",
    {"BackupVaultName": "{name}", "RecoveryPointArn": "{parent}"},
    value="[RecoveryPointArn][?contains(@, ':backup:')]",
    each=Each("ListTags", {"ResourceArn": "{item}"}, value="Tags || `{}`"),
    shape=tags_told,
)
# Which vault it is in no call tells of an ARN, but the store does.
recovery_point.also_known_by(
    "requestParameters.resourceArn",
    key="RecoveryPointArn",
    pattern=r"arn:[\w-]+:backup:[\w-]+:\d{12}:recovery-point:.+",
)
for _event in ("TagResource", "UntagResource"):
    recovery_point.event(_event, "tags")

plan = service.resource_type(
    "AWS::Backup::BackupPlan",
    arn="arn:{partition}:backup:{region}:{account}:backup-plan:{id}",
    named_by="requestParameters.backupPlanId",
    gone="ResourceNotFoundException",
)
# A plan that was deleted can still be got by its id; it is not listed any more.
plan.section(
    "plan",
    "ListBackupPlans",
    items="BackupPlansList",
    item_id="BackupPlanId",
    omit="LastExecutionDate",
    root=True,
)
plan.section(
    "document", "GetBackupPlan", {"BackupPlanId": "{id}"}, value="BackupPlan", changed_by="UpdateBackupPlan"
)
plan.section(
    "selections",
    "ListBackupSelections",
    {"BackupPlanId": "{id}"},
    value="BackupSelectionsList",
    each=Each(
        "GetBackupSelection",
        {"BackupPlanId": "{id}", "SelectionId": "{item.SelectionId}"},
        value="BackupSelection",
        into="BackupSelection",
    ),
    changed_by=["CreateBackupSelection", "DeleteBackupSelection"],
)
plan.event("UpdateBackupPlan", "plan")
plan.created_by("CreateBackupPlan", named_by="responseElements.backupPlanId")
plan.deleted_by("DeleteBackupPlan")
plan.listing("ListBackupPlans", items="BackupPlansList", item_id="BackupPlanId", provides={"plan": "@"})
plan.section("tags", "ListTags", {"ResourceArn": "{arn}"}, value="Tags")
for _type in (vault, plan):
    for _event in ("TagResource", "UntagResource"):
        _type.event(_event, "tags", named_by="requestParameters.resourceArn")

# AWS gives settings of an account or region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::Backup::RegionSettings",
    arn="arn:{partition}:backup:{id}:{account}:settings",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "vault_names",
    "ListBackupVaults",
    value="BackupVaultList[].BackupVaultName",
    shape=sorted,
    changed_by=["CreateBackupVault", "CreateLogicallyAirGappedBackupVault", "DeleteBackupVault"],
    root=True,
)
region_settings.section(
    "plan_names",
    "ListBackupPlans",
    value="BackupPlansList[].BackupPlanName",
    shape=sorted,
    changed_by=["CreateBackupPlan", "UpdateBackupPlan", "DeleteBackupPlan"],
)

service.ignores_unnamed("a job has begun whose copy has no ARN yet: the sweep finds it", "StartBackupJob")
service.ignores("jobs change no setting; what they copy the sweep finds", "StartCopyJob", "StartReportJob")
service.ignores(
    "jobs change no setting", "StartRestoreJob", "StartScanJob", "StopBackupJob", "PutRestoreValidationResult"
)
service.ignores(
    "reports, frameworks, legal holds and tests of restoring are read by no policy",
    "CancelLegalHold",
    "CreateFramework",
    "CreateLegalHold",
    "CreateReportPlan",
    "CreateRestoreTestingPlan",
    "CreateRestoreTestingSelection",
    "DeleteFramework",
    "DeleteReportPlan",
    "DeleteRestoreTestingPlan",
    "DeleteRestoreTestingSelection",
    "UpdateFramework",
    "UpdateReportPlan",
    "UpdateRestoreTestingPlan",
    "UpdateRestoreTestingSelection",
)
service.ignores(
    "who is told of a vault's events is read by no policy",
    "DeleteBackupVaultNotifications",
    "PutBackupVaultNotifications",
)
service.ignores_unnamed(
    "tags of frameworks and other things that are not covered", "TagResource", "UntagResource"
)
