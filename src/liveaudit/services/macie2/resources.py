"""The table of Amazon Macie: whether it is on in a region. Source: the Macie API reference."""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.model import Shows

service = Service("macie2", event_source="macie2.amazonaws.com")

# Who has Macie off gets the very code of who may not ask: only the message tells them apart.
_OFF = ("AccessDeniedException: Macie is not enabled", "ResourceNotFoundException")

# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::Macie::RegionSettings",
    arn="arn:{partition}:macie2:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
_SWITCHES = ("EnableMacie", "DisableMacie")
region_settings.section(
    "session",
    "GetMacieSession",
    absent=_OFF,
    changed_by=[*_SWITCHES, "UpdateMacieSession"],
    root=True,
)
region_settings.section(
    "automated_discovery",
    "GetAutomatedDiscoveryConfiguration",
    absent=_OFF,
    changed_by=[*_SWITCHES, "UpdateAutomatedDiscoveryConfiguration"],
)
region_settings.shows("session", None, "EnableMacie", as_=Shows.PRESENT)
region_settings.shows("session", None, "DisableMacie", as_=Shows.ABSENT)
region_settings.shows("session", {"requestParameters.status": "status"}, "UpdateMacieSession")

service.ignores(
    "jobs, findings, lists, identifiers and tags are read by no policy",
    "CreateAllowList",
    "CreateClassificationJob",
    "CreateCustomDataIdentifier",
    "CreateFindingsFilter",
    "CreateSampleFindings",
    "DeleteAllowList",
    "DeleteCustomDataIdentifier",
    "DeleteFindingsFilter",
    "PutClassificationExportConfiguration",
    "PutFindingsPublicationConfiguration",
    "TagResource",
    "UntagResource",
    "UpdateAllowList",
    "UpdateClassificationJob",
    "UpdateClassificationScope",
    "UpdateFindingsFilter",
    "UpdateResourceProfile",
    "UpdateResourceProfileDetections",
    "UpdateRevealConfiguration",
    "UpdateSensitivityInspectionTemplate",
)
service.ignores(
    "changes other accounts' sessions, or who administers them: their own sweep shows it",
    "AcceptInvitation",
    "BatchUpdateAutomatedDiscoveryAccounts",
    "CreateInvitations",
    "CreateMember",
    "DeclineInvitations",
    "DeleteInvitations",
    "DeleteMember",
    "DisableOrganizationAdminAccount",
    "DisassociateFromAdministratorAccount",
    "DisassociateFromMasterAccount",
    "DisassociateMember",
    "EnableOrganizationAdminAccount",
    "UpdateMemberSession",
    "UpdateOrganizationConfiguration",
)
