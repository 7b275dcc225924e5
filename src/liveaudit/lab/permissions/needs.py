"""Everything that a call needs: its actions on its resources, and the roles that it passes on. Pure.

Sources: AWS Service Authorization Reference; IAM User Guide, "Granting a user permissions to pass a role to an AWS
service"; CloudFormation User Guide, "Grant self-managed permissions" (a named administration role is passed).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from liveaudit.lab.permissions import resources_delivery as delivery
from liveaudit.lab.permissions import resources_identity as identity
from liveaudit.lab.permissions import resources_others as others
from liveaudit.lab.permissions import resources_stacks as stacks
from liveaudit.lab.permissions.action_table import arn_forms, resource_types
from liveaudit.lab.permissions.facts import Facts, Need, Places
from liveaudit.lab.permissions.patterns import Context

Found = tuple[str, ...]


def _plain(find: Callable[[Facts, str], Found]) -> Callable[[Facts, Places, str], Found]:
    return lambda facts, _places, action: find(facts, action)


_RESOURCES: Mapping[str, Callable[[Facts, Places, str], Found]] = {
    "account": identity.account,
    "apigateway": _plain(others.apigateway),
    "cloudformation": stacks.cloudformation,
    "cloudtrail": _plain(others.cloudtrail),
    "ec2": _plain(others.ec2),
    "events": _plain(delivery.events),
    "iam": identity.iam,
    "lambda": _plain(delivery.lambda_),
    "organizations": identity.organizations,
    "s3": _plain(others.s3),
    "securityhub": _plain(others.securityhub),
    "ssm": _plain(others.ssm),
    "secretsmanager": _plain(others.secretsmanager),
    "sns": _plain(delivery.sns),
    "sqs": _plain(delivery.sqs),
    "sts": identity.sts,
}

_CLOUDFORMATION, _EVENTS, _LAMBDA = (
    "cloudformation.amazonaws.com",
    "events.amazonaws.com",
    "lambda.amazonaws.com",
)
_PASSED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("cloudformation", "ContinueUpdateRollback"): ("RoleARN", _CLOUDFORMATION),
    ("cloudformation", "CreateChangeSet"): ("RoleARN", _CLOUDFORMATION),
    ("cloudformation", "CreateStack"): ("RoleARN", _CLOUDFORMATION),
    ("cloudformation", "CreateStackSet"): ("AdministrationRoleARN", _CLOUDFORMATION),
    ("cloudformation", "DeleteStack"): ("RoleARN", _CLOUDFORMATION),
    ("cloudformation", "RollbackStack"): ("RoleARN", _CLOUDFORMATION),
    ("cloudformation", "UpdateStack"): ("RoleARN", _CLOUDFORMATION),
    ("cloudformation", "UpdateStackSet"): ("AdministrationRoleARN", _CLOUDFORMATION),
    ("cloudtrail", "CreateTrail"): ("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),
    ("cloudtrail", "UpdateTrail"): ("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),
    ("config", "PutConfigurationRecorder"): ("ConfigurationRecorder.roleARN", "config.amazonaws.com"),
    ("events", "PutRule"): ("RoleArn", _EVENTS),
    ("events", "PutTargets"): ("Targets[].RoleArn", _EVENTS),
    ("lambda", "CreateFunction"): ("Role", _LAMBDA),
    ("lambda", "UpdateFunctionConfiguration"): ("Role", _LAMBDA),
    ("stepfunctions", "CreateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("stepfunctions", "UpdateStateMachine"): ("roleArn", "states.amazonaws.com"),
}
"""Where a call names a role that a service will use (a JMESPath), and which service."""


def needs_parameters(service: str, operation: str, actions: Found) -> bool:
    """Whether the call's parameters say what it needs: not when its actions are on nothing in particular."""
    return (service, operation) in _PASSED or any(resource_types(action) != () for action in actions)


def needs_of(facts: Facts, places: Places, actions: Found) -> Iterator[Need]:
    """What the call needs. ``actions``: those that authorise the call itself."""
    context = _context(facts)
    for action in actions:
        for resource in _resources(facts, places, action):
            yield Need(action, resource, context)
    yield from _passed(facts)
    if facts.service == "s3" and facts.operation in ("CopyObject", "UploadPartCopy"):
        source = facts.text("CopySource").lstrip("/").partition("?")[0]
        yield Need("s3:GetObject", f"arn:{facts.partition}:s3:::{source}")
    if facts.service == "events" and facts.operation == "PutRule" and facts.params.get("Tags"):
        yield from (Need("events:TagResource", each) for each in delivery.events(facts, "events:PutRule"))
    if facts.service == "sts" and facts.operation == "AssumeRole" and facts.params.get("Tags"):
        yield Need("sts:TagSession", facts.text("RoleArn") or None)


def _resources(facts: Facts, places: Places, action: str) -> tuple[str | None, ...]:
    types = resource_types(action)
    if types == ():
        return ("*",)
    find = _RESOURCES.get(action.partition(":")[0])
    found = find(facts, places, action) if find is not None else ()
    return found or tuple(_arns_among(facts.params, action)) or (None,)


def _arns_among(params: Mapping[str, Any], action: str) -> Iterator[str]:
    """Parameters that are ARNs of the action's resource types."""
    forms = arn_forms(action)
    for value in params.values():
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, str) and any(form.fullmatch(each) for form in forms):
                yield each


@functools.cache
def _expression(path: str) -> Any:
    import jmespath

    return jmespath.compile(path)


def _passed(facts: Facts) -> Iterator[Need]:
    row = _PASSED.get((facts.service, facts.operation))
    if row is None:
        return
    path, service = row
    found = _expression(path).search(facts.params)
    for role in dict.fromkeys(found if isinstance(found, list) else [found]):
        if isinstance(role, str) and role:
            yield Need("iam:PassRole", role, {"iam:passedtoservice": service})


def _context(facts: Facts) -> Context:
    """Keys that only this kind of call has."""
    found: dict[str, str | tuple[str, ...]] = {}
    if facts.service == "events" and facts.operation == "PutTargets":
        found["events:targetarn"] = delivery.target_arns(facts)
    elif facts.service == "events" and facts.operation == "PutRule":
        if sources := delivery.pattern_sources(facts):
            found["events:source"] = sources
    elif facts.service == "events" and facts.operation == "PutEvents":
        entries = [entry for entry in facts.params.get("Entries") or [] if isinstance(entry, dict)]
        found["events:source"] = tuple(dict.fromkeys(str(entry.get("Source", "")) for entry in entries))
        found["events:detail-type"] = tuple(
            dict.fromkeys(str(entry.get("DetailType", "")) for entry in entries)
        )
    elif facts.service == "cloudformation":
        for key, name in (
            ("cloudformation:rolearn", "RoleARN"),
            ("cloudformation:templateurl", "TemplateURL"),
        ):
            if value := facts.text(name):
                found[key] = value
        if regions := facts.params.get("Regions"):
            found["cloudformation:targetregion"] = tuple(str(region) for region in regions)
    elif facts.service == "iam":
        for key, name in (("iam:policyarn", "PolicyArn"), ("iam:permissionsboundary", "PermissionsBoundary")):
            if value := facts.text(name):
                found[key] = value
    elif facts.service == "sts":
        for key, name in (("sts:externalid", "ExternalId"), ("sts:rolesessionname", "RoleSessionName")):
            if value := facts.text(name):
                found[key] = value
    return found
