"""The policies of volumes, snapshots, machine images and elastic addresses."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_given, is_off, is_on, member
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, rule, text
from liveaudit.services.ec2.resources import elastic_address
from liveaudit.services.ec2.resources import image as image_type
from liveaudit.services.ec2.resources import snapshot as snapshot_type
from liveaudit.services.ec2.resources import volume as volume_type


@rule(
    volume_type,
    "ec2_ebs_volume_encryption",
    Severity.HIGH,
    title="The volume is encrypted",
    why="What is on an unencrypted volume is readable in every snapshot and copy of it, wherever these end.",
    fix="Make a snapshot, copy it with encryption, and put a volume made of the copy in this one's place.",
)
def volume_is_encrypted(volume: Any) -> Verdict:
    """CIS 6.0 5.1.1; Security Hub user guide, control EC2.3. Volumes that are attached to nothing count too."""
    return is_on(volume, "Encrypted", "the volume")


@rule(
    snapshot_type,
    "ec2_ebs_snapshots_encrypted",
    Severity.HIGH,
    title="The snapshot is encrypted",
    why="An unencrypted snapshot can be read by whoever it is shared with, and every volume made of it is unencrypted.",
    fix="Copy the snapshot with encryption, and delete this one.",
)
def snapshot_is_encrypted(snapshot: Any) -> Verdict:
    """EBS user guide, "Amazon EBS encryption"."""
    return is_on(snapshot, "Encrypted", "the snapshot")


@rule(
    snapshot_type,
    "ec2_ebs_public_snapshot",
    Severity.CRITICAL,
    title="The snapshot is not public",
    why="Everybody with an AWS account can make a volume of it and read the whole disk, with its keys and data.",
    fix="Take the group all out of the snapshot's permissions, and block public snapshots in the region.",
)
def snapshot_is_not_public(snapshot: Any, public: Any) -> Verdict:
    """Security Hub user guide, control EC2.1. ``public``: its id, where it is among those that all may restore."""
    mapping(snapshot, "the snapshot")
    if public is None:
        return passed("it is not among the snapshots that everybody may restore")
    return failed("everybody may make a volume of it", Group="all", SnapshotId=text(public, "SnapshotId"))


@rule(
    image_type,
    "ec2_ami_public",
    Severity.CRITICAL,
    title="The machine image is not public",
    why="Everybody with an AWS account can launch it and read what was left on its disks: keys, code, configuration.",
    fix="Take the group all out of the image's launch permissions, and block public images in the region.",
)
def image_is_not_public(image: Any) -> Verdict:
    """EC2 user guide, "Make your AMI publicly available for use in Amazon EC2"."""
    if member(image, "Public", "the image") is None:
        raise UnexpectedShapeError("the image does not tell whether it is public")
    return is_off(image, "Public", "the image")


@rule(
    elastic_address,
    "ec2_elastic_ip_unassigned",
    Severity.LOW,
    title="The elastic address is in use",
    why="An address that nothing uses is paid for, and names that still point to it lead to whoever gets it next.",
    fix="Associate the address, or release it once no name points to it any more.",
)
def address_is_in_use(address: Any) -> Verdict:
    """Security Hub user guide, control EC2.12."""
    return is_given(address, "AssociationId", "the address")
