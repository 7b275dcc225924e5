"""S3, IAM and S3 Control as AWS has them today, where moto is older."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab

ALL_ON = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


def public_policy(bucket: str, condition: dict[str, object] | None = None) -> str:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_new_bucket(lab: Lab) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket")
    rules = s3.get_bucket_encryption(Bucket="bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_public_access_block(Bucket="bucket")["PublicAccessBlockConfiguration"] == ALL_ON
    ownership = s3.get_bucket_ownership_controls(Bucket="bucket")["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_encryption_cannot_be_taken_away(lab: Lab) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket")
    s3.delete_bucket_encryption(Bucket="bucket")
    assert s3.get_bucket_encryption(Bucket="bucket")["ServerSideEncryptionConfiguration"]["Rules"]


def test_no_acls_while_the_owner_is_enforced(lab: Lab) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket")
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_acl(Bucket="bucket", ACL="private")
    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        s3.put_bucket_acl(Bucket="bucket", ACL="public-read")
    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        s3.put_bucket_acl(Bucket="bucket", GrantWrite=f'uri="{EVERYBODY}"')
    with pytest.raises(ClientError, match="InvalidBucketAclWithObjectOwnership"):
        s3.create_bucket(Bucket="other", ACL="public-read")


def test_no_public_acls_while_they_are_blocked(lab: Lab) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket", ObjectOwnership="BucketOwnerPreferred")
    with pytest.raises(ClientError, match="BlockPublicAcls"):
        s3.put_bucket_acl(Bucket="bucket", ACL="public-read")
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_acl(Bucket="bucket", ACL="public-read-write")
    grants = s3.get_bucket_acl(Bucket="bucket")["Grants"]
    public = {grant["Permission"] for grant in grants if grant["Grantee"].get("URI") == EVERYBODY}
    assert public == {"READ", "WRITE"}


def test_accounts_block_counts_too(lab: Lab) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket", ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket="bucket")
    control = lab.client(RECEIVER, "s3control", "us-east-1")
    control.put_public_access_block(AccountId=RECEIVER, PublicAccessBlockConfiguration=ALL_ON)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_bucket_policy(Bucket="bucket", Policy=public_policy("bucket"))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_bucket_acl(Bucket="bucket", ACL="public-read")
    assert control.get_public_access_block(AccountId=RECEIVER)["PublicAccessBlockConfiguration"] == ALL_ON
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        lab.client(PUBLISHER, "s3control", "us-east-1").get_public_access_block(AccountId=PUBLISHER)


def test_no_public_policy_while_it_is_blocked(lab: Lab) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket")
    with pytest.raises(ClientError, match="BlockPublicPolicy"):
        s3.put_bucket_policy(Bucket="bucket", Policy=public_policy("bucket"))
    own = public_policy("bucket", {"StringEquals": {"aws:PrincipalAccount": RECEIVER}})
    s3.put_bucket_policy(Bucket="bucket", Policy=own)
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_policy(Bucket="bucket", Policy=public_policy("bucket"))
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"]["IsPublic"] is True


def test_list_buckets_by_prefix_region_and_page(lab: Lab) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    for name in ("b-one", "a-two", "a-one"):
        s3.create_bucket(Bucket=name)
    elsewhere = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="a-far", CreateBucketConfiguration=elsewhere)
    lab.client(PUBLISHER, "s3", "us-east-1").create_bucket(Bucket="a-foreign")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["a-far", "a-one", "a-two", "b-one"]
    (one,) = s3.list_buckets(Prefix="a-one", MaxBuckets=1)["Buckets"]
    assert one["BucketRegion"] == "us-east-1"
    assert one["BucketArn"] == "arn:aws:s3:::a-one"
    assert one["CreationDate"]
    assert [bucket["Name"] for bucket in s3.list_buckets(BucketRegion="eu-west-1")["Buckets"]] == ["a-far"]
    pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Buckets"]) for page in pages] == [3, 1]


def test_credential_report_has_the_root_user(lab: Lab) -> None:
    iam = lab.client(RECEIVER, "iam", "us-east-1")
    iam.create_user(UserName="user")
    while iam.generate_credential_report()["State"] != "COMPLETE":
        time.sleep(0.01)
    rows = iam.get_credential_report()["Content"].decode().splitlines()
    assert [row.split(",")[0] for row in rows] == ["user", "<root_account>", "user"]
    assert len({row.count(",") for row in rows}) == 1
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["AccountMFAEnabled"] == 0
    assert summary["AccountAccessKeysPresent"] == 0


def test_managed_policies_survive_a_reset_unattached(lab: Lab) -> None:
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam = lab.client(RECEIVER, "iam", "us-east-1")
    iam.create_user(UserName="user")
    iam.attach_user_policy(UserName="user", PolicyArn=admin)
    assert iam.get_policy(PolicyArn=admin)["Policy"]["AttachmentCount"] == 1
    lab.reset()
    assert iam.get_policy(PolicyArn=admin)["Policy"]["AttachmentCount"] == 0


def test_authorization_details_name_managed_policies_in_use(lab: Lab) -> None:
    iam = lab.client(RECEIVER, "iam", "us-east-1")
    iam.create_user(UserName="user")
    iam.attach_user_policy(UserName="user", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    own = iam.create_policy(PolicyName="own", PolicyDocument=document)
    policies = iam.get_account_authorization_details()["Policies"]
    assert {policy["PolicyName"] for policy in policies} == {"AdministratorAccess", "own"}
    local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
    assert [policy["Arn"] for policy in local] == [own["Policy"]["Arn"]]
