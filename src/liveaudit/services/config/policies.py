"""The policies of a region's recorder."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import mappings, rule, text
from liveaudit.services.config.resources import region_settings


@rule(
    region_settings,
    "config_recorder_all_regions_enabled",
    Severity.MEDIUM,
    title="AWS Config records in the region",
    why="Without the recorder nobody can tell afterwards what a resource looked like before it was changed.",
    fix="Set up a configuration recorder and a delivery channel, and start the recorder.",
)
def a_recorder_works(recorders: Any, recorder_status: Any) -> Verdict:
    """CIS 7.0 4.3, Security Hub Config.1; DescribeConfigurationRecorderStatus."""
    found = [text(each.get("name"), "a recorder's name") for each in mappings(recorders, "the recorders")]
    if not found:
        return failed("the region has no configuration recorder", ConfigurationRecorders=[])
    wrong: dict[str, str] = {}
    states = {each.get("name"): each for each in mappings(recorder_status, "the recorders' status")}
    for name in found:
        state = states.get(name)
        if state is None or not flag(state, "recording", "the recorder's status"):
            wrong[name] = "is stopped"
        elif str(state.get("lastStatus", "")).lower() == "failure":
            wrong[name] = f"fails: {state.get('lastErrorCode') or 'it tells no code'}"
        else:
            return passed(f"the recorder {name} records")
    name, why = next(iter(wrong.items()))
    return failed(f"the recorder {name} {why}", ConfigurationRecorders=wrong)


@rule(
    region_settings,
    "config_recorder_using_aws_service_role",
    Severity.MEDIUM,
    title="The recorder uses the service-linked role",
    why="AWS keeps that role up to date; a role of your own lacks the right for a new type, and changes go unrecorded.",
    fix="Let the recorder use the role AWSServiceRoleForConfig.",
)
def uses_the_service_linked_role(recorders: Any, resource: Resource) -> Verdict:
    """Security Hub Config.1; Config developer guide, "Using service-linked roles for AWS Config"."""
    found = mappings(recorders, "the recorders")
    if not found:
        return not_applicable("the region has no recorder: config_recorder_all_regions_enabled tells of it")
    wanted = (
        f"arn:{resource.partition}:iam::{resource.account}:role/aws-service-role/config.amazonaws.com/"
        "AWSServiceRoleForConfig"
    )
    others = [each.get("roleARN") for each in found if each.get("roleARN") != wanted]
    if others:
        return failed("the recorder uses another role", roleARN=others[0])
    return passed("the recorder uses the service-linked role")
