"""The policies on warnings: the way from the trail to somebody who is told."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from liveaudit.model import Outcome
from liveaudit.services import remedies
from liveaudit.services.cloudtrail.watched import QUIET, WATCHED, Watched
from liveaudit.services.logs.filter_patterns import parse
from liveaudit.testing.shapes import fits, output_shape
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
TRAIL = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:trail"
ALARMS = "arn:aws:cloudwatch:eu-west-1:111122223333:settings/eu-west-1"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:cis"
ROUTES = "cloudwatch_changes_to_network_route_tables_alarm_configured"
KEYS = "cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk"


def any_of(*names: str, source: str = "") -> str:
    """A filter in the benchmark's own style."""
    found = " || ".join(f"($.eventName = {name})" for name in names)
    return f"{{ ($.eventSource = {source}.amazonaws.com) && ({found}) }}" if source else f"{{ {found} }}"


PRESCRIBED = {
    "cloudwatch_log_metric_filter_unauthorized_api_calls": (
        '{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") '
        '&& ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }'
    ),
    "cloudwatch_log_metric_filter_sign_in_without_mfa": (
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
        '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
    ),
    "cloudwatch_log_metric_filter_root_usage": (
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS '
        '&& $.eventType != "AwsServiceEvent" }'
    ),
    "cloudwatch_log_metric_filter_authentication_failures": (
        '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
    ),
    **{
        each.policy_id: any_of(
            *(record["eventName"] for record in each.records),
            source=each.records[0]["eventSource"].removesuffix(".amazonaws.com"),
        )
        for each in WATCHED
        if len(each.records) > 3 or each.policy_id == KEYS
    },
}


def trail(**given: Any) -> dict[str, Any]:
    """A multi-region trail that logs, as the account's section has it."""
    return {
        "TrailARN": TRAIL,
        "IsMultiRegionTrail": True,
        "Status": {"IsLogging": True},
        "LogGroup": GROUP,
        "Alarms": ALARMS,
        **given,
    }


def metric_filter(pattern: str, metric: str = "m", **given: Any) -> dict[str, Any]:
    made = {
        "filterName": f"on {metric}",
        "filterPattern": pattern,
        "metricTransformations": [{"metricName": metric, "metricNamespace": "CIS", "metricValue": "1"}],
        **given,
    }
    fits(output_shape("logs", "DescribeMetricFilters").members["metricFilters"].member, made, "a filter")
    return made


def alarm(metric: str = "m", *, on: bool = True, actions: tuple[str, ...] = (TOPIC,)) -> dict[str, Any]:
    """An alarm as the shape of the region's section leaves it."""
    metrics = [{"Namespace": "CIS", "MetricName": metric}]
    return {"AlarmName": f"of {metric}", "ActionsEnabled": on, "AlarmActions": [*actions], "Metrics": metrics}


SUBSCRIBED = [{"SubscriptionArn": f"{TOPIC}:1234", "Protocol": "email", "TopicArn": TOPIC}]
PENDING = [{"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "TopicArn": TOPIC}]


def way(*filters: dict[str, Any], **given: Any) -> dict[str, Any]:
    """All sections: one trail, its group with these filters, one alarm on the metric, a topic with a subscriber."""
    return {
        "trails": [trail()],
        "event_selectors": {TRAIL: {}},
        "metric_filters": {GROUP: list(filters)},
        "alarms": {ALARMS: [alarm()]},
        "topics": {TOPIC: SUBSCRIBED},
        **given,
    }


@pytest.mark.parametrize("policy", [each.policy_id for each in WATCHED])
def test_the_prescribed_filter_warns_and_none_does_not(judged: Judged, policy: str) -> None:
    assert judged(policy, **way(metric_filter(PRESCRIBED[policy]))).outcome == PASS
    assert judged(policy, **way()).outcome == FAIL
    others = [metric_filter(pattern) for name, pattern in PRESCRIBED.items() if name != policy]
    assert judged(policy, **way(*others)).outcome == FAIL


@pytest.mark.parametrize("pattern", PRESCRIBED.values())
def test_everyday_work_passes_no_prescribed_filter(pattern: str) -> None:
    assert not any(parse(pattern)(each) for each in QUIET)


NAMES = (
    "CreateRoute",
    "CreateRouteTable",
    "ReplaceRoute",
    "ReplaceRouteTableAssociation",
    "DeleteRouteTable",
    "DeleteRoute",
    "DisassociateRouteTable",
)


@pytest.mark.parametrize(
    ("filters", "outcome"),
    [
        # meaning, not spelling: order, spaces, quotes, brackets, wildcards, more than is asked for
        ([any_of(*NAMES)], PASS),
        ([any_of(*reversed(NAMES), source="ec2")], PASS),
        (["{" + "||".join(f'($.eventName="{name}")' for name in NAMES) + "}"], PASS),
        (["{" + " || ".join(f"(($.eventName = {name}))" for name in (*NAMES, "CreateVpc")) + " }"], PASS),
        (["{ $.eventName = *Route* }"], PASS),
        (['{ $.eventName = *Route* && $.userIdentity.arn != "*:assumed-role/terraform/*" }'], PASS),
        # several filters together
        ([any_of(*NAMES[:3]), any_of(*NAMES[3:])], PASS),
        # one event is missing; Prowler and others match the text
        ([any_of(*NAMES[1:])], FAIL),
        ([any_of(*NAMES, source="s3")], FAIL),
        (["{ $.eventName = *Route* && $.errorCode = AccessDenied }"], FAIL),
        (["{ " + " && ".join(f"($.eventName = {name})" for name in NAMES) + " }"], FAIL),
        # a filter that everything passes warns of nothing
        (["{ $.eventName = * }"], FAIL),
        (["{ $.eventSource = ec2.amazonaws.com }"], FAIL),
        # not understood: it may warn
        (["?CreateRoute ?DeleteRoute"], UNKNOWN),
        (["{ $.eventName = %Route% }"], UNKNOWN),
        ([any_of(*NAMES), "?CreateRoute"], PASS),
        ([any_of(*NAMES[1:]), "?CreateRoute"], UNKNOWN),
    ],
)
def test_patterns_are_taken_by_their_meaning(judged: Judged, filters: list[str], outcome: Outcome) -> None:
    assert judged(ROUTES, **way(*map(metric_filter, filters))).outcome == outcome


GOOD = metric_filter(any_of(*NAMES))


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"trails": []}, FAIL),
        ({"trails": [trail(IsMultiRegionTrail=False)]}, FAIL),
        ({"trails": [trail(Status={"IsLogging": False})]}, FAIL),
        ({"trails": [{key: each for key, each in trail().items() if key != "LogGroup"}]}, FAIL),
        ({"event_selectors": {TRAIL: {"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}}}, FAIL),
        ({"metric_filters": {GROUP: None}}, FAIL),
        ({"alarms": {ALARMS: []}}, FAIL),
        ({"alarms": {ALARMS: [alarm("other")]}}, FAIL),
        ({"alarms": {ALARMS: [alarm(on=False)]}}, FAIL),
        ({"alarms": {ALARMS: [alarm(actions=("arn:aws:lambda:eu-west-1:111122223333:function:f",))]}}, FAIL),
        ({"alarms": {ALARMS: [alarm(on=False), alarm()]}}, PASS),
        ({"topics": {TOPIC: []}}, FAIL),
        ({"topics": {TOPIC: PENDING}}, FAIL),
        ({"topics": {TOPIC: None}}, FAIL),
        ({"topics": {TOPIC: [*PENDING, *SUBSCRIBED]}}, PASS),
        # what cannot be read may warn
        ({"event_selectors": {}}, UNKNOWN),
        ({"metric_filters": {}}, UNKNOWN),
        ({"alarms": {}}, UNKNOWN),
        ({"topics": {}}, UNKNOWN),
        ({"topics": {}, "alarms": {ALARMS: [alarm(actions=(f"{TOPIC}2", TOPIC))]}}, UNKNOWN),
        ({"alarms": {ALARMS: [alarm(actions=(f"{TOPIC}2", TOPIC))]}}, PASS),
        ({"trails": [trail(HasCustomEventSelectors=False)], "event_selectors": {}}, PASS),
    ],
)
def test_every_step_of_the_way_is_needed(judged: Judged, given: dict[str, Any], outcome: Outcome) -> None:
    assert judged(ROUTES, **way(GOOD, **given)).outcome == outcome


def test_what_is_missing_is_told(judged: Judged) -> None:
    verdict = judged(ROUTES, **way(metric_filter(any_of(*NAMES[1:]))))
    assert verdict.evidence == {"LogGroups": [GROUP], "EventNames": ["CreateRoute"]}
    verdict = judged(ROUTES, **way(GOOD, topics={TOPIC: PENDING}))
    assert verdict.evidence["Filters"] == {"on m": f"alarm of m tells {TOPIC}, to which nobody is subscribed"}


def test_what_a_trail_leaves_out_reaches_no_filter(judged: Judged) -> None:
    without = {
        "EventSelectors": [{"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]
    }
    given = way(metric_filter(PRESCRIBED[KEYS]), event_selectors={TRAIL: without})
    assert judged(KEYS, **given).outcome == FAIL
    assert judged(ROUTES, **way(GOOD, event_selectors={TRAIL: without})).outcome == PASS


@pytest.mark.parametrize(
    "given", [{"applyOnTransformedLogs": True}, {"fieldSelectionCriteria": "@aws.account = 1"}]
)
def test_a_filter_on_something_else_may_warn(judged: Judged, given: dict[str, Any]) -> None:
    assert judged(ROUTES, **way(metric_filter(any_of(*NAMES), **given))).outcome == UNKNOWN


@pytest.mark.parametrize(
    "odd",
    [
        {"metric_filters": {GROUP: "filters"}},
        {"metric_filters": {GROUP: [{"filterName": 7}]}},
        {"alarms": {ALARMS: [{"AlarmName": "a", "Metrics": "m"}]}},
        {"topics": {TOPIC: "mail"}},
        {"trails": "trails"},
    ],
)
def test_another_shape_is_unknown(judged: Judged, odd: dict[str, Any]) -> None:
    assert judged(ROUTES, odd=True, **way(GOOD, **odd)).outcome == UNKNOWN


@pytest.mark.parametrize("watched", WATCHED, ids=lambda each: each.policy_id)
def test_the_remedy_is_one(judged: Judged, watched: Watched) -> None:
    template = yaml.safe_load(remedies()[watched.policy_id].cloudformation.text)["Resources"]
    made = template["Filter"]["Properties"]
    (transformation,) = made["MetricTransformations"]
    given = metric_filter(made["FilterPattern"], transformation["MetricName"])
    on = template["Alarm"]["Properties"]
    assert on["Namespace"] == transformation["MetricNamespace"]
    assert judged(watched.policy_id, **way(given, alarms={ALARMS: [alarm(on["MetricName"])]})).outcome == PASS
