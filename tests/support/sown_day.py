"""What happens in the store that is sown: a quiet night, then a morning with a few bad ideas."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.provision import names
from liveaudit.store import heartbeats, sweeps
from liveaudit.store.database import Database
from liveaudit.store.heartbeats import Heartbeat
from tests.support.sown import EU, NOW, PAYMENTS, SECURITY, SHOP, US, By, Sower, Unread

ANN = By(f"arn:aws:sts::{SHOP}:assumed-role/Developer/ann@example.com")
BEN = By(f"arn:aws:iam::{PAYMENTS}:user/ben", "IAMUser", "198.51.100.80", "Boto3/1.43.2 md/Botocore#1.43.2")
PIPELINE = By(
    f"arn:aws:sts::{SHOP}:assumed-role/deploy/terraform",
    address="192.0.2.44",
    agent="APN/1.0 HashiCorp/1.0 Terraform/1.13.1 terraform-provider-aws/6.20.0",
)
CLOUDFORMATION = By(
    f"arn:aws:sts::{PAYMENTS}:assumed-role/cfn/AWSCloudFormation",
    address="cloudformation.amazonaws.com",
    agent="cloudformation.amazonaws.com",
)
_ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
_OWNER = {"ID": "c0ffee", "DisplayName": "owner"}
BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
NOT_BLOCKED = dict.fromkeys(BLOCKED, False)


def bucket(account: str, name: str, region: str = EU) -> Resource:
    """A bucket."""
    return Resource("aws", account, region, "AWS::S3::Bucket", name)


def group(account: str, number: str, region: str = EU) -> Resource:
    """A security group."""
    return Resource("aws", account, region, "AWS::EC2::SecurityGroup", number)


def a_bucket(name: str, **others: Any) -> dict[str, Any]:
    """The sections of a bucket as they should be, but for ``others``."""
    return {
        "bucket": {"Name": name, "BucketRegion": EU, "CreationDate": "2024-03-01T09:30:00+00:00"},
        "acl": {"Owner": _OWNER, "Grants": [_grant()]},
        "public_access_block": BLOCKED,
        "ownership_controls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "encryption": {
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": f"arn:aws:kms:{EU}:{SHOP}:key/0b1c2d3e",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
        "versioning": {"Status": "Enabled", "MFADelete": "Disabled"},
        "logging": {"TargetBucket": "logs-of-the-shop", "TargetPrefix": f"{name}/"},
        "lifecycle": {
            "Rules": [
                {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 400}}
            ]
        },
        "notification": {},
        "tagging": [{"Key": "team", "Value": "shop"}, {"Key": "environment", "Value": "production"}],
        "location": EU,
        "request_payment": "BucketOwner",
        **others,
    }


def _grant(uri: str = "", permission: str = "FULL_CONTROL") -> dict[str, Any]:
    whom = {"Type": "Group", "URI": uri} if uri else {"Type": "CanonicalUser", **_OWNER}
    return {"Grantee": whom, "Permission": permission}


def public_acl() -> dict[str, Any]:
    """An access list that everybody may read by."""
    return {"Owner": _OWNER, "Grants": [_grant(), _grant(_ALL_USERS, "READ")]}


def a_group(number: str, *rules: tuple[int, int, str], name: str = "web") -> dict[str, Any]:
    """The sections of a security group with these rules: from port, to port, network."""
    return {
        "group": {
            "GroupId": number,
            "GroupName": name,
            "Description": f"{name} servers",
            "OwnerId": SHOP,
            "VpcId": "vpc-0a1b2c3d",
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": start,
                    "ToPort": end,
                    "IpRanges": [{"CidrIp": network, "Description": "as asked for"}],
                    "Ipv6Ranges": [],
                    "PrefixListIds": [],
                    "UserIdGroupPairs": [],
                }
                for start, end, network in rules
            ],
            "IpPermissionsEgress": [],
            "Tags": [{"Key": "Name", "Value": name}],
        },
        "prefix_lists": {},
        "network_interfaces": [{"NetworkInterfaceId": "eni-0a1b2c3d"}],
        "vpc_associations": [],
    }


def a_queue(*statements: dict[str, Any], **attributes: str) -> dict[str, Any]:
    """The sections of a queue."""
    policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}
    return {"attributes": {**(policy if statements else {}), **attributes}, "tags": {"team": "payments"}}


def _for_everybody(actions: list[str], resource: str) -> str:
    statement = {
        "Sid": "Everyone",
        "Effect": "Allow",
        "Principal": "*",
        "Action": actions,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def sow_day(database: Database) -> Sower:
    """Sow it all."""
    sower = Sower(database)
    _first_sweep(sower)
    _morning(sower)
    _quarantine(sower)
    _workers(database)
    sower.at = NOW
    return sower


def _first_sweep(sower: Sower) -> None:
    sower.at = NOW - 22 * 3600
    for name, others in (
        ("shop-photos", {}),
        ("shop-invoices", {"logging": None, "lifecycle": None}),
        ("shop-backups-of-the-production-database-in-ireland-2026", {"versioning": {}, "encryption": None}),
        ("logs-of-the-shop", {"public_access_block": NOT_BLOCKED, "policy_document": None}),
    ):
        sower.swept(bucket(SHOP, name), a_bucket(name, **others))
    sower.swept(
        bucket(PAYMENTS, "ledger"),
        a_bucket("ledger", encryption=Unread("AccessDenied: s3:GetEncryptionConfiguration is not allowed")),
    )
    sower.swept(
        group(SHOP, "sg-0a11b22c33d44e55f"), a_group("sg-0a11b22c33d44e55f", (443, 443, "10.0.0.0/8"))
    )
    sower.swept(
        group(PAYMENTS, "sg-0f00ba4", US), a_group("sg-0f00ba4", (5432, 5432, "10.2.0.0/16"), name="ledger")
    )
    sower.swept(_queue("orders"), a_queue(SqsManagedSseEnabled="true"))
    sower.swept(_queue("refunds"), a_queue(SqsManagedSseEnabled="false"))
    sower.swept(
        Resource("aws", SECURITY, GLOBAL_REGION, "AWS::S3::AccountPublicAccessBlock", SECURITY),
        {"public_access_block": None},
    )


def _queue(name: str) -> Resource:
    url = f"https://sqs.{EU}.amazonaws.com/{PAYMENTS}/{name}"
    return Resource("aws", PAYMENTS, EU, "AWS::SQS::Queue", url)


def _morning(sower: Sower) -> None:
    photos, web = bucket(SHOP, "shop-photos"), group(SHOP, "sg-0a11b22c33d44e55f")
    hours = 3600
    sower.at = NOW - 19 * hours
    sower.changed(
        web,
        a_group(web.id, (443, 443, "10.0.0.0/8"), (22, 22, "0.0.0.0/0")),
        "AuthorizeSecurityGroupIngress",
        ANN,
        request={"groupId": web.id, "ipPermissions": {"items": [{"fromPort": 22, "toPort": 22}]}},
    )
    sower.at = NOW - 18.6 * hours
    sower.changed(
        web,
        a_group(web.id, (443, 443, "10.0.0.0/8")),
        "RevokeSecurityGroupIngress",
        ANN,
        request={"groupId": web.id},
        late=0.9,
    )
    sower.at = NOW - 11 * hours
    sower.changed(
        bucket(SHOP, "shop-invoices"),
        {"logging": {"TargetBucket": "logs-of-the-shop", "TargetPrefix": "invoices/"}},
        "PutBucketLogging",
        PIPELINE,
        request={"bucketName": "shop-invoices"},
    )
    sower.at = NOW - 6 * hours
    ledger = group(PAYMENTS, "sg-0f00ba4", US)
    sower.changed(
        ledger,
        a_group(ledger.id, (5432, 5432, "0.0.0.0/0"), name="ledger"),
        "AuthorizeSecurityGroupIngress",
        BEN,
        request={"groupId": ledger.id},
        late=4.1,
    )
    sower.at = NOW - 3 * hours
    orders = _queue("orders")
    everyone = json.loads(_for_everybody(["sqs:SendMessage"], "*"))["Statement"][0]
    sower.changed(
        orders,
        a_queue(everyone, SqsManagedSseEnabled="true"),
        "SetQueueAttributes",
        CLOUDFORMATION,
        request={"queueUrl": orders.id},
    )
    sower.at = NOW - 1.5 * hours
    sower.changed(
        web,
        a_group(web.id, (443, 443, "10.0.0.0/8"), (22, 22, "0.0.0.0/0")),
        "AuthorizeSecurityGroupIngress",
        PIPELINE,
        request={"groupId": web.id},
        late=2.2,
    )
    sower.at = NOW - 700
    sower.changed(
        photos,
        {"public_access_block": None, "ownership_controls": None},
        "DeleteBucketPublicAccessBlock",
        ANN,
        request={"bucketName": photos.id},
    )
    sower.at = NOW - 120
    sower.changed(
        photos, {"acl": public_acl()}, "PutBucketAcl", ANN, request={"bucketName": photos.id}, late=0.8
    )
    sower.at = NOW - 60
    sower.changed(
        photos,
        {
            "policy_document": _for_everybody(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::shop-photos/*"),
            "policy_status": {"IsPublic": True},
        },
        "PutBucketPolicy",
        ANN,
        request={"bucketName": photos.id},
    )


def _quarantine(sower: Sower) -> None:
    sower.at = NOW - 5400
    sower.received("this is no JSON at all")
    stranger = sower.event("999999999999", EU, "s3", "PutBucketAcl", BEN, {"bucketName": "theirs"})
    sower.received(json.dumps(stranger))
    odd = sower.event(SHOP, EU, "s3", "PutBucketAcl", ANN, {"bucketName": "shop-photos"})
    sower.received(json.dumps({**odd, "detail-type": "Scheduled Event"}))


def _workers(database: Database) -> None:
    queues = tuple(f"{region}/{names.QUEUE}" for region in (EU, US))
    heart = Heartbeat("worker-1", "audit-1", 4711, "0.1.0", NOW - 86_000, NOW - 2, queues)
    database.submit(lambda c: heartbeats.beat(c, heart)).result()
    places = ((EU, "s3"), (EU, "ec2"), (US, "ec2"), (EU, "sqs"))
    for account in (SHOP, PAYMENTS):
        asked = sweeps.Asked("aws", account, places, (EU, US), sweeps.DEMAND)
        database.submit(partial(sweeps.ask, asked=asked, now=NOW - 300)).result()
