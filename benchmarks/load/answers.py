"""Canned answers to the calls that an audit makes, and the events that lead to them. Pure.

Shapes from the API references of S3, S3 Control, EC2, IAM and STS. Every resource fails some policy, so that each
event ends in a finding whose history tells when.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, quote, unquote

ACCOUNT, REGION, HOME = "111111111111", "eu-west-1", "us-east-1"
KINDS = ("bucket", "group", "role")
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_S3 = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_OWNER = "<Owner><ID>0123456789abcdef</ID></Owner>"
_ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::example/*",
        }
    ],
}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
_BLOCK = "".join(
    f"<{name}>false</{name}>"
    for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
)
_GRANT = f'<Grant><Grantee {_XSI} xsi:type="Group"><URI>{_ALL_USERS}</URI></Grantee><Permission>READ</Permission></Grant>'
_BY_DEFAULT = "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
_OF_A_BUCKET: dict[str, tuple[int, str]] = {
    "acl": (
        200,
        f"{_XML}<AccessControlPolicy {_S3}>{_OWNER}<AccessControlList>{_GRANT}</AccessControlList></AccessControlPolicy>",
    ),
    "policy": (200, json.dumps(_POLICY)),
    "publicAccessBlock": (
        200,
        f"{_XML}<PublicAccessBlockConfiguration {_S3}>{_BLOCK}</PublicAccessBlockConfiguration>",
    ),
    "ownershipControls": (
        200,
        f"{_XML}<OwnershipControls {_S3}><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>",
    ),
    "encryption": (
        200,
        f"{_XML}<ServerSideEncryptionConfiguration {_S3}><Rule>{_BY_DEFAULT}</Rule></ServerSideEncryptionConfiguration>",
    ),
    "versioning": (200, f"{_XML}<VersioningConfiguration {_S3}/>"),
    "logging": (200, f"{_XML}<BucketLoggingStatus {_S3}/>"),
    "location": (200, f"{_XML}<LocationConstraint {_S3}>{REGION}</LocationConstraint>"),
    "notification": (200, f"{_XML}<NotificationConfiguration {_S3}/>"),
    "lifecycle": (404, "NoSuchLifecycleConfiguration"),
    "tagging": (404, "NoSuchTagSet"),
    "replication": (404, "ReplicationConfigurationNotFoundError"),
    "website": (404, "NoSuchWebsiteConfiguration"),
    "object-lock": (404, "ObjectLockConfigurationNotFoundError"),
    "cors": (404, "NoSuchCORSConfiguration"),
}
_MADE = "2026-11-01T00:00:00.000Z"


def _s3_error(code: str) -> str:
    return f"{_XML}<Error><Code>{code}</Code><Message>{code}</Message></Error>"


_READY = {
    key: (status, (text if status == 200 else _s3_error(text)).encode())
    for key, (status, text) in _OF_A_BUCKET.items()
}
_ACCOUNT_BLOCK = f"{_XML}<PublicAccessBlockConfiguration>{_BLOCK}</PublicAccessBlockConfiguration>".encode()


def of_s3(target: str, buckets: Sequence[str]) -> tuple[str, int, bytes]:
    """What a call is counted as, the status and the body, for a GET of S3 or S3 Control.

    ``buckets``: those that a listing without a prefix gives.
    """
    path, _, query = target.partition("?")
    if path.startswith("/v20180820/"):
        return "s3control:GetPublicAccessBlock", 200, _ACCOUNT_BLOCK
    if path == "/":
        listed = "".join(
            f"<Bucket><Name>{name}</Name><CreationDate>{_MADE}</CreationDate><BucketRegion>{REGION}</BucketRegion></Bucket>"
            for name in parse_qs(query).get("prefix", buckets)
        )
        text = f"{_XML}<ListAllMyBucketsResult {_S3}>{_OWNER}<Buckets>{listed}</Buckets></ListAllMyBucketsResult>"
        return "s3:ListBuckets", 200, text.encode()
    for part in query.split("&"):
        key = part.partition("=")[0]
        if key in _READY:
            return f"s3:{key}", *_READY[key]
    return f"s3:?{query[:40]}", 404, _s3_error("NoSuchKey").encode()


def _group(name: str) -> str:
    return (
        f"<item><ownerId>{ACCOUNT}</ownerId><groupId>{name}</groupId><groupName>{name}</groupName>"
        "<groupDescription>example</groupDescription><vpcId>vpc-1</vpcId><ipPermissions><item><ipProtocol>tcp</ipProtocol>"
        "<fromPort>22</fromPort><toPort>22</toPort><groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>"
        "<ipv6Ranges/><prefixListIds/></item></ipPermissions><ipPermissionsEgress/></item>"
    )


def _iam(operation: str, result: str) -> bytes:
    return (
        f'<{operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{operation}Result>{result}'
        f"</{operation}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
    ).encode()


_GROUP_IDS = re.compile(r"(?:GroupId\.\d+|Filter\.\d+\.Value\.\d+)=([^&]+)")


def of_query(body: str) -> tuple[str, int, bytes]:
    """The same for a call of EC2, IAM or STS, by its form."""
    given = {key: values[0] for key, values in parse_qs(body).items()}
    operation = given.get("Action", "")
    if operation == "DescribeSecurityGroups":
        items = "".join(_group(unquote(each)) for each in _GROUP_IDS.findall(body))
        text = (
            '<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>'
            f"<securityGroupInfo>{items}</securityGroupInfo></DescribeSecurityGroupsResponse>"
        )
        return "ec2:DescribeSecurityGroups", 200, text.encode()
    if operation == "GetRole":
        name = given["RoleName"]
        trust = quote(json.dumps(_TRUST))
        role = (
            f"<Role><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROAEXAMPLE</RoleId>"
            f"<Arn>arn:aws:iam::{ACCOUNT}:role/{name}</Arn><CreateDate>{_MADE}</CreateDate>"
            f"<AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role>"
        )
        return "iam:GetRole", 200, _iam(operation, role)
    if operation == "ListAttachedRolePolicies":
        return f"iam:{operation}", 200, _iam(operation, "<AttachedPolicies/><IsTruncated>false</IsTruncated>")
    if operation == "ListRolePolicies":
        return f"iam:{operation}", 200, _iam(operation, "<PolicyNames/><IsTruncated>false</IsTruncated>")
    if operation == "GetCallerIdentity":
        text = f"<Account>{ACCOUNT}</Account><UserId>u</UserId><Arn>arn:aws:iam::{ACCOUNT}:user/u</Arn>"
        return f"sts:{operation}", 200, _iam(operation, text)
    error = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>m</Message></Error></ErrorResponse>"
    return f"?{operation}", 400, error.encode()


_EVENTS = {
    "bucket": ("s3.amazonaws.com", "PutBucketAcl", "bucketName", REGION),
    "new bucket": ("s3.amazonaws.com", "CreateBucket", "bucketName", REGION),
    "group": ("ec2.amazonaws.com", "AuthorizeSecurityGroupIngress", "groupId", REGION),
    "role": ("iam.amazonaws.com", "UpdateAssumeRolePolicy", "roleName", REGION),
}


def mark(tag: str) -> str:
    """What the names of all resources of a tag hold: hexadecimal, as EC2's ids are."""
    return hashlib.blake2b(tag.encode(), digest_size=4).hexdigest()


def name_of(kind: str, tag: str, number: int) -> str:
    """The name of a tag's resource of this number."""
    return f"{'sg' if kind == 'group' else 'x'}-{mark(tag)}{number:09x}"


def event(kind: str, name: str, at: float) -> dict[str, Any]:
    """An event of this kind on the resource of this name, in its envelope. ``at``: when the change was made."""
    source, operation, parameter, region = _EVENTS[kind]
    made = dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "id": f"e-{name}",
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{source.partition('.')[0]}",
        "account": ACCOUNT,
        "region": region,
        "time": made,
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "eventSource": source,
            "eventName": operation,
            "awsRegion": region,
            "eventTime": made,
            "eventID": f"e-{name}",
            "recipientAccountId": ACCOUNT,
            "requestParameters": {parameter: name},
            "responseElements": None,
            "readOnly": False,
            "managementEvent": True,
            "eventCategory": "Management",
            "sourceIPAddress": "198.51.100.7",
            "userAgent": "aws-cli/2",
            "userIdentity": {
                "type": "IAMUser",
                "arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
                "accountId": ACCOUNT,
                "userName": "ann",
            },
        },
    }
