"""The events that AWS Config invokes a rule with. Pure.

Source: the developer guide's "Example Events for AWS Config Rules". An invoking event over 256 KB is sent without the item
("Oversized configuration item change notifications"), and the rule then asks for it with GetResourceConfigHistory.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items.item import timestamp

LARGEST = 256 * 1024
"""Bytes of an invoking event that is sent whole."""

_SUMMARY = (
    *("awsAccountId", "configurationItemCaptureTime", "configurationStateId", "configurationItemVersion"),
    *("configurationItemStatus", "resourceType", "resourceId", "resourceName", "ARN", "awsRegion"),
    *("availabilityZone", "configurationStateMd5Hash", "resourceCreationTime"),
)


@dataclass(frozen=True, slots=True)
class RuleCall:
    """For whom a rule is invoked. ``region``: where its evaluations are put; ``token``: by which they are known."""

    rule: str
    partition: str
    account: str
    region: str
    parameters: Mapping[str, str]
    token: str

    @classmethod
    def about(cls, rule: str, resource: Resource, parameters: Mapping[str, str], token: str) -> RuleCall:
        """The call about one resource."""
        return cls(rule, resource.partition, resource.account, resource.call_region, parameters, token)


def change_event(call: RuleCall, item: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a changed resource; an oversized one where its item is too large."""
    told = {
        "configurationItemDiff": None,
        "configurationItem": item,
        "notificationCreationTime": item["configurationItemCaptureTime"],
        "messageType": "ConfigurationItemChangeNotification",
        "recordVersion": "1.3",
    }
    if len(json.dumps(told)) > LARGEST:
        summary = {key: item[key] for key in _SUMMARY}
        told = {
            "configurationItemSummary": {"changeType": "UPDATE", **summary},
            "s3DeliverySummary": None,
            "notificationCreationTime": item["configurationItemCaptureTime"],
            "messageType": "OversizedConfigurationItemChangeNotification",
            "recordVersion": "1.0",
        }
    return _event(call, told)


def scheduled_event(call: RuleCall, at: dt.datetime) -> dict[str, Any]:
    """The event by which a periodic rule is invoked."""
    return _event(
        call,
        {
            "awsAccountId": call.account,
            "notificationCreationTime": timestamp(at),
            "messageType": "ScheduledNotification",
            "recordVersion": "1.0",
        },
    )


def _event(call: RuleCall, invoking: Mapping[str, Any]) -> dict[str, Any]:
    short = hashlib.sha256(call.rule.encode()).hexdigest()[:6]
    role = f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/config.amazonaws.com"
    return {
        "version": "1.0",
        "invokingEvent": json.dumps(invoking),
        "ruleParameters": json.dumps(dict(call.parameters)),
        "resultToken": call.token,
        "eventLeftScope": False,
        "executionRoleArn": f"{role}/AWSServiceRoleForConfig",
        "configRuleArn": f"arn:{call.partition}:config:{call.region}:{call.account}:config-rule/config-rule-{short}",
        "configRuleName": call.rule,
        "configRuleId": f"config-rule-{short}",
        "accountId": call.account,
    }
