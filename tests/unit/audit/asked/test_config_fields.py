"""What AWS Config tells and we do not is known for each type; and what stored sections answer of AWS's own calls."""

from __future__ import annotations

import pytest

from liveaudit.audit.asked.config_fields import told_fields, unread_fields
from liveaudit.audit.asked.config_reads import known_answers
from liveaudit.model import Resource
from liveaudit.policies.config_items.item import KINDS
from liveaudit.services import load

CATALOG = load()[0]


@pytest.mark.parametrize(
    ("type_name", "unread", "told"),
    [
        ("AWS::EC2::Instance", "configuration.keyName", "configuration.instanceType"),
        ("AWS::EC2::Instance", "configuration.networkInterfaces.privateIpAddress", "configuration.vpcId"),
        ("AWS::EC2::Instance", "configuration.tags", "configuration.metadataOptions.httpTokens"),
        ("AWS::EC2::VPC", "configuration.state", "configuration.cidrBlock"),
        ("AWS::Lambda::Function", "configuration.environment", "configuration.kmskeyArn"),
        ("AWS::RDS::DBInstance", "configuration.latestRestorableTime", "configuration.dBInstanceIdentifier"),
        (
            "AWS::S3::Bucket",
            "supplementaryConfiguration.BucketNotificationConfiguration",
            "supplementaryConfiguration.BucketPolicy.policyText",
        ),
        ("AWS::EC2::SecurityGroup", "relationships", "configuration.vpcId"),
        ("AWS::AutoScaling::AutoScalingGroup", "configuration.minSize", "configuration.vpczoneIdentifier"),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            "configuration.userData",
            "configuration.blockDeviceMappings.ebs.encrypted",
        ),
        (
            "AWS::EKS::Cluster",
            "configuration.ClusterStatus",
            "configuration.ResourcesVpcConfig.EndpointPublicAccess",
        ),
        (
            "AWS::RDS::DBClusterSnapshot",
            "supplementaryConfiguration.Tags",
            "supplementaryConfiguration.DBClusterSnapshotAttributes.attributeValues",
        ),
        ("AWS::IAM::Role", "configuration.instanceProfileList", "configuration.assumeRolePolicyDocument"),
    ],
)
def test_fields(type_name: str, unread: str, told: str) -> None:
    assert unread in unread_fields(CATALOG, type_name)
    assert told in told_fields(CATALOG, type_name)


@pytest.mark.parametrize("type_name", sorted(KINDS))
def test_nothing_is_both(type_name: str) -> None:
    unread, told = unread_fields(CATALOG, type_name), told_fields(CATALOG, type_name)
    assert told
    assert not unread & set(told)


@pytest.mark.parametrize("type_name", sorted(KINDS))
def test_relationships_are_told_of_what_is_read(type_name: str) -> None:
    relations = KINDS[type_name].relations
    assert ("relationships" in unread_fields(CATALOG, type_name)) == (relations is None)
    told = told_fields(CATALOG, type_name)
    assert {f"configuration.{each.path}" for each in relations or ()} <= set(told)


def test_tags_of_a_bucket_are_known() -> None:
    assert "tags" not in unread_fields(CATALOG, "AWS::S3::Bucket")


def bucket(**sections: object) -> list[dict[str, object]]:
    resource = Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", "b")
    return list(known_answers(CATALOG, resource, sections))


def test_a_section_answers_its_own_call() -> None:
    assert bucket(acl={"Owner": {"ID": "me"}}, encryption={"Rules": []}) == [
        {
            "client": "s3",
            "operation": "GetBucketAcl",
            "params": {"Bucket": "b"},
            "answer": {"Owner": {"ID": "me"}},
        },
        {
            "client": "s3",
            "operation": "GetBucketEncryption",
            "params": {"Bucket": "b"},
            "answer": {"ServerSideEncryptionConfiguration": {"Rules": []}},
        },
    ]


def test_what_is_not_configured_is_the_error_that_tells_it() -> None:
    assert bucket(policy_document=None)[0]["error"] == "NoSuchBucketPolicy"
    assert bucket(logging=None)[0]["answer"] == {}


def test_an_item_of_a_list_stands_in_its_list() -> None:
    resource = Resource("aws", "111111111111", "eu-west-1", "AWS::EC2::SecurityGroup", "sg-1")
    (found,) = known_answers(CATALOG, resource, {"group": {"GroupId": "sg-1"}})
    assert found["params"] == {"Filters": [{"Name": "group-id", "Values": ["sg-1"]}]}
    assert found["answer"] == {"SecurityGroups": [{"GroupId": "sg-1"}]}


def test_what_was_shortened_answers_nothing() -> None:
    resource = Resource("aws", "111111111111", "eu-west-1", "AWS::EC2::Instance", "i-1")
    assert not known_answers(CATALOG, resource, {"instance": {"InstanceId": "i-1"}})
