"""S3's policies by real calls in the lab."""

from __future__ import annotations

import json

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def test_a_bucket(live: Live) -> None:
    s3 = live.client("s3")
    s3.create_bucket(Bucket="data")
    s3.delete_public_access_block(Bucket="data")
    s3.put_bucket_ownership_controls(
        Bucket="data", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    anybody = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    s3.put_bucket_acl(Bucket="data", GrantRead=anybody, GrantWrite=anybody)
    public = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::data/*",
    }
    s3.put_bucket_policy(Bucket="data", Policy=json.dumps({"Version": "2012-10-17", "Statement": [public]}))
    wrong = (
        "s3_bucket_level_public_access_block",
        "s3_bucket_public_list_acl",
        "s3_bucket_public_write_acl",
        "s3_bucket_public_access",
        "s3_bucket_policy_public_write_access",
    )
    for policy in (*wrong, "s3_bucket_secure_transport_policy"):
        live.opens(policy, "data")
    s3.put_public_access_block(Bucket="data", PublicAccessBlockConfiguration=dict.fromkeys(FLAGS, True))
    for policy in wrong:
        live.resolves(policy, "data")


def test_an_access_point(live: Live) -> None:
    """Its block cannot be changed: another access point takes its place."""
    live.client("s3").create_bucket(Bucket="points")
    control = live.client("s3control")
    given = {"AccountId": live.account, "Name": "open", "Bucket": "points"}
    control.create_access_point(
        **given, PublicAccessBlockConfiguration=dict.fromkeys(FLAGS, True) | {FLAGS[0]: False}
    )
    live.opens("s3_access_point_public_access_block", "open")
    control.delete_access_point(AccountId=live.account, Name="open")
    live.archives("s3_access_point_public_access_block", "open")
    control.create_access_point(
        **(given | {"Name": "closed"}), PublicAccessBlockConfiguration=dict.fromkeys(FLAGS, True)
    )
    live.verdict("s3_access_point_public_access_block", "closed", "PASS")
