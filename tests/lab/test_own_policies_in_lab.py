"""A policy of one's own over real calls: an event opens and closes its finding, a changed file judges what is stored."""

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
POLICY = "acme_bucket_has_owner"
INSTANCE, USER = "acme_instance_has_owner", "acme_user_has_owner"
OWNED = [{"Key": "Owner", "Value": "team-a"}]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def watched(lab: Lab, tmp_path: Path) -> AsyncIterator[Demo]:
    folder = tmp_path / "own"
    folder.mkdir()
    cel = {"expression": 'tags["Owner"].startsWith("team-")', "message": "the owner is {{ tags.Owner }}"}
    (folder / "a.yaml").write_bytes(a_file(own(), own(id="acme_team", tags=None, cel=cel)))
    tagged = [own(id=INSTANCE, type="AWS::EC2::Instance"), own(id=USER, type="AWS::IAM::User")]
    (folder / "b.yaml").write_bytes(a_file(*tagged))
    # the roles are made for what the policies read
    FOLLOWING.step(folder)
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (EU, US), lambda _line: None)
    await asyncio.to_thread(demo.set_up)
    demo.settings = msgspec.structs.replace(demo.settings, custom_policies=str(folder))
    with demo.settings_file.open("a", encoding="utf-8") as file:
        file.write(f"custom_policies: {folder}\n")
    async with demo.watching():
        yield demo


async def test_events_and_files_move_its_findings(lab: Lab, watched: Demo, tmp_path: Path) -> None:
    s3 = await asyncio.to_thread(make_bucket, lab, "owned")
    opened = await until(watched, POLICY, "owned", "new")
    assert (opened["severity"], opened["reason"]) == ("medium", "the tag Owner is missing")
    assert opened["opened_by"][-1]["name"] == "CreateBucket"
    s3.put_bucket_tagging(Bucket="owned", Tagging={"TagSet": [{"Key": "Owner", "Value": "somebody"}]})
    closed = await until(watched, POLICY, "owned", "resolved")
    assert closed["closed_by"][-1]["name"] == "PutBucketTagging"
    assert (await until(watched, "acme_team", "owned", "new"))["reason"] == "the owner is somebody"
    await watched.settle()
    lab.clear_calls()
    (tmp_path / "own" / "a.yaml").write_bytes(a_file(own(tags={"key": "Team"})))
    again = await until(watched, POLICY, "owned", "reopened")
    assert again["reason"] == "the tag Team is missing"
    await until(watched, "acme_team", "owned", "archived")
    assert not [each for each in lab.calls() if each.operation == "GetBucketTagging"]


async def test_tags_that_the_call_of_the_root_tells_move_findings(lab: Lab, watched: Demo) -> None:
    ec2, iam = lab.client(PUBLISHER, "ec2", EU), lab.client(PUBLISHER, "iam", US)
    made = await asyncio.to_thread(ec2.run_instances, ImageId="ami-12345678", MinCount=1, MaxCount=1)
    machine = made["Instances"][0]["InstanceId"]
    await asyncio.to_thread(iam.create_user, UserName="somebody")
    assert (await until(watched, INSTANCE, machine, "new"))["reason"] == "the tag Owner is missing"
    assert (await until(watched, USER, "somebody", "new"))["reason"] == "the tag Owner is missing"
    await asyncio.to_thread(ec2.create_tags, Resources=[machine], Tags=OWNED)
    await asyncio.to_thread(iam.tag_user, UserName="somebody", Tags=OWNED)
    closed = await until(watched, INSTANCE, machine, "resolved")
    assert closed["closed_by"][-1]["name"] == "CreateTags"
    closed = await until(watched, USER, "somebody", "resolved")
    assert closed["closed_by"][-1]["name"] == "TagUser"
    await asyncio.to_thread(iam.untag_user, UserName="somebody", TagKeys=["Owner"])
    again = await until(watched, USER, "somebody", "reopened")
    assert again["opened_by"][-1]["name"] == "UntagUser"
