"""Rules of AWS Config in files of policies: found, checked, seen to change."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from liveaudit.custom.files import load_bytes, load_folder
from liveaudit.custom.following import Following
from liveaudit.custom.functions import asked_functions
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.policy import Policy, PolicyKind
from liveaudit.services import load
from tests.support.own_policies import a_file, own

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:RDK-Rule-Function-TLS"
RULE = {"file": "rules/tls.py"}


def folder_with(path: Path, rule: dict[str, Any], **more: Any) -> Path:
    """A folder with one policy in it, and its rule."""
    rules = path / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "tls.py").write_text("def lambda_handler(event, context): ...")
    (path / "a.yaml").write_bytes(a_file(own(tags=None, config_rule=rule, **more)))
    return path


def only(path: Path) -> Policy:
    loaded = load_folder(path)
    assert loaded.told() == []
    (policy,) = loaded.policies
    return policy


def options(policy: Policy) -> RuleOptions:
    assert policy.asks is not None
    assert isinstance(policy.asks.options, RuleOptions)
    return policy.asks.options


def test_a_rule(tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    said = {
        **RULE,
        "handler": "main",
        "rule_parameters": {"days": "3"},
        "libraries": ["layer"],
        "timeout": 9,
        "memory": 256,
    }
    policy = only(folder_with(tmp_path, said))
    assert policy.kind == PolicyKind.CONFIG_RULE
    assert {"acl", "policy_document", "tagging"} <= policy.sections
    judge: Any = policy.judge
    assert judge.judged == (
        "A rule of AWS Config says it, in the file rules/tls.py, invoked for each resource."
    )
    assert options(policy) == RuleOptions(
        (str(tmp_path / "rules"), str(tmp_path / "layer")), "tls", "main", False, {"days": "3"}, 9.0, 256
    )


def test_a_rule_that_is_deployed(tmp_path: Path) -> None:
    said = {"function": ARN, "fields": ["configuration.name"], "rule_parameters": {"days": "3"}}
    policy = only(folder_with(tmp_path, said))
    assert options(policy).deployed == ARN
    assert options(policy).fields == ("configuration.name",)
    assert asked_functions([policy]) == (ARN,)


def test_a_periodic_rule_judges_any_type(tmp_path: Path) -> None:
    said = {**RULE, "trigger": "periodic", "sections": ["password_policy"]}
    policy = only(folder_with(tmp_path, said, type="AWS::IAM::Account"))
    assert options(policy).periodic
    assert policy.sections == {"summary", "password_policy"}


@pytest.mark.parametrize(
    ("told", "periodic", "parameters"),
    [
        (
            {"SourceEvents": "AWS::S3::Bucket", "InputParameters": '{"days": "3", "none": ""}'},
            False,
            {"days": "3"},
        ),
        (
            {"SourcePeriodic": "One_Hour", "OptionalParameters": '{"a": "1"}', "InputParameters": "{}"},
            True,
            {"a": "1"},
        ),
        ({"SourcePeriodic": "One_Hour", "SourceEvents": "AWS::S3::Bucket"}, False, {}),
    ],
)
def test_what_rdk_tells_is_read(
    tmp_path: Path, told: dict[str, str], periodic: bool, parameters: dict[str, str]
) -> None:
    folder_with(tmp_path, RULE)
    (tmp_path / "rules" / "parameters.json").write_text(json.dumps({"Version": "1.0", "Parameters": told}))
    found = options(only(tmp_path))
    assert (found.periodic, found.parameters) == (periodic, parameters)


def test_what_the_file_says_counts_before_rdk(tmp_path: Path) -> None:
    folder_with(tmp_path, {**RULE, "trigger": "change", "rule_parameters": {"days": "9"}})
    told = {"SourcePeriodic": "One_Hour", "InputParameters": '{"days": "3"}'}
    (tmp_path / "rules" / "parameters.json").write_text(json.dumps({"Parameters": told}))
    found = options(only(tmp_path))
    assert (found.periodic, found.parameters) == (False, {"days": "9"})


@pytest.mark.parametrize(
    ("said", "more", "mistake"),
    [
        ({}, {}, "file or function is needed"),
        ({**RULE, "function": ARN}, {}, "file or function is needed, and one of the two"),
        ({**RULE, "fields": ["tags"]}, {}, "fields: is for functions"),
        ({"function": ARN}, {}, "fields is missing"),
        (
            {"function": ARN, "fields": ["tags"], "trigger": "periodic"},
            {},
            "only a rule in a file can be periodic",
        ),
        (
            {"function": ARN.replace("eu-west", "cn-north"), "fields": ["tags"]},
            {},
            "is in the partition aws-cn",
        ),
        ({"function": "RDK", "fields": ["tags"]}, {}, "a function's ARN"),
        ({"file": "tls.py"}, {}, "a .py file in a folder of its own"),
        ({"file": "../rules/tls.py"}, {}, "a .py file in a folder of its own"),
        ({"file": "rules/none.py"}, {}, "cannot be read in the folder of policies: No such file"),
        ({"file": "rules/no-name.py"}, {}, "is no name that Python can import"),
        ({"file": "rules/link.py"}, {}, "leads out of the folder of policies"),
        ({"file": "rules/open.py"}, {}, "anybody may write it: chmod o-w 'rules/open.py'"),
        ({**RULE, "libraries": ["none"]}, {}, "libraries[0]: 'none' is no folder"),
        ({**RULE, "libraries": ["away"]}, {}, "leads out of the folder of policies"),
        (
            {**RULE, "sections": ["alc"]},
            {},
            "sections[0]: 'alc' is no section of AWS::S3::Bucket",
        ),
        ({**RULE, "rule_parameters": {"days": 3}}, {}, "rule_parameters.days"),
        ({**RULE, "timeout": 0}, {}, "timeout: 0 is too little: 1 is the least"),
        ({**RULE, "memory": 99999}, {}, "memory: 99999 is too much: 10240 is the most"),
        (RULE, {"type": "AWS::ECS::Cluster"}, "no configuration item can be made of AWS::ECS::Cluster"),
    ],
)
def test_mistakes(tmp_path: Path, said: dict[str, Any], more: dict[str, Any], mistake: str) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (away / "else.py").write_text("")
    policies = tmp_path / "policies"
    policies.mkdir()
    folder_with(policies, said, **more)
    rules = policies / "rules"
    (rules / "no-name.py").write_text("")
    (rules / "open.py").write_text("")
    (rules / "open.py").chmod(0o646)
    (rules / "link.py").symlink_to(away / "else.py")
    (policies / "away").symlink_to(away)
    (told,) = load_folder(policies).told()
    assert mistake in told


@pytest.mark.parametrize(
    "text", ["no JSON", "[]", '{"Parameters": {"InputParameters": "{"}}', '{"Parameters": 3}']
)
def test_what_rdk_would_not_write(tmp_path: Path, text: str) -> None:
    folder_with(tmp_path, RULE)
    (tmp_path / "rules" / "parameters.json").write_text(text)
    (told,) = load_folder(tmp_path).told()
    assert "parameters.json beside it is not as RDK writes it" in told


def test_without_a_folder_there_is_no_file() -> None:
    found = load_bytes(a_file(own(tags=None, config_rule=RULE)), "a.yaml")
    assert "stands in no folder" in found.mistakes[0].text


def test_a_changed_rule_is_another_policy(tmp_path: Path) -> None:
    following = Following()
    folder_with(tmp_path, RULE)
    helper = tmp_path / "rules" / "helper.py"
    versions = []
    for number in range(3):
        helper.write_text(f"NUMBER = {number}")
        os.utime(helper, ns=(number + 1, number + 1))
        assert following.step(tmp_path)
        assert not following.step(tmp_path)
        versions += [each.version for each in load()[1].own]
    assert len(set(versions)) == 3
    assert following.health[0].mistakes == ()
    following.step(None)
    assert load()[1].own == ()
