"""EFS: its table and its policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
SOURCE = "elasticfilesystem.amazonaws.com"
FILES, POINT, TARGET = "AWS::EFS::FileSystem", "AWS::EFS::AccessPoint", "AWS::EFS::MountTarget"
ARN = "arn:aws:elasticfilesystem:eu-west-1:111122223333"
MOUNT, WRITE = "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"
BY_TARGET = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
NOT_BY_TARGET = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "false"}}


@pytest.mark.parametrize(
    ("file_system", "outcome"),
    [({"Encrypted": True, "KmsKeyId": "k"}, PASS), ({"Encrypted": False}, FAIL), ({}, FAIL)],
)
def test_encryption(judged: Judged, file_system: dict[str, Any], outcome: Outcome) -> None:
    assert judged("efs_encryption_at_rest_enabled", file_system=file_system).outcome == outcome


@pytest.mark.parametrize(
    ("backup_policy", "outcome"),
    [
        ({"Status": "ENABLED"}, PASS),
        ({"Status": "ENABLING"}, PASS),
        ({"Status": "DISABLED"}, FAIL),
        ({"Status": "DISABLING"}, FAIL),
        (None, FAIL),
    ],
)
def test_backup(judged: Judged, backup_policy: Any, outcome: Outcome) -> None:
    assert judged("efs_have_backup_enabled", backup_policy=backup_policy).outcome == outcome


@pytest.mark.parametrize(
    ("file_system", "outcome"),
    [
        ({"NumberOfMountTargets": 2}, PASS),
        ({"NumberOfMountTargets": 1}, FAIL),
        ({"NumberOfMountTargets": 0}, FAIL),
        ({"NumberOfMountTargets": 2, "AvailabilityZoneName": "eu-west-1a"}, FAIL),
    ],
)
def test_zones(judged: Judged, file_system: dict[str, Any], outcome: Outcome) -> None:
    assert judged("efs_multi_az_enabled", file_system=file_system).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "access_point", "outcome"),
    [
        ("efs_access_point_enforce_root_directory", {"RootDirectory": {"Path": "/app"}}, PASS),
        ("efs_access_point_enforce_root_directory", {"RootDirectory": {"Path": "/"}}, FAIL),
        ("efs_access_point_enforce_root_directory", {"AccessPointId": "fsap-0c"}, FAIL),
        ("efs_access_point_enforce_user_identity", {"PosixUser": {"Uid": 1000, "Gid": 1000}}, PASS),
        ("efs_access_point_enforce_user_identity", {"AccessPointId": "fsap-0c"}, FAIL),
    ],
)
def test_access_points(judged: Judged, policy: str, access_point: dict[str, Any], outcome: Outcome) -> None:
    assert judged(policy, access_point=access_point).outcome == outcome


@pytest.mark.parametrize(
    ("subnets", "outcome"),
    [
        ({"subnet-1": {"MapPublicIpOnLaunch": False}}, PASS),
        ({"subnet-1": {"MapPublicIpOnLaunch": True}}, FAIL),
        ({"subnet-1": None}, UNKNOWN),
    ],
)
def test_the_subnet_of_a_mount_target(judged: Judged, subnets: dict[str, Any], outcome: Outcome) -> None:
    target = {"SubnetId": "subnet-1"}
    found = judged("efs_mount_target_not_publicly_accessible", mount_target=target, subnets=subnets)
    assert found.outcome == outcome


def statement(principal: Any, *actions: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": list(actions), **more}


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        ([statement({"AWS": "arn:aws:iam::111122223333:role/app"}, MOUNT, WRITE)], PASS),
        ([statement({"AWS": "*"}, MOUNT)], FAIL),
        ([statement("*", "elasticfilesystem:*")], FAIL),
        # Every client in the VPC comes by a mount target: that narrows nothing. (Prowler lets it pass.)
        ([statement({"AWS": "*"}, MOUNT, WRITE, Condition=BY_TARGET)], FAIL),
        # What the console makes of "Prevent anonymous access": nobody unknown may mount.
        (
            [statement({"AWS": "*"}, WRITE, "elasticfilesystem:ClientRootAccess", Condition=BY_TARGET)],
            PASS,
        ),
        ([statement("*", MOUNT, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}})], PASS),
        (
            [
                statement(
                    "*",
                    MOUNT,
                    Condition={**BY_TARGET, "StringEquals": {"aws:PrincipalAccount": "111122223333"}},
                )
            ],
            PASS,
        ),
        (
            [
                statement({"AWS": "*"}, MOUNT, Condition=BY_TARGET),
                statement("*", "*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            ],
            FAIL,
        ),
        # Denied is who comes by no mount target; all others still may.
        (
            [
                statement({"AWS": "*"}, MOUNT),
                statement("*", MOUNT, effect="Deny", Condition=NOT_BY_TARGET),
            ],
            FAIL,
        ),
        ([statement("*", "*", effect="Deny"), statement("*", MOUNT)], PASS),
    ],
)
def test_who_may_mount(judged: Judged, statements: list[Any], outcome: Outcome) -> None:
    for each in statements:
        each["Resource"] = f"{ARN}:file-system/fs-0a"
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assert judged("efs_not_publicly_accessible", policy_document=policy).outcome == outcome


def test_without_a_policy_everybody_may_mount(judged: Judged) -> None:
    assert judged("efs_not_publicly_accessible").outcome == FAIL


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("efs_encryption_at_rest_enabled", {"file_system": {"Encrypted": "yes"}}),
        ("efs_not_publicly_accessible", {"policy_document": "[]"}),
        ("efs_have_backup_enabled", {"backup_policy": {"Status": 1}}),
        ("efs_mount_target_not_publicly_accessible", {"mount_target": {}, "subnets": {}}),
        ("efs_multi_az_enabled", {"file_system": {"NumberOfMountTargets": "2"}}),
        ("efs_access_point_enforce_root_directory", {"access_point": {"RootDirectory": "/"}}),
        ("efs_access_point_enforce_user_identity", {"access_point": {"PosixUser": 1000}}),
        ("efs_not_publicly_accessible", {"policy_document": 7}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        ("CreateFileSystem", {"creationToken": "t"}, {"fileSystemId": "fs-0a"}, {(FILES, "fs-0a")}),
        ("PutFileSystemPolicy", {"fileSystemId": "fs-0a"}, {}, {(FILES, "fs-0a")}),
        ("PutFileSystemPolicy", {"fileSystemId": f"{ARN}:file-system/fs-0a"}, {}, {(FILES, "fs-0a")}),
        (
            "CreateMountTarget",
            {"fileSystemId": "fs-0a"},
            {"mountTargetId": "fsmt-0b"},
            {(FILES, "fs-0a"), (TARGET, "fsmt-0b")},
        ),
        ("DeleteMountTarget", {"mountTargetId": "fsmt-0b"}, {}, {(TARGET, "fsmt-0b")}),
        ("CreateAccessPoint", {"fileSystemId": "fs-0a"}, {"accessPointId": "fsap-0c"}, {(POINT, "fsap-0c")}),
        ("DeleteAccessPoint", {"accessPointId": "fsap-0c"}, {}, {(POINT, "fsap-0c")}),
        ("TagResource", {"resourceId": "fs-0a"}, {}, {(FILES, "fs-0a")}),
        ("TagResource", {"resourceId": "fsap-0c"}, {}, {(POINT, "fsap-0c")}),
    ],
)
def test_who_is_meant(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], resources: set[tuple[str, str]]
) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == resources


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed
