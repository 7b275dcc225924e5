"""CloudTrail's spelling, against expectations written by hand from what recorded events show."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import botocore.session
import pytest

from liveaudit.lab import management, spelling, spelling_ec2, spelling_s3


@functools.cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def operation(service: str, name: str) -> Any:
    return model(service).operation_model(name)


@pytest.mark.parametrize(
    ("service", "name", "expected"),
    [
        ("s3", "PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
        ("s3", "DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"),
        ("s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle"),
        ("s3", "PutBucketNotificationConfiguration", "PutBucketNotification"),
        ("s3", "PutBucketAcl", "PutBucketAcl"),
        ("s3control", "PutPublicAccessBlock", "PutAccountPublicAccessBlock"),
        ("lambda", "CreateFunction", "CreateFunction20150331"),
        ("lambda", "DeleteFunction", "DeleteFunction20150331"),
        ("lambda", "UpdateFunctionCode", "UpdateFunctionCode20150331v2"),
        ("lambda", "UpdateFunctionConfiguration", "UpdateFunctionConfiguration20150331v2"),
        ("lambda", "AddPermission", "AddPermission20150331v2"),
        ("lambda", "RemovePermission", "RemovePermission20150331v2"),
        ("lambda", "PublishLayerVersion", "PublishLayerVersion20181031"),
        ("lambda", "CreateFunctionUrlConfig", "CreateFunctionUrlConfig"),
        ("iam", "CreateUser", "CreateUser"),
    ],
)
def test_event_names(service: str, name: str, expected: str) -> None:
    assert spelling.event_name(service, name, operation(service, name).http["requestUri"]) == expected


@pytest.mark.parametrize(
    ("service", "signing_name", "expected"),
    [
        ("s3control", "s3", "s3.amazonaws.com"),
        ("cloudwatch", "monitoring", "monitoring.amazonaws.com"),
        ("elbv2", "elasticloadbalancing", "elasticloadbalancing.amazonaws.com"),
        ("iam", "iam", "iam.amazonaws.com"),
        ("mq", "mq", "amazonmq.amazonaws.com"),
    ],
)
def test_event_sources(service: str, signing_name: str, expected: str) -> None:
    assert spelling.event_source(service, signing_name) == expected


@pytest.mark.parametrize(
    ("service", "name", "params", "expected"),
    [
        (
            "rds",
            "ModifyDBInstance",
            {"DBInstanceIdentifier": "db", "MasterUserPassword": "secret", "MultiAZ": True},
            {"dBInstanceIdentifier": "db", "masterUserPassword": "****", "multiAZ": True},
        ),
        (
            "iam",
            "CreateVirtualMFADevice",
            {"Path": "/", "VirtualMFADeviceName": "mfa"},
            {"path": "/", "virtualMFADeviceName": "mfa"},
        ),
        (
            "iam",
            "TagInstanceProfile",
            {"InstanceProfileName": "p", "Tags": [{"Key": "K", "Value": "V"}]},
            {"instanceProfileName": "p", "tags": [{"key": "K", "value": "V"}]},
        ),
        ("iam", "CreateLoginProfile", {"UserName": "u", "Password": "secret"}, {"userName": "u"}),
        ("iam", "DeleteAccountPasswordPolicy", {}, None),
        ("eks", "CreateAddon", {"clusterName": "c", "addonName": "a"}, {"name": "c", "addonName": "a"}),
        (
            "lambda",
            "CreateFunction",
            {"FunctionName": "f", "Code": {"ZipFile": b"zip"}, "Environment": {"Variables": {"A": "secret"}}},
            {"functionName": "f", "code": {}, "environment": {}},
        ),
        (
            "ssm",
            "PutParameter",
            {"Name": "p", "Value": "secret"},
            {"name": "p", "value": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        ),
        ("secretsmanager", "CreateSecret", {"Name": "s", "SecretString": "secret"}, {"name": "s"}),
        (
            "securityhub",
            "EnableSecurityHub",
            {"EnableDefaultStandards": True},
            {"EnableDefaultStandards": True},
        ),
        ("sqs", "SetQueueAttributes", {"Attributes": {"Policy": "{}"}}, {"attributes": {"Policy": "{}"}}),
        (
            "apigateway",
            "CreateStage",
            {"restApiId": "abcdef74gh", "stageName": "latest", "deploymentId": "49ijxa"},
            {
                "restApiId": "abcdef74gh",
                "createStageInput": {"stageName": "latest", "deploymentId": "49ijxa"},
                "template": False,
            },
        ),
        ("apigateway", "DeleteRestApi", {"restApiId": "a"}, {"restApiId": "a", "template": False}),
        (
            "apigatewayv2",
            "CreateStage",
            {"ApiId": "a", "StageName": "$default"},
            {"apiId": "a", "stageName": "$default"},
        ),
        ("kms", "PutKeyPolicy", {"KeyId": "k", "Policy": "{}"}, {"keyId": "k", "policy": "{}"}),
    ],
)
def test_request_parameters(
    service: str, name: str, params: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    shape = operation(service, name).input_shape
    assert spelling.request_parameters(service, name, shape, params) == expected


@pytest.mark.parametrize(
    ("service", "name", "answer", "expected"),
    [
        ("rds", "CreateDBInstance", {"DBInstance": {"DBInstanceArn": "arn"}}, {"dBInstanceArn": "arn"}),
        ("redshift", "CreateCluster", {"Cluster": {"ClusterIdentifier": "c"}}, {"clusterIdentifier": "c"}),
        ("iam", "CreateRole", {"Role": {"Arn": "arn"}}, {"role": {"arn": "arn"}}),
        (
            "iam",
            "CreateAccessKey",
            {"AccessKey": {"AccessKeyId": "AKIA", "SecretAccessKey": "secret"}},
            {"accessKey": {"accessKeyId": "AKIA"}},
        ),
        (
            "iam",
            "CreateUser",
            {"User": {"CreateDate": dt.datetime(2023, 7, 10, 12, 23, 5, tzinfo=dt.UTC)}},
            {"user": {"createDate": "Jul 10, 2023 12:23:05 PM"}},
        ),
        ("iam", "AttachRolePolicy", {"ResponseMetadata": {}}, None),
        ("secretsmanager", "CreateSecret", {"ARN": "arn", "Name": "s"}, {"arn": "arn", "name": "s"}),
        ("kms", "CreateKey", {"KeyMetadata": {"AWSAccountId": "1"}}, {"keyMetadata": {"aWSAccountId": "1"}}),
    ],
)
def test_response_elements(
    service: str, name: str, answer: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    shape = operation(service, name).output_shape
    assert spelling.response_elements(service, name, shape, answer) == expected


@pytest.mark.parametrize(
    ("service", "code", "expected"),
    [
        ("ec2", "InvalidGroup.NotFound", "Client.InvalidGroup.NotFound"),
        ("iam", "NoSuchEntity", "NoSuchEntityException"),
        ("s3", "BucketNotEmpty", "BucketNotEmpty"),
    ],
)
def test_error_codes(service: str, code: str, expected: str) -> None:
    assert spelling.error_code(service, code) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (dt.datetime(2023, 7, 1, 0, 5, 9, tzinfo=dt.UTC), "Jul 1, 2023 12:05:09 AM"),
        (dt.datetime(2023, 12, 31, 23, 59, 59, tzinfo=dt.UTC), "Dec 31, 2023 11:59:59 PM"),
    ],
)
def test_times(moment: dt.datetime, expected: str) -> None:
    assert spelling.timestamp(moment) == expected


def ec2_request(name: str, params: dict[str, Any]) -> dict[str, Any]:
    return spelling_ec2.request_parameters(name, operation("ec2", name).input_shape, params)


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("CreateVpc", {"CidrBlock": "10.0.0.0/16", "DryRun": False}, {"cidrBlock": "10.0.0.0/16"}),
        (
            "CreateVolume",
            {"TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}]},
            {
                "tagSpecificationSet": {
                    "items": [{"resourceType": "volume", "tags": [{"key": "a", "value": "b"}]}]
                }
            },
        ),
        (
            "ModifySnapshotAttribute",
            {
                "SnapshotId": "s",
                "Attribute": "createVolumePermission",
                "OperationType": "add",
                "UserIds": ["1"],
            },
            {
                "snapshotId": "s",
                "createVolumePermission": {"add": {"items": [{"userId": "1"}]}},
                "attributeType": "CREATE_VOLUME_PERMISSION",
            },
        ),
        (
            "ModifyImageAttribute",
            {"ImageId": "a", "LaunchPermission": {"Add": [{"Group": "all"}]}},
            {
                "imageId": "a",
                "launchPermission": {"add": {"items": [{"group": "all"}]}},
                "attributeType": "launchPermission",
            },
        ),
        (
            "StopInstances",
            {"InstanceIds": ["i-1", "i-2"]},
            {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}},
        ),
        (
            "DeleteFlowLogs",
            {"FlowLogIds": ["fl-1"]},
            {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}},
        ),
        (
            "CreateNatGateway",
            {
                "SubnetId": "s",
                "TagSpecifications": [
                    {
                        "ResourceType": "natgateway",
                        "Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}],
                    }
                ],
            },
            {
                "CreateNatGatewayRequest": {
                    "SubnetId": "s",
                    "TagSpecification": {
                        "tag": 1,
                        "ResourceType": "natgateway",
                        "Tag": [{"tag": 1, "Key": "a", "Value": "b"}, {"tag": 2, "Key": "c", "Value": "d"}],
                    },
                }
            },
        ),
        ("EnableSerialConsoleAccess", {}, {"EnableSerialConsoleAccessRequest": ""}),
    ],
)
def test_ec2_requests(name: str, params: dict[str, Any], expected: dict[str, Any]) -> None:
    assert ec2_request(name, params) == expected


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("DeleteVpc", {}, {"requestId": "r", "_return": True}),
        (
            "CreateSnapshot",
            {"SnapshotId": "s", "StartTime": dt.datetime(2023, 3, 20, tzinfo=dt.UTC), "Tags": []},
            {"requestId": "r", "snapshotId": "s", "startTime": 1679270400000, "tagSet": {}},
        ),
        (
            "DeleteFlowLogs",
            {"Unsuccessful": []},
            {
                "DeleteFlowLogsResponse": {
                    "xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/",
                    "requestId": "r",
                    "unsuccessful": "",
                }
            },
        ),
    ],
)
def test_ec2_responses(name: str, answer: dict[str, Any], expected: dict[str, Any]) -> None:
    shape = operation("ec2", name).output_shape
    assert spelling_ec2.response_elements(name, shape, answer, "r") == expected


def test_s3_shows_the_body_as_it_was_sent() -> None:
    body = (
        b'<ReplicationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Role>r</Role><Rule><Filter/>'
        b"<Priority>0</Priority><ID>a</ID></Rule><Rule><ID>b</ID></Rule></ReplicationConfiguration>"
    )
    host = "bucket.s3.eu-west-1.amazonaws.com"
    headers = {"x-amz-acl": "private", "authorization": "secret"}
    assert spelling_s3.request_parameters("bucket", host, {"replication": ""}, headers, body) == {
        "bucketName": "bucket",
        "Host": host,
        "replication": "",
        "x-amz-acl": "private",
        "ReplicationConfiguration": {
            "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
            "Role": "r",
            "Rule": [{"Filter": "", "Priority": 0, "ID": "a"}, {"ID": "b"}],
        },
    }


@pytest.mark.parametrize("body", [b"", b"<broken", b"not xml at all"])
def test_s3_bodies_that_are_none(body: bytes) -> None:
    assert spelling_s3.request_parameters("b", "h", {"acl": ""}, {}, body) == {
        "bucketName": "b",
        "Host": "h",
        "acl": "",
    }


@pytest.mark.parametrize(
    ("service", "name", "expected"),
    [
        ("s3", "PutBucketAcl", True),
        ("s3", "PutObjectLockConfiguration", True),
        ("s3", "PutObject", False),
        ("s3", "DeleteObjects", False),
        ("s3", "UploadPart", False),
        ("s3", "GetBucketAcl", False),
        ("iam", "GenerateCredentialReport", False),
        ("sts", "AssumeRole", False),
        ("sqs", "SendMessage", False),
        ("sqs", "SetQueueAttributes", True),
        ("logs", "CreateLogStream", False),
        ("logs", "CreateLogGroup", True),
        ("kms", "GenerateDataKey", False),
        ("kms", "ScheduleKeyDeletion", True),
        ("ssm", "UpdateInstanceInformation", False),
        ("dynamodb", "PutItem", False),
        ("dynamodb", "UpdateTable", True),
        ("iot", "IsolateThing", True),
        ("guardduty", "ListDetectors", False),
    ],
)
def test_what_becomes_an_event(service: str, name: str, expected: bool) -> None:
    assert management.becomes_event(service, name) is expected


def test_where_an_event_arrives() -> None:
    assert management.event_region("iam", "eu-west-1") == "us-east-1"
    assert management.event_region("ec2", "eu-west-1") == "eu-west-1"
