"""Where things may be: nothing is said until somebody has named the regions."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.policies.parameters import ParameterError, regions
from tests.unit.policies.test_parameters import judged

PASS, FAIL, UNKNOWN, NA = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
POLICIES = {"s3_bucket_in_approved_region": "bucket", "ec2_instance_in_approved_region": "instance"}


@pytest.mark.parametrize(("policy_id", "section"), POLICIES.items())
@pytest.mark.parametrize(
    ("approved", "outcome"),
    [
        ({}, NA),
        ({"approved_regions": []}, NA),
        ({"approved_regions": ["eu-west-1", "eu-central-1"]}, PASS),
        ({"approved_regions": ["eu-central-1"]}, FAIL),
        ({"approved_regions": ["eu-west-10"]}, FAIL),
    ],
)
def test_a_resource_in_ireland(policy_id: str, section: str, approved: Any, outcome: Outcome) -> None:
    assert judged(policy_id, approved, **{section: {"Name": "it"}}) == outcome


@pytest.mark.parametrize(("policy_id", "section"), POLICIES.items())
def test_another_shape_is_unknown(policy_id: str, section: str) -> None:
    approved = {"approved_regions": ("eu-west-1",)}
    assert judged(policy_id, dict(approved), **{section: ["it"]}) == UNKNOWN


@pytest.mark.parametrize(
    "given", ["eu-west-1", ["Ireland"], ["eu-west-1 "], ["eu-west-1\n"], [1], ["*"], ["eu-west-1a"]]
)
def test_regions_that_are_none(given: Any) -> None:
    with pytest.raises(ParameterError, match="a region, as eu-west-1"):
        regions("approved", "Regions.").checked(given)


def test_regions_of_every_partition() -> None:
    given = [
        "eu-west-1",
        "us-gov-west-1",
        "cn-north-1",
        "us-isob-east-1",
        "eusc-de-east-1",
        "ap-southeast-10",
    ]
    assert regions("approved", "Regions.").checked(given) == tuple(given)
