"""For every fix a resource that needs it: its id, its sections as they are stored, what the finding shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liveaudit.fix.row import Fix, Given
from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.policies.parameters import with_defaults
from liveaudit.services import load

CATALOG, POLICIES = load()
ACCOUNT, REGION = "111111111111", "eu-west-1"
OPEN_RULE = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
GROUP = {
    "GroupName": "default",
    "IpPermissions": [
        {
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "for a day"}, {"CidrIp": "10.0.0.0/8"}],
            "Ipv6Ranges": [],
            "PrefixListIds": [],
            "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": ACCOUNT, "PeeringStatus": "active"}],
        }
    ],
    "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
}
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hello"


@dataclass(frozen=True, slots=True)
class Sample:
    """A resource. ``evidence``: of the finding, whatever policy has it."""

    id: str
    sections: dict[str, Any]
    evidence: dict[str, Any] = field(default_factory=dict)
    region: str = REGION


SAMPLES = {
    "AWS::S3::Bucket": Sample(
        "shop-photos",
        {
            "public_access_block": {"BlockPublicAcls": True, "RestrictPublicBuckets": False},
            "policy_document": None,
            "versioning": {},
            "ownership_controls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        },
    ),
    "AWS::S3::AccountPublicAccessBlock": Sample(ACCOUNT, {"public_access_block": None}, region=GLOBAL_REGION),
    "AWS::EC2::SecurityGroup": Sample("sg-1", {"group": GROUP}, {"rules": [OPEN_RULE]}),
    "AWS::EC2::RegionSettings": Sample(
        REGION,
        {
            "ebs_encryption": False,
            "snapshot_block_public_access": "unblocked",
            "image_block_public_access": "unblocked",
            "instance_metadata_defaults": None,
        },
    ),
    "AWS::EC2::Instance": Sample("i-1", {"instance": {"MetadataOptions": {"HttpTokens": "optional"}}}),
    "AWS::EC2::Snapshot": Sample("snap-1", {"public": "snap-1"}),
    "AWS::EC2::Image": Sample("ami-1", {"image": {"Public": True}}),
    "AWS::EC2::Subnet": Sample("subnet-1", {"subnet": {"MapPublicIpOnLaunch": True}}),
    "AWS::RDS::DBInstance": Sample(
        "shop",
        {
            "instance": {
                "PubliclyAccessible": True,
                "DeletionProtection": False,
                "AutoMinorVersionUpgrade": False,
                "CopyTagsToSnapshot": False,
            }
        },
    ),
    "AWS::RDS::DBCluster": Sample("shop", {"cluster": {"DeletionProtection": False}}),
    "AWS::DynamoDB::Table": Sample(
        "orders",
        {
            "table": {"TableName": "orders"},
            "point_in_time_recovery": {"PointInTimeRecoveryStatus": "DISABLED"},
        },
    ),
    "AWS::IAM::Account": Sample(
        ACCOUNT,
        {"password_policy": {"MinimumPasswordLength": 8, "ExpirePasswords": False}},
        region=GLOBAL_REGION,
    ),
    "AWS::IAM::User": Sample(
        "-rob; rm",
        {
            "access_keys": [
                {"AccessKeyId": "AKIAEXAMPLEEXAMPLE01", "Status": "Active"},
                {"AccessKeyId": "AKIAEXAMPLEEXAMPLE02", "Status": "Active"},
            ]
        },
        {"AccessKeys": [{"AccessKeyId": "AKIAEXAMPLEEXAMPLE01"}]},
        region=GLOBAL_REGION,
    ),
    "AWS::KMS::Key": Sample(
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        {"key": {"KeyState": "PendingDeletion"}, "rotation": {"KeyRotationEnabled": False}},
    ),
    "AWS::CloudTrail::Trail": Sample(
        "trail-1", {"trail": {"LogFileValidationEnabled": False}, "status": {"IsLogging": False}}
    ),
    "AWS::ECR::Repository": Sample(
        "shop/web",
        {
            "repository": {
                "imageScanningConfiguration": {"scanOnPush": False},
                "imageTagMutability": "MUTABLE",
            }
        },
    ),
    "AWS::Lambda::Function": Sample(
        "hello",
        {
            "urls": [
                {"FunctionArn": FUNCTION, "AuthType": "NONE"},
                {"FunctionArn": f"{FUNCTION}:live", "AuthType": "NONE"},
            ]
        },
    ),
    "AWS::SQS::Queue": Sample("orders", {"attributes": {"SqsManagedSseEnabled": "false"}}),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Sample(
        "app/web/0123456789abcdef",
        {
            "attributes": {
                "deletion_protection.enabled": "false",
                "routing.http.drop_invalid_header_fields.enabled": "false",
            }
        },
    ),
}


def given(fix: Fix, policy_id: str, **sections: Any) -> Given:
    """What a fix is made from, for one of its policies. ``sections``: others than those of the sample."""
    sample = SAMPLES[fix.type]
    resource = Resource("aws", ACCOUNT, sample.region, fix.type, sample.id)
    policy = POLICIES.get(policy_id, fix.type)
    placeholders = CATALOG.placeholders(resource)
    return Given(
        resource,
        placeholders["arn"],
        {**sample.sections, **sections},
        placeholders,
        sample.evidence,
        with_defaults(policy.takes, {}) if policy else {},
    )
