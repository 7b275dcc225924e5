"""Every difference from the original has a reason, and no reason is idle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liveaudit.policies.policy import PolicyRegistry
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.provision.documents.differences import (
    Difference,
    Kind,
    differences,
    known_as,
    original_of,
    reasons_for,
)
from liveaudit.provision.documents.original import original_publisher, original_receiver
from liveaudit.provision.documents.reasons import REASONS
from liveaudit.provision.installation import Installation
from liveaudit.services import load
from tests.support import iam_table
from tests.support.installations import RECEIVER, REGIONS, SHOP, installation, variants
from tests.unit.provision.test_documents_functions import asking

CATALOG, POLICIES = load()
ALL = [each for partition in REGIONS for each in variants(partition).values()]
PAGE = Path(__file__).parents[4] / "shared" / "reference" / "near-real-time-configuration-audit-for-aws.txt"


ASKING = asking(f"arn:aws:lambda:eu-west-1:{SHOP}:function:judge")


def computed(given: Installation, policies: PolicyRegistry = POLICIES) -> tuple[Difference, ...]:
    return differences(documents(given, CATALOG, policies), given)


def test_every_difference_has_one_reason_and_every_reason_is_used() -> None:
    used = set()
    for given, policies in [*((each, POLICIES) for each in ALL), (installation(), ASKING)]:
        made = documents(given, CATALOG, policies)
        known = {each.account: known_as(each) for each in made.accounts}
        for each in computed(given, policies):
            document = known[each.account].get(each.document, each.document)
            (reason,) = reasons_for(document, each.kind, each.subject)
            used.add(reason)
    assert [each for each in REASONS if each not in used] == []


def test_a_difference_without_a_reason_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveaudit.provision.documents.differences.REASONS", REASONS[1:])
    with pytest.raises(LookupError, match="sqs:DeleteMessageBatch: 0 reasons"):
        computed(installation())


def test_what_is_known_to_be_wrong_with_the_original_is_told() -> None:
    told = {(each.account, each.document, each.kind, each.subject) for each in computed(installation())}
    assert {
        (RECEIVER, names.RECEIVER_POLICY, Kind.REMOVED, "sqs:DeleteMessageBatch"),
        (RECEIVER, names.RECEIVER_POLICY, Kind.ADDED, "sqs:DeleteMessage"),
        (RECEIVER, names.RECEIVER_PUBLISHERS_POLICY, Kind.RESOURCE, "events:DescribeRule"),
        (RECEIVER, names.EXECUTION_ROLE, Kind.CONDITION, f"arn:aws:iam::{RECEIVER}:root"),
        (SHOP, names.EXECUTION_POLICY, Kind.ADDED, "iam:PassRole"),
        (SHOP, names.EXECUTION_POLICY, Kind.REMOVED, "sns:Publish"),
        (SHOP, names.FORWARDING_ROLE, Kind.NEW, ""),
    } <= told
    narrowed = next(
        each
        for each in computed(installation())
        if (each.account, each.kind, each.subject) == (SHOP, Kind.RESOURCE, "events:PutRule")
    )
    assert (narrowed.before, narrowed.after) == ("*", f"arn:aws:events:*:{SHOP}:rule/liveaudit-changes*")


def test_every_policy_the_original_attaches_is_attached() -> None:
    given = installation()
    for account in documents(given, CATALOG, POLICIES).accounts:
        for role in original_of(account, given).roles:
            assert set(role.attached) <= set(account.role(role.name).attached)


def test_what_does_not_exist_in_the_original_is_known() -> None:
    """The original lists exactly one action that IAM does not know."""
    found = {
        action
        for given in (original_receiver(RECEIVER), original_publisher(SHOP, RECEIVER))
        for document in given.policies.values()
        for statement in document["Statement"]
        for action in statement["Action"]
        if not iam_table.exists(action)
    }
    assert found == {"sqs:DeleteMessageBatch"}


def test_the_originals_documents_are_those_of_its_page() -> None:
    if not PAGE.exists():
        pytest.skip(f"{PAGE} is not on this machine")
    text = PAGE.read_text(encoding="utf-8")
    printed = []
    decoder = json.JSONDecoder()
    for start in (at for at, each in enumerate(text) if each == "{"):
        try:
            printed.append(decoder.raw_decode(text[start:])[0])
        except ValueError:
            continue
    receiver = "931709186019"
    ours = [original_receiver(receiver), original_publisher(SHOP, receiver)]
    for each in ours:
        for document in each.policies.values():
            assert json.loads(json.dumps(document).replace(receiver, "<receiver-account>")) in printed
    (execution,) = ours[1].roles
    assert execution.trust in printed
