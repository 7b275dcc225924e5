"""The policies of volumes, snapshots, images, addresses and launch templates."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.catalog.types import ResourceType
from liveaudit.model import Outcome, Verdict
from liveaudit.services.ec2.resources import elastic_address, image, launch_template, snapshot, volume

Judged = Callable[..., Verdict]
Kept = Callable[[ResourceType, str, Any], Any]

SECRET = base64.b64encode(b"#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\n").decode()


@pytest.mark.parametrize(
    ("policy", "kind", "section", "raw", "outcome"),
    [
        (
            "ec2_ebs_volume_encryption",
            volume,
            "volume",
            {"VolumeId": "vol-0a", "Encrypted": True},
            Outcome.PASS,
        ),
        (
            "ec2_ebs_volume_encryption",
            volume,
            "volume",
            {"VolumeId": "vol-0a", "Encrypted": False},
            Outcome.FAIL,
        ),
        ("ec2_ebs_snapshots_encrypted", snapshot, "snapshot", {"Encrypted": True}, Outcome.PASS),
        ("ec2_ebs_snapshots_encrypted", snapshot, "snapshot", {"Encrypted": False}, Outcome.FAIL),
        ("ec2_ami_public", image, "image", {"ImageId": "ami-0a", "Public": False}, Outcome.PASS),
        ("ec2_ami_public", image, "image", {"ImageId": "ami-0a", "Public": True}, Outcome.FAIL),
        ("ec2_ami_public", image, "image", {"ImageId": "ami-0a"}, Outcome.UNKNOWN),
        (
            "ec2_elastic_ip_unassigned",
            elastic_address,
            "address",
            {"AssociationId": "eipassoc-0a"},
            Outcome.PASS,
        ),
        ("ec2_elastic_ip_unassigned", elastic_address, "address", {"PublicIp": "54.0.0.1"}, Outcome.FAIL),
    ],
)
def test_one_flag(
    judged: Judged, kept: Kept, policy: str, kind: ResourceType, section: str, raw: Any, outcome: Outcome
) -> None:
    assert judged(policy, **{section: kept(kind, section, raw)}).outcome == outcome


@pytest.mark.parametrize("policy", ["ec2_ebs_volume_encryption", "ec2_ebs_snapshots_encrypted"])
def test_no_flag_is_unknown(judged: Judged, policy: str) -> None:
    section = "volume" if "volume" in policy else "snapshot"
    assert judged(policy, **{section: {"Encrypted": "yes"}}).outcome == Outcome.UNKNOWN


def test_a_public_snapshot(judged: Judged, kept: Kept) -> None:
    told = kept(snapshot, "snapshot", {"SnapshotId": "snap-0a", "Encrypted": False, "State": "completed"})
    among = kept(snapshot, "public", "snap-0a")
    policy = "ec2_ebs_public_snapshot"
    assert judged(policy, snapshot=told, public=None).outcome == Outcome.PASS
    assert judged(policy, snapshot=told, public=among).outcome == Outcome.FAIL
    assert judged(policy, snapshot=told, public=7).outcome == Outcome.UNKNOWN


def test_a_volume_tells_its_instances(kept: Kept) -> None:
    attachment = {"InstanceId": "i-0a", "Device": "/dev/xvda", "State": "attaching", "VolumeId": "vol-0a"}
    told = kept(volume, "volume", {"VolumeId": "vol-0a", "Attachments": [attachment], "State": "in-use"})
    assert told == {
        "VolumeId": "vol-0a",
        "Attachments": [{"InstanceId": "i-0a", "Device": "/dev/xvda"}],
        "InstanceIds": ["i-0a"],
    }


def version(number: int, *, default: bool = False, **data: Any) -> dict[str, Any]:
    return {
        "LaunchTemplateId": "lt-0a",
        "VersionNumber": number,
        "DefaultVersion": default,
        "LaunchTemplateData": data,
    }


TOKENS = {"HttpTokens": "required", "HttpEndpoint": "enabled"}
UNENCRYPTED = [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False}}]
PUBLIC = [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}]
PRIVATE = [{"DeviceIndex": 0, "AssociatePublicIpAddress": False}]


@pytest.mark.parametrize(
    ("name", "versions", "outcome"),
    [
        ("imdsv2_required", [version(1, default=True, MetadataOptions=TOKENS)], Outcome.PASS),
        (
            "imdsv2_required",
            [version(2), version(1, default=True, MetadataOptions=TOKENS)],
            Outcome.PASS,
        ),
        ("imdsv2_required", [version(2, MetadataOptions=TOKENS), version(1, default=True)], Outcome.FAIL),
        (
            "imdsv2_required",
            [version(1, default=True, MetadataOptions={"HttpEndpoint": "disabled"})],
            Outcome.PASS,
        ),
        (
            "imdsv2_required",
            [version(1, default=True, MetadataOptions={"HttpPutResponseHopLimit": 2})],
            Outcome.FAIL,
        ),
        ("imdsv2_required", [version(1)], Outcome.UNKNOWN),
        ("ebs_unencrypted", [version(1, default=True, BlockDeviceMappings=UNENCRYPTED)], Outcome.FAIL),
        (
            "ebs_unencrypted",
            [version(1, BlockDeviceMappings=UNENCRYPTED), version(2, default=True)],
            Outcome.PASS,
        ),
        (
            "ebs_unencrypted",
            [
                version(
                    1,
                    default=True,
                    BlockDeviceMappings=[{"DeviceName": "/dev/a", "Ebs": {"Encrypted": True}}],
                )
            ],
            Outcome.PASS,
        ),
        ("ebs_unencrypted", [version(1)], Outcome.UNKNOWN),
        ("no_public_ip", [version(1, NetworkInterfaces=PRIVATE), version(2)], Outcome.PASS),
        ("no_public_ip", [version(1, NetworkInterfaces=PUBLIC), version(2, default=True)], Outcome.FAIL),
        ("no_public_ip", [], Outcome.UNKNOWN),
        ("no_secrets", [version(1), version(2, UserData="")], Outcome.PASS),
        ("no_secrets", [version(1, UserData=SECRET), version(2, default=True)], Outcome.FAIL),
    ],
)
def test_launch_templates(
    judged: Judged, kept: Kept, name: str, versions: list[Any], outcome: Outcome
) -> None:
    told = kept(launch_template, "versions", versions)
    verdict = judged(f"ec2_launch_template_{name}", versions=told)
    assert verdict.outcome == outcome
    assert "hunter2" not in repr((told, verdict))
    assert SECRET not in repr(told)


def test_versions_are_in_order(kept: Kept) -> None:
    told = kept(launch_template, "versions", [version(10), version(2), version(1)])
    assert [each["VersionNumber"] for each in told] == [1, 2, 10]
