"""The table of Amazon Inspector: what it scans in a region. Source: the Inspector API reference."""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("inspector2", event_source="inspector2.amazonaws.com")

# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::InspectorV2::RegionSettings",
    arn="arn:{partition}:inspector2:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "account_status",
    "BatchGetAccountStatus",
    {"accountIds": ["{account}"]},
    changed_by=["Enable", "Disable"],
    root=True,
)
# Scanning begins and ends step by step, and no event tells when.
region_settings.takes(180, "Enable", "Disable")

service.ignores(
    "findings, reports and scans are no configuration",
    "CancelFindingsReport",
    "CancelSbomExport",
    "CreateFindingsReport",
    "CreateSbomExport",
    "SendCisSessionHealth",
    "SendCisSessionTelemetry",
    "StartCisSession",
    "StartCodeSecurityScan",
    "StopCisSession",
    noise=True,
)
service.ignores(
    "filters, scan configurations, connectors, keys and tags are read by no policy",
    "BatchAssociateCodeSecurityScanConfiguration",
    "BatchDisassociateCodeSecurityScanConfiguration",
    "CreateCisScanConfiguration",
    "CreateCodeSecurityIntegration",
    "CreateCodeSecurityScanConfiguration",
    "CreateConnector",
    "CreateFilter",
    "DeleteCisScanConfiguration",
    "DeleteCodeSecurityIntegration",
    "DeleteCodeSecurityScanConfiguration",
    "DeleteConnector",
    "DeleteFilter",
    "ResetEncryptionKey",
    "TagResource",
    "UntagResource",
    "UpdateCisScanConfiguration",
    "UpdateCodeSecurityIntegration",
    "UpdateCodeSecurityScanConfiguration",
    "UpdateConfiguration",
    "UpdateConnector",
    "UpdateConnectorScanConfiguration",
    "UpdateEc2DeepInspectionConfiguration",
    "UpdateEncryptionKey",
    "UpdateFilter",
)
service.ignores(
    "changes other accounts' scanning, or who administers it: their own sweep shows it",
    "AssociateMember",
    "BatchUpdateMemberEc2DeepInspectionStatus",
    "DisableDelegatedAdminAccount",
    "DisassociateMember",
    "EnableDelegatedAdminAccount",
    "UpdateOrgEc2DeepInspectionConfiguration",
    "UpdateOrganizationConfiguration",
)
