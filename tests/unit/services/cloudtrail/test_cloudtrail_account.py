"""The policies that one trail fulfils for the account: multi-region, logging, and what its selectors let through."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.testing.shapes import fits, output_shape
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
MULTI = "cloudtrail_multi_region_enabled"
MANAGEMENT = "cloudtrail_multi_region_enabled_logging_management_events"
WRITES, READS = "cloudtrail_s3_dataevents_write_enabled", "cloudtrail_s3_dataevents_read_enabled"
S3 = "AWS::S3::Object"


def arn(name: str) -> str:
    return f"arn:aws:cloudtrail:eu-west-1:111122223333:trail/{name}"


def trail(
    name: str = "main", *, everywhere: bool = True, logs: bool = True, custom: bool = True
) -> dict[str, Any]:
    """A trail as DescribeTrails gives it, with its status."""
    described = {
        "Name": name,
        "TrailARN": arn(name),
        "IsMultiRegionTrail": everywhere,
        "HasCustomEventSelectors": custom,
    }
    fits(output_shape("cloudtrail", "DescribeTrails").members["trailList"].member, described, "a trail")
    return {**described, "Status": {"IsLogging": logs}}


@pytest.mark.parametrize(
    ("trails", "outcome"),
    [
        ([], FAIL),
        ([trail()], PASS),
        ([trail(everywhere=False)], FAIL),
        ([trail(logs=False)], FAIL),
        ([trail("a", everywhere=False), trail("b", logs=False)], FAIL),
        ([trail("a", logs=False), trail("b")], PASS),
        ([{**trail(), "IsMultiRegionTrail": "true"}], UNKNOWN),
        ([{**trail(), "Status": "on"}], UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_multi_region_trail(judged: Judged, trails: Any, outcome: Outcome) -> None:
    assert judged(MULTI, trails=trails).outcome == outcome


def basic(kind: str = "All", *, management: bool = True, **given: Any) -> dict[str, Any]:
    return {"ReadWriteType": kind, "IncludeManagementEvents": management, **given}


def objects(*values: str) -> dict[str, Any]:
    return {"DataResources": [{"Type": S3, "Values": list(values)}]}


def advanced(**fields: Any) -> dict[str, Any]:
    """A selector of fields: a list of values is what the field equals."""
    return {
        "FieldSelectors": [
            {"Field": name.replace("_", "."), **({"Equals": value} if isinstance(value, list) else value)}
            for name, value in fields.items()
        ]
    }


ALL = "arn:aws:s3"
DATA = {"eventCategory": ["Data"], "resources_type": [S3]}


@pytest.mark.parametrize(
    ("selectors", "management", "writes", "reads"),
    [
        # none of its own: management events of both kinds
        ({}, PASS, FAIL, FAIL),
        ({"EventSelectors": [basic()]}, PASS, FAIL, FAIL),
        ({"EventSelectors": [basic("WriteOnly")]}, FAIL, FAIL, FAIL),
        ({"EventSelectors": [basic("WriteOnly"), basic("ReadOnly")]}, PASS, FAIL, FAIL),
        ({"EventSelectors": [basic(management=False)]}, FAIL, FAIL, FAIL),
        ({"EventSelectors": [basic(ExcludeManagementEventSources=["kms.amazonaws.com"])]}, FAIL, FAIL, FAIL),
        ({"EventSelectors": [basic(ExcludeManagementEventSources=[])]}, PASS, FAIL, FAIL),
        ({"EventSelectors": [basic(**objects(ALL))]}, PASS, PASS, PASS),
        ({"EventSelectors": [basic(**objects("arn:aws:s3:::"))]}, PASS, PASS, PASS),
        ({"EventSelectors": [basic(**objects("arn:aws-cn:s3:::"))]}, PASS, PASS, PASS),
        ({"EventSelectors": [basic("WriteOnly", **objects(ALL))]}, FAIL, PASS, FAIL),
        ({"EventSelectors": [basic("ReadOnly", **objects(ALL))]}, FAIL, FAIL, PASS),
        ({"EventSelectors": [basic(**objects("arn:aws:s3:::one/"))]}, PASS, FAIL, FAIL),
        ({"EventSelectors": [basic(**objects())]}, PASS, FAIL, FAIL),
        (
            {"EventSelectors": [basic(DataResources=[{"Type": "AWS::Lambda::Function", "Values": [ALL]}])]},
            PASS,
            FAIL,
            FAIL,
        ),
        ({"AdvancedEventSelectors": [advanced(eventCategory=["Management"])]}, PASS, FAIL, FAIL),
        (
            {"AdvancedEventSelectors": [advanced(eventCategory=["Management"], readOnly=["false"])]},
            FAIL,
            FAIL,
            FAIL,
        ),
        (
            {
                "AdvancedEventSelectors": [
                    advanced(eventCategory=["Management"], eventSource={"NotEquals": ["kms.amazonaws.com"]})
                ]
            },
            FAIL,
            FAIL,
            FAIL,
        ),
        ({"AdvancedEventSelectors": [advanced(**DATA)]}, FAIL, PASS, PASS),
        ({"AdvancedEventSelectors": [advanced(**DATA, readOnly=["false"])]}, FAIL, PASS, FAIL),
        ({"AdvancedEventSelectors": [advanced(**DATA, readOnly=["true"])]}, FAIL, FAIL, PASS),
        (
            {
                "AdvancedEventSelectors": [
                    advanced(**DATA, readOnly=["true"]),
                    advanced(**DATA, readOnly=["false"]),
                ]
            },
            FAIL,
            PASS,
            PASS,
        ),
        (
            {"AdvancedEventSelectors": [advanced(**DATA, resources_ARN={"StartsWith": ["arn:aws:s3:::"]})]},
            FAIL,
            PASS,
            PASS,
        ),
        (
            {
                "AdvancedEventSelectors": [
                    advanced(**DATA, resources_ARN={"StartsWith": ["arn:aws:s3:::one/"]})
                ]
            },
            FAIL,
            FAIL,
            FAIL,
        ),
        (
            {
                "AdvancedEventSelectors": [
                    advanced(**DATA, resources_ARN={"NotStartsWith": ["arn:aws:s3:::one/"]})
                ]
            },
            FAIL,
            FAIL,
            FAIL,
        ),
        ({"AdvancedEventSelectors": [advanced(**DATA, eventName=["PutObject"])]}, FAIL, FAIL, FAIL),
    ],
)
def test_selectors(
    judged: Judged, selectors: Any, management: Outcome, writes: Outcome, reads: Outcome
) -> None:
    given: dict[str, Any] = {"trails": [trail()], "event_selectors": {arn("main"): selectors}}
    found = [judged(policy, **given).outcome for policy in (MANAGEMENT, WRITES, READS)]
    assert found == [management, writes, reads]


@pytest.mark.parametrize(
    ("trails", "selectors", "outcome"),
    [
        # an organization's trail, whose selectors only its own account may read
        ([trail()], {}, UNKNOWN),
        ([trail(custom=False)], {}, PASS),
        ([trail("a"), trail("b")], {arn("b"): {}}, PASS),
        ([trail("a"), trail("b")], {arn("b"): {"EventSelectors": [basic("ReadOnly")]}}, UNKNOWN),
        ([trail(logs=False)], {}, FAIL),
        ([trail(everywhere=False)], {}, FAIL),
        ([trail()], {arn("main"): None}, UNKNOWN),
    ],
)
def test_a_trail_whose_selectors_cannot_be_read(
    judged: Judged, trails: Any, selectors: Any, outcome: Outcome
) -> None:
    assert judged(MANAGEMENT, trails=trails, event_selectors=selectors).outcome == outcome


@pytest.mark.parametrize(
    "odd",
    [
        "all",
        {"EventSelectors": "all"},
        {"EventSelectors": [{"ReadWriteType": 7}]},
        {"EventSelectors": [basic(DataResources=[{"Type": S3, "Values": [7]}])]},
        {"AdvancedEventSelectors": [{}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": "Data"}]}]},
    ],
)
def test_selectors_of_another_shape_are_unknown(judged: Judged, odd: Any) -> None:
    given: dict[str, Any] = {"trails": [trail()], "event_selectors": {arn("main"): odd}}
    assert judged(WRITES, odd=True, **given).outcome == UNKNOWN
