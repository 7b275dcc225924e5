"""What the CIS benchmark wants a warning for: by the events that must raise it, not by how a filter is written.

Source: CIS AWS Foundations Benchmark 7.0, section 5. Of events that can no longer happen (ClassicLink) none is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watched:
    """One control of CIS 7.0, what it is about, and the records that must raise a warning."""

    policy_id: str
    control: str
    what: str
    why: str
    records: Sequence[Record]


def record(source: str, name: str, **given: Any) -> Record:
    """A CloudTrail record of somebody's successful change, as far as filters look at it."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:somebody",
            "arn": "arn:aws:sts::111122223333:assumed-role/somebody/somebody",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
        },
        "eventTime": "2026-01-01T00:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.0",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        **given,
    }


def _changes(source: str, *names: str) -> Sequence[Record]:
    return [record(source, name) for name in names]


def _sign_in(result: str, mfa: str, **given: Any) -> Record:
    return record(
        "signin",
        "ConsoleLogin",
        userIdentity={"type": "IAMUser", "accountId": "111122223333", "userName": "somebody"},
        eventType="AwsConsoleSignIn",
        responseElements={"ConsoleLogin": result},
        additionalEventData={"MFAUsed": mfa, "MobileVersion": "No"},
        **given,
    )


_ROOT = {"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}

QUIET: Sequence[Record] = [
    *(
        record(source, name, readOnly=True)
        for source, name in (
            ("cloudtrail", "GetTrail"),
            ("config", "DescribeConfigurationRecorders"),
            ("ec2", "DescribeInstances"),
            ("iam", "ListUsers"),
            ("kms", "DescribeKey"),
            ("organizations", "DescribeOrganization"),
            ("s3", "ListBuckets"),
        )
    ),
    record("sts", "AssumeRole"),
    record("dynamodb", "CreateTable"),
]
"""Everyday work. Who is warned of this is warned of everything, and hears nothing."""

WATCHED: Sequence[Watched] = (
    Watched(
        "cloudwatch_log_metric_filter_unauthorized_api_calls",
        "5.1",
        "API calls that were not allowed",
        "Refused calls in number show a stolen key being tried, or somebody looking for what is open.",
        [
            record("ec2", "RunInstances", errorCode="Client.UnauthorizedOperation"),
            record("iam", "CreateUser", errorCode="AccessDenied"),
            record("lambda", "ListFunctions20150331", errorCode="AccessDeniedException", readOnly=True),
        ],
    ),
    Watched(
        "cloudwatch_log_metric_filter_sign_in_without_mfa",
        "5.2",
        "sign-ins to the console without MFA",
        "A sign-in by password alone may be by whoever has the password.",
        [_sign_in("Success", "No")],
    ),
    Watched(
        "cloudwatch_log_metric_filter_root_usage",
        "5.3",
        "use of the root",
        "The root is used so rarely that each use is worth a question.",
        [
            record("ec2", "RunInstances", userIdentity=_ROOT),
            record("signin", "ConsoleLogin", userIdentity=_ROOT, eventType="AwsConsoleSignIn"),
        ],
    ),
    Watched(
        "cloudwatch_log_metric_filter_policy_changes",
        "5.4",
        "changes of IAM policies",
        "A changed policy is how an intruder gives himself rights that stay.",
        _changes(
            "iam",
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeleteGroupPolicy",
            "DeletePolicy",
            "DeletePolicyVersion",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "DetachGroupPolicy",
            "DetachRolePolicy",
            "DetachUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
        ),
    ),
    Watched(
        "cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled",
        "5.5",
        "changes of CloudTrail's configuration",
        "Who stops a trail does not want to be seen.",
        _changes("cloudtrail", "CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail"),
    ),
    Watched(
        "cloudwatch_log_metric_filter_authentication_failures",
        "5.6",
        "sign-ins to the console that failed",
        "Many failures show that passwords are being tried.",
        [_sign_in("Failure", "No", errorMessage="Failed authentication")],
    ),
    Watched(
        "cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk",
        "5.7",
        "KMS keys that are disabled or to be deleted",
        "What a deleted key has encrypted cannot be read by anybody any more.",
        _changes("kms", "DisableKey", "ScheduleKeyDeletion"),
    ),
    Watched(
        "cloudwatch_log_metric_filter_for_s3_bucket_policy_changes",
        "5.8",
        "changes of who may use S3 buckets",
        "One changed bucket policy may open everything in the bucket.",
        _changes(
            "s3",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketPolicy",
            "DeleteBucketReplication",
            "PutBucketAcl",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketPolicy",
            "PutBucketReplication",
        ),
    ),
    Watched(
        "cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled",
        "5.9",
        "changes of AWS Config's configuration",
        "While the recorder stands still, nobody can tell later what was changed.",
        _changes(
            "config",
            "DeleteDeliveryChannel",
            "PutConfigurationRecorder",
            "PutDeliveryChannel",
            "StopConfigurationRecorder",
        ),
    ),
    Watched(
        "cloudwatch_log_metric_filter_security_group_changes",
        "5.10",
        "changes of security groups",
        "One rule more may let the internet in.",
        _changes(
            "ec2",
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
            "RevokeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
        ),
    ),
    Watched(
        "cloudwatch_changes_to_network_acls_alarm_configured",
        "5.11",
        "changes of network ACLs",
        "An ACL is the fence around a subnet, whatever its instances' groups say.",
        _changes(
            "ec2",
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
            "ReplaceNetworkAclEntry",
        ),
    ),
    Watched(
        "cloudwatch_changes_to_network_gateways_alarm_configured",
        "5.12",
        "changes of network gateways",
        "A gateway is the way out of a VPC, and into it.",
        _changes(
            "ec2",
            "AttachInternetGateway",
            "CreateCustomerGateway",
            "CreateInternetGateway",
            "DeleteCustomerGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ),
    ),
    Watched(
        "cloudwatch_changes_to_network_route_tables_alarm_configured",
        "5.13",
        "changes of route tables",
        "A changed route may lead traffic past the firewall, or out.",
        _changes(
            "ec2",
            "CreateRoute",
            "CreateRouteTable",
            "DeleteRoute",
            "DeleteRouteTable",
            "DisassociateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
        ),
    ),
    Watched(
        "cloudwatch_changes_to_vpcs_alarm_configured",
        "5.14",
        "changes of VPCs and their peerings",
        "A peering joins two networks that were apart.",
        _changes(
            "ec2",
            "AcceptVpcPeeringConnection",
            "CreateVpc",
            "CreateVpcPeeringConnection",
            "DeleteVpc",
            "DeleteVpcPeeringConnection",
            "ModifyVpcAttribute",
            "RejectVpcPeeringConnection",
        ),
    ),
    Watched(
        "cloudwatch_log_metric_filter_aws_organizations_changes",
        "5.15",
        "changes of the organization",
        "Who leaves the organization leaves its guardrails behind.",
        _changes(
            "organizations",
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdateOrganizationalUnit",
            "UpdatePolicy",
        ),
    ),
)
