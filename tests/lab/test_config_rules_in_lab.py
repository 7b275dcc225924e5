"""A rule of AWS Config over real calls: an event opens and closes its finding, a changed rule judges what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from liveaudit.custom.following import FOLLOWING
from liveaudit.demo.runner import Demo
from liveaudit.lab import Lab
from tests.lab.test_main_path import EU, PUBLISHER, RECEIVER, US, make_bucket, until
from tests.support.own_policies import a_file, own

pytestmark = [pytest.mark.lab, pytest.mark.anyio]
RULES = Path(__file__).parents[1] / "support" / "config_rules"
POLICY = "acme_bucket_denies_http"
DENIES = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", '
    '"Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def watched(lab: Lab, tmp_path: Path) -> AsyncIterator[Demo]:
    folder = tmp_path / "own"
    (folder / "rules").mkdir(parents=True)
    for name in ("bucket_policy_tls.py", "shared_helper.py"):
        (folder / "rules" / name).write_bytes((RULES / name).read_bytes())
    rule = {"file": "rules/bucket_policy_tls.py"}
    (folder / "a.yaml").write_bytes(a_file(own(id=POLICY, tags=None, config_rule=rule)))
    # the roles are made for what the policies read
    FOLLOWING.step(folder)
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (EU, US), lambda _line: None)
    await asyncio.to_thread(demo.set_up)
    demo.settings = msgspec.structs.replace(demo.settings, custom_policies=str(folder))
    with demo.settings_file.open("a", encoding="utf-8") as file:
        file.write(f"custom_policies: {folder}\n")
    async with demo.watching():
        yield demo


async def test_events_and_its_file_move_its_findings(lab: Lab, watched: Demo, tmp_path: Path) -> None:
    s3 = await asyncio.to_thread(make_bucket, lab, "ruled")
    opened = await until(watched, POLICY, "ruled", "new")
    assert (opened["severity"], opened["reason"]) == ("medium", "no bucket policy")
    assert opened["opened_by"][-1]["name"] == "CreateBucket"
    assert opened["evidence"]["evaluation"]["ComplianceResourceId"] == "ruled"
    s3.put_bucket_policy(Bucket="ruled", Policy=DENIES)
    closed = await until(watched, POLICY, "ruled", "resolved")
    assert closed["closed_by"][-1]["name"] == "PutBucketPolicy"
    await watched.settle()
    lab.clear_calls()
    rule = tmp_path / "own" / "rules" / "bucket_policy_tls.py"
    rule.write_text(rule.read_text().replace('"COMPLIANT")', '"NON_COMPLIANT", "nothing is good enough")'))
    again = await until(watched, POLICY, "ruled", "reopened")
    assert again["reason"] == "nothing is good enough"
    assert not [each for each in lab.calls() if each.operation == "GetBucketPolicy"]
