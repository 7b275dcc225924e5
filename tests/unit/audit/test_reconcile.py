"""To whom a finding's moves are put down."""

from __future__ import annotations

from liveaudit.audit.reconcile import responsible
from liveaudit.model import Cause


def test_only_changes_of_the_policys_sections_are_responsible() -> None:
    causes = [
        Cause("1", "event", frozenset({"acl"}), change={"time": "2", "name": "PutBucketAcl"}),
        Cause("2", "event", frozenset({"tags"}), change={"time": "3", "name": "PutBucketTagging"}),
        Cause("3", "event", frozenset(), change={"time": "1", "name": "CreateBucket"}),
        Cause("4", "sweep"),
    ]
    assert [each["name"] for each in responsible(causes, frozenset({"acl"}))] == [
        "CreateBucket",
        "PutBucketAcl",
    ]
    assert len(responsible(causes, None)) == 3
