"""The table of AWS Security Hub: whether it is on in a region, and what feeds it. Source: the Security Hub API reference."""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.model import Shows

service = Service("securityhub", event_source="securityhub.amazonaws.com")

# "Account is not subscribed to AWS Security Hub"; the code has other meanings too.
_OFF = "InvalidAccessException: not subscribed"

# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::SecurityHub::RegionSettings",
    arn="arn:{partition}:securityhub:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
_SWITCHES = ("EnableSecurityHub", "DisableSecurityHub")
region_settings.section(
    "hub",
    "DescribeHub",
    absent=[_OFF, "ResourceNotFoundException"],
    changed_by=[*_SWITCHES, "UpdateSecurityHubConfiguration"],
    root=True,
)
region_settings.section(
    "standards",
    "GetEnabledStandards",
    value="StandardsSubscriptions",
    absent=_OFF,
    changed_by=[*_SWITCHES, "BatchEnableStandards", "BatchDisableStandards"],
)
region_settings.section(
    "products",
    "ListEnabledProductsForImport",
    value="ProductSubscriptions",
    absent=_OFF,
    changed_by=[*_SWITCHES, "EnableImportFindingsForProduct", "DisableImportFindingsForProduct"],
)
region_settings.shows("hub", None, "EnableSecurityHub", as_=Shows.PRESENT)
region_settings.shows("hub", None, "DisableSecurityHub", as_=Shows.ABSENT)

service.ignores(
    "findings and insights are no configuration",
    "BatchImportFindings",
    "BatchUpdateFindings",
    "BatchUpdateFindingsV2",
    "UpdateFindings",
    noise=True,
)
service.ignores(
    "which controls and rules are on, and what is done with findings, is read by no policy",
    "BatchDeleteAutomationRules",
    "BatchUpdateAutomationRules",
    "BatchUpdateStandardsControlAssociations",
    "CreateActionTarget",
    "CreateAutomationRule",
    "CreateConfigurationPolicy",
    "CreateFindingAggregator",
    "CreateInsight",
    "DeleteActionTarget",
    "DeleteConfigurationPolicy",
    "DeleteFindingAggregator",
    "DeleteInsight",
    "StartConfigurationPolicyAssociation",
    "StartConfigurationPolicyDisassociation",
    "TagResource",
    "UntagResource",
    "UpdateActionTarget",
    "UpdateConfigurationPolicy",
    "UpdateFindingAggregator",
    "UpdateInsight",
    "UpdateSecurityControl",
    "UpdateStandardsControl",
)
service.ignores(
    "changes other accounts' hubs, or who administers them: their own sweep shows it",
    "AcceptAdministratorInvitation",
    "AcceptInvitation",
    "CreateMembers",
    "DeclineInvitations",
    "DeleteInvitations",
    "DeleteMembers",
    "DisableOrganizationAdminAccount",
    "DisassociateFromAdministratorAccount",
    "DisassociateFromMasterAccount",
    "DisassociateMembers",
    "EnableOrganizationAdminAccount",
    "InviteMembers",
    "UpdateOrganizationConfiguration",
)
service.ignores(
    "the newer Security Hub, with its connectors and exports, is not covered yet",
    "CancelExportJobV2",
    "CreateAggregatorV2",
    "CreateAutomationRuleV2",
    "CreateConnector",
    "CreateConnectorV2",
    "CreateTicketV2",
    "DeleteAggregatorV2",
    "DeleteAutomationRuleV2",
    "DeleteConnector",
    "DeleteConnectorV2",
    "DisableSecurityHubFeatureV2",
    "DisableSecurityHubV2",
    "EnableSecurityHubFeatureV2",
    "EnableSecurityHubV2",
    "GenerateRecommendedPolicyV2",
    "RegisterConnectorV2",
    "StartExportJobV2",
    "UpdateAggregatorV2",
    "UpdateAutomationRuleV2",
    "UpdateConnector",
    "UpdateConnectorV2",
)
