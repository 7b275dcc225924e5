"""The policies of a region's detector: that it is on, and what it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.shapes import mapping, mappings, rule
from liveaudit.services.guardduty.resources import region_settings

_ON = "ENABLED"


def _detector(detectors: Any) -> Mapping[str, Any] | None:
    """The detector that is on, or None."""
    return next((each for each in mappings(detectors, "the detectors") if each.get("Status") == _ON), None)


@rule(
    region_settings,
    "guardduty_is_enabled",
    Severity.HIGH,
    title="GuardDuty is on in the region",
    why="It sees stolen keys, mining and calls home in logs that nobody else reads; who breaks in prefers regions "
    "in which it is off.",
    fix="Switch GuardDuty on in the region, best for the whole organization.",
)
def a_detector_is_on(detectors: Any) -> Verdict:
    """Security Hub GuardDuty.1; GuardDuty API reference, GetDetector."""
    if _detector(detectors) is not None:
        return passed("the detector is on")
    states = [each.get("Status") for each in mappings(detectors, "the detectors")]
    if states:
        return failed("the detector is suspended", Status=states)
    return failed("the region has no detector", DetectorIds=[])


_FEATURES = (
    (
        "guardduty_ec2_malware_protection_enabled",
        "EBS_MALWARE_PROTECTION",
        "GuardDuty looks for malware on EBS volumes",
        "When an instance behaves oddly its volumes are looked through for what causes it.",
        "Security Hub GuardDuty.8",
    ),
    (
        "guardduty_eks_audit_log_enabled",
        "EKS_AUDIT_LOGS",
        "GuardDuty reads the audit logs of EKS clusters",
        "What is done inside a cluster stands in no CloudTrail record, only in the cluster's audit log.",
        "Security Hub GuardDuty.5",
    ),
    (
        "guardduty_lambda_protection_enabled",
        "LAMBDA_NETWORK_LOGS",
        "GuardDuty watches the network traffic of Lambda functions",
        "A function that was taken over is seen by whom it talks to.",
        "Security Hub GuardDuty.6",
    ),
    (
        "guardduty_rds_protection_enabled",
        "RDS_LOGIN_EVENTS",
        "GuardDuty watches logins to RDS databases",
        "Passwords being tried, and logins from odd places, are seen here first.",
        "Security Hub GuardDuty.9",
    ),
    (
        "guardduty_runtime_monitoring_enabled",
        "RUNTIME_MONITORING",
        "GuardDuty watches what runs on instances and containers",
        "Only from inside are processes, files and connections of an intruder seen.",
        "Security Hub GuardDuty.11",
    ),
    (
        "guardduty_s3_protection_enabled",
        "S3_DATA_EVENTS",
        "GuardDuty watches what is done with objects in S3",
        "Data that is carried away object by object shows in data events alone.",
        "Security Hub GuardDuty.10",
    ),
)


def _add(policy_id: str, feature: str, title: str, why: str, source: str) -> None:
    def is_on(detectors: Any) -> Verdict:
        detector = _detector(detectors)
        if detector is None:
            return not_applicable("GuardDuty itself is off: guardduty_is_enabled tells of it")
        given = mapping(detector.get("Features"), "the detector's features").get(feature)
        if given is None:
            return unknown(f"the detector does not tell of {feature}: the region may not have it")
        status = mapping(given, feature).get("Status")
        if status == _ON:
            return passed(f"{feature} is on")
        return failed(f"{feature} is off", **{feature: status})

    is_on.__doc__ = f"{source}; GuardDuty API reference, GetDetector: the feature {feature}."
    rule(
        region_settings,
        policy_id,
        Severity.HIGH,
        title=title,
        why=why,
        fix=f"Switch the feature {feature} on for the region's detector.",
    )(is_on)


for _each in _FEATURES:
    _add(*_each)


_EVERYWHERE = ("RUNTIME_MONITORING",)
_AGENTS = (
    (
        "guardduty_ec2_runtime_monitoring",
        "EC2_AGENT_MANAGEMENT",
        _EVERYWHERE,
        "EC2 instances",
        "Security Hub GuardDuty.13",
    ),
    (
        "guardduty_ecs_runtime_monitoring",
        "ECS_FARGATE_AGENT_MANAGEMENT",
        _EVERYWHERE,
        "ECS tasks on Fargate",
        "Security Hub GuardDuty.12",
    ),
    (
        "guardduty_eks_runtime_monitoring_enabled",
        "EKS_ADDON_MANAGEMENT",
        (*_EVERYWHERE, "EKS_RUNTIME_MONITORING"),
        "EKS clusters",
        "Security Hub GuardDuty.7",
    ),
)


def _add_agent(policy_id: str, part: str, features: tuple[str, ...], where: str, source: str) -> None:
    def is_managed(detectors: Any) -> Verdict:
        detector = _detector(detectors)
        if detector is None:
            return not_applicable("GuardDuty itself is off: guardduty_is_enabled tells of it")
        given = mapping(detector.get("Features"), "the detector's features")
        found = {name: mapping(given[name], name) for name in features if given.get(name) is not None}
        if not found:
            return unknown(f"the detector does not tell of {features[0]}: the region may not have it")
        for name, feature in found.items():
            if _ON == feature.get("Status") == mapping(feature.get("Parts"), name).get(part):
                return passed(f"{name} is on, and puts its agent on {where}")
        return failed(f"nothing puts GuardDuty's agent on {where}", **{part: "DISABLED"})

    is_managed.__doc__ = f"{source}; GuardDuty API reference, GetDetector: {part}."
    rule(
        region_settings,
        policy_id,
        Severity.MEDIUM,
        title=f"GuardDuty puts its agent on {where}",
        why="Where the agent is put by hand, what is new runs without it.",
        fix=f"Switch {part} on for runtime monitoring of the region's detector.",
    )(is_managed)


for _agent in _AGENTS:
    _add_agent(*_agent)
