"""CloudTrail's spelling of real calls made through boto3: what recorded events of AWS look like."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import document, received, records, watch

pytestmark = pytest.mark.lab

TRUST = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
    }
)


def only(lab: Lab, url: str) -> dict[str, Any]:
    (record,) = records(lab, RECEIVER, "us-east-1", url)
    return record


@pytest.fixture
def url(lab: Lab) -> str:
    return watch(lab, RECEIVER, "us-east-1")


def test_every_field_of_a_record(lab: Lab, url: str) -> None:
    lab.client(RECEIVER, "iam", "us-east-1").create_user(UserName="somebody", Path="/team/")
    record = only(lab, url)
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["userIdentity"]["accountId"] == RECEIVER
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert "Boto3" in record["userAgent"]
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["requestParameters"] == {"path": "/team/", "userName": "somebody"}
    assert record["responseElements"]["user"]["arn"] == f"arn:aws:iam::{RECEIVER}:user/team/somebody"
    assert record["readOnly"] is False
    assert record["managementEvent"] is True
    assert record["eventType"] == "AwsApiCall"
    assert record["eventCategory"] == "Management"
    assert set(record) >= {"eventVersion", "eventTime", "requestID", "eventID", "recipientAccountId"}


def test_a_roles_session_is_named(lab: Lab, url: str) -> None:
    import boto3

    role = f"arn:aws:iam::{RECEIVER}:role/path/auditor"
    owner = lab.client(RECEIVER, "iam", "us-east-1")
    owner.create_role(
        RoleName="auditor",
        Path="/path/",
        AssumeRolePolicyDocument=document({"Principal": {"AWS": PUBLISHER}, "Action": "sts:AssumeRole"}),
    )
    owner.put_role_policy(
        RoleName="auditor",
        PolicyName="groups",
        PolicyDocument=document({"Action": "iam:CreateGroup", "Resource": "*"}),
    )
    lab.drain()
    received(lab, RECEIVER, "us-east-1", url)
    answer = lab.client(PUBLISHER, "sts", "us-east-1").assume_role(RoleArn=role, RoleSessionName="session-1")
    keys = answer["Credentials"]
    iam = boto3.session.Session().client(
        "iam",
        region_name="us-east-1",
        endpoint_url=lab.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    iam.create_group(GroupName="group")
    iam.close()
    identity = only(lab, url)["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == f"arn:aws:sts::{RECEIVER}:assumed-role/auditor/session-1"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == role
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "auditor"


def test_keys_made_by_iam_open_the_account_and_are_not_shown(lab: Lab, url: str) -> None:
    import boto3

    iam = lab.client(RECEIVER, "iam", "us-east-1")
    iam.create_user(UserName="worker")
    policy = document({"Action": "iam:*", "Resource": "*"})
    iam.put_user_policy(UserName="worker", PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName="worker")["AccessKey"]
    session = boto3.session.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    own = session.client("iam", endpoint_url=lab.endpoint_url)
    own.create_group(GroupName="made-by-worker")
    iam.delete_access_key(UserName="worker", AccessKeyId=key["AccessKeyId"])
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        own.list_users()
    own.close()
    created, group = (
        record
        for record in records(lab, RECEIVER, "us-east-1", url)
        if record["eventName"] in ("CreateAccessKey", "CreateGroup")
    )
    assert created["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
    assert key["SecretAccessKey"] not in json.dumps(created)
    assert group["userIdentity"]["userName"] == "worker"


def test_passwords_are_not_shown(lab: Lab, url: str) -> None:
    iam = lab.client(RECEIVER, "iam", "us-east-1")
    iam.create_user(UserName="user")
    iam.create_login_profile(UserName="user", Password="Secret-password-1", PasswordResetRequired=False)
    lab.client(RECEIVER, "rds", "us-east-1").create_db_instance(
        DBInstanceIdentifier="database",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="admin",
        MasterUserPassword="Secret-password-2",
    )
    _, login, database = records(lab, RECEIVER, "us-east-1", url)
    assert login["requestParameters"] == {"userName": "user", "passwordResetRequired": False}
    assert login["responseElements"]["loginProfile"]["userName"] == "user"
    assert database["requestParameters"]["masterUserPassword"] == "****"
    assert database["responseElements"]["dBInstanceIdentifier"] == "database"
    assert database["responseElements"]["dBInstanceArn"].endswith(":db:database")
    assert "Secret-password" not in json.dumps([login, database])


def test_bucket_calls(lab: Lab, url: str) -> None:
    s3 = lab.client(RECEIVER, "s3", "us-east-1")
    s3.create_bucket(Bucket="bucket", ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_acl(Bucket="bucket", ACL="public-read")
    s3.put_bucket_acl(Bucket="bucket", GrantRead='uri="http://acs.amazonaws.com/groups/global/AllUsers"')
    policy = {"Version": "2012-10-17", "Statement": []}
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))
    s3.put_public_access_block(
        Bucket="bucket", PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": False}
    )
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}}
    s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(Bucket="bucket", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_bucket_policy(Bucket="bucket")
    by_name: dict[str, list[Any]] = {}
    for record in records(lab, RECEIVER, "us-east-1", url):
        assert record["responseElements"] is None
        assert record["requestParameters"]["bucketName"] == "bucket"
        assert record["requestParameters"]["Host"] == "bucket.s3.us-east-1.amazonaws.com"
        assert record["resources"] == [
            {"accountId": RECEIVER, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::bucket"}
        ]
        by_name.setdefault(record["eventName"], []).append(record["requestParameters"])
    assert set(by_name) == {
        "CreateBucket",
        "DeleteBucketPolicy",
        "DeleteBucketPublicAccessBlock",
        "PutBucketAcl",
        "PutBucketLifecycle",
        "PutBucketPolicy",
        "PutBucketPublicAccessBlock",
        "PutBucketTagging",
    }
    canned, granted = by_name["PutBucketAcl"]
    assert canned["acl"] == ""
    assert canned["x-amz-acl"] == "public-read"
    assert granted["accessControlList"] == {
        "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    }
    assert by_name["PutBucketPolicy"][0]["bucketPolicy"] == policy
    assert (
        by_name["PutBucketPublicAccessBlock"][0]["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    )
    assert by_name["PutBucketLifecycle"][0]["LifecycleConfiguration"]["Rule"]["Expiration"] == {"Days": 7}
    assert by_name["PutBucketTagging"][0]["Tagging"]["TagSet"] == {"Tag": {"Key": "a", "Value": "b"}}


def test_account_public_access_block(lab: Lab, url: str) -> None:
    control = lab.client(RECEIVER, "s3control", "us-east-1")
    control.put_public_access_block(
        AccountId=RECEIVER,
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True},
    )
    control.delete_public_access_block(AccountId=RECEIVER)
    put, deleted = records(lab, RECEIVER, "us-east-1", url)
    assert put["eventSource"] == deleted["eventSource"] == "s3.amazonaws.com"
    assert put["eventName"] == "PutAccountPublicAccessBlock"
    assert put["requestParameters"]["Host"] == f"{RECEIVER}.s3-control.us-east-1.amazonaws.com"
    assert put["requestParameters"]["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] is True
    assert deleted["eventName"] == "DeleteAccountPublicAccessBlock"
    assert put["recipientAccountId"] == RECEIVER


def test_security_groups(lab: Lab, url: str) -> None:
    ec2 = lab.client(RECEIVER, "ec2", "us-east-1")
    group = ec2.create_security_group(GroupName="group", Description="text")["GroupId"]
    ssh = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "anywhere"}],
    }
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh])["SecurityGroupRules"][0]
    ec2.revoke_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    ec2.create_tags(Resources=[group], Tags=[{"Key": "Name", "Value": "x"}])
    with pytest.raises(ClientError):
        ec2.delete_security_group(GroupId="sg-00000000000000000")
    ec2.delete_security_group(GroupId=group)
    created, authorized, revoked, tagged, failed, deleted = records(lab, RECEIVER, "us-east-1", url)
    assert created["responseElements"]["groupId"] == group
    assert authorized["requestParameters"] == {
        "groupId": group,
        "ipPermissions": {
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "groups": {},
                    "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0", "description": "anywhere"}]},
                    "ipv6Ranges": {},
                    "prefixListIds": {},
                }
            ]
        },
    }
    answered = authorized["responseElements"]
    assert answered["_return"] is True
    assert answered["securityGroupRuleSet"]["items"][0]["securityGroupRuleId"] == rule["SecurityGroupRuleId"]
    assert answered["securityGroupRuleSet"]["items"][0]["cidrIpv4"] == "0.0.0.0/0"
    assert revoked["requestParameters"] == {
        "groupId": group,
        "ipPermissions": {},
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "cidrIp": "0.0.0.0/0",
    }
    assert tagged["requestParameters"] == {
        "resourcesSet": {"items": [{"resourceId": group}]},
        "tagSet": {"items": [{"key": "Name", "value": "x"}]},
    }
    assert failed["errorCode"] == "Client.InvalidGroup.NotFound"
    assert deleted["requestParameters"] == {"groupId": group}


def test_newer_operations_of_ec2(lab: Lab, url: str) -> None:
    ec2 = lab.client(RECEIVER, "ec2", "us-east-1")
    group = ec2.create_security_group(GroupName="group", Description="text")["GroupId"]
    rule = ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8"
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    changed = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "10.1.0.0/16"}
    ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": changed}]
    )
    ec2.enable_ebs_encryption_by_default()
    *_, modified, enabled = records(lab, RECEIVER, "us-east-1", url)
    assert modified["requestParameters"] == {
        "ModifySecurityGroupRulesRequest": {
            "GroupId": group,
            "SecurityGroupRule": {"tag": 1, "SecurityGroupRuleId": rule, "SecurityGroupRule": changed},
        }
    }
    assert modified["responseElements"]["ModifySecurityGroupRulesResponse"]["return"] is True
    assert enabled["requestParameters"] == {"EnableEbsEncryptionByDefaultRequest": ""}


def test_network_acl_and_instances(lab: Lab, url: str) -> None:
    ec2 = lab.client(RECEIVER, "ec2", "us-east-1")
    acl = ec2.describe_network_acls()["NetworkAcls"][0]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=10,
        Protocol="-1",
        RuleAction="allow",
        Egress=False,
        CidrBlock="0.0.0.0/0",
    )
    instance = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, UserData="secret")[
        "Instances"
    ][0]
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    entry, run, terminated = records(lab, RECEIVER, "us-east-1", url)
    assert entry["requestParameters"] == {
        "networkAclId": acl,
        "ruleNumber": 10,
        "egress": False,
        "ruleAction": "allow",
        "icmpTypeCode": {},
        "portRange": {},
        "aclProtocol": "-1",
        "cidrBlock": "0.0.0.0/0",
    }
    assert run["requestParameters"]["instancesSet"] == {
        "items": [{"imageId": "ami-12345678", "minCount": 1, "maxCount": 1}]
    }
    assert run["requestParameters"]["userData"] == "<sensitiveDataRemoved>"
    assert run["responseElements"]["instancesSet"]["items"][0]["instanceId"] == instance["InstanceId"]
    assert terminated["requestParameters"] == {
        "instancesSet": {"items": [{"instanceId": instance["InstanceId"]}]}
    }


def test_lambda_has_its_date(lab: Lab, url: str) -> None:
    role = lab.client(RECEIVER, "iam", "us-east-1").create_role(
        RoleName="role", AssumeRolePolicyDocument=TRUST
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", "def handler(event, context): pass")
    functions = lab.client(RECEIVER, "lambda", "us-east-1")
    functions.create_function(
        FunctionName="function",
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"TOKEN": "secret"}},
    )
    functions.add_permission(
        FunctionName="function", StatementId="all", Action="lambda:InvokeFunction", Principal="*"
    )
    _, created, permitted = records(lab, RECEIVER, "us-east-1", url)
    assert created["eventName"] == "CreateFunction20150331"
    assert created["requestParameters"]["functionName"] == "function"
    assert created["requestParameters"]["code"] == {}
    assert created["requestParameters"]["environment"] == {}
    assert created["responseElements"]["functionArn"].endswith(":function:function")
    assert permitted["eventName"] == "AddPermission20150331v2"
    assert permitted["requestParameters"] == {
        "functionName": "function",
        "statementId": "all",
        "action": "lambda:InvokeFunction",
        "principal": "*",
    }


def test_other_services_are_recognised(lab: Lab, url: str) -> None:
    lab.client(RECEIVER, "sns", "us-east-1").create_topic(Name="topic")
    lab.client(RECEIVER, "secretsmanager", "us-east-1").create_secret(
        Name="secret", SecretString="hidden-text"
    )
    lab.client(RECEIVER, "elbv2", "us-east-1").create_target_group(Name="targets", TargetType="lambda")
    lab.client(RECEIVER, "elb", "us-east-1").create_load_balancer(
        LoadBalancerName="classic",
        AvailabilityZones=["us-east-1a"],
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
    )
    lab.client(RECEIVER, "cloudwatch", "us-east-1").put_metric_alarm(
        AlarmName="alarm",
        MetricName="m",
        Namespace="n",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )
    lab.client(RECEIVER, "dynamodb", "us-east-1").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    lab.client(RECEIVER, "eks", "us-east-1").create_cluster(
        name="cluster", roleArn=f"arn:aws:iam::{RECEIVER}:role/eks", resourcesVpcConfig={"subnetIds": []}
    )
    lab.client(RECEIVER, "ssm", "us-east-1").put_parameter(Name="p", Value="hidden-text", Type="SecureString")
    found = records(lab, RECEIVER, "us-east-1", url)
    assert [(record["eventSource"].split(".")[0], record["eventName"]) for record in found] == [
        ("sns", "CreateTopic"),
        ("secretsmanager", "CreateSecret"),
        ("elasticloadbalancing", "CreateTargetGroup"),
        ("elasticloadbalancing", "CreateLoadBalancer"),
        ("monitoring", "PutMetricAlarm"),
        ("dynamodb", "CreateTable"),
        ("eks", "CreateCluster"),
        ("ssm", "PutParameter"),
    ]
    assert "hidden-text" not in json.dumps(found)
    by_name = {record["eventName"]: record for record in found}
    assert by_name["CreateTopic"]["requestParameters"]["name"] == "topic"
    assert by_name["CreateLoadBalancer"]["requestParameters"]["loadBalancerName"] == "classic"
    assert by_name["CreateCluster"]["responseElements"]["cluster"]["name"] == "cluster"


def test_unknown_key_is_refused(lab: Lab) -> None:
    import boto3

    session = boto3.session.Session("AKIA999999999999LAB0", "secret", region_name="us-east-1")
    for service, operation, code in (
        ("sqs", "list_queues", "UnrecognizedClientException"),
        ("iam", "list_users", "InvalidClientTokenId"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ):
        client = session.client(service, endpoint_url=lab.endpoint_url)
        with pytest.raises(ClientError, match=code):
            getattr(client, operation)()
        client.close()
