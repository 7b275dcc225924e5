"""The policies of a region's EC2 settings."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, rule
from liveaudit.services.ec2.resources import region_settings


@rule(
    region_settings,
    "ec2_ebs_default_encryption",
    Severity.HIGH,
    title="New EBS volumes are encrypted by default",
    why="With the default on, nobody can forget to encrypt a volume, a snapshot's copy or an instance's disk.",
    fix="Turn encryption by default on in the region; volumes that exist are encrypted by copying them "
    "through a snapshot.",
)
def encrypts_volumes_by_default(ebs_encryption: Any) -> Verdict:
    """CIS 7.0 6.1.1; EBS user guide, "Enable Amazon EBS encryption by default"."""
    if not isinstance(ebs_encryption, bool):
        raise UnexpectedShapeError(f"EbsEncryptionByDefault is {ebs_encryption!r}")
    if ebs_encryption:
        return passed("encryption by default is on")
    return failed("encryption by default is off", EbsEncryptionByDefault=False)


def _is_state(state: Any, wanted: str) -> Verdict:
    if not isinstance(state, str) or not state:
        raise UnexpectedShapeError(f"the state is {state!r}")
    return (
        passed(f"the state is {state}") if state == wanted else failed(f"the state is {state}", State=state)
    )


@rule(
    region_settings,
    "ec2_ebs_snapshot_account_block_public_access",
    Severity.HIGH,
    title="EBS snapshots cannot be shared with everybody",
    why="A public snapshot hands a whole disk, with its keys and data, to whoever copies it.",
    fix="Block all public sharing of snapshots in the region, which also closes those that are public now.",
)
def blocks_public_snapshots(snapshot_block_public_access: Any) -> Verdict:
    """EBS user guide, "Block public access for Amazon EBS snapshots". ``block-new-sharing`` leaves old ones public."""
    return _is_state(snapshot_block_public_access, "block-all-sharing")


@rule(
    region_settings,
    "ec2_ami_account_block_public_access",
    Severity.MEDIUM,
    title="Machine images cannot be shared with everybody",
    why="A public image shows everybody what was left on its disk: keys, code, configuration.",
    fix="Block new public sharing of images in the region.",
)
def blocks_public_images(image_block_public_access: Any) -> Verdict:
    """EC2 user guide, "Block public access to your AMIs"."""
    return _is_state(image_block_public_access, "block-new-sharing")


@rule(
    region_settings,
    "ec2_instance_account_imdsv2_enabled",
    Severity.HIGH,
    title="New instances answer metadata requests only with a token (IMDSv2)",
    why="Without a token, one forged request through a web application is enough to get the instance's credentials.",
    fix="Set the default of the region for new instances to require tokens.",
)
def metadata_needs_tokens(instance_metadata_defaults: Any) -> Verdict:
    """EC2 user guide, "Set IMDSv2 as the default for the account"."""
    defaults = mapping(
        {} if instance_metadata_defaults is None else instance_metadata_defaults, "the defaults"
    )
    tokens = defaults.get("HttpTokens")
    if tokens == "required":
        return passed("HttpTokens is required")
    return failed("HttpTokens is not required by default", HttpTokens=tokens)
