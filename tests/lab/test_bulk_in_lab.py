"""What one operation tells of a whole account equals what single reads tell, and takes far fewer calls."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from liveaudit.assembly import make_parts
from liveaudit.audit.bulk import Limits
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.aws.caller import AwsCaller
from liveaudit.lab import Lab
from liveaudit.policies.policy import Context
from liveaudit.store import findings
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.schema import resources, sections

pytestmark = [pytest.mark.lab, pytest.mark.anyio]
ACCOUNT, REGION = "111111111111", "us-east-1"
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
_ALONE = Limits(least=10**9)
"""So many are never in hand: everything is read one by one."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _document(number: int) -> str:
    statement = {"Effect": "Allow", "Action": "s3:Get*", "Resource": f"arn:aws:s3:::a b/{number}+*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def populate(iam: Any, *, users: int, roles: int, groups: int, policies: int) -> None:
    """An account with every relation that there is between these.

    No document holds a percent sign: moto gives that of ``GetPolicyVersion`` without URL encoding, and botocore undoes it.
    """
    arns = [
        iam.create_policy(PolicyName=f"p{n:02}", PolicyDocument=_document(n), Description="what for")[
            "Policy"
        ]["Arn"]
        for n in range(policies)
    ]
    iam.create_policy_version(PolicyArn=arns[0], PolicyDocument=_document(100), SetAsDefault=True)
    iam.create_policy_version(PolicyArn=arns[1], PolicyDocument=_document(101), SetAsDefault=False)
    for number in range(groups):
        name = f"g{number:02}"
        iam.create_group(GroupName=name, Path="/teams/" if number % 2 else "/")
        iam.attach_group_policy(GroupName=name, PolicyArn=arns[number % policies])
    iam.put_group_policy(GroupName="g00", PolicyName="inline", PolicyDocument=_document(1))
    for number in range(users):
        name = f"u{number:02}"
        iam.create_user(
            UserName=name, Path="/people/" if number % 2 else "/", Tags=[{"Key": "a", "Value": "b"}]
        )
        iam.add_user_to_group(UserName=name, GroupName=f"g{number % groups:02}")
        if number % 3 == 0:
            iam.add_user_to_group(UserName=name, GroupName="g01" if number % groups != 1 else "g00")
            iam.attach_user_policy(UserName=name, PolicyArn=arns[-1])
            iam.attach_user_policy(UserName=name, PolicyArn=arns[0])
            iam.put_user_policy(UserName=name, PolicyName="z", PolicyDocument=_document(2))
            iam.put_user_policy(UserName=name, PolicyName="a", PolicyDocument=_document(3))
    for number in range(roles):
        name = f"r{number:02}"
        iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=_TRUST, Description="x", MaxSessionDuration=7200
        )
        iam.attach_role_policy(RoleName=name, PolicyArn=arns[number % policies])
        if number % 5 == 0:
            iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=_document(4))
    iam.put_role_permissions_boundary(RoleName="r00", PermissionsBoundary=arns[3])


async def swept(
    url: str, service: str, limits: Limits | None
) -> tuple[dict[tuple[str, str], dict[str, tuple[str, str | None]]], set[tuple[str, str, str]], Counter[str]]:
    """What a sweep on a fresh store has read and judged, and how often which operation was called."""
    database = Database(url)
    caller = AwsCaller()
    try:
        parts = make_parts(database, caller, Context(frozenset({ACCOUNT})))
        if limits is not None:
            parts.auditor.bulk.limits = limits
        problems = await Sweeper(parts.auditor).sweep(
            Scope("aws", ACCOUNT, (REGION,), frozenset({service})), "s"
        )
        assert problems == []
        read = await database.read(_sections)
        verdicts = await database.read(partial(findings.list_verdicts, wanted=findings.Filter()))
        calls = Counter[str]()
        for (_, _, _, operation), number in caller.counts.items():
            calls[operation] += number
        return read, {(each["id"], each["policy"], each["verdict"]) for each in verdicts}, calls
    finally:
        await caller.close()
        database.close()


def _sections(connection: Connection) -> dict[tuple[str, str], dict[str, tuple[str, str | None]]]:
    found: dict[tuple[str, str], dict[str, tuple[str, str | None]]] = {}
    query = select(resources.c.type, resources.c.rid, sections).join(sections)
    for row in connection.execute(query):
        found.setdefault((row.type, row.rid), {})[row.section] = (row.digest, row.value)
    return found


async def test_iam_of_a_whole_account(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    populate(lab.client(ACCOUNT, "iam", REGION), users=6, roles=6, groups=4, policies=6)
    for name, value in lab.environment(ACCOUNT, REGION).items():
        monkeypatch.setenv(name, value)
    alone, verdicts_alone, calls_alone = await swept(sqlite_url(tmp_path / "alone.sqlite3"), "iam", _ALONE)
    together, verdicts, calls = await swept(sqlite_url(tmp_path / "together.sqlite3"), "iam", None)
    assert together.keys() == alone.keys()
    for key, read in alone.items():
        assert together[key] == read, key
    assert verdicts == verdicts_alone
    assert calls_alone.total() > 80
    assert calls.total() < 40, "three of each user, and what there is once"
    assert calls["GetAccountAuthorizationDetails"] == 1
    assert not calls.keys() & {
        "GetUser",
        "GetRole",
        "GetGroup",
        "ListAttachedUserPolicies",
        "ListAttachedGroupPolicies",
        "ListAttachedRolePolicies",
        "ListUserPolicies",
        "ListGroupPolicies",
        "ListRolePolicies",
        "ListGroupsForUser",
    }


def _machines(ec2: Any, *, instances: int) -> None:
    """Instances with groups, volumes and user data, snapshots of which one is public, an image, templates, routes."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    for number in range(4):
        peer = ec2.create_vpc(CidrBlock=f"10.{number + 1}.0.0/16")["Vpc"]["VpcId"]
        peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
        for part in range(2):
            ec2.create_route(
                RouteTableId=table,
                DestinationCidrBlock=f"10.{number + 1}.{part}.0/24",
                VpcPeeringConnectionId=peering["VpcPeeringConnectionId"],
            )
        ec2.create_flow_logs(
            ResourceIds=[peer],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=f"flows-{number}",
            DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flows",
        )
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("b", "a")
    ]
    launched = ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=instances,
        MaxCount=instances,
        SubnetId=subnet,
        SecurityGroupIds=groups,
        UserData="export PASSWORD=hunter2hunter2",
    )["Instances"]
    volumes = [ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"] for _ in range(3)]
    snapshots = [ec2.create_snapshot(VolumeId=each)["SnapshotId"] for each in volumes * 2]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshots[1], Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    ec2.create_image(InstanceId=launched[0]["InstanceId"], Name="base")
    for name in ("web", "batch"):
        ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"InstanceType": "t3.nano"})
    ec2.allocate_address(Domain="vpc")


async def test_machines_of_a_whole_region(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _machines(lab.client(ACCOUNT, "ec2", REGION), instances=12)
    for name, value in lab.environment(ACCOUNT, REGION).items():
        monkeypatch.setenv(name, value)
    alone, verdicts_alone, _ = await swept(sqlite_url(tmp_path / "alone.sqlite3"), "ec2", _ALONE)
    together, verdicts, calls = await swept(sqlite_url(tmp_path / "together.sqlite3"), "ec2", None)
    assert together.keys() == alone.keys()
    for key, read in alone.items():
        assert together[key] == read, key
    assert verdicts == verdicts_alone
    own = {key: read for key, read in together.items() if key[0] == "AWS::EC2::Instance"}
    assert len(own) == 12
    assert "hunter2" not in repr(own)
    assert calls["DescribeInstanceAttribute"] == 12, "user data is told of one instance at a time"
    assert calls["DescribeInstances"] == 1
    assert calls["DescribeFlowLogs"] <= 3, "all of them, which VPC has which, and those referred to"
    assert calls["DescribeRouteTables"] <= 3, "the same"
    assert calls["DescribeSnapshots"] == 2, "all of them, and which of these everybody may restore"


async def test_log_groups_of_a_whole_region(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = lab.client(ACCOUNT, "logs", REGION)
    for number in range(8):
        logs.create_log_group(logGroupName=f"g{number}")
        for name in ("b", "a") if number % 2 else ():
            logs.put_metric_filter(
                logGroupName=f"g{number}",
                filterName=name,
                filterPattern="{ $.eventName = CreateVpc }",
                metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
            )
    for name, value in lab.environment(ACCOUNT, REGION).items():
        monkeypatch.setenv(name, value)
    alone, verdicts_alone, _ = await swept(sqlite_url(tmp_path / "alone.sqlite3"), "logs", _ALONE)
    together, verdicts, calls = await swept(sqlite_url(tmp_path / "together.sqlite3"), "logs", None)
    assert together == alone
    assert verdicts == verdicts_alone
    assert "metric_filters" in together["AWS::Logs::LogGroup", "g1"]
    assert calls["DescribeMetricFilters"] == 1
