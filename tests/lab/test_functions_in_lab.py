"""Lambda policies with real functions: Python zips that the lab runs, asked by the audit role of the documents and nobody else."""

from __future__ import annotations

import asyncio
import io
import json
import textwrap
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from liveaudit.assembly import Parts, make_parts
from liveaudit.audit.asked.functions import FunctionEvaluator, Tries
from liveaudit.audit.asked.invoking import AwsInvoke
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.aws.caller import AwsCaller, RoleToAssume
from liveaudit.custom.files import load_folder
from liveaudit.custom.taking_in import take_in
from liveaudit.demo.owner import make_documents
from liveaudit.lab import Lab
from liveaudit.policies.policy import Context, PolicyKind
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.provision.installation import Account, Installation
from liveaudit.services import load
from liveaudit.store import asked, findings
from liveaudit.store.database import Database, sqlite_url
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab
EU, WORD = "eu-west-1", "a-word"
BUCKETS = ("payments", "public-site", "broken")
GOOD = """
def handler(event, context):
    assert event["version"] == "1" and event["kind"] == "liveaudit.verdicts"
    verdicts = []
    for each in event["resources"]:
        bad = each["id"].startswith("public-")
        verdicts.append({
            "key": each["key"],
            "verdict": "FAIL" if bad else "PASS",
            "reason": "its name promises too much" if bad else "",
            "evidence": {"name": each["id"], "grants": len(each["sections"]["acl"]["Grants"])},
        })
    print("this goes to the log, and nowhere else")
    return {"version": "1", "verdicts": verdicts}
"""
FUNCTIONS = {
    "good": GOOD,
    "raises": "def handler(event, context):\n    raise ValueError('cannot')\n",
    "slow": "import time\ndef handler(event, context):\n    time.sleep(60)\n",
    "nonsense": "def handler(event, context):\n    return ['PASS']\n",
    "exits": "import os\ndef handler(event, context):\n    os._exit(3)\n",
    "partial": GOOD.replace("    for each in event", "    for each in [e for e in event").replace(
        '"resources"]:', '"resources"] if e["id"] != "broken"]:'
    ),
    "poisoned": GOOD.replace("        bad =", "        assert each['id'] != 'broken'\n        bad ="),
    "busy": GOOD,
}
UNKNOWN = {
    "raises": "ValueError: cannot",
    "slow": "Task timed out after 1.00 seconds",
    "nonsense": "not as the contract has it",
    "exits": "exit status 3",
    "missing": "there is no function",
    "busy": "the function is throttled",
    "stranger": "may not be invoked",
}


def zipped(code: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("judge.py", textwrap.dedent(code))
    return made.getvalue()


def role(lab: Lab) -> str:
    """What functions run as."""
    iam = lab.client(RECEIVER, "iam", EU)
    allow = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [allow]}
    try:
        made = iam.create_role(RoleName="functions", AssumeRolePolicyDocument=json.dumps(trust))
    except iam.exceptions.EntityAlreadyExistsException:
        made = iam.get_role(RoleName="functions")
    return str(made["Role"]["Arn"])


def deploy(lab: Lab, name: str, code: str) -> None:
    lab.client(RECEIVER, "lambda", EU).create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="judge.handler",
        Role=role(lab),
        Code={"ZipFile": zipped(code)},
        Timeout=1 if name == "slow" else 20,
    )


def arn(name: str) -> str:
    account = PUBLISHER if name == "stranger" else RECEIVER
    return f"arn:aws:lambda:{EU}:{account}:function:{name}"


def policy_file(folder: Path, *functions: str) -> None:
    made = [
        {
            "id": f"acme_{name}",
            "type": "AWS::S3::Bucket",
            "severity": "high",
            "title": "Buckets are named well",
            "why": "Names are read by people.",
            "fix": "Name it otherwise.",
            "lambda": {"function": arn(name), "sections": ["acl"], "tags": False},
        }
        for name in functions
    ]
    (folder / "functions.yaml").write_text(yaml.safe_dump({"policies": made}), encoding="utf-8")


def installation() -> Installation:
    return Installation(
        RECEIVER,
        (Account(RECEIVER, regions=(EU,), external_id=WORD),),
        services=("s3",),
    )


@pytest.fixture
def owned(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Takes in policies of these functions; the owner makes the documents that they need, and the buckets are there."""
    for name, value in lab.environment(RECEIVER, EU).items():
        monkeypatch.setenv(name, value)
    s3 = lab.client(RECEIVER, "s3", EU)
    for name in BUCKETS:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": EU})

    def made(*functions: str) -> None:
        policy_file(tmp_path, *functions)
        loaded = load_folder(tmp_path)
        assert loaded.told() == []
        take_in(loaded.policies)
        make_documents(lab.client, documents(installation(), *load()))

    return made


@asynccontextmanager
async def auditing(folder: Path) -> AsyncIterator[Parts]:
    """All that a worker has, in the audit role of the documents."""
    audit_role = RoleToAssume(f"arn:aws:iam::{RECEIVER}:role/{names.AUDIT_ROLE}", WORD)
    caller = AwsCaller(lambda _account: audit_role, home=EU)
    database = Database(sqlite_url(folder / "store.sqlite3"))
    parts = make_parts(database, caller, Context(frozenset({RECEIVER})))
    parts.asker.evaluators = {
        PolicyKind.LAMBDA: FunctionEvaluator(AwsInvoke(parts.asking), Tries(throttled=2, first_wait=0.01))
    }
    try:
        yield parts
    finally:
        await parts.aclose()
        await caller.close()
        database.close()


async def verdicts(parts: Parts) -> dict[tuple[str, str], dict[str, Any]]:
    found = await parts.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
    return {
        (each["policy"].removeprefix("acme_"), each["id"]): each
        for each in found
        if each["policy"].startswith("acme_")
    }


async def swept(parts: Parts) -> dict[tuple[str, str], dict[str, Any]]:
    await Sweeper(parts.auditor).sweep(Scope("aws", RECEIVER, (EU,), frozenset({"s3"})), "s1")
    while await parts.asker.step():
        continue
    return await verdicts(parts)


def test_functions_decide(lab: Lab, owned: Callable[..., None], tmp_path: Path) -> None:
    for name in ("good", "partial", "poisoned"):
        deploy(lab, name, FUNCTIONS[name])
    owned("good", "partial", "poisoned")

    async def told() -> None:
        async with auditing(tmp_path) as parts:
            found = await swept(parts)
            for name in ("good", "partial", "poisoned"):
                assert found[name, "payments"]["verdict"] == "PASS"
                assert found[name, "public-site"]["reason"] == "its name promises too much"
            assert found["good", "broken"]["verdict"] == "PASS"
            assert found["partial", "broken"]["reason"] == "the function gave no verdict on it"
            assert "AssertionError" in found["poisoned", "broken"]["reason"]
            opened = await parts.database.read(lambda c: findings.list_findings(c, findings.Filter()))
            ours = {each["policy"]: each for each in opened if each["policy"].startswith("acme_")}
            assert set(ours) == {"acme_good", "acme_partial", "acme_poisoned"}
            assert {each["severity"] for each in ours.values()} == {"high"}
            health = await parts.database.read(asked.all_asked)
            assert {name: each.healthy for name, each in health.items()} == {
                "acme_good": True,
                "acme_partial": False,
                "acme_poisoned": False,
            }

    asyncio.run(told())


def test_functions_that_do_not_answer_make_unknown(
    lab: Lab, owned: Callable[..., None], tmp_path: Path
) -> None:
    for name, code in FUNCTIONS.items():
        if name in UNKNOWN:
            deploy(lab, name, code)
    lab.client(RECEIVER, "lambda", EU).put_function_concurrency(
        FunctionName="busy", ReservedConcurrentExecutions=0
    )
    owned(*UNKNOWN)

    async def told() -> None:
        async with auditing(tmp_path) as parts:
            found = await swept(parts)
            assert {each["verdict"] for each in found.values()} == {"UNKNOWN"}
            assert len(found) == len(UNKNOWN) * len(BUCKETS)
            for name, reason in UNKNOWN.items():
                assert {reason in found[name, bucket]["reason"] for bucket in BUCKETS} == {True}, (
                    name,
                    found[name, "payments"]["reason"],
                )
            health = await parts.database.read(asked.all_asked)
            assert {each.healthy for each in health.values()} == {False}

    asyncio.run(told())


def test_the_permission_is_on_that_function_only(
    lab: Lab, owned: Callable[..., None], tmp_path: Path
) -> None:
    deploy(lab, "good", FUNCTIONS["good"])
    deploy(lab, "other", FUNCTIONS["good"])
    owned("good")
    policy_file(tmp_path, "good", "other")
    take_in(load_folder(tmp_path).policies)

    async def told() -> None:
        async with auditing(tmp_path) as parts:
            found = await swept(parts)
            assert found["good", "payments"]["verdict"] == "PASS"
            assert "lambda:InvokeFunction on" in found["other", "payments"]["reason"]
            assert "liveaudit iam" in found["other", "payments"]["reason"]

    asyncio.run(told())


def test_a_function_runs_apart_from_the_lab(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds its own variables and keys of its account, and nothing of the process that runs the lab."""
    monkeypatch.setenv("A_SECRET_OF_THE_LAB", "word")
    code = """
    import os, boto3
    def handler(event, context):
        return {
            "secret": os.environ.get("A_SECRET_OF_THE_LAB"),
            "own": os.environ["OWN"],
            "event": event,
            "account": boto3.client("sts").get_caller_identity()["Account"],
            "left": context.get_remaining_time_in_millis() > 0,
        }
    """
    deploy(lab, "curious", code)
    client = lab.client(RECEIVER, "lambda", EU)
    client.update_function_configuration(FunctionName="curious", Environment={"Variables": {"OWN": "x"}})
    answer = client.invoke(FunctionName="curious", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {
        "secret": None,
        "own": "x",
        "event": {"a": 1},
        "account": RECEIVER,
        "left": True,
    }
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName="curious", Payload=b"no json")
    assert client.invoke(FunctionName="curious", InvocationType="DryRun")["StatusCode"] == 204
