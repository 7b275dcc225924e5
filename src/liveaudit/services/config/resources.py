"""The table of AWS Config: how a region's changes are recorded. Source: the Config API reference."""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("config", event_source="config.amazonaws.com")

# AWS gives settings of a region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::Config::RegionSettings",
    arn="arn:{partition}:config:{region}:{account}:settings/{id}",
    named_by="{region}",
    always="{region}",
)
_RECORDER_EVENTS = ("PutConfigurationRecorder", "DeleteConfigurationRecorder")
region_settings.section(
    "recorders",
    "DescribeConfigurationRecorders",
    value="ConfigurationRecorders",
    changed_by=[*_RECORDER_EVENTS, "AssociateResourceTypes", "DisassociateResourceTypes"],
    root=True,
)
region_settings.section(
    "recorder_status",
    "DescribeConfigurationRecorderStatus",
    value="ConfigurationRecordersStatus",
    silent=["lastStatus", "lastStatusChangeTime", "lastErrorCode", "lastErrorMessage"],
    changed_by=[*_RECORDER_EVENTS, "StartConfigurationRecorder", "StopConfigurationRecorder"],
)
region_settings.section(
    "delivery_channels",
    "DescribeDeliveryChannels",
    value="DeliveryChannels",
    changed_by=["PutDeliveryChannel", "DeleteDeliveryChannel"],
)
region_settings.section(
    "retention",
    "DescribeRetentionConfigurations",
    value="RetentionConfigurations",
    changed_by=["PutRetentionConfiguration", "DeleteRetentionConfiguration"],
)
region_settings.shows("recorder_status", {"=true": "[].recording"}, "StartConfigurationRecorder")
region_settings.shows("recorder_status", {"=false": "[].recording"}, "StopConfigurationRecorder")

service.ignores(
    "results of evaluations are no configuration",
    "DeleteEvaluationResults",
    "DeliverConfigSnapshot",
    "PutEvaluations",
    "PutExternalEvaluation",
    "StartConfigRulesEvaluation",
    "StartRemediationExecution",
    "StartResourceEvaluation",
    noise=True,
)
service.ignores(
    "rules, packs and remediations are read by no policy",
    "DeleteConfigRule",
    "DeleteConformancePack",
    "DeleteOrganizationConfigRule",
    "DeleteOrganizationConformancePack",
    "DeleteRemediationConfiguration",
    "DeleteRemediationExceptions",
    "PutConfigRule",
    "PutConformancePack",
    "PutOrganizationConfigRule",
    "PutOrganizationConformancePack",
    "PutRemediationConfigurations",
    "PutRemediationExceptions",
)
service.ignores(
    "aggregators, queries, connectors, recorders of other services and tags are read by no policy",
    "DeleteAggregationAuthorization",
    "DeleteConfigurationAggregator",
    "DeleteConnector",
    "DeletePendingAggregationRequest",
    "DeleteResourceConfig",
    "DeleteServiceLinkedConfigurationRecorder",
    "DeleteStoredQuery",
    "PutAggregationAuthorization",
    "PutConfigurationAggregator",
    "PutConnector",
    "PutResourceConfig",
    "PutServiceLinkedConfigurationRecorder",
    "PutStoredQuery",
    "PutThirdPartyServiceLinkedConfigurationRecorder",
    "TagResource",
    "UntagResource",
)
