"""The set-up as files: the same resources in CloudFormation and Terraform, and commands that a shell reads as meant."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.provision.desired import Desired, SetKey, StackSet, desired
from liveaudit.provision.emit import GUIDE, emit
from liveaudit.provision.emit.as_terraform import stack
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.services import load
from tests.support.installations import MANAGEMENT, RECEIVER, SHOP, installation, variants
from tests.support.terraform import parse

CATALOG, POLICIES = load()
CASES = [
    pytest.param(each, id=f"{partition}, {name}")
    for partition in ("aws", "aws-cn")
    for name, each in variants(partition).items()
]
_OF = {
    "AWS::SQS::Queue": "aws_sqs_queue",
    "AWS::SQS::QueuePolicy": "aws_sqs_queue_policy",
    "AWS::Events::Rule": "aws_cloudwatch_event_rule",
    "AWS::IAM::Role": "aws_iam_role",
}


def wanted(given: Installation) -> Desired:
    return desired(given, CATALOG, POLICIES)


def resources(text: str) -> Counter[str]:
    """How many resources of each type a configuration has."""
    return Counter(re.findall(r'^resource "(\w+)"', text, re.MULTILINE))


@pytest.mark.parametrize("given", CASES)
def test_terraform_makes_what_the_stacks_would(given: Installation) -> None:
    whole = wanted(given)
    files = emit(whole)
    places = [
        (each.template, target)
        for each in whole.stack_sets
        if not each.service_managed
        for target in each.targets
    ] + [(each.template, (each.account, each.region)) for each in whole.stacks]
    assert places
    for template, (account, region) in places:
        text = files[f"terraform/{account}/{region}.tf"]
        made = resources(text)
        for kind, name in _OF.items():
            assert made[name] == sum(each["Type"] == kind for each in template["Resources"].values()), kind
        assert made["aws_cloudwatch_event_target"] == made["aws_cloudwatch_event_rule"]
        assert "${" not in text, "everything is known: nothing is left to be substituted"
    # python-hcl2 takes its time: one file of each folder, and every one that is not a region's
    for path, text in files.items():
        if (path.endswith(f"{given.home}.tf") and given.receiver in path) or path.endswith(
            ("main.tf", "r.tf")
        ):
            parse(text)


@pytest.mark.parametrize("given", CASES)
def test_grants_are_in_both(given: Installation) -> None:
    whole = wanted(given)
    files = emit(whole)
    granted = sum(
        resources(files[f"terraform/{given.receiver}/{region}.tf"])["aws_cloudwatch_event_permission"]
        for region in whole.publishers
    )
    assert granted == files[GUIDE].count("aws events put-permission")
    assert (granted > 0) == any(whole.publishers.values())


@pytest.mark.parametrize("given", CASES)
def test_the_guide_names_every_file_and_is_read_by_a_shell_as_meant(given: Installation) -> None:
    files = emit(wanted(given))
    commands = [
        shlex.split(line) for line in files[GUIDE].splitlines() if line.startswith(("aws ", "terraform "))
    ]
    for words in commands:
        for word in words:
            if word.startswith("file://") or word.endswith(".json"):
                assert word.removeprefix("file://") in files
            if word.startswith("{"):
                json.loads(word)
    templates = {path for path in files if path.startswith("cloudformation/")}
    assert {path for path in templates if path in files[GUIDE]} == templates
    folders = {path.split("/")[1] for path in files if path.startswith("terraform/")}
    applied = [words[1] for words in commands if words[0] == "terraform" and words[2] == "apply"]
    assert applied[0] == f"-chdir=terraform/{given.receiver}", "the receiver first: it grants"
    assert {each.rpartition("/")[2] for each in applied} == folders


def block(text: str, kind: str) -> dict[str, Any]:
    """The first resource of a kind."""
    found = next(each[kind] for each in parse(text)["resource"] if kind in each)
    made = next(iter(found.values()))
    return dict(made)


def test_values_are_those_of_the_template() -> None:
    text = emit(wanted(installation()))[f"terraform/{SHOP}/us-east-1.tf"]
    target = block(text, "aws_cloudwatch_event_target")
    assert target["arn"] == f"arn:aws:events:us-east-1:{RECEIVER}:event-bus/default"
    assert target["role_arn"] == f"arn:aws:iam::{SHOP}:role/liveaudit-forwarding"
    assert target["region"] == "us-east-1"
    queue = block(text, "aws_sqs_queue")
    assert queue["name"] == "liveaudit-undelivered"
    assert queue["sqs_managed_sse_enabled"] is True


def test_new_accounts_are_enrolled_and_wait_for_the_grant() -> None:
    files = emit(wanted(variants()["service-managed"]))
    text = files[f"terraform/{RECEIVER}/liveaudit-publisher.tf"]
    assert "enabled                          = true" in text
    assert "depends_on" in text
    assert "aws_cloudwatch_event_permission.liveaudit_organization_us_east_1" in text
    assert (
        files[f"terraform/{RECEIVER}/liveaudit-publisher.json"]
        == files["cloudformation/liveaudit-publisher.json"]
    )
    assert f"terraform/{MANAGEMENT}/us-east-1.tf" in files, "service-managed stack sets leave it out"


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (
            {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "KmsMasterKeyId": "k"}},
            "KmsMasterKeyId",
        ),
        ({"Type": "AWS::S3::Bucket"}, "AWS::S3::Bucket"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Join": ["", ["q"]]}}}, "Fn::Join"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Nobody}"}}}, "Nobody"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Nobody"}}}, "Nobody"),
        (
            {
                "Type": "AWS::Events::Rule",
                "Properties": {"EventPattern": {}, "Targets": [{"Id": "x", "Arn": "y", "InputPath": "$"}]},
            },
            "InputPath",
        ),
    ],
)
def test_what_has_no_form_is_told_and_not_left_out(resource: dict[str, Any], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        stack({"Resources": {"It": resource}}, "aws", SHOP, "us-east-1")


def test_hostile_texts_stay_texts() -> None:
    given = StackSet(
        SetKey("liveaudit-receiver"),
        "the ${path.module} of `id`",
        {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": 'a${b}"\n%{c}'}}}},
        frozenset({(RECEIVER, "us-east-1")}),
        administration_role="arn:aws:iam::111111111111:role/x; rm -rf /",
    )
    files = emit(replace(wanted(installation()), stack_sets=(given,), publishers={}))
    assert block(files[f"terraform/{RECEIVER}/us-east-1.tf"], "aws_sqs_queue")["name"] == 'a${b}"\n%{c}'
    [made] = [line for line in files[GUIDE].splitlines() if "create-stack-set " in line]
    words = shlex.split(made)
    assert words[words.index("--administration-role-arn") + 1] == given.administration_role
