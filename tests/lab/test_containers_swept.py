"""Sweeps of functions, repositories and services: found by way of their clusters, the same in bulk, without a secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from liveaudit.audit.read import Reader
from liveaudit.audit.reading import Wanted
from liveaudit.aws.caller import AwsCaller
from liveaudit.lab import Lab
from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.services import load
from liveaudit.store import codec
from liveaudit.store.database import sqlite_url
from tests.lab.policies.test_lambda_live import code
from tests.lab.test_bulk_in_lab import ACCOUNT, REGION, swept

pytestmark = [pytest.mark.lab, pytest.mark.anyio]
CATALOG, _ = load()
SECRET = "hunter2hunter2"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _functions(lab: Lab) -> None:
    client = lab.client(ACCOUNT, "lambda", REGION)
    lab.client(ACCOUNT, "iam", REGION).create_role(RoleName="orders", AssumeRolePolicyDocument="{}")
    packed = code()
    for number in range(5):
        client.create_function(
            FunctionName=f"f{number}",
            Role=ROLE,
            Runtime="python3.13",
            Handler="index.handler",
            Code={"ZipFile": packed},
            Environment={"Variables": {"DB_PASSWORD": SECRET} if number else {}},
        )


def _repositories(lab: Lab) -> None:
    client = lab.client(ACCOUNT, "ecr", REGION)
    for number in range(5):
        client.create_repository(repositoryName=f"team/r{number}")


@pytest.mark.parametrize(
    ("service", "populate", "single"),
    [("lambda", _functions, "GetFunctionConfiguration"), ("ecr", _repositories, "DescribeRepositories")],
)
async def test_a_listing_tells_what_single_reads_tell(
    lab: Lab,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    populate: Callable[[Lab], None],
    single: str,
) -> None:
    populate(lab)
    for name, value in lab.environment(ACCOUNT, REGION).items():
        monkeypatch.setenv(name, value)
    found, _, calls = await swept(sqlite_url(tmp_path / "s.sqlite3"), service, None)
    assert calls[single] <= 1, "the listing at most"
    assert SECRET not in repr(found)
    caller = AwsCaller()
    try:
        for (kind, rid), told in found.items():
            table = CATALOG.types[kind].sections
            resource = Resource("aws", ACCOUNT, GLOBAL_REGION if ":IAM:" in kind else REGION, kind, rid)
            own = frozenset(name for name in told if table[name].call is not None)
            reading = (await Reader(CATALOG, caller).read([Wanted(resource, own)]))[resource]
            for name in own:
                assert codec.load(told[name][1]) == codec.plain(reading.sections[name].value), (rid, name)
    finally:
        await caller.close()
    assert len([kind for kind, _ in found if not kind.startswith("AWS::IAM")]) >= 5


async def test_services_are_found_in_every_cluster(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = lab.client(ACCOUNT, "ecs", REGION)
    variables = [{"name": "DB_PASSWORD", "value": SECRET}]
    client.register_task_definition(
        family="web",
        containerDefinitions=[{"name": "app", "image": "app:1", "memory": 128, "environment": variables}],
    )
    for cluster in ("blue", "green", "empty"):
        client.create_cluster(clusterName=cluster)
    for cluster, name in (("blue", "web"), ("green", "web"), ("green", "jobs")):
        client.create_service(cluster=cluster, serviceName=name, taskDefinition="web", desiredCount=0)
    for name, value in lab.environment(ACCOUNT, REGION).items():
        monkeypatch.setenv(name, value)
    found, verdicts, calls = await swept(sqlite_url(tmp_path / "s.sqlite3"), "ecs", None)
    assert {rid for kind, rid in found if kind == "AWS::ECS::Service"} == {
        "blue/web",
        "green/web",
        "green/jobs",
    }
    assert ("web", "ecs_task_definitions_no_environment_secrets", "FAIL") in verdicts
    assert SECRET not in repr(found)
    assert calls["DescribeServices"] == 3, "task sets come with their service"
    assert calls["DescribeTaskDefinition"] == 1
    assert calls["DescribeClusters"] == 1, "all at once"
