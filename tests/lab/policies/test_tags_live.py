"""Policies on tags that a further call tells, by real calls in the lab: each event of tagging moves its finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from liveaudit.custom.following import FOLLOWING
from tests.lab.policies.conftest import Live
from tests.support.own_policies import a_file, own

pytestmark = pytest.mark.lab
OWNED = [{"Key": "Owner", "Value": "team-a"}]
ROLE = "arn:aws:iam::111111111111:role/r"


@dataclass(frozen=True)
class Tagged:
    """A resource without tags, and the two calls that tag it and take the tag away. ``id`` is ours, ``name`` AWS's."""

    type: str
    id: str
    tag: Callable[[], Any]
    untag: Callable[[], Any]


def _by_arn(client: Any, arn: str, tag: str, untag: str, parameter: str = "ResourceArn") -> dict[str, Any]:
    return {
        "tag": lambda: getattr(client, tag)(**{parameter: arn}, Tags=OWNED),
        "untag": lambda: getattr(client, untag)(**{parameter: arn}, TagKeys=["Owner"]),
    }


def _proxy(live: Live) -> Tagged:
    rds = live.client("rds")
    made = rds.create_db_proxy(
        DBProxyName="front",
        EngineFamily="POSTGRESQL",
        Auth=[{"AuthScheme": "SECRETS", "SecretArn": f"arn:aws:secretsmanager:{live.region}:1:secret:s"}],
        RoleArn=ROLE,
        VpcSubnetIds=[each["SubnetId"] for each in live.client("ec2").describe_subnets()["Subnets"][:2]],
    )["DBProxy"]
    names = ("add_tags_to_resource", "remove_tags_from_resource", "ResourceName")
    return Tagged("AWS::RDS::DBProxy", "front", **_by_arn(rds, made["DBProxyArn"], *names))


def _notebook(live: Live) -> Tagged:
    sagemaker: Any = live.client("sagemaker")
    arn = sagemaker.create_notebook_instance(
        NotebookInstanceName="study", InstanceType="ml.t3.medium", RoleArn=ROLE
    )["NotebookInstanceArn"]
    return Tagged(
        "AWS::SageMaker::NotebookInstance", "study", **_by_arn(sagemaker, arn, "add_tags", "delete_tags")
    )


def _job(live: Live) -> Tagged:
    glue: Any = live.client("glue")
    glue.create_job(
        Name="load", Role=ROLE, Command={"Name": "glueetl", "ScriptLocation": "s3://code/load.py"}
    )
    arn = f"arn:aws:glue:{live.region}:{live.account}:job/load"
    return Tagged(
        "AWS::Glue::Job",
        "load",
        lambda: glue.tag_resource(ResourceArn=arn, TagsToAdd={"Owner": "team-a"}),
        lambda: glue.untag_resource(ResourceArn=arn, TagsToRemove=["Owner"]),
    )


def _web_acl(live: Live) -> Tagged:
    waf: Any = live.client("wafv2")
    told = waf.create_web_acl(
        Name="w",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={
            "SampledRequestsEnabled": False,
            "CloudWatchMetricsEnabled": False,
            "MetricName": "w",
        },
    )["Summary"]
    names = ("tag_resource", "untag_resource", "ResourceARN")
    return Tagged("AWS::WAFv2::WebACL", f"w/{told['Id']}", **_by_arn(waf, told["ARN"], *names))


def _point(live: Live) -> Tagged:
    live.client("s3").create_bucket(Bucket="points")
    control = live.client("s3control")
    arn = control.create_access_point(AccountId=live.account, Name="gate", Bucket="points")["AccessPointArn"]
    given = {"AccountId": live.account, "ResourceArn": arn}
    return Tagged(
        "AWS::S3::AccessPoint",
        "gate",
        lambda: control.tag_resource(**given, Tags=OWNED),
        lambda: control.untag_resource(**given, TagKeys=["Owner"]),
    )


MAKE = (_proxy, _notebook, _job, _web_acl, _point)
TYPES = (
    "AWS::RDS::DBProxy",
    "AWS::SageMaker::NotebookInstance",
    "AWS::Glue::Job",
    "AWS::WAFv2::WebACL",
    "AWS::S3::AccessPoint",
    "AWS::DMS::Endpoint",
)


@pytest.fixture
def asked_for_tags(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Live:
    """The watched account, with a policy on the tags of each type."""
    folder = tmp_path_factory.mktemp("own")
    made = [own(id=f"acme_{number}", type=name) for number, name in enumerate(TYPES)]
    (folder / "a.yaml").write_bytes(a_file(*made))
    FOLLOWING.step(folder)
    watched: Live = request.getfixturevalue("live")
    return watched


def test_tagging_moves_findings(asked_for_tags: Live) -> None:
    for number, make in enumerate(MAKE):
        tagged, policy = make(asked_for_tags), f"acme_{number}"
        assert tagged.type == TYPES[number]
        assert asked_for_tags.opens(policy, tagged.id)["reason"] == "the tag Owner is missing"
        tagged.tag()
        asked_for_tags.resolves(policy, tagged.id)
        tagged.untag()
        asked_for_tags.opens(policy, tagged.id)

    # moto has none of DMS's calls that change tags
    dms: Any = asked_for_tags.client("dms")
    given = {"EndpointType": "source", "EngineName": "mysql"}
    bare = dms.create_endpoint(EndpointIdentifier="bare", **given)["Endpoint"]["EndpointArn"]
    owned = dms.create_endpoint(EndpointIdentifier="owned", **given, Tags=OWNED)["Endpoint"]["EndpointArn"]
    asked_for_tags.opens(f"acme_{len(MAKE)}", bare)
    asked_for_tags.verdict(f"acme_{len(MAKE)}", owned, "PASS")
