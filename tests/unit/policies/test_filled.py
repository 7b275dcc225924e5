"""Remedies with what is known of the resource put in."""

from __future__ import annotations

import shlex

import pytest

from liveaudit.model import Resource
from liveaudit.policies.filled import filled
from liveaudit.services import load, remedies


def cli(policy_id: str, rid: str, region: str = "eu-west-1") -> str:
    catalog, policies = load()
    policy = policies.named(policy_id)[0]
    resource = Resource("aws", "111122223333", region, policy.type, rid)
    return filled(remedies()[policy_id], catalog.types[policy.type], resource, f"arn:aws:x:::{rid}")["cli"]


@pytest.mark.parametrize(
    ("policy", "rid", "part"),
    [
        ("s3_bucket_object_versioning", "shop", "--bucket shop "),
        ("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22", "sg-1", "Values=sg-1"),
        ("rds_instance_deletion_protection", "orders", "--db-instance-identifier orders "),
        ("ecs_service_no_assign_public_ip", "shop/web", "--cluster shop --service web "),
    ],
)
def test_the_resource_is_put_in_with_its_region(policy: str, rid: str, part: str) -> None:
    found = cli(policy, rid)
    assert part in found
    assert "--region eu-west-1" in found


def test_what_is_not_known_is_left_to_the_reader() -> None:
    found = cli("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22", "sg-1")
    assert "--security-group-rule-ids RULE-ID" in found
    assert "--cidr KNOWN-CIDR" in found


def test_what_has_no_region_is_told_none() -> None:
    assert "--region" not in cli("iam_user_hardware_mfa_enabled", "ann", "global")


@pytest.mark.parametrize(
    "rid", ["x; rm -rf /", "$(id)", "a'b", "`id`", "x --profile admin", "a\nb", "a\u202eb"]
)
def test_a_hostile_name_is_one_word_of_the_command_or_not_in_it(rid: str) -> None:
    words = shlex.split(cli("s3_bucket_object_versioning", rid).splitlines()[0])
    assert words[words.index("--bucket") + 1] in (rid, "BUCKET")
    assert words[-2:] == ["--region", "eu-west-1"]


def test_no_remedy_of_any_policy_fails_or_runs_what_a_name_holds() -> None:
    catalog, policies = load()
    hostile = "zz'; $(touch /tmp/x) \""
    for policy in policies.all():
        resource = Resource("aws", "111122223333", "eu-west-1", policy.type, hostile)
        known = remedies()[policy.id]
        for name, text in filled(known, catalog.types[policy.type], resource, hostile).items():
            if name == "cli":
                assert hostile not in text.replace(shlex.quote(hostile), "")
            else:
                assert hostile not in text
