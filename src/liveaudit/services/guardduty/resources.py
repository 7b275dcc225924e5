"""The table of Amazon GuardDuty: the detector of a region. Source: the GuardDuty API reference.

A region has one detector or none, and every setting of it is one of the region's: that there is none is what matters most.
"""

from __future__ import annotations

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.services.guardduty.shapes import detectors

service = Service("guardduty", event_source="guardduty.amazonaws.com")

# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::GuardDuty::RegionSettings",
    arn="arn:{partition}:guardduty:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "detectors",
    "ListDetectors",
    value="DetectorIds",
    each=Each("GetDetector", {"DetectorId": "{item}"}),
    shape=detectors,
    changed_by=["CreateDetector", "UpdateDetector", "DeleteDetector"],
    root=True,
)
region_settings.section(
    "administrators",
    "ListDetectors",
    value="DetectorIds",
    each=Each("GetAdministratorAccount", {"DetectorId": "{item}"}, value="Administrator"),
    changed_by=[
        "AcceptAdministratorInvitation",
        "AcceptInvitation",
        "DisassociateFromAdministratorAccount",
        "DisassociateFromMasterAccount",
    ],
)
region_settings.section(
    "organization_administrators",
    "ListOrganizationAdminAccounts",
    value="AdminAccounts",
    changed_by=["EnableOrganizationAdminAccount", "DisableOrganizationAdminAccount"],
)

service.ignores(
    "changes other accounts' detectors: their own sweep shows it",
    "CreateMembers",
    "DeclineInvitations",
    "DeleteInvitations",
    "DeleteMembers",
    "DisassociateMembers",
    "InviteMembers",
    "StartMonitoringMembers",
    "StopMonitoringMembers",
    "UpdateMemberDetectors",
    "UpdateOrganizationConfiguration",
)
service.ignores(
    "findings, scans and investigations are no configuration",
    "ArchiveFindings",
    "CreateInvestigation",
    "CreateSampleFindings",
    "SendObjectMalwareScan",
    "StartMalwareScan",
    "UnarchiveFindings",
    "UpdateFindingsFeedback",
    noise=True,
)
service.ignores(
    "filters, lists, plans, publishing destinations and tags are read by no policy",
    "CreateCustomDetectionRuleAssociation",
    "CreateCustomDetectionRuleOrgConfiguration",
    "CreateFilter",
    "CreateIPSet",
    "CreateMalwareProtectionPlan",
    "CreatePublishingDestination",
    "CreateThreatEntitySet",
    "CreateThreatIntelSet",
    "CreateTrustedEntitySet",
    "DeleteCustomDetectionRuleAssociation",
    "DeleteCustomDetectionRuleOrgConfiguration",
    "DeleteFilter",
    "DeleteIPSet",
    "DeleteMalwareProtectionPlan",
    "DeletePublishingDestination",
    "DeleteThreatEntitySet",
    "DeleteThreatIntelSet",
    "DeleteTrustedEntitySet",
    "TagResource",
    "UntagResource",
    "UpdateCustomDetectionRuleAssociation",
    "UpdateCustomDetectionRuleOrgConfiguration",
    "UpdateFilter",
    "UpdateIPSet",
    "UpdateMalwareProtectionPlan",
    "UpdateMalwareScanSettings",
    "UpdatePublishingDestination",
    "UpdateThreatEntitySet",
    "UpdateThreatIntelSet",
    "UpdateTrustedEntitySet",
)
