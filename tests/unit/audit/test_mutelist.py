"""Prowler's mutelists: what they come to, and what is not taken."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.mutelist import MutelistError, read_mutelist
from liveaudit.model import Resource
from liveaudit.policies.scope import Subject
from liveaudit.services import load

_, POLICIES = load()
IDS = {each.id for each in POLICIES.all()}
FILE = """
Mutelist:
  Accounts:
    "111111111111":
      Checks:
        "iam_user_mfa_enabled_console_access":
          Regions: ["us-east-1"]
          Resources: ["^robot-", "ci$"]
          Description: "robots have no phones"
        "s3_*":
          Regions: [eu-west-1]
          Resources: ["test"]
          Tags: ["env=dev | env=test", "team=a"]
    "*":
      Checks:
        "ec2_*":
          Regions: ["*"]
          Resources: ["*"]
          Exceptions:
            Accounts: ["222222222222"]
            Regions: [eu-west-1]
        "*":
          Regions: ["*"]
          Resources: ["^shared\\\\.name$"]
        "cloud_nothing":
          Regions: ["*"]
          Resources: ["*"]
        "s3_bucket_object_versioning":
          Regions: ["*"]
          Resources: ["x[0-9]{2}"]
        "*_b":
          Regions: ["*"]
          Odd: ["*"]
"""


def exempted(policy_id: str, resource_id: str, **place: Any) -> bool:
    found = read_mutelist(FILE.encode(), IDS, made_by="ann", now=1.0)
    policy = POLICIES.named(policy_id)[0]
    tags = place.pop("tags", {})
    where = {"account": "111111111111", "region": "eu-west-1", **place}
    resource = Resource("aws", where["account"], where["region"], policy.type, resource_id)
    subject = Subject(resource, f"arn:aws:x:::test/{resource_id}", tags)
    return any(each.concerns(policy, {}) and each.exempts(policy, subject, {}) for each in found.exemptions)


MFA, S3, EC2 = (
    "iam_user_mfa_enabled_console_access",
    "s3_bucket_object_versioning",
    "ec2_ebs_volume_encryption",
)


@pytest.mark.parametrize(
    ("policy_id", "resource_id", "place", "accepted"),
    [
        (MFA, "robot-1", {"region": "global"}, True),
        (MFA, "my-ci", {"region": "global"}, True),
        (MFA, "a-robot-1", {"region": "global"}, False),
        (MFA, "robot-1", {"region": "global", "account": "333333333333"}, False),
        (S3, "my-test-bucket", {"tags": {"env": "test", "team": "a"}}, True),
        (S3, "my-test-bucket", {"tags": {"env": "dev", "team": "a"}}, True),
        (S3, "my-test-bucket", {"tags": {"env": "dev"}}, False),
        (S3, "bucket", {"tags": {"env": "dev", "team": "a"}}, False),
        (S3, "shared.name", {"account": "999999999999"}, True),
        (S3, "sharedxname", {"account": "999999999999"}, False),
        (EC2, "vol-1", {}, True),
        (EC2, "vol-1", {"account": "222222222222"}, False),
        (EC2, "vol-1", {"account": "222222222222", "region": "us-east-1"}, True),
    ],
)
def test_it_exempts_what_it_muted(
    policy_id: str, resource_id: str, place: dict[str, Any], accepted: bool
) -> None:
    assert POLICIES.named(policy_id), policy_id
    assert exempted(policy_id, resource_id, **place) is accepted


def test_what_is_not_taken_is_told_with_its_line() -> None:
    found = read_mutelist(FILE.encode(), IDS, made_by="ann", now=1.0)
    assert [(each.line, each.entry) for each in found.left_out] == [
        (25, "*: cloud_nothing"),
        (28, "*: s3_bucket_object_versioning"),
        (31, "*: *_b"),
    ]
    assert {each.reason for each in found.exemptions} == {"robots have no phones", "from Prowler's mutelist"}
    assert len({each.id for each in found.exemptions}) == len(found.exemptions) == 5


@pytest.mark.parametrize(
    "file", [b"", b"[]", b"Mutelist: 7", b"Mutelist: {Accounts: []}", b"Mutelist: {{{", b"\xff", b"a: *b"]
)
def test_what_is_no_mutelist_is_refused(file: bytes) -> None:
    with pytest.raises(MutelistError):
        read_mutelist(file, IDS, made_by="ann", now=1.0)


@pytest.mark.parametrize(
    "entry",
    [
        '{"*": {Regions: ["*"], Resources: ["*"]}}',
        '{"*": {Regions: ["eu-.*"], Resources: ["a"]}}',
        '{"(s3|ec2)_x": {Regions: ["*"], Resources: ["a"]}}',
        '{"s3_*": {Regions: ["*"], Resources: ["a"], Tags: ["env=.*"]}}',
        '{"s3_*": {Regions: ["*"], Resources: ["(a+)+b"]}}',
        '{"s3_*": [1]}',
        '{"s3_*": {Regions: ["*"], Resources: ["a"], Exceptions: {Accounts: ["x"]}}}',
    ],
)
def test_what_would_mean_more_is_left_out(entry: str) -> None:
    file = f'Mutelist: {{Accounts: {{"*": {{Checks: {entry}}}}}}}'
    found = read_mutelist(file.encode(), IDS, made_by="ann", now=1.0)
    assert (len(found.exemptions), len(found.left_out)) == (0, 1)
