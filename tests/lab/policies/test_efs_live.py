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


def test_a_mount_target(live: Live) -> None:
    efs, ec2 = live.client("efs"), live.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.128.0/24")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    files = efs.create_file_system(CreationToken="m")["FileSystemId"]
    target = efs.create_mount_target(FileSystemId=files, SubnetId=subnet)["MountTargetId"]
    live.opens("efs_mount_target_not_publicly_accessible", target)
    live.opens("efs_multi_az_enabled", files)
    # A change of the subnet audits what stands in it.
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})
    live.resolves("efs_mount_target_not_publicly_accessible", target)
