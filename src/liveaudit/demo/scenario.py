"""What happens in the demonstration: about twenty real API calls, most of them mended, and what must come of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

SECURITY = "111111111111"
SHOP = "222222222222"
REGIONS = ("us-east-1", "eu-west-1")

OPENED = "opened"
CLOSED = "closed"


class Clients(Protocol):
    """Gives boto3 clients on the lab."""

    def __call__(self, account: str, service: str, region: str) -> Any:
        """A client for ``service`` in that account and region."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change. ``expected``: (policy, resource id, opened or closed) that must follow from it, and no other."""

    title: str
    account: str
    region: str
    run: Callable[[Clients, dict[str, str]], object]
    expected: Callable[[Mapping[str, str]], set[tuple[str, str, str]]]


BUCKET = "shop-photos"
_OPEN_BLOCK = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}
_CLOSED_BLOCK = dict.fromkeys(_OPEN_BLOCK, True)
_EVERYBODY_WRITES = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Uploads",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        }
    ],
}
_ONLY_TLS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
_ADMIN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_READER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}],
}


def _anywhere(port: int) -> list[dict[str, Any]]:
    return [
        {
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "everybody"}],
        }
    ]


def _create_group(clients: Clients, names: dict[str, str]) -> None:
    answer = clients(SHOP, "ec2", "us-east-1").create_security_group(
        GroupName="web", Description="the shop's front door"
    )
    names["group"] = answer["GroupId"]


def _create_admin_policy(clients: Clients, names: dict[str, str]) -> None:
    iam = clients(SHOP, "iam", "us-east-1")
    answer = iam.create_policy(PolicyName="deployers", PolicyDocument=json.dumps(_ADMIN))
    names["policy"] = answer["Policy"]["Arn"]


def _mend_admin_policy(clients: Clients, names: dict[str, str]) -> None:
    clients(SHOP, "iam", "us-east-1").create_policy_version(
        PolicyArn=names["policy"], PolicyDocument=json.dumps(_READER), SetAsDefault=True
    )


def _trust(principal: object, condition: Mapping[str, Any] | None = None) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = dict(condition)
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _step(
    title: str,
    account: str,
    region: str,
    run: Callable[[Clients, dict[str, str]], object],
    *expected: tuple[str, str, str],
) -> Step:
    """A step whose resource ids may name what an earlier step made: ``{group}``."""

    def filled(names: Mapping[str, str]) -> set[tuple[str, str, str]]:
        return {(policy, resource.format(**names), what) for policy, resource, what in expected}

    return Step(title, account, region, run, filled)


def steps() -> list[Step]:
    """The changes in order."""
    eu, us = "eu-west-1", "us-east-1"
    return [
        _step(
            "create a bucket",
            SHOP,
            eu,
            lambda c, _: c(SHOP, "s3", eu).create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": eu}
            ),
            ("s3_bucket_secure_transport_policy", BUCKET, OPENED),
        ),
        _step(
            "switch its public access block off",
            SHOP,
            eu,
            lambda c, _: c(SHOP, "s3", eu).put_public_access_block(
                Bucket=BUCKET, PublicAccessBlockConfiguration=_OPEN_BLOCK
            ),
            ("s3_bucket_level_public_access_block", BUCKET, OPENED),
        ),
        _step(
            "let its ACLs count again",
            SHOP,
            eu,
            lambda c, _: c(SHOP, "s3", eu).put_bucket_ownership_controls(
                Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
            ),
        ),
        _step(
            "make it readable by everybody (ACL)",
            SHOP,
            eu,
            lambda c, _: c(SHOP, "s3", eu).put_bucket_acl(Bucket=BUCKET, ACL="public-read"),
            ("s3_bucket_public_access", BUCKET, OPENED),
            ("s3_bucket_public_list_acl", BUCKET, OPENED),
        ),
        _step(
            "let everybody write into it (policy)",
            SHOP,
            eu,
            lambda c, _: c(SHOP, "s3", eu).put_bucket_policy(
                Bucket=BUCKET, Policy=json.dumps(_EVERYBODY_WRITES)
            ),
            ("s3_bucket_policy_public_write_access", BUCKET, OPENED),
            ("s3_bucket_cross_account_access", BUCKET, OPENED),
        ),
        _step(
            "open SSH to the world",
            SHOP,
            us,
            _create_group,
        ),
        _step(
            "",
            SHOP,
            us,
            lambda c, n: c(SHOP, "ec2", us).authorize_security_group_ingress(
                GroupId=n["group"], IpPermissions=_anywhere(22)
            ),
            ("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22", "{group}", OPENED),
            ("ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports", "{group}", OPENED),
            ("ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports", "{group}", OPENED),
        ),
    ]
