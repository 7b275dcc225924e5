"""S3's table: which resource an event names, and in which region it is."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import Match, Relevance, match
from liveaudit.model import Actor, Event
from liveaudit.policies.policy import BUILT_IN
from liveaudit.services.s3 import document_policies, policies  # noqa: F401 - they register
from liveaudit.services.s3.resources import bucket, service

CATALOG = Catalog([service])
RECORDED = Path("/work/shared/events/recorded.jsonl")
BUCKET, POINT, ACCOUNT = "AWS::S3::Bucket", "AWS::S3::AccessPoint", "AWS::S3::AccountPublicAccessBlock"


def matched(name: str, request: dict[str, Any] | None = None) -> Match:
    """What the table says of an event."""
    return match(
        CATALOG,
        Event(
            id="e",
            source="s3.amazonaws.com",
            name=name,
            account="111122223333",
            region="us-east-1",
            time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            actor=Actor(),
            request=request or {},
        ),
    )


@pytest.mark.parametrize(
    ("name", "request_parameters", "kind", "resource_id", "region", "sections"),
    [
        ("PutBucketAcl", {"bucketName": "data", "acl": ""}, BUCKET, "data", "us-east-1", {"acl"}),
        (
            "PutBucketPolicy",
            {"bucketName": "data"},
            BUCKET,
            "data",
            "us-east-1",
            {"policy_document", "policy_status"},
        ),
        (
            "PutBucketPublicAccessBlock",
            {"bucketName": "data"},
            BUCKET,
            "data",
            "us-east-1",
            {"public_access_block"},
        ),
        (
            "DeleteBucketOwnershipControls",
            {"bucketName": "data"},
            BUCKET,
            "data",
            "us-east-1",
            {"acl", "ownership_controls"},
        ),
        ("PutBucketLifecycle", {"bucketName": "data"}, BUCKET, "data", "us-east-1", {"lifecycle"}),
        ("CreateBucket", {"bucketName": "data"}, BUCKET, "data", "us-east-1", set()),
        (
            "CreateBucket",
            {"bucketName": "data", "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}},
            BUCKET,
            "data",
            "eu-central-1",
            set(),
        ),
        (
            "CreateBucket",
            {"bucketName": "data", "CreateBucketConfiguration": {"LocationConstraint": "EU", "xmlns": "x"}},
            BUCKET,
            "data",
            "eu-west-1",
            set(),
        ),
        ("DeleteBucket", {"bucketName": "data"}, BUCKET, "data", "us-east-1", set()),
        (
            "PutAccountPublicAccessBlock",
            {"Host": "111122223333.s3-control.us-east-1.amazonaws.com"},
            ACCOUNT,
            "111122223333",
            "global",
            {"public_access_block"},
        ),
        ("DeleteAccountPublicAccessBlock", {}, ACCOUNT, "111122223333", "global", {"public_access_block"}),
        ("CreateAccessPoint", {"name": "ap", "bucket": "data"}, POINT, "ap", "us-east-1", set()),
        ("DeleteAccessPoint", {"name": "ap"}, POINT, "ap", "us-east-1", set()),
    ],
)
def test_the_event_names_its_resource(
    name: str,
    request_parameters: dict[str, Any],
    kind: str,
    resource_id: str,
    region: str,
    sections: set[str],
) -> None:
    (target,) = matched(name, request_parameters).targets
    given = target.resource
    assert (given.type, given.id, given.region, given.account) == (kind, resource_id, region, "111122223333")
    assert target.sections == sections


def test_the_buckets_depend_on_the_accounts_block() -> None:
    assert (
        "public_access_block",
        BUCKET,
        "account_public_access_block",
    ) in CATALOG.dependents(ACCOUNT)


def test_an_acl_change_costs_at_most_four_calls() -> None:
    touched = [each for each in BUILT_IN.of(bucket.name) if "acl" in each.sections]
    assert touched
    assert len(frozenset[str]().union(*(each.sections for each in touched))) <= 4


def test_every_mutating_operation_is_a_row_or_has_a_reason() -> None:
    session = botocore.session.get_session()
    reading = ("Describe", "Get", "Head", "List", "Select")
    operations = {
        name
        for client in ("s3", "s3control")
        for name in session.get_service_model(client).operation_names
        if not name.startswith(reading)
    }
    mapped = {event for kind in service.types.values() for event in kind.changes}
    assert mapped <= operations | service.own_spellings
    assert service.ignored.keys() <= operations | service.own_spellings
    # CloudTrail calls these two PutBucketPublicAccessBlock, PutAccountPublicAccessBlock and so on.
    left = operations - mapped - service.ignored.keys() - {"PutPublicAccessBlock", "DeletePublicAccessBlock"}
    # Outposts buckets' own spelling of an operation that the bucket has.
    assert left <= {"DeleteBucketLifecycleConfiguration"}


@pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED} is not at hand")
def test_every_recorded_change_has_a_row_or_a_reason() -> None:
    unplaced = []
    for line in RECORDED.read_text().splitlines():
        record = json.loads(line)
        if record["eventSource"] != service.event_source or record.get("errorCode") or record.get("readOnly"):
            continue
        given = matched(record["eventName"], record.get("requestParameters"))
        if given.relevance == Relevance.UNMAPPED:
            unplaced.append(record["eventName"])
    assert unplaced == []
