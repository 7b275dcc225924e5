"""Other people's clients on the lab: the ``aws`` command and aiobotocore, with nothing but environment variables."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import names, watch

pytestmark = pytest.mark.lab

AWS = Path(sys.executable).parent / "aws"


def aws(lab: Lab, account: str, region: str, *arguments: str) -> Any:
    done = subprocess.run(
        [str(AWS), *arguments, "--output", "json"],
        env={**os.environ, **lab.environment(account, region)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.startswith("{") else None


def test_the_aws_command(lab: Lab) -> None:
    url = watch(lab, PUBLISHER, "eu-west-1")
    aws(lab, PUBLISHER, "eu-west-1", "s3", "mb", "s3://made-by-hand")
    arguments = ("--account-id", PUBLISHER, "--public-access-block-configuration", "BlockPublicAcls=true")
    aws(lab, PUBLISHER, "eu-west-1", "s3control", "put-public-access-block", *arguments)
    block = aws(
        lab, PUBLISHER, "eu-west-1", "s3control", "get-public-access-block", "--account-id", PUBLISHER
    )
    assert block["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert names(lab, PUBLISHER, "eu-west-1", url) == ["CreateBucket", "PutAccountPublicAccessBlock"]


def test_aiobotocore(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiobotocore.session import get_session

    for name, value in lab.environment(RECEIVER, "us-east-1").items():
        monkeypatch.setenv(name, value)
    lab.client(RECEIVER, "s3", "us-east-1").create_bucket(Bucket="bucket")

    async def look() -> tuple[Any, Any]:
        session = get_session()
        async with session.create_client("s3") as s3, session.create_client("s3control") as control:
            listed = await s3.list_buckets()
            await control.put_public_access_block(
                AccountId=RECEIVER, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
            )
            return listed, await control.get_public_access_block(AccountId=RECEIVER)

    listed, block = asyncio.run(look())
    assert [bucket["Name"] for bucket in listed["Buckets"]] == ["bucket"]
    assert block["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
