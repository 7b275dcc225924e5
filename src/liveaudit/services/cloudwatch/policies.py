"""The policies of alarms."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_on
from liveaudit.policies.shapes import mapping, rule, texts
from liveaudit.services.cloudwatch.resources import alarm


@rule(
    alarm,
    "cloudwatch_alarm_actions_alarm_state_configured",
    Severity.HIGH,
    title="The alarm does something when it goes off",
    why="An alarm without an action turns red on a page that nobody looks at.",
    fix="Give the alarm an action for the state ALARM, such as a topic to which somebody is subscribed.",
)
def does_something(alarm: Any) -> Verdict:
    """Security Hub CloudWatch.15; CloudWatch API reference, MetricAlarm."""
    actions = texts(mapping(alarm, "the alarm").get("AlarmActions") or (), "AlarmActions")
    if actions:
        return passed(f"the alarm has {len(actions)} action(s) for the state ALARM")
    return failed("the alarm has no action for the state ALARM", AlarmActions=[])


@rule(
    alarm,
    "cloudwatch_alarm_actions_enabled",
    Severity.HIGH,
    title="The alarm's actions are switched on",
    why="Whoever switched the actions off for an hour may have forgotten to switch them on again.",
    fix="Switch the alarm's actions on.",
)
def actions_are_on(alarm: Any) -> Verdict:
    """Security Hub CloudWatch.17; CloudWatch API reference, EnableAlarmActions."""
    return is_on(alarm, "ActionsEnabled", "the alarm")
