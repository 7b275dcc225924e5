"""The beginning of a policy of one's own, of each kind: whole enough to judge, with tests that pass where we judge."""

from __future__ import annotations

from collections.abc import Mapping

from liveaudit.catalog.types import ResourceType
from liveaudit.custom.tagged import tagged_sections, why_untagged
from liveaudit.model import LiveauditError
from liveaudit.policies.config_items.item import KINDS

_HEAD = """\
# yaml-language-server: $schema=policies.schema.json
# liveaudit policies schema tells all fields; liveaudit policies test runs the tests.
policies:
  - id: {id}
    type: {type}
    severity: medium
    title: What is so where it holds
    why: Why it matters.
    fix: How what it finds is mended.
"""
_TAGS = """\
    tags:
      key: Owner
      # values: [team-a, team-b]
      # pattern: "[a-z]+@example[.]com"
    tests:
      - {{name: without the tag, expect: FAIL}}
      - {{name: an owner is named, tags: {{Owner: team-a}}, expect: PASS}}
"""
_CEL = """\
    parameters:
      least: {{title: How many members it has at least., default: 1}}
    cel:
      # sections that it may ask for: {sections}
      when: resource.account != "222222222222"
      expression: |
        {root} != null && size({root}) >= params.least
      message: "it has {{{{ {root} == null ? 0 : size({root}) }}}} members"
    tests:
      - {{name: it is not configured, expect: FAIL, message: it has 0 members}}
      - {{name: it is, sections: {{{root}: {{Name: example}}}}, expect: PASS}}
      - {{name: it is elsewhere, account: "222222222222", expect: NOT_APPLICABLE}}
"""
_LAMBDA = """\
    lambda:
      # docs/lambda-policies.md tells what it is sent, and has to answer
      function: arn:aws:lambda:eu-west-1:111111111111:function:NAME
      # what it is sent, of: {sections}
      sections: [{root}]
"""
_CONFIG_RULE = """\
    config_rule:
      # docs/config-rules.md tells what else may be said; your own rule takes the place of this one
      file: {rule}
      # rule_parameters: {{days: "90"}}
    tests:
      - {{name: it is there, sections: {{{root}: {{}}}}, expect: PASS, message: its item has a configuration}}
"""
_RULE = '''\
"""{id}: what is so where it holds."""

import json

import boto3


def evaluate(item):
    """How it is judged: the words of AWS Config, and why."""
    if "configuration" in item:
        return "COMPLIANT", "its item has a configuration"
    return "NON_COMPLIANT", "there is nothing"


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    compliance, annotation = evaluate(item)
    boto3.client("config").put_evaluations(
        Evaluations=[
            {{
                "ComplianceResourceType": item["resourceType"],
                "ComplianceResourceId": item["resourceId"],
                "ComplianceType": compliance,
                "Annotation": annotation,
                "OrderingTimestamp": item["configurationItemCaptureTime"],
            }}
        ],
        ResultToken=event["resultToken"],
    )
'''
_PYTHON = '''\
"""{id}: what is so where it holds."""

from liveaudit.authoring import Severity, Verdict, failed, passed, policy, resource_type


@policy(
    resource_type("{type}"),
    "{id}",
    Severity.MEDIUM,
    title="What is so where it holds",
    why="Why it matters.",
    fix="How what it finds is mended.",
)
def {id}({root}) -> Verdict:
    """How it is judged."""
    if {root}:
        return passed()
    return failed("there is nothing")
'''
TEMPLATES: Mapping[str, str] = {
    "cel": _HEAD + _CEL,
    "config-rule": _HEAD + _CONFIG_RULE,
    "lambda": _HEAD + _LAMBDA,
    "python": _PYTHON,
    "tags": _HEAD + _TAGS,
}
"""By kind."""


class ScaffoldError(LiveauditError):
    """There is no such beginning."""


def scaffold(kind: str, policy_id: str, resource_type: ResourceType) -> str:
    """The text of a file. Raises ScaffoldError."""
    if kind not in TEMPLATES:
        raise ScaffoldError(f"{kind!r} is no kind of policy; there are {', '.join(TEMPLATES)}")
    if kind == "tags" and not tagged_sections(resource_type):
        raise ScaffoldError(why_untagged(resource_type))
    if kind == "config-rule" and resource_type.name not in KINDS:
        raise ScaffoldError(
            f"no configuration item can be made of {resource_type.name}: see docs/config-items.md"
        )
    return TEMPLATES[kind].format(
        id=policy_id,
        type=resource_type.name,
        root=resource_type.root,
        sections=", ".join(sorted(resource_type.sections)),
        rule=_rule_file(policy_id),
    )


def beside(kind: str, policy_id: str) -> Mapping[str, str]:
    """Further files that belong to it, by their path from the file's folder on."""
    return {_rule_file(policy_id): _RULE.format(id=policy_id)} if kind == "config-rule" else {}


def _rule_file(policy_id: str) -> str:
    return f"rules/{policy_id}/{policy_id}.py"
