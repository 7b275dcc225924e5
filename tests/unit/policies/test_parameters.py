"""Typed parameters: what they take, and that the built-in policies judge by them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.model import Outcome, Resource
from liveaudit.policies.parameters import Kind, ParameterError, Value, accounts, number, ports
from liveaudit.policies.policy import Context, call_judge
from liveaudit.services import load

_, POLICIES = load()
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
OLD = (NOW - dt.timedelta(days=50)).isoformat()


@pytest.mark.parametrize(
    ("given", "value"), [(30, 30), (1, 1), (0, None), ("30", None), (True, None), (2.5, None), ([1], None)]
)
def test_a_number(given: Any, value: int | None) -> None:
    parameter = number("days", 7, "Days.", most=99)
    if value is None:
        with pytest.raises(ParameterError, match="days takes a whole number from 1 to 99"):
            parameter.checked(given)
    else:
        assert parameter.checked(given) == value


@pytest.mark.parametrize("given", [22, "22", [22, "80"], [70_000], [None], list(range(1001))])
def test_ports_that_are_none(given: Any) -> None:
    with pytest.raises(ParameterError):
        ports("closed", (22,), "Ports.").checked(given)


@pytest.mark.parametrize("given", ["111111111111", ["11111111111"], [111111111111], ["111111111111x"]])
def test_accounts_that_are_none(given: Any) -> None:
    with pytest.raises(ParameterError):
        accounts("trusted", "Accounts.").checked(given)


def judged(policy_id: str, values: dict[str, Value], **sections: Any) -> Outcome:
    (policy,) = POLICIES.named(policy_id)
    known = {each.name: each for each in policy.takes}
    return call_judge(
        policy,
        {name: sections.get(name) for name in policy.sections},
        resource=Resource("aws", "1" * 12, "eu-west-1", policy.type, "it"),
        now=NOW,
        context=Context(frozenset({"1" * 12})),
        values={name: known[name].checked(value) for name, value in values.items()},
    ).outcome


GROUP = {
    "GroupName": "g",
    "IpPermissions": [
        {
            "IpProtocol": "tcp",
            "FromPort": 8443,
            "ToPort": 8443,
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            "Ipv6Ranges": [],
            "PrefixListIds": [],
            "UserIdGroupPairs": [],
        }
    ],
}
KEYS = [{"AccessKeyId": "A", "Status": "Active", "CreateDate": OLD, "LastUsed": {"LastUsedDate": OLD}}]
QUEUE = {
    "Policy": '{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", '
    '"Principal": {"AWS": "arn:aws:iam::999999999999:root"}}}'
}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("iam_rotate_access_key_90_days", {"access_keys": KEYS}, {}, {"days": 40}),
    ("iam_user_accesskey_unused", {"access_keys": KEYS}, {"days": 60}, {}),
    (
        "iam_password_policy_minimum_length_14",
        {"password_policy": {"MinimumPasswordLength": 14}},
        {},
        {"limit": 20},
    ),
    (
        "cloudwatch_log_group_retention_policy_specific_days_enabled",
        {"log_group": {"retentionInDays": 30}},
        {"days": 30},
        {},
    ),
    ("kinesis_stream_data_retention_period", {"stream": {"RetentionPeriodHours": 24}}, {"hours": 24}, {}),
    (
        "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
        {"group": GROUP, "prefix_lists": {}},
        {},
        {"closed": [22, 8443]},
    ),
    (
        "ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports",
        {"group": GROUP, "prefix_lists": {}},
        {"allowed": [8443]},
        {},
    ),
]


@pytest.mark.parametrize(("policy_id", "sections", "good", "bad"), CASES, ids=[each[0] for each in CASES])
def test_built_in_policies_judge_by_what_is_set(
    policy_id: str, sections: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert judged(policy_id, good, **sections) == Outcome.PASS
    assert judged(policy_id, bad, **sections) == Outcome.FAIL


def test_trusted_accounts_may_be_set_for_one_policy() -> None:
    strangers = [each for each in POLICIES.all() if "context" in each.parameters]
    assert all("trusted_accounts" in {one.name for one in each.takes} for each in strangers)
    policy_id = next(each.id for each in strangers if each.type == "AWS::SQS::Queue")
    assert judged(policy_id, {}, attributes=QUEUE) == Outcome.FAIL
    trusting: dict[str, Any] = {"trusted_accounts": ["999999999999"]}
    assert judged(policy_id, trusting, attributes=QUEUE) == Outcome.PASS


def test_every_parameter_is_told_and_takes_its_own_default() -> None:
    for policy in POLICIES.all():
        for each in policy.takes:
            assert each.title.endswith("."), (policy.id, each.name)
            assert each.checked(each.default) == each.default
            assert each.kind in Kind
