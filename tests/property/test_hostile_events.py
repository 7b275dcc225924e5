"""Whatever comes in is understood or kept with its reason; whatever is in a file can be explained."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.mutate import mutated
from liveaudit.catalog.targets import SERVICE_TYPE
from liveaudit.cli.explain import explained, texts
from liveaudit.intake.envelope import Flaw
from liveaudit.services import load
from tests.support.hostile import (
    CATALOG,
    HOSTILE,
    OTHER,
    OURS,
    POLICIES,
    STRANGER,
    check_explained,
    check_message,
    envelope,
    odd,
    record,
    seeds,
)

SEEDS = list(seeds())
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([each for each in HOSTILE if not isinstance(each, list | dict)])
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=60),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=6,
)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A record that the catalog knows, with values at any depth that have no business there."""
    made: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        node: Any = made
        while True:
            key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
            if not node[key] or not isinstance(node[key], dict | list) or draw(st.booleans()):
                break
            node = node[key]
        if draw(st.integers(0, 4)):
            node[key] = draw(VALUES)
        elif isinstance(node, dict):
            del node[key]
        if not made:
            break
    return made


@settings(max_examples=80)
@given(records(), st.sampled_from((OURS, OURS, OTHER, STRANGER)))
def test_a_record_with_anything_in_it(changed: dict[str, Any], account: str) -> None:
    sent = envelope(record("s3.amazonaws.com", "PutBucketAcl"))
    check_message(json.dumps({**sent, "account": account, "detail": changed}))
    check_explained(json.dumps(changed))


@settings(max_examples=100)
@given(
    st.text(st.characters(codec=None)) | st.binary().map(lambda each: each.decode("utf-8", "surrogateescape"))
)
def test_anything_at_all(text: str) -> None:
    check_message(text)
    check_explained(text)


@settings(max_examples=100)
@given(st.sampled_from([*map(envelope, SEEDS), *odd()]), st.integers(0, 2**32))
def test_as_the_fuzzer_changes_it(seed: dict[str, Any], chance: int) -> None:
    rng = random.Random(chance)
    data: bytes | None = json.dumps(seed).encode()
    for _ in range(3):
        data = mutated(data, rng) if data is not None else None
    if data is not None:
        check_message(data.decode())
        check_explained(data.decode())


def test_what_the_catalog_knows_is_understood() -> None:
    catalog, _ = load()
    may_name_nothing = {
        (each.event_source, name) for each in catalog.services.values() for name in each.unnamed
    }
    for seed in SEEDS:
        found = check_message(json.dumps(envelope(seed)))
        assert found.due or (seed["eventSource"], seed["eventName"]) in may_name_nothing, seed["eventName"]


def test_what_changes_nothing_is_only_counted() -> None:
    batches = [check_message(json.dumps(each)) for each in odd()]
    kinds = [name for batch in batches for name, _ in batch.counts]
    assert set(kinds) == {"changes", "failed calls", "ignored", "quarantined", "own", "hellos"}
    for each in odd():
        check_explained(json.dumps(each))
        check_explained(json.dumps(each["detail"]))


def request(operation: str, source: str = "ec2.amazonaws.com", **given: Any) -> str:
    return json.dumps(envelope({**record(source, operation), "requestParameters": given}))


def group(arn_account: str = OURS, arn_region: str = "eu-west-1", partition: str = "aws") -> str:
    arn = f"arn:{partition}:ec2:{arn_region}:{arn_account}:security-group/sg-1"
    return request("AuthorizeSecurityGroupIngress", groupId=arn)


# what fuzzing has found
def test_a_stranger_s_resource_is_not_audited() -> None:
    batch = check_message(group(STRANGER))
    assert (batch.due, batch.rejected) == ([], [])
    assert batch.counts["elsewhere", "ec2:AuthorizeSecurityGroupIngress"] == 1
    (due,) = check_message(group(OTHER)).due
    assert due.resource.account == OTHER


@pytest.mark.parametrize(
    "body",
    [
        group("1234"),
        group(arn_region=".."),
        group(partition="aws-cn"),
        group(arn_region="cn-north-1"),
        request("PutBucketAcl", "s3.amazonaws.com", bucketName="arn:aws-cn:s3:::photos"),
        request(
            "CreateBucket",
            "s3.amazonaws.com",
            bucketName="photos",
            CreateBucketConfiguration={"LocationConstraint": "cn-north-1"},
        ),
        request("PutUserPolicy", "iam.amazonaws.com", userName="x" * 2048),
    ],
)
def test_what_cannot_be_is_kept_with_its_reason(body: str) -> None:
    (rejected,) = check_message(body).rejected
    assert rejected.flaw == Flaw.MALFORMED
    assert "names what cannot be" in rejected.detail


@pytest.mark.parametrize("region", ["1u-west-1", "eu--est-1", "cn-north-1"])
def test_an_arn_of_nowhere_is_swept_for_instead(region: str) -> None:
    arn = f"arn:aws:s3:{region}:{OURS}:accesspoint/thing"
    (due,) = check_message(request("MakeSomethingNew", "s3.amazonaws.com", name=arn)).due
    assert (due.resource.type, due.resource.region) == (SERVICE_TYPE, "eu-west-1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("awsRegion", f"aa-{'b' * 60}-1"),
        ("awsRegion", "eu-west-\N{ARABIC-INDIC DIGIT ONE}"),
        ("recipientAccountId", "\N{ARABIC-INDIC DIGIT ONE}" * 12),
    ],
)
def test_no_place(field: str, value: str) -> None:
    changed = {**record("s3.amazonaws.com", "PutBucketAcl"), field: value}
    (rejected,) = check_message(json.dumps(envelope({**changed}) | {"account": OURS})).rejected
    assert (rejected.flaw, field in rejected.detail) == (Flaw.MALFORMED, True)


def test_a_bare_record_with_broken_text_is_explained() -> None:
    text = json.dumps(record("s3.amazonaws.com", "PutBucketAcl")).replace("aws-cli/2", "\udcff")
    (told,) = [explained(each, CATALOG, POLICIES) for each in texts(text)]
    assert told["outcome"] == "invalid"
    assert "no CloudTrail record" in told["reason"]
