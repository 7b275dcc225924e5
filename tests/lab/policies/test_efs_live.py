"""The policies of EFS by real calls in the lab."""

from __future__ import annotations

import json

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_file_system(live: Live) -> None:
    efs = live.client("efs")
    files = efs.create_file_system(CreationToken="t", Encrypted=False)["FileSystemId"]
    for policy in (
        "efs_encryption_at_rest_enabled",
        "efs_not_publicly_accessible",
        "efs_have_backup_enabled",
    ):
        live.opens(policy, files)
    point = efs.create_access_point(ClientToken="c", FileSystemId=files)["AccessPointId"]
    for policy in ("efs_access_point_enforce_root_directory", "efs_access_point_enforce_user_identity"):
        live.opens(policy, point)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{live.account}:role/app"},
        "Action": "elasticfilesystem:ClientMount",
    }
    efs.put_file_system_policy(
        FileSystemId=files, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    live.resolves("efs_not_publicly_accessible", files)
    statement["Principal"] = {"AWS": "*"}
    efs.put_file_system_policy(
        FileSystemId=files, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    live.opens("efs_not_publicly_accessible", files)
