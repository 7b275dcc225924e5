"""Event patterns: few rules, all within AWS's limits, and nothing kept out that is a change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.envelope import DETAIL_TYPE, HELLO_DETAIL_TYPE, HELLO_NAME, SERVICE_DETAIL_TYPE
from liveaudit.provision.installation import SetupError
from liveaudit.provision.patterns import PATTERN_LIMIT, Rule, make_rules
from tests.unit.provision.conftest import made_up_service

FIRST = ("s3", "ec2", "iam")


def passes(
    pattern: dict[str, Any], source: str, detail_type: str, name: str, account: str = "2" * 12
) -> bool:
    """EventBridge's matching, of the operators that our patterns use."""

    def kept(field: Any, value: str) -> bool:
        return any(
            value == each if isinstance(each, str) else value not in each["anything-but"] for each in field
        )

    return (
        kept(pattern["source"], source)
        and kept(pattern["detail-type"], detail_type)
        and kept(pattern.get("account", [account]), account)
        and kept(pattern.get("detail", {}).get("eventName", [name]), name)
    )


def test_three_services_are_one_rule(catalog: Catalog) -> None:
    (rule,) = make_rules(catalog, FIRST)
    assert (rule.number, rule.name, rule.let_through) == (1, "liveaudit-changes", ())
    assert rule.sources == ("ec2", "iam", "s3")
    assert len(json.dumps(rule.pattern(), separators=(",", ":"))) <= PATTERN_LIMIT
    mapped = {event for each in catalog if each.service in FIRST for event in each.changes}
    assert rule.noise
    assert not set(rule.noise) & mapped


def test_changes_and_gaps_come_and_noise_does_not(catalog: Catalog) -> None:
    (rule,) = make_rules(catalog, FIRST)
    pattern = rule.pattern()
    assert passes(pattern, "aws.s3", DETAIL_TYPE, "PutBucketAcl")
    assert passes(pattern, "aws.s3", DETAIL_TYPE, "SomethingNobodyKnows")
    assert passes(pattern, "aws.ec2", SERVICE_DETAIL_TYPE, "SharedSnapshotVolumeCreated")
    assert not passes(pattern, "aws.s3", DETAIL_TYPE, "PutObject")
    assert not passes(pattern, "aws.rds", DETAIL_TYPE, "CreateDBInstance")


def test_the_hello_of_a_rule_passes_that_rule_only(many_services: Catalog) -> None:
    rules = make_rules(many_services)
    for rule in rules:
        let_in = [
            other.number
            for other in rules
            if passes(other.pattern(), f"liveaudit.hello-{rule.number}", HELLO_DETAIL_TYPE, HELLO_NAME)
        ]
        assert let_in == [rule.number]


def test_events_of_a_receiver_that_does_not_publish_do_not_match(catalog: Catalog) -> None:
    (rule,) = make_rules(catalog, FIRST)
    pattern = rule.pattern(but_account="1" * 12)
    assert passes(pattern, "aws.s3", DETAIL_TYPE, "PutBucketAcl", account="2" * 12)
    assert not passes(pattern, "aws.s3", DETAIL_TYPE, "PutBucketAcl", account="1" * 12)


def test_many_services_are_few_rules_within_the_limits(many_services: Catalog) -> None:
    rules = make_rules(many_services)
    sources = [source for rule in rules for source in rule.sources]
    assert len(sources) == len(set(sources)) == 48
    lengths = [len(json.dumps(rule.pattern(but_account="1" * 12), separators=(",", ":"))) for rule in rules]
    assert max(lengths) <= PATTERN_LIMIT
    assert len(rules) <= sum(lengths) // PATTERN_LIMIT + 2, "hardly a rule more than the characters need"
    assert rules == make_rules(many_services), "the same catalog gives the same rules"


def test_what_is_too_much_noise_for_one_rule_is_let_through_and_told(many_services: Catalog) -> None:
    rules = make_rules(many_services)
    (crowded,) = [rule for rule in rules if rule.let_through]
    assert crowded.sources == ("service07",)
    assert len(crowded.noise) + len(crowded.let_through) == 90
    more = Rule(crowded.number, crowded.sources, (*crowded.noise, crowded.let_through[0]))
    length = len(json.dumps(more.pattern(but_account="1" * 12), separators=(",", ":")))
    assert length > PATTERN_LIMIT, "there was room for no further name"


def test_a_new_service_changes_one_rule() -> None:
    spread = [5] * 40
    before = make_rules(Catalog(made_up_service(n, noises) for n, noises in enumerate(spread)))
    standing = {rule.number: rule.sources for rule in before}
    grown = Catalog(made_up_service(n, noises) for n, noises in enumerate([*spread, 5]))
    after = make_rules(grown, standing=standing)
    changed = [rule for rule in after if rule not in before]
    assert [rule.sources for rule in changed if "service40" not in rule.sources] == []
    assert len(changed) == 1


def test_rules_keep_their_numbers_when_one_goes() -> None:
    catalog = Catalog(made_up_service(n, 20) for n in range(9))
    before = make_rules(catalog)
    assert len(before) > 2
    middle = before[1]
    left = [each for each in catalog.services if each not in middle.sources]
    after = make_rules(catalog, left, {rule.number: rule.sources for rule in before})
    assert [rule.number for rule in after] == [rule.number for rule in before if rule != middle]
    assert set(after) < set(before)


def test_noise_that_is_anothers_change_is_not_in_its_rule() -> None:
    noisy, changed = made_up_service(1, 0), made_up_service(2, 0, changes=("TagResource",))
    noisy.ignores("noise", "TagResource", noise=True)
    rules = make_rules(Catalog([noisy, changed]))
    assert sorted(rule.sources for rule in rules) == [("service01",), ("service02",)]
    together = {1: ("service01", "service02")}
    assert make_rules(Catalog([noisy, changed]), standing=together) != make_rules(Catalog([changed]))
    for rule in make_rules(Catalog([noisy, changed]), standing=together):
        if "service02" in rule.sources:
            assert "TagResource" not in rule.noise


def test_services_that_share_a_source_are_one(catalog: Catalog) -> None:
    from liveaudit.catalog.types import Service

    old, new = made_up_service(1, 1), Service("newer", event_source="service01.amazonaws.com")
    thing = new.resource_type("AWS::Newer::Thing", arn="arn:{partition}:x:::{id}")
    thing.section("root", "DescribeThing", {"Id": "{id}"}, root=True)
    thing.event("UpdateService01InstanceInformation0")
    (rule,) = make_rules(Catalog([old, new]), ["service01"])
    assert (rule.sources, rule.noise) == (("service01",), ()), "its noise is a change of the newer one"
    assert make_rules(catalog, ["s3"])[0].sources == ("s3",)


def test_a_service_that_is_not_covered_is_named(catalog: Catalog) -> None:
    with pytest.raises(SetupError, match="services: quantum is not covered"):
        make_rules(catalog, ["s3", "quantum"])
