"""The policies of a region's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.model import Outcome, Verdict

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
EBS = ("ec2_ebs_default_encryption", "ebs_encryption")
SNAPSHOTS = ("ec2_ebs_snapshot_account_block_public_access", "snapshot_block_public_access")
IMAGES = ("ec2_ami_account_block_public_access", "image_block_public_access")
METADATA = ("ec2_instance_account_imdsv2_enabled", "instance_metadata_defaults")


@pytest.mark.parametrize(
    ("policy", "value", "outcome"),
    [
        (EBS, True, PASS),
        (EBS, False, FAIL),
        (EBS, None, UNKNOWN),
        (EBS, "false", UNKNOWN),
        (SNAPSHOTS, "block-all-sharing", PASS),
        (SNAPSHOTS, "block-new-sharing", FAIL),
        (SNAPSHOTS, "unblocked", FAIL),
        (SNAPSHOTS, None, UNKNOWN),
        (SNAPSHOTS, {}, UNKNOWN),
        (IMAGES, "block-new-sharing", PASS),
        (IMAGES, "unblocked", FAIL),
        (IMAGES, "", UNKNOWN),
        (METADATA, {"HttpTokens": "required"}, PASS),
        (METADATA, {"HttpTokens": "optional"}, FAIL),
        (METADATA, {}, FAIL),
        (METADATA, None, FAIL),
        (METADATA, "required", UNKNOWN),
    ],
)
def test_verdict(
    judged: Callable[..., Verdict], policy: tuple[str, str], value: Any, outcome: Outcome
) -> None:
    policy_id, section = policy
    verdict = judged(policy_id, **{section: value})
    assert verdict.outcome == outcome
    assert bool(verdict.evidence) == (outcome == FAIL)
