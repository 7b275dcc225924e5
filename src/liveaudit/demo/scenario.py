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


def _open_ssh(clients: Clients, names: dict[str, str]) -> None:
    ec2 = clients(SHOP, "ec2", "us-east-1")
    answer = ec2.create_security_group(GroupName="web", Description="the front door of the shop")
    names["group"] = answer["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=names["group"], IpPermissions=_anywhere(22))


def _delete_group(clients: Clients, names: dict[str, str]) -> None:
    clients(SHOP, "ec2", "us-east-1").delete_security_group(GroupId=names["group"])


def _open_acl(clients: Clients, names: dict[str, str]) -> None:
    ec2 = clients(SECURITY, "ec2", "eu-west-1")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    names["acl"] = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    _acl_entry(clients, names, "allow")


def _acl_entry(clients: Clients, names: dict[str, str], action: str) -> None:
    ec2 = clients(SECURITY, "ec2", "eu-west-1")
    entry = {
        "NetworkAclId": names["acl"],
        "RuleNumber": 90,
        "Protocol": "6",
        "Egress": False,
        "CidrBlock": "0.0.0.0/0",
        "PortRange": {"From": 3389, "To": 3389},
        "RuleAction": action,
    }
    (ec2.create_network_acl_entry if action == "allow" else ec2.replace_network_acl_entry)(**entry)


def _attach_admin_policy(clients: Clients, names: dict[str, str]) -> None:
    iam = clients(SHOP, "iam", "us-east-1")
    # harmless until it is attached: an audit in between would truly see it unattached
    answer = iam.create_policy(PolicyName="deployers", PolicyDocument=json.dumps(_READER))
    names["policy"] = answer["Policy"]["Arn"]
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=_trust({"Service": "ec2.amazonaws.com"}))
    iam.attach_role_policy(RoleName="deployer", PolicyArn=names["policy"])
    iam.create_policy_version(PolicyArn=names["policy"], PolicyDocument=json.dumps(_ADMIN), SetAsDefault=True)


def _mend_admin_policy(clients: Clients, names: dict[str, str]) -> None:
    clients(SHOP, "iam", "us-east-1").create_policy_version(
        PolicyArn=names["policy"], PolicyDocument=json.dumps(_READER), SetAsDefault=True
    )


def _trust(principal: object, condition: Mapping[str, Any] | None = None) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = dict(condition)
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _give_console(clients: Clients, _names: dict[str, str]) -> None:
    iam = clients(SECURITY, "iam", "us-east-1")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="correct-Horse-7-battery")  # noqa: S106 - of a lab


def _give_mfa(clients: Clients, _names: dict[str, str]) -> None:
    iam = clients(SECURITY, "iam", "us-east-1")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ann", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


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


EU, US = REGIONS[1], REGIONS[0]
_NEW_BUCKET = (
    "s3_bucket_secure_transport_policy",
    "s3_bucket_object_versioning",
    "s3_bucket_no_mfa_delete",
    "s3_bucket_server_access_logging_enabled",
    "s3_bucket_kms_encryption",
    "s3_bucket_lifecycle_enabled",
)
_ADMINISTRATION = (
    "iam_customer_attached_policy_no_administrative_privileges",
    "iam_no_custom_policy_permissive_role_assumption",
    "iam_policy_allows_decrypt_on_all_keys",
    "iam_policy_no_full_access_to_kms",
    "iam_policy_no_full_access_to_cloudtrail",
    "iam_policy_allows_privilege_escalation",
)
_ANYBODYS_ROLE = (
    "iam_role_trust_allows_any_principal",
    "iam_role_trusts_external_account_without_external_id",
)
_SSH = (
    "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
    "ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports",
    "ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports",
)


def steps() -> list[Step]:
    """The changes in order."""
    return [*_storage_opens(), *_network(), *_identity(), *_storage_closes()]


def _storage_opens() -> list[Step]:
    return [
        _step(
            "somebody creates a bucket",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3", EU).create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": EU}
            ),
            *((each, BUCKET, OPENED) for each in _NEW_BUCKET),
        ),
        _step(
            "... switches its public access block off",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3", EU).put_public_access_block(
                Bucket=BUCKET, PublicAccessBlockConfiguration=_OPEN_BLOCK
            ),
            ("s3_bucket_level_public_access_block", BUCKET, OPENED),
        ),
        _step(
            "... lets its ACL count again",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3", EU).put_bucket_ownership_controls(
                Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
            ),
            ("s3_bucket_acl_prohibited", BUCKET, OPENED),
        ),
        _step(
            "... makes it readable by everybody with an ACL",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3", EU).put_bucket_acl(Bucket=BUCKET, ACL="public-read"),
            ("s3_bucket_public_access", BUCKET, OPENED),
            ("s3_bucket_public_list_acl", BUCKET, OPENED),
        ),
        _step(
            "... and lets everybody write into it with a policy",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3", EU).put_bucket_policy(
                Bucket=BUCKET, Policy=json.dumps(_EVERYBODY_WRITES)
            ),
            ("s3_bucket_policy_public_write_access", BUCKET, OPENED),
            ("s3_bucket_cross_account_access", BUCKET, OPENED),
        ),
    ]


def _network() -> list[Step]:
    return [
        _step(
            "a group opens SSH to the world",
            SHOP,
            US,
            _open_ssh,
            *((each, "{group}", OPENED) for each in _SSH),
        ),
        _step(
            "... and the port is closed again",
            SHOP,
            US,
            lambda c, n: c(SHOP, "ec2", US).revoke_security_group_ingress(
                GroupId=n["group"], IpPermissions=_anywhere(22)
            ),
            *((each, "{group}", CLOSED) for each in _SSH),
        ),
        _step(
            "a network ACL lets remote desktop in",
            SECURITY,
            EU,
            _open_acl,
            ("ec2_networkacl_allow_ingress_tcp_port_3389", "{acl}", OPENED),
        ),
        _step(
            "... and denies it",
            SECURITY,
            EU,
            lambda c, n: _acl_entry(c, n, "deny"),
            ("ec2_networkacl_allow_ingress_tcp_port_3389", "{acl}", CLOSED),
        ),
        _step(
            "new disks are encrypted by default from now on",
            SECURITY,
            US,
            lambda c, _: c(SECURITY, "ec2", US).enable_ebs_encryption_by_default(),
            ("ec2_ebs_default_encryption", US, CLOSED),
        ),
    ]


def _identity() -> list[Step]:
    return [
        _step(
            "a policy that may do everything is attached to a role",
            SHOP,
            US,
            _attach_admin_policy,
            *((each, "{policy}", OPENED) for each in _ADMINISTRATION),
        ),
        _step(
            "... and its next version may only read",
            SHOP,
            US,
            _mend_admin_policy,
            *((each, "{policy}", CLOSED) for each in _ADMINISTRATION),
        ),
        _step(
            "the role may be assumed by anybody",
            SHOP,
            US,
            lambda c, _: c(SHOP, "iam", US).update_assume_role_policy(
                RoleName="deployer", PolicyDocument=_trust({"AWS": "*"})
            ),
            *((each, "deployer", OPENED) for each in _ANYBODYS_ROLE),
        ),
        _step(
            "... and by the machines alone again",
            SHOP,
            US,
            lambda c, _: c(SHOP, "iam", US).update_assume_role_policy(
                RoleName="deployer", PolicyDocument=_trust({"Service": "ec2.amazonaws.com"})
            ),
            *((each, "deployer", CLOSED) for each in _ANYBODYS_ROLE),
        ),
        _step(
            "a user gets a password and no second factor",
            SECURITY,
            US,
            _give_console,
            ("iam_user_mfa_enabled_console_access", "ann", OPENED),
            ("iam_user_hardware_mfa_enabled", "ann", OPENED),
        ),
        _step(
            "... and then the second factor",
            SECURITY,
            US,
            _give_mfa,
            ("iam_user_mfa_enabled_console_access", "ann", CLOSED),
        ),
        _step(
            "passwords get a length",
            SHOP,
            US,
            lambda c, _: c(SHOP, "iam", US).update_account_password_policy(
                MinimumPasswordLength=14, PasswordReusePrevention=24
            ),
            ("iam_password_policy_minimum_length_14", SHOP, CLOSED),
            ("iam_password_policy_reuse_24", SHOP, CLOSED),
        ),
    ]


def _storage_closes() -> list[Step]:
    return [
        _step(
            "the whole account blocks public access: the bucket is out of danger, though nobody touched it",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3control", EU).put_public_access_block(
                AccountId=SHOP, PublicAccessBlockConfiguration=_CLOSED_BLOCK
            ),
            ("s3_account_level_public_access_blocks", SHOP, CLOSED),
            ("s3_bucket_public_access", BUCKET, CLOSED),
            ("s3_bucket_public_list_acl", BUCKET, CLOSED),
            ("s3_bucket_policy_public_write_access", BUCKET, CLOSED),
        ),
        _step(
            "the bucket gets a policy that demands TLS instead",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3", EU).put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(_ONLY_TLS)),
            ("s3_bucket_cross_account_access", BUCKET, CLOSED),
            ("s3_bucket_secure_transport_policy", BUCKET, CLOSED),
        ),
        _step(
            "the bucket is deleted",
            SHOP,
            EU,
            lambda c, _: c(SHOP, "s3", EU).delete_bucket(Bucket=BUCKET),
            ("s3_bucket_level_public_access_block", BUCKET, CLOSED),
            ("s3_bucket_acl_prohibited", BUCKET, CLOSED),
            *((each, BUCKET, CLOSED) for each in _NEW_BUCKET if each != "s3_bucket_secure_transport_policy"),
        ),
    ]
