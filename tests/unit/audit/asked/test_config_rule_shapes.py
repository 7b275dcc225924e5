"""Rules of AWS Config as people write them run unchanged: 30 shapes, in one process of the sandbox.

The rules stand in ``tests/support/config_rules``, each as it would be deployed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.asked.config_rules import Asked, ConfigRules
from liveaudit.audit.asked.invoking import Function
from liveaudit.audit.asked.sandbox import Code, Limits, Sandbox
from liveaudit.model import Outcome, Resource, Severity, Verdict
from liveaudit.policies.asking import Question, Unanswered
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.policy import Asks, Policy, PolicyKind
from liveaudit.services import load

RULES = str(Path(__file__).parents[3] / "support" / "config_rules")
ACCOUNT = "111111111111"
PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
AT = "2026-02-03T04:05:06+00:00"


@dataclass(frozen=True)
class Case:
    """A rule, what it is asked about, and what comes of it. ``open``: it counts as not answered."""

    rule: str
    type: str
    sections: Mapping[str, Any]
    outcome: Outcome
    reason: str = ""
    open: bool = False
    id: str = "one"
    tags: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    periodic: bool = False

    @property
    def resource(self) -> Resource:
        region = "global" if load()[0].types[self.type].is_global else "us-east-1"
        return Resource("aws", ACCOUNT, region, self.type, self.id)


GROUP, BUCKET, INSTANCE, USER = (
    *("AWS::EC2::SecurityGroup", "AWS::S3::Bucket", "AWS::EC2::Instance", "AWS::IAM::User"),
)
DATABASE, KEY, FUNCTION = "AWS::RDS::DBInstance", "AWS::KMS::Key", "AWS::Lambda::Function"


def group(cidr: str, *, port: int = 22, count: int = 1) -> dict[str, Any]:
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
    return {"group": {"GroupId": "sg-1", "IpPermissions": [permission] * count}}


IN_A_SUBNET = {
    "configuration": {
        "FunctionName": "one",
        "Role": "arn:aws:iam::111111111111:role/basic",
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    }
}
MACHINE = {"instance": {"InstanceType": "t3.large"}}


def acl(*uris: str) -> dict[str, Any]:
    owner = {"Grantee": {"Type": "CanonicalUser", "ID": "me"}, "Permission": "FULL_CONTROL"}
    groups = [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": "READ"} for uri in uris]
    return {"bucket": {"Name": "one"}, "acl": {"Owner": {"ID": "me"}, "Grants": [owner, *groups]}}


EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
TLS = (
    '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", '
    '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
)
ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
BLOCK = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
INLINE = [
    {
        "PolicyName": "all",
        "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    }
]
USER_SECTION = {
    "UserName": "one",
    "UserId": "AIDAONE",
    "Path": "/",
    "Arn": "arn:aws:iam::111111111111:user/one",
}
ROLE = {
    "RoleName": "one",
    "RoleId": "AROAONE",
    "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}}]},
}
DATABASE_SECTION = {
    "DBInstanceIdentifier": "one",
    "DbiResourceId": "db-ONE",
    "MultiAZ": False,
    "InstanceCreateTime": AT,
    "PubliclyAccessible": True,
    "BackupRetentionPeriod": 7,
}
CLUSTER = {"DBClusterIdentifier": "one", "StorageEncrypted": True, "ClusterCreateTime": AT}
THROTTLED = {"configuration": {"FunctionName": "one", "TracingConfig": {"Mode": "PassThrough"}}}
TAGS = {"tag1Key": "Owner", "tag2Key": "Stage", "tag2Value": "dev,prod"}

CASES = (
    Case("group_open_ssh", GROUP, group("0.0.0.0/0"), FAIL, "port 22 is open to 0.0.0.0/0"),
    Case("group_open_ssh", GROUP, group("10.0.0.0/8"), PASS, "closed"),
    Case("group_open_ssh", BUCKET, {}, NONE, "other type"),
    Case("bucket_acl_public", BUCKET, acl(EVERYBODY), FAIL, "AllUsers may Read"),
    Case("bucket_acl_public", BUCKET, acl(), PASS),
    Case("bucket_policy_tls", BUCKET, {"policy_document": TLS}, PASS),
    Case("bucket_policy_tls", BUCKET, {"policy_document": None}, FAIL, "no bucket policy"),
    Case(
        "bucket_encryption", BUCKET, {"encryption": ENCRYPTED}, PASS, parameters={"sseAlgorithm": "aws:kms"}
    ),
    Case("bucket_encryption", BUCKET, {}, FAIL, "uses []", parameters={"sseAlgorithm": "aws:kms"}),
    Case(
        "bucket_encryption",
        BUCKET,
        {},
        UNKNOWN,
        "KeyError: 'sseAlgorithm' (bucket_encryption.py, line 10)",
        open=True,
    ),
    Case(
        "bucket_versioning", BUCKET, {"versioning": {"Status": "Enabled"}, "public_access_block": BLOCK}, PASS
    ),
    Case("bucket_versioning", BUCKET, {"versioning": {}, "public_access_block": BLOCK}, FAIL, "and not why"),
    Case(
        "database_public",
        DATABASE,
        {"instance": DATABASE_SECTION},
        FAIL,
        "one False 2026-02-03T04:05:06.000Z",
    ),
    Case("cluster_encrypted", "AWS::RDS::DBCluster", {"cluster": CLUSTER}, PASS, "one 1770091506000"),
    Case("required_tags", BUCKET, {}, PASS, tags={"Owner": "me", "Stage": "dev"}, parameters=TAGS),
    Case(
        "required_tags",
        BUCKET,
        {},
        FAIL,
        "tag Stage is test",
        tags={"Owner": "", "Stage": "test"},
        parameters=TAGS,
    ),
    Case("required_tags", INSTANCE, {}, FAIL, "tag Owner is missing", parameters=TAGS),
    Case("required_tags", "AWS::IAM::Group", {}, UNKNOWN, "reads tags of the item", parameters=TAGS),
    Case(
        "desired_type",
        INSTANCE,
        {"instance": {"InstanceType": "t3.large"}},
        FAIL,
        parameters={"desiredInstanceType": "t3.nano"},
    ),
    Case("related", FUNCTION, IN_A_SUBNET, FAIL, "subnet-1"),
    Case("related", FUNCTION, IN_A_SUBNET, FAIL, "subnet-1", parameters={"asked": "yes"}),
    Case("related", BUCKET, {"bucket": {"Name": "one"}}, PASS),
    Case("related", GROUP, group("10.0.0.0/8"), UNKNOWN, "reads relationships of the item"),
    Case("keys_looked_at", INSTANCE, MACHINE, PASS, parameters={"how": "known"}),
    *(
        Case("keys_looked_at", INSTANCE, MACHINE, UNKNOWN, "configuration.keyName", parameters={"how": how})
        for how in ("unread", "popped")
    ),
    Case("keys_looked_at", INSTANCE, MACHINE, UNKNOWN, "of the item", parameters={"how": "all"}),
    Case("user_inline_admin", USER, {"user": USER_SECTION, "inline_policies": INLINE}, FAIL, "all of one"),
    Case("user_inline_admin", USER, {"user": USER_SECTION, "inline_policies": []}, PASS),
    Case("role_trust", "AWS::IAM::Role", {"role": ROLE}, FAIL, "AROAONE"),
    Case(
        "rdklib_key_rotation",
        KEY,
        {"key": {"KeyManager": "CUSTOMER"}, "rotation": {"KeyRotationEnabled": False}},
        FAIL,
        "not rotated",
    ),
    Case(
        "rdklib_key_rotation",
        KEY,
        {"key": {"KeyManager": "CUSTOMER"}, "rotation": {"KeyRotationEnabled": True}},
        PASS,
    ),
    Case("rdklib_key_rotation", KEY, {"key": {"KeyManager": "AWS"}}, NONE, "a key of AWS's"),
    Case("rdklib_key_rotation", BUCKET, {}, NONE, "and not why"),
    Case(
        "rdklib_parameters",
        DATABASE,
        {"instance": DATABASE_SECTION},
        FAIL,
        "kept 7 days",
        parameters={"days": "14"},
    ),
    Case(
        "rdklib_parameters",
        DATABASE,
        {"instance": DATABASE_SECTION},
        UNKNOWN,
        "days has to be a number",
        open=True,
    ),
    Case("rdklib_periodic", "AWS::EC2::Volume", {"volume": {"Encrypted": True}}, PASS, periodic=True),
    Case(
        "rdklib_periodic",
        KEY,
        {},
        UNKNOWN,
        "config:ListDiscoveredResources of AWS::EC2::Volume",
        periodic=True,
    ),
    Case("rdklib_oversized", GROUP, group("0.0.0.0/0", count=3000), FAIL, "3000 rules of 111111111111"),
    Case("oversized_sample", GROUP, group("10.0.0.0/8", count=3000), PASS, "3000 rules of 111111111111"),
    Case(
        *(
            "oversized_sample",
            GROUP,
            group("10.0.0.0/8", count=3000),
            UNKNOWN,
            "reads relationships of the item",
        ),
        parameters={"related": "yes"},
    ),
    Case("judges_the_change", BUCKET, {}, UNKNOWN, "reads invokingEvent.configurationItemDiff"),
    Case("rdk_module", FUNCTION, THROTTLED, FAIL, "tracing is PassThrough in 111111111111"),
    Case("oversized", GROUP, group("10.0.0.0/8", count=3000), FAIL, "3000 rules, OversizedConfiguration"),
    Case("oversized", GROUP, group("10.0.0.0/8"), PASS, "1 rules, ConfigurationItemChangeNotification"),
    Case(
        "account_passwords",
        "AWS::IAM::Account",
        {"password_policy": {"MinimumPasswordLength": 8}},
        FAIL,
        "8 characters are enough",
        id=ACCOUNT,
        parameters={"length": "14"},
        periodic=True,
    ),
    Case(
        *(
            "account_passwords",
            "AWS::IAM::Account",
            {"password_policy": None},
            FAIL,
            "there is no password policy",
        ),
        id=ACCOUNT,
        periodic=True,
    ),
    Case(
        "bucket_asks_s3",
        BUCKET,
        {"versioning": {"Status": "Enabled"}, "policy_document": None},
        PASS,
        "Enabled, NoSuchBucketPolicy",
    ),
    Case("asks_for_more", BUCKET, {}, UNKNOWN, "calls cloudwatch:DescribeAlarms"),
    Case("reads_unread", INSTANCE, {"instance": {}}, UNKNOWN, "reads configuration.keyName of the item"),
    Case(
        "table_recovery",
        "AWS::DynamoDB::Table",
        {"table": {"TableName": "one"}},
        FAIL,
        "recovery is DISABLED",
    ),
    Case("uses_context", BUCKET, {}, NONE, "uses_context us-east-1 True []"),
    Case("raises", BUCKET, {}, UNKNOWN, "KeyError: 'configuration' (raises.py, line 5)", open=True),
    Case("exits", BUCKET, {}, UNKNOWN, "SystemExit: 3", open=True),
    Case("puts_nothing", BUCKET, {}, UNKNOWN, "put no evaluation", open=True),
    Case("wrong_token", BUCKET, {}, UNKNOWN, "InvalidResultTokenException", open=True),
    Case("in_test_mode", BUCKET, {}, UNKNOWN, "in test mode", open=True),
    Case("long_note", BUCKET, {}, UNKNOWN, "an annotation has at most 256 characters", open=True),
    Case(
        "judges_another", BUCKET, {}, UNKNOWN, "judged AWS::S3::Bucket another, and not AWS::S3::Bucket one"
    ),
    Case("no_such_rule", BUCKET, {}, UNKNOWN, "No module named 'no_such_rule'", open=True),
)


async def not_invoked(function: Function, request: bytes, *, timeout: float) -> bytes:
    raise AssertionError


def policy(case: Case) -> Policy:
    return Policy(
        id=case.rule,
        type=case.type,
        service="any",
        severity=Severity.HIGH,
        title="title",
        why="why",
        fix="fix",
        judge=lambda: Verdict(UNKNOWN),
        sections=frozenset(),
        parameters=(),
        kind=PolicyKind.CONFIG_RULE,
        asks=Asks(
            case.rule, RuleOptions((RULES,), "router", periodic=case.periodic, parameters=case.parameters)
        ),
    )


async def ask_all() -> list[Verdict]:
    """Every case put to the same process, one after another."""
    async with Sandbox(Code((RULES,), "router", "lambda_handler"), Limits(), "us-east-1") as process:

        @asynccontextmanager
        async def opens(code: Code, limits: Limits, region: str) -> AsyncIterator[Asked]:
            assert code == Code((RULES,), "router", "lambda_handler")
            assert (limits.seconds, region) == (60.0, "us-east-1")
            yield process

        rules = ConfigRules(load()[0], lambda: 1_780_000_000.0, not_invoked, opens=opens)
        found = []
        for number, case in enumerate(CASES):
            question = Question(case.resource, str(number), tags=case.tags, sections=case.sections)
            found.append((await rules.ask(policy(case), [question]))[case.resource])
        return found


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return asyncio.run(ask_all())


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{each.rule}-{each.outcome.value}" for each in CASES]
)
def test_shape(verdicts: list[Verdict], number: int) -> None:
    case, verdict = CASES[number], verdicts[number]
    assert verdict.outcome == case.outcome, verdict
    assert case.reason in verdict.reason
    assert isinstance(verdict, Unanswered) == case.open


def test_every_rule_is_asked() -> None:
    files = {each.stem for each in Path(RULES).glob("*.py")} - {"router", "shared_helper"}
    assert files == {each.rule for each in CASES} - {"no_such_rule"}
    assert len(files) >= 20
