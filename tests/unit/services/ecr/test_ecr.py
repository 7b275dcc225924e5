"""ECR: which repository an event names, and the policies' verdicts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.catalog.targets import Relevance, match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.ecr.resources import registry, repository, service
from tests.support.events import event, recorded
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app"


@pytest.mark.parametrize(
    ("name", "request_parameters", "kind", "resource_id", "sections"),
    [
        ("CreateRepository", {"repositoryName": "team/app"}, repository, "team/app", set()),
        ("SetRepositoryPolicy", {"repositoryName": "team/app"}, repository, "team/app", {"policy_document"}),
        (
            "PutImageScanningConfiguration",
            {"repositoryName": "team/app"},
            repository,
            "team/app",
            {"repository"},
        ),
        ("TagResource", {"resourceArn": ARN}, repository, "team/app", {"tags"}),
        ("PutRegistryScanningConfiguration", {"scanType": "BASIC"}, registry, "eu-west-1", {"scanning"}),
    ],
)
def test_the_event_names_its_resource(
    name: str, request_parameters: dict[str, Any], kind: Any, resource_id: str, sections: set[str]
) -> None:
    (target,) = match(CATALOG, event("ecr", name, request_parameters)).targets
    assert (target.resource.type, target.resource.id) == (kind.name, resource_id)
    assert target.sections == sections


def test_every_recorded_change_finds_its_repository_or_is_ignored() -> None:
    for record, found in recorded(CATALOG, service.event_source):
        if record["eventName"] == "PutImage":
            assert found.relevance is Relevance.IGNORED
            continue
        names = [each.resource.id for each in found.targets]
        assert names == [record["requestParameters"]["repositoryName"]], record["eventName"]


def test_repositories_depend_on_the_registrys_rules() -> None:
    assert ("scanning", repository.name, "registry_scanning") in CATALOG.dependents(registry.name)


def document(principal: Any, condition: dict[str, Any] | None = None) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": ["ecr:BatchGetImage"]}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        (None, PASS),
        (document("*"), FAIL),
        (document({"AWS": ["*"]}), FAIL),
        (document({"AWS": "arn:aws:iam::444455556666:root"}), PASS),
        (document("*", {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), PASS),
        # it is public: see the judge of documents
        (document("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}), FAIL),
    ],
)
def test_who_may_use_it(judged: Judged, policy: Any, outcome: Outcome) -> None:
    assert judged("ecr_repositories_not_publicly_accessible", policy_document=policy).outcome is outcome


def test_a_policy_that_cannot_be_read_is_unknown(judged: Judged) -> None:
    verdict = judged("ecr_repositories_not_publicly_accessible", policy_document="{", odd=True)
    assert verdict.outcome is UNKNOWN


def rules(*given: tuple[str, str], kind: str = "BASIC") -> dict[str, Any]:
    return {
        "scanType": kind,
        "rules": [
            {"scanFrequency": how, "repositoryFilters": [{"filter": each, "filterType": "WILDCARD"}]}
            for how, each in given
        ],
    }


@pytest.mark.parametrize(
    ("switch", "registry_scanning", "outcome"),
    [
        (True, rules(), PASS),
        (False, rules(), FAIL),
        (False, rules(("SCAN_ON_PUSH", "*")), PASS),
        (False, rules(("CONTINUOUS_SCAN", "team/*"), kind="ENHANCED"), PASS),
        (False, rules(("SCAN_ON_PUSH", "*app")), PASS),
        (False, rules(("SCAN_ON_PUSH", "am/a")), PASS),
        (False, rules(("SCAN_ON_PUSH", "app*")), FAIL),
        (False, rules(("MANUAL", "*")), FAIL),
        (False, rules(("MANUAL", "*"), ("SCAN_ON_PUSH", "team")), PASS),
        # the repository's own switch is on, but the registry has rules, and none of them holds it
        (True, rules(("SCAN_ON_PUSH", "other/*")), FAIL),
        (True, rules(kind="ENHANCED"), FAIL),
    ],
)
def test_scanning(judged: Judged, switch: bool, registry_scanning: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged(
        "ecr_repositories_scan_images_on_push_enabled",
        resource_id="team/app",
        repository={"repositoryName": "team/app", "imageScanningConfiguration": {"scanOnPush": switch}},
        registry_scanning=registry_scanning,
    )
    assert verdict.outcome is outcome


@pytest.mark.parametrize("odd", ["odd", None, {"rules": "odd"}, {"rules": [{"repositoryFilters": 7}]}])
def test_odd_scanning_is_unknown(judged: Judged, odd: Any) -> None:
    verdict = judged(
        "ecr_repositories_scan_images_on_push_enabled", repository={}, registry_scanning=odd, odd=True
    )
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("mutability", "outcome"),
    [
        ("IMMUTABLE", PASS),
        ("MUTABLE", FAIL),
        ("IMMUTABLE_WITH_EXCLUSION", FAIL),
        ("MUTABLE_WITH_EXCLUSION", FAIL),
    ],
)
def test_tags(judged: Judged, mutability: str, outcome: Outcome) -> None:
    given = {"repositoryName": "app", "imageTagMutability": mutability}
    assert judged("ecr_repositories_tag_immutability", repository=given).outcome is outcome


def test_odd_tags_are_unknown(judged: Judged) -> None:
    verdict = judged("ecr_repositories_tag_immutability", repository={"imageTagMutability": 7}, odd=True)
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        (None, FAIL),
        (json.dumps({"rules": []}), FAIL),
        (json.dumps({"rules": [{"rulePriority": 1}]}), PASS),
        ("{", UNKNOWN),
        ("[]", UNKNOWN),
        (7, UNKNOWN),
    ],
)
def test_lifecycles(judged: Judged, policy: Any, outcome: Outcome) -> None:
    verdict = judged(
        "ecr_repositories_lifecycle_policy_enabled", lifecycle_policy=policy, odd=outcome is UNKNOWN
    )
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("scanning", "outcome"),
    [
        (rules(), FAIL),
        (rules(("SCAN_ON_PUSH", "team/*")), FAIL),
        (rules(("MANUAL", "*")), FAIL),
        (rules(("SCAN_ON_PUSH", "*")), PASS),
        (rules(("CONTINUOUS_SCAN", "*"), kind="ENHANCED"), PASS),
    ],
)
def test_the_registry(judged: Judged, scanning: dict[str, Any], outcome: Outcome) -> None:
    assert judged("ecr_registry_scan_images_on_push_enabled", scanning=scanning).outcome is outcome


def test_an_odd_registry_is_unknown(judged: Judged) -> None:
    verdict = judged("ecr_registry_scan_images_on_push_enabled", scanning={"rules": "odd"}, odd=True)
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(("kind", "outcome"), [("BASIC", FAIL), ("ENHANCED", PASS)])
def test_enhanced_scanning(judged: Judged, kind: str, outcome: Outcome) -> None:
    verdict = judged("ecr_registry_enhanced_scanning_enabled", scanning=rules(kind=kind))
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("kind", "outcome"), [("AES256", FAIL), ("KMS", PASS), ("KMS_DSSE", PASS), (None, FAIL)]
)
def test_encryption(judged: Judged, kind: str | None, outcome: Outcome) -> None:
    given = {} if kind is None else {"encryptionConfiguration": {"encryptionType": kind}}
    assert judged("ecr_repository_cmk_encryption", repository=given).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("ecr_registry_enhanced_scanning_enabled", {"scanning": "odd"}),
        ("ecr_repository_cmk_encryption", {"repository": {"encryptionConfiguration": "odd"}}),
    ],
)
def test_odd_settings_are_unknown(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome is UNKNOWN
