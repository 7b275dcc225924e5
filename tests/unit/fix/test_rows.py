"""What single fixes do where they have to be careful."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.fix.row import Call, Step, UnfixableError, step_of
from liveaudit.fix.table import FIXES
from tests.support.fix_samples import GROUP, OPEN_RULE, given

GROUPS = "AWS::EC2::SecurityGroup"
SSH = "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22"


def steps(policy: str, type_name: str, **sections: Any) -> list[Step]:
    fix = FIXES[policy, type_name]
    return list(fix.make(given(fix, policy, **sections)))


def test_only_the_rules_shown_are_revoked_and_come_back_with_their_description() -> None:
    (step,) = steps(SSH, GROUPS)
    (permission,) = step.call.params["IpPermissions"]
    assert permission["IpRanges"] == [{"CidrIp": "0.0.0.0/0", "Description": "for a day"}]
    assert step.undo == Call("ec2", "AuthorizeSecurityGroupIngress", step.call.params)


def test_a_group_whose_rules_are_others_by_now_is_left_alone() -> None:
    with pytest.raises(UnfixableError, match="stand no longer"):
        steps(SSH, GROUPS, group={**GROUP, "IpPermissions": []})


def test_rules_that_are_not_all_shown_are_left_to_people() -> None:
    fix = FIXES[SSH, GROUPS]
    many = given(fix, SSH)
    with pytest.raises(UnfixableError, match="by hand"):
        fix.make(type(many)(many.resource, many.arn, many.sections, {}, {"rules": [OPEN_RULE] * 20}))


def test_the_default_group_loses_all_its_rules_both_ways() -> None:
    ingress, egress = steps("ec2_securitygroup_default_restrict_traffic", GROUPS)
    assert ingress.call.params["IpPermissions"][0]["UserIdGroupPairs"] == [
        {"GroupId": "sg-2", "UserId": "111111111111"}
    ]
    assert egress.call.operation == "RevokeSecurityGroupEgress"


def test_a_statement_is_added_to_a_bucket_policy_and_the_policy_comes_back_as_it_was() -> None:
    written = '{"Version": "2012-10-17", "Statement": {"Sid": "Read", "Effect": "Allow"}}'
    policy = "s3_bucket_secure_transport_policy"
    (step,) = steps(policy, "AWS::S3::Bucket", policy_document=written)
    first, second = json.loads(step.call.params["Policy"])["Statement"]
    assert first == {"Sid": "Read", "Effect": "Allow"}
    assert second["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert step.undo == Call("s3", "PutBucketPolicy", {"Bucket": "shop-photos", "Policy": written})
    (alone,) = steps(policy, "AWS::S3::Bucket")
    assert alone.undo == Call("s3", "DeleteBucketPolicy", {"Bucket": "shop-photos"})


def test_a_block_that_there_was_none_of_is_taken_away_again() -> None:
    (step,) = steps("s3_account_level_public_access_blocks", "AWS::S3::AccountPublicAccessBlock")
    assert step.undo == Call("s3control", "DeletePublicAccessBlock", {"AccountId": "111111111111"})


def test_all_else_in_the_password_policy_stays() -> None:
    policy = "iam_password_policy_symbol"
    before = {
        "MinimumPasswordLength": 20,
        "RequireNumbers": True,
        "ExpirePasswords": False,
        "MaxPasswordAge": 0,
    }
    (step,) = steps(policy, "AWS::IAM::Account", password_policy=before)
    assert step.call.params == {"MinimumPasswordLength": 20, "RequireNumbers": True, "RequireSymbols": True}
    assert step.undo is not None
    assert step.undo.params == {"MinimumPasswordLength": 20, "RequireNumbers": True}
    (made,) = steps(policy, "AWS::IAM::Account", password_policy=None)
    assert made.undo == Call("iam", "DeleteAccountPasswordPolicy", {})


def test_a_limit_that_was_set_is_the_one_that_is_put() -> None:
    policy = "iam_password_policy_minimum_length_14"
    fix = FIXES[policy, "AWS::IAM::Account"]
    sample = given(fix, policy)
    sample = replace(sample, values={**sample.values, "limit": 20})
    (step,) = fix.make(sample)
    assert step.call.params["MinimumPasswordLength"] == 20


def test_what_is_not_known_cannot_be_undone_and_is_not_done() -> None:
    with pytest.raises(UnfixableError, match="not stored"):
        steps("rds_instance_no_public_access", "AWS::RDS::DBInstance", instance={})


def test_members_of_a_cluster_are_left_to_the_cluster() -> None:
    member = {"DBClusterIdentifier": "shop", "DeletionProtection": False}
    with pytest.raises(UnfixableError, match="cluster"):
        steps("rds_instance_deletion_protection", "AWS::RDS::DBInstance", instance=member)


def test_urls_of_aliases_are_closed_too() -> None:
    plain, alias = steps("awslambda_function_url_public", "AWS::Lambda::Function")
    assert "Qualifier" not in plain.call.params
    assert alias.call.params["Qualifier"] == "live"


def test_steps_go_into_the_store_and_come_back() -> None:
    for policy in ("kms_cmk_rotation_enabled", "kms_cmk_not_deleted_unintentionally"):
        (step,) = steps(policy, "AWS::KMS::Key")
        assert step_of(json.loads(json.dumps(step.plain()))) == step
