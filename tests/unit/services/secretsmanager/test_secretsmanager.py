"""Secrets Manager: its policies, and which secret an event names."""

from __future__ import annotations

import json
from typing import Any

import jmespath
import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.rows import Section
from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.secretsmanager.resources import secret, service
from tests.support.events import event, named, recorded, unplaced
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
ROTATION = "secretsmanager_automatic_rotation_enabled"
PUBLIC = "secretsmanager_not_publicly_accessible"
ID = "prod/db-a1B2c3"
ARN = f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{ID}"


def a_policy(principal: Any, condition: Any = None) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"RotationEnabled": True}, PASS),
        ({"RotationEnabled": True, "OwningService": "rds"}, PASS),
        ({"RotationEnabled": False}, FAIL),
        # never set up
        ({"RotationEnabled": None}, FAIL),
        ({"RotationEnabled": None, "DeletedDate": "2026-01-01T00:00:00+00:00"}, NONE),
        ({"RotationEnabled": None, "PrimaryRegion": "us-east-1"}, NONE),
        ({"RotationEnabled": None, "PrimaryRegion": "eu-west-1"}, FAIL),
        ({"RotationEnabled": "yes"}, UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_rotation(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(ROTATION, odd=outcome is UNKNOWN, secret=given).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ("secretsmanager_secret_unused", "LastAccessedDate"),
        ("secretsmanager_secret_rotated_periodically", "LastRotatedDate"),
    ],
)
@pytest.mark.parametrize(
    ("last", "made", "outcome"),
    [
        # judged on 2026-01-01
        ("2025-12-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00", PASS),
        ("2025-10-03T00:00:00+00:00", "2020-01-01T00:00:00+00:00", PASS),
        ("2025-10-02T00:00:00+00:00", "2020-01-01T00:00:00+00:00", FAIL),
        (None, "2025-12-01T00:00:00+00:00", PASS),
        (None, "2025-01-01T00:00:00+00:00", FAIL),
        (None, None, UNKNOWN),
        ("yesterday", None, UNKNOWN),
    ],
)
def test_ages(judged: Judged, policy: str, key: str, last: Any, made: Any, outcome: Outcome) -> None:
    assert judged(policy, secret={key: last, "CreatedDate": made}).outcome is outcome


def test_what_cannot_be_used_has_no_age(judged: Judged) -> None:
    given = {"CreatedDate": "2020-01-01T00:00:00+00:00"}
    for policy in ("secretsmanager_secret_unused", "secretsmanager_secret_rotated_periodically"):
        assert judged(policy, secret=given | {"DeletedDate": "2026-01-01T00:00:00+00:00"}).outcome is NONE
    replica = given | {"PrimaryRegion": "us-east-1"}
    assert judged("secretsmanager_secret_rotated_periodically", secret=replica).outcome is NONE


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (None, PASS),
        (a_policy("*"), FAIL),
        (a_policy("*", {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}), PASS),
        (a_policy({"AWS": "arn:aws:iam::111122223333:role/app"}), PASS),
        # a name for a version of the secret is nobody's name
        (a_policy("*", {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}), FAIL),
        ("{", UNKNOWN),
    ],
)
def test_public(judged: Judged, document: Any, outcome: Outcome) -> None:
    assert judged(PUBLIC, secret={"Name": "prod/db"}, policy_document=document).outcome is outcome


def test_a_secret_that_is_being_deleted_is_not_judged_on_its_policy(judged: Judged) -> None:
    given = {"Name": "prod/db", "DeletedDate": "2026-01-01T00:00:00+00:00"}
    assert judged(PUBLIC, secret=given, policy_document=a_policy("*")).outcome is NONE


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "additional", "sections"),
    [
        ("CreateSecret", {"name": "prod/db"}, {"arn": ARN}, {}, set()),
        ("DeleteSecret", {"secretId": ARN}, {"aRN": ARN, "name": "prod/db"}, {}, set()),
        ("RotateSecret", {"secretId": "prod/db"}, {"aRN": ARN}, {}, {"secret"}),
        ("PutResourcePolicy", {"secretId": "prod/db"}, {"aRN": ARN}, {}, {"policy_document"}),
        ("RestoreSecret", {"secretId": ARN}, {"aRN": ARN}, {}, {"secret", "policy_document"}),
        ("TagResource", {"secretId": ARN}, {}, {}, {"secret"}),
        ("RotationFailed", {}, {}, {"SecretId": ARN}, {"secret"}),
        ("EndSecretVersionDelete", {}, {}, {"ARN": ARN, "Name": "prod/db"}, set()),
    ],
)
def test_the_event_names_its_secret(
    name: str, request_parameters: Any, response: Any, additional: Any, sections: set[str]
) -> None:
    given = event("secretsmanager", name, request_parameters, response, additional=additional)
    assert named(match(CATALOG, given)) == {(secret.name, ID, "eu-west-1", frozenset(sections))}


@pytest.mark.parametrize("name", ["prod/db", "app-secret"])
def test_a_name_alone_is_looked_up(name: str) -> None:
    (target,) = match(CATALOG, event("secretsmanager", "TagResource", {"secretId": name})).targets
    assert target.alias
    assert target.resource.id == f"?Name={name}"


def test_every_recorded_change_is_placed_and_finds_its_secret() -> None:
    assert unplaced(CATALOG, "secretsmanager") == []
    for record, found in recorded(CATALOG, service.event_source):
        request = record.get("requestParameters") or {}
        told = str(request.get("secretId") or (record.get("responseElements") or {}).get("arn"))
        assert all(told.endswith(f":secret:{each.resource.id}") for each in found.targets if request)


def test_describing_and_listing_tell_the_same() -> None:
    described = {"ARN": ARN, "Name": "prod/db", "VersionIdsToStages": {"v": ["AWSCURRENT"]}}
    listed = {"ARN": ARN, "Name": "prod/db", "SecretVersionsToStages": {"v": ["AWSCURRENT"]}}
    section = secret.sections["secret"]
    assert _value(section, section.value, described) == _value(
        section, secret.listings[0].provides["secret"], listed
    )


def _value(section: Section, path: str, answer: Any) -> Any:
    return section_value(section, jmespath.search(path, answer))
