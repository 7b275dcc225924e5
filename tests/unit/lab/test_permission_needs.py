"""From a call to the actions and resources it needs, held against IAM's own table and botocore's operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.lab.permissions import action_table, actions
from liveaudit.lab.permissions.action_table import resource_types
from liveaudit.lab.permissions.facts import Facts, Organization
from liveaudit.lab.permissions.needs import needs_of, needs_parameters
from liveaudit.provision.actions import actions_of as printed_actions_of
from liveaudit.services import load

HOME, OTHER, MANAGEMENT = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
WELL_KNOWN = (
    "account",
    "apigateway",
    "apigatewayv2",
    "cloudformation",
    "events",
    "organizations",
    "s3",
    "s3control",
    "sns",
    "sqs",
    "sts",
)
NOT_IN_THE_TABLE = {
    "s3": {
        "CreateBucketMetadataConfiguration",
        "CreateSession",
        "DeleteBucketMetadataConfiguration",
        "GetBucketMetadataConfiguration",
        "ListDirectoryBuckets",
        "RenameObject",
        "WriteGetObjectResponse",
    },
    "s3control": {
        "DeleteAccessPointScope",
        "DeleteBucketLifecycleConfiguration",
        "DeleteBucketReplication",
        "DeleteBucketTagging",
        "GetAccessPointScope",
        "GetBucket",
        "GetBucketLifecycleConfiguration",
        "GetBucketReplication",
        "ListAccessPointsForDirectoryBuckets",
        "ListRegionalBuckets",
        "PutAccessPointScope",
        "PutBucketLifecycleConfiguration",
        "PutBucketReplication",
    },
}
"""Operations of other prefixes (directory buckets, Outposts, Object Lambda): refused to all who may not do everything."""
TEMPLATE = """{"Parameters": {"Key": {"Type": "AWS::EC2::KeyPair::KeyName"}}, "Resources": {
 "Q": {"Type": "AWS::SQS::Queue"}, "R": {"Type":"AWS::Events::Rule"}, "P": {"Type": "AWS::SQS::Queue"}}}"""


class FakePlaces:
    """Some things that there are."""

    def iam_arn(self, account: str, kind: str, name: str) -> str:
        return f"arn:aws:iam::{account}:{kind}/team/{name}"

    def key_owner(self, account: str, access_key_id: str) -> str:
        return "ann" if access_key_id == "AKIAKNOWN" else ""

    def stack_arn(self, account: str, region: str, name: str) -> str:
        identity = "u-1" if name == "there" else "*"
        return f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{identity}"

    def stack_set_id(self, account: str, region: str, name: str) -> str:
        return f"{name.partition(':')[0]}:u-2"

    def stack_set_template(self, account: str, region: str, name: str) -> str:
        return TEMPLATE

    def organization(self, account: str) -> Organization | None:
        return Organization("o-1", MANAGEMENT) if account != OTHER else None


def needed(
    service: str, operation: str, params: Mapping[str, Any] | None = None, **more: Any
) -> list[tuple[str, str | None]]:
    facts = Facts(
        service,
        operation,
        REGION,
        more.get("account", HOME),
        more.get("principal", f"arn:aws:iam::{HOME}:user/team/ann"),
        params or {},
        more.get("path", "/"),
    )
    signed = more.get("signing", service)
    own = actions.actions_of(service, signed, operation, more.get("method", "GET"))
    return [(need.action, need.resource) for need in needs_of(facts, FakePlaces(), own)]


def models() -> Iterator[tuple[str, Any]]:
    session = botocore.session.get_session()
    for service in WELL_KNOWN:
        yield service, session.get_service_model(service)


def test_every_named_action_is_in_iams_table() -> None:
    assert [one for one in sorted(actions.named_actions()) if resource_types(one) is None] == []
    assert set(actions.PREFIXES.values()) <= action_table.table().keys()


def test_operations_of_the_well_known_services_have_their_actions() -> None:
    unknown: dict[str, set[str]] = {}
    for service, model in models():
        for operation in model.operation_names:
            method = model.operation_model(operation).http["method"]
            for action in actions.actions_of(service, model.signing_name, operation, method):
                if resource_types(action) is None:
                    unknown.setdefault(service, set()).add(operation)
    assert unknown == NOT_IN_THE_TABLE


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()[0]


def test_the_catalogs_calls_need_what_the_printed_documents_allow(catalog: Catalog) -> None:
    session = botocore.session.get_session()
    calls = {
        (call.client, call.operation)
        for resource_type in catalog
        for section in resource_type.sections.values()
        if (call := section.call) is not None
    }
    calls |= {
        (call.client, call.operation)
        for resource_type in catalog
        for listing in resource_type.listings
        for call in listing.calls
    }
    assert len(calls) > 40
    for client, operation in sorted(calls):
        signed = session.get_service_model(client).signing_name
        wanted = actions.actions_of(client, signed, operation)
        assert wanted == printed_actions_of(client, operation), (client, operation)
        assert all(resource_types(action) is not None for action in wanted)


QUEUE = f"arn:aws:sqs:{REGION}:{HOME}:events"
URL = f"http://127.0.0.1:4000/{HOME}/events"
STACK_SET = f"arn:aws:cloudformation:{REGION}:{HOME}:stackset/liveaudit-x:u-2"
TARGET = STACK_SET.replace("stackset/", "stackset-target/")
TYPES = [f"arn:aws:cloudformation:{REGION}::type/resource/AWS-{one}" for one in ("SQS-Queue", "Events-Rule")]
ROLE = f"arn:aws:iam::{HOME}:role/forwarding"
RULE = f"arn:aws:events:{REGION}:{HOME}:rule/changes"
BUS = f"arn:aws:events:{REGION}:{HOME}:event-bus/default"
FUNCTION = f"arn:aws:lambda:{REGION}:{HOME}:function:f"


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        ("sqs", "ListQueues", {}, [("sqs:ListQueues", "*")]),
        ("sqs", "ReceiveMessage", {"QueueUrl": URL}, [("sqs:ReceiveMessage", QUEUE)]),
        ("sqs", "DeleteMessageBatch", {"QueueUrl": URL}, [("sqs:DeleteMessage", QUEUE)]),
        ("sqs", "GetQueueUrl", {"QueueName": "events"}, [("sqs:GetQueueUrl", QUEUE)]),
        ("sqs", "CreateQueue", {"QueueName": "events"}, [("sqs:CreateQueue", QUEUE)]),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": URL.replace(HOME, OTHER)},
            [("sqs:SendMessage", QUEUE.replace(HOME, OTHER))],
        ),
        ("sqs", "SendMessage", {}, [("sqs:SendMessage", None)]),
        ("events", "ListRules", {}, [("events:ListRules", "*")]),
        ("events", "PutPermission", {"Principal": OTHER}, [("events:PutPermission", "*")]),
        ("events", "DescribeEventBus", {}, [("events:DescribeEventBus", BUS)]),
        ("events", "DescribeEventBus", {"Name": BUS}, [("events:DescribeEventBus", BUS)]),
        ("events", "DescribeRule", {"Name": "changes"}, [("events:DescribeRule", RULE)]),
        (
            "events",
            "DescribeRule",
            {"Name": "changes", "EventBusName": "own"},
            [("events:DescribeRule", RULE.replace("rule/", "rule/own/"))],
        ),
        ("events", "ListTargetsByRule", {"Rule": "changes"}, [("events:ListTargetsByRule", RULE)]),
        (
            "events",
            "PutRule",
            {"Name": "changes", "Tags": [{"Key": "a", "Value": "b"}]},
            [("events:PutRule", RULE), ("events:TagResource", RULE)],
        ),
        (
            "events",
            "PutTargets",
            {"Rule": "changes", "Targets": [{"Id": "1", "Arn": BUS, "RoleArn": ROLE}, {"Id": "2"}]},
            [("events:PutTargets", RULE), ("iam:PassRole", ROLE)],
        ),
        ("events", "TagResource", {"ResourceARN": RULE}, [("events:TagResource", RULE)]),
        ("events", "PutEvents", {"Entries": [{}, {}]}, [("events:PutEvents", BUS)]),
        (
            "events",
            "PutEvents",
            {"Entries": [{"EventBusName": BUS.replace(HOME, OTHER)}]},
            [("events:PutEvents", BUS.replace(HOME, OTHER))],
        ),
        ("cloudformation", "ListStackSets", {}, [("cloudformation:ListStackSets", "*")]),
        (
            "cloudformation",
            "CreateStackSet",
            {"StackSetName": "liveaudit-x", "AdministrationRoleARN": ROLE},
            [("cloudformation:CreateStackSet", "*"), ("iam:PassRole", ROLE)],
        ),
        (
            "cloudformation",
            "CreateStackSet",
            {"StackSetName": "liveaudit-x"},
            [("cloudformation:CreateStackSet", "*")],
        ),
        (
            "cloudformation",
            "DescribeStackSet",
            {"StackSetName": "liveaudit-x"},
            [("cloudformation:DescribeStackSet", STACK_SET)],
        ),
        (
            "cloudformation",
            "DescribeStackSet",
            {"StackSetName": STACK_SET},
            [("cloudformation:DescribeStackSet", STACK_SET)],
        ),
        (
            "cloudformation",
            "CreateStackInstances",
            {"StackSetName": "liveaudit-x", "Accounts": [HOME, OTHER], "Regions": [REGION]},
            [
                ("cloudformation:CreateStackInstances", one)
                for one in (STACK_SET, f"{TARGET}/{HOME}", f"{TARGET}/{OTHER}", *TYPES)
            ],
        ),
        (
            "cloudformation",
            "DeleteStackInstances",
            {"StackSetName": "liveaudit-x", "DeploymentTargets": {"OrganizationalUnitIds": ["ou-1"]}},
            [("cloudformation:DeleteStackInstances", one) for one in (STACK_SET, f"{TARGET}/ou-1", *TYPES)],
        ),
        (
            "cloudformation",
            "UpdateStackSet",
            {
                "StackSetName": "liveaudit-x",
                "TemplateBody": "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n",
                "AdministrationRoleARN": ROLE,
            },
            [
                ("cloudformation:UpdateStackSet", STACK_SET),
                ("cloudformation:UpdateStackSet", TYPES[0]),
                ("iam:PassRole", ROLE),
            ],
        ),
        (
            "cloudformation",
            "DescribeStackSet",
            {"StackSetName": "liveaudit-x", "CallAs": "DELEGATED_ADMIN"},
            [("cloudformation:DescribeStackSet", STACK_SET.replace(HOME, MANAGEMENT))],
        ),
        (
            "cloudformation",
            "DescribeStacks",
            {},
            [("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{REGION}:{HOME}:stack/*/*")],
        ),
        (
            "cloudformation",
            "DescribeStacks",
            {"StackName": "there"},
            [("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{REGION}:{HOME}:stack/there/u-1")],
        ),
        (
            "cloudformation",
            "CreateStack",
            {"StackName": "new", "RoleARN": ROLE},
            [
                ("cloudformation:CreateStack", f"arn:aws:cloudformation:{REGION}:{HOME}:stack/new/*"),
                ("iam:PassRole", ROLE),
            ],
        ),
        ("cloudformation", "ValidateTemplate", {}, [("cloudformation:ValidateTemplate", "*")]),
        ("sts", "AssumeRole", {"RoleArn": ROLE}, [("sts:AssumeRole", ROLE)]),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": ROLE, "Tags": [{"Key": "a", "Value": "b"}]},
            [("sts:AssumeRole", ROLE), ("sts:TagSession", ROLE)],
        ),
        ("iam", "ListRoles", {}, [("iam:ListRoles", "*")]),
        ("iam", "GetRole", {"RoleName": "r"}, [("iam:GetRole", f"arn:aws:iam::{HOME}:role/team/r")]),
        (
            "iam",
            "CreateRole",
            {"RoleName": "r", "Path": "/new/"},
            [("iam:CreateRole", f"arn:aws:iam::{HOME}:role/new/r")],
        ),
        (
            "iam",
            "AttachRolePolicy",
            {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/x"},
            [("iam:AttachRolePolicy", f"arn:aws:iam::{HOME}:role/team/r")],
        ),
        (
            "iam",
            "GetPolicyVersion",
            {"PolicyArn": f"arn:aws:iam::{HOME}:policy/p"},
            [("iam:GetPolicyVersion", f"arn:aws:iam::{HOME}:policy/p")],
        ),
        (
            "iam",
            "PutUserPolicy",
            {"UserName": "bob", "PolicyName": "p"},
            [("iam:PutUserPolicy", f"arn:aws:iam::{HOME}:user/team/bob")],
        ),
        ("iam", "CreatePolicy", {"PolicyName": "p"}, [("iam:CreatePolicy", f"arn:aws:iam::{HOME}:policy/p")]),
        ("iam", "GetUser", {}, [("iam:GetUser", f"arn:aws:iam::{HOME}:user/team/ann")]),
        (
            "iam",
            "GetAccessKeyLastUsed",
            {"AccessKeyId": "AKIAKNOWN"},
            [("iam:GetAccessKeyLastUsed", f"arn:aws:iam::{HOME}:user/team/ann")],
        ),
        ("iam", "GetAccessKeyLastUsed", {"AccessKeyId": "AKIA"}, [("iam:GetAccessKeyLastUsed", None)]),
        (
            "iam",
            "SimulatePrincipalPolicy",
            {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"]},
            [("iam:SimulatePrincipalPolicy", ROLE)],
        ),
        ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
        ("s3", "GetBucketAcl", {"Bucket": "b"}, [("s3:GetBucketAcl", "arn:aws:s3:::b")]),
        ("s3", "HeadBucket", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        (
            "s3",
            "DeletePublicAccessBlock",
            {"Bucket": "b"},
            [("s3:PutBucketPublicAccessBlock", "arn:aws:s3:::b")],
        ),
        ("s3", "GetObject", {"Bucket": "b", "Key": "a/k"}, [("s3:GetObject", "arn:aws:s3:::b/a/k")]),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2"}]}},
            [("s3:DeleteObject", "arn:aws:s3:::b/1"), ("s3:DeleteObject", "arn:aws:s3:::b/2")],
        ),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "c/k?versionId=1"},
            [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::c/k")],
        ),
        ("s3control", "GetPublicAccessBlock", {"AccountId": HOME}, [("s3:GetAccountPublicAccessBlock", "*")]),
        (
            "s3control",
            "GetAccessPointPolicy",
            {"AccountId": HOME, "Name": "p"},
            [("s3:GetAccessPointPolicy", f"arn:aws:s3:{REGION}:{HOME}:accesspoint/p")],
        ),
        ("ec2", "DescribeSecurityGroups", {}, [("ec2:DescribeSecurityGroups", "*")]),
        (
            "ec2",
            "GetManagedPrefixListEntries",
            {"PrefixListId": "pl-1"},
            [("ec2:GetManagedPrefixListEntries", f"arn:aws:ec2:{REGION}:{HOME}:prefix-list/pl-1")],
        ),
        ("ec2", "RunInstances", {"ImageId": "ami-1"}, [("ec2:RunInstances", None)]),
        ("cloudtrail", "DescribeTrails", {}, [("cloudtrail:DescribeTrails", "*")]),
        (
            "cloudtrail",
            "GetTrailStatus",
            {"Name": "t"},
            [("cloudtrail:GetTrailStatus", f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/t")],
        ),
        ("organizations", "ListAccounts", {}, [("organizations:ListAccounts", "*")]),
        (
            "organizations",
            "DescribeAccount",
            {"AccountId": OTHER},
            [("organizations:DescribeAccount", f"arn:aws:organizations::{MANAGEMENT}:account/o-1/{OTHER}")],
        ),
        (
            "organizations",
            "ListAccountsForParent",
            {"ParentId": "ou-1"},
            [("organizations:ListAccountsForParent", f"arn:aws:organizations::{MANAGEMENT}:ou/o-1/ou-1")],
        ),
        ("account", "ListRegions", {}, [("account:ListRegions", f"arn:aws:account::{HOME}:account")]),
        (
            "account",
            "ListRegions",
            {"AccountId": OTHER},
            [("account:ListRegions", f"arn:aws:account::{MANAGEMENT}:account/o-1/{OTHER}")],
        ),
        ("sns", "CreateTopic", {"Name": "t"}, [("sns:CreateTopic", f"arn:aws:sns:{REGION}:{HOME}:t")]),
        ("sns", "PublishBatch", {"TopicArn": "arn:t"}, [("sns:Publish", "arn:t")]),
        ("sns", "Publish", {"PhoneNumber": "+1"}, [("sns:Publish", "*")]),
        ("lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", FUNCTION)]),
        (
            "lambda",
            "GetFunction",
            {"FunctionName": f"{HOME}:function:f", "Qualifier": "1"},
            [("lambda:GetFunction", f"{FUNCTION}:1")],
        ),
        (
            "lambda",
            "CreateFunction",
            {"FunctionName": "f", "Role": ROLE},
            [("lambda:CreateFunction", FUNCTION), ("iam:PassRole", ROLE)],
        ),
        (
            "securityhub",
            "DescribeHub",
            {},
            [("securityhub:DescribeHub", f"arn:aws:securityhub:{REGION}:{HOME}:hub/default")],
        ),
        (
            "kms",
            "DescribeKey",
            {"KeyId": f"arn:aws:kms:{REGION}:{HOME}:key/k"},
            [("kms:DescribeKey", f"arn:aws:kms:{REGION}:{HOME}:key/k")],
        ),
        ("kms", "DescribeKey", {"KeyId": "alias/k"}, [("kms:DescribeKey", None)]),
        ("sqs", "", {}, [("sqs:UnknownOperation", None)]),
    ],
)
def test_what_a_call_needs(
    service: str, operation: str, params: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    signed = "s3" if service == "s3control" else service
    assert needed(service, operation, params, signing=signed) == expected


def test_api_gateway_is_allowed_by_method_and_path() -> None:
    expected = [("apigateway:GET", f"arn:aws:apigateway:{REGION}::/restapis/a/stages")]
    assert needed("apigateway", "GetStages", method="GET", path="/restapis/a/stages") == expected


def test_a_passed_role_is_passed_to_a_service() -> None:
    facts = Facts("events", "PutTargets", REGION, HOME, params={"Rule": "r", "Targets": [{"RoleArn": ROLE}]})
    *_, passed = needs_of(facts, FakePlaces(), ("events:PutTargets",))
    assert passed.context == {"iam:passedtoservice": "events.amazonaws.com"}


def test_parameters_are_read_only_where_they_matter() -> None:
    assert not needs_parameters("s3", "ListBuckets", ("s3:ListAllMyBuckets",))
    assert needs_parameters("s3", "GetBucketAcl", ("s3:GetBucketAcl",))
    assert needs_parameters("cloudformation", "CreateStackSet", ("cloudformation:CreateStackSet",))


def test_outside_an_organization_its_resources_are_unknown() -> None:
    assert needed("organizations", "DescribeAccount", {"AccountId": HOME}, account=OTHER) == [
        ("organizations:DescribeAccount", None)
    ]
    assert needed("account", "ListRegions", {"AccountId": HOME}, account=OTHER) == [
        ("account:ListRegions", None)
    ]


def test_a_missing_table_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    action_table.table.cache_clear()
    with pytest.raises(action_table.MissingTableError, match=r"install liveaudit\[lab\] again"):
        action_table.table()
