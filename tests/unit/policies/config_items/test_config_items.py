"""Configuration items as AWS Config makes them: names, times, ids, and what each type has of its own."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import unquote

import pytest

from liveaudit.model import Resource
from liveaudit.policies.config_items.events import LARGEST, RuleCall, change_event, scheduled_event
from liveaudit.policies.config_items.item import KINDS, Seen, configuration_item
from liveaudit.policies.config_items.spelling import LATER, OLD, first_capitals, first_letter
from liveaudit.services import load

AT = dt.datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=dt.UTC)
MADE = "2026-01-02T03:04:05+00:00"


def item(
    type_name: str, sections: dict[str, Any], *, named: str = "one", region: str = "eu-west-1"
) -> dict[str, Any]:
    resource = Resource("aws", "111111111111", region, type_name, named)
    return configuration_item(Seen(resource, f"arn:aws:{named}", {"Owner": "me"}, sections, AT))


@pytest.mark.parametrize(
    ("name", "old", "later"),
    [
        # each from the properties that AWS publishes of a type
        ("DBInstanceIdentifier", "dBInstanceIdentifier", "dbinstanceIdentifier"),
        ("VPCZoneIdentifier", "vPCZoneIdentifier", "vpczoneIdentifier"),
        ("SSEDescription", "sSEDescription", "ssedescription"),
        ("KMSMasterKeyArn", "kMSMasterKeyArn", "kmsmasterKeyArn"),
        ("AWSAccountId", "aWSAccountId", "awsaccountId"),
        ("DNSName", "dNSName", "dnsname"),
        ("VPCId", "vPCId", "vpcid"),
        ("MultiAZ", "multiAZ", "multiAZ"),
        ("TargetGroupARNs", "targetGroupARNs", "targetGroupARNs"),
    ],
)
def test_names(name: str, old: str, later: str) -> None:
    assert (first_letter(name), first_capitals(name)) == (old, later)


def test_times() -> None:
    value = {"CreatedAt": MADE, "Names": ["2026", MADE], "Note": "at 2026-01-02T03:04:05+00:00"}
    assert OLD.told(value) == {
        "createdAt": "2026-01-02T03:04:05.000Z",
        "names": ["2026", "2026-01-02T03:04:05.000Z"],
        "note": "at 2026-01-02T03:04:05+00:00",
    }
    assert LATER.told(value)["createdAt"] == 1767323045000


def test_what_stands_in_every_item() -> None:
    made = item("AWS::S3::Bucket", {"bucket": {"CreationDate": MADE}}, named="a-bucket")
    assert {key: made[key] for key in made if "onfiguration" not in key} == {
        "version": "1.3",
        "awsAccountId": "111111111111",
        "resourceType": "AWS::S3::Bucket",
        "resourceId": "a-bucket",
        "resourceName": "a-bucket",
        "ARN": "arn:aws:a-bucket",
        "awsRegion": "eu-west-1",
        "availabilityZone": "Regional",
        "resourceCreationTime": "2026-01-02T03:04:05.000Z",
        "relatedEvents": [],
        "tags": {"Owner": "me"},
        "relationships": [],
    }
    assert made["configurationItemCaptureTime"] == "2026-03-04T05:06:07.890Z"
    assert made["configurationStateId"] == 1772600767890
    assert made["configurationItemStatus"] == "OK"


@pytest.mark.parametrize(
    ("type_name", "sections", "expected"),
    [
        ("AWS::IAM::User", {"user": {"UserId": "AIDAX"}}, ("AWS::IAM::User", "AIDAX")),
        ("AWS::IAM::ManagedPolicy", {"policy": {"PolicyId": "ANPAX"}}, ("AWS::IAM::Policy", "ANPAX")),
        ("AWS::RDS::DBInstance", {"instance": {"DbiResourceId": "db-X"}}, ("AWS::RDS::DBInstance", "db-X")),
        (
            "AWS::RDS::DBCluster",
            {"cluster": {"DbClusterResourceId": "cluster-X"}},
            ("AWS::RDS::DBCluster", "cluster-X"),
        ),
        ("AWS::SNS::Topic", {"attributes": {"TopicArn": "arn:x"}}, ("AWS::SNS::Topic", "arn:x")),
        (
            "AWS::CertificateManager::Certificate",
            {"certificate": {"CertificateArn": "arn:c"}},
            ("AWS::ACM::Certificate", "arn:c"),
        ),
        ("AWS::EC2::VPC", {}, ("AWS::EC2::VPC", "one")),
    ],
)
def test_ids_are_aws_configs(type_name: str, sections: dict[str, Any], expected: tuple[str, str]) -> None:
    made = item(type_name, sections)
    assert (made["resourceType"], made["resourceId"]) == expected


@pytest.mark.parametrize(
    ("type_name", "sections", "expected"),
    [
        # each as in an item of AWS Config's that was published
        (
            "AWS::EC2::NetworkAcl",
            {
                "network_acl": {
                    "VpcId": "vpc-1",
                    "Associations": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}],
                }
            },
            [
                ("AWS::EC2::Subnet", "subnet-1", None, "Is attached to Subnet"),
                ("AWS::EC2::Subnet", "subnet-2", None, "Is attached to Subnet"),
                ("AWS::EC2::VPC", "vpc-1", None, "Is contained in Vpc"),
            ],
        ),
        (
            "AWS::Lambda::Function",
            {
                "configuration": {
                    "Role": "arn:aws:iam::111111111111:role/service/basic",
                    "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-1"]},
                }
            },
            [
                ("AWS::IAM::Role", None, "basic", "Is associated with "),
                ("AWS::EC2::SecurityGroup", "sg-1", None, "Is associated with "),
                ("AWS::EC2::Subnet", "subnet-1", None, "Is contained in "),
            ],
        ),
        (
            "AWS::RDS::DBInstance",
            {
                "instance": {
                    "DBSubnetGroup": {"DBSubnetGroupName": "default"},
                    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
                }
            },
            [
                ("AWS::RDS::DBSubnetGroup", "default", None, "Is associated with DBSubnetGroup"),
                ("AWS::EC2::SecurityGroup", "sg-1", None, "Is associated with SecurityGroup"),
            ],
        ),
        (
            "AWS::RDS::DBCluster",
            {
                "cluster": {
                    "DBSubnetGroup": "default",
                    "DBClusterMembers": [{"DBInstanceIdentifier": "one"}],
                }
            },
            [
                ("AWS::RDS::DBSubnetGroup", None, "default", "Is associated with "),
                ("AWS::RDS::DBInstance", None, "one", "Contains "),
            ],
        ),
        (
            "AWS::Redshift::Cluster",
            {"cluster": {"ClusterSubnetGroupName": "default", "VpcId": "vpc-1"}},
            [
                (
                    "AWS::Redshift::ClusterSubnetGroup",
                    "default",
                    "default",
                    "Is associated with ClusterSubnetGroup",
                ),
                ("AWS::EC2::VPC", "vpc-1", None, "Is associated with Vpc"),
            ],
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"load_balancer": {"Subnets": ["subnet-1"], "SecurityGroups": [], "VPCId": "vpc-1"}},
            [
                ("AWS::EC2::Subnet", "subnet-1", None, "Is attached to "),
                ("AWS::EC2::VPC", "vpc-1", None, "Is contained in "),
            ],
        ),
        ("AWS::DynamoDB::Table", {"table": {"TableName": "t"}}, []),
    ],
)
def test_relationships_are_aws_configs(
    type_name: str, sections: dict[str, Any], expected: list[tuple[str | None, ...]]
) -> None:
    keys = ("resourceType", "resourceId", "resourceName", "name")
    assert item(type_name, sections)["relationships"] == [
        dict(zip(keys, each, strict=True)) for each in expected
    ]


def test_a_cluster_of_eks_is_told_in_the_words_of_cloudformation() -> None:
    cluster = {
        "name": "one",
        "arn": "arn:aws:eks:eu-west-1:111111111111:cluster/one",
        "resourcesVpcConfig": {"endpointPublicAccess": False, "subnetIds": ["subnet-1"]},
        "logging": {
            "clusterLogging": [
                {"types": ["api", "audit"], "enabled": True},
                {"types": ["scheduler"], "enabled": False},
            ]
        },
        "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "arn:k"}}],
    }
    assert item("AWS::EKS::Cluster", {"cluster": cluster})["configuration"] == {
        "Name": "one",
        "Arn": "arn:aws:eks:eu-west-1:111111111111:cluster/one",
        "ResourcesVpcConfig": {"EndpointPublicAccess": False, "SubnetIds": ["subnet-1"]},
        "KubernetesNetworkConfig": {},
        "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}},
        "EncryptionConfig": [{"Provider": {"KeyArn": "arn:k"}, "Resources": ["secrets"]}],
    }


def test_a_repository_and_a_file_system() -> None:
    repository = {
        "repositoryName": "web",
        "repositoryArn": "arn:aws:ecr:eu-west-1:111111111111:repository/web",
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
    }
    bare = {
        "RepositoryName": "web",
        "ImageTagMutability": "MUTABLE",
        "Arn": "arn:aws:ecr:eu-west-1:111111111111:repository/web",
        "ImageScanningConfiguration": {"ScanOnPush": False},
        "LifecyclePolicy": {},
        "RepositoryPolicyText": {},
    }
    assert item("AWS::ECR::Repository", {"repository": repository})["configuration"] == bare
    documents = {"policy_document": '{"Version": "2012-10-17"}', "lifecycle_policy": '{"rules": []}'}
    told = item("AWS::ECR::Repository", {"repository": repository, **documents})["configuration"]
    assert told["RepositoryPolicyText"] == {"Version": "2012-10-17"}
    assert told["LifecyclePolicy"] == {"LifecyclePolicyText": '{"rules": []}'}
    files = {"FileSystemId": "fs-1", "Encrypted": True, "FileSystemArn": "arn:fs-1"}
    assert item("AWS::EFS::FileSystem", {"file_system": files}, named="fs-1")["configuration"] == {
        "FileSystemId": "fs-1",
        "Encrypted": True,
        "Arn": "arn:fs-1",
        "BackupPolicy": {"Status": "DISABLED"},
        "FileSystemPolicy": {},
    }


def test_a_created_time_in_milliseconds_is_told_as_text() -> None:
    made = item("AWS::DynamoDB::Table", {"table": {"CreationDateTime": MADE}})
    assert made["configuration"]["creationDateTime"] == 1767323045000
    assert made["resourceCreationTime"] == "2026-01-02T03:04:05.000Z"


def test_a_group_has_its_ranges_twice() -> None:
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": ranges}
    made = item("AWS::EC2::SecurityGroup", {"group": {"GroupId": "sg-1", "IpPermissions": [permission]}})
    assert made["configuration"] == {
        "groupId": "sg-1",
        "ipPermissions": [
            {
                "ipProtocol": "tcp",
                "fromPort": 1,
                "toPort": 2,
                "ipRanges": ["10.0.0.0/8"],
                "ipv4Ranges": [{"cidrIp": "10.0.0.0/8", "description": "inside"}],
                "ipv6Ranges": [],
                "userIdGroupPairs": [],
                "prefixListIds": [],
            }
        ],
        "ipPermissionsEgress": [],
    }


def test_policy_documents_of_iam_are_encoded() -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]}
    sections = {
        "user": {"UserName": "one"},
        "inline_policies": [{"PolicyName": "p", "PolicyDocument": document}],
        "groups": [{"GroupName": "staff"}],
        "attached_policies": [{"PolicyName": "a", "PolicyArn": "arn:a"}],
    }
    made = item("AWS::IAM::User", sections, region="global")["configuration"]
    assert json.loads(unquote(made["userPolicyList"][0]["policyDocument"])) == document
    assert "%7B" in made["userPolicyList"][0]["policyDocument"]
    assert made["groupList"] == ["staff"]
    assert made["attachedManagedPolicies"] == [{"policyName": "a", "policyArn": "arn:a"}]


def test_a_bucket() -> None:
    lifecycle = {
        "Rules": [
            {
                "ID": "r",
                "Status": "Enabled",
                "Filter": {"Prefix": "logs/"},
                "Expiration": {"Days": 30},
                "Transitions": [{"Days": 7, "StorageClass": "GLACIER"}],
            }
        ]
    }
    made = item(
        "AWS::S3::Bucket",
        {
            "logging": {"TargetBucket": "logs", "TargetPrefix": "x/"},
            "versioning": {"Status": "Enabled", "MFADelete": "Disabled"},
            "lifecycle": lifecycle,
            "request_payment": "Requester",
            "replication": {"Role": "arn:role"},
            "tagging": [{"Key": "Owner", "Value": "me"}],
            "acl": {
                "Grants": [
                    {
                        "Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "a@b"},
                        "Permission": "READ_ACP",
                    }
                ]
            },
        },
    )["supplementaryConfiguration"]
    assert made["BucketLoggingConfiguration"] == {"destinationBucketName": "logs", "logFilePrefix": "x/"}
    assert made["BucketVersioningConfiguration"] == {"status": "Enabled", "isMfaDeleteEnabled": False}
    assert made["IsRequesterPaysEnabled"] is True
    assert made["BucketReplicationConfiguration"] == {"roleARN": "arn:role"}
    assert made["BucketPolicy"] == {"policyText": None}
    assert json.loads(made["AccessControlList"])["grantList"] == [
        {"grantee": {"address": "a@b"}, "permission": "ReadAcp"}
    ]
    rule = made["BucketLifecycleConfiguration"]["rules"][0]
    assert (rule["expirationInDays"], rule["noncurrentVersionExpirationInDays"]) == (30, -1)
    assert rule["transitions"] == [{"days": 7, "date": None, "storageClass": "GLACIER"}]
    assert rule["filter"]["predicate"] == {"type": "LifecyclePrefixPredicate", "prefix": "logs/"}
    assert "ServerSideEncryptionConfiguration" not in made


def test_numbers_of_a_queue_are_numbers() -> None:
    made = item("AWS::SQS::Queue", {"attributes": {"DelaySeconds": "5", "KmsMasterKeyId": "k"}}, named="q")
    assert made["configuration"] == {"DelaySeconds": 5, "KmsMasterKeyId": "k", "QueueName": "q"}


def test_every_kind_is_a_type_with_these_sections() -> None:
    types = load()[0].types
    for kind in KINDS.values():
        assert set(kind.sections) <= types[kind.type].sections.keys()
        assert item(kind.type, {})["resourceId"] == "one"


def call() -> RuleCall:
    resource = Resource("aws-cn", "111111111111", "global", "AWS::IAM::User", "u")
    return RuleCall.about("my_rule", resource, {"days": "3"}, "token")


def test_the_event_of_a_change() -> None:
    made = item("AWS::S3::Bucket", {})
    event = change_event(call(), made)
    assert json.loads(event["invokingEvent"])["configurationItem"] == made
    assert json.loads(event["ruleParameters"]) == {"days": "3"}
    assert event["configRuleArn"].startswith(
        "arn:aws-cn:config:cn-north-1:111111111111:config-rule/config-rule-"
    )
    assert event["executionRoleArn"].endswith("/AWSServiceRoleForConfig")
    assert (event["resultToken"], event["configRuleName"], event["eventLeftScope"]) == (
        "token",
        "my_rule",
        False,
    )


def test_what_is_too_large_goes_without_its_configuration() -> None:
    made = item("AWS::S3::Bucket", {"policy_document": "x" * LARGEST})
    invoking = json.loads(change_event(call(), made)["invokingEvent"])
    assert invoking["messageType"] == "OversizedConfigurationItemChangeNotification"
    assert invoking["configurationItemSummary"]["resourceId"] == "one"
    assert "configuration" not in invoking["configurationItemSummary"]


def test_the_event_of_a_schedule() -> None:
    invoking = json.loads(scheduled_event(call(), AT)["invokingEvent"])
    assert invoking == {
        "awsAccountId": "111111111111",
        "notificationCreationTime": "2026-03-04T05:06:07.890Z",
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
