"""Preflight of the role of fixes, of functions and of channels: as the runner, with the printed documents and nothing more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.demo.owner import make_documents, make_runner
from liveaudit.lab import Lab
from liveaudit.provision.documents import documents
from liveaudit.provision.preflight.check import Check, Outcome
from liveaudit.provision.preflight.functions import check_functions
from liveaudit.provision.resolve import declared
from liveaudit.services import load
from liveaudit.settings import parse
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.site import installation, site_of
from tests.lab.test_functions_in_lab import GOOD, deploy
from tests.unit.provision.test_documents_functions import asking

pytestmark = pytest.mark.lab
REGION, EU = "us-east-1", "eu-west-1"
CATALOG, POLICIES = load()


@pytest.fixture
def settings(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fixes are on and there is a channel of each kind that calls AWS; the owners have made what is printed for that."""
    for account in (RECEIVER, PUBLISHER):
        lab.client(account, "s3", REGION).create_bucket(Bucket=f"trail-of-{account}")
        cloudtrail = lab.client(account, "cloudtrail", REGION)
        cloudtrail.create_trail(Name="trail", S3BucketName=f"trail-of-{account}", IsMultiRegionTrail=True)
        cloudtrail.start_logging(Name="trail")
        lab.client(account, "securityhub", EU).enable_security_hub()
    lab.client(RECEIVER, "s3", EU).create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": EU}
    )
    topic = lab.client(RECEIVER, "sns", EU).create_topic(Name="told")["TopicArn"]
    bus = lab.client(RECEIVER, "events", EU).create_event_bus(Name="told")["EventBusArn"]
    vault = lab.client(RECEIVER, "secretsmanager", EU)
    secret = vault.create_secret(Name="slack", SecretString='{"url": "hunter2"}')["ARN"]
    lab.client(RECEIVER, "ssm", REGION).put_parameter(
        Name="/liveaudit/slack", Value="hunter3", Type="SecureString"
    )
    content = {
        "receiver": RECEIVER,
        "accounts": [{"id": RECEIVER}, {"id": PUBLISHER}],
        "regions": [REGION],
        "services": ["s3"],
        "external_id": "a-word",
        "store": f"sqlite:///{tmp_path / 'store.sqlite3'}",
        "fixes": {"role": "mends"},
        "channels": [
            {"name": "topic", "sns": {"topic": topic}},
            {"name": "bus", "eventbridge": {"bus": bus}},
            {"name": "lake", "s3": {"bucket": "lake", "region": EU}},
            {"name": "vault", "slack": {"url": f"secretsmanager:{secret}#url"}},
            {"name": "parameter", "slack": {"url": "ssm:/liveaudit/slack"}},
            {"name": "hub", "security_hub": {"account": RECEIVER, "region": EU}},
            {"name": "hubs", "security_hub": {"role": "told-of-findings", "external_id": "another-word"}},
        ],
        "routes": [{"name": "all", "tell": ["topic", "bus", "lake", "vault", "parameter", "hub", "hubs"]}],
    }
    file = tmp_path / "liveaudit.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    made = documents(declared(parse(content)), CATALOG, POLICIES)
    make_documents(lab.client, made)
    key, word = make_runner(lab.client(RECEIVER, "iam", REGION), "aws", made.account(RECEIVER))
    environment = {
        **lab.environment(RECEIVER, REGION),
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": word,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return file


def checks(file: Path) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What ``setup check`` says of these, by account and name."""
    result = CliRunner().invoke(app, ["setup", "check", "--settings", str(file), "--json"])
    told = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert "hunter" not in result.output
    return {
        (each["account"], each["name"]): each
        for each in told
        if each["name"] in ("fixes role", "channels") or each["outcome"] in ("failed", "unknown")
    }


def test_fixes_and_channels_as_printed_and_with_something_missing(lab: Lab, settings: Path) -> None:
    lab.clear_decisions()
    good = checks(settings)
    assert {place: each["outcome"] for place, each in good.items()} == {
        (RECEIVER, "fixes role"): "ok",
        (PUBLISHER, "fixes role"): "ok",
        (RECEIVER, "channels"): "ok",
        (PUBLISHER, "channels"): "not needed",
    }
    assert good[RECEIVER, "channels"]["reason"].startswith("7 looked at")
    assert [each for each in lab.decisions() if not each.allowed] == []

    lab.client(RECEIVER, "sns", EU).delete_topic(TopicArn=f"arn:aws:sns:{EU}:{RECEIVER}:told")
    lab.client(RECEIVER, "ssm", REGION).delete_parameter(Name="/liveaudit/slack")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PUBLISHER}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    owner = lab.client(PUBLISHER, "iam", REGION)
    owner.update_assume_role_policy(RoleName="mends", PolicyDocument=document)
    deny = {"Effect": "Deny", "Action": "s3:GetBucketLocation", "Resource": "*"}
    lab.client(RECEIVER, "iam", REGION).put_user_policy(
        UserName="liveaudit",
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    bad = checks(settings)
    assert {place for place, each in bad.items() if each["outcome"] == "failed"} == {
        (PUBLISHER, "fixes role"),
        (RECEIVER, "channels"),
    }
    assert "its trust does not name" in bad[PUBLISHER, "fixes role"]["reason"]
    assert bad[PUBLISHER, "fixes role"]["command"].startswith("liveaudit iam --settings")
    reason = bad[RECEIVER, "channels"]["reason"]
    assert "topic: sns.topic: GetTopicAttributes" in reason
    assert "parameter: slack.url: ssm:/liveaudit/slack" in reason
    assert "lake: s3.bucket: GetBucketLocation on lake is denied" in reason
    assert "vault" not in reason
    assert bad[RECEIVER, "channels"]["command"] == f"liveaudit iam --settings {settings} --account {RECEIVER}"


def test_functions_are_tried_without_being_run(lab: Lab) -> None:
    start = f"arn:aws:lambda:{EU}:{RECEIVER}:function:"
    there, gone, stranger = f"{start}there", f"{start}gone", f"{start}stranger"
    # it would fail if it were run
    deploy(lab, "there", "raise SystemExit(3)")
    deploy(lab, "stranger", GOOD)
    given = installation(regions=(EU,))

    async def work() -> tuple[Check, Check]:
        async with site_of(lab, given, documents(given, CATALOG, asking(there, gone))) as site:
            good = await check_functions(site.caller, given, RECEIVER, [there])
            return good, await check_functions(site.caller, given, RECEIVER, [there, gone, stranger])

    good, bad = asyncio.run(work())
    assert (good.outcome, good.reason) == (Outcome.OK, "1 invoked by a dry run")
    assert bad.outcome is Outcome.FAILED
    assert f"there is no function {gone}" in bad.reason
    assert f"{stranger} may not be invoked" in bad.reason
    assert f"{there} " not in bad.reason
    assert bad.command.startswith(f"liveaudit iam --account {RECEIVER}")
