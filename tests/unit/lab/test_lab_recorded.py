"""The spelling, against recorded CloudTrail events where they are at hand."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from liveaudit.lab import management, spelling, spelling_ec2

RECORDED = Path("/work/shared/events/recorded.jsonl")
pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason=f"the recorded events are not here: {RECORDED}")

KNOWN_ADDITIONS = {
    "account:GetRegionOptStatus",
    "lambda:UpdateFunctionCode",
    "rds:CreateDBInstance",
    "rds:DeleteDBInstance",
    "rds:ModifyDBInstance",
    "redshift:CreateCluster",
    "ssm:SendCommand",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
}
"""CloudTrail adds members here that botocore's models do not have."""


@functools.cache
def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RECORDED.read_text().splitlines()]


@functools.cache
def operations(service: str) -> dict[str, Any]:
    described = botocore.session.get_session().get_service_model(service)
    models = [described.operation_model(name) for name in described.operation_names]
    return {spelling.event_name(service, one.name, one.http.get("requestUri", "/")): one for one in models}


def test_style_of_ec2s_operations() -> None:
    wrong = {
        record["eventName"]
        for record in records()
        if record["eventSource"] == "ec2.amazonaws.com"
        and record.get("requestParameters")
        and any(key.endswith(("Request", "Req")) for key in record["requestParameters"])
        != spelling_ec2.is_newer(record["eventName"])
    }
    assert not wrong


@pytest.mark.parametrize(
    "service", ["iam", "rds", "kms", "sns", "sqs", "lambda", "ssm", "secretsmanager", "sts", "eks"]
)
def test_keys_and_read_only(service: str) -> None:
    for record in records():
        if record["eventSource"] != f"{service}.amazonaws.com" or record["eventName"] not in operations(
            service
        ):
            continue
        described = operations(service)[record["eventName"]]
        call = f"{service}:{described.name}"
        if "readOnly" in record and not management.is_data(service, described.name):
            read_only = str(record["readOnly"]).lower() == "true"
            assert read_only == management.is_read(service, described.name), call
        if record.get("errorCode") or call in KNOWN_ADDITIONS:
            continue
        shape = described.input_shape
        members = {} if shape is None else shape.members
        known = {spelling._key(service, name, member) for name, member in members.items()}
        assert set(record.get("requestParameters") or {}) <= known, call
